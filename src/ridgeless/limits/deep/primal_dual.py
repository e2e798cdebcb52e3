"""Limits of networks of depth 3 and more by a primal-dual interior-point method, finished by Newton's method.

The problem is min Φ(x) − ⟨offset, x⟩ over A x = b, where each x_i is a sum of branches ±X, X = exp(T)·F(s), and
F(s) → ∞ as the slack s → 0. For a small initialization, s on the support of the solution is below eps and cannot be
computed from ν, so X cannot either; off the support X may underflow. Both are therefore unknowns. B x = c and
s + slope·sign·Bᵀν = start (the slack at ν = 0) are linear in X > 0 and s > 0. Only log X = T + log F(s) is not: it
replaces perturbed complementarity, which is the case F(s) = 1/s, X·s = exp(T). The path begins at an X of the size of
the solution, which satisfies this equation for some T (one per branch), and T decreases to its target.

Once each branch shows whether it is basic (X is the unknown) or nonbasic (s is), in the words of linear programming,
`final_newton` solves at the target in a few steps, however far T still has to fall. Where the columns of the basic
branches are dependent or nearly so, or where digits run out on the way, the problem is solved again in an exact basis
(`degenerate_face`), from the last point whose digits sufficed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from ridgeless._core.arrays import Dual, Vector, norm
from ridgeless._core.exact import independent_rows
from ridgeless._core.exact.tableau import IndependentEquations
from ridgeless._core.progress import tell
from ridgeless.limits.deep.degenerate_face import DegenerateProblem, degenerate_problem
from ridgeless.limits.deep.final_newton import solve_at_target, target_state
from ridgeless.limits.deep.problem import BranchProblem, BranchVector, PathPoint, TargetState
from ridgeless.limits.minimisation import Minimisation, lifted
from ridgeless.limits.newton import Goal
from ridgeless.limits.separable import goal_of, solve_branches
from ridgeless.limits.tolerances import TOLERANCES
from ridgeless.potentials.branches import Branches, Profile
from ridgeless.potentials.minimum import Minimum, Outcome

_METHOD = "path-following Newton with slacks as unknowns"
# A typical, not a worst-case, rounding error of B x, in units of eps times the norm of x.
_ROUNDINGS = 4.0


@dataclass(frozen=True, eq=False)
class _PathEnd:
    """The end of a path: the problem in its last coordinates, the state, the steps, the last point with all digits."""

    problem: BranchProblem
    state: TargetState
    steps: int
    accurate_point: PathPoint


@dataclass(frozen=True)
class PathStep:
    """A Newton step from a point of the path, before its length is chosen.

    Attributes:
        nu: the change of ν.
        value_change: the relative change of X.
        slack_change: the relative change of s.
        least_value_change: a lower bound on the relative change of X.
        least_slack_change: a lower bound on the relative change of s.
    """

    nu: Dual
    value_change: BranchVector
    slack_change: BranchVector
    least_value_change: BranchVector
    least_slack_change: BranchVector

    @property
    def lengths(self) -> tuple[float, float]:
        """The primal and the dual step length, at most 1, at which the first X and the first s become 0."""
        return _longest_step(self.value_change), _longest_step(self.slack_change)


@solve_branches.register(Profile)
def solve_deep(profile: Profile, question: Minimisation, branches: Branches) -> Minimum:  # noqa: ARG001
    """The minimum for branches that blow up as their slack falls to 0: depth 3 and more."""
    system, bias = question.system, question.bias

    def mirror_map(point: Vector) -> Vector:
        return bias.potential.conjugate_gradient(bias.offset + point)

    goal, rank = goal_of(question), system.row_space.rank
    found = solve_primal_dual(goal, branches, mirror_map, lambda: independent_rows(system.rows(), system.b, rank))
    return lifted(system, found)


def solve_primal_dual(
    goal: Goal,
    branches: Branches,
    mirror_map: Callable[[Vector], Vector],
    stored_equations: Callable[[], IndependentEquations],
) -> Minimum:
    """x and ν with B x = c and x = the mirror map at Bᵀν, by the path, or in an exact basis where that fails.

    Args:
        goal: B, c, units and tolerance.
        branches: the mirror map as a sum of branches.
        mirror_map: the mirror map itself, z ↦ x.
        stored_equations: gives independent equations as stored, for data that are degenerate or nearly so.
    """
    # ν is scaled by a typical slope, because slopes may be as small as 1e-16.
    unit = float(np.exp(np.median(np.log(branches.slope))))
    goal = replace(goal, tol=max(goal.tol, _rounding_of_start(goal, mirror_map)))
    problem = BranchProblem(goal, replace(branches, slope=branches.slope / unit), unit, mirror_map)
    first = _follow_path(problem, _initial_point(problem))
    steps = first.steps
    for retry in _retries_in_exact_basis(problem, first, branches, stored_equations):
        steps += retry.steps
        if isinstance(retry.problem, DegenerateProblem) and retry.state.is_within(TOLERANCES.near):
            x, z, undecided = retry.problem.solution(retry.state)
            outcome = Outcome.TIED_STARTS if undecided else Outcome.REACHED
            return Minimum(x, goal.apply(z), steps, _METHOD, outcome, undecided=undecided)
    return Minimum(problem.primal(first.state), first.state.nu / unit, steps, _METHOD, _outcome(problem, first))


def _outcome(problem: BranchProblem, path_end: _PathEnd) -> Outcome:
    """How the path in orthonormal rows ended."""
    if _needs_exact_basis(problem, path_end.state):
        return Outcome.DEPENDENT_COLUMNS
    if path_end.state.is_within(problem.goal.tol):
        return Outcome.REACHED
    return Outcome.OUT_OF_STEPS if path_end.steps >= TOLERANCES.path_steps else Outcome.ROUNDED


def _rounding_of_start(goal: Goal, mirror_map: Callable[[Vector], Vector]) -> float:
    """The relative residual that rounding of the initial x causes; it matters where that x is far larger than b."""
    start = norm(mirror_map(np.zeros(goal.rows.shape[1])))
    return float(_ROUNDINGS * np.finfo(float).eps * start / goal.size) if np.isfinite(start) else 0.0


def _retries_in_exact_basis(
    problem: BranchProblem, first: _PathEnd, branches: Branches, stored_equations: Callable[[], IndependentEquations]
) -> Iterator[_PathEnd]:
    """Solutions in an exact basis, where one is needed: from the end found, then from the last accurate point."""
    if not _needs_exact_basis(problem, first.state):
        return
    equations, has_end = stored_equations(), first.state.is_within(TOLERANCES.near)
    for solver, point in ((_newton_only, first.state.point), (_follow_path, first.accurate_point))[not has_end :]:
        degenerate = degenerate_problem(problem, point, branches, equations)
        if degenerate is not None:
            with np.errstate(over="ignore", invalid="ignore", divide="ignore"):  # a path that fails may overflow
                yield solver(*degenerate)


def _newton_only(problem: BranchProblem, point: PathPoint) -> _PathEnd:
    """The solution by Newton at the target alone, branches with a small slack taken as basic."""
    is_basic = point.slack < TOLERANCES.dependent
    problem, end, steps = _solve_in_accurate_basis(problem, target_state(problem, point, is_basic))
    return _PathEnd(problem, end, steps, point)


def _needs_exact_basis(problem: BranchProblem, end: TargetState) -> bool:
    """Whether the target was missed, or the columns of basic branches are too close to dependent for float64."""
    if not end.is_within(problem.goal.tol / TOLERANCES.coarse):
        return True
    at_edge = end.is_basic & (end.slack < TOLERANCES.dependent)
    coordinates = np.unique(problem.branches.coordinate[at_edge])
    if len(coordinates) < 2:
        return False
    if len(coordinates) > len(problem.goal.rhs):
        return True
    columns = problem.goal.rows[:, coordinates]
    sizes = np.linalg.svd(columns / np.linalg.norm(columns, axis=0), compute_uv=False)
    return bool(sizes[-1] < TOLERANCES.dependent * sizes[0])


def _follow_path(problem: BranchProblem, point: PathPoint) -> _PathEnd:
    """The end of the path from a point: interior-point steps as T decreases, with occasional trials at the target.

    T decreases faster while nearly full steps succeed. The result is the solution at the target, or the best attempt
    where the path fails or takes too many steps.
    """
    branches = problem.branches
    descent = problem.implied_log_amplitude(point) - branches.log_amplitude
    end, steps, accurate_point = target_state(problem, point, np.zeros(len(descent), dtype=bool)), 0, point
    # From a start larger than the solution the problem is nearly linear, and needs no path.
    if float(branches.log_amplitude.min()) >= np.log(problem.goal.reference):
        end, steps = solve_at_target(problem, end)
    fall, trial_fall, steps_since_trial, best_end = TOLERANCES.longer, 2 * TOLERANCES.longer, 0, (problem, end)
    while steps < TOLERANCES.path_steps and not end.is_within(problem.acceptable_error):
        tell("Newton step", steps)
        remaining, total = _remaining_descent(problem, point, descent)
        remaining_share = min((remaining - fall) / total, 1.0) if remaining > fall and total > 0 else 0.0
        step = _newton_step(problem, point, branches.log_amplitude + remaining_share * descent)
        if not np.isfinite(step.nu).all():
            break
        length = min(step.lengths)
        point, steps = _after_step(problem, point, step), steps + 1
        accurate_point = point if np.min(point.slack) > TOLERANCES.shown else accurate_point
        problem, point = problem.in_accurate_basis(point)
        steps_since_trial += 1
        is_easy = length > TOLERANCES.overshoot and (fall >= trial_fall or remaining_share == 0.0)
        if is_easy or steps_since_trial >= TOLERANCES.stage_steps:
            is_basic = (step.slack_change < step.value_change) | (point.slack < problem.least_reliable_slack)
            # After short steps their direction shows no trend: every X of visible size counts as basic.
            is_basic = is_basic if is_easy else point.log_values > np.max(point.log_values) + np.log(TOLERANCES.held)
            problem, end, trial_steps = _solve_in_accurate_basis(problem, target_state(problem, point, is_basic))
            steps, trial_fall, steps_since_trial = steps + trial_steps, 2 * trial_fall if is_easy else trial_fall, 0
            best_end = _better_end(best_end, (problem, end))
        factor = TOLERANCES.longer if length > TOLERANCES.overshoot else TOLERANCES.shorter + length
        fall = max(fall * factor, TOLERANCES.coarse)
    return _PathEnd(*_better_end((problem, end), best_end), steps, accurate_point)


def _better_end(
    first: tuple[BranchProblem, TargetState], second: tuple[BranchProblem, TargetState]
) -> tuple[BranchProblem, TargetState]:
    """The second end where it solves the equations, and better than the first; else the first."""
    return second if second[1].is_within(TOLERANCES.near) and second[1].error < first[1].error else first


def _solve_in_accurate_basis(problem: BranchProblem, state: TargetState) -> tuple[BranchProblem, TargetState, int]:
    """The solution at the target, found again in another basis as long as that one keeps its slacks better."""
    end, steps = solve_at_target(problem, state)
    for _ in range(TOLERANCES.few_steps):
        better, point = problem.in_accurate_basis(end.point)
        if better is problem or not end.is_within(TOLERANCES.close):
            break
        problem = better
        end, more_steps = solve_at_target(problem, target_state(problem, point, end.is_basic))
        steps += more_steps
    return problem, end, steps


def _remaining_descent(problem: BranchProblem, point: PathPoint, descent: BranchVector) -> tuple[float, float]:
    """The mean of T minus its target, now and at first, over the branches whose slack ν determines accurately."""
    is_known = point.slack >= problem.least_reliable_slack
    above = problem.implied_log_amplitude(point) - problem.branches.log_amplitude
    return (float(np.mean(above[is_known])), float(np.mean(descent[is_known]))) if is_known.any() else (0.0, 1.0)


def _initial_point(problem: BranchProblem) -> PathPoint:
    """The first point of the path: ν = 0, B x = c unless signs are locked, X as large as the solution or its start."""
    goal, branches = problem.goal, problem.branches
    size = goal.rows.shape[1]
    scale = np.full(size, goal.reference)
    np.maximum.at(scale, branches.coordinate, np.exp(branches.log_amplitude))
    scale = scale[branches.coordinate]
    # The minimum-norm solution as x = X⁺ − X⁻ with X⁺·X⁻ = scale²/4; a locked sign may exclude it.
    shortest = branches.sign * goal.pull_back(goal.rhs)[branches.coordinate]
    shortest[branches.locked_signs(size)[branches.coordinate] != 0] = 0.0
    return PathPoint(np.zeros(len(goal.rhs)), np.log(scale / 2) + np.arcsinh(shortest / scale), branches.start.copy())


def _newton_step(problem: BranchProblem, point: PathPoint, log_amplitude: BranchVector) -> PathStep:
    """Newton's step towards B x = c, s + slope·sign·Bᵀν = start and log X = log_amplitude + log F(s).

    The last equation is linearised not by its tangent but by the chord through two of its points: the one where only X
    has moved, and the one where only s has. Branches tend to one of the two, where the chord is exact at any distance.
    """
    goal, branches, profile = problem.goal, problem.branches, problem.branches.profile
    is_lost = point.slack < problem.least_reliable_slack
    floored_slack, values = np.maximum(point.slack, problem.least_reliable_slack), np.exp(point.log_values)
    log_amplitude_here = problem.implied_log_amplitude(point)
    rise = np.where(is_lost, 0.0, np.minimum(log_amplitude - log_amplitude_here, TOLERANCES.most_rise))
    value_change_alone = np.expm1(rise)
    slack_change_alone = profile.slack(point.log_values - log_amplitude_here - rise) / point.slack - 1
    # For a very small change the chord suffers from cancellation, and the tangent is used.
    is_short = (np.abs(rise) < TOLERANCES.close) | (slack_change_alone == 0)
    elasticity = profile.elasticity_at(point.slack, point.log_values - log_amplitude_here)
    ratio = np.where(is_short, elasticity, value_change_alone / np.where(is_short, 1.0, slack_change_alone))
    slack_gap = problem.implied_slack(point.nu) - point.slack
    misfit, _ = goal.misfit(problem.gather(branches.sign * values))
    rates = ratio / floored_slack
    rhs = goal.apply(problem.gather(branches.sign * values * (rates * slack_gap - value_change_alone))) - misfit
    nu = problem.dual_step(rates * values, rhs)
    change = slack_gap - problem.slack_decrease(nu)
    value_change, slack_change = value_change_alone - rates * change, np.where(is_lost, 0.0, change / floored_slack)
    # X and s may decrease by the usual fraction to the boundary, or by what they would lose if changed alone, if more.
    least_value_change, least_slack_change = (
        np.clip(lone, TOLERANCES.near - 1, -TOLERANCES.to_the_edge) for lone in (value_change_alone, slack_change_alone)
    )
    return PathStep(nu, value_change, slack_change, least_value_change, least_slack_change)


def _after_step(problem: BranchProblem, point: PathPoint, step: PathStep) -> PathPoint:
    """The point after a step shortened to keep X and s positive; slacks too small to trust are recomputed from X."""
    branches, profile = problem.branches, problem.branches.profile
    primal_length, dual_length = (1.0 if length == 1 else TOLERANCES.to_the_edge * length for length in step.lengths)
    log_values = point.log_values + np.log1p(np.maximum(primal_length * step.value_change, step.least_value_change))
    slack = point.slack * (1 + np.maximum(dual_length * step.slack_change, step.least_slack_change))
    slack_of_value = profile.slack(log_values - branches.log_amplitude)
    return PathPoint(
        point.nu + dual_length * step.nu,
        log_values,
        np.where(slack < problem.least_reliable_slack, slack_of_value, slack),
    )


def _longest_step(changes: BranchVector) -> float:
    """The step length, at most 1, at which the first quantity with these relative changes becomes 0."""
    return 1 / max(1.0, -float(np.min(changes, initial=0.0)))
