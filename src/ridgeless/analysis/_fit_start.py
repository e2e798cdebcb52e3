"""The start whose ∇Φ is nearest to a given gradient, in least squares."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from ridgeless._core.arrays import Vector
from ridgeless.errors import InvalidInputError, NoExactDesign
from ridgeless.networks import Network, Theta
from ridgeless.potentials import DeepHypentropy, Hypentropy, SeparablePotential

# The range of x is seen from 1e-3 of its end on: at 0 itself a penalty may have a kink.
_NEAREST = 1e-3
_POINTS = 48
_KNEES = np.geomspace(1e-60, 1e3, 500)
_FACTORS = 400
_DAMPING = 1e-3
_DIFFERENCE = 1e-5
_MOST_STEPS = 200
_SETTLED = 1e-12
_DEEPEST = 4

Sampled = Float[np.ndarray, "m t"]


@dataclass(frozen=True)
class _Family:
    """Potentials Φ of one shape, by the knee k, in units of x.

    Attributes:
        gradient: (x, k) ↦ ∇Φ(x), broadcasting.
        potential: k ↦ Φ.
        has_tilt: whether the start may shift ∇Φ by a constant.
    """

    gradient: Callable[[np.ndarray, np.ndarray], np.ndarray]
    potential: Callable[[Vector], SeparablePotential]
    has_tilt: bool


def fit(penalty: Any, network: Network, reach: float) -> tuple[Theta, float]:
    """Theta and the worst error of its gradient, as a part of the penalty's largest on 1e-3·reach ≤ |x| ≤ reach.

    Raises:
        NoExactDesign: the network has no family of starts to fit.
        InvalidInputError: the penalty has no gradient that acts coordinate by coordinate.
    """
    wanted = _sampled(penalty, reach)
    family = _family(network)
    if family is None:
        raise NoExactDesign(
            f"design: no start of {network} is known to have {type(penalty).__name__} for its potential.",
            error=np.inf,
            in_python="Type rl.networks.Difference(depth=2), for one.",
        )
    kinds, which = np.unique(wanted, axis=0, return_inverse=True)
    points = _points() * np.ones((len(kinds), 1))
    knees, factor = _nearest(family, points, kinds)
    found = family.gradient(points, knees[:, None])
    shift = _means(factor * found - kinds) if family.has_tilt else np.zeros((len(kinds), 1))
    worst = np.max(np.abs(factor * found - shift - kinds), axis=1) / np.max(np.abs(kinds), axis=1)
    theta = network.start_for(family.potential(reach * knees), shift[:, 0] / factor) or {}
    chosen = np.reshape(which, -1) if len(wanted) > 1 else None
    return {name: _spread(weights, chosen) for name, weights in theta.items()}, float(np.max(worst))


def _spread(weights: np.ndarray, chosen: np.ndarray | None) -> np.ndarray | float:
    """The weights of every coordinate; where one stands for all, a number or a column, which `inits.Weights` fills."""
    if chosen is not None:
        return weights[..., chosen]
    return weights[0] if weights.ndim == 1 else weights


def has_tilts(network: Network) -> bool:
    """Whether the starts of the network may shift ∇Φ by a constant in each coordinate."""
    family = _family(network)
    return family is not None and family.has_tilt


def _family(network: Network) -> _Family | None:
    """The first family that the network has starts for; None where it has starts for none."""
    for family in (_hypentropies(has_tilt=True), _hypentropies(has_tilt=False), *map(_deep, range(3, _DEEPEST + 1))):
        if network.start_for(family.potential(np.ones(1)), np.full(1, float(family.has_tilt))) is not None:
            return family
    return None


def _hypentropies(has_tilt: bool) -> _Family:
    return _Family(lambda x, knee: np.arcsinh(x / knee) / 4, lambda knees: Hypentropy(knees, rate=4.0), has_tilt)


def _deep(depth: int) -> _Family:
    """The potentials of u^D − v^D from u = v = k^(1/D)."""
    speed, exponent = depth * (depth - 2), depth / (depth - 2)

    def potential(knees: Vector) -> DeepHypentropy:
        ends = knees ** (-1 / exponent) / speed
        return DeepHypentropy(ends, ends, coefficient=speed**-exponent, exponent=exponent)

    return _Family(lambda x, knee: _deep_gradient(x, knee, depth), potential, has_tilt=False)


def _deep_gradient(x: np.ndarray, knee: np.ndarray, depth: int) -> np.ndarray:
    """∇Φ of u^D − v^D from u = v = k^(1/D), in units of its own interval."""
    flat, knees = (np.ravel(each) for each in np.broadcast_arrays(x, knee))
    speed, exponent = depth * (depth - 2), depth / (depth - 2)
    ends = np.full_like(flat, 1 / speed)
    potential = DeepHypentropy(ends, ends, coefficient=speed**-exponent, exponent=exponent)
    return np.reshape(potential.gradient(flat / knees), np.broadcast_shapes(np.shape(x), np.shape(knee)))


def _points() -> Float[np.ndarray, "1 t"]:
    half = np.geomspace(_NEAREST, 1.0, _POINTS)
    return np.concatenate([-half[::-1], half])[None]


def _sampled(penalty: Any, reach: float) -> Sampled:
    """The penalty's gradient in each coordinate (or in one that stands for all), on the range."""
    fields = getattr(penalty, "__dict__", {}).values()
    size = max((len(value) for value in fields if np.ndim(value) == 1), default=1)
    try:
        with np.errstate(divide="ignore", over="ignore", invalid="ignore"):  # what is not finite is refused below
            columns = [np.asarray(penalty.gradient(np.full(size, reach * x))) for x in _points()[0]]
        sampled = np.stack(columns, axis=1).astype(float)
    except (AttributeError, TypeError, ValueError) as error:
        raise InvalidInputError(
            f"design: penalty is a {type(penalty).__name__}, which has no gradient(x) of the shape of x: {error}. "
            "Pass a penalty such as rl.penalties.WeightedSquares(weights), or rl.potentials.WeightedL1(up, down)."
        ) from error
    if sampled.shape[0] != size or not sampled.any(axis=1).all():
        raise InvalidInputError(
            f"design: the gradient of {type(penalty).__name__} has {len(sampled)} entries for x of shape ({size},), "
            "or is 0 throughout; pass a penalty that acts on every coordinate by itself."
        )
    if not np.isfinite(sampled).all():
        raise NoExactDesign(
            f"design: the gradient of {type(penalty).__name__} is not finite on both sides of 0 within reach = "
            f"{reach:g}, as every fitted one is.",
            error=np.inf,
            in_python="Type rl.networks.Power(depth=2) for penalties of x ≥ 0.",
        )
    return sampled


def _nearest(family: _Family, points: Sampled, wanted: Sampled) -> tuple[Vector, float]:
    """The knee of every coordinate, and the one factor of all, that bring factor·∇Φ nearest to `wanted`.

    From the best point of a grid of both, where the error is a quadratic in the factor, by Levenberg and Marquardt.
    """
    centred = wanted - _means(wanted) if family.has_tilt else wanted
    shapes = _shapes(family, points[:1], _KNEES)
    cross, own = centred @ shapes.T, np.sum(shapes**2, axis=1)
    best = np.abs(cross) / own
    factors = np.geomspace(max(best[best > 0].min(), 1e-300), best.max(), _FACTORS)
    errors = [np.sum(np.min(factor**2 * own - 2 * factor * cross, axis=1)) for factor in factors]
    factor = float(factors[int(np.argmin(errors))])
    knees = np.log(_KNEES)[np.argmin(factor**2 * own - 2 * factor * cross, axis=1)]
    logs, damping = np.append(knees, np.log(factor)), _DAMPING
    error = _misfit(family, points, centred, logs)
    for _ in range(_MOST_STEPS):
        step = _step(family, points, centred, logs, damping)
        moved = np.clip(logs + np.clip(step, -1, 1), *_bounds(logs))
        new = _misfit(family, points, centred, moved)
        if not new < error:
            damping *= 4
            if damping > 1 / _DAMPING:
                break
            continue
        is_settled = error - new <= _SETTLED * new
        logs, error, damping = moved, new, damping / 4
        if is_settled:
            break
    return np.exp(logs[:-1]), float(np.exp(logs[-1]))


def _step(family: _Family, points: Sampled, wanted: Sampled, logs: Vector, damping: float) -> Vector:
    """A damped Gauss–Newton step in (log k, log factor), every k eliminated by itself."""
    knees, factor = np.exp(logs[:-1]), np.exp(logs[-1])
    ends = [_shapes(family, points, knees * np.exp(side * _DIFFERENCE)) for side in (1, -1)]
    by_knee = factor * (ends[0] - ends[1]) / (2 * _DIFFERENCE)
    by_factor = factor * _shapes(family, points, knees)
    left = by_factor - wanted
    own = (1 + damping) * np.sum(by_knee**2, axis=1) + np.finfo(float).tiny
    both, pull = np.sum(by_knee * by_factor, axis=1), np.sum(by_knee * left, axis=1)
    total = (1 + damping) * np.sum(by_factor**2) - np.sum(both**2 / own)
    rise = -(np.sum(by_factor * left) - np.sum(both * pull / own)) / total
    return np.append(-(pull + both * rise) / own, rise)


def _misfit(family: _Family, points: Sampled, wanted: Sampled, logs: Vector) -> float:
    return float(np.sum((np.exp(logs[-1]) * _shapes(family, points, np.exp(logs[:-1])) - wanted) ** 2))


def _bounds(logs: Vector) -> tuple[Vector, Vector]:
    """Knees stay on the grid; the factor goes where it likes."""
    low, high = np.full_like(logs, -np.inf), np.full_like(logs, np.inf)
    low[:-1], high[:-1] = np.log(_KNEES[[0, -1]])
    return low, high


def _shapes(family: _Family, points: np.ndarray, knees: Vector) -> Sampled:
    shapes = family.gradient(points, knees[:, None])
    return shapes - _means(shapes) if family.has_tilt else shapes


def _means(values: Sampled) -> Float[np.ndarray, "m 1"]:
    return values.mean(axis=1, keepdims=True)
