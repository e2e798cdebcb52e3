"""When a path that is to reach a number is over: it is there, or gets there no more."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

# What falls over two decades of time or λ by less than this part of what it has still to fall never gets there.
_STANDSTILL = 1e-4


def until_gone(ratio: float) -> Callable[[float], bool]:
    """Of excesses along points in this ratio, one call each: whether the last is gone, or they fall no more."""
    past: list[float] = []
    back = int(np.ceil(np.log(100) / np.log(ratio)))

    def is_over(excess: float) -> bool:
        past.append(excess)
        stands = len(past) > back and past[-1 - back] - past[-1] < _STANDSTILL * past[-1]
        return past[-1] <= 0 or stands

    return is_over
