"""Damped Newton at the end of the primal-dual path, with basic and nonbasic branches as in linear programming.

For a basic branch X is the unknown and its slack follows; for a nonbasic one the slack follows from the multiplier ν,
and X from the slack. `primal_dual` guesses from its last iterates which branches are basic, and takes from here the
solution of B x = c and s + slope·sign·Bᵀν = start at the amplitudes that are asked.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ridgeless._core.arrays import Dual
from ridgeless.limits.deep.problem import BranchMask, BranchProblem, BranchVector, PathPoint, TargetState
from ridgeless.limits.newton import log_change
from ridgeless.limits.tolerances import TOLERANCES


def target_state(problem: BranchProblem, point: PathPoint, is_basic: BranchMask) -> TargetState:
    """The first iterate at the target amplitudes: basic branches keep X of the point, nonbasic ones its slack."""
    branches = problem.branches
    nonbasic = branches.log_amplitude + branches.profile.log_value(point.slack)
    return _state_at(problem, point.nu, np.where(is_basic, point.log_values, nonbasic), is_basic)


def solve_at_target(problem: BranchProblem, state: TargetState) -> tuple[TargetState, int]:
    """The solution at the target and the Newton steps taken; tried again with every branch basic where digits lack."""
    end, steps = _newton(problem, state)
    if end.is_within(problem.goal.tol) or not end.is_within(TOLERANCES.inexact):
        return end, steps
    # Where columns differ much in size the terms of Bᵀν cancel, and X is more accurate as an unknown than from ν.
    retried, retry_steps = _newton(problem, _state_at(problem, end.nu, end.log_values, np.ones_like(end.is_basic)))
    return (retried if retried.error < end.error and retried.is_within(TOLERANCES.near) else end), steps + retry_steps


def _newton(problem: BranchProblem, state: TargetState) -> tuple[TargetState, int]:
    """Newton on B x = c and s + slope·sign·Bᵀν = start, where log X = T + log F(s); the last state, and the steps."""
    least_merit, steps_since = np.inf, 0
    for steps in range(TOLERANCES.last_stage_steps):
        least_merit, steps_since = (state.merit, 0) if state.merit < least_merit / 2 else (least_merit, steps_since + 1)
        if state.is_within(problem.goal.tol) or steps_since > TOLERANCES.few_steps or not np.isfinite(state.error):
            return state, steps
        new = _damped_step(problem, state)
        if new is None:
            return state, steps
        state = new
    return state, TOLERANCES.last_stage_steps


def _damped_step(problem: BranchProblem, state: TargetState) -> TargetState | None:
    """The state after one Newton step, halved until it does not overshoot; None where no step does."""
    branches, rates = problem.branches, _log_rates(problem, state)
    weights = rates * state.values
    rhs = problem.goal.apply(problem.gather(branches.sign * weights * state.slack_gap)) - state.misfit
    nu = problem.dual_step(weights, rhs)
    if not np.isfinite(nu).all():
        return None
    decrease = problem.slack_decrease(nu)
    growth = rates * (decrease - state.slack_gap)
    length = _longest_step(decrease[~state.is_basic] / state.slack[~state.is_basic], growth[state.is_basic])
    for _ in range(TOLERANCES.halvings):
        new = _after_step(problem, state, length * nu, length * growth)
        # Without basic branches this is Newton on the convex dual, whose slope along the step tells an overshoot.
        overshoots = float(new.misfit @ nu) > 0.9 * abs(float(state.misfit @ nu))
        if state.is_basic.any() or new.is_basic.any() or not overshoots:
            return new
        length /= 2
    return None


def _log_rates(problem: BranchProblem, state: TargetState) -> BranchVector:
    """−∂log X/∂s of each branch, the slack of basic ones kept above a floor."""
    branches = problem.branches
    floored_slack = np.where(state.is_basic, np.maximum(state.slack, problem.slack_floor), state.slack)
    return branches.profile.elasticity_at(state.slack, state.log_values - branches.log_amplitude) / floored_slack


def _after_step(problem: BranchProblem, state: TargetState, nu: Dual, growth: BranchVector) -> TargetState:
    """The state after ν changes by `nu`, and X of basic branches by `growth` times itself."""
    log_values = np.where(state.is_basic, state.log_values + log_change(growth), state.log_values)
    return _state_at(problem, state.nu + nu, log_values, state.is_basic)


def _longest_step(decreases: np.ndarray, growths: np.ndarray) -> float:
    """The step length, at most 1, that leaves a tenth of each slack and asks no basic X to change by over 3·X."""
    largest = max(float(np.max(decreases, initial=0.0)) / 0.9, float(np.max(np.abs(growths), initial=0.0)) / 3)
    return 1 / max(1.0, largest)


def _state_at(problem: BranchProblem, nu: Dual, log_values: BranchVector, was_basic: BranchMask) -> TargetState:
    """The state with this ν and log X of basic branches: computes all slacks, the other X, and the errors."""
    branches, profile = problem.branches, problem.branches.profile
    implied_slack = problem.implied_slack(nu)
    slack_of_value = profile.slack(log_values - branches.log_amplitude)
    # A slack that ν implies only to rounding is better computed from X.
    is_basic = was_basic | (implied_slack <= 0) | (slack_of_value < problem.least_reliable_slack)
    nu = problem.with_basic_duals(nu, slack_of_value, is_basic)
    implied_slack = problem.implied_slack(nu)
    slack = np.where(is_basic, slack_of_value, implied_slack)
    log_values = np.where(is_basic, log_values, branches.log_amplitude + profile.log_value(slack))
    slack_gap = np.where(is_basic, implied_slack - slack_of_value, 0.0)
    state = TargetState(
        nu,
        log_values,
        slack,
        is_basic,
        np.zeros_like(nu),
        slack_gap,
        problem.slack_scale(nu, slack),
        0.0,
        problem.slack_tolerance,
    )
    misfit, error = problem.goal.misfit(problem.primal(state))
    return replace(state, misfit=misfit, error=error)
