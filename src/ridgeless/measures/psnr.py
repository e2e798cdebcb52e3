"""The peak signal-to-noise ratio of a picture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from ridgeless.measures.base import Measure, Measured
from ridgeless.systems import peak_signal_to_noise


@dataclass(frozen=True)
class Psnr(Measure):
    """The peak signal-to-noise ratio of the picture that x stands for, as `systems.peak_signal_to_noise` has it.

    NaN where x is no picture, and where the true picture is unknown or constant; ∞ where the two are equal.

    Example:
        >>> import numpy as np, ridgeless as rl
        >>> problem = rl.systems.SinglePixelCamera(measurements=30, side=8)
        >>> system = problem.system()
        >>> found = rl.limit(system, rl.networks.Direct(), {"x": np.zeros(64)})
        >>> 5 < Psnr().value(Measured(found, system, picture=problem.picture)) < 50
        True
    """

    long_name: ClassVar[str] = "peak signal-to-noise ratio of the picture"
    unit: ClassVar[str] = "dB"
    by_default: ClassVar[bool] = True

    def value(self, measured: Measured) -> float:  # noqa: D102
        truth, draw = measured.system.truth, measured.picture
        if truth is None or draw is None or not measured.is_finite:
            return np.nan
        wanted, found = draw(truth), draw(measured.x)
        if wanted is None or found is None or np.ptp(wanted) == 0:
            return np.nan
        return peak_signal_to_noise(found, wanted)
