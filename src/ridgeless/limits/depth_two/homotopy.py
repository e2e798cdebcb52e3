"""The limit of depth-2 networks: Newton on the dual, along a homotopy in the logarithms of the start.

x_i = P_i·exp(c z_i) − M_i·exp(−c z_i) with z = Bᵀν. From P, M matched to the minimum-norm solution, where the
problem is nearly linear, log P and log M move to their targets; the tangent of ν along the way is one more solve
with the Hessian. In these coordinates the path is almost straight, so that a scale of 1e-100 is a few stages away.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from ridgeless._core.arrays import Dual, Vector, norm
from ridgeless.limits.depth_two.exponentials import Exponentials, difference, matched
from ridgeless.limits.newton import Goal, leading_gram, regularised_solve, weighted_gram

_STAGE_TOLERANCE = 1e-3
_STAGE_STEPS = 12
_LAST_STAGE_STEPS = 50
_SMALLEST_STAGE = 1e-4
# What an exponential that is too large leaves to the last stage, and what a stage that is nearly there gets on top.
_CLOSING_STEPS = 5
_MOST_STEPS = 300
_MOST_HALVINGS = 60
# No step is longer: from the least to the largest number that float64 holds, an exponent rises by less.
_WIDEST = 1500.0
_STALLED_BUT_NEAR = 1e-9
_ROUNDING_FROM = 1e-9
_KEPT, _MORE = 2, 8
_CLOSE = 0.1
_SLOW = 0.2
# From nearby: how far off is near, in how many steps, and when x is at rest.
_NEARBY = 1e12
_NEARBY_STEPS = 30
_AT_REST = 1e-11
# A direction that solves its equation worse than this costs more steps than the whole Hessian.
_MISS, _FAR_MISS = 0.1, 0.5
# A step is made longer, by this factor, while it leaves more than this share of the slope.
_LONGER = 1.4
_LEFT = 1e-3
_LONG = 4.0
_GAIN = 0.5


@dataclass(frozen=True)
class Iterate:
    """Where Newton stands.

    Attributes:
        nu: ν.
        z: Bᵀν.
        misfit: Bx − c.
        error: its size without units.
        steps: the steps taken.
        unrest: by how much of itself x is expected to move yet: the last step, times what it left of the error.
    """

    nu: Dual
    z: Vector
    misfit: Dual
    error: float
    steps: int
    unrest: float = np.inf


def solve_exponential(
    goal: Goal, target: Exponentials, solved: tuple[Exponentials, Dual] | None = None
) -> tuple[Vector, Dual, int]:
    """x and ν with B x(Bᵀν) = c.

    Args:
        goal: B, c, units and tolerance.
        target: the mirror map.
        solved: a mirror map with the same branches and its ν, to begin from in the place of the nearly linear end.

    Returns:
        x, ν and the number of Newton steps.
    """
    start, iterate = _begin(goal, target) if solved is None else (solved[0], _at(goal, solved[0], solved[1], 0))
    share, stage = 0.0, 1.0
    if _is_same(start, target):
        share, iterate = 1.0, _newton(goal, target, iterate, goal.tol, _LAST_STAGE_STEPS)
    while share < 1 and iterate.steps < _MOST_STEPS:
        tangent = _tangent(goal, start.towards(target, share), start, target, iterate.z)
        reached = _stage(goal, (start, target), (share, iterate), tangent, min(stage, 1 - share))
        if reached is None:
            break
        is_easy = reached[1].steps - iterate.steps <= 5
        stage = (reached[0] - share) * (3.0 if is_easy else 1.0)
        share, iterate = reached
    return start.towards(target, share).primal(iterate.z), iterate.nu, iterate.steps


def solve_nearby(goal: Goal, target: Exponentials, nu: Dual) -> tuple[Vector, Dual, int, bool]:
    """The same by Newton alone, from a ν that is thought to be near; beside it whether it was near enough.

    B may be A itself: its rows are then only roughly orthonormal, and that x is at rest is checked beside the misfit.
    """
    iterate = _at(goal, target, nu, 0)
    if iterate.error <= _NEARBY:
        iterate = _newton(goal, target, iterate, goal.tol, _NEARBY_STEPS)
    reached = iterate.error <= goal.tol and iterate.unrest <= _AT_REST
    return target.primal(iterate.z), iterate.nu, iterate.steps, reached


def _begin(goal: Goal, target: Exponentials) -> tuple[Exponentials, Iterate]:
    """The nearly linear end of the homotopy, solved roughly."""
    start = matched(target, np.log(goal.reference))
    origin = _at(goal, start, np.zeros(len(goal.right)), 0)
    if _is_same(start, target):
        return start, origin
    return start, _newton(goal, start, origin, _STAGE_TOLERANCE, _LAST_STAGE_STEPS)


def _stage(
    goal: Goal,
    path: tuple[Exponentials, Exponentials],
    origin: tuple[float, Iterate],
    tangent: Dual,
    stage: float,
) -> tuple[float, Iterate] | None:
    """One stage of the homotopy, shortened until Newton converges; None where even the shortest does not."""
    share, iterate = origin
    steps = iterate.steps + 1
    while stage >= _SMALLEST_STAGE:
        is_last = share + stage >= 1 - 1e-12
        there = 1.0 if is_last else share + stage
        family = path[0].towards(path[1], there)
        allowed, wanted = (_LAST_STAGE_STEPS, goal.tol) if is_last else (_STAGE_STEPS, _STAGE_TOLERANCE)
        begin = _at(goal, family, iterate.nu + (there - share) * tangent, steps)
        # Where an exponential is too large, each step takes a factor e off it: a stage that takes more is too long.
        if begin.error > np.exp(allowed - _CLOSING_STEPS):
            stage *= 0.4
            continue
        reached = _newton(goal, family, begin, wanted, allowed)
        # The last stage may stall above tol for want of digits: near enough that no shorter stage helps.
        if reached.error <= wanted or (is_last and reached.error <= _STALLED_BUT_NEAR):
            return there, reached
        stage, steps = 0.4 * stage, reached.steps
    return None


def _newton(goal: Goal, family: Exponentials, iterate: Iterate, tol: float, allowed: int) -> Iterate:
    """Damped Newton on the convex dual of one member of the family."""
    kept, size = _columns(goal), goal.rows.shape[1]
    is_gaining = True
    end = iterate.steps + allowed
    while iterate.error > tol and iterate.steps < (end if iterate.error > _ROUNDING_FROM else end + _CLOSING_STEPS):
        weights = family.curvature(iterate.z)
        if not np.isfinite(weights).all():
            break
        direction = -regularised_solve(leading_gram(goal.rows, weights, kept), iterate.misfit)
        if not np.isfinite(direction).all():
            break
        change = goal.pull_back(direction)
        length = _step_length(goal, family, iterate, direction, change, is_gaining)
        if length == 0:
            break
        nu, z = iterate.nu + length * direction, iterate.z + length * change
        misfit, error = goal.misfit(family.primal(z))
        unrest = _relative(length * weights * change, family.primal(iterate.z)) * error / iterate.error
        new = Iterate(nu, z, misfit, error, iterate.steps + 1, unrest)
        is_close = iterate.error < _CLOSE
        is_slow = is_close and length == 1 and error > _SLOW * iterate.error
        if is_slow and kept == size and iterate.error < _ROUNDING_FROM and error >= iterate.error:
            return new  # rounding: a full Newton step that gains nothing
        is_odd = is_slow or length < 1 or length > _LONG
        worst = _MISS if is_close else _FAR_MISS
        if is_odd and kept < size and _missed(goal, weights, change, iterate.misfit) > worst:
            kept = min(_MORE * kept, size)  # so cheap a Hessian does not pay here
        # A long step throws what wanted a whole one to the other side, as far off as before: the next is no longer.
        is_gaining = error < _GAIN * iterate.error
        iterate = new
    return iterate


def _step_length(
    goal: Goal, family: Exponentials, iterate: Iterate, direction: Dual, change: Vector, may_be_long: bool
) -> float:
    """A length that stays on the near side of the minimum along the step, or close by; 0 where none is found.

    Of 1, ½, ¼ … the longest; and where that is 1, a longer one while most of the way is left: an exponential that is
    far too large falls by a factor e with a whole step, and by all that is needed with a long one. The judge is the
    slope along the step: it keeps its digits where the objective has lost them, and costs no product with B.
    """
    pull, begin = float(goal.right @ direction), float(iterate.misfit @ direction)

    def slope(length: float) -> float:
        with np.errstate(over="ignore", invalid="ignore"):
            return float(family.primal(iterate.z + length * change) @ change) - pull

    longest = family.rate * float(np.abs(change).max())
    length = 1.0 if longest <= _WIDEST else 2.0 ** np.floor(np.log2(_WIDEST / longest))
    for _ in range(_MOST_HALVINGS):
        here = slope(length)
        if np.isfinite(here) and here <= 0.9 * abs(begin):
            return _lengthened(slope, here, begin) if length == 1 and may_be_long else length
        length /= 2
    return 0.0


def _lengthened(slope: Callable[[float], float], here: float, begin: float) -> float:
    """A length from 1 on at which little of the slope `begin` is left, on the near side of the minimum."""
    length = 1.0
    while here < _LEFT * begin:
        there = slope(_LONGER * length)
        if not here < there <= 0:
            break
        length, here = _LONGER * length, there
    return length


def _missed(goal: Goal, weights: Vector, change: Vector, misfit: Dual) -> float:
    """By how much B·diag(weights)·change misses −misfit, for its size: how bad the cheap Hessian was."""
    size = norm(misfit)
    return norm(goal.apply(weights * change) + misfit) / size if size > 0 else 0.0


def _relative(change: Vector, x: Vector) -> float:
    size = norm(x)
    return norm(change) / size if size > 0 else np.inf


def _at(goal: Goal, family: Exponentials, nu: Dual, steps: int) -> Iterate:
    z = goal.pull_back(nu)
    return Iterate(nu, z, *goal.misfit(family.primal(z)), steps)


def _tangent(goal: Goal, here: Exponentials, start: Exponentials, target: Exponentials, z: Vector) -> Dual:
    """dν/dτ along the homotopy: Bx(z; τ) = c, differentiated."""
    ends = replace(here, growing=here.growing + difference(start.growing, target.growing))
    ends = replace(ends, shrinking=here.shrinking + difference(start.shrinking, target.shrinking))
    moved, weights = goal.apply(here.drift(z, ends)), here.curvature(z)
    tangent = -regularised_solve(leading_gram(goal.rows, weights, _columns(goal)), moved)
    if not _missed(goal, weights, goal.pull_back(tangent), moved) <= _MISS:
        # Weights as large as the leading ones were left out, as where many minimisers of the ℓ1 norm share a face.
        tangent = -regularised_solve(weighted_gram(goal.rows, weights), moved)
    return np.where(np.isfinite(tangent), tangent, 0.0)


def _columns(goal: Goal) -> int:
    """How many of the largest weights the cheap Hessian looks at; all, where leaving some out saves little."""
    rank, size = goal.rows.shape
    return _KEPT * rank if size > 2 * _KEPT * rank else size


def _is_same(first: Exponentials, second: Exponentials) -> bool:
    return bool(np.array_equal(first.growing, second.growing) and np.array_equal(first.shrinking, second.shrinking))
