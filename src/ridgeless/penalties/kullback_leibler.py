"""The Kullback–Leibler divergence to a prior."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ridgeless._core.arrays import Vector
from ridgeless._core.brief import brief
from ridgeless.penalties._weights import keep_weights


@dataclass(frozen=True, eq=False)
class KullbackLeibler:
    """Σ_i x_i·log(x_i/p_i) − x_i + p_i over x ≥ 0: the relative entropy of x with respect to a prior p.

    Attributes:
        prior: p above 0, a number or (d,).

    Example:
        >>> import numpy as np
        >>> KullbackLeibler(prior=2.0).gradient(np.array([2.0]))
        array([0.])
    """

    prior: Any

    __repr__ = brief

    def __post_init__(self) -> None:
        keep_weights(self, "prior")

    def value(self, x: Vector) -> float:
        """The divergence; +inf where an entry is negative."""
        prior = np.broadcast_to(self.prior, np.shape(x))
        if np.any(x < 0):
            return np.inf
        ratio = np.where(x > 0, x / prior, 1.0)
        return float(np.sum(x * np.log(ratio) - x + prior))

    def gradient(self, x: Vector) -> Vector:
        """log(x/p); NaN for negative x, −∞ at 0."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(np.log(x / self.prior))
