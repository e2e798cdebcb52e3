"""How a limit moves with its start and its system: implicit differentiation by one factorisation."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from ridgeless.arrays import Dual, Matrix, Vector, finite_array, norm, real_array, refuse_non_finite
from ridgeless.errors import InvalidInputError
from ridgeless.limits.weighted import WeightedRows, weighted_rows
from ridgeless.networks import Response
from ridgeless.potentials import Quadratic, SeparablePotential, WeightedL1
from ridgeless.solution import Solution, Status
from ridgeless.systems import LinearSystem

# A change of b is one that dependent equations allow when no more than rounding of it is out of reach.
_OUT_OF_REACH = 1e-9


@dataclass(frozen=True, eq=False)
class Sensitivity:
    """The derivative of x∞ by the start and by A x = b, at one limit.

    x = f(Aᵀν; θ₀) with A x = b, differentiated, with D = diag(f') and K = A D Aᵀ:

        dx = (I − D Aᵀ K⁻¹ A)·(D dAᵀν + (∂f/∂θ₀) dθ₀) + D Aᵀ K⁻¹·(db − dA x).

    Attributes:
        solution: the limit.
        response: f', and ∂f/∂θ₀ in units of it, by the name of the tangent.
        factors: of √D·Aᵀ, on orthonormalised rows.
    """

    solution: Solution
    response: Response
    factors: WeightedRows

    @property
    def tangents(self) -> tuple[str, ...]:
        """The names that `jvp` takes and `vjp` gives: of the start, then A and b.

        A is missing where A has dependent equations: almost every change of A then leaves no solution at all.
        """
        moves_rows = ("A",) if self._is_of_full_rank else ()
        return (*self.response.shifts, *moves_rows, "b")

    def jvp(self, **tangents: Any) -> Vector:
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
        given = {name: self._tangent(name, value) for name, value in tangents.items()}
        system, x = self.solution.system, self.solution.x
        shift, right = np.zeros_like(x), np.zeros(system.shape[0])
        for name, value in given.items():
            if name in self.response.shifts:
                shift += np.sum(np.reshape(self.response.shifts[name] * value, (-1, len(x))), axis=0)
        if "A" in given:
            shift += given["A"].T @ self._nu
            right -= given["A"] @ x
        if "b" in given:
            right += given["b"]
        moved = self.factors.free_part(shift)
        return moved + self.factors.lift(system.row_space.basis(right)[1]) if right.any() else moved

    def vjp(self, cotangent: Any) -> dict[str, np.ndarray]:
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
            >>> system = rl.LinearSystem(np.array([[1.0, 2.0]]), np.array([5.0]))
            >>> found = rl.limit(system, rl.networks.Direct(), {"x": np.zeros(2)})
            >>> rl.sensitivity(found).vjp([1.0, 0.0])["b"]
            array([0.2])
        """
        pulled = finite_array(cotangent, "sensitivity.vjp", "cotangent", ndim=1)
        system, x = self.solution.system, self.solution.x
        if pulled.shape != x.shape:
            raise InvalidInputError(
                f"sensitivity.vjp: cotangent needs the shape of x, {x.shape}; it has {pulled.shape}."
            )
        by_shift = self.factors.free_part(pulled)
        rows, _ = system.row_space.basis(system.b)
        by_right = system.dual(rows.T @ self.factors.dual(pulled))
        gradients = {name: shifts * by_shift for name, shifts in self.response.shifts.items()}
        if self._is_of_full_rank:
            gradients["A"] = np.outer(self._nu, by_shift) - np.outer(by_right, x)
        return {**gradients, "b": by_right}

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
        basis = self.solution.system.row_space.basis
        sides = np.eye(self.solution.system.shape[0])
        return np.stack([self.factors.lift(basis(side)[1]) for side in sides], axis=1)

    @property
    def _nu(self) -> Dual:
        """ν of x = f(Aᵀν): what the tangents of A act on."""
        return np.asarray(self.solution.dual)

    @property
    def _is_of_full_rank(self) -> bool:
        return self.solution.system.rank == self.solution.system.shape[0]

    def _tangent(self, name: str, value: Any) -> np.ndarray:
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


def sensitivity(solution: Solution) -> Sensitivity:
    """How the limit moves with log|θ₀|, A and b: one factorisation, as many directions as are asked.

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
    response = asked.network.response(asked.theta0, asked.x)
    return Sensitivity(asked, response, factors_of(asked, response, "sensitivity"))


def differentiable(solution: Any, call: str) -> Solution:
    """The solution, if it is a limit that its own equations can differentiate.

    Raises:
        InvalidInputError: it is not; the message says what to pass.
    """
    if not isinstance(solution, Solution):
        raise InvalidInputError(f"{call}: got a {type(solution).__name__}; pass what rl.limit returned.")
    potential = None if solution.bias is None else solution.bias.potential
    if solution.flow is None and isinstance(potential, WeightedL1):
        raise InvalidInputError(
            f"{call}: the limit of vanishing starts is a vertex, which stays and then jumps; pass the limit from a "
            "small scale, such as rl.inits.Constant(1e-8)."
        )
    if solution.flow is None and solution.theta0 is None:
        raise InvalidInputError(
            f"{call}: a limit of vanishing starts has no start to move with; pass rl.limit(system, network, init) "
            "from a scale, such as rl.inits.Constant(1e-8)."
        )
    if solution.flow is not None:
        raise InvalidInputError(
            f"{call}: the solution is no limit but by {solution.method}; pass rl.limit(system, network, init)."
        )
    if solution.status is not Status.CONVERGED:
        raise InvalidInputError(
            f"{call}: the limit is {solution.status.name}, not CONVERGED, and has no derivative. {solution.message}"
        )
    if not isinstance(solution.system, LinearSystem):
        raise InvalidInputError(
            f"{call}: the solution was loaded without its system, which was given as an operator; type rl.limit anew."
        )
    if not isinstance(potential, (Quadratic, SeparablePotential)) or solution.dual is None:
        what = "no potential" if potential is None else f"the potential {type(potential).__name__}"
        raise InvalidInputError(
            f"{call}: the limit of {solution.network} has {what}, which does not act coordinate by coordinate; pass "
            "the limit of a separable network, such as rl.networks.Difference(depth=2)."
        )
    return solution


def factors_of(solution: Solution, response: Response, call: str) -> WeightedRows:
    """The factorisation of √f'·Aᵀ on orthonormalised rows.

    Raises:
        InvalidInputError: so many coordinates have underflowed that b cannot move at all.
    """
    factors = weighted_rows(solution.system.row_space.basis(solution.system.b)[0], response.mobility)
    if factors is None:
        raise InvalidInputError(
            f"{call}: x moves on {np.count_nonzero(response.mobility)} coordinates only (the others are frozen, or "
            f"have underflowed), fewer than the {solution.system.rank} equations; start larger, with more open signs."
        )
    return factors


def _refuse_unreachable(system: LinearSystem, change: Dual) -> None:
    solution = system.row_space.min_norm(change)
    misfit = norm(system.matvec(solution) - change)
    if misfit > _OUT_OF_REACH * norm(change):
        raise InvalidInputError(
            f"sensitivity.jvp: {system!r} has dependent equations, and no x follows this change of b: a part of "
            f"{misfit / norm(change):.1e} is out of reach; type .jvp(b=system.matvec(…))."
        )
