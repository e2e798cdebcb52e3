"""The distance to the solution of least Euclidean norm."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ridgeless.measures.base import Measure, Measured


@dataclass(frozen=True)
class DistanceToMinNorm(Measure):
    """The relative distance to the minimum-norm solution, ‖x − A⁺b‖₂/‖A⁺b‖₂; NaN where b = 0 or no x solves A x = b.

    Example:
        >>> import numpy as np, ridgeless as rl
        >>> system = rl.LinearSystem(np.array([[3.0, 4.0]]), np.array([25.0]))
        >>> found = rl.limit(system, rl.networks.Direct(), {"x": np.array([-4.0, 3.0])})
        >>> round(DistanceToMinNorm().value(Measured(found, system)), 9)
        1.0
    """

    long_name: ClassVar[str] = "distance to the minimum-norm solution, ‖x − A⁺b‖/‖A⁺b‖"

    def value(self, measured: Measured) -> float:  # noqa: D102
        return measured.distance_to(measured.min_norm)
