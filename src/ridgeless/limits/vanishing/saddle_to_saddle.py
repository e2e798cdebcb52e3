"""The active-set path of training from a vanishing start, from saddle to saddle, to a weighted ℓ1 minimiser.

It is a homotopy like LARS for the Lasso: one coordinate enters at a time, and each saddle is a least-squares fit with
sign constraints on the active columns (Lawson and Hanson 1974), by an updated QR factorisation.

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
from ridgeless._core.progress import tell
from ridgeless.limits.tolerances import TOLERANCES
from ridgeless.limits.vanishing.screening import NEVER, Event, Screen, pull_back
from ridgeless.potentials import WeightedL1
from ridgeless.systems.active import ActiveColumns


@dataclass(frozen=True, eq=False)
class SaddlePath:
    """The saddles that training from a vanishing start visits, in the order of time.

    Attributes:
        x: (d,) the last saddle.
        nu: (n,) ν when it is reached, with Aᵀν on the edge of the box wherever x ≠ 0.
        at: (k,) the time at which each saddle is reached; 0 for the first one, x = 0.
        coordinate: (k,) the coordinate that reached its edge and so led to the saddle; −1 for the first.
        points: (k, d) sparse, the saddles.
        residuals: (k,) ‖A x − b‖ on each.
        is_complete: whether the path ended by itself; False where the budget of jumps ended it.
    """

    x: Vector
    nu: Dual
    at: Float[np.ndarray, " k"]
    coordinate: Int[np.ndarray, " k"]
    points: sp.csr_array
    residuals: Float[np.ndarray, " k"]
    is_complete: bool

    def in_units_of(self, size: float) -> SaddlePath:
        """The path for b·size from that for b: x is multiplied by `size`, and times are divided by it."""
        points, residuals = self.points * size, self.residuals * size
        with np.errstate(over="ignore"):
            return replace(self, x=self.x * size, at=self.at / size, points=points, residuals=residuals)


def saddle_to_saddle(A: Matrix, b: Dual, box: WeightedL1, most_jumps: int | None = None) -> SaddlePath:
    """The saddles of training from a vanishing start, from x = 0 to a solution of A x = b.

    Args:
        A: (n, d), dense.
        b: (n,).
        box: the edges of s = Aᵀν at which coordinates leave 0.
        most_jumps: the number after which the path is given up; by default more than any path but a cycle takes.

    Example:
        >>> import numpy as np
        >>> A = np.array([[1.0, 0.5, 0.7, 0.0], [0.5, 1.0, 0.1, 0.7]])
        >>> path = saddle_to_saddle(A, np.array([1.0, 0.0]), WeightedL1(np.ones(4), np.ones(4)))
        >>> path.coordinate, (49 * path.x).round(9)
        (array([-1,  0,  2,  3]), array([  0.,   0.,  70., -10.]))
    """
    size = norm(b)
    rhs = b / size if size > 0 else b
    state, screen = _ActiveSetPath(A, rhs, box), Screen(A, rhs, box)
    enough = TOLERANCES.most_jumps_per_equation * min(A.shape) + TOLERANCES.most_steps
    budget = enough if most_jumps is None else most_jumps
    with np.errstate(over="ignore", invalid="ignore"):  # times may overflow where A is tiny
        while not state.is_solved and len(state.at) <= budget:
            tell("saddle", len(state.at))
            event = screen.next_event(state.nu, state.residual, state.is_excluded)
            if event is NEVER:
                break
            state.jump(event)
    path = state.path(is_complete=state.is_solved or len(state.at) <= budget)
    return path.in_units_of(size) if size > 0 else path


class _ActiveSetPath:
    """The state of the active-set method: active columns with their signs, x, ν, and the saddles passed so far."""

    def __init__(self, A: Matrix, b: Dual, box: WeightedL1) -> None:
        self.A, self.b, self.box = A, b, box
        self.active = ActiveColumns(b)
        self.values = np.empty(0)
        self.signs = np.zeros(A.shape[1])
        self.nu = np.zeros(A.shape[0])
        self.is_excluded = np.zeros(A.shape[1], dtype=bool)
        self.blocked: list[int] = []
        self.size = norm(b)
        self.at, self.coordinate, self.residuals = [0.0], [-1], [self.size]
        self.supports: list[tuple[np.ndarray, np.ndarray]] = [(np.empty(0, dtype=int), np.empty(0))]

    @property
    def residual(self) -> Dual:
        """b − A x."""
        return self.active.misfit

    @property
    def is_solved(self) -> bool:
        """Whether the last saddle solves A x = b."""
        return self.residuals[-1] <= TOLERANCES.solved * self.size

    def jump(self, event: Event) -> None:
        """Advance time to the event, and x to the next saddle."""
        if event.delay > 0:
            self.nu += event.delay * self.residual
            self._unblock()
        self.signs[event.index] = event.sign
        self._fit_with_signs(event.index)
        self.at.append(self.at[-1] + event.delay)
        self.coordinate.append(event.index)
        self.residuals.append(float(np.linalg.norm(self.residual)))
        self.supports.append((np.array(self.active.index, dtype=int), self.values.copy()))

    def path(self, is_complete: bool) -> SaddlePath:
        """The path so far, with its last saddle and its ν refined iteratively."""
        self._drop_rounding()
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
        return SaddlePath(
            x, nu, np.array(self.at), np.array(self.coordinate), points, np.array(self.residuals), is_complete
        )

    def _drop_rounding(self) -> None:
        """Remove active coordinates that are 0 but for rounding, as an exchange at the last arrival leaves them."""
        sizes = np.abs(self.values)
        positions = [
            int(position) for position in np.flatnonzero(sizes <= TOLERANCES.rounding * sizes.max(initial=0.0))
        ]
        if positions and self.is_solved:
            self.active.remove(positions)
            self.values = self.active.coefficients()

    def _fit_with_signs(self, entering: int) -> None:
        """Least squares under sign constraints by the active-set method of Lawson and Hanson (1974).

        It starts from the fit before the arrival, which is feasible, and removes coordinates that would change sign.
        """
        if not self._activate(entering):
            return
        dropped: list[int] = []
        while True:
            fit = self.active.coefficients()
            is_wrong = fit * self.signs[self.active.index] < 0
            if is_wrong.any():
                dropped += self._drop_at_zero(fit, is_wrong)
                continue
            self.values = fit
            returning = self._dropped_too_early(dropped)
            if returning is None or not self._activate(returning):
                break
            dropped.remove(returning)
        # A coordinate removed at its own arrival rests on its edge: it is excluded until time has passed.
        if entering in dropped:
            self._block(entering)

    def _activate(self, index: int) -> bool:
        """Make a coordinate active; False, and blocked until time passes, where its column is dependent."""
        if not self.active.append(index, self.A[:, index]):
            self._block(index)
            return False
        self.values = np.append(self.values, 0.0)
        self.is_excluded[index] = True
        return True

    def _drop_at_zero(self, fit: np.ndarray, is_wrong: np.ndarray) -> list[int]:
        """Move towards the fit until the first coordinate is 0; remove those that are 0 there, and return them."""
        with np.errstate(divide="ignore", invalid="ignore"):
            steps = np.where(is_wrong, self.values / (self.values - fit), np.inf)
        step = float(np.nanmin(steps))
        self.values = self.values + step * (fit - self.values)
        positions = [int(position) for position in np.flatnonzero(is_wrong & (steps <= step * (1 + 1e-12)))]
        dropped = [self.active.index[position] for position in positions]
        self.active.remove(positions)
        self.values = np.delete(self.values, positions)
        self.is_excluded[dropped] = False
        return dropped

    def _dropped_too_early(self, dropped: list[int]) -> int | None:
        """The removed coordinate that the residual pushes outwards most, to be active again; None if there is none."""
        if not dropped:
            return None
        columns = self.A[:, dropped]
        outward_pushes = (columns.T @ self.residual) * self.signs[dropped]
        outward_pushes = outward_pushes - TOLERANCES.fine * self.size * np.linalg.norm(columns, axis=0)
        most = int(np.argmax(outward_pushes))
        return dropped[most] if outward_pushes[most] > 0 else None

    def _block(self, index: int) -> None:
        """Exclude a coordinate from the next events until time has passed."""
        self.is_excluded[index] = True
        self.blocked.append(index)

    def _unblock(self) -> None:
        """Admit all blocked coordinates again."""
        for index in self.blocked:
            self.is_excluded[index] = False
        self.blocked.clear()


def _stacked(supports: list[tuple[np.ndarray, np.ndarray]], unknowns: int) -> sp.csr_array:
    """The saddles as the rows of one sparse matrix."""
    lengths = np.cumsum([0, *(len(index) for index, _ in supports)])
    index = np.concatenate([index for index, _ in supports])
    values = np.concatenate([values for _, values in supports])
    return sp.csr_array((values, index, lengths), shape=(len(supports), unknowns))
