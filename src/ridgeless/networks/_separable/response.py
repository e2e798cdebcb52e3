"""Derivatives of the mirror maps: how x answers to z, and to the logarithms of the start.

All of them are computed from x, not from z: near the poles of the deep maps z has lost digits that x still has.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import scipy.special
from jaxtyping import Float

from ridgeless._core.arrays import Vector
from ridgeless.errors import InvalidInputError
from ridgeless.networks._separable import mirror_maps
from ridgeless.networks.base import Response

_EQUAL = 1e-12
# Below this part of its start, a slack is better known from its branch than from z.
_NEAR_POLE = 0.1
_MOST_STEPS = 60


class Sides(NamedTuple):
    """The derivatives of two branches, the growing one first.

    Attributes:
        mobility: f', shape (d,).
        shifts: of log|amplitude| of each branch, shape (2, d).
    """

    mobility: Vector
    shifts: Float[np.ndarray, "2 d"]


def even(size: int, rate: float) -> Response:
    """x = x₀ + rate·z."""
    return Response(np.full(size, rate), {"x0": np.full(size, 1 / rate)})


def exponential(positive: Vector, negative: Vector, rate: float, x: Vector) -> Sides:
    """x = positive²·exp(c z) − negative²·exp(−c z), by log|positive| and log|negative|.

    The branches P and M follow from P − M = x and P·M = (positive·negative)²; f' = c(P + M).
    """
    up, down = np.abs(positive), np.abs(negative)
    knee = up * down
    larger = (np.abs(x) + np.hypot(x, 2 * knee)) / 2
    smaller = knee * (knee / np.where(larger > 0, larger, 1.0))
    branches = np.where(x > 0, np.stack([larger, smaller]), np.stack([smaller, larger]))
    signs = np.stack([np.sign(up), -np.sign(down)])
    return Sides(rate * (larger + smaller), 2 / rate * signs * _shares(branches, signs))


def powers(u: Vector, v: Vector, depth: int, x: Vector) -> Sides:
    """x = u^D − v^D, D ≥ 2, by log|u₀| and log|v₀|."""
    return exponential(u, v, 4.0, x) if depth == 2 else power(u, v, depth, x)


def power(first: Vector, second: Vector, depth: int, x: Vector) -> Sides:
    """x = first^D − second^D, D ≥ 3, by log|first| and log|second|: f' = D²·(first^(2D−2) + second^(2D−2))."""
    signs, starts = mirror_maps.slacks(first, second, depth, depth)
    z = mirror_maps.power(first, second, depth, depth)[0].gradient(x)
    exponent = depth / (depth - 2)
    with np.errstate(divide="ignore", invalid="ignore"):
        slack = starts - signs * z
        is_near = (slack == slack.min(axis=0)) & (slack < _NEAR_POLE * starts)
        values = (depth * (depth - 2) * slack) ** -exponent
        # x = Σ ± values: the branch near its pole is what the other leaves of x
        values = np.where(is_near, np.abs(x - signs[::-1] * values[::-1]), values)
    parts = np.where(signs == 0, 0.0, values ** (2 - 2 / depth))
    reach = np.where(signs == 0, 0.0, starts) * signs * (depth - 2)
    return Sides(depth**2 * parts.sum(axis=0), reach * _shares(parts, signs))


def layers(weights: Float[np.ndarray, "L d"], x: Vector) -> Response:
    """The product of L layers from (a, …, a, 0), by log a of each layer by itself.

    With t = c/a the least layer in units of the others, x = a^L·t·(1 + t²)^((L−1)/2), and
    ∂z/∂log a_j at fixed x is −a^(2−L)·[∫₀^t (1 + τ²)^(−(L+1)/2) dτ + t/((1 + L t²)(1 + t²)^((L−1)/2))].
    """
    depth = len(weights)
    sizes = np.sort(np.abs(weights), axis=0)
    moves = sizes[1] > 0
    a = np.where(moves, sizes[-1], 1.0)
    if sizes[0][moves].any() or np.any(np.where(moves, a - sizes[1], 0.0) > _EQUAL * a):
        raise InvalidInputError(
            f"Product(depth={depth}) has a derivative of its limit only from starts with one layer at 0 and the others "
            "at one size in each coordinate; type rl.inits.Constant(scale)."
        )
    t = np.sign(x) * _least_layer(np.abs(x) / a**depth, depth)
    square = t**2
    integral = t * scipy.special.hyp2f1(0.5, (depth + 1) / 2, 1.5, -square)
    shift = a ** (2.0 - depth) * (integral + t / ((1 + depth * square) * (1 + square) ** ((depth - 1) / 2)))
    mobility = np.where(moves, a ** (2 * depth - 2) * (1 + square) ** (depth - 2) * (1 + depth * square), 0.0)
    return Response(mobility, {"log_layers0": np.where((weights != 0) & moves, shift, 0.0)})


def _least_layer(y: Vector, depth: int) -> Vector:
    """The t ≥ 0 with t·(1 + t²)^((L−1)/2) = y, by Newton in log t from above."""
    log_y = np.log(np.where(y > 0, y, 1.0))
    log_t = np.minimum(log_y, log_y / depth)
    for _ in range(_MOST_STEPS):
        square = np.exp(2 * log_t)
        slope = 1 + (depth - 1) * square / (1 + square)
        step = (log_t + (depth - 1) / 2 * np.log1p(square) - log_y) / slope
        log_t = log_t - step
        if np.all(np.abs(step) < 4e-16 * np.maximum(1.0, np.abs(log_t))):
            break
    return np.where(y > 0, np.exp(log_t), 0.0)


def _shares(parts: Float[np.ndarray, "2 d"], signs: Float[np.ndarray, "2 d"]) -> Float[np.ndarray, "2 d"]:
    """Each part over the sum of both; where both have underflowed, even between those that are there."""
    total = parts.sum(axis=0)
    is_there = np.abs(np.sign(signs))
    even_shares = is_there / np.maximum(is_there.sum(axis=0), 1.0)
    return np.where(total > 0, parts / np.where(total > 0, total, 1.0), even_shares)
