"""Figure of the cost of training and of the limit: run time, compile time and steps."""

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

_PANELS = (("run_s", "run time (s)", 2.4), ("compile_s", "compile time (s)", 1.3), ("steps", "number of steps", 2.0))


@_style.applied()
def times(dataset: xr.Dataset, figure: Figure | SubFigure | None = None) -> list[Axes]:
    """Run time, compile time and number of steps against scale; limits as lines, training as markers."""
    figure = figure or _style.new_figure(_style.COLUMN_WIDTH, 7.2)
    panels = list(figure.subplots(3, 1, sharex=True, height_ratios=[height for _, _, height in _PANELS]))
    aside = _marks.side_by_side(dataset)
    any_ran = any(run.was_run for run in runs(dataset))
    for ax, (name, label, _) in zip(panels, _PANELS, strict=True):
        drawn = _marks.draw_limits(ax, dataset, name)
        drawn += _marks.draw_trained(ax, dataset, name, aside) + _marks.draw_diverged(ax, dataset, aside, name)
        _marks.scale_axis(ax, dataset)
        ax.set_ylabel(label)
        if not any(getattr(run, name) > 0 for run in drawn):
            _axes.note(ax, "nothing was compiled" if name == "compile_s" and any_ran else "nothing was run")
        _marks.log_axis(ax, name, drawn)
        if ax is panels[0]:
            _marks.legend(ax, dataset, drawn)
        if ax is not panels[-1]:
            ax.set_xlabel("")
    return panels


def paragraph(dataset: xr.Dataset) -> str:
    """Median times of every method, the ratio of training to limit cell by cell, and the sum of compilation."""
    every = runs(dataset)
    if not any(run.was_run for run in every):
        return "Nothing was run."
    sentences = [_median(select(every, method=method, known="run_s"), method) for method in labels(dataset, "method")]
    exact = {(run.network, run.scale): run.run_s for run in select(every, method=LIMIT, known="run_s")}
    trained = [method for method in labels(dataset, "method") if method != LIMIT]
    sentences += [_ratio(exact, select(every, method=method, known="run_s"), method) for method in trained]
    compiled = sum(run.compile_s for run in select(every, known="compile_s"))
    sentences.append(f"Compilation is counted apart: {seconds(compiled)} in all." if compiled > 0 else "")
    sentences.append("A step is a Newton step for a limit and a step of the integrator or of descent for training.")
    return joined(sentences)


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
