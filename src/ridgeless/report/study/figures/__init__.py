"""The figures of a study's report, in reading order: one module each, with the figure and its paragraph."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ridgeless.report.study.figures import certificates, distance, norms, others, quality, strip, times


def _always(_: xr.Dataset) -> bool:
    return True


@dataclass(frozen=True)
class Exhibit:
    """One figure of the report.

    Attributes:
        name: of its files.
        title: of its section.
        draw: draws it on a figure of its own, if it is given no other.
        paragraph: what a reader should see in it, from the same numbers.
        is_wide: whether a narrow screen scrolls it sideways and does not shrink it.
        is_called_for: whether a study has anything to show in it.
    """

    name: str
    title: str
    draw: Callable[[xr.Dataset], Axes | list[Axes]]
    paragraph: Callable[[xr.Dataset], str]
    is_wide: bool = False
    is_called_for: Callable[[xr.Dataset], bool] = _always

    def figure(self, dataset: xr.Dataset) -> Figure:
        """The figure on its own, ready to be saved."""
        axes = self.draw(dataset)
        first = axes[0] if isinstance(axes, list) else axes
        return cast("Figure", first.get_figure(root=True))


EXHIBITS = (
    Exhibit("strip", "The answers, from lazy to rich", strip.strip, strip.paragraph, is_wide=True),
    Exhibit("others", "The other networks", others.others, others.paragraph, True, others.is_called_for),
    Exhibit("quality", "How close to the truth", quality.quality, quality.paragraph),
    Exhibit("norms", "What grows and what shrinks", norms.norms, norms.paragraph),
    Exhibit("distance", "Does training end where theory says?", distance.distance, distance.paragraph),
    Exhibit("times", "What it costs", times.times, times.paragraph),
    Exhibit("certificates", "What is proved", certificates.certificates, certificates.paragraph),
)


def called_for(dataset: xr.Dataset) -> list[Exhibit]:
    """The figures that have anything to show of these results."""
    return [exhibit for exhibit in EXHIBITS if exhibit.is_called_for(dataset)]
