"""Damped Newton's method on the dual equations A f(Aᵀν) = b in multiprecision arithmetic."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum

import flint
import numpy as np

from ridgeless._core.balls import Ball, BallMap
from ridgeless.certificates._ball_equations import (
    BallEquations,
    BallPoint,
    approximate_solution,
    ball_point,
    column,
    inner,
    weighted_gram,
)

# A full step is accepted without line search where no slope changes by more than this factor.
_TRUSTED_CHANGE = 2.0
_MOST_HALVINGS = 80
_BELIEVED_CHANGE = 3.0
# Newton's method has stalled at the rounding level where its decrement stays within 1 % for so many steps.
_STUCK_WITHIN = 100
_STUCK_STEPS = 4
# The line search stops where the directional derivative is below this part of its first value.
_FLAT = 0.1
# Relative difference of stepᵀH step and −stepᵀF above which the computed step is too inaccurate.
_SOLVED_TO = 1e-3


class NewtonEnd(Enum):
    """Why Newton's method stopped."""

    MET = "the stopping condition is met"
    ROUNDING = "rounding at this precision prevents further progress"
    BUDGET = "the number of steps is exhausted"


@dataclass(frozen=True, eq=False)
class NewtonRun:
    """The result of Newton's method.

    Attributes:
        at: the last dual point.
        steps: how many steps were taken.
        end: why it stopped.
        is_close: whether the last step changed no slope by more than a factor of two.
    """

    at: BallPoint
    steps: int
    end: NewtonEnd
    is_close: bool


def newton(
    equations: BallEquations,
    maps: Sequence[BallMap],
    start: BallPoint,
    is_met: Callable[[BallPoint, Ball, float], bool],
    most_steps: int,
) -> NewtonRun:
    """Newton steps with a line search on the convex dual objective, until `is_met(point, decrement², change)`.

    The decrement and the change of the slopes are those of the step that led to the point.
    """
    at, last, before, stuck, is_close = start, None, None, 0, False
    for steps in range(most_steps):
        if all(value.mid() == 0 for value in at.misfit.entries()) and is_met(at, flint.arb(0), 0.0):
            return NewtonRun(at, steps, NewtonEnd.MET, True)
        step = approximate_solution(weighted_gram(equations, at.slopes), at.misfit)
        if step is None:
            return NewtonRun(at, steps, NewtonEnd.ROUNDING, is_close)
        step = -step
        decrement = -inner(step, at.misfit).mid()
        if not _agree(decrement, _curvature(equations, at, step)):
            return NewtonRun(at, steps, NewtonEnd.ROUNDING, is_close)
        found = _full_or_searched(equations, maps, at, step)
        if found is None:
            return NewtonRun(at, steps, NewtonEnd.ROUNDING, is_close)
        at, change = found
        is_close = bool(change < np.log(_TRUSTED_CHANGE))
        if is_met(at, decrement, change):
            return NewtonRun(at, steps + 1, NewtonEnd.MET, is_close)
        if is_close and last is not None and decrement > last / 4:
            return NewtonRun(at, steps + 1, NewtonEnd.ROUNDING, is_close)
        last = decrement if is_close else None
        stuck = stuck + 1 if before is not None and abs(decrement - before) < before / _STUCK_WITHIN else 0
        if stuck >= _STUCK_STEPS:
            return NewtonRun(at, steps + 1, NewtonEnd.ROUNDING, False)
        before = decrement
    return NewtonRun(at, most_steps, NewtonEnd.BUDGET, is_close)


def _curvature(equations: BallEquations, at: BallPoint, step: flint.arb_mat) -> Ball:
    """stepᵀH step, which equals the squared decrement for Newton's step."""
    total = flint.arb(0)
    for slope, way in zip(at.slopes, (equations.columns * step).entries(), strict=True):
        total += slope * way * way
    return total.mid()


def _agree(decrement: Ball, curvature: Ball) -> bool:
    return bool(decrement > 0 and abs(decrement - curvature) <= decrement * _SOLVED_TO)


def from_entries(
    equations: BallEquations, maps: Sequence[BallMap], entries: Sequence[Ball], safe: BallPoint
) -> BallPoint | None:
    """A dual point with approximately the given entries of x: one Newton step in terms of x.

    Each f_i is linearised at the given x_i, and ν follows from A x = b. No initial ν is needed: with three or more
    layers, x determines the distance of z from the end of its interval far better than a ν in float64 does. Where the
    result leaves the domain, or f is too far from linear, it only gives a direction for a line search.

    Args:
        equations: A and b.
        maps: f.
        entries: (m,) x, as balls of radius 0.
        safe: a dual point inside the domain, where the line search begins.

    Returns:
        None where this precision does not separate the z of some entry from the end of its interval.
    """
    points = [each.approximate_inverse(entry) for each, entry in zip(maps, entries, strict=True)]
    pairs = [each.at(point) for each, point in zip(maps, points, strict=True)]
    if not all(entry.is_finite() and slope.is_finite() and slope > 0 for entry, slope in pairs):
        return None
    slopes = [slope for _, slope in pairs]
    pulled = [slope * point - entry for point, (entry, slope) in zip(points, pairs, strict=True)]
    target = equations.rhs() + equations.rows * column(pulled)
    nu = approximate_solution(weighted_gram(equations, slopes), target)
    if nu is None:
        return safe
    found = ball_point(equations, maps, nu)
    if found is not None and _change(slopes, found.slopes) < _BELIEVED_CHANGE:
        return found
    step = (nu - safe.nu).mid()
    found = _line_searched(equations, maps, safe, step)
    return safe if found is None else found


def _full_or_searched(
    equations: BallEquations, maps: Sequence[BallMap], at: BallPoint, step: flint.arb_mat
) -> tuple[BallPoint, float] | None:
    full = ball_point(equations, maps, (at.nu + step).mid())
    if full is not None:
        change = _change(at.slopes, full.slopes)
        if change < np.log(_TRUSTED_CHANGE):
            return full, change
    found = _line_searched(equations, maps, at, step)
    return None if found is None else (found, _change(at.slopes, found.slopes))


def _line_searched(
    equations: BallEquations, maps: Sequence[BallMap], at: BallPoint, step: flint.arb_mat
) -> BallPoint | None:
    """The point along a step where the directional derivative is nearly 0; None where rounding prevents finding it."""
    along = [value.mid() for value in (equations.columns * step).entries()]
    fixed = inner(step, equations.rhs()).mid()

    def rise(length: Ball) -> Ball | None:
        total = -fixed
        for each, point, way in zip(maps, at.z, along, strict=True):
            entry = each.at(point + length * way)[0]
            if not entry.is_finite():
                return None
            total += way * entry
        return total.mid()

    first = rise(flint.arb(0))
    if first is None or not first < 0:
        return None
    flat = -first * _FLAT
    low, high, length = flint.arb(0), None, flint.arb(1)
    for _ in range(_MOST_HALVINGS):
        slope = rise(length)
        if slope is not None and abs(slope) <= flat:
            break
        if slope is None or slope > 0:
            high = length
        else:
            low = length
        length = 2 * low if high is None else ((low + high) / 2).mid()
    else:
        length = low
    return ball_point(equations, maps, (at.nu + step * length).mid()) if length > 0 else None


def _change(before: Sequence[Ball], after: Sequence[Ball]) -> float:
    """The largest |log(after/before)|."""
    worst = 0.0
    for one, two in zip(before, after, strict=True):
        ratio = float((two / one).mid())
        worst = max(worst, abs(np.log(ratio)) if 0 < ratio < np.inf else np.inf)
    return float(worst)
