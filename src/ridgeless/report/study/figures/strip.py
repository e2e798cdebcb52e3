"""Figure of the answers themselves, from lazy to rich, beside the truth: pictures, or stems."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure

from ridgeless._core.numbers import counted, decibel, joined, listed, number
from ridgeless.plots import _axes, _style
from ridgeless.report.study.cells import (
    CellResult,
    Measure,
    array,
    courses,
    labels,
    measure,
    runs,
    scales,
    select,
    shown_method,
    status_words,
)
from ridgeless.report.study.figures import _looks, _marks
from ridgeless.studies.cells import LIMIT

_MOST_PICTURES = 10
_MOST_STEMS = 6
# More names than these would stand in each other's way.
_MOST_NAMES = 20
_VISIBLE = 5e-3


@_style.applied()
def strip(dataset: xr.Dataset, figure: Figure | SubFigure | None = None) -> list[Axes]:
    """One row per network, one column per scale from lazy to rich, the truth last."""
    is_picture = has_pictures(dataset)
    columns = spread(scales(dataset), _MOST_PICTURES if is_picture else _MOST_STEMS)
    networks = _answered(dataset)
    if not networks:
        return [_nothing(figure)]
    has_truth = _truth(dataset) is not None
    width = len(columns) + has_truth
    figure = figure or _new_figure(len(networks), width, is_picture)
    grid = figure.subplots(len(networks), width, squeeze=False)
    draw = _picture if is_picture else _stems
    for row, network in zip(grid, networks, strict=True):
        for ax, scale in zip(row, columns, strict=False):
            draw(ax, dataset, _shown(dataset, network, scale))
        if has_truth:
            draw(row[-1], dataset, None)
        _name_row(row[0], dataset, network)
    for ax, scale in zip(grid[0], columns, strict=False):
        ax.set_title(number(scale, 2), fontsize=8.5)
    if has_truth:
        grid[0, -1].set_title("truth", fontsize=8.5, fontweight="bold")
    if not is_picture:
        _name_axes(figure, grid, dataset)
    figure.suptitle(_marks.SCALE_LABEL, fontsize=9)
    return list(grid.flat)


def paragraph(dataset: xr.Dataset) -> str:
    """The rows closest to the truth and farthest from it in words, and which method's answers are shown."""
    what = "picture" if has_pictures(dataset) else "answer"
    if not _answered(dataset):
        return "No run gave an answer, so there is nothing to show."
    sentences = [
        f"Each row is one network and each {what} in it solves the same equations (or tries to); from left to right "
        "only the scale of the initial weights falls."
    ]
    found = measure(dataset)
    rows = [] if found is None else courses(dataset, found.name)
    if found is not None and rows:
        by_best = sorted(rows, key=found.merit)
        farthest, closest = by_best[0], by_best[-1]
        sentences.append(f"The row that comes closest to the truth is {_course_text(found, closest)}.")
        if farthest is not closest:
            sentences.append(f"The row that stays farthest from it is {_course_text(found, farthest)}.")
    return joined([*sentences, _methods_shown(dataset), _thinned(dataset), "" if has_pictures(dataset) else _CUT])


_CUT = "All panels share one height, half as much again as the truth's largest entry: longer stems are cut at the edge."


def has_pictures(dataset: xr.Dataset) -> bool:
    """Whether x stands for a picture here, and one was stored."""
    return "picture" in dataset and bool(np.isfinite(dataset["picture"].values).any())


def spread(values: Sequence[float], most: int) -> list[float]:
    """At most so many of the values, both ends included, evenly spread.

    Example:
        >>> spread([10.0, 1.0, 0.1, 0.01, 0.001], 3)
        [10.0, 0.1, 0.001]
    """
    if len(values) <= most:
        return list(values)
    return [values[round(i)] for i in np.linspace(0, len(values) - 1, most)]


def _new_figure(rows: int, columns: int, is_picture: bool) -> Figure:
    if is_picture:
        return _style.new_figure(max(1.15 + 0.78 * columns, _style.COLUMN_WIDTH), 0.55 + 0.94 * rows)
    return _style.new_figure(max(1.4 + 1.15 * columns, _style.COLUMN_WIDTH), 0.9 + 1.0 * rows)


def _nothing(figure: Figure | SubFigure | None) -> Axes:
    ax = (figure or _style.new_figure(_style.COLUMN_WIDTH, 1.0)).add_subplot()
    ax.set_axis_off()
    _axes.note(ax, "no run gave an answer")
    return ax


def _answered(dataset: xr.Dataset) -> list[str]:
    """The networks with anything to show."""
    name = "picture" if has_pictures(dataset) else "x"
    if name not in dataset:
        return []
    return [
        network
        for network in labels(dataset, "network")
        if np.isfinite(dataset[name].sel(network=network).values).any()
    ]


def _shown(dataset: xr.Dataset, network: str, scale: float) -> CellResult:
    method = shown_method(dataset, network)
    return next(run for run in select(runs(dataset), network=network, method=method) if run.scale == scale)


def _truth(dataset: xr.Dataset) -> np.ndarray | None:
    name = "truth_picture" if has_pictures(dataset) else "truth"
    if name not in dataset:
        return None
    values = np.asarray(dataset[name].values, dtype=float)
    return values if np.isfinite(values).all() else None


def _picture(ax: Axes, dataset: xr.Dataset, run: CellResult | None) -> None:
    """One picture in the truth's range of brightness; run None: the truth."""
    truth = _truth(dataset)
    shown = truth if run is None else array(dataset, "picture", run)
    ax.set(xticks=[], yticks=[])
    ax.grid(visible=False)
    for spine in ax.spines.values():
        spine.set_visible(True)
    if shown is None or not np.isfinite(shown).all():
        ax.set_aspect("equal")
        ax.text(0.5, 0.5, status_words("" if run is None else run.status).replace(" ", "\n"), ha="center", va="center")
        return
    low, high = (truth.min(), truth.max()) if truth is not None else (shown.min(), shown.max())
    ax.imshow(shown, cmap="gray", vmin=float(low), vmax=float(high))
    if run is not None:
        ax.set_xlabel(_caption(run), fontsize=8, labelpad=2)


def _stems(ax: Axes, dataset: xr.Dataset, run: CellResult | None) -> None:
    """One vector as stems over its coordinates; run None: the truth."""
    truth = _truth(dataset)
    shown = truth if run is None else array(dataset, "x", run) if "x" in dataset else None
    if shown is None or not np.isfinite(shown).all():
        _axes.note(ax, status_words("" if run is None else run.status))
        ax.set_xticks([])
        return
    colour = _style.INK if run is None else _looks.network_styles(dataset)[run.network].colour
    height = float(np.abs(shown if truth is None else truth).max()) or 1.0
    # One path for all, without those too short to see: a file stays small with thousands of coordinates.
    tall = np.flatnonzero(np.abs(shown) > _VISIBLE * height)
    stems = np.column_stack([np.zeros(tall.size), shown[tall], np.full(tall.size, np.nan)])
    ax.plot(np.repeat(tall, 3), stems.ravel(), color=colour, linewidth=0.8)
    ax.axhline(0, color=_style.INK, linewidth=0.5)
    ax.set(xlim=(-0.02 * shown.size, 1.02 * shown.size), ylim=(-1.5 * height, 1.5 * height))
    ax.tick_params(labelsize=6.5)
    if _has_short_names(dataset):
        ax.set_xticks(range(shown.size), dataset.unknown.values.tolist(), rotation=90)
    ax.grid(visible=False)


def _has_short_names(dataset: xr.Dataset) -> bool:
    """Whether the unknowns have names, and so few that all can be written."""
    return "unknown" in dataset.coords and dataset.sizes["coordinate"] <= _MOST_NAMES


def _caption(run: CellResult) -> str:
    """The PSNR, and how the run ended if it did not converge."""
    parts = [decibel(run.psnr)] if not math.isnan(run.psnr) else []
    if not run.has_converged:
        parts.append(status_words(run.status))
    return "\n".join(parts)


def _name_row(ax: Axes, dataset: xr.Dataset, network: str) -> None:
    """The network, and its method where that is not the limit."""
    method = shown_method(dataset, network)
    parts = [network, "" if method == LIMIT else f"({method})"]
    name = "\n".join(textwrap.fill(part, 11) for part in parts if part)
    colour = _looks.network_styles(dataset)[network].colour
    look = {"rotation": 0, "ha": "right", "va": "center", "fontweight": "bold"}
    ax.set_ylabel(name, color=colour, fontsize=8.5, **look)


def _name_axes(figure: Figure | SubFigure, grid: np.ndarray, dataset: xr.Dataset) -> None:
    """Tick labels at the left and lower edges only; what they count is said once."""
    for row in grid:
        for ax in row[1:]:
            ax.set_yticklabels([])
    for ax in grid[:-1].flat:
        ax.set_xticklabels([])
    figure.supxlabel("unknown" if _has_short_names(dataset) else "coordinate (number)", fontsize=9)
    figure.supylabel("entry of x (dimensionless)", fontsize=9)


def _course_text(found: Measure, course: list[CellResult]) -> str:
    first, best = course[0], found.best(course)
    start = f"{found.text(found.of(first))} at scale {number(first.scale)}"
    if best is first:
        return f"{first.network}, which is at its best, {start}, where it starts"
    return f"{first.network}, from {start} to {found.text(found.of(best))} at scale {number(best.scale)}"


def _methods_shown(dataset: xr.Dataset) -> str:
    networks = _answered(dataset)
    trained = [f"{network} ({shown_method(dataset, network)})" for network in networks if _is_trained(dataset, network)]
    if not trained:
        return "Shown are the limits: where training ends, computed without training."
    if len(trained) == len(networks):
        return f"Shown are trained answers: {listed(trained)}."
    return f"Shown are the limits, computed without training; where none is known, trained answers: {listed(trained)}."


def _is_trained(dataset: xr.Dataset, network: str) -> bool:
    return shown_method(dataset, network) != LIMIT


def _thinned(dataset: xr.Dataset) -> str:
    every = scales(dataset)
    most = _MOST_PICTURES if has_pictures(dataset) else _MOST_STEMS
    return "" if len(every) <= most else f"{most} of {counted(len(every), 'scale')} are shown."
