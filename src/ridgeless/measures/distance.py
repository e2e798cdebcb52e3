"""The distance to the exact limit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ridgeless.measures.base import Measure, Measured


@dataclass(frozen=True)
class Distance(Measure):
    """The relative distance to the exact limit from the same start, ‖x − x_limit‖₂/‖x_limit‖₂; NaN without one.

    Example:
        >>> import numpy as np, ridgeless as rl
        >>> system = rl.LinearSystem(np.array([[1.0, 0.0]]), np.array([2.0]))
        >>> found = rl.limit(system, rl.networks.Direct(), {"x": np.zeros(2)})
        >>> round(Distance().value(Measured(found, system, limit=np.array([4.0, 0.0]))), 9)
        0.5
    """

    long_name: ClassVar[str] = "distance to the limit, ‖x − x_limit‖/‖x_limit‖"
    by_default: ClassVar[bool] = True

    def value(self, measured: Measured) -> float:  # noqa: D102
        return measured.distance_to(measured.limit)
