"""The dual of penalised least squares, and Newton's method on it: by Cholesky, or by products with A alone.

The minimiser x of

    P(x) = ½‖b − A x‖² + λ·(Φ(x) − ⟨offset, x⟩)

is ∇Φ*(offset + Aᵀν) with the n numbers ν that solve

    g(ν) = A ∇Φ*(offset + Aᵀν) + λν − b = 0,

since the gradient of P there is −Aᵀ(b − A x) + λ·Aᵀν = Aᵀg. g is the gradient of Φ*(offset + Aᵀν) + λ/2·‖ν‖² − ⟨b, ν⟩,
which is strictly convex, with Hessian A diag(∇²Φ*) Aᵀ + λI. For any ν, with x = ∇Φ*(offset + Aᵀν), Fenchel's equality
Φ(x) + Φ*(offset + Aᵀν) = ⟨x, offset + Aᵀν⟩ makes the duality gap

    P(x) − [⟨b, λν⟩ − λ²/2·‖ν‖² − λΦ*(offset + Aᵀν)] = ½‖b − A x‖² + λ⟨A x − b, ν⟩ + λ²/2·‖ν‖² = ½‖g(ν)‖².
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
import scipy.linalg as sl
import scipy.sparse as sp
from jaxtyping import Float

from ridgeless._core.arrays import Dual, Vector, norm
from ridgeless.limits.depth_two.dual_newton import Hessian, Iterate, ReadLine, Rules, Step, newton
from ridgeless.limits.depth_two.matrix_free import BY_READING, InexactHessian, conjugate_gradients
from ridgeless.limits.newton import regularised_solve
from ridgeless.limits.penalised.tolerances import PENALTY_TOLERANCES
from ridgeless.limits.tolerances import TOLERANCES
from ridgeless.potentials import Bias, Potential, Quadratic, SeparablePotential
from ridgeless.potentials.minimum import Outcome
from ridgeless.systems import LinearSystem


@dataclass(frozen=True, eq=False)
class PenalisedDual:
    """g(ν) = 0 at one λ. An iterate's misfit is g, its error ‖g‖/size, and its details are Aᵀν and x.

    Attributes:
        system: A and b; A x = b need not have a solution.
        potential: Φ, with a mirror map that acts entry by entry.
        offset: (d,).
        lam: λ > 0.
        size: what ‖g‖ is measured in.
    """

    rules: ClassVar[Rules] = BY_READING

    system: LinearSystem
    potential: Any
    offset: Vector
    lam: float
    size: float

    def at(self, nu: Dual) -> Iterate:
        """The iterate at ν."""
        return self._seen(nu, self.system.rmatvec(nu))

    def line(self, iterate: Iterate, step: Step) -> ReadLine:
        """One product for the line, and one for each length."""
        change = self.system.rmatvec(step.nu)
        z, _ = iterate.details

        def read(lengths: Sequence[float]) -> list[Iterate]:
            return [self._seen(iterate.nu + each * step.nu, z + each * change) for each in lengths]

        return ReadLine(step, read)

    def hessian(self, wanted: float) -> Hessian:
        """Cholesky factors of a small Hessian of a matrix, conjugate gradients for others."""
        return _FactorisedHessian(self) if self._is_factorised else InexactHessian(self, wanted)

    def tangent(self, iterate: Iterate) -> Dual:
        """dν/dλ = −H⁻¹ν, from the derivative of g(ν) = 0 with respect to λ."""
        if self._is_factorised:
            return -_FactorisedHessian(self).solve(iterate, iterate.nu)
        return -self.solved(iterate, iterate.nu, PENALTY_TOLERANCES.of_tangents)

    def curvature(self, iterate: Iterate) -> Vector:
        """The diagonal of ∇²Φ* there."""
        return self.potential.conjugate_curvature(self.offset + iterate.details[0])

    def solved(self, iterate: Iterate, rhs: Dual, accuracy: float) -> Dual:
        """H⁻¹·rhs by conjugate gradients, its residual at most `accuracy` of rhs."""
        weights = self.curvature(iterate)

        def hessian(direction: Dual) -> Dual:
            return self.system.matvec(weights * self.system.rmatvec(direction)) + self.lam * direction

        return conjugate_gradients(hessian, rhs, accuracy)

    @property
    def _is_factorised(self) -> bool:
        A = self.system.A
        return A.shape[0] <= PENALTY_TOLERANCES.most_factorised and (isinstance(A, np.ndarray) or sp.issparse(A))

    def _seen(self, nu: Dual, z: Vector) -> Iterate:
        """The iterate, z = Aᵀν being known."""
        x = self.potential.conjugate_gradient(self.offset + z)
        if not np.isfinite(x).all():
            return Iterate(1.0, nu, np.full_like(nu, np.nan), np.inf, (z, x))
        misfit = self.system.matvec(x) + self.lam * nu - self.system.b
        return Iterate(1.0, nu, misfit, norm(misfit) / self.size, (z, x))


@dataclass(frozen=True, eq=False)
class _FactorisedHessian:
    """The Hessian as an n × n matrix, solved with by Cholesky."""

    problem: PenalisedDual

    @property
    def idle_steps(self) -> float:
        """The first step that gains nothing shows that rounding is left."""
        return 1.0

    def solve(self, iterate: Iterate, rhs: Dual) -> Dual:
        """H⁻¹·rhs."""
        return regularised_solve(_hessian_matrix(self.problem, self.problem.curvature(iterate)), rhs)

    def learn(self, iterate: Iterate, line: ReadLine, length: float, new: Iterate) -> _FactorisedHessian:  # noqa: ARG002
        """Itself: there is nothing to adapt."""
        return self


def _hessian_matrix(problem: PenalisedDual, weights: Vector) -> Float[np.ndarray, "n n"]:
    """A diag(weights) Aᵀ + λI; of a dense one only the lower triangle."""
    A = problem.system.A
    if sp.issparse(A):
        gram = np.asfortranarray((A @ sp.diags_array(weights) @ A.T).toarray())
    else:
        scaled = A * np.sqrt(weights)
        # Transposed, the rows that C stores are the columns that BLAS reads, and nothing is copied.
        (product,) = sl.get_blas_funcs(("syrk",), (scaled,))
        gram = product(1.0, scaled.T, trans=1, lower=1)
    gram[np.diag_indices_from(gram)] += problem.lam
    return gram


def has_dual(potential: Potential) -> bool:
    """Whether the potential's mirror map acts entry by entry, as `PenalisedDual` needs."""
    return isinstance(potential, (Quadratic, SeparablePotential)) and potential.is_smooth


def dual_of(system: LinearSystem, bias: Bias, lam: float) -> PenalisedDual:
    """The dual of the penalised problem with the potential and the offset of a theorem.

    ‖g‖ is measured in ‖b − A x₀‖, or in ‖b‖ where the start fits b.
    """
    initial = bias.potential.conjugate_gradient(bias.offset)
    size = norm(system.b - system.matvec(initial)) or norm(system.b) or 1.0
    return PenalisedDual(system, bias.potential, bias.offset, lam, size)


def at_penalty(
    system: LinearSystem, bias: Bias, lam: float, tol: float, nu: Dual | None = None
) -> tuple[Iterate, int, Outcome]:
    """The minimiser of ½‖b − A x‖² + λ·(Φ(x) − ⟨offset, x⟩) for one λ.

    From ν = 0 the way leads through larger λ, each a quarter of the one before, where x changes little.

    Args:
        system: A and b.
        bias: Φ and the offset; `has_dual(bias.potential)`.
        lam: λ > 0.
        tol: on ‖A x + λν − b‖ relative to ‖b − A x₀‖.
        nu: where to begin; at a near λ for example.

    Returns:
        The iterate, whose details are Aᵀν and x; Newton steps; how the last of them ended.

    Example:
        >>> from ridgeless.potentials import Quadratic
        >>> system = LinearSystem(np.array([[1.0, 2.0]]), np.array([6.0]))
        >>> found, _, _ = at_penalty(system, Bias(Quadratic(), np.zeros(2), "ridge"), lam=1.0, tol=1e-12)
        >>> found.details[1].round(9)
        array([1., 2.])
    """
    with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
        problem, steps = dual_of(system, bias, lam), 0
        here = np.zeros(system.shape[0]) if nu is None else nu
        for each in [] if nu is not None else _from_far(first_penalty(problem), lam):
            stage = replace(problem, lam=each)
            passed, taken, _ = newton(stage, stage.at(here), TOLERANCES.coarse, TOLERANCES.last_stage_steps)
            here, steps = passed.nu, steps + taken
        found, taken, outcome = newton(problem, problem.at(here), tol, TOLERANCES.last_stage_steps)
        return found, steps + taken, outcome


def _from_far(first: float, lam: float) -> list[float]:
    """The larger λ on the way from the first to this one."""
    count = max(0, int(np.ceil(np.log(first / lam) / np.log(PENALTY_TOLERANCES.smaller))))
    return [lam * PENALTY_TOLERANCES.smaller**power for power in range(count, 0, -1)]


def first_penalty(problem: PenalisedDual) -> float:
    """A λ at which ν = (b − A x₀)/λ is nearly right: hardly anything is fitted, or the mirror map is nearly linear.

    It is at least the Rayleigh quotient of A diag(∇²Φ*) Aᵀ for the misfit of the start, at which about half of it is
    fitted to first order.
    """
    origin = problem.at(np.zeros(problem.system.shape[0]))
    misfit, slopes = -origin.misfit, problem.curvature(origin)
    pulled = problem.system.rmatvec(misfit)
    lam = float(pulled @ (slopes * pulled)) / float(misfit @ misfit)
    lam = lam if np.isfinite(lam) and lam > 0 else problem.size
    moves = (slopes > 0) & (pulled != 0)
    for _ in range(2000):  # as many factors of four as float64 has
        bent = problem.potential.conjugate_curvature(problem.offset + pulled / lam)[moves]
        if np.all(bent <= PENALTY_TOLERANCES.most_bent * slopes[moves]):  # false for NaN
            break
        lam *= PENALTY_TOLERANCES.smaller
    return lam
