"""Limits where columns of A differ greatly in size: primal-dual Newton, ν and the log of every branch as unknowns.

An x_i of 1e-6 beside others of 1, on a column 1e6 times as long, counts as much as they do in its own equations and
for nothing in the rest. Newton on the dual alone may throw it to 1e-20 and cannot return, because an exponential that
small is flat in ν. With X = exp(T)·F(s) as an unknown beside ν, the slack of X and the slack that ν implies need to
agree only at the end: one step can raise X by any factor, and ν follows. Each equation is measured by the sum of its
own terms, and each step is a least-squares problem solved by QR with column pivoting and row sorting. `finish` turns
to this solver where the usual ones leave an equation unsolved.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import scipy.linalg as sl

from ridgeless._core import doubled
from ridgeless._core.arrays import Dual, Matrix, Vector
from ridgeless._core.extremes import LARGEST_LOG
from ridgeless._core.progress import tell
from ridgeless.limits.checkpoint import UNWATCHED, fresh_state
from ridgeless.limits.homotopy import Corrected, Told, end_of, follow
from ridgeless.limits.newton import log_change
from ridgeless.limits.tolerances import TOLERANCES
from ridgeless.potentials.branches import Branches, ExponentialProfile
from ridgeless.potentials.minimum import Outcome
from ridgeless.systems.equations import sum_rounding, terms_of

# A branch may fall by this much in log X in one step.
# The log of the largest number whose square does not overflow.
_LARGEST_LOG_TO_SQUARE = LARGEST_LOG / 2
# The log of the part of an equation's terms below which a branch does not matter to it.
_LOG_NEGLIGIBLE = float(np.log(TOLERANCES.close))
_EPS = float(np.finfo(float).eps)


@dataclass(frozen=True, eq=False)
class GradedState:
    """An iterate: ν and log X, which are independent unknowns, with all that a step needs.

    Attributes:
        nu: ν, (n,).
        z: Aᵀν, (d,), summed over the steps, which may be more accurate than the product with ν.
        log_values: log X, one for each branch.
        x: Σ ± X.
        slack: the slack that ν implies, one for each branch.
        slack_gap: the slack that ν implies minus the slack of X.
        rates: −∂log X/∂s.
        terms: |A||x| + |b|, the unit of each equation.
        scaled_misfit: (b − A x)/terms, with b − A x in doubled precision.
        merit: the larger of the largest misfit, and the largest change of an equation by closing the slack gaps.
        relative_uncertainty: the relative error of each X computed from its slack, for the rounding of ν.
    """

    nu: Dual
    z: Vector
    log_values: np.ndarray
    x: Vector
    slack: np.ndarray
    slack_gap: np.ndarray
    rates: np.ndarray
    terms: Dual
    scaled_misfit: Dual
    merit: float
    relative_uncertainty: np.ndarray

    @property
    def error(self) -> float:
        """The merit, under the name that a homotopy reads."""
        return self.merit


@dataclass(frozen=True, eq=False)
class GradedProblem:
    """The equations A x = b for x a sum of branches, in the rows of A as stored."""

    A: Matrix
    b: Dual
    branches: Branches

    def at(self, nu: Dual, z: Vector, log_values: np.ndarray) -> GradedState:
        """The state with these ν, z and log X: slacks, rates, misfits and merit computed."""
        A, branches = self.A, self.branches
        with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
            slack_of_value = branches.profile.slack(log_values - branches.log_amplitude)
            values = np.exp(log_values)
            x = branches.gather(branches.sign * values, A.shape[1])
            slack = branches.start - self.slack_decrease(z)
            slack_gap = slack - slack_of_value
            rounding = (
                8 * _EPS * (np.abs(branches.start) + branches.slope * (np.abs(A).T @ np.abs(nu))[branches.coordinate])
            )
            elasticity = branches.profile.elasticity_at(slack_of_value, log_values - branches.log_amplitude)
            rates = np.divide(elasticity, slack_of_value, out=np.ones_like(slack_of_value), where=slack_of_value != 0)
            terms = terms_of(A, x, self.b)
            terms = np.where(terms > 0, terms, 1.0)
            scaled_misfit = -doubled.misfit(A, x, self.b) / terms
            excess = np.sign(slack_gap) * np.maximum(np.abs(slack_gap) - rounding, 0.0)
            implied_values = np.exp(np.minimum(self.log_values(slack_of_value + excess), _LARGEST_LOG_TO_SQUARE))
            disagreement = branches.gather(np.abs(implied_values - values), A.shape[1])
            merit = max(float(np.max(np.abs(scaled_misfit))), float(np.max(np.abs(A) @ disagreement / terms)))
            relative_uncertainty = rates * rounding
        merit = merit if np.isfinite(merit) else np.inf
        return GradedState(
            nu, z, log_values, x, slack, slack_gap, rates, terms, scaled_misfit, merit, relative_uncertainty
        )

    def slack_decrease(self, z: Vector) -> np.ndarray:
        """How much each slack decreases when z changes by the argument."""
        return (self.branches.sign * self.branches.slope) * z[self.branches.coordinate]

    def log_values(self, slack: np.ndarray) -> np.ndarray:
        """log X of each branch at the given slacks; infinite where a slack lies beyond its edge."""
        branches = self.branches
        if isinstance(branches.profile, ExponentialProfile):
            return branches.log_amplitude - slack
        is_inside = slack > 0
        inside = branches.log_amplitude + branches.profile.log_value(np.where(is_inside, slack, 1.0))
        return np.where(is_inside, inside, np.inf)


def solve_graded(
    problem: GradedProblem, state: GradedState, tol: float, allowed: int = TOLERANCES.last_stage_steps
) -> tuple[GradedState, int]:
    """The state of least merit that Newton reaches, and the number of steps; it stops at a merit of `tol`."""
    best, steps_since_best = state, 0
    for step in range(allowed):
        tell("Newton step", step)
        if best.merit <= tol or steps_since_best > TOLERANCES.stage_steps:
            return best, step
        with np.errstate(over="ignore", divide="ignore", invalid="ignore"):  # an overflow shows in the merit
            state = _newton_step(problem, state)
        if not (np.isfinite(state.merit) and np.isfinite(state.nu).all()):
            return best, step
        best, steps_since_best = (state, 0) if state.merit < best.merit else (best, steps_since_best + 1)
    return best, allowed


@dataclass(frozen=True, eq=False)
class AmplitudeFamily:
    """Limits of exponentials whose amplitudes move from the size of the solution (t = 0) to their own (t = 1).

    Attributes:
        problem: the one at t = 1, its branches exponentials.
        begin: the log-amplitudes at t = 0.
        tol: the bound on the merit at t = 1.
    """

    problem: GradedProblem
    begin: np.ndarray
    tol: float

    @cached_property
    def change(self) -> np.ndarray:
        """The difference of the log-amplitudes between t = 1 and t = 0."""
        branches = self.problem.branches
        return branches.log_amplitude - branches.start - self.begin

    def at(self, t: float) -> GradedProblem:
        """The problem with the amplitudes at t."""
        branches = self.problem.branches
        amplitude = self.begin + t * self.change
        return replace(
            self.problem, branches=replace(branches, log_amplitude=amplitude, start=np.zeros_like(amplitude))
        )

    def predict(self, t: float, point: GradedState, stage: float) -> tuple[float, GradedState]:
        """The end of the stage, and the unchanged ν and X as a state of the problem there."""
        there = end_of(t + stage)
        return there, self.at(there).at(point.nu, point.z, point.log_values)

    def correct(self, t: float, point: GradedState, tell: Told) -> Corrected[GradedState]:
        """The solution at t by Newton, to three digits before t = 1 and to the tolerance at t = 1."""
        is_last = t == 1
        wanted = self.tol if is_last else TOLERANCES.close
        found, steps = solve_graded(
            self.at(t), point, wanted, TOLERANCES.stage_steps if 0 < t < 1 else TOLERANCES.last_stage_steps
        )
        tell(found, steps)
        outcome = Outcome.REACHED if found.merit <= wanted else Outcome.ROUNDED
        return Corrected(found, steps, outcome, found.merit <= max(wanted, TOLERANCES.near))


def follow_graded(problem: GradedProblem, reference: float, tol: float) -> tuple[GradedState, int]:
    """The solution of a problem by a homotopy in the amplitudes of its exponentials, and the number of Newton steps.

    Args:
        problem: the problem, whose branches are exponentials.
        reference: the largest entry that x is expected to have, which is where the amplitudes begin.
        tol: the bound on the merit at the end.
    """
    target = problem.branches.log_amplitude - problem.branches.start
    begin = np.maximum(target, np.log(reference))
    total = float(np.max(begin - target, initial=0.0))
    family = AmplitudeFamily(problem, begin, tol)
    start = replace(fresh_state(len(problem.b)), t=0.0 if total > 0 else 1.0)
    first = family.at(0.0).at(np.zeros_like(problem.b), np.zeros(problem.A.shape[1]), begin)
    found = follow(family, first, start, TOLERANCES.shortest_stage, TOLERANCES.most_steps, UNWATCHED)
    return found.point, found.steps


def _newton_step(problem: GradedProblem, state: GradedState) -> GradedState:
    """The state after a Newton step: δX = X·rate·(slope·sign·Aᵀδν − gap) with Σ ± A δX = b − A x, by QR."""
    branches = problem.branches
    values = np.exp(state.log_values)
    weights = values * state.rates * branches.slope
    by_gap = branches.gather(branches.sign * values * state.rates * state.slack_gap, problem.A.shape[1])
    rhs = state.scaled_misfit + problem.A @ by_gap / state.terms
    roots = np.sqrt(branches.gather(weights, problem.A.shape[1]))
    change, nu = _minimum_norm_solution(problem.A / state.terms[:, None] * roots, rhs)
    nu = nu / state.terms
    z = _pull_back(problem.A, nu, change, roots)
    decrease = problem.slack_decrease(z)
    relative_change = state.rates * (decrease - state.slack_gap)
    log_values = state.log_values + np.clip(
        log_change(relative_change), -TOLERANCES.few_steps, TOLERANCES.most_rise_graded
    )
    # X too small to matter in any equation is set from ν, and one that ν raises starts from where it matters.
    implied = problem.log_values(state.slack - decrease)
    largest_entry = (np.abs(problem.A) / state.terms[:, None]).max(axis=0)[branches.coordinate]
    least_felt = _LOG_NEGLIGIBLE - np.log(np.maximum(largest_entry, np.finfo(float).tiny))
    is_negligible = np.maximum(implied, state.log_values) < least_felt
    log_values = np.where(is_negligible, implied, np.maximum(log_values, np.minimum(implied, least_felt)))
    return problem.at(state.nu + nu, state.z + z, log_values)


def _pull_back(A: Matrix, nu: Dual, change: Vector, roots: Vector) -> Vector:
    """Aᵀν, from y = W^(1/2)Aᵀν where an entry is a small sum of large terms and the product would cancel."""
    direct = A.T @ nu
    with np.errstate(divide="ignore", invalid="ignore"):
        from_change = change / roots
        is_better = float(np.max(np.abs(change), initial=0.0)) / roots < np.abs(A).T @ np.abs(nu)
    return np.where(is_better, from_change, direct)


def _minimum_norm_solution(scaled: Matrix, rhs: Dual) -> tuple[Vector, Dual]:
    """The y of least norm with M y = rhs, and λ with y = Mᵀλ, by QR of Mᵀ with column pivoting and row sorting.

    This is stable row by row (Cox and Higham 1998). A component of the right-hand side that is rounding counts as 0,
    so that directions in which all weights are small are left alone.
    """
    if not (np.isfinite(scaled).all() and np.isfinite(rhs).all()):
        return np.full(scaled.shape[1], np.nan), np.full_like(rhs, np.nan)
    order = np.argsort(-np.abs(scaled).max(axis=0), kind="stable")
    decomposition: Any = sl.qr(scaled[:, order].T, mode="economic", pivoting=True)
    Q, triangle, pivots = decomposition
    count = min(triangle.shape)
    R, pivoted_rhs = triangle[:count, :count], rhs[pivots[:count]]
    rounding = sum_rounding(scaled.shape[1])
    coefficients = np.zeros(count)
    for k in range(count):
        remainder = pivoted_rhs[k] - R[:k, k] @ coefficients[:k]
        coefficients[k] = remainder / R[k, k] if abs(remainder) > rounding and R[k, k] != 0 else 0.0
    used = int(np.max(np.flatnonzero(coefficients), initial=-1)) + 1
    change, step = np.zeros(scaled.shape[1]), np.zeros(len(rhs))
    if not np.isfinite(coefficients).all():
        return np.full_like(change, np.nan), np.full_like(step, np.nan)
    if used:
        change[order] = Q[:, :used] @ coefficients[:used]
        step[pivots[:used]] = sl.solve_triangular(R[:used, :used], coefficients[:used])
    return change, step
