"""The limit scale → 0 of separable networks: from saddle to saddle, one coordinate at a time.

With time counted in log(1/scale) (depth 2) or scale^(2−D) (depth D ≥ 3), training from a vanishing start rests on
saddles. s = Aᵀν moves with speed u = Aᵀ(b − A x) while x rests; when s_i reaches the edge of its box,
−negative ≤ s ≤ positive, coordinate i may leave 0, and x jumps to the least-squares fit on the coordinates at their
edges, each on its own side of 0. The last saddle solves A x = b at the least weighted ℓ1 norm (Pesme and Flammarion
2023, arXiv 2304.00488, Algorithm 1; in general Zhao et al. 2026, arXiv 2607.12332).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import scipy.sparse as sp
from jaxtyping import Float, Int

from ridgeless._core.arrays import Dual, Matrix, Vector, norm
from ridgeless.limits.tolerances import TOLERANCES
from ridgeless.limits.vanishing.screening import NEVER, Event, Screen, pull_back
from ridgeless.potentials import WeightedL1
from ridgeless.systems.active import ActiveColumns


@dataclass(frozen=True, eq=False)
class SaddlePath:
    """The saddles that training from a vanishing start visits, in order.

    Attributes:
        x: (d,) the last saddle.
        nu: (n,) ν when it is reached, with Aᵀν on the edge of the box wherever x ≠ 0.
        at: (k,) when each saddle is reached; 0 for the first one, x = 0.
        coordinate: (k,) which coordinate's arrival led to it; −1 for the first.
        points: (k, d) sparse, the saddles.
        residuals: (k,) ‖A x − b‖ on each.
        ended: whether nothing moves any more; False where the budget of jumps ended first.
    """

    x: Vector
    nu: Dual
    at: Float[np.ndarray, " k"]
    coordinate: Int[np.ndarray, " k"]
    points: sp.csr_array
    residuals: Float[np.ndarray, " k"]
    ended: bool

    def in_units_of(self, size: float) -> SaddlePath:
        """The path of b·size, from that of b: x is as much larger, and time passes as much faster."""
        points, residuals = self.points * size, self.residuals * size
        with np.errstate(over="ignore"):
            return replace(self, x=self.x * size, at=self.at / size, points=points, residuals=residuals)


def saddle_to_saddle(A: Matrix, b: Dual, box: WeightedL1, most_jumps: int | None = None) -> SaddlePath:
    """Follow training from a vanishing start to its end.

    Args:
        A: (n, d), dense.
        b: (n,).
        box: the edges at which coordinates leave 0.
        most_jumps: after which the walk is given up; enough for all but a cycle, unless given.

    Example:
        >>> import numpy as np
        >>> A = np.array([[1.0, 0.5, 0.7, 0.0], [0.5, 1.0, 0.1, 0.7]])
        >>> path = saddle_to_saddle(A, np.array([1.0, 0.0]), WeightedL1(np.ones(4), np.ones(4)))
        >>> path.coordinate, (49 * path.x).round(9)
        (array([-1,  0,  2,  3]), array([  0.,   0.,  70., -10.]))
    """
    size = norm(b)
    rhs = b / size if size > 0 else b
    walk, screen = _Walk(A, rhs, box), Screen(A, rhs, box)
    enough = TOLERANCES.most_jumps_per_equation * min(A.shape) + TOLERANCES.most_steps
    budget = enough if most_jumps is None else most_jumps
    with np.errstate(over="ignore", invalid="ignore"):  # of times, where A is tiny
        while not walk.is_solved and len(walk.at) <= budget:
            event = screen.next_event(walk.nu, walk.residual, walk.is_out)
            if event is NEVER:
                break
            walk.jump(event)
    path = walk.path(ended=walk.is_solved or len(walk.at) <= budget)
    return path.in_units_of(size) if size > 0 else path


class _Walk:
    """Where the walk stands, and the saddles behind it."""

    def __init__(self, A: Matrix, b: Dual, box: WeightedL1) -> None:
        self.A, self.b, self.box = A, b, box
        self.active = ActiveColumns(b)
        self.values = np.empty(0)
        self.signs = np.zeros(A.shape[1])
        self.nu = np.zeros(A.shape[0])
        self.is_out = np.zeros(A.shape[1], dtype=bool)
        self.blocked: list[int] = []
        self.size = norm(b)
        self.at, self.coordinate, self.residuals = [0.0], [-1], [self.size]
        self.supports: list[tuple[np.ndarray, np.ndarray]] = [(np.empty(0, dtype=int), np.empty(0))]

    @property
    def residual(self) -> Dual:
        return self.active.misfit

    @property
    def is_solved(self) -> bool:
        return self.residuals[-1] <= TOLERANCES.solved * self.size

    def jump(self, event: Event) -> None:
        """Let time pass until the event, and x jump to the next saddle."""
        if event.delay > 0:
            self.nu += event.delay * self.residual
            self._unblock()
        self.signs[event.index] = event.sign
        self._settle(event.index)
        self.at.append(self.at[-1] + event.delay)
        self.coordinate.append(event.index)
        self.residuals.append(float(np.linalg.norm(self.residual)))
        self.supports.append((np.array(self.active.index, dtype=int), self.values.copy()))

    def path(self, ended: bool) -> SaddlePath:
        """The walk so far, its last saddle and its ν refined."""
        self._prune()
        index = self.active.index
        columns = np.asfortranarray(self.A[:, index])
        values, nu = self.values, self.nu
        edges = np.where(self.signs[index] > 0, self.box.positive[index], -self.box.negative[index])
        for _ in range(TOLERANCES.refinements):
            values = self.active.refined(columns, values)
            nu = nu + self.active.dual_step(edges - pull_back(columns, nu))
        self.supports[-1] = (np.array(index, dtype=int), values)
        points = _stacked(self.supports, self.A.shape[1])
        x = np.zeros(self.A.shape[1])
        x[index] = values
        return SaddlePath(x, nu, np.array(self.at), np.array(self.coordinate), points, np.array(self.residuals), ended)

    def _prune(self) -> None:
        """Let go what only rounding keeps from 0: coordinates that left for others at the very last arrival."""
        sizes = np.abs(self.values)
        positions = [
            int(position) for position in np.flatnonzero(sizes <= TOLERANCES.rounding * sizes.max(initial=0.0))
        ]
        if positions and self.is_solved:
            self.active.remove(positions)
            self.values = self.active.coefficients()

    def _settle(self, entering: int) -> None:
        """The least-squares fit on the coordinates at their edges, each on its own side of 0 (Lawson and Hanson 1974).

        It starts from the fit before the arrival, which is feasible, and lets go what would change its sign.
        """
        if not self._take(entering):
            return
        dropped: list[int] = []
        while True:
            fit = self.active.coefficients()
            is_wrong = fit * self.signs[self.active.index] < 0
            if is_wrong.any():
                dropped += self._let_go(fit, is_wrong)
                continue
            self.values = fit
            pushed = self._pushed_out(dropped)
            if pushed is None or not self._take(pushed):
                break
            dropped.remove(pushed)
        # What left at its own arrival is on its edge without moving: it waits for time to pass.
        if entering in dropped:
            self._block(entering)

    def _take(self, index: int) -> bool:
        if not self.active.append(index, self.A[:, index]):
            self._block(index)
            return False
        self.values = np.append(self.values, 0.0)
        self.is_out[index] = True
        return True

    def _let_go(self, fit: np.ndarray, is_wrong: np.ndarray) -> list[int]:
        """Move towards the fit until the first coordinate is at 0, and let go all that are."""
        with np.errstate(divide="ignore", invalid="ignore"):
            shares = np.where(is_wrong, self.values / (self.values - fit), np.inf)
        share = float(np.nanmin(shares))
        self.values = self.values + share * (fit - self.values)
        positions = [int(position) for position in np.flatnonzero(is_wrong & (shares <= share * (1 + 1e-12)))]
        left = [self.active.index[position] for position in positions]
        self.active.remove(positions)
        self.values = np.delete(self.values, positions)
        self.is_out[left] = False
        return left

    def _pushed_out(self, dropped: list[int]) -> int | None:
        """A coordinate that was let go too early: at its edge, and still pushed outwards."""
        if not dropped:
            return None
        columns = self.A[:, dropped]
        pushes = (columns.T @ self.residual) * self.signs[dropped]
        pushes = pushes - TOLERANCES.fine * self.size * np.linalg.norm(columns, axis=0)
        most = int(np.argmax(pushes))
        return dropped[most] if pushes[most] > 0 else None

    def _block(self, index: int) -> None:
        self.is_out[index] = True
        self.blocked.append(index)

    def _unblock(self) -> None:
        for index in self.blocked:
            self.is_out[index] = False
        self.blocked.clear()


def _stacked(supports: list[tuple[np.ndarray, np.ndarray]], unknowns: int) -> sp.csr_array:
    """The saddles as the rows of one sparse matrix."""
    lengths = np.cumsum([0, *(len(index) for index, _ in supports)])
    index = np.concatenate([index for index, _ in supports])
    values = np.concatenate([values for _, values in supports])
    return sp.csr_array((values, index, lengths), shape=(len(supports), unknowns))
