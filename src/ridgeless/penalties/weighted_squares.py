"""Weighted squared distance from a point."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ridgeless._core.arrays import Vector
from ridgeless._core.brief import brief
from ridgeless.penalties._weights import keep_weights, number_or_vector


@dataclass(frozen=True, eq=False)
class WeightedSquares:
    """½·Σ_i w_i·(x_i − c_i)².

    Attributes:
        weights: w above 0, a number or (d,).
        center: c, a number or (d,).

    Example:
        >>> import numpy as np
        >>> WeightedSquares(weights=np.array([1.0, 4.0])).value(np.array([2.0, 1.0]))
        4.0
    """

    weights: Any = 1.0
    center: Any = 0.0

    __repr__ = brief

    def __post_init__(self) -> None:
        keep_weights(self, "weights")
        object.__setattr__(self, "center", number_or_vector(self.center, "penalties.WeightedSquares", "center"))

    def value(self, x: Vector) -> float:
        """½·Σ w·(x − c)²."""
        return float(np.sum(self.weights * (x - self.center) ** 2) / 2)

    def gradient(self, x: Vector) -> Vector:
        """w·(x − c)."""
        return np.asarray(self.weights * (x - self.center))
