"""The limit of networks of depth 3 and more: a primal-dual path, then Newton at its end.

A branch is X = exp(T)·F(s), with F blowing up as its slack s falls to 0. On the support of a small start s is far
below the rounding of 1 − s, so X cannot be computed from ν; off the support X is, and may underflow. So the path
keeps both: B x = c and s + slope·sign·Bᵀν = start are linear in X > 0 and s > 0, and only log X = T + log F(s)
bends. It leads from X of the size of the solution, which lies on every branch for some T, towards the target's T.
Once every branch shows which of the two it keeps, X ("basic", in the words of linear programming) or s, that one
alone is the unknown, the other follows, and Newton at the target itself takes a few steps, however far T has to fall.

Where the columns of the basic branches do not determine their X, or not well, or where digits run out on the way, the
path goes on from where they were still there, in coordinates in which slacks keep them (`degenerate_face`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from ridgeless._core.arrays import Dual, Vector, norm
from ridgeless._core.exact import independent_rows
from ridgeless._core.exact.tableau import IndependentEquations
from ridgeless.limits.deep.degenerate_face import TiedProblem, tied_problem
from ridgeless.limits.deep.final_newton import ended, projected
from ridgeless.limits.deep.problem import BranchProblem, BranchVector, PathPoint, TargetState
from ridgeless.limits.minimisation import Minimisation, lifted
from ridgeless.limits.newton import Goal
from ridgeless.limits.separable import goal_of, solve_branches
from ridgeless.limits.tolerances import TOLERANCES
from ridgeless.potentials.branches import Branches, Profile
from ridgeless.potentials.minimum import Minimum, Outcome

_METHOD = "path-following Newton with slacks as unknowns"
# In units of rounding, what a sum of a few hundred terms may be off by.
_ROUNDINGS = 4.0


@dataclass(frozen=True, eq=False)
class _Walk:
    """The end of a path: the problem in its last coordinates, the state, the steps, and the last sharp point."""

    problem: BranchProblem
    end: TargetState
    steps: int
    sharp: PathPoint


@dataclass(frozen=True)
class Move:
    """A step from a point.

    Attributes:
        nu: change of ν.
        growth: change of X, as a part of itself.
        opening: change of s, as a part of itself.
        least_growth: what of X a step may lose.
        least_opening: what of s it may lose.
    """

    nu: Dual
    growth: BranchVector
    opening: BranchVector
    least_growth: BranchVector
    least_opening: BranchVector

    @property
    def lengths(self) -> tuple[float, float]:
        """How much of it X and s can bear before one of them is 0, at most all."""
        return _longest(self.growth), _longest(self.opening)


@solve_branches.register(Profile)
def solve_deep(profile: Profile, question: Minimisation, branches: Branches) -> Minimum:  # noqa: ARG001
    """The minimum where branches blow up as their slack is used up: depth 3 and more."""
    system, bias = question.system, question.bias

    def exact(point: Vector) -> Vector:
        return bias.potential.conjugate_gradient(bias.offset + point)

    goal, rank = goal_of(question), system.row_space.rank
    found = solve_primal_dual(goal, branches, exact, lambda: independent_rows(system.rows(), system.b, rank))
    return lifted(system, found)


def solve_primal_dual(
    goal: Goal, branches: Branches, exact: Callable[[Vector], Vector], own: Callable[[], IndependentEquations]
) -> Minimum:
    """x, and ν in the coordinates of B, with B x = c.

    Args:
        goal: B, c, units and tolerance.
        branches: the mirror map, taken apart.
        exact: the mirror map itself, z ↦ x.
        own: the equations as stored, each once, for data that are tied or nearly so.
    """
    # ν in units of a typical slope: the slopes themselves may be 1e-16.
    unit = float(np.exp(np.median(np.log(branches.slope))))
    goal = replace(goal, tol=max(goal.tol, _of_start(goal, exact)))
    problem = BranchProblem(goal, replace(branches, slope=branches.slope / unit), unit, exact)
    walk = _walked(problem, _beginning(problem))
    steps = walk.steps
    for tied in _sharper(problem, walk, branches, own):
        steps += tied.steps
        if isinstance(tied.problem, TiedProblem) and tied.end.is_within(TOLERANCES.near):
            x, z, undecided = tied.problem.answer(tied.end)
            outcome = Outcome.TIED_STARTS if undecided else Outcome.REACHED
            return Minimum(x, goal.apply(z), steps, _METHOD, outcome, undecided=undecided)
    return Minimum(problem.primal(walk.end), walk.end.nu / unit, steps, _METHOD, _outcome(problem, walk))


def _outcome(problem: BranchProblem, walk: _Walk) -> Outcome:
    if _wants_digits(problem, walk.end):
        return Outcome.DEPENDENT_COLUMNS
    if walk.end.is_within(problem.goal.tol):
        return Outcome.REACHED
    return Outcome.OUT_OF_STEPS if walk.steps >= TOLERANCES.path_steps else Outcome.ROUNDED


def _of_start(goal: Goal, exact: Callable[[Vector], Vector]) -> float:
    """What the rounding of a start far larger than the solution leaves of the equations: x stays as large."""
    start = norm(exact(np.zeros(goal.rows.shape[1])))
    return float(_ROUNDINGS * np.finfo(float).eps * start / goal.size) if np.isfinite(start) else 0.0


def _sharper(
    problem: BranchProblem, walk: _Walk, branches: Branches, own: Callable[[], IndependentEquations]
) -> Iterator[_Walk]:
    """Where digits are wanted: from the end that was found, in other coordinates; then from where digits were there."""
    if not _wants_digits(problem, walk.end):
        return
    equations, has_end = own(), walk.end.is_within(TOLERANCES.near)
    for begin, point in ((_at_once, walk.end.point), (_walked, walk.sharp))[not has_end :]:
        tied = tied_problem(problem, point, branches, equations)
        if tied is not None:
            with np.errstate(over="ignore", invalid="ignore", divide="ignore"):  # a path that leads nowhere
                yield begin(*tied)


def _at_once(problem: BranchProblem, point: PathPoint) -> _Walk:
    """Newton at the target, without a path."""
    shown = point.slack < TOLERANCES.dependent
    problem, end, steps = _arrived(problem, projected(problem, point, shown))
    return _Walk(problem, end, steps, point)


def _wants_digits(problem: BranchProblem, end: TargetState) -> bool:
    """Whether the end was missed, or the columns at the edge are too close to dependent for float64."""
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


def _walked(problem: BranchProblem, point: PathPoint) -> _Walk:
    """The path to its end, reached or not."""
    branches = problem.branches
    descent = problem.amplitude(point) - branches.log_amplitude
    end, steps, sharp = projected(problem, point, np.zeros(len(descent), dtype=bool)), 0, point
    # A start larger than the solution is nearly linear as it is.
    if float(branches.log_amplitude.min()) >= np.log(problem.goal.reference):
        end, steps = ended(problem, end)
    fall, trusted, since, nearest = TOLERANCES.longer, 2 * TOLERANCES.longer, 0, (problem, end)
    while steps < TOLERANCES.path_steps and not end.is_within(problem.near):
        left, whole = _height(problem, point, descent)
        share = min((left - fall) / whole, 1.0) if left > fall else 0.0
        move = _move(problem, point, branches.log_amplitude + share * descent)
        if not np.isfinite(move.nu).all():
            break
        length = min(move.lengths)
        point, steps = _moved(problem, point, move), steps + 1
        sharp = point if np.min(point.slack) > TOLERANCES.shown else sharp
        problem, point = problem.kept_sharp(point)
        since += 1
        is_easy = length > TOLERANCES.overshoot and (fall >= trusted or share == 0.0)
        if is_easy or since >= TOLERANCES.stage_steps:
            shown = (move.opening < move.growth) | (point.slack < problem.lost_slack)
            shown = shown if is_easy else point.log_values > np.max(point.log_values) + np.log(TOLERANCES.near)
            problem, end, more = _arrived(problem, projected(problem, point, shown))
            steps, trusted, since = steps + more, 2 * trusted if is_easy else trusted, 0
            nearest = _nearer(nearest, (problem, end))
        growth = TOLERANCES.longer if length > TOLERANCES.overshoot else TOLERANCES.shorter + length
        fall = max(fall * growth, TOLERANCES.coarse)
    return _Walk(*_nearer((problem, end), nearest), steps, sharp)


def _nearer(
    one: tuple[BranchProblem, TargetState], other: tuple[BranchProblem, TargetState]
) -> tuple[BranchProblem, TargetState]:
    """The other end, where it is one and solves the equations better."""
    return other if other[1].is_within(TOLERANCES.near) and other[1].error < one[1].error else one


def _arrived(problem: BranchProblem, state: TargetState) -> tuple[BranchProblem, TargetState, int]:
    """Newton at the target, from its end once more where other coordinates keep the slacks there better."""
    end, steps = ended(problem, state)
    for _ in range(TOLERANCES.few_steps):
        sharper, point = problem.kept_sharp(end.point)
        if sharper is problem or not end.is_within(TOLERANCES.close):
            break
        problem = sharper
        end, more = ended(problem, projected(problem, point, end.is_basic))
        steps += more
    return problem, end, steps


def _height(problem: BranchProblem, point: PathPoint, descent: BranchVector) -> tuple[float, float]:
    """How far T is above the target, and how far it was at first: the mean over branches whose slack is not lost."""
    counts = point.slack >= problem.lost_slack
    above = problem.amplitude(point) - problem.branches.log_amplitude
    return (float(np.mean(above[counts])), float(np.mean(descent[counts]))) if counts.any() else (0.0, 1.0)


def _beginning(problem: BranchProblem) -> PathPoint:
    """ν = 0, and X of the size of the solution, or of its own start where that is larger, with B x = c."""
    goal, branches = problem.goal, problem.branches
    size = goal.rows.shape[1]
    knee = np.full(size, goal.reference)
    np.maximum.at(knee, branches.coordinate, np.exp(branches.log_amplitude))
    knee = knee[branches.coordinate]
    # x = X⁺ − X⁻ with X⁺·X⁻ = knee²/4; a locked sign cannot follow the shortest solution.
    shortest = branches.sign * goal.pull_back(goal.rhs)[branches.coordinate]
    shortest[branches.locked_signs(size)[branches.coordinate] != 0] = 0.0
    return PathPoint(np.zeros(len(goal.rhs)), np.log(knee / 2) + np.arcsinh(shortest / knee), branches.start.copy())


def _move(problem: BranchProblem, point: PathPoint, log_amplitude: BranchVector) -> Move:
    """Newton's step towards B x = c, s + slope·sign·Bᵀν = start and log X = log_amplitude + log F(s).

    The last is replaced by the chord between its two ends, X alone moved and s alone moved: at either end, where
    branches go, that is exact however far they have to go.
    """
    goal, branches, profile = problem.goal, problem.branches, problem.branches.profile
    is_lost = point.slack < problem.lost_slack
    stiff, values = np.maximum(point.slack, problem.lost_slack), np.exp(point.log_values)
    here = problem.amplitude(point)
    rise = np.where(is_lost, 0.0, np.minimum(log_amplitude - here, TOLERANCES.most_rise))
    alone = np.expm1(rise)
    slack_alone = profile.slack(point.log_values - here - rise) / point.slack - 1
    # the chord of an arc too short to have one is its tangent
    is_short = (np.abs(rise) < TOLERANCES.close) | (slack_alone == 0)
    elasticity = profile.elasticity_at(point.slack, point.log_values - here)
    ratio = np.where(is_short, elasticity, alone / np.where(is_short, 1.0, slack_alone))
    gap = problem.implied_slack(point.nu) - point.slack
    misfit, _ = goal.misfit(problem.gather(branches.sign * values))
    rates = ratio / stiff
    rhs = goal.apply(problem.gather(branches.sign * values * (rates * gap - alone))) - misfit
    nu = problem.direction(rates * values, rhs)
    change = gap - problem.fall(nu)
    growth, opening = alone - rates * change, np.where(is_lost, 0.0, change / stiff)
    # Nothing loses more than it would alone, or than a step to the edge takes.
    least_growth, least_opening = (
        np.clip(lone, TOLERANCES.near - 1, -TOLERANCES.to_the_edge) for lone in (alone, slack_alone)
    )
    return Move(nu, growth, opening, least_growth, least_opening)


def _moved(problem: BranchProblem, point: PathPoint, move: Move) -> PathPoint:
    """As much of a move as keeps X and s positive; a slack below rounding follows from X."""
    branches, profile = problem.branches, problem.branches.profile
    primal, dual = (1.0 if length == 1 else TOLERANCES.to_the_edge * length for length in move.lengths)
    log_values = point.log_values + np.log1p(np.maximum(primal * move.growth, move.least_growth))
    slack = point.slack * (1 + np.maximum(dual * move.opening, move.least_opening))
    followed = profile.slack(log_values - branches.log_amplitude)
    return PathPoint(point.nu + dual * move.nu, log_values, np.where(slack < problem.lost_slack, followed, slack))


def _longest(changes: BranchVector) -> float:
    """Step length, at most 1, at which the first of them has lost all."""
    return 1 / max(1.0, -float(np.min(changes, initial=0.0)))
