"""The figures of a report, in reading order. One module each: what it shows, and the paragraph that reads it out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import xarray as xr
from matplotlib.figure import Figure

from ridgeless.report.figures import certificates, distance, norms, quality, strip, times


@dataclass(frozen=True)
class Exhibit:
    """One figure of the report.

    Attributes:
        name: of its files.
        title: of its section.
        figure: draws it.
        paragraph: what a reader should see in it, from the same numbers.
        is_wide: whether a narrow screen scrolls it sideways and does not shrink it.
    """

    name: str
    title: str
    figure: Callable[[xr.Dataset], Figure]
    paragraph: Callable[[xr.Dataset], str]
    is_wide: bool = False


EXHIBITS = (
    Exhibit("strip", "The answers, from lazy to rich", strip.figure, strip.paragraph, is_wide=True),
    Exhibit("quality", "How close to the truth", quality.figure, quality.paragraph),
    Exhibit("norms", "What grows and what shrinks", norms.figure, norms.paragraph),
    Exhibit("distance", "Does training end where theory says?", distance.figure, distance.paragraph),
    Exhibit("times", "What it costs", times.figure, times.paragraph),
    Exhibit("certificates", "What is proved", certificates.figure, certificates.paragraph),
)
