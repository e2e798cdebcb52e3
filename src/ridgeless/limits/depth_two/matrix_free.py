"""The limit of depth-2 networks where A is products alone: Newton–CG on the dual, without any matrix.

Nothing of size n × n or n × d is made: what is kept is a handful of vectors.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Protocol, runtime_checkable

import numpy as np
import scipy.sparse as sp

from ridgeless._core.arrays import Dual, Vector, norm
from ridgeless.limits.checkpoint import Monitor, fresh_state
from ridgeless.limits.depth_two.dual_newton import Iterate, ReadLine, Rules, Step, solve_along
from ridgeless.limits.depth_two.exponentials import Exponentials, ScaleHomotopy, from_nearly_linear, uniform
from ridgeless.limits.line_search import Lengthening
from ridgeless.limits.tolerances import TOLERANCES
from ridgeless.potentials.minimum import Minimum
from ridgeless.systems import LinearSystem

# Reading A is what costs, so that a stage is as long as its prediction holds, which one reading tells, and no stage but
# the last is corrected further than the next prediction needs. Measured: tighter costs more.
BY_READING = Rules(
    predicted=(TOLERANCES.half, TOLERANCES.half),
    corrected=TOLERANCES.coarse,
    steps=(TOLERANCES.stage_steps, TOLERANCES.last_stage_steps),
    shorter=TOLERANCES.half,
    lengthening=Lengthening(factor=1 / TOLERANCES.half, slope_left=TOLERANCES.half**2),
    last_is_final=True,
)
# Conjugate gradients on a numerically singular matrix: from here on they chase rounding.
_DIVERGED = 1 / TOLERANCES.shown


def solve_by_products(
    system: LinearSystem, target: Exponentials, size: float, reference: float, tol: float, watch: Monitor
) -> Minimum:
    """The x = f(Aᵀν) with A x = b, and ν.

    Args:
        system: A x = b.
        target: f, the mirror map.
        size: what ‖Ax − b‖ is measured in.
        reference: the largest entry that x is expected to have.
        tol: on ‖Ax − b‖/size.
        watch: is told of every step.
    """
    homotopy = from_nearly_linear(uniform(target), reference)
    watched = watch.on(system.shape, system.b, (target.growing, target.shrinking, target.rate), system.min_norm())
    problem = OperatorDual(system, homotopy, size, equation_sizes(system))
    found = solve_along(problem, watched.resumed(fresh_state(system.shape[0])), tol, watched)
    x = homotopy.at(found.t).primal(found.point.details)
    method = "Newton on the dual by conjugate gradients, along a homotopy in the scale"
    return Minimum(x, found.point.nu / problem.sizes, found.steps, method, found.outcome)


@dataclass(frozen=True, eq=False)
class OperatorDual:
    """A x(Aᵀν; t) = b, A being read by products, on equations of one size. An iterate's details are its Aᵀν.

    Attributes:
        system: A x = b.
        homotopy: the mirror maps.
        size: what ‖Ax − b‖ is measured in.
        sizes: (n,) what each equation is divided by.
    """

    rules: ClassVar[Rules] = BY_READING

    system: LinearSystem
    homotopy: ScaleHomotopy
    size: float
    sizes: Dual

    def at(self, t: float, nu: Dual) -> Iterate:  # noqa: D102
        return self.seen(t, nu, self.pull_back(nu))

    def line(self, iterate: Iterate, step: Step) -> ReadLine:
        """One product for the line, and one for each length."""
        change = self.pull_back(step.nu)

        def read(lengths: Sequence[float]) -> list[Iterate]:
            return [self.seen(*step.end(iterate, each), iterate.details + each * change) for each in lengths]

        return ReadLine(step, read)

    def hessian(self, wanted: float) -> InexactHessian:  # noqa: D102
        return InexactHessian(self, wanted)

    def tangent(self, iterate: Iterate) -> Dual:  # noqa: D102
        here = self.homotopy.at(iterate.t)
        return -self.solved(iterate, self.apply(self.homotopy.drift(here, iterate.details)), TOLERANCES.close)

    def seen(self, t: float, nu: Dual, z: Vector) -> Iterate:
        """The iterate, z = Aᵀν being known."""
        with np.errstate(over="ignore", invalid="ignore"):
            x = self.homotopy.at(t).primal(z)
        if not np.isfinite(x).all():
            return Iterate(t, nu, np.full_like(nu, np.nan), np.inf, z)
        misfit = self.apply(x) - self.system.b / self.sizes
        return Iterate(t, nu, misfit, norm(misfit * self.sizes) / self.size, z)

    def solved(self, iterate: Iterate, rhs: Dual, accuracy: float) -> Dual:
        """H⁻¹·rhs, its residual at most `accuracy` of rhs."""
        weights = self.homotopy.at(iterate.t).curvature(iterate.details)
        ridge = TOLERANCES.rounding * float(np.mean(weights))

        def hessian(direction: Dual) -> Dual:
            return self.apply(weights * self.pull_back(direction)) + ridge * direction

        return conjugate_gradients(hessian, rhs, accuracy)

    def apply(self, x: Vector) -> Dual:
        """A x, each equation divided by its size."""
        return self.system.matvec(x) / self.sizes

    def pull_back(self, nu: Dual) -> Vector:
        """Aᵀν, ν being that of the divided equations."""
        return self.system.rmatvec(nu / self.sizes)


@runtime_checkable
class SolvedByProducts(Protocol):
    """A dual whose Hessian is known by its products."""

    def solved(self, iterate: Iterate, rhs: Dual, accuracy: float) -> Dual:
        """H⁻¹·rhs, its residual at most `accuracy` of rhs."""
        ...


@dataclass(frozen=True, eq=False)
class InexactHessian:
    """Conjugate gradients, as exact as Newton's steps converge and not beyond the goal.

    Source: Eisenstat and Walker 1996, their second choice of the forcing term.

    Attributes:
        problem: the dual problem.
        wanted: the error that Newton is to reach.
        gained: what the last step left of the error.
    """

    problem: SolvedByProducts
    wanted: float
    gained: float = 1.0

    @property
    def idle_steps(self) -> float:  # noqa: D102
        return float(TOLERANCES.few_steps)

    def solve(self, iterate: Iterate, rhs: Dual) -> Dual:  # noqa: D102
        accuracy = max(min(TOLERANCES.coarse, self.gained**2), 0.3 * self.wanted / iterate.error)
        return self.problem.solved(iterate, rhs, accuracy)

    def learn(self, iterate: Iterate, line: ReadLine, length: float, new: Iterate) -> InexactHessian:  # noqa: ARG002, D102
        return replace(self, gained=new.error / iterate.error)


def conjugate_gradients(multiply: Callable[[Dual], Dual], rhs: Dual, accuracy: float) -> Dual:
    """The solution of H p = rhs for a positive definite H, its residual at most `accuracy`·‖rhs‖.

    What rounding, or the allowed number of products, leaves short of that is still a direction of descent.

    Source: Hestenes and Stiefel 1952.
    """
    solution, left = np.zeros_like(rhs), rhs.copy()
    direction, square = left.copy(), float(left @ left)
    aim, most = accuracy**2 * square, _DIVERGED**2 * square
    for _ in range(min(TOLERANCES.most_products, 10 * len(rhs))):
        if not aim < square < most:
            break
        image = multiply(direction)
        curvature = float(direction @ image)
        if not (curvature > 0 and np.isfinite(curvature)):
            break
        length = square / curvature
        solution += length * direction
        left -= length * image
        before, square = square, float(left @ left)
        direction = left + (square / before) * direction
    return solution


def equation_sizes(system: LinearSystem) -> Dual:
    """The norms of the equations where they differ much, else ones: exact for a matrix, estimated for an operator.

    For random signs ω, E(Aω)_i² = Σ_j a_ij² (Bekas, Kokiopoulou and Saad 2007).
    """
    if sp.issparse(system.A):
        squares = np.asarray(system.A.multiply(system.A).sum(axis=1)).ravel()
    else:
        signs = np.random.default_rng(0).choice([-1.0, 1.0], size=(TOLERANCES.probes, system.shape[1]))
        squares = np.mean([system.matvec(probe) ** 2 for probe in signs], axis=0)
    sizes = np.sqrt(np.where(squares > 0, squares, 1.0))
    return sizes if sizes.max() > sizes.min() / TOLERANCES.coarse else np.ones_like(sizes)
