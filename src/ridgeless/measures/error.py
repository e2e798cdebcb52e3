"""The error against the truth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ridgeless.measures.base import Measure, Measured


@dataclass(frozen=True)
class Error(Measure):
    """The relative error ‖x − truth‖₂/‖truth‖₂; NaN where the truth is not known, or 0.

    Example:
        >>> import numpy as np, ridgeless as rl
        >>> system = rl.LinearSystem(np.array([[1.0, 0.0]]), np.array([2.0]), truth=np.array([2.0, 1.5]))
        >>> round(Error().value(Measured(rl.limit(system, rl.networks.Direct(), {"x": np.zeros(2)}), system)), 9)
        0.6
    """

    long_name: ClassVar[str] = "error, ‖x − truth‖/‖truth‖"
    by_default: ClassVar[bool] = True

    def value(self, measured: Measured) -> float:  # noqa: D102
        return measured.distance_to(measured.system.truth)
