"""The limit of networks of depth 3 and more: a primal-dual path, then Newton at its end.

A branch is X = exp(T)·F(s), with F blowing up as its slack s falls to 0. On the support of a small start s is far
below the rounding of 1 − s, so X cannot be computed from ν; off the support X is, and may underflow. So the path
keeps both: B x = c and s + slope·sign·Bᵀν = start are linear in X > 0 and s > 0, and only log X = T + log F(s)
bends. It leads from X of the size of the solution, which lies on every branch for some T, towards the target's T.
Once every branch shows which of the two it keeps, X ("basic", in the words of linear programming) or s, that one
alone is the unknown, the other follows, and Newton at the target itself takes a few steps, however far T has to fall.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from jaxtyping import Bool, Float

from ridgeless.arrays import Dual, Vector
from ridgeless.limits.newton import Goal, graded_solve, weighted_gram
from ridgeless.limits.ties import Edge, settled
from ridgeless.potentials.branches import Branches

_MOST_STEPS = 150
_TO_THE_EDGE = 0.95  # how far a step goes towards the nearest X = 0 or s = 0
_LEAST_LEFT = 1e-9
# By how much T falls in the first step, on average; by more after a step of nearly full length, by less after others.
_FIRST_FALL = 2.0
_LEAST_FALL = 0.1
_LONG_STEP = 0.9
_GROWTH = 3.0
_RETREAT = 0.3
_MOST_RISE = 1.0  # of a branch in one step, in log X
_SHORT_ARC = 1e-3
# Newton at the target is tried where the path bears such a fall, or is there; each trial that fails doubles it.
_TRUSTED_FALL = 6.0

# On the support s falls below the rounding of Bᵀν, and what ν tells of it is noise: below this it follows from X, and
# in Newton's matrix it counts for this much. The end is the same; the way there is Newton's for X, a contraction for s.
# Much less, and the weights of lost slacks drown those of branches that are on their way.
_LOST_SLACK = 1e-8
_LEAST_STIFF = 1e-9
_MOST_FALL = -0.5
# Below this slack Bᵀν leaves X uncertain to more than rounding, where it is ν that decides.
_TIED = 1e-5
# Rounding of 1 − s: no basic slack agrees with ν to better than this.
_SLACK_ROUNDING = 1e-13
# What the end must reach: slacks to this part of themselves. It may stall above tol for want of digits.
_SLACK_TOLERANCE = 1e-9
_NEAR = 1e-9
# Newton at the target gives up after so many steps that do not halve the larger error.
_PATIENCE = 4
# An error below this that does not fall any more wants digits, not steps.
_WANTS_DIGITS = 1e-4
_MOST_FINAL_STEPS = 40
_MOST_HALVINGS = 30

BranchVector = Float[np.ndarray, " m"]
BranchMask = Bool[np.ndarray, " m"]


@dataclass(frozen=True)
class Problem:
    """B x = c with x the sum of branches.

    Attributes:
        goal: B, c, units and tolerance.
        branches: at ν = 0, their slopes counted in `unit`.
        unit: one over the unit in which ν is counted.
        exact: z ↦ x without cancellation.
    """

    goal: Goal
    branches: Branches
    unit: float
    exact: Callable[[Vector], Vector]

    @cached_property
    def lengths(self) -> BranchVector:
        """By how much a ν of length 1 changes each slack at most."""
        columns = np.linalg.norm(self.goal.rows, axis=0)
        return columns[self.branches.coordinate] * self.branches.slope

    def fall(self, nu: Dual) -> BranchVector:
        """By how much a change of ν lowers each slack."""
        branches = self.branches
        return branches.sign * branches.slope * self.goal.pull_back(nu)[branches.coordinate]

    def implied_slack(self, nu: Dual) -> BranchVector:
        """The slack that ν implies, which rounding may carry below 0."""
        return self.branches.start - self.fall(nu)

    def gather(self, values: BranchVector) -> Vector:
        """Sum over the branches of each coordinate."""
        return self.branches.gather(values, self.goal.rows.shape[1])

    def amplitude(self, point: Point) -> BranchVector:
        """The T at which a point would lie on each branch."""
        return point.log_values - self.branches.profile.log_value(point.slack)

    def direction(self, weights: BranchVector, right: Dual) -> Dual:
        """The change of ν for which B Σ weights·fall is `right`."""
        return graded_solve(weighted_gram(self.goal.rows, self.gather(weights * self.branches.slope)), right)


@dataclass(frozen=True)
class Point:
    """One point of the path: ν, log X and slacks, none of which follows from another."""

    nu: Dual
    log_values: BranchVector
    slack: BranchVector


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


@dataclass(frozen=True)
class State:
    """A point at the target, where of each branch one of X and s is the unknown, and the other follows.

    Attributes:
        nu: ν.
        log_values: log X.
        slack: s.
        is_basic: whether X is the unknown.
        misfit: B x − c.
        gap: the slack that ν implies, less s; 0 where s follows from ν.
        size: what the rounding of the slack that ν implies is measured in: 1, or more where it is a sum of large terms.
        error: ‖B x − c‖, without units.
    """

    nu: Dual
    log_values: BranchVector
    slack: BranchVector
    is_basic: BranchMask
    misfit: Dual
    gap: BranchVector
    size: BranchVector
    error: float

    @property
    def values(self) -> BranchVector:
        """X; 0 where it underflows."""
        return np.exp(self.log_values)

    @property
    def merit(self) -> float:
        """The larger of both errors."""
        return max(self.error, float(np.max(np.abs(self.gap), initial=0.0)))

    def is_within(self, tol: float) -> bool:
        """Whether B x = c holds to `tol`, and every basic slack agrees with ν."""
        allowed = np.maximum(_SLACK_TOLERANCE * self.slack, _SLACK_ROUNDING * self.size)
        return self.error <= tol and bool(np.all(np.abs(self.gap) <= allowed))


def solve_barrier(goal: Goal, branches: Branches, exact: Callable[[Vector], Vector]) -> tuple[Vector, Dual, int]:
    """X and ν with B x = c.

    Args:
        goal: B, c, units and tolerance.
        branches: the mirror map, taken apart.
        exact: the mirror map itself, z ↦ x.

    Returns:
        x, ν and the number of Newton steps.
    """
    # ν in units of a typical slope: the slopes themselves may be 1e-16.
    unit = float(np.exp(np.median(np.log(branches.slope))))
    problem = Problem(goal, replace(branches, slope=branches.slope / unit), unit, exact)
    state, steps = _solved(problem)
    return _primal(problem, state), state.nu / unit, steps


def _solved(problem: Problem) -> tuple[State, int]:
    """The end of the path, reached or not, and the steps that it took."""
    branches, point = problem.branches, _beginning(problem)
    descent = problem.amplitude(point) - branches.log_amplitude
    end, steps = _projected(problem, point, np.zeros(len(descent), dtype=bool)), 0
    # A start larger than the solution is nearly linear as it is.
    if float(branches.log_amplitude.min()) >= np.log(problem.goal.reference):
        end, steps = _ended(problem, end)
    fall, trusted = _FIRST_FALL, _TRUSTED_FALL
    while steps < _MOST_STEPS and not end.is_within(_NEAR):
        left, whole = _height(problem, point, descent)
        share = min((left - fall) / whole, 1.0) if left > fall else 0.0
        move = _move(problem, point, branches.log_amplitude + share * descent)
        if not np.isfinite(move.nu).all():
            break
        length = min(move.lengths)
        point, steps = _moved(problem, point, move), steps + 1
        if length > _LONG_STEP and (fall >= trusted or share == 0.0):
            shown = (move.opening < move.growth) | (point.slack < _LOST_SLACK)
            end, more = _ended(problem, _projected(problem, point, shown))
            steps, trusted = steps + more, 2 * trusted
        fall = max(fall * (_GROWTH if length > _LONG_STEP else _RETREAT + length), _LEAST_FALL)
    return end, steps


def _ended(problem: Problem, state: State) -> tuple[State, int]:
    """Newton at the target, and its steps; with every X as an unknown where it wants digits only."""
    end, steps = _newton(problem, state)
    end = _settled(problem, end)
    if end.is_within(problem.goal.tol) or not end.is_within(_WANTS_DIGITS):
        return end, steps
    # Where columns are graded the terms of Bᵀν cancel: X follows from ν to fewer digits than it has as an unknown.
    other, more = _newton(problem, _at(problem, end.nu, end.log_values, np.ones_like(end.is_basic)))
    return (other if other.error < end.error and other.is_within(_NEAR) else end), steps + more


def _settled(problem: Problem, state: State) -> State:
    """The state with its tied branches where ν leaves them, to rounding, but their slacks do not."""
    tied = np.flatnonzero(state.is_basic & (state.slack < _TIED))
    if len(tied) < 2 or not state.merit <= _NEAR:
        return state
    branches = problem.branches.select(tied)
    edge = Edge(problem.goal.rows[:, branches.coordinate] * branches.sign, branches)
    values = settled(edge, state.values[tied])
    if values is None:
        return state
    log_values = np.copy(state.log_values)
    log_values[tied] = np.log(values)
    missed = problem.implied_slack(state.nu)[tied] - edge.slack(values)
    nu = state.nu + np.linalg.lstsq((edge.columns * branches.slope).T, missed, rcond=1e-11)[0]
    moved = _at(problem, nu, log_values, state.is_basic)
    return moved if moved.merit <= max(state.merit, problem.goal.tol) else state


def _height(problem: Problem, point: Point, descent: BranchVector) -> tuple[float, float]:
    """How far T is above the target, and how far it was at first: the mean over branches whose slack is not lost."""
    counts = point.slack >= _LOST_SLACK
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
    is_lost = point.slack < _LOST_SLACK
    stiff, values = np.maximum(point.slack, _LOST_SLACK), np.exp(point.log_values)
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
    return Point(point.nu + dual * move.nu, log_values, np.where(slack < _LOST_SLACK, followed, slack))


def _longest(changes: BranchVector) -> float:
    """Step length, at most 1, at which the first of them has lost all."""
    return 1 / max(1.0, -float(np.min(changes, initial=0.0)))


def _projected(problem: Problem, point: Point, is_basic: BranchMask) -> State:
    """The point, carried to the target: basic branches keep X, the others their slack."""
    branches = problem.branches
    nonbasic = branches.log_amplitude + branches.profile.log_value(point.slack)
    return _at(problem, point.nu, np.where(is_basic, point.log_values, nonbasic), is_basic)


def _newton(problem: Problem, state: State) -> tuple[State, int]:
    """Newton on B x = c and s + slope·sign·Bᵀν = start, X and s tied by log X = T + log F(s); and its steps."""
    least, since = np.inf, 0
    for steps in range(_MOST_FINAL_STEPS):
        least, since = (state.merit, 0) if state.merit < least / 2 else (least, since + 1)
        if state.is_within(problem.goal.tol) or since > _PATIENCE or not np.isfinite(state.error):
            return state, steps
        new = _step(problem, state)
        if new is None:
            return state, steps
        state = new
    return state, _MOST_FINAL_STEPS


def _step(problem: Problem, state: State) -> State | None:
    """One step of it, shortened where that helps; None where nothing does."""
    branches, rates = problem.branches, _rates(problem, state)
    weights = rates * state.values
    right = problem.goal.apply(problem.gather(branches.sign * weights * state.gap)) - state.misfit
    nu = problem.direction(weights, right)
    if not np.isfinite(nu).all():
        return None
    fall = problem.fall(nu)
    growth = rates * (fall - state.gap)
    length = _bearable(fall[~state.is_basic] / state.slack[~state.is_basic], growth[state.is_basic])
    for _ in range(_MOST_HALVINGS):
        new = _stepped(problem, state, length * nu, length * growth)
        # Without basic branches this is Newton on the convex dual, where the slope along the step is the judge.
        overshoots = float(new.misfit @ nu) > 0.9 * abs(float(state.misfit @ nu))
        if state.is_basic.any() or new.is_basic.any() or not overshoots:
            return new
        length /= 2
    return None


def _rates(problem: Problem, state: State) -> BranchVector:
    """Change of log X for a change of the slack."""
    branches = problem.branches
    stiff = np.where(state.is_basic, np.maximum(state.slack, _LEAST_STIFF), state.slack)
    return branches.profile.elasticity_at(state.slack, state.log_values - branches.log_amplitude) / stiff


def _stepped(problem: Problem, state: State, nu: Dual, growth: BranchVector) -> State:
    # What takes most of X is taken by a factor, what is less is added: no step leaves the positive numbers.
    is_falling = growth < _MOST_FALL
    rise = np.where(is_falling, growth - _MOST_FALL, 0.0) + np.log1p(np.where(is_falling, _MOST_FALL, growth))
    log_values = np.where(state.is_basic, state.log_values + rise, state.log_values)
    return _at(problem, state.nu + nu, log_values, state.is_basic)


def _bearable(falls: np.ndarray, growths: np.ndarray) -> float:
    """Step length that leaves a tenth of every slack and changes no basic X by more than a factor e³."""
    steepest = max(float(np.max(falls, initial=0.0)) / 0.9, float(np.max(np.abs(growths), initial=0.0)) / 3)
    return 1 / max(1.0, steepest)


def _at(problem: Problem, nu: Dual, log_values: BranchVector, was_basic: BranchMask) -> State:
    """The state at ν and log X of the basic branches: slacks and the other X recomputed, errors measured."""
    branches, profile = problem.branches, problem.branches.profile
    implied = problem.implied_slack(nu)
    own = profile.slack(log_values - branches.log_amplitude)
    # where ν implies no slack, or one that has lost its digits, X is the better unknown
    is_basic = was_basic | (implied <= 0) | (own < _LOST_SLACK)
    slack = np.where(is_basic, own, implied)
    log_values = np.where(is_basic, log_values, branches.log_amplitude + profile.log_value(slack))
    gap = np.where(is_basic, implied - own, 0.0)
    size = np.maximum(1.0, problem.lengths * float(np.linalg.norm(nu)))
    state = State(nu, log_values, slack, is_basic, np.zeros_like(nu), gap, size, 0.0)
    misfit, error = problem.goal.misfit(_primal(problem, state))
    return replace(state, misfit=misfit, error=error)


def _primal(problem: Problem, state: State) -> Vector:
    """X = Σ ± X, by the mirror map itself where large branches would cancel."""
    summed = problem.gather(problem.branches.sign * state.values)
    is_summed = problem.gather(state.is_basic.astype(float)) > 0
    mapped = problem.exact(problem.goal.pull_back(state.nu) / problem.unit)
    return np.where(is_summed | ~np.isfinite(mapped), summed, mapped)
