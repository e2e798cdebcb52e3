"""Derivatives of a limit by its start and by A and b: implicit differentiation with one factorisation."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from ridgeless._core.arrays import Dual, Matrix, Vector, finite_array, norm, real_array, refuse_non_finite
from ridgeless._core.extremes import within_float64
from ridgeless._core.progress import reported
from ridgeless.analysis._derivatives import DIGITS, EPS, Derivative, less, outer, times
from ridgeless.analysis._expansion import Expansion, differentiable, expand
from ridgeless.analysis._weighted_qr import rounding
from ridgeless.errors import IllConditionedWarning, InvalidInputError
from ridgeless.networks import Response
from ridgeless.solution import Solution
from ridgeless.systems import LinearSystem

if TYPE_CHECKING:
    from ridgeless.analysis._expansion import DifferentiableLimit

# A change of b is one that dependent equations allow when no more than rounding of it is out of reach.
_OUT_OF_REACH = 1e-9


@dataclass(frozen=True, eq=False)
class Sensitivity:
    """The derivative of x∞ by the start and by A x = b, at one limit.

    x = f(Aᵀν; θ₀) with A x = b, differentiated, with D = diag(f') and K = A D Aᵀ:

        dx = (I − D Aᵀ K⁻¹ A)·(D dAᵀν + (∂f/∂θ₀) dθ₀) + D Aᵀ K⁻¹·(db − dA x).

    It is computed in a basis of the null space of A that the largest f' choose, where nothing large cancels: near a
    vertex D spans hundreds of orders. Each derivative has a bound on its error: `derivative` and `gradient` return
    both, `jvp`, `vjp` and `db` the derivative alone, with an `IllConditionedWarning` where fewer than six digits are
    known.

    Attributes:
        solution: the limit.
        response: f', and ∂f/∂θ₀ in units of it, by the name of the tangent.
        expansion: the point it is taken at, and its linear part.
    """

    solution: DifferentiableLimit
    response: Response
    expansion: Expansion

    @property
    def tangents(self) -> tuple[str, ...]:
        """The names that `jvp` takes and `vjp` gives: of the start, then A and b.

        A is missing where A has dependent equations: almost every change of A then leaves no solution at all.
        """
        moves_rows = ("A",) if self._is_of_full_rank else ()
        return (*self.response.shifts, *moves_rows, "b")

    @property
    def condition(self) -> float:
        """The condition number of f', and so of every derivative, for relative changes of the entries of A and b.

        To first order, and relative to itself. Above 1e9 or so, the rounding of A and b alone decides the sixth digit:
        so it is at small scale where fewer entries than equations carry x, and rounding of b is all that the others
        have to make up for. Infinite where rounding leaves open how far off x is.
        """
        return self.expansion.condition

    @property
    def is_ill_conditioned(self) -> bool:
        """Whether the rounding of A and b decides the sixth digit of f': a derivative may be good all the same."""
        return not self.condition * EPS <= DIGITS

    def derivative(self, **tangents: ArrayLike) -> Derivative:
        """The change of x∞ along the tangents given, with a bound on its error.

        Args:
            tangents: as those of `jvp`.

        Returns:
            `value` and `error`, shape (d,).

        Raises:
            InvalidInputError: an unknown name, another shape, or a change of b that no x can follow.

        Example:
            >>> import numpy as np, ridgeless as rl
            >>> system = rl.LinearSystem(np.array([[1.0, 2.0, 0.3], [-1.0, 0.5, 0.2]]), np.array([-3.0, -2.0]))
            >>> found = rl.limit(system, rl.networks.Difference(depth=3), rl.inits.Constant(1e-60))
            >>> change = rl.sensitivity(found).derivative(log_u0=[1.0, 0.0, 0.0])
            >>> (1e181 * change.value).round(3), change.relative < 1e-11
            (array([ 1.355, -2.709, 13.545]), True)
        """
        given = {name: self._tangent(name, value) for name, value in tangents.items()}
        with np.errstate(all="ignore"):
            right, shift = self._right(given), self._shift(given)
            moved = self.expansion.moved(right, self._right_error(given), shift, self._shift_error(given))
        return Derivative(moved.dx, moved.error)

    def gradient(self, cotangent: ArrayLike) -> dict[str, Derivative]:
        """The gradient of ⟨cotangent, x∞⟩ by everything that x∞ depends on, by name, with bounds on the errors.

        Args:
            cotangent: as that of `vjp`.

        Returns:
            `value` and `error` for each name of `tangents`, each in its own shape.

        Raises:
            InvalidInputError: another shape, or entries that are not finite.

        Example:
            >>> import numpy as np, ridgeless as rl
            >>> system = rl.LinearSystem(np.array([[1.0, 2.0]]), np.array([5.0]))
            >>> found = rl.limit(system, rl.networks.Direct(), {"x": np.zeros(2)})
            >>> by_b = rl.sensitivity(found).gradient([1.0, 0.0])["b"]
            >>> by_b.value, by_b.relative < 1e-12
            (array([0.2]), True)
        """
        pulled = self._cotangent(cotangent)
        with np.errstate(all="ignore"):
            return self._gradient(pulled)

    def jvp(self, **tangents: ArrayLike) -> Vector:
        """The change of x∞ along the tangents given, each in the shape of what it changes.

        Args:
            tangents: `log_u0=…` for log|u₀| and its like, `x0=…`, `A=…`, `b=…`; `tangents` lists the names.

        Returns:
            dx, shape (d,).

        Raises:
            InvalidInputError: an unknown name, another shape, or a change of b that no x can follow.

        Example:
            >>> import numpy as np, ridgeless as rl
            >>> system = rl.LinearSystem(np.array([[1.0, 2.0]]), np.array([5.0]))
            >>> found = rl.limit(system, rl.networks.Direct(), {"x": np.zeros(2)})
            >>> rl.sensitivity(found).jvp(b=[5.0])
            array([1., 2.])
        """
        if self.is_ill_conditioned:
            return self._told({"jvp": self.derivative(**tangents)}, "jvp", "derivative")["jvp"]
        given = {name: self._tangent(name, value) for name, value in tangents.items()}
        with np.errstate(all="ignore"):
            return self.expansion.moves(self._right(given), self._shift(given)).dx

    def vjp(self, cotangent: ArrayLike) -> dict[str, np.ndarray]:
        """The gradient of ⟨cotangent, x∞⟩ by everything that x∞ depends on, by name, each in its own shape.

        Args:
            cotangent: (d,), for a loss its gradient by x.

        Returns:
            One array for each name of `tangents`. Where A has dependent equations, the one of b is the shortest that
            is right for every change of b that x can follow.

        Raises:
            InvalidInputError: another shape, or entries that are not finite.

        Example:
            >>> import numpy as np, ridgeless as rl
            >>> system = rl.LinearSystem(np.array([[2.0, 1.0]]), np.array([5.0]))
            >>> found = rl.limit(system, rl.networks.Direct(), {"x": np.zeros(2)})
            >>> rl.sensitivity(found).vjp([1.0, 0.0])["b"]
            array([0.4])
        """
        if self.is_ill_conditioned:
            return self._told(self.gradient(cotangent), "vjp", "gradient")
        pulled = self._cotangent(cotangent)
        with np.errstate(all="ignore"):
            moves = self.expansion.moves(np.zeros(len(self.expansion.nu)), pulled)
            gradients = {name: shifts * moves.dx for name, shifts in self.response.shifts.items()}
            held = self.expansion.basis.inner.transposed.solve((pulled - moves.pull)[self.expansion.basis.basic])[0]
            if not self._is_of_full_rank:
                system = self.solution.system
                return {**gradients, "b": system.dual(self.expansion.basis.rows.T @ held)}
            nu, by_right = self._unscaled(self.expansion.nu), self._unscaled(held)
            by_A = np.outer(nu, moves.dx) - np.outer(by_right, self.expansion.x)
            return {**gradients, "A": by_A, "b": by_right}

    @cached_property
    def db(self) -> Matrix:
        """dx∞/db, shape (d, n): D Aᵀ K⁻¹.

        Raises:
            InvalidInputError: A has dependent equations, so that b cannot move freely.
        """
        if not self._is_of_full_rank:
            raise InvalidInputError(
                f"sensitivity.db: {self.solution.system!r} has dependent equations, and b cannot move freely; type "
                ".jvp(b=…) for a change that x can follow, or drop the equations that repeat others."
            )
        return np.stack([self.jvp(b=side) for side in np.eye(self.solution.system.shape[0])], axis=1)

    def __repr__(self) -> str:
        told = "ill-conditioned" if self.is_ill_conditioned else "well-conditioned"
        return (
            f"Sensitivity of {self.solution.network} on {self.solution.system!r}: {told}, with condition number "
            f"{self.condition:.1e}; by {', '.join(self.tangents)}"
        )

    @property
    def _is_of_full_rank(self) -> bool:
        return self.solution.system.rank == self.solution.system.shape[0]

    def _shift(self, given: dict[str, np.ndarray]) -> Vector:
        """By how much z moves at fixed x."""
        shift = np.zeros_like(self.solution.x)
        for name in set(given) & set(self.response.shifts):
            shift += _summed(self.response.shifts[name] * given[name], len(shift))
        if "A" in given:
            shift += self._scaled_rows(given["A"]).T @ self.expansion.nu
        return shift

    def _shift_error(self, given: dict[str, np.ndarray]) -> Vector:
        expansion, error = self.expansion, np.zeros_like(self.solution.x)
        for name in set(given) & set(self.response.shifts):
            bound = expansion.shift_errors[name] + EPS * np.abs(self.response.shifts[name])
            error += _summed(bound * np.abs(given[name]), len(error))
        if "A" in given:
            nu_error = expansion.nu_error + rounding(len(expansion.nu)) * np.abs(expansion.nu)
            error += np.abs(self._scaled_rows(given["A"]).T) @ nu_error
        return error

    def _right(self, given: dict[str, np.ndarray]) -> Dual:
        """By how much A x has to move: for the chosen equations, as they are scaled."""
        right = np.zeros(len(self.expansion.basis.basic))
        if "A" in given:
            right -= self._scaled_rows(given["A"]) @ self.expansion.x
        if "b" in given:
            right += self.expansion.basis.scaled(given["b"])
        return right

    def _right_error(self, given: dict[str, np.ndarray]) -> Dual:
        error = EPS * np.abs(self._right(given))
        if "A" in given:
            size, x = np.abs(self._scaled_rows(given["A"])), self.expansion.x
            error += size @ (_finite(self.expansion.error) + rounding(len(x)) * np.abs(x))
        return error

    def _scaled_rows(self, change: Matrix) -> Matrix:
        basis = self.expansion.basis
        return basis.row_scales[:, None] * change[basis.equations]

    def _gradient(self, pulled: Vector) -> dict[str, Derivative]:
        basis, expansion, system = self.expansion.basis, self.expansion, self.solution.system
        nothing = np.zeros(len(basis.basic))
        moved = expansion.moved(nothing, nothing, pulled, np.zeros_like(pulled))
        by_shift = Derivative(moved.dx, moved.error)
        gradients = {
            name: times(by_shift, Derivative(shifts, expansion.shift_errors[name]))
            for name, shifts in self.response.shifts.items()
        }
        # ν' of A_Sᵀν' = cotangent_S − dx_S/f'_S: what the equations hold the cotangent back by
        held = (pulled - moved.pull)[basis.basic]
        held_error = (moved.pull_error + EPS * (np.abs(pulled) + np.abs(moved.pull)))[basis.basic]
        found, found_error = basis.inner.transposed.solve(held)
        scaled = Derivative(found, found_error + basis.inner.transposed.bound(held_error))
        if not self._is_of_full_rank:
            return {**gradients, "b": _shortest(system, basis.rows, scaled)}
        by_right = Derivative(self._unscaled(scaled.value), self._unscaled(scaled.error))
        nu = Derivative(self._unscaled(expansion.nu), self._unscaled(expansion.nu_error))
        x = Derivative(expansion.x, expansion.error)
        first, second = outer(nu, by_shift), outer(by_right, x)
        gradients["A"] = less(first, second)
        return {**gradients, "b": by_right}

    def _unscaled(self, scaled: Dual) -> Dual:
        """A dual vector of the scaled equations as one of the equations of A."""
        basis, dual = self.expansion.basis, np.empty_like(scaled)
        dual[basis.equations] = basis.row_scales * scaled
        return dual

    def _told(self, found: dict[str, Derivative], call: str, better: str) -> dict[str, np.ndarray]:
        """The values, with a warning where fewer than six digits of one are known."""
        worst = max(found.values(), key=lambda derivative: derivative.relative).relative
        if not worst <= DIGITS:
            warnings.warn(
                f"sensitivity.{call}: ill-conditioned: rounding of A and b moves this limit's f' {self.condition:.0e} "
                f"times as much, and the derivative is known to a relative {worst:.1e}. .{better}(…) returns it with "
                "its bound; a larger scale is better conditioned.",
                IllConditionedWarning,
                stacklevel=3,
            )
        return {name: derivative.value for name, derivative in found.items()}

    def _cotangent(self, value: ArrayLike) -> Vector:
        pulled = finite_array(value, "sensitivity.vjp", "cotangent", ndim=1)
        if pulled.shape != self.solution.x.shape:
            raise InvalidInputError(
                f"sensitivity.vjp: cotangent needs the shape of x, {self.solution.x.shape}; it has {pulled.shape}."
            )
        return pulled

    def _tangent(self, name: str, value: ArrayLike) -> np.ndarray:
        system = self.solution.system
        if name not in self.tangents:
            raise InvalidInputError(
                f"sensitivity.jvp: no tangent {name!r} for {self.solution.network} on {system!r}; type one of "
                f"{', '.join(self.tangents)}, as in .jvp(b=…)."
            )
        wanted = {"A": system.shape, "b": system.b.shape}.get(name)
        wanted = self.response.shifts[name].shape if wanted is None else wanted
        array = real_array(value, "sensitivity.jvp", name)
        if array.shape != wanted:
            raise InvalidInputError(f"sensitivity.jvp: {name} needs shape {wanted}; it has {array.shape}.")
        refuse_non_finite(array, "sensitivity.jvp", name)
        if name == "b" and not self._is_of_full_rank:
            _refuse_unreachable(system, array)
        return array


@reported("sensitivity")
@within_float64
def sensitivity(solution: Solution) -> Sensitivity:
    """The derivative of a limit by log|θ₀|, A and b: one factorisation for as many directions as are asked.

    Args:
        solution: what `rl.limit` returned, CONVERGED, for `Direct`, `Difference`, `Power`, `Product` or `TwoBranch`.

    Returns:
        Its derivative: `.jvp(**tangents)` forwards, `.vjp(cotangent)` backwards, `.db` whole.

    Raises:
        InvalidInputError: a training, a limit that did not converge or is not that of a separable network, one that
            has lost its system, or a start whose network knows no derivative.

    Source: the implicit function theorem on the dual equation A f(Aᵀν) = b; for weighted rows, Cox and Higham 1998,
    "Stability of Householder QR factorization for weighted least squares problems".

    Example:
        >>> import numpy as np, ridgeless as rl
        >>> system = rl.LinearSystem(np.array([[1.0, 1.0]]), np.array([1.0]))
        >>> found = rl.limit(system, rl.networks.Difference(depth=2), rl.inits.Constant(0.1))
        >>> rl.sensitivity(found).jvp(log_u0=[1.0, 0.0], log_v0=[1.0, 0.0]).round(3)
        array([ 0.5, -0.5])
    """
    asked = differentiable(solution, "sensitivity")
    expansion = expand(asked, "sensitivity")
    return Sensitivity(asked, expansion.response, expansion)


def _summed(values: np.ndarray, size: int) -> Vector:
    """The sum over layers of what acts on each coordinate."""
    return np.sum(np.reshape(values, (-1, size)), axis=0)


def _finite(bound: Vector) -> Vector:
    """The bound with the largest float for infinity, so that 0 times it is 0."""
    return np.nan_to_num(bound, posinf=float(np.finfo(float).max))


def _shortest(system: LinearSystem, rows: Matrix, dual: Derivative) -> Derivative:
    """The shortest ν' with Aᵀν' = rowsᵀ·dual, for rows that A repeats."""
    value = system.dual(rows.T @ dual.value)
    size = np.abs(rows.T)
    missed = np.abs(rows.T @ dual.value - system.rmatvec(value))
    missed = missed + size @ dual.error + rounding(sum(rows.shape)) * (size @ np.abs(dual.value))
    missed = missed + rounding(len(value)) * (np.abs(system.rows().T) @ np.abs(value))
    # twice, for the rounding of the pseudo-inverse itself
    return Derivative(value, 2 * np.abs(np.linalg.pinv(system.rows().T)) @ missed)


def _refuse_unreachable(system: LinearSystem, change: Dual) -> None:
    solution = system.row_space.min_norm(change)
    misfit = norm(system.matvec(solution) - change)
    if misfit > _OUT_OF_REACH * norm(change):
        raise InvalidInputError(
            f"sensitivity.jvp: {system!r} has dependent equations, and no x follows this change of b: a part of "
            f"{misfit / norm(change):.1e} is out of reach; type .jvp(b=system.matvec(…))."
        )
