"""The loss along gradient flow: the time spent near the origin, and the plateaus that training passes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from jaxtyping import Float, Inexact
from scipy.integrate import solve_ivp

from ridgeless._core.arrays import Vector, norm
from ridgeless.networks import Theta
from ridgeless.papers import _sweeps
from ridgeless.papers._derivatives import flat, layers_of, product, pulled, splitter
from ridgeless.papers._experiments import Instance, instances
from ridgeless.papers.base import PaperProgress, Points
from ridgeless.systems import LinearSystem

DEPTHS = (1, 2, 3)
SCALES = np.geomspace(1e-3, 1.0, 7)
# Starts this small grow as if the misfit were b all the time, until they have left.
LEAVING = SCALES[SCALES < 0.2]
# A start has left the origin when this part of the loss is gone.
GONE = 0.1
# A plateau ends where the loss falls ten times as fast as on it.
_STEEPER = 10.0
_NEAR = 0.05
# How far the starts that are headed for the saddle are from ones that stay there.
DISTANCE = 1e-3
_ARRIVED = 1e-3
_ACCURATE = 1e-6
_FOREVER = 1e15

Weights = Inexact[np.ndarray, " p"]
OverLeaving = Float[np.ndarray, " leaving"]
OverScales = Float[np.ndarray, " scales"]


@dataclass(frozen=True)
class Descent:
    """The loss along gradient flow, at the steps of the integrator.

    Attributes:
        at: (k,) times.
        loss: (k,) L in units of ½‖b‖², the loss at the origin.
        rate: (k,) −L'/L, exact at every point.
        left: when a tenth of ½‖b‖² was gone; NaN where it never was.
    """

    at: Points
    loss: Points
    rate: Points
    left: float

    @property
    def plateaus(self) -> list[float]:
        """The height of every plateau: the loss where it falls most slowly before it falls ten times as fast.

        Where two rises of the rate are to count as two plateaus, the rate must fall to a tenth between them.
        """
        heights, lowest, highest = [], 0, -1
        for index, rate in enumerate(self.rate):
            if highest < 0:
                lowest = index if rate < self.rate[lowest] else lowest
                if rate >= _STEEPER * self.rate[lowest]:
                    heights.append(float(self.loss[lowest]))
                    highest = index
            else:
                highest = index if rate > self.rate[highest] else highest
                if rate <= self.rate[highest] / _STEEPER:
                    lowest, highest = index, -1
        return heights


@dataclass(frozen=True)
class PlateauRuns:
    """Times and plateaus from Gaussian starts at one depth.

    Attributes:
        hidden: h.
        left: (seeds, leaving scales) ‖Aᵀb‖ times the time at which the origin is left.
        law: (seeds, leaving scales) the same, predicted from the start.
        saddles: (seeds, scales) plateaus at the height of the origin.
        others: (seeds, scales) plateaus elsewhere, where some directions are learnt much later than others.
        heights: (seeds,) that of the first plateau, from the smallest scale; NaN where there is none.
        opposed: (seeds,) that of the first plateau of a start that is headed for the saddle.
    """

    hidden: int
    left: Float[np.ndarray, "seeds leaving"]
    law: Float[np.ndarray, "seeds leaving"]
    saddles: Float[np.ndarray, "seeds scales"]
    others: Float[np.ndarray, "seeds scales"]
    heights: Float[np.ndarray, " seeds"]
    opposed: Float[np.ndarray, " seeds"]


def run(seeds: int, progress: PaperProgress, depths: tuple[int, ...] = DEPTHS) -> list[PlateauRuns]:
    """Follow the loss from every scale at every depth; a seed draws the same directions at every scale."""
    return [
        PlateauRuns(hidden, *_sweeps.over_seeds(partial(_measured, hidden), instances(10, seeds)))
        for hidden in _sweeps.announced(progress, "Optimization: plateaus, h = {}", depths)
    ]


def _measured(hidden: int, one: Instance) -> tuple[OverLeaving, OverLeaving, OverScales, OverScales, float, float]:
    """The fields of `PlateauRuns` for one seed."""
    ways = [descent(one.system, one.gaussian(hidden, scale)) for scale in SCALES]
    pull = norm(one.system.rmatvec(one.system.b))
    predicted = leaving_times(one.system, one.gaussian(hidden, 1.0), LEAVING)
    saddles = np.array([sum(is_saddle(height) for height in way.plateaus) for way in ways], dtype=float)
    every = np.array([len(way.plateaus) for way in ways], dtype=float)
    turned = whitened(one)
    return (
        pull * np.array([way.left for way in ways[: len(LEAVING)]]),
        pull * predicted,
        saddles,
        every - saddles,
        _first(ways[0].plateaus),
        _first(descent(turned.system, opposed(turned, hidden, DISTANCE)).plateaus),
    )


def is_saddle(height: float) -> bool:
    """Whether a plateau lies at the height of the origin, where all saddles do."""
    return abs(height - 1) < _NEAR


def opposed(one: Instance, hidden: int, distance: float) -> Theta:
    """A balanced chain with x₀ = −A⁺b/‖A⁺b‖, and Gaussian weights of this scale on top.

    Where AAᵀ = I, gradient flow from distance 0 shrinks x₀ to the saddle at the origin and stays there; from nearby
    it comes close to the saddle before it turns to a solution.
    """
    rng = one.rng
    shortest = one.system.min_norm()
    directions = [vector / norm(vector) for vector in rng.standard_normal((hidden, one.system.shape[1]))]
    lefts = [-shortest / norm(shortest), *directions[:-1]]
    nearby = one.gaussian(hidden, distance)
    chain = [np.outer(left, right) for left, right in zip(lefts, directions, strict=True)]
    return {
        "W": [link + matrix for link, matrix in zip(chain, nearby["W"], strict=True)],
        "w": nearby["w"] + directions[-1],
    }


def whitened(one: Instance) -> Instance:
    """The same solutions from equations with AAᵀ = I."""
    basis = np.linalg.svd(one.system.rows(), full_matrices=False)[2]
    return Instance(LinearSystem(basis, basis @ one.system.min_norm()), one.seed)


def descent(system: LinearSystem, theta0: Theta) -> Descent:
    """Gradient flow of ½‖A W_1 … W_h w − b‖², by SciPy's DOP853, to a residual of 1e-3."""
    layers0, rows, unit = layers_of(theta0), system.rows(), norm(system.b) ** 2 / 2
    split = splitter(layers0)

    def misfit(weights: Weights) -> Vector:
        return rows @ product(split(weights)) - system.b

    def gradient(weights: Weights) -> Weights:
        layers = split(weights)
        return flat(pulled(layers, (rows @ product(layers) - system.b) @ rows))

    has_left = _crossing(lambda weights: (1 - GONE) * unit - norm(misfit(weights)) ** 2 / 2)
    has_arrived = _crossing(lambda weights: _ARRIVED * norm(system.b) - norm(misfit(weights)))
    found = _flow(lambda weights: -gradient(weights), flat(layers0), [has_left, has_arrived])
    losses = np.array([norm(misfit(weights)) ** 2 / 2 for weights in found.y.T])
    slopes = np.array([norm(gradient(weights)) ** 2 for weights in found.y.T])
    return Descent(found.t, losses / unit, slopes / losses, _first(found.t_events[0]))


def leaving_times(system: LinearSystem, theta0: Theta, scales: Points) -> Points:
    """The times at which α·θ₀ leaves the origin, for small α, from the start alone: α^(1−h)·τ(α).

    Near the origin b − Ax is b, and gradient flow that of −⟨Aᵀb, x(θ)⟩, homogeneous of degree h + 1 in θ: one
    trajectory, from θ₀, serves every scale. τ is the time at which it has ⟨Aᵀb, x⟩ = 0.1·½‖b‖²·α^(−h−1). For h = 1 it
    grows as log(1/α); for h ≥ 2 it tends to the time at which the trajectory leaves every bound.
    """
    layers0, pull = layers_of(theta0), system.rmatvec(system.b)
    split, hidden = splitter(layers0), len(layers0) - 1
    levels = GONE * norm(system.b) ** 2 / 2 / scales ** (hidden + 1)

    def reaches(level: float) -> Callable[[float, Weights], float]:
        return _crossing(lambda weights: float(pull @ product(split(weights))) / level - 1)

    # The smallest scale has the highest level, which ends the integration.
    events = [reaches(level) for level in np.sort(levels)]
    found = _flow(lambda weights: flat(pulled(split(weights), pull)), flat(layers0), events)
    times = np.array([_first(times) for times in found.t_events])
    return times[np.argsort(np.argsort(levels))] * scales ** (1.0 - hidden)


def _flow(velocity: Callable[[Weights], Weights], start: Weights, events: list[Any]) -> Any:
    """The trajectory up to the last of the events."""
    events[-1].terminal = True
    absolute = _ACCURATE * norm(start) / np.sqrt(len(start))
    # The step out of a plateau is tried too long at first, and refused.
    with np.errstate(over="ignore", invalid="ignore"):
        return solve_ivp(
            lambda _, weights: velocity(weights),
            (0.0, _FOREVER),
            start,
            "DOP853",
            events=events,
            rtol=_ACCURATE,
            atol=absolute,
        )


def _crossing(function: Callable[[Weights], float]) -> Callable[[float, Weights], float]:
    """An event where the function rises through 0."""

    def event(_: float, weights: Weights) -> float:
        return function(weights)

    event.direction = 1.0  # type: ignore[attr-defined]
    return event


def _first(values: Any) -> float:
    return float(values[0]) if len(values) else float("nan")
