"""The effective rank of a fully connected network."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from ridgeless.measures.base import Measure, Measured
from ridgeless.networks import Dense


@dataclass(frozen=True)
class EffectiveRank(Measure):
    """The effective rank of the product W_1 … W_h of a `Dense` network: exp(−Σ_i p_i log p_i), p_i = σ_i/Σ_j σ_j.

    Between 1, for rank one, and the rank, for equal singular values σ_i; the vector w that follows is left out. NaN for
    other networks, for h = 0, for a limit, which has no weights, and where the product is 0.

    Source: Roy and Vetterli 2007, "The effective rank: a measure of effective dimensionality", Definition 1.

    Example:
        >>> import numpy as np, ridgeless as rl
        >>> system = rl.LinearSystem(np.array([[1.0, 1.0]]), np.array([2.0]))
        >>> theta0 = {"W": [np.eye(2)], "w": np.ones(2)}  # solves the system: training stays there
        >>> found = rl.train(system, rl.networks.Dense(hidden=1), theta0, rl.flows.GradientDescent())
        >>> round(EffectiveRank().value(Measured(found, system)), 9)
        2.0
    """

    long_name: ClassVar[str] = "effective rank of W_1 … W_h"

    def value(self, measured: Measured) -> float:  # noqa: D102
        theta = measured.theta
        if not isinstance(measured.network, Dense) or theta is None or not theta["W"]:
            return np.nan
        return _exponential_entropy(_singular_values(theta["W"]))


def _singular_values(layers: list[np.ndarray]) -> np.ndarray:
    """Of the product, over that of the sizes of the layers, which may leave float64."""
    units = [np.abs(layer).max(initial=0.0) for layer in layers]
    if not all(units):
        return np.zeros(1)
    product = layers[0] / units[0]
    for layer, unit in zip(layers[1:], units[1:], strict=True):
        product = product @ (layer / unit)
    return np.linalg.svd(product, compute_uv=False)


def _exponential_entropy(values: np.ndarray) -> float:
    total = values.sum()
    if total == 0:
        return np.nan
    shares = values[values > 0] / total
    shares = shares[shares > 0]
    return float(np.exp(-np.sum(shares * np.log(shares))))
