"""Leave-one-out errors of an interpolating limit, without refitting."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Bool
from numpy.typing import ArrayLike

from ridgeless._core.arrays import Dual, Vector, norm
from ridgeless._core.extremes import within_float64
from ridgeless._core.pictures import drawn
from ridgeless._core.progress import counted, reported
from ridgeless.analysis._derivatives import DIGITS, EPS
from ridgeless.analysis._expansion import Expansion, differentiable, expand
from ridgeless.errors import InvalidInputError
from ridgeless.solution import Solution
from ridgeless.systems import LinearSystem
from ridgeless.verbs.limit import limit

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ridgeless.analysis._expansion import DifferentiableLimit

# A linear prediction is trusted where the network's own curve departs from it by no more than this part.
_TRUSTED = 0.1
# Columns that sum to less than this part of their size are centred: a mean taken off in float64 leaves no more.
_ROUNDING = 1e-13
# What an equation is a sum of others with, it is to this part.
_DEPENDENT = 1e-9


@dataclass(frozen=True, eq=False)
class LeaveOneOut:
    """Leave-one-out residuals r_i = b_i − ⟨a_i, x₍₋ᵢ₎⟩ of a limit, x₍₋ᵢ₎ being that without equation i.

    Attributes:
        solution: the limit with all equations.
        residuals: r (n,): predicted to first order, or measured where `is_exact`; 0 where the others imply equation i;
            NaN where a refit did not converge.
        is_exact: (n,) whether r_i is no prediction: equation i was left out and the limit computed anew, or the
            others imply it.
        departure: (n,) how far f leaves its tangent on the way to the prediction, as a part of r_i; 0 where exact,
            infinite where the limit itself is ill-conditioned.
        is_implied: (n,) whether the other equations imply equation i, so that its loss changes nothing.
        is_centred: whether A and b are centred, columns that sum to 0: r_i is then that of a model with an intercept,
            in which all others are centred anew without row i.
    """

    solution: DifferentiableLimit
    residuals: Dual
    is_exact: Bool[np.ndarray, " n"]
    departure: Dual
    is_implied: Bool[np.ndarray, " n"]
    is_centred: bool

    @cached_property
    def is_trusted(self) -> Bool[np.ndarray, " n"]:
        """(n,) whether r_i is exact, or predicted where f is straight: a departure of at most a tenth."""
        return (self.is_exact & np.isfinite(self.residuals)) | (self.departure <= _TRUSTED) & ~self.is_exact

    @property
    def error(self) -> float:
        """The root mean square of r_i over the equations that the others do not imply; NaN if they imply them all."""
        told = self.residuals[~self.is_implied]
        return float(np.sqrt(np.mean(told**2))) if len(told) else float("nan")

    def plot(self, ax: Axes | None = None) -> Axes:
        """Each b_i against its prediction from the other equations: `rl.plots.left_out_predictions`.

        Args:
            ax: where to draw; None for a figure of its own, which a notebook shows.

        Raises:
            MissingDependencyError: matplotlib is not installed.
        """
        return drawn("left_out_predictions", self, ax)

    @reported("refit")
    def refit(self, indices: ArrayLike | None = None) -> LeaveOneOut:
        """The same with r_i measured: the limit without equation i, for each of the indices.

        Args:
            indices: which equations, as integers or as a mask; all unless given. `~found.is_trusted` for those
                whose prediction is in doubt.

        Raises:
            InvalidInputError: an index that is no equation.

        Example:
            >>> import numpy as np, ridgeless as rl
            >>> system = rl.LinearSystem(np.array([[1.0, 0.0, 1.0], [0.0, 1.0, 1.0]]), np.array([1.0, 2.0]))
            >>> found = rl.limit(system, rl.networks.Direct(), {"x": np.zeros(3)})
            >>> bool(np.allclose(rl.leave_one_out(found).refit().residuals, [0.0, 1.5]))
            True
        """
        chosen = _chosen(indices, len(self.residuals))
        residuals, is_exact, departure = self.residuals.copy(), self.is_exact.copy(), self.departure.copy()
        refitted = _centred_refit if self.is_centred else _refitted
        for index in counted(chosen.tolist(), "equation"):
            residuals[index], is_exact[index], departure[index] = refitted(self.solution, int(index)), True, 0.0
        return replace(self, residuals=residuals, is_exact=is_exact, departure=departure)

    def __repr__(self) -> str:
        exact = int((self.is_exact & ~self.is_implied).sum())
        trusted, total = int(self.is_trusted.sum()), len(self.residuals)
        implied = f", {int(self.is_implied.sum())} implied by the others" if self.is_implied.any() else ""
        centred = "; centred anew for each" if self.is_centred else ""
        return (
            f"LeaveOneOut: {total} equations{implied}, root mean square {self.error:.6g}; {exact} refitted, "
            f"{trusted} trusted{centred}"
        )


@reported("leave_one_out")
@within_float64
def leave_one_out(solution: Solution) -> LeaveOneOut:
    """Leave-one-out residuals of a limit, without computing n limits.

    r_i ≈ ⟨ν, d⟩/⟨d, K⁺d⟩ with d = e_i and K = A f'(Aᵀν) Aᵀ: taking ν_i to 0 to first order while the other equations
    hold. It is exact where f is straight (`Direct`; large starts), and the less so the further ν has to move;
    `departure` tells. At interpolation the residuals of the fit are 0, and SURE and GCV are 0/0: this is what is left
    to ask.

    An equation that the others imply changes nothing when it is lost: r_i = 0, and `is_implied` says so. Where A and b
    are centred (the columns of A sum to 0, and so does b) any equation is implied by the others, but only because its
    mean has been taken off theirs. There d = e_i − 1/n: the others hold up to a constant, which is what centring them
    anew without row i comes to, and r_i is the residual of the model with an intercept.

    Args:
        solution: what `rl.limit` returned, for a separable network.

    Raises:
        InvalidInputError: as `rl.sensitivity`.

    Source: the leave-one-out identity of Allen 1974 (PRESS) for the generalized linear map x = f(Aᵀν), with the ridge
    at 0; for approximate leave-one-out of penalised estimators, Rad and Maleki 2020.

    Example:
        >>> import numpy as np, ridgeless as rl
        >>> system = rl.LinearSystem(np.array([[1.0, 0.0, 1.0], [0.0, 1.0, 1.0]]), np.array([1.0, 2.0]))
        >>> found = rl.limit(system, rl.networks.Direct(), {"x": np.zeros(3)})
        >>> bool(np.allclose(rl.leave_one_out(found).residuals, [0.0, 1.5]))
        True
    """
    asked = differentiable(solution, "leave_one_out")
    expansion, is_centred = expand(asked, "leave_one_out"), _is_centred(asked.system)
    rows = asked.system.shape[0]
    changes = np.eye(rows) - 1 / rows if is_centred else np.eye(rows)
    is_implied = _breaks(asked.system, expansion, changes)
    residuals, departure = np.zeros(rows), np.zeros(rows)
    for i in counted(np.flatnonzero(~is_implied).tolist(), "equation"):
        residuals[i], departure[i] = _predicted(asked, expansion, changes[i])
    return LeaveOneOut(asked, residuals, is_implied, departure, is_implied, is_centred)


def _is_centred(system: LinearSystem) -> bool:
    """Whether the columns of A sum to 0 to rounding, and b does."""
    rows = system.shape[0]
    ones = np.ones(rows)
    sums, sizes = system.rmatvec(ones), np.linalg.norm(system.rows(), axis=0)
    level = _ROUNDING * np.sqrt(rows)
    return bool(
        rows > 1
        and system.rank < rows
        and np.all(np.abs(sums) <= level * sizes)
        and abs(ones @ system.b) <= level * norm(system.b)
    )


def _breaks(system: LinearSystem, expansion: Expansion, changes: np.ndarray) -> Bool[np.ndarray, " n"]:
    """Which changes of b (one a row) some equation forbids, being a sum of those that the limit is told by."""
    basis = expansion.basis
    repeats = np.setdiff1d(np.arange(system.shape[0]), basis.equations)
    if not len(repeats):
        return np.zeros(len(changes), dtype=bool)
    others = system.rows()[repeats]
    shares = np.linalg.lstsq(basis.rows.T, others.T, rcond=None)[0] * basis.row_scales[:, None]
    misfit = np.abs(changes[:, repeats] - changes[:, basis.equations] @ shares)
    size = np.abs(changes[:, repeats]) + np.abs(changes[:, basis.equations]) @ np.abs(shares)
    return np.any(misfit > _DEPENDENT * np.maximum(size, np.abs(shares).max(axis=0)), axis=1)


def _predicted(solution: DifferentiableLimit, expansion: Expansion, change: Dual) -> tuple[float, float]:
    """The residual r along a change of b that x can follow, and ‖A·(x(ν') − x')‖/|r| with x' the linear prediction."""
    basis, factors = expansion.basis, expansion.factors
    right = basis.scaled(change)
    seen = basis.inner.solve(right)[0]
    half = factors.half(seen)
    residual = float(expansion.nu @ right) / float(half @ half)
    if residual == 0:
        return 0.0, 0.0
    moves = factors.moves(-residual * seen, np.zeros(len(basis.rest)))
    potential = solution.bias.potential
    with np.errstate(over="ignore", invalid="ignore"):
        bent = potential.conjugate_gradient(potential.gradient(expansion.x) + moves.pull)
    if not np.isfinite(bent).all() or not expansion.condition * EPS <= DIGITS:
        return residual, np.inf
    return residual, norm(solution.system.matvec(bent - expansion.x - moves.dx)) / abs(residual)


def _refitted(solution: DifferentiableLimit, index: int) -> float:
    """r_i by the limit without equation i; NaN where that limit does not converge."""
    system = solution.system
    rest = np.arange(system.shape[0]) != index
    left = system.A if hasattr(system.A, "__getitem__") else system.rows()
    row, right = system.rmatvec(np.where(rest, 0.0, 1.0)), float(system.b[index])
    others = LinearSystem(left[rest], system.b[rest]) if rest.any() else None
    return right - float(row @ _limit_of(others, solution))


def _centred_refit(solution: DifferentiableLimit, index: int) -> float:
    """r_i by the limit of the other rows, centred without row i; NaN where that limit does not converge."""
    A, b = solution.system.rows(), solution.system.b
    rest = np.arange(len(A)) != index
    row, right = A[index] - A[rest].mean(axis=0), float(b[index] - b[rest].mean())
    centred = A[rest] - A[rest].mean(axis=0)
    others = LinearSystem(centred, b[rest] - b[rest].mean()) if centred.any() else None
    return right - float(row @ _limit_of(others, solution))


def _limit_of(others: LinearSystem | None, solution: DifferentiableLimit) -> Vector:
    """The limit of other equations from the same start, x₀ where there are none; NaN where it does not converge."""
    if others is None:
        return solution.network(solution.theta0)
    found = limit(others, solution.network, solution.theta0)
    return found.x if found.success else np.full_like(found.x, np.nan)


def _chosen(indices: ArrayLike | None, rows: int) -> np.ndarray:
    """Indices of equations from integers, a mask, or None for all."""
    if indices is None:
        return np.arange(rows)
    asked = np.atleast_1d(np.asarray(indices))
    if asked.dtype == bool and asked.shape == (rows,):
        return np.flatnonzero(asked)
    is_whole = asked.ndim == 1 and (asked.dtype.kind in "iu" or not asked.size)
    if not is_whole or (asked.size and not (asked.min() >= 0 and asked.max() < rows)):
        raise InvalidInputError(
            f"leave_one_out.refit: indices = {indices!r}; pass whole numbers from 0 to {rows - 1}, or a mask of shape "
            f"({rows},) such as ~found.is_trusted."
        )
    return asked.astype(np.int64)
