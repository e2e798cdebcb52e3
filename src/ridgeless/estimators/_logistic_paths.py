"""Paths of a classifier: training along time, and penalised solutions along λ, of several lanes at once.

They are those of `_paths` with the logistic loss. Training follows ν′ = −∇L(X f(Xᵀν) + β), 1ᵀν = 0, by the same
backward differentiation formulas; the intercept is at every moment the best for the coefficients.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from ridgeless.estimators._logistic import (
    ON_THE_WAY,
    LogisticLanes,
    LogisticPoint,
    point_at,
    residual,
    solve_logistic,
    start_of,
)
from ridgeless.estimators._paths import ORDER, Grid, differentiation_weights, strength_of_first_fit
from ridgeless.estimators._proximal import ProximalStep

# The part of the last point's way to a pole that a centre has to leave.
_LEAST_ROOM = 0.5

# One point of a path: which point, and where each lane is.
Visit = tuple[int, LogisticPoint]
Centre = Callable[[int, list[LogisticPoint]], tuple[np.ndarray, np.ndarray]]


def first_strengths(lanes: LogisticLanes, explained: float) -> np.ndarray:
    """λ at which the fit explains a small part of the null deviance, to first order: shape (lanes,)."""
    products = lanes.design.correlations(lanes.null_pulls())
    losses = lanes.null_losses()
    return np.array(
        [
            strength_of_first_fit(lanes.mirror, scale * lanes.prior, products[:, lane], 2 * losses[lane], explained)
            for lane, scale in enumerate(lanes.scales)
        ]
    )


def grid_of(lanes: LogisticLanes, points: int, decades: float, explained: float = 0.02) -> Grid:
    """λ from where the fit explains little, down by `decades`, in logarithmic steps."""
    return Grid(first_strengths(lanes, explained) * np.logspace(0, -decades, points)[:, None])


def training_path(lanes: LogisticLanes, grid: Grid, least_left: float) -> Iterator[Visit]:
    """Every point of training, one after another.

    Args:
        lanes: the problems.
        grid: the times.
        least_left: part of the null deviance below which a lane stays where it is.

    The order of the backward differentiation formula is the highest that is stable for the ratio of the times. A lane
    takes a lower one for a step whose centre would lie beyond a pole of g, or much nearer to it than the last point:
    where classes can be separated, P has no minimum for the first, and one that is far ahead for the second. The centre
    of order 1 is the last point.
    """
    order = _stable_order(grid)

    def centre(k: int, past: list[LogisticPoint]) -> tuple[np.ndarray, np.ndarray]:
        used = min(order, k + 1)
        centres, strengths, is_inside = _backward(lanes, grid, k, used, past)
        while used > 1 and not is_inside.all():
            used -= 1
            lower, strength, is_lower_inside = _backward(lanes, grid, k, used, past)
            centres, strengths = np.where(is_inside, centres, lower), np.where(is_inside, strengths, strength)
            is_inside |= is_lower_inside
        return centres, strengths

    yield from _walk(lanes, grid, least_left, centre)


def _stable_order(grid: Grid) -> int:
    """3 where steps grow by less than 1.53, 2 by less than 2.41, and else 1 (Grigorieff 1983)."""
    ratio = float(np.max(grid.strengths[:-1] / grid.strengths[1:], initial=1.0))
    return ORDER if ratio < 1.53 else 2 if ratio < 2.41 else 1


def _backward(
    lanes: LogisticLanes, grid: Grid, k: int, order: int, past: list[LogisticPoint]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The centre and the strength of a step of training to point k, and whether it is well between the poles."""
    times = np.zeros((order + 1, len(lanes.scales)))
    for i in range(min(order, k) + 1):
        times[i] = 1 / grid.strengths[k - i]
    weights = differentiation_weights(times)
    shares = -weights[1:] / weights[0]
    centres = sum(share * point.dual for share, point in zip(shares, reversed(past), strict=False))
    lowest, highest = lanes.mirror.domain
    is_inside = np.ones(len(lanes.scales), dtype=bool)
    if np.isfinite(highest):
        coordinates = sum(share * point.coordinates for share, point in zip(shares, reversed(past), strict=False))
        last = past[-1].coordinates
        is_inside = np.all(highest - coordinates > _LEAST_ROOM * (highest - last), axis=0)
        if np.isfinite(lowest):
            is_inside &= np.all(coordinates - lowest > _LEAST_ROOM * (last - lowest), axis=0)
    return np.asarray(centres), weights[0], is_inside


def penalised_path(lanes: LogisticLanes, grid: Grid, least_left: float) -> Iterator[Visit]:
    """Every penalised solution, one after another; arguments as of `training_path`."""
    origin = np.zeros_like(lanes.signs)

    def centre(k: int, past: list[LogisticPoint]) -> tuple[np.ndarray, np.ndarray]:  # noqa: ARG001
        return origin, grid.strengths[k]

    yield from _walk(lanes, grid, least_left, centre)


def _walk(lanes: LogisticLanes, grid: Grid, least_left: float, centre: Centre) -> Iterator[Visit]:
    """The points of a path. Where classes can be separated it has no end: a lane that fits them well stays there."""
    at = start_of(lanes)
    past = [at]
    least = least_left * lanes.null_losses()
    for k in range(len(grid.strengths)):
        going = at.loss > least
        if not going.any():
            yield k, at
            continue
        centres, strengths = centre(k, past)
        asked = ProximalStep(centres, strengths, ON_THE_WAY).part(going)
        some = lanes.part(going)
        begin = _begin(some, asked, [point.part(going) for point in past[-2:]], is_first=k < 2)
        at = at.merged(solve_logistic(some, asked, begin), going)
        past = [*past[-ORDER:], at]
        yield k, at


def _begin(lanes: LogisticLanes, asked: ProximalStep, past: list[LogisticPoint], *, is_first: bool) -> LogisticPoint:
    """Where Newton begins: on the line through the last two points, if that is nearer to the solution."""
    at = past[-1]
    if is_first:
        return at
    before = past[-2]
    coordinates = 2 * at.coordinates - before.coordinates
    lowest, highest = lanes.mirror.domain
    if np.any(coordinates <= lowest) or np.any(coordinates >= highest):
        return at
    # The line may lead out of float64; what is no number is no better.
    with np.errstate(over="ignore", invalid="ignore"):
        there = point_at(lanes, 2 * at.dual - before.dual, 2 * at.intercept - before.intercept)
        better = np.sum(residual(asked, there) ** 2, axis=0) < np.sum(residual(asked, at) ** 2, axis=0)
    return at.merged(there.part(better), better)
