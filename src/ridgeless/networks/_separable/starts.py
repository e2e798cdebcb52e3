"""From a potential to the weights of a start that has it: the inverse of `mirror_maps`."""

from __future__ import annotations

import numpy as np

from ridgeless._core.arrays import Vector
from ridgeless.networks.base import Offset, Theta
from ridgeless.potentials import DeepHypentropy, Entropy, Hypentropy, Potential

_EQUAL = 1e-12


def exponentials(potential: Potential, offset: Offset) -> tuple[Vector, Vector] | None:
    """|u| and |v| of x = u²·exp(c z) − v²·exp(−c z) at z = 0, for whatever c; None for a potential of another kind."""
    if isinstance(potential, Hypentropy):
        # k = 2|uv|, and the offset is log|u/v|/c
        middle, tilt = np.sqrt(potential.knee / 2), potential.rate * offset / 2
        return middle * np.exp(tilt), middle * np.exp(-tilt)
    if isinstance(potential, Entropy):
        # The offset is ±log(w²)/c for the one branch that is there.
        weight = np.exp(potential.sign * potential.rate * offset / 2)
        return np.where(potential.sign > 0, weight, 0.0), np.where(potential.sign > 0, 0.0, weight)
    return None


def powers(potential: Potential, depth: int) -> tuple[Vector, Vector] | None:
    """u and v of x = u^D − v^D at z = 0, D ≥ 3, without offset; None for a potential of another kind."""
    if not isinstance(potential, DeepHypentropy) or potential.exponent != depth / (depth - 2):
        return None
    # Φ counts up to a factor: with z in other units, C is that of this network.
    unit = potential.coefficient ** (1 / potential.exponent)
    return (potential.upper / unit) ** (-1 / (depth - 2)), (potential.lower / unit) ** (-1 / (depth - 2))


def direction(prices: dict[str, Vector], depth: int) -> Theta | None:
    """The direction price^(−1/(D−2)) of a vanishing start; depth 2 forgets it, and has one for equal prices only."""
    if depth > 2:
        return {name: price ** (-1 / (depth - 2)) for name, price in prices.items()}
    finite = np.concatenate([price[np.isfinite(price)] for price in prices.values()])
    if len(finite) and float(np.ptp(finite)) > _EQUAL * float(np.max(finite)):
        return None
    return {name: np.where(np.isfinite(price), 1.0, 0.0) for name, price in prices.items()}
