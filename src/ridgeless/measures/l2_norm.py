"""The Euclidean norm."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from ridgeless._core.arrays import norm
from ridgeless.measures.base import Measure, Measured


@dataclass(frozen=True)
class L2Norm(Measure):
    """The Euclidean norm of the solution, ‖x‖₂.

    Example:
        >>> import numpy as np, ridgeless as rl
        >>> system = rl.LinearSystem(np.array([[3.0, 4.0]]), np.array([25.0]))
        >>> round(L2Norm().value(Measured(rl.limit(system, rl.networks.Direct(), {"x": np.zeros(2)}), system)), 9)
        5.0
    """

    long_name: ClassVar[str] = "‖x‖₂"
    by_default: ClassVar[bool] = True

    def value(self, measured: Measured) -> float:  # noqa: D102
        return norm(measured.x) if measured.is_finite else np.nan
