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
from typing import NamedTuple

import numpy as np

from ridgeless._core.arrays import Dual, Vector, norm
from ridgeless._core.exact.tableau import IndependentEquations
from ridgeless.limits.deep.degenerate_face import ASKED, TiedProblem, tied_problem
from ridgeless.limits.deep.final_newton import ended, projected
from ridgeless.limits.deep.problem import NEAR, BranchVector, Point, Problem, State
from ridgeless.limits.newton import Goal
from ridgeless.potentials.branches import Branches

_MOST_STEPS = 150
_TO_THE_EDGE = 0.95  # how far a step goes towards the nearest X = 0 or s = 0
_LEAST_LEFT = 1e-9
# By how much T falls in the first step, on average; by more after a step of nearly full length, by less after others.
_FIRST_FALL = 2.0
_LEAST_FALL = 0.1
# In units of rounding, what a sum of a few hundred terms may be off by.
_ROUNDINGS = 4.0
_LONG_STEP = 0.9
_GROWTH = 3.0
_RETREAT = 0.3
_MOST_RISE = 1.0  # of a branch in one step, in log X
_SHORT_ARC = 1e-3
# Newton at the target is tried where the path bears such a fall, or is there; each trial that fails doubles it.
_TRUSTED_FALL = 6.0
# It is tried after so many steps too: what keeps them short may be too small to matter at the target.
_OFTEN_ENOUGH = 12
_MATTERS = 1e-10

# Down to this slack float64 keeps ten digits of it: from such a point the path can go on in other coordinates.
_SHARP = 1e-6
# Below this slack Bᵀν leaves X uncertain to more than rounding, where it is ν that decides.
_TIED = 1e-5
# Columns whose least singular value is below this part of the largest leave X uncertain to 1e-11 of itself.
_DEPENDENT = 1e-5
_UNDECIDED = (
    "x solves the equations to rounding, but so do others, and no path was found on which float64 tells them apart: "
    "columns of A, or its equations, are too close to dependent. Type a larger scale, or merge columns that are one."
)
# How often coordinates are changed at the target, and from which error on it is worth it.
_MOST_CHANGES = 4
_NEARLY = 1e-3


class BarrierEnd(NamedTuple):
    """What was found.

    Attributes:
        x: (d,).
        nu: ν, in the coordinates of B.
        steps: Newton steps.
        doubt: why the data as stored do not decide x; "" where they do.
    """

    x: Vector
    nu: Dual
    steps: int
    doubt: str = ""


@dataclass(frozen=True, eq=False)
class _Walk:
    """The end of a path: the problem in its last coordinates, the state, the steps, and the last sharp point."""

    problem: Problem
    end: State
    steps: int
    sharp: Point


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


def solve_barrier(
    goal: Goal, branches: Branches, exact: Callable[[Vector], Vector], own: Callable[[], IndependentEquations]
) -> BarrierEnd:
    """x and ν with B x = c.

    Args:
        goal: B, c, units and tolerance.
        branches: the mirror map, taken apart.
        exact: the mirror map itself, z ↦ x.
        own: the equations as stored, each once, for data that are tied or nearly so.
    """
    # ν in units of a typical slope: the slopes themselves may be 1e-16.
    unit = float(np.exp(np.median(np.log(branches.slope))))
    goal = replace(goal, tol=max(goal.tol, _of_start(goal, exact)))
    problem = Problem(goal, replace(branches, slope=branches.slope / unit), unit, exact)
    walk = _walked(problem, _beginning(problem))
    steps = walk.steps
    for tied in _sharper(problem, walk, branches, own):
        steps += tied.steps
        if isinstance(tied.problem, TiedProblem) and tied.end.is_within(NEAR):
            x, z, doubt = tied.problem.answer(tied.end)
            return BarrierEnd(x, goal.apply(z), steps, doubt)
    doubt = _UNDECIDED if _wants_digits(problem, walk.end) else ""
    return BarrierEnd(problem.primal(walk.end), walk.end.nu / unit, steps, doubt)


def _of_start(goal: Goal, exact: Callable[[Vector], Vector]) -> float:
    """What the rounding of a start far larger than the solution leaves of the equations: x stays as large."""
    start = norm(exact(np.zeros(goal.rows.shape[1])))
    return float(_ROUNDINGS * np.finfo(float).eps * start / goal.size) if np.isfinite(start) else 0.0


def _sharper(
    problem: Problem, walk: _Walk, branches: Branches, own: Callable[[], IndependentEquations]
) -> Iterator[_Walk]:
    """Where digits are wanted: from the end that was found, in other coordinates; then from where digits were there."""
    if not _wants_digits(problem, walk.end):
        return
    equations, has_end = own(), walk.end.is_within(NEAR)
    for begin, point in ((_at_once, walk.end.point), (_walked, walk.sharp))[not has_end :]:
        tied = tied_problem(problem, point, branches, equations)
        if tied is not None:
            with np.errstate(over="ignore", invalid="ignore", divide="ignore"):  # a path that leads nowhere
                yield begin(*tied)


def _at_once(problem: Problem, point: Point) -> _Walk:
    """Newton at the target, without a path."""
    shown = point.slack < _TIED
    problem, end, steps = _arrived(problem, projected(problem, point, shown))
    return _Walk(problem, end, steps, point)


def _wants_digits(problem: Problem, end: State) -> bool:
    """Whether the end was missed, or the columns at the edge are too close to dependent for float64."""
    if not end.is_within(ASKED * problem.goal.tol):
        return True
    at_edge = end.is_basic & (end.slack < _TIED)
    coordinates = np.unique(problem.branches.coordinate[at_edge])
    if len(coordinates) < 2:
        return False
    if len(coordinates) > len(problem.goal.right):
        return True
    columns = problem.goal.rows[:, coordinates]
    sizes = np.linalg.svd(columns / np.linalg.norm(columns, axis=0), compute_uv=False)
    return bool(sizes[-1] < _DEPENDENT * sizes[0])


def _walked(problem: Problem, point: Point) -> _Walk:
    """The path to its end, reached or not."""
    branches = problem.branches
    descent = problem.amplitude(point) - branches.log_amplitude
    end, steps, sharp = projected(problem, point, np.zeros(len(descent), dtype=bool)), 0, point
    # A start larger than the solution is nearly linear as it is.
    if float(branches.log_amplitude.min()) >= np.log(problem.goal.reference):
        end, steps = ended(problem, end)
    fall, trusted, since, nearest = _FIRST_FALL, _TRUSTED_FALL, 0, (problem, end)
    while steps < _MOST_STEPS and not end.is_within(problem.near):
        left, whole = _height(problem, point, descent)
        share = min((left - fall) / whole, 1.0) if left > fall else 0.0
        move = _move(problem, point, branches.log_amplitude + share * descent)
        if not np.isfinite(move.nu).all():
            break
        length = min(move.lengths)
        point, steps = _moved(problem, point, move), steps + 1
        sharp = point if np.min(point.slack) > _SHARP else sharp
        problem, point = problem.kept_sharp(point)
        since += 1
        is_easy = length > _LONG_STEP and (fall >= trusted or share == 0.0)
        if is_easy or since >= _OFTEN_ENOUGH:
            shown = (move.opening < move.growth) | (point.slack < problem.lost_slack)
            shown = shown if is_easy else point.log_values > np.max(point.log_values) + np.log(_MATTERS)
            problem, end, more = _arrived(problem, projected(problem, point, shown))
            steps, trusted, since = steps + more, 2 * trusted if is_easy else trusted, 0
            nearest = _nearer(nearest, (problem, end))
        fall = max(fall * (_GROWTH if length > _LONG_STEP else _RETREAT + length), _LEAST_FALL)
    return _Walk(*_nearer((problem, end), nearest), steps, sharp)


def _nearer(one: tuple[Problem, State], other: tuple[Problem, State]) -> tuple[Problem, State]:
    """The other end, where it is one and solves the equations better."""
    return other if other[1].is_within(NEAR) and other[1].error < one[1].error else one


def _arrived(problem: Problem, state: State) -> tuple[Problem, State, int]:
    """Newton at the target, from its end once more where other coordinates keep the slacks there better."""
    end, steps = ended(problem, state)
    for _ in range(_MOST_CHANGES):
        sharper, point = problem.kept_sharp(end.point)
        if sharper is problem or not end.is_within(_NEARLY):
            break
        problem = sharper
        end, more = ended(problem, projected(problem, point, end.is_basic))
        steps += more
    return problem, end, steps


def _height(problem: Problem, point: Point, descent: BranchVector) -> tuple[float, float]:
    """How far T is above the target, and how far it was at first: the mean over branches whose slack is not lost."""
    counts = point.slack >= problem.lost_slack
    above = problem.amplitude(point) - problem.branches.log_amplitude
    return (float(np.mean(above[counts])), float(np.mean(descent[counts]))) if counts.any() else (0.0, 1.0)


def _beginning(problem: Problem) -> Point:
    """ν = 0, and X of the size of the solution, or of its own start where that is larger, with B x = c."""
    goal, branches = problem.goal, problem.branches
    size = goal.rows.shape[1]
    knee = np.full(size, goal.reference)
    np.maximum.at(knee, branches.coordinate, np.exp(branches.log_amplitude))
    knee = knee[branches.coordinate]
    # x = X⁺ − X⁻ with X⁺·X⁻ = knee²/4; a locked sign cannot follow the shortest solution.
    shortest = branches.sign * goal.pull_back(goal.right)[branches.coordinate]
    shortest[branches.locked_signs(size)[branches.coordinate] != 0] = 0.0
    return Point(np.zeros(len(goal.right)), np.log(knee / 2) + np.arcsinh(shortest / knee), branches.start.copy())


def _move(problem: Problem, point: Point, log_amplitude: BranchVector) -> Move:
    """Newton's step towards B x = c, s + slope·sign·Bᵀν = start and log X = log_amplitude + log F(s).

    The last is replaced by the chord between its two ends, X alone moved and s alone moved: at either end, where
    branches go, that is exact however far they have to go.
    """
    goal, branches, profile = problem.goal, problem.branches, problem.branches.profile
    is_lost = point.slack < problem.lost_slack
    stiff, values = np.maximum(point.slack, problem.lost_slack), np.exp(point.log_values)
    here = problem.amplitude(point)
    rise = np.where(is_lost, 0.0, np.minimum(log_amplitude - here, _MOST_RISE))
    alone = np.expm1(rise)
    slack_alone = profile.slack(point.log_values - here - rise) / point.slack - 1
    # the chord of an arc too short to have one is its tangent
    is_short = (np.abs(rise) < _SHORT_ARC) | (slack_alone == 0)
    elasticity = profile.elasticity_at(point.slack, point.log_values - here)
    ratio = np.where(is_short, elasticity, alone / np.where(is_short, 1.0, slack_alone))
    gap = problem.implied_slack(point.nu) - point.slack
    misfit, _ = goal.misfit(problem.gather(branches.sign * values))
    rates = ratio / stiff
    right = goal.apply(problem.gather(branches.sign * values * (rates * gap - alone))) - misfit
    nu = problem.direction(rates * values, right)
    change = gap - problem.fall(nu)
    growth, opening = alone - rates * change, np.where(is_lost, 0.0, change / stiff)
    # Nothing loses more than it would alone, or than a step to the edge takes.
    least_growth, least_opening = (np.clip(lone, _LEAST_LEFT - 1, -_TO_THE_EDGE) for lone in (alone, slack_alone))
    return Move(nu, growth, opening, least_growth, least_opening)


def _moved(problem: Problem, point: Point, move: Move) -> Point:
    """As much of a move as keeps X and s positive; a slack below rounding follows from X."""
    branches, profile = problem.branches, problem.branches.profile
    primal, dual = (1.0 if length == 1 else _TO_THE_EDGE * length for length in move.lengths)
    log_values = point.log_values + np.log1p(np.maximum(primal * move.growth, move.least_growth))
    slack = point.slack * (1 + np.maximum(dual * move.opening, move.least_opening))
    followed = profile.slack(log_values - branches.log_amplitude)
    return Point(point.nu + dual * move.nu, log_values, np.where(slack < problem.lost_slack, followed, slack))


def _longest(changes: BranchVector) -> float:
    """Step length, at most 1, at which the first of them has lost all."""
    return 1 / max(1.0, -float(np.min(changes, initial=0.0)))
