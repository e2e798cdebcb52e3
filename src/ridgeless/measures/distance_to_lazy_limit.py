"""The distance to the limit of lazy training."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ridgeless.measures.base import Measure, Measured


@dataclass(frozen=True)
class DistanceToLazyLimit(Measure):
    """The relative distance to `rl.lazy_limit` from the same start, ‖x − x_lazy‖₂/‖x_lazy‖₂.

    Small where training is lazy: the network behaves as its linearisation at theta0. NaN where the solution knows no
    start, and where the tangent at theta0 cannot reach b.

    Source: Chizat, Oyallon and Bach 2019, "On lazy training in differentiable programming".

    Example:
        >>> import numpy as np, ridgeless as rl
        >>> system = rl.LinearSystem(np.array([[1.0, 1.0]]), np.array([5.0]))
        >>> found = rl.limit(system, rl.networks.Power(depth=2), {"u": np.array([1.0, 0.5])})
        >>> rl.lazy_limit(system, rl.networks.Power(depth=2), {"u": np.array([1.0, 0.5])}).x
        array([4., 1.])
        >>> found.x, DistanceToLazyLimit().value(Measured(found, system)) < 1e-9
        (array([4., 1.]), True)
    """

    long_name: ClassVar[str] = "distance to the lazy limit, ‖x − x_lazy‖/‖x_lazy‖"

    def value(self, measured: Measured) -> float:  # noqa: D102
        return measured.distance_to(measured.lazy)
