"""The ℓ1 norm."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from ridgeless.measures.base import Measure, Measured


@dataclass(frozen=True)
class L1Norm(Measure):
    """The ℓ1 norm of the solution, ‖x‖₁ = Σ|x_i|.

    Example:
        >>> import numpy as np, ridgeless as rl
        >>> system = rl.LinearSystem(np.array([[1.0, 1.0]]), np.array([2.0]))
        >>> L1Norm().value(Measured(rl.limit(system, rl.networks.Direct(), rl.inits.Constant(1.0)), system))
        2.0
    """

    long_name: ClassVar[str] = "‖x‖₁"
    by_default: ClassVar[bool] = True

    def value(self, measured: Measured) -> float:  # noqa: D102
        with np.errstate(over="ignore"):  # a training that diverged leaves numbers whose sum is infinite
            return float(np.abs(measured.x).sum()) if measured.is_finite else np.nan
