"""Newton's method on the dual of a depth-2 limit for a dense matrix, with approximate Hessians factorised by Cholesky.

The rows of B are an orthonormal basis of those of A, z = Bᵀν, and x_i = exp(p_i + c z_i) − exp(m_i − c z_i). The
Hessian B·diag(dx/dz)·Bᵀ is formed from the columns of largest weight, the others being replaced by their mean; more
columns are used where the resulting steps are poor.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import ClassVar, NamedTuple

import numpy as np

from ridgeless._core.arrays import Dual, Vector, norm
from ridgeless.limits.checkpoint import UNWATCHED, HomotopyState
from ridgeless.limits.depth_two.dual_newton import DualProblem, Iterate, Rules, Step, newton, solve_along
from ridgeless.limits.depth_two.exponentials import Exponentials, ScaleHomotopy, from_nearly_linear
from ridgeless.limits.line_search import Lengthening
from ridgeless.limits.newton import Goal, leading_gram, regularised_solve, weighted_gram
from ridgeless.limits.tolerances import TOLERANCES
from ridgeless.potentials.minimum import Minimum, Outcome

# The change of an exponent that takes exp from the smallest positive float64 to the largest.
_EXPONENT_RANGE = float(np.log(np.finfo(float).max) - np.log(np.finfo(float).smallest_subnormal))


class Details(NamedTuple):
    """What the dense problem keeps of an iterate.

    Attributes:
        z: Bᵀν.
        expected_change: an estimate of the relative change of x to come: the last step times its error reduction.
    """

    z: Vector
    expected_change: float


@dataclass(frozen=True, eq=False)
class DenseDual:
    """B x(Bᵀν; t) = c, with B at hand."""

    rules: ClassVar[Rules] = Rules(
        # Where an exponential is too large each unit step divides it by e, so that a residual of exp(k) takes about k.
        predicted=(
            float(np.exp(TOLERANCES.stage_steps - TOLERANCES.few_steps)),
            float(np.exp(TOLERANCES.last_stage_steps - TOLERANCES.few_steps)),
        ),
        corrected=TOLERANCES.close,
        steps=(TOLERANCES.stage_steps, TOLERANCES.last_stage_steps),
        shorter=TOLERANCES.shorter,
        lengthening=Lengthening(factor=TOLERANCES.lengthening, slope_left=TOLERANCES.close),
        last_is_final=False,
    )

    goal: Goal
    homotopy: ScaleHomotopy

    @property
    def all_columns(self) -> int:
        """The number of columns of B."""
        return self.goal.rows.shape[1]

    @property
    def few_columns(self) -> int:
        """How many columns of largest weight the approximate Hessian uses; all, where omitting some saves little."""
        rank, size = self.goal.rows.shape
        return TOLERANCES.columns_per_equation * rank if size > 2 * TOLERANCES.columns_per_equation * rank else size

    def at(self, t: float, nu: Dual) -> Iterate:  # noqa: D102
        z = self.goal.pull_back(nu)
        return Iterate(t, nu, *self.goal.misfit(self.homotopy.at(t).primal(z)), Details(z, np.inf))

    def line(self, iterate: Iterate, step: Step) -> DenseLine:  # noqa: D102
        return DenseLine(self, iterate, step)

    def hessian(self, wanted: float) -> LeadingColumns:  # noqa: ARG002, D102 - a factorisation is exact
        return LeadingColumns(self, self.few_columns)

    def tangent(self, iterate: Iterate) -> Dual:
        """dν/dt along the homotopy: B x(z; t) = c, differentiated."""
        here, z, rows = self.homotopy.at(iterate.t), iterate.details.z, self.goal.rows
        moved, weights = self.goal.apply(self.homotopy.drift(here, z)), here.curvature(z)
        tangent = -regularised_solve(leading_gram(rows, weights, self.few_columns), moved)
        if not self.relative_residual(weights, self.goal.pull_back(tangent), moved) <= TOLERANCES.coarse:
            # Weights as large as the leading ones were omitted, as when the ℓ1 minimiser is not unique.
            tangent = -regularised_solve(weighted_gram(rows, weights), moved)
        return np.where(np.isfinite(tangent), tangent, 0.0)

    def relative_residual(self, weights: Vector, change: Vector, rhs: Dual) -> float:
        """The relative residual of B·diag(weights)·change = −rhs: the error of the approximate Hessian."""
        size = norm(rhs)
        return norm(self.goal.apply(weights * change) + rhs) / size if size > 0 else 0.0


@dataclass(frozen=True, eq=False)
class DenseLine:
    """The iterates along a step; slopes cost no product with B."""

    problem: DenseDual
    iterate: Iterate
    step: Step

    @property
    def lengths_at_once(self) -> int:  # noqa: D102
        return 1

    @cached_property
    def change(self) -> Vector:
        """Bᵀδν."""
        return self.problem.goal.pull_back(self.step.nu)

    @cached_property
    def family(self) -> Exponentials:
        """The mirror map of the iterate."""
        return self.problem.homotopy.at(self.iterate.t)

    @cached_property
    def weights(self) -> Vector:
        """dx/dz at the iterate."""
        return self.family.curvature(self.iterate.details.z)

    @cached_property
    def pull(self) -> float:
        """⟨c, δν⟩."""
        return float(self.problem.goal.rhs @ self.step.nu)

    @property
    def longest(self) -> float:  # noqa: D102
        rise = self.family.rate * float(np.abs(self.change).max())
        return 1.0 if rise <= _EXPONENT_RANGE else float(2.0 ** np.floor(np.log2(_EXPONENT_RANGE / rise)))

    def slopes(self, lengths: Sequence[float]) -> list[float]:  # noqa: D102
        with np.errstate(over="ignore", invalid="ignore"):
            ahead = [self.family.primal(self.iterate.details.z + length * self.change) for length in lengths]
            return [float(x @ self.change) - self.pull for x in ahead]

    def errors(self, lengths: Sequence[float]) -> list[float]:  # noqa: D102
        return [self.at(length).error for length in lengths]

    def at(self, length: float) -> Iterate:  # noqa: D102
        goal, z = self.problem.goal, self.iterate.details.z
        t, nu = self.step.end(self.iterate, length)
        ahead = z + length * self.change
        misfit, error = goal.misfit(self.problem.homotopy.at(t).primal(ahead))
        expected_change = np.inf
        if self.step.dt == 0:
            moved = _relative(length * self.weights * self.change, self.family.primal(z))
            expected_change = moved * error / self.iterate.error
        return Iterate(t, nu, misfit, error, Details(ahead, expected_change))


@dataclass(frozen=True, eq=False)
class LeadingColumns:
    """An approximate Hessian from the `kept` columns of largest weight; `kept` grows where the steps are poor.

    Attributes:
        problem: the dual problem.
        kept: the number of columns used.
    """

    problem: DenseDual
    kept: int

    @property
    def idle_steps(self) -> float:  # noqa: D102
        return 1 if self.kept == self.problem.all_columns else np.inf

    def solve(self, iterate: Iterate, rhs: Dual) -> Dual:  # noqa: D102
        weights = self.problem.homotopy.at(iterate.t).curvature(iterate.details.z)
        if not np.isfinite(weights).all():
            return np.full_like(rhs, np.nan)
        return regularised_solve(leading_gram(self.problem.goal.rows, weights, self.kept), rhs)

    def learn(self, iterate: Iterate, line: DenseLine, length: float, new: Iterate) -> LeadingColumns:  # noqa: D102
        size = self.problem.all_columns
        if self.kept == size:
            return self
        is_close = iterate.error < TOLERANCES.coarse
        is_slow = is_close and length == 1 and new.error > TOLERANCES.slow * iterate.error
        is_suspicious = is_slow or length < 1 or length > TOLERANCES.few_steps
        worst = TOLERANCES.coarse if is_close else TOLERANCES.half
        if is_suspicious and self.problem.relative_residual(line.weights, line.change, iterate.misfit) > worst:
            return replace(self, kept=min(TOLERANCES.more_columns * self.kept, size))
        return self


def solve_dense(goal: Goal, target: Exponentials, solved: tuple[Exponentials, Dual] | None = None) -> Minimum:
    """x and ν with B x(Bᵀν) = c, along the homotopy in the scale.

    Args:
        goal: B, c, units and tolerance.
        target: the mirror map.
        solved: a mirror map with the same branches and its ν, to begin from in the place of the nearly linear end.

    Returns:
        x, and ν in the coordinates of B.
    """
    homotopy = from_nearly_linear(target, goal.reference) if solved is None else ScaleHomotopy(solved[0], target)
    nu = np.zeros(len(goal.rhs)) if solved is None else solved[1]
    problem: DualProblem = DenseDual(goal, homotopy)
    begin = HomotopyState(1.0 if homotopy.is_constant else 0.0, nu, 1.0, 0)
    found = solve_along(problem, begin, goal.tol, UNWATCHED)
    x = homotopy.at(found.t).primal(found.point.details.z)
    return Minimum(x, found.point.nu, found.steps, "Newton on the dual along a homotopy in the scale", found.outcome)


def solve_nearby(goal: Goal, target: Exponentials, nu: Dual) -> Minimum:
    """x and ν with B x(Bᵀν) = c by Newton's method alone, from a good initial ν; the outcome says whether it succeeded.

    B may be A itself up to scaling. Its rows are then not orthonormal, and a small residual does not imply an accurate
    x: the expected change of x must be small too, of which a ν that meets the tolerance at once shows nothing.
    """
    problem = DenseDual(goal, ScaleHomotopy(target, target))
    iterate, steps, outcome = problem.at(1.0, nu), 0, Outcome.NO_DECREASE
    if iterate.error <= 1 / TOLERANCES.fine:
        iterate, steps, outcome = newton(problem, iterate, goal.tol, TOLERANCES.last_stage_steps)
    if outcome is Outcome.REACHED and not iterate.details.expected_change <= TOLERANCES.fine / TOLERANCES.coarse:
        outcome = Outcome.ROUNDED
    x = target.primal(iterate.details.z)
    return Minimum(x, iterate.nu, steps, "Newton on the dual, beside a vertex of the ℓ1 norm", outcome)


def _relative(change: Vector, x: Vector) -> float:
    size = norm(x)
    return norm(change) / size if size > 0 else np.inf
