"""Newton's method on the dual equations in many digits: from any start to a ν that can be proved."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum

import flint
import numpy as np

from ridgeless._core.balls import Ball, BallMap
from ridgeless.certificates._ball_equations import (
    BallEquations,
    Place,
    approximate_solution,
    column,
    inner,
    place_at,
    weighted_gram,
)

# A full step is taken unseen where no slope changes by more than this factor: Newton converges from there.
_TRUSTED_CHANGE = 2.0
_MOST_HALVINGS = 80
_BELIEVED_CHANGE = 3.0
# A decrement that stays within 1 % for so many steps goes in circles around a ν that rounding cannot tell.
_STUCK_WITHIN = 100
_STUCK_STEPS = 4
# What a line search leaves of the slope along its line.
_FLAT = 0.1
# How well stepᵀH step and −stepᵀF must agree for the elimination to be believed.
_SOLVED_TO = 1e-3


class End(Enum):
    """Why a walk ended."""

    MET = "what was asked for is met"
    ROUNDING = "rounding at this precision hides the way"
    BUDGET = "the budget of steps is spent"


@dataclass(frozen=True, eq=False)
class Walk:
    """Where Newton's method got to.

    Attributes:
        at: the last place.
        steps: how many were taken.
        end: why it ended.
        is_close: whether the last step changed no slope by more than a factor of two.
    """

    at: Place
    steps: int
    end: End
    is_close: bool


def newton(
    equations: BallEquations,
    maps: Sequence[BallMap],
    start: Place,
    is_met: Callable[[Place, Ball, float], bool],
    most_steps: int,
) -> Walk:
    """Newton steps with a line search on the convex dual objective, until `is_met(place, decrement², change)`.

    The decrement and the change of the slopes are those of the step that led to the place.
    """
    at, last, before, stuck, is_close = start, None, None, 0, False
    for steps in range(most_steps):
        if all(value.mid() == 0 for value in at.misfit.entries()) and is_met(at, flint.arb(0), 0.0):
            return Walk(at, steps, End.MET, True)
        step = approximate_solution(weighted_gram(equations, at.slopes), at.misfit)
        if step is None:
            return Walk(at, steps, End.ROUNDING, is_close)
        step = -step
        decrement = -inner(step, at.misfit).mid()
        if not _agree(decrement, _curvature(equations, at, step)):
            return Walk(at, steps, End.ROUNDING, is_close)
        found = _full_or_searched(equations, maps, at, step)
        if found is None:
            return Walk(at, steps, End.ROUNDING, is_close)
        at, change = found
        is_close = bool(change < np.log(_TRUSTED_CHANGE))
        if is_met(at, decrement, change):
            return Walk(at, steps + 1, End.MET, is_close)
        if is_close and last is not None and decrement > last / 4:
            return Walk(at, steps + 1, End.ROUNDING, is_close)
        last = decrement if is_close else None
        stuck = stuck + 1 if before is not None and abs(decrement - before) < before / _STUCK_WITHIN else 0
        if stuck >= _STUCK_STEPS:
            return Walk(at, steps + 1, End.ROUNDING, False)
        before = decrement
    return Walk(at, most_steps, End.BUDGET, is_close)


def _curvature(equations: BallEquations, at: Place, step: flint.arb_mat) -> Ball:
    """StepᵀH step, which is the decrement where the step is Newton's."""
    total = flint.arb(0)
    for slope, way in zip(at.slopes, (equations.columns * step).entries(), strict=True):
        total += slope * way * way
    return total.mid()


def _agree(decrement: Ball, curvature: Ball) -> bool:
    return bool(decrement > 0 and abs(decrement - curvature) <= decrement * _SOLVED_TO)


def from_entries(
    equations: BallEquations, maps: Sequence[BallMap], entries: Sequence[Ball], safe: Place
) -> Place | None:
    """A place where the x_i are roughly those that are given: one Newton step on the side of x.

    Each f_i is linearised where it has the x_i that is given, and ν follows from A x = b. It needs no ν to start from,
    and finds slacks from the x that has them: at three layers and more, x says far more about the distance of z from
    its end than a ν in float64 can. Where that leaves the domain, or bends f too much for a straight line, it is only
    a direction to search along.

    Args:
        equations: A and b.
        maps: f.
        entries: (m,) without radius.
        safe: a place inside the domain, where the search begins.

    Returns:
        None where this precision does not tell the z of some entry from the end of its interval.
    """
    places = [each.place(entry) for each, entry in zip(maps, entries, strict=True)]
    pairs = [each.at(place) for each, place in zip(maps, places, strict=True)]
    if not all(entry.is_finite() and slope.is_finite() and slope > 0 for entry, slope in pairs):
        return None
    slopes = [slope for _, slope in pairs]
    pulled = [slope * place - entry for place, (entry, slope) in zip(places, pairs, strict=True)]
    target = equations.right() + equations.rows * column(pulled)
    nu = approximate_solution(weighted_gram(equations, slopes), target)
    if nu is None:
        return safe
    found = place_at(equations, maps, nu)
    if found is not None and _change(slopes, found.slopes) < _BELIEVED_CHANGE:
        return found
    step = (nu - safe.nu).mid()
    length = _search(equations, maps, safe, step)
    found = None if length is None else place_at(equations, maps, (safe.nu + step * length).mid())
    return safe if found is None else found


def _full_or_searched(
    equations: BallEquations, maps: Sequence[BallMap], at: Place, step: flint.arb_mat
) -> tuple[Place, float] | None:
    full = place_at(equations, maps, (at.nu + step).mid())
    if full is not None:
        change = _change(at.slopes, full.slopes)
        if change < np.log(_TRUSTED_CHANGE):
            return full, change
    length = _search(equations, maps, at, step)
    if length is None:
        return None
    found = place_at(equations, maps, (at.nu + step * length).mid())
    return None if found is None else (found, _change(at.slopes, found.slopes))


def _search(equations: BallEquations, maps: Sequence[BallMap], at: Place, step: flint.arb_mat) -> Ball | None:
    """A length of step at which the objective along it is nearly flat; None where rounding hides it."""
    along = [value.mid() for value in (equations.columns * step).entries()]
    fixed = inner(step, equations.right()).mid()

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
            return length
        if slope is None or slope > 0:
            high = length
        else:
            low = length
        length = 2 * low if high is None else ((low + high) / 2).mid()
    return low if low > 0 else None


def _change(before: Sequence[Ball], after: Sequence[Ball]) -> float:
    """Largest |log(after/before)|."""
    worst = 0.0
    for one, two in zip(before, after, strict=True):
        ratio = float((two / one).mid())
        worst = max(worst, abs(np.log(ratio)) if 0 < ratio < np.inf else np.inf)
    return float(worst)
