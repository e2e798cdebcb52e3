"""The figures of a sweep, each with what a reader should see in it: those that its axes call for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ridgeless._core.numbers import counted, joined, number
from ridgeless.plots import _style
from ridgeless.plots.grids.measure_along import measure_along
from ridgeless.plots.grids.phase_diagram import phase_diagram
from ridgeless.plots.grids.training_against_prediction import training_against_prediction
from ridgeless.report.sweep.slices import in_words, main_axis, main_measure, panels
from ridgeless.studies.cells import LAZY_LIMIT, LIMIT

_PANEL_WIDTH, _PANEL_HEIGHT = 4.4, 3.5
_COLUMNS = 2
_RECOVERY = ("equations", "nonzeros")


@dataclass(frozen=True)
class SweepFigure:
    """One figure of a sweep's report.

    Attributes:
        name: of its files.
        title: of its section.
        figure: as it is saved.
        paragraph: what a reader should see in it.
    """

    name: str
    title: str
    figure: Figure
    paragraph: str


def sweep_figures(dataset: xr.Dataset) -> list[SweepFigure]:
    """The figures that the axes of a sweep call for."""
    found = [measure_figure(dataset), _training(dataset), _recovery(dataset)]
    return [figure for figure in found if figure is not None]


def best(dataset: xr.Dataset) -> str:
    """Where the measure is best, at the median over seeds, in one sentence."""
    name = main_measure(dataset)
    middle = _median(dataset, name)
    if not np.isfinite(middle.values).any():
        return "No computation gave an answer."
    place = middle.fillna(np.inf).argmin(list(middle.dims)) if middle.dims else {}
    at = {str(axis): int(index) for axis, index in place.items()} if isinstance(place, dict) else {}
    words = [in_words(axis, dataset[axis].values[index]) for axis, index in at.items()]
    what = "median over seeds" if "seed" in dataset[name].dims else "value"
    where = f" at {', '.join(words)}" if words else ""
    return f"The smallest {what} of the {name.replace('_', ' ')} is {number(float(middle.isel(at).values), 3)}{where}."


def measure_figure(dataset: xr.Dataset) -> SweepFigure | None:
    """The main measure along the main axis; None where no axis has numbers."""
    axis, name = main_axis(dataset), main_measure(dataset)
    if axis is None:
        return None
    by = "method" if dataset.sizes["method"] > 1 else None
    shown = tuple(each for each in (axis, by, "seed") if each is not None)
    figure = _drawn(dataset, shown, lambda part, ax: measure_along(part, name, axis, by, ax=ax))
    seeds = counted(dataset.sizes["seed"], "seed") if "seed" in dataset.sizes else "one seed"
    paragraph = joined(
        [
            f"Lines are medians over {seeds}, bands reach from the lower to the upper quartile."
            if "seed" in dataset.sizes
            else "",
            "A cross at the upper edge is training that diverged; a hollow mark, training that ended before it had "
            "solved its equations.",
            best(dataset),
        ]
    )
    title = f"The {name.replace('_', ' ')} along the {axis.replace('_', ' ')}"
    return SweepFigure("measure", title, figure, paragraph)


def _training(dataset: xr.Dataset) -> SweepFigure | None:
    axis = main_axis(dataset)
    methods = list(map(str, dataset["method"].values))
    if axis is None or "distance" not in dataset or "limit" not in methods or set(methods) <= {LIMIT, LAZY_LIMIT}:
        return None
    if not np.isfinite(dataset["distance"].values).any():
        return None
    figure = _drawn(dataset, (axis, "method", "seed"), lambda part, ax: training_against_prediction(part, axis, ax=ax))
    paragraph = (
        "The limit is computed without training, from the same start. A disc is training that ended there; a diamond, "
        "training that solved the equations and found another minimiser; a ring, training whose budget ended before."
        f"{' The line of lazy_limit is a formula, and has no marks.' if LAZY_LIMIT in methods else ''}"
    )
    return SweepFigure("training", "Does training end where theory says?", figure, paragraph)


def _recovery(dataset: xr.Dataset) -> SweepFigure | None:
    if not set(_RECOVERY) <= set(map(str, dataset["status"].dims)) or "error" not in dataset:
        return None
    x, y = _RECOVERY
    figure = _drawn(dataset, (x, y, "seed"), lambda part, ax: phase_diagram(part, x=x, y=y, ax=ax))
    paragraph = "How often the truth is found, with the Wilson interval of the probability; the line marks one half."
    return SweepFigure("recovery", "Where the truth is found", figure, paragraph)


def _drawn(dataset: xr.Dataset, shown: tuple[str, ...], draw: Callable[[xr.Dataset, Axes], Axes]) -> Figure:
    """One panel for each combination of the values that are not shown."""
    parts = panels(dataset, shown)
    columns = min(_COLUMNS, len(parts))
    rows, label = -(-len(parts) // columns), ""
    with _style.applied():
        figure = _style.new_figure(_PANEL_WIDTH * columns, _PANEL_HEIGHT * rows)
        axes = figure.subplots(rows, columns, squeeze=False, sharex=True, sharey="row")
    for ax, part in zip(axes.flat, parts, strict=False):
        draw(part.dataset, ax)
        label = ax.get_ylabel()
        ax.set_title(part.label, fontsize=9)
        ax.label_outer()
        ax.set_ylabel("")
    for ax in axes.flat[len(parts) :]:
        ax.set_axis_off()
    with _style.applied():
        figure.supylabel(label, fontsize=9)
    _share_legend(figure, list(axes.flat))
    return figure


def _share_legend(figure: Figure, axes: list[Axes]) -> None:
    """One legend above all panels, with every entry that one of them has."""
    entries: dict[str, Any] = {}
    for ax in axes:
        legend = ax.get_legend()
        if legend is None:
            continue
        for handle, text in zip(legend.legend_handles, legend.get_texts(), strict=True):
            entries.setdefault(_without_count(text.get_text()), handle)
        legend.remove()
    if entries:
        with _style.applied():
            figure.legend(list(entries.values()), list(entries), loc="outside upper left", ncols=3)


def _without_count(label: str) -> str:
    """The label of an entry that counts the cells of its own panel, which no other panel shares, without the count."""
    name, _, rest = label.partition(": ")
    return name if rest[:1].isdigit() else label


def _median(dataset: xr.Dataset, name: str) -> xr.DataArray:
    values = dataset[name].where(dataset["status"] != "DIVERGED")
    return values.median("seed") if "seed" in values.dims else values
