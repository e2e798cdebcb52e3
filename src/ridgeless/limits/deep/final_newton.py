"""Newton at the target itself, where of each branch either X or its slack is the unknown."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ridgeless._core.arrays import Dual
from ridgeless.limits.deep.problem import BranchMask, BranchProblem, BranchVector, PathPoint, TargetState
from ridgeless.limits.newton import log_rise
from ridgeless.limits.tolerances import TOLERANCES


def projected(problem: BranchProblem, point: PathPoint, is_basic: BranchMask) -> TargetState:
    """The point, carried to the target: basic branches keep X, the others their slack."""
    branches = problem.branches
    nonbasic = branches.log_amplitude + branches.profile.log_value(point.slack)
    return _at(problem, point.nu, np.where(is_basic, point.log_values, nonbasic), is_basic)


def ended(problem: BranchProblem, state: TargetState) -> tuple[TargetState, int]:
    """Newton at the target, and its steps; with every X as an unknown where it wants digits only."""
    end, steps = _newton(problem, state)
    if end.is_within(problem.goal.tol) or not end.is_within(TOLERANCES.dependent):
        return end, steps
    # Where columns are graded the terms of Bᵀν cancel: X follows from ν to fewer digits than it has as an unknown.
    other, more = _newton(problem, _at(problem, end.nu, end.log_values, np.ones_like(end.is_basic)))
    return (other if other.error < end.error and other.is_within(TOLERANCES.near) else end), steps + more


def _newton(problem: BranchProblem, state: TargetState) -> tuple[TargetState, int]:
    """Newton on B x = c and s + slope·sign·Bᵀν = start, X and s tied by log X = T + log F(s); and its steps."""
    least, since = np.inf, 0
    for steps in range(TOLERANCES.last_stage_steps):
        least, since = (state.merit, 0) if state.merit < least / 2 else (least, since + 1)
        if state.is_within(problem.goal.tol) or since > TOLERANCES.few_steps or not np.isfinite(state.error):
            return state, steps
        new = _step(problem, state)
        if new is None:
            return state, steps
        state = new
    return state, TOLERANCES.last_stage_steps


def _step(problem: BranchProblem, state: TargetState) -> TargetState | None:
    """One step of it, shortened where that helps; None where nothing does."""
    branches, rates = problem.branches, _rates(problem, state)
    weights = rates * state.values
    rhs = problem.goal.apply(problem.gather(branches.sign * weights * state.gap)) - state.misfit
    nu = problem.direction(weights, rhs)
    if not np.isfinite(nu).all():
        return None
    fall = problem.fall(nu)
    growth = rates * (fall - state.gap)
    length = _bearable(fall[~state.is_basic] / state.slack[~state.is_basic], growth[state.is_basic])
    for _ in range(TOLERANCES.halvings):
        new = _stepped(problem, state, length * nu, length * growth)
        # Without basic branches this is Newton on the convex dual, where the slope along the step is the judge.
        overshoots = float(new.misfit @ nu) > 0.9 * abs(float(state.misfit @ nu))
        if state.is_basic.any() or new.is_basic.any() or not overshoots:
            return new
        length /= 2
    return None


def _rates(problem: BranchProblem, state: TargetState) -> BranchVector:
    """Change of log X for a change of the slack."""
    branches = problem.branches
    stiff = np.where(state.is_basic, np.maximum(state.slack, problem.least_stiff), state.slack)
    return branches.profile.elasticity_at(state.slack, state.log_values - branches.log_amplitude) / stiff


def _stepped(problem: BranchProblem, state: TargetState, nu: Dual, growth: BranchVector) -> TargetState:
    log_values = np.where(state.is_basic, state.log_values + log_rise(growth), state.log_values)
    return _at(problem, state.nu + nu, log_values, state.is_basic)


def _bearable(falls: np.ndarray, growths: np.ndarray) -> float:
    """Step length that leaves a tenth of every slack and changes no basic X by more than a factor e³."""
    steepest = max(float(np.max(falls, initial=0.0)) / 0.9, float(np.max(np.abs(growths), initial=0.0)) / 3)
    return 1 / max(1.0, steepest)


def _at(problem: BranchProblem, nu: Dual, log_values: BranchVector, was_basic: BranchMask) -> TargetState:
    """The state at ν and log X of the basic branches: slacks and the other X recomputed, errors measured."""
    branches, profile = problem.branches, problem.branches.profile
    implied = problem.implied_slack(nu)
    own = profile.slack(log_values - branches.log_amplitude)
    # where ν implies no slack, or one that has lost its digits, X is the better unknown
    is_basic = was_basic | (implied <= 0) | (own < problem.lost_slack)
    nu = problem.anchored(nu, own, is_basic)
    implied = problem.implied_slack(nu)
    slack = np.where(is_basic, own, implied)
    log_values = np.where(is_basic, log_values, branches.log_amplitude + profile.log_value(slack))
    gap = np.where(is_basic, implied - own, 0.0)
    state = TargetState(
        nu, log_values, slack, is_basic, np.zeros_like(nu), gap, problem.terms(nu, slack), 0.0, problem.slack_tolerance
    )
    misfit, error = problem.goal.misfit(problem.primal(state))
    return replace(state, misfit=misfit, error=error)
