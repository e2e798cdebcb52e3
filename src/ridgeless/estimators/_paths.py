"""Paths of a fit: training along time, and penalised solutions along λ, of several lanes at once.

Both go along one grid: λ_0 > λ_1 > … for the penalty, and the times t_k = 1/λ_k for training. Each point is one
proximal step (see `_proximal`). Training follows the dual flow ν′ = y − X f(Xᵀν) by backward differentiation formulas,
whose step to t_k reads λ(ν − c) = y − X f(Xᵀν) with c made of earlier points: of order 1 that is Bregman iteration.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import brentq

from ridgeless.estimators._proximal import (
    Iterate,
    Lanes,
    ProximalStep,
    ProximalTolerances,
    iterate_at,
    solve_proximal,
)
from ridgeless.estimators.mirror_maps import LinearMap, MirrorMap

# Backward differentiation of order 3 is stable where steps grow by less than 1.53, of order 2 by less than 2.41
# (Grigorieff 1983).
ORDER = 3


@dataclass(frozen=True, eq=False)
class Grid:
    """The points of a path of each lane.

    Attributes:
        strengths: λ_k, falling along the first axis, shape (points, lanes).
    """

    strengths: np.ndarray

    @property
    def times(self) -> np.ndarray:
        """t_k = 1/λ_k, in the time of ν' = y − Xw."""
        return 1 / self.strengths


def first_strength(lanes: Lanes, explained: float) -> np.ndarray:
    """λ at which the fit explains a small part of each target, to first order: shape (lanes,).

    With ν = y/λ the fit explains 2yᵀXw/‖y‖² to first order, w = f(Xᵀν). This is found by one search for each lane.
    """
    products = lanes.design.correlations(lanes.targets)
    energies = np.sum(lanes.targets**2, axis=0)
    return np.array(
        [
            strength_of_first_fit(lanes.mirror, scale * lanes.prior, products[:, lane], energies[lane], explained)
            for lane, scale in enumerate(lanes.scales)
        ]
    )


def strength_of_first_fit(
    mirror: MirrorMap, scales: np.ndarray, products: np.ndarray, energy: float, explained: float
) -> float:
    """λ at which the dual −∇L/λ lowers a loss L by a part of what it is at the start, to first order.

    Args:
        mirror: g.
        scales: κ of each feature, shape (p,).
        products: −Xᵀ∇L at the start, shape (p,).
        energy: 2L at the start.
        explained: the part.
    """
    largest = float(np.max(np.abs(products), initial=0.0))
    if largest == 0 or energy == 0:
        return 1.0
    lowest, highest = (np.nextafter(edge, 0) if np.isfinite(edge) else edge for edge in mirror.domain)
    at_rest = mirror.growth(np.zeros(1)).value[0]

    def excess(log_reach: float) -> float:
        """The part explained where the largest coordinate is exp(log_reach), less what is asked."""
        z = products * (np.exp(log_reach) / largest)
        value = mirror.growth(np.clip(z, lowest, highest)).value - at_rest
        with np.errstate(over="ignore"):
            return float(np.minimum(2 * (products @ (scales * value)) / energy, 1e300)) - explained

    high = 1e150 if isinstance(mirror, LinearMap) else min(600.0, highest)
    if excess(np.log(high)) < 0:
        return largest / high
    low = np.log(high)
    while excess(low) > 0:
        low -= 7.0
    return largest / float(np.exp(root(excess, low, np.log(high))))


def root(function: Callable[[float], float], low: float, high: float) -> float:
    """Where a continuous function that changes its sign between two numbers is 0, to the last digits."""
    return float(brentq(function, low, high))  # pyright: ignore[reportArgumentType]


def grid_of(lanes: Lanes, points: int, decades: float, explained: float = 0.02) -> Grid:
    """λ from where the fit explains little, down by `decades`, in logarithmic steps."""
    return Grid(first_strength(lanes, explained) * np.logspace(0, -decades, points)[:, None])


# One point of a path: which point, and where each lane is.
Visit = tuple[int, Iterate]
Centre = Callable[[int, list[np.ndarray]], tuple[np.ndarray, np.ndarray]]


def training_path(
    lanes: Lanes, grid: Grid, tolerances: ProximalTolerances, orders: np.ndarray | None = None
) -> Iterator[Visit]:
    """Every point of training, one after another.

    Args:
        lanes: the problems.
        grid: their times.
        tolerances: of each step.
        orders: of the differentiation formula, `ORDER` or 1 (Bregman iteration), shape (lanes,); `ORDER` for all.
    """
    is_first_order = np.zeros(len(lanes.scales), dtype=bool) if orders is None else orders == 1

    def centre(k: int, earlier: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
        used = min(ORDER, k + 1)
        times = [grid.times[j] if j >= 0 else np.zeros_like(lanes.scales) for j in range(k, k - used - 1, -1)]
        centres, strengths = backward_difference(np.array(times), earlier)
        first_centres, first_strengths = backward_difference(np.array(times[:2]), earlier)
        return (
            np.where(is_first_order, first_centres, centres),
            np.where(is_first_order, first_strengths, strengths),
        )

    yield from _walk(lanes, grid, tolerances, centre)


def penalised_path(lanes: Lanes, grid: Grid, tolerances: ProximalTolerances) -> Iterator[Visit]:
    """Every penalised solution, one after another."""
    origin = np.zeros_like(lanes.targets)

    def centre(k: int, earlier: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:  # noqa: ARG001
        return origin, grid.strengths[k]

    yield from _walk(lanes, grid, tolerances, centre)


def _walk(lanes: Lanes, grid: Grid, tolerances: ProximalTolerances, centre: Centre) -> Iterator[Visit]:
    """The points of a path. A lane that fits its target to the tolerance stays where it is."""
    at = iterate_at(lanes, np.zeros_like(lanes.targets))
    duals = [at.dual]
    sizes = np.linalg.norm(lanes.targets, axis=0)
    for k in range(len(grid.strengths)):
        going = np.linalg.norm(at.fitted - lanes.targets, axis=0) > tolerances.residual * sizes
        at = replace(at, steps=np.zeros_like(at.steps), is_solved=at.is_solved | ~going)
        if not going.any():
            yield k, at
            continue
        some, centres_strengths = lanes.part(going), centre(k, duals)
        asked = ProximalStep(centres_strengths[0], centres_strengths[1], tolerances).part(going)
        begin = _begin(some, asked, at.part(going), [dual[:, going] for dual in duals], grid, k)
        at = _merged(at, solve_proximal(some, asked, begin), going)
        duals = [*duals[-ORDER:], at.dual]
        yield k, at


def _begin(lanes: Lanes, asked: ProximalStep, at: Iterate, duals: list[np.ndarray], grid: Grid, k: int) -> Iterate:  # noqa: ARG001
    """Where Newton begins: on the line through the last two points, if that is nearer to the solution."""
    if len(duals) < 3:
        return at
    guess = 2 * duals[-1] - duals[-2]
    coordinates = lanes.design.correlations(guess)
    lowest, highest = lanes.mirror.domain
    if np.any(coordinates <= lowest) or np.any(coordinates >= highest):
        return at
    # The line may lead out of float64; what is no number is no better.
    with np.errstate(over="ignore", invalid="ignore"):
        there = iterate_at(lanes, guess)
        left = np.linalg.norm(asked.residual(lanes, there.dual, there.fitted), axis=0)
    better = left < np.linalg.norm(asked.residual(lanes, at.dual, at.fitted), axis=0)
    return _merged(at, there.part(better), better)


def _merged(all_lanes: Iterate, some: Iterate, chosen: np.ndarray) -> Iterate:
    """`all_lanes` with the chosen ones replaced."""
    if chosen.all():
        return some

    def put(whole: np.ndarray, part: np.ndarray) -> np.ndarray:
        whole = whole.copy()
        whole[..., chosen] = part
        return whole

    growth = type(all_lanes.growth)(*(put(a, b) for a, b in zip(all_lanes.growth, some.growth, strict=True)))
    return replace(
        all_lanes, dual=put(all_lanes.dual, some.dual), coordinates=put(all_lanes.coordinates, some.coordinates),
        growth=growth, fitted=put(all_lanes.fitted, some.fitted), steps=put(all_lanes.steps, some.steps),
        is_solved=put(all_lanes.is_solved, some.is_solved),
    )  # fmt: skip


def backward_difference(times: np.ndarray, earlier: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """The centre c and the strength λ with which a proximal step is one of training to the first of the times.

    Args:
        times: t_k > t_(k−1) > …, along the first axis; one column a lane.
        earlier: ν at earlier times, the latest last, each of shape (n, lanes).
    """
    weights = differentiation_weights(times)
    past = sum(weights[i] * earlier[-i] for i in range(1, len(times)))
    return -past / weights[0], weights[0]


def differentiation_weights(times: np.ndarray) -> np.ndarray:
    """Weights d_i with Σ_i d_i·ν(t_i) = ν′(t_0), exact for polynomials of degree len(times) − 1; shape of `times`.

    Args:
        times: t_0 > t_1 > …, along the first axis; one column a lane.
    """
    # Products of several times may leave float64; in units of a power of two near the first they do not.
    _, unit = np.frexp(times[0])
    times = np.ldexp(times, -unit)
    weights = np.zeros_like(times)
    for i in range(1, len(times)):
        others = [j for j in range(1, len(times)) if j != i]
        above = np.prod([times[0] - times[j] for j in others], axis=0)
        below = np.prod([times[i] - times[j] for j in [0, *others]], axis=0)
        weights[i] = above / below
        weights[0] += 1 / (times[0] - times[i])
    return np.ldexp(weights, -unit)
