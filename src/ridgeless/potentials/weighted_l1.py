"""The weighted, asymmetric ℓ1 norm: the limit of every separable potential as the start vanishes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from ridgeless._core.arrays import Vector
from ridgeless.potentials.base import Potential


@dataclass(frozen=True)
class WeightedL1(Potential):
    """Φ(x) = Σ_i p_i·x_i⁺ + n_i·x_i⁻, with x⁺ = max(x, 0) and x⁻ = max(−x, 0).

    The limit scale → 0 of Φ/unit for every separable network of degree D ≥ 2, the unit being log(1/scale) for
    D = 2 and scale^(2−D) beyond: p_i and −n_i are the z = Aᵀν at which x_i leaves 0 (Zhao et al. 2026, arXiv
    2607.12332). An infinite weight locks a sign. Φ is not smooth: where x_i = 0 every slope in [−n_i, p_i] is a
    subgradient, `gradient` is NaN there, and an answer is proved optimal by its dual.

    Attributes:
        positive: (d,) p_i > 0, the price of x_i > 0; ∞ where that sign is locked out.
        negative: (d,) n_i > 0, the price of x_i < 0.

    Example:
        >>> import numpy as np
        >>> norm = WeightedL1(positive=np.array([1.0, 2.0]), negative=np.array([1.0, np.inf]))
        >>> norm.value(np.array([-3.0, 5.0]))
        13.0
        >>> norm.value(np.array([-3.0, -5.0]))
        inf
    """

    is_smooth: ClassVar[bool] = False

    positive: Vector
    negative: Vector

    @classmethod
    def examples(cls) -> tuple[WeightedL1, ...]:  # noqa: D102
        prices = np.array([1e-8, 1e-3, 0.2, 1.0, 30.0, 1e5])
        return cls(prices, prices[::-1].copy()), cls(prices, np.full(6, np.inf))

    def value(self, x: Vector) -> float:
        """Σ p_i·x_i⁺ + n_i·x_i⁻; +inf where a sign is locked out."""
        weights = np.where(x > 0, self.positive, self.negative)
        return float(np.sum(np.where(x == 0, 0.0, weights) * np.abs(x)))

    def gradient(self, x: Vector) -> Vector:
        """p_i or −n_i; NaN where x_i = 0, or where its sign is locked out."""
        slope = np.where(x > 0, self.positive, -self.negative)
        return np.where((x != 0) & np.isfinite(slope), slope, np.nan)

    def outside(self, x: Vector) -> np.ndarray:
        """Where a sign is locked out."""
        return ((x > 0) & np.isinf(self.positive)) | ((x < 0) & np.isinf(self.negative))

    def conjugate(self, z: Vector) -> float:
        """0 where −n ≤ z ≤ p, +inf elsewhere."""
        return 0.0 if self.excess(z) <= 0 else np.inf

    def conjugate_gradient(self, z: Vector) -> Vector:
        """0 inside the box, ±inf outside, NaN on its edge: there x_i is any number of that sign."""
        inside = np.where((z < self.positive) & (z > -self.negative), 0.0, np.nan)
        return np.where(z > self.positive, np.inf, np.where(z < -self.negative, -np.inf, inside))

    def gradient_rounding(self, x: Vector) -> Vector:
        """0: the slope does not depend on the size of x."""
        return np.zeros_like(x)

    def reach(self, z: Vector) -> Vector:
        """max(z_i/p_i, −z_i/n_i): z_i relative to the edge of the box −n ≤ z ≤ p, 1 on the edge."""
        return np.maximum(z / self.positive, -z / self.negative)

    def excess(self, z: Vector) -> float:
        """The largest violation of −n ≤ z ≤ p, relative to the weight; negative where z is strictly inside."""
        return float(np.max(self.reach(z), initial=0.0)) - 1.0

    def restricted(self, keep: np.ndarray) -> WeightedL1:  # noqa: D102
        return WeightedL1(self.positive[keep], self.negative[keep])
