"""Leave-one-out errors of an interpolating limit, without refitting."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from jaxtyping import Bool, Float

from ridgeless.arrays import Dual, norm
from ridgeless.errors import InvalidInputError
from ridgeless.limits.weighted import WeightedRows
from ridgeless.sensitivities import differentiable, factors_of
from ridgeless.solution import Solution
from ridgeless.systems import LinearSystem
from ridgeless.verbs import limit

# A linear prediction is trusted where the network's own curve departs from it by no more than this part.
_TRUSTED = 0.1


@dataclass(frozen=True, eq=False)
class LeaveOneOut:
    """How far the limit without equation i misses it: r_i = b_i − ⟨a_i, x₍₋ᵢ₎⟩, for every i.

    Attributes:
        solution: the limit with all equations.
        residuals: r (n,): predicted to first order, or measured where `is_exact`; NaN where a refit did not converge.
        is_exact: (n,) whether equation i was left out and the limit computed anew.
        departure: (n,) how far f leaves its tangent on the way to the prediction, as a part of r_i; 0 where exact.
    """

    solution: Solution
    residuals: Dual
    is_exact: Bool[np.ndarray, " n"]
    departure: Dual

    @cached_property
    def is_trusted(self) -> Bool[np.ndarray, " n"]:
        """(n,) whether r_i is exact, or predicted where f is straight: a departure of at most a tenth."""
        return (self.is_exact & np.isfinite(self.residuals)) | (self.departure <= _TRUSTED) & ~self.is_exact

    @property
    def error(self) -> float:
        """The root mean square of the residuals: what one more measurement would be missed by."""
        return float(np.sqrt(np.mean(self.residuals**2)))

    def refit(self, indices: Any = None) -> LeaveOneOut:
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
        for index in chosen:
            residuals[index], is_exact[index], departure[index] = _refitted(self.solution, int(index)), True, 0.0
        return replace(self, residuals=residuals, is_exact=is_exact, departure=departure)

    def __repr__(self) -> str:
        exact, trusted, total = int(self.is_exact.sum()), int(self.is_trusted.sum()), len(self.residuals)
        return f"LeaveOneOut: {total} equations, root mean square {self.error:.6g}; {exact} refitted, {trusted} trusted"


def leave_one_out(solution: Solution) -> LeaveOneOut:
    """How well a limit predicts the equations that it has not seen, without computing it n times.

    r_i ≈ ν_i/(K⁻¹)_ii with K = A f'(Aᵀν) Aᵀ: taking ν_i to 0 to first order while the other equations hold. It is
    exact where f is straight (`Direct`; large starts), and the less so the further ν has to move; `departure` tells.
    At interpolation the residuals of the fit are 0, and SURE and GCV are 0/0: this is what is left to ask.

    Args:
        solution: what `rl.limit` returned, for a separable network on independent equations.

    Raises:
        InvalidInputError: as `rl.sensitivity`; or equations that depend on each other.

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
    rows = asked.system.shape[0]
    if asked.system.rank < rows:
        raise InvalidInputError(
            f"leave_one_out: {asked.system!r} has {rows - asked.system.rank} equations that the others imply: leaving "
            "one out changes nothing. Drop them first."
        )
    factors = factors_of(asked, asked.network.response(asked.theta0, asked.x), "leave_one_out")
    sides = _sides(asked.system)
    halves = factors.half(sides)
    residuals = np.asarray(asked.dual) / np.sum(halves**2, axis=0)
    departure = np.array([_departure(asked, factors, sides[:, i], residuals[i]) for i in range(rows)])
    return LeaveOneOut(asked, residuals, np.zeros(rows, dtype=bool), departure)


def _sides(system: LinearSystem) -> Float[np.ndarray, "n n"]:
    """The unit changes of b, by columns, in the coordinates of the orthonormalised rows."""
    return np.stack([system.row_space.basis(side)[1] for side in np.eye(system.shape[0])], axis=1)


def _departure(solution: Solution, factors: WeightedRows, side: Dual, residual: float) -> float:
    """‖A·(x(ν') − x')‖/|r_i| at the prediction: ν' with ν'_i = 0, x' on the tangent; infinite outside the domain."""
    if residual == 0:
        return 0.0
    system, bias = solution.system, solution.bias
    rows, _ = system.row_space.basis(system.b)
    right = -residual * side
    point = bias.offset + system.rmatvec(solution.dual) + rows.T @ factors.solve(right)
    with np.errstate(over="ignore", invalid="ignore"):
        bent = bias.potential.conjugate_gradient(point)
    if not np.isfinite(bent).all():
        return np.inf
    return norm(system.matvec(bent - solution.x - factors.lift(right))) / abs(residual)


def _refitted(solution: Solution, index: int) -> float:
    """r_i by the limit without equation i; NaN where that limit does not converge."""
    system = solution.system
    rest = np.arange(system.shape[0]) != index
    left = system.A if hasattr(system.A, "__getitem__") else system.rows()
    row, right = system.rmatvec(np.where(rest, 0.0, 1.0)), float(system.b[index])
    if not rest.any():
        return right - float(row @ solution.network(solution.theta0))
    found = limit(LinearSystem(left[rest], system.b[rest]), solution.network, solution.theta0)
    return right - float(row @ found.x) if found.success else np.nan


def _chosen(indices: Any, rows: int) -> np.ndarray:
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
