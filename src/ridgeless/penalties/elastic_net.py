"""The elastic net: a weighted ℓ1 norm plus a weighted squared ℓ2 norm."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ridgeless._core.arrays import Vector
from ridgeless._core.brief import brief
from ridgeless.penalties._weights import keep_weights


@dataclass(frozen=True, eq=False)
class ElasticNet:
    """Σ_i l1_i·|x_i| + ½·l2_i·x_i² (Zou and Hastie 2005).

    No start of a separable network minimises it exactly: `rl.design` says how near the best one comes.

    Attributes:
        l1: above 0, a number or (d,).
        l2: above 0, a number or (d,).

    Example:
        >>> import numpy as np
        >>> ElasticNet(l1=1.0, l2=2.0).value(np.array([-1.0, 3.0]))
        14.0
    """

    l1: Any
    l2: Any

    __repr__ = brief

    def __post_init__(self) -> None:
        keep_weights(self, "l1", "l2")

    def value(self, x: Vector) -> float:
        """Σ l1·|x| + ½·l2·x²."""
        return float(np.sum(self.l1 * np.abs(x) + np.asarray(self.l2) * x**2 / 2))

    def gradient(self, x: Vector) -> Vector:
        """l1·sign(x) + l2·x; 0 at x = 0, where every slope within ±l1 is a subgradient."""
        return np.asarray(self.l1 * np.sign(x) + self.l2 * x)
