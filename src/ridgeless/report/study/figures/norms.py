"""Figure of ‖x‖₁ and ‖x‖₂ against the initialization scale."""

from __future__ import annotations

import math

import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure

from ridgeless._core.numbers import joined, number
from ridgeless.plots import _axes, _style
from ridgeless.plots._mathtext import typeset
from ridgeless.report.study.cells import CellResult, labels, runs, select, shown_runs, truth_norms
from ridgeless.report.study.figures import _marks

_SYMBOLS = {"l1_norm": "‖x‖₁", "l2_norm": "‖x‖₂"}
# Less than this change, in relative terms, is none to the eye.
_VISIBLE = 0.01


@_style.applied()
def norms(dataset: xr.Dataset, figure: Figure | SubFigure | None = None) -> list[Axes]:
    """‖x‖₁ above ‖x‖₂ against scale, limits as lines and training off its line as marks, with the truth's own norms."""
    figure = figure or _style.new_figure(_style.COLUMN_WIDTH, 5.0)
    upper, lower = figure.subplots(2, 1, sharex=True)
    truth = truth_norms(dataset)
    for ax, name in ((upper, "l1_norm"), (lower, "l2_norm")):
        drawn = _marks.draw_limits(ax, dataset, name)
        ended = [run for run in select(runs(dataset), known=name) if not run.has_diverged]
        _marks.scale_axis(ax, dataset)
        _marks.log_axis(ax, name, ended)
        if not ended:
            _axes.note(ax, "no run gave an answer")
        _marks.include(ax, truth[name])
        ax.set_ylabel(f"{typeset(_SYMBOLS[name])} (dimensionless)")
        line = _marks.reference_line(ax, truth[name], "the truth")
        drawn += _marks.draw_off_line(ax, dataset, name)
        _marks.name_lines(ax, dataset, ended, name)
        if ax is upper:
            ax.set_xlabel("")
            _marks.legend(ax, dataset, drawn, line)
    return [upper, lower]


def paragraph(dataset: xr.Dataset) -> str:
    """Which norm falls and which rises on the way from lazy to rich, for every network."""
    if not select(runs(dataset), known="l1_norm"):
        return "No run gave an answer."
    sentences = [
        "A small ‖x‖₁ (the sum of the sizes of the entries) goes with few large entries, a small ‖x‖₂ (the root of "
        "the sum of their squares) with many small ones; nothing in the training asks for either."
    ]
    sentences.append(joined(_courses(dataset, network) for network in labels(dataset, "network")))
    truth = truth_norms(dataset)
    if math.isfinite(truth["l1_norm"]):
        sentences.append(f"The truth has ‖x‖₁ = {number(truth['l1_norm'])} and ‖x‖₂ = {number(truth['l2_norm'])}.")
    return "\n".join(sentences)


def _courses(dataset: xr.Dataset, network: str) -> str:
    parts = []
    for name, symbol in _SYMBOLS.items():
        course = shown_runs(dataset, network, name)
        if course:
            parts.append(f"{symbol} {_course(course, name)}")
    return f"{network}: {', '.join(parts)}." if parts else ""


def _course(course: list[CellResult], name: str) -> str:
    first, last = getattr(course[0], name), getattr(course[-1], name)
    if len(course) == 1:
        return f"is {number(first)}"
    if abs(last - first) <= _VISIBLE * max(abs(first), abs(last)):
        return f"stays at {number(last)}"
    return f"{'falls' if last < first else 'rises'} from {number(first)} to {number(last)}"
