"""How far the ℓ1 norm is above the least of any solution."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from ridgeless.measures.base import Measure, Measured


@dataclass(frozen=True)
class ExcessL1Norm(Measure):
    """The relative excess of the ℓ1 norm, ‖x‖₁ / min{‖z‖₁ : A z = b} − 1.

    0 for a solution of basis pursuit, which the rich limit of a diagonal network is. The least norm is computed once a
    system, as the exact limit of a vanishing start. An x that does not solve the system may be below 0. NaN where b = 0
    or where no x solves the system.

    Source: Woodworth et al. 2020, "Kernel and rich regimes in overparametrized models", Figure 1.

    Example:
        >>> import numpy as np, ridgeless as rl
        >>> system = rl.LinearSystem(np.array([[3.0, 4.0]]), np.array([25.0]))
        >>> shortest = rl.limit(system, rl.networks.Direct(), {"x": np.zeros(2)})  # (3, 4); (0, 6.25) has least ‖x‖₁
        >>> round(ExcessL1Norm().value(Measured(shortest, system)), 9)
        0.12
    """

    long_name: ClassVar[str] = "excess ℓ1 norm, ‖x‖₁/min‖z‖₁ − 1"

    def value(self, measured: Measured) -> float:  # noqa: D102
        least = measured.least_l1_norm
        if not measured.is_finite or least is None or least == 0:
            return np.nan
        with np.errstate(over="ignore"):
            return float(np.abs(measured.x / least).sum()) - 1
