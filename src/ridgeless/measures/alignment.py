"""How well neighbouring layers are aligned."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar

import numpy as np

from ridgeless.measures.base import Measure, Measured
from ridgeless.networks import Dense

# Singular vectors of values that are closer than this, relatively, are arbitrary to the digits that float64 leaves.
_DEGENERATE = 1e-8


@dataclass(frozen=True)
class Alignment(Measure):
    """The alignment of neighbouring layers of a `Dense` network: min_j |⟨v_j, u_(j+1)⟩|, between 0 and 1.

    v_j is the first right singular vector of W_j, u_(j+1) the first left one of W_(j+1), and the last layer is w, with
    u = w/‖w‖. From small starts training makes layers of rank one that are aligned, and the value tends to 1. NaN for
    other networks, for h = 0, for a limit, which has no weights, and where a layer is 0 or its two largest singular
    values are equal to 1e-8, so that no vector is the first.

    Source: Ji and Telgarsky 2019, "Gradient descent aligns the layers of deep linear networks", arXiv 1810.02032,
    Theorem 2.2.

    Example:
        >>> import numpy as np, ridgeless as rl
        >>> system = rl.LinearSystem(np.array([[1.0, 1.0]]), np.array([11.0]))
        >>> theta0 = {"W": [np.diag([2.0, 1.0])], "w": np.array([4.0, 3.0])}  # solves the system: training stays there
        >>> found = rl.train(system, rl.networks.Dense(hidden=1), theta0, rl.flows.GradientDescent())
        >>> round(Alignment().value(Measured(found, system)), 9)
        0.8
    """

    long_name: ClassVar[str] = "alignment of neighbouring layers, min |⟨v_j, u_(j+1)⟩|"

    def value(self, measured: Measured) -> float:  # noqa: D102
        theta = measured.theta
        if not isinstance(measured.network, Dense) or theta is None or not theta["W"]:
            return np.nan
        firsts = [_first_vectors(layer) for layer in (*theta["W"], theta["w"][:, None])]
        return float(min(abs(right @ left) for (_, right), (left, _) in pairwise(firsts)))


def _first_vectors(layer: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(u, v), the first left and right singular vectors; NaN where they are not determined."""
    largest = np.abs(layer).max(initial=0.0)
    left, values, right = np.linalg.svd(layer / largest if largest > 0 else layer, full_matrices=False)
    second = values[1] if len(values) > 1 else 0.0
    if values[0] == 0 or values[0] - second <= _DEGENERATE * values[0]:
        return np.full(layer.shape[0], np.nan), np.full(layer.shape[1], np.nan)
    return left[:, 0], right[0]
