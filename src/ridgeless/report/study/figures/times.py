"""Figure of the cost of training and of the limit: run time and steps."""

from __future__ import annotations

import math
import statistics

import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure

from ridgeless._core.numbers import counted, joined, number, seconds
from ridgeless.plots import _axes, _style
from ridgeless.report.study.cells import CellResult, labels, runs, select
from ridgeless.report.study.figures import _marks
from ridgeless.studies.cells import LIMIT

_PANELS = (("run_s", "run time (s)"), ("steps", "number of steps"))


@_style.applied()
def times(dataset: xr.Dataset, figure: Figure | SubFigure | None = None) -> list[Axes]:
    """Run time and steps against scale: limits as lines, of training the median over networks and a shade over them."""
    figure = figure or _style.new_figure(_style.COLUMN_WIDTH, 5.4)
    panels = list(figure.subplots(2, 1, sharex=True))
    trained = [method for method in labels(dataset, "method") if method != LIMIT]
    for ax, (name, label) in zip(panels, _PANELS, strict=True):
        drawn = _marks.draw_medians(ax, dataset, name, trained) + _marks.draw_limits(ax, dataset, name)
        drawn += _marks.draw_diverged(ax, dataset, name)
        _marks.scale_axis(ax, dataset)
        ax.set_ylabel(label)
        if not any(getattr(run, name) > 0 for run in drawn):
            _axes.note(ax, "nothing was run")
        _marks.log_axis(ax, name, drawn)
        if ax is panels[0]:
            _marks.legend_of_networks(ax, dataset, drawn)
        if ax is not panels[-1]:
            ax.set_xlabel("")
    return panels


def paragraph(dataset: xr.Dataset) -> str:
    """Median times of every method, the ratio of training to limit cell by cell, and the sum of compilation."""
    every = runs(dataset)
    if not any(run.was_run for run in every):
        return "Nothing was run."
    medians = [_median(select(every, method=method, known="run_s"), method) for method in labels(dataset, "method")]
    exact = {(run.network, run.scale): run.run_s for run in select(every, method=LIMIT, known="run_s")}
    trained = [method for method in labels(dataset, "method") if method != LIMIT]
    ratios = [_ratio(exact, select(every, method=method, known="run_s"), method) for method in trained]
    compiled = sum(run.compile_s for run in select(every, known="compile_s"))
    told = [
        f"Compilation is counted apart: {seconds(compiled)} in all." if compiled > 0 else "",
        "A step is a Newton step for a limit and a step of the integrator or of descent for training.",
        "For training, marks are medians over networks, and shades go from the least to the most." if ratios else "",
    ]
    return "\n".join(filter(None, map(joined, (medians, ratios, told))))


def _median(found: list[CellResult], method: str) -> str:
    timed = [run for run in found if run.was_run]
    if not timed:
        return ""
    slowest = max(timed, key=lambda run: run.run_s)
    steps = [run.steps for run in timed if math.isfinite(run.steps)]
    walked = f" and {counted(round(statistics.median(steps)), 'step')}" if steps else ""
    return (
        f"{method.capitalize()}: {seconds(statistics.median(run.run_s for run in timed))}{walked} at the median of "
        f"{counted(len(timed), 'run')}, {seconds(slowest.run_s)} at most ({slowest.place})."
    )


def _ratio(exact: dict[tuple[str, float], float], found: list[CellResult], method: str) -> str:
    """Training over limit, in every cell that has both."""
    ratios = [
        run.run_s / exact[run.network, run.scale] for run in found if exact.get((run.network, run.scale), 0.0) > 0
    ]
    if not ratios:
        return ""
    middle = statistics.median(ratios)
    return (
        f"In the same cell, {method} takes {number(middle, 2)} times as long as the limit at the median, between "
        f"{number(min(ratios), 2)} and {number(max(ratios), 2)} times."
    )
