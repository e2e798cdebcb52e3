"""Numbers in the texts of sections."""

from __future__ import annotations

import numpy as np

from ridgeless._core.numbers import number
from ridgeless.papers._experiments import Scores
from ridgeless.papers.base import Points


def short(value: float) -> str:
    """Three significant digits, with a power of ten where the number is far from 1."""
    return number(value)


def short_median(values: Points | Scores) -> str:
    """The median, to three digits."""
    return short(float(np.median(values)))
