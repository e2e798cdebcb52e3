"""The limit of networks of depth 3 and more: a path-following Newton method with the slack as its own unknown.

A branch is X = exp(T)·F(s), with F blowing up as its slack s falls to 0. On the support of a small start s is far
below the rounding of 1 − s, so X cannot be computed from ν: there X itself is the unknown ("basic", in the words of
linear programming) and s follows from it; elsewhere s is the unknown and X follows. Both hold their digits at every
scale. The path has two legs: at T of the size of the minimum-norm solution, the slopes move from one value to theirs;
then T falls to its target, along which log X and log s move in nearly straight lines.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Bool, Float

from ridgeless.arrays import Dual, Vector
from ridgeless.limits.newton import Goal, regularised_solve, weighted_gram
from ridgeless.potentials.branches import Branches

# A branch is basic where its slack is small and it matters: one too small to matter must keep its slack as the
# unknown, because nothing in B x = c holds ν in its direction. Below the second bound 1 − s has lost s.
_BASIC_SLACK = 0.3
_LOST_SLACK = 1e-6
_MATTERS = 1e-6
_STAGE_TOLERANCE = 1e-3
_STAGE_SLACK_TOLERANCE = 0.03
_STAGE_STEPS = 20
_FIRST_STAGE_STEPS = 100
_LAST_STAGE_STEPS = 40
_CORNER = 0.25
_FIRST_STAGE = 0.25
_OPENING = 5.0
_SMALLEST_STAGE = 1e-4
_MOST_STEPS = 300
# Near the end, so many steps without halving the error are steps in rounding noise.
_PATIENCE = 3
_STAGE_PATIENCE = 5
_IMPATIENT_BELOW = 1e-7
_MOST_HALVINGS = 30

_LIFT = 3.0
# On the support s falls below the rounding of Bᵀν, and what ν tells of it is noise: in Newton's matrix, a basic slack
# counts for this much at least. The end is the same; the way there is Newton's for X, and a contraction for s.
_SLACK_FLOOR = 1e-9
# Rounding of 1 − s: no basic slack agrees with ν to better than this.
_SLACK_ROUNDING = 1e-13
# What the end of the path must reach: slacks to this part of themselves, and B x = c at least this well.
_SLACK_TOLERANCE = 1e-9
_NEAR = 1e-9

BranchVector = Float[np.ndarray, " m"]


@dataclass(frozen=True)
class Problem:
    """B x = c with x the sum of branches, at one point of the path.

    Attributes:
        goal: B, c, units and tolerance.
        branches: at ν = 0, their slopes counted in `unit`.
        unit: one over the unit in which ν is counted.
        exact: z ↦ x without cancellation; None on the way to the target.
    """

    goal: Goal
    branches: Branches
    unit: float
    exact: Callable[[Vector], Vector] | None

    def implied_slack(self, nu: Dual) -> BranchVector:
        """The slack that ν implies, which rounding may carry below 0."""
        branches = self.branches
        return branches.start - branches.sign * branches.slope * self.goal.pull_back(nu)[branches.coordinate]

    def gather(self, values: BranchVector) -> Vector:
        """Sum over the branches of each coordinate."""
        return self.branches.gather(values, self.goal.rows.shape[1])


@dataclass(frozen=True)
class Path:
    """From every branch at the size of the solution and of one slope (share 0) to the target (share 1)."""

    target: Problem
    raised: BranchVector

    def at(self, share: float) -> Problem:
        """The problem a `share` of the way: slopes on the first leg, amplitudes on the second."""
        if share >= 1:
            return self.target
        branches = self.target.branches
        first, second = min(share / _CORNER, 1.0), max((share - _CORNER) / (1 - _CORNER), 0.0)
        amplitude = self.raised + second * (branches.log_amplitude - self.raised)
        moved = replace(branches, log_amplitude=amplitude, slope=branches.slope**first)
        return replace(self.target, branches=moved, exact=None)

    @property
    def opening(self) -> float:
        """The first stage of the second leg: amplitudes fall by a factor that the nearly linear problem bears."""
        fall = float(np.max(np.abs(self.raised - self.target.branches.log_amplitude), initial=0.0))
        return min(_FIRST_STAGE, (1 - _CORNER) * _OPENING / fall) if fall > 0 else _FIRST_STAGE

    @property
    def first_share(self) -> float:
        """Where to begin: legs that lead nowhere are skipped."""
        branches = self.target.branches
        if np.ptp(np.log(branches.slope)) >= 1:
            return 0.0
        return 1.0 if np.array_equal(self.raised, branches.log_amplitude) else _CORNER


@dataclass(frozen=True)
class State:
    """One point of the method: ν, log X of the branches, their slacks, which of them are basic, and both errors."""

    nu: Dual
    log_values: BranchVector
    slack: BranchVector
    is_basic: Bool[np.ndarray, " m"]
    misfit: Dual
    gap: BranchVector
    error: float
    steps: int

    @property
    def values(self) -> BranchVector:
        """X; 0 where it underflows."""
        return np.exp(self.log_values)

    def is_within(self, tol: float, slack_tol: float) -> bool:
        """Whether B x = c holds to `tol`, and every basic slack agrees with ν to `slack_tol` of itself."""
        allowed = np.maximum(slack_tol * self.slack, _SLACK_ROUNDING)
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
    target = Problem(goal, replace(branches, slope=branches.slope / unit), unit, exact)
    level = max(float(np.median(branches.log_amplitude)), float(np.log(goal.reference)))
    size = goal.rows.shape[1]
    is_locked = branches.locked_signs(size)[branches.coordinate] != 0
    path = Path(target, np.where(is_locked, level, level + _LIFT))
    # A start larger than the solution is nearly linear as it is, and its branches cancel: only the exact map tells x.
    is_lazy = float(branches.log_amplitude.min()) >= np.log(goal.reference)
    path = replace(path, raised=branches.log_amplitude) if is_lazy else path
    share = 1.0 if is_lazy else path.first_share
    stage = path.opening if share == _CORNER else _FIRST_STAGE
    problem = path.at(share)
    log_values = path.raised + branches.profile.log_value(np.maximum(branches.start, _BASIC_SLACK))
    state = _at(problem, np.zeros(len(goal.right)), log_values, 0)
    state = _newton(problem, state, _aims(goal, share), _FIRST_STAGE_STEPS)
    while share < 1 and state.steps < _MOST_STEPS:
        reached = _stage(path, share, state, stage)
        if reached is None:
            break
        growth = _growth(reached[1].steps - state.steps)
        stage = path.opening if reached[0] == _CORNER else (reached[0] - share) * growth
        share, state = reached
    return _primal(path.at(share), state), state.nu / unit, state.steps


def _growth(steps: int) -> float:
    """How much longer the next stage is to be than one that took so many steps."""
    return 6.0 if steps <= 2 else 3.0 if steps <= 4 else 1.6 if steps <= 6 else 1.0


def _aims(goal: Goal, share: float) -> tuple[float, float]:
    """What to reach at a share of the path: tolerances on B x = c and on the slacks."""
    return (goal.tol, _SLACK_TOLERANCE) if share >= 1 else (_STAGE_TOLERANCE, _STAGE_SLACK_TOLERANCE)


def _stage(path: Path, share: float, state: State, stage: float) -> tuple[float, State] | None:
    """One stage of the path, shortened until Newton converges; None where even the shortest does not."""
    steps = state.steps
    while stage >= _SMALLEST_STAGE:
        end = _CORNER if share < _CORNER else 1.0
        there = end if share + stage >= end - 1e-12 else share + stage
        aims = _aims(path.target.goal, there)
        allowed = _LAST_STAGE_STEPS if there == 1.0 else _STAGE_STEPS
        begin = _carried(path.at(share), path.at(there), state, steps)
        reached = _newton(path.at(there), begin, aims, allowed)
        # The last stage may stall above tol for want of digits: near enough that no shorter stage helps.
        if reached.is_within(*aims) or (there == 1.0 and reached.is_within(_NEAR, aims[1])):
            return there, reached
        stage, steps = 0.4 * stage, reached.steps
    return None


def _newton(problem: Problem, state: State, aims: tuple[float, float], allowed: int) -> State:
    """Newton on B x = c and s + slope·sign·Bᵀν = start, X and s tied by log X = T + log F(s)."""
    best, since = np.inf, 0
    for _ in range(allowed):
        best, since = (state.error, 0) if state.error < best / 2 else (best, since + 1)
        # Where another stage may be shorter, a hopeless one costs the more the later it is given up.
        patience = _STAGE_PATIENCE if aims[0] == _STAGE_TOLERANCE and state.error > _STAGE_TOLERANCE else _PATIENCE
        is_hopeless = since > patience and (state.error < _IMPATIENT_BELOW or patience == _STAGE_PATIENCE)
        if state.is_within(*aims) or is_hopeless or not np.isfinite(state.error):
            break
        new = _step(problem, state)
        if new is None:
            break
        state = new
    return state


def _step(problem: Problem, state: State) -> State | None:
    branches = problem.branches
    stiff = np.where(state.is_basic, np.maximum(state.slack, _SLACK_FLOOR), state.slack)
    # change of log X for a change of the slack
    rates = branches.profile.elasticity_at(state.slack, state.log_values - branches.log_amplitude) / stiff
    weights = rates * state.values
    gram = weighted_gram(problem.goal.rows, problem.gather(weights * branches.slope))
    right = problem.goal.apply(problem.gather(branches.sign * weights * state.gap)) - state.misfit
    direction = regularised_solve(gram, right)
    if not np.isfinite(direction).all():
        return None
    # change of each slack, and of log X where X is the unknown
    fall = branches.sign * branches.slope * problem.goal.pull_back(direction)[branches.coordinate]
    growth = rates * (fall - state.gap)
    length = _longest(fall[~state.is_basic] / state.slack[~state.is_basic], growth[state.is_basic])
    for _ in range(_MOST_HALVINGS):
        new = _moved(problem, state, length * direction, length * growth)
        # Without basic branches this is Newton on the convex dual, where the slope along the step is the judge.
        overshoots = float(new.misfit @ direction) > 0.9 * abs(float(state.misfit @ direction))
        if state.is_basic.any() or new.is_basic.any() or not overshoots:
            return new
        length /= 2
    return None


def _moved(problem: Problem, state: State, direction: Dual, growth: BranchVector) -> State:
    # A falling X is multiplied, a rising one added to: no step leaves the positive numbers.
    rise = np.where(growth < 0, np.minimum(growth, 0.0), np.log1p(np.maximum(growth, 0.0)))
    log_values = np.where(state.is_basic, state.log_values + rise, state.log_values)
    return _at(problem, state.nu + direction, log_values, state.steps + 1)


def _carried(here: Problem, there: Problem, state: State, steps: int) -> State:
    """The state taken along the path: basic branches keep X, the others their slack."""
    change = there.branches.log_amplitude - here.branches.log_amplitude
    log_values = np.where(state.is_basic, state.log_values, state.log_values + change)
    return _at(there, state.nu, log_values, steps)


def _longest(falls: np.ndarray, growths: np.ndarray) -> float:
    """Step length that leaves a tenth of every slack and changes no basic X by more than a factor e³."""
    length = 1.0
    if len(falls) and np.max(falls) > 0.9:
        length = 0.9 / float(np.max(falls))
    if len(growths):
        largest = float(np.max(np.abs(growths)))
        length = min(length, 3.0 / largest) if largest > 3 else length
    return length


def _at(problem: Problem, nu: Dual, log_values: BranchVector, steps: int) -> State:
    """The state at ν and log X: slacks and the other X recomputed, errors measured."""
    branches, profile = problem.branches, problem.branches.profile
    implied = problem.implied_slack(nu)
    own = profile.slack(log_values - branches.log_amplitude)
    matters = log_values > np.log(_MATTERS * problem.goal.reference)
    is_basic = ((own < _BASIC_SLACK) & matters) | (own < _LOST_SLACK) | (implied <= 0)
    slack = np.where(is_basic, own, implied)  # above 0: where ν implies none, the branch is basic
    log_values = np.where(is_basic, log_values, branches.log_amplitude + profile.log_value(slack))
    gap = np.where(is_basic, implied - own, 0.0)
    state = State(nu, log_values, slack, is_basic, np.zeros_like(nu), gap, 0.0, steps)
    misfit, error = problem.goal.misfit(_primal(problem, state))
    return replace(state, misfit=misfit, error=error)


def _primal(problem: Problem, state: State) -> Vector:
    """X = Σ ± X, by the mirror map itself where large branches would cancel."""
    summed = problem.gather(problem.branches.sign * state.values)
    if problem.exact is None:
        return summed
    is_summed = problem.gather(state.is_basic.astype(float)) > 0
    mapped = problem.exact(problem.goal.pull_back(state.nu) / problem.unit)
    return np.where(is_summed | ~np.isfinite(mapped), summed, mapped)
