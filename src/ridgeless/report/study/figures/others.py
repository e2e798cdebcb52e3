"""Figure of the answers that the strip leaves out: the networks between its two, at the same scales."""

from __future__ import annotations

import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure

from ridgeless._core.numbers import joined
from ridgeless.plots import _style
from ridgeless.report.study.cells import courses, measure
from ridgeless.report.study.figures import _answers, _story
from ridgeless.report.study.figures.strip import course_text, draw_rows, methods_shown

_PANEL = 1.2


def is_called_for(dataset: xr.Dataset) -> bool:
    """Whether the strip leaves a network out."""
    return bool(_story.others(dataset))


@_style.applied()
def others(dataset: xr.Dataset, figure: Figure | SubFigure | None = None) -> list[Axes]:
    """The networks that are not in the strip as rows, its scales as columns."""
    networks, columns = _story.others(dataset), _story.told_scales(dataset)
    figure = figure or _answers.new_figure(len(networks), len(columns), _PANEL, _answers.has_pictures(dataset))
    grid = figure.subplots(len(networks), len(columns), squeeze=False)
    rows = [list(row) for row in grid]
    draw_rows(figure, rows, dataset, networks, columns)
    return [ax for row in rows for ax in row]


def paragraph(dataset: xr.Dataset) -> str:
    """Where each of these networks starts and what it comes to."""
    networks, found = _story.others(dataset), measure(dataset)
    known = [] if found is None else courses(dataset, found.name)
    told = [f"{course_text(found, course)}." for course in known if found and course[0].network in networks]
    first = "The networks that the first figure leaves out, at the same scales."
    return joined([first, *told, methods_shown(dataset, networks)])
