"""Figure of the error of every answer against the initialization scale."""

from __future__ import annotations

import math

import xarray as xr
from matplotlib.axes import Axes

from ridgeless._core.numbers import counted, joined, listed, number
from ridgeless.plots import _axes, _style
from ridgeless.plots._mathtext import typeset
from ridgeless.report.study.cells import CellResult, Measure, labels, measure, runs, select, shown_runs
from ridgeless.report.study.figures import _marks
from ridgeless.studies.cells import LIMIT

# A start of large norm can leave an answer at −60 dB, which would press all the rest into a flat line.
_LOWEST_DECIBEL = -12.0


@_style.applied()
def quality(dataset: xr.Dataset, ax: Axes | None = None) -> Axes:
    """PSNR, or without a picture the relative error, against scale: limits as lines, training off them as marks."""
    ax = ax or _style.new_figure(_style.COLUMN_WIDTH, 3.9).add_subplot()
    found = measure(dataset)
    _marks.scale_axis(ax, dataset)
    if found is None:
        ax.set_ylabel("relative error (dimensionless)")
        _axes.note(ax, "the truth is not known" if _has_answers(dataset) else "no run gave an answer")
        return ax
    drawn = _marks.draw_limits(ax, dataset, found.name)
    ended = [run for run in select(runs(dataset), known=found.name) if not run.has_diverged]
    if found.name == "psnr":
        ax.set_ylabel("PSNR (dB), higher is better")
        ax.set_ylim(*_decibel_range([run.psnr for run in ended]))
    else:
        ax.set_ylabel(typeset("relative error ‖x − truth‖/‖truth‖") + "\n(dimensionless), lower is better")
        _marks.log_axis(ax, found.name, ended)
    drawn += _marks.draw_off_line(ax, dataset, found.name)
    _marks.name_lines(ax, dataset, ended, found.name)
    _marks.legend(ax, dataset, drawn)
    return ax


def paragraph(dataset: xr.Dataset) -> str:
    """The order of the networks at the richest scale, where each is best, and how far training is from its line."""
    found = measure(dataset)
    if not _has_answers(dataset):
        return "No run gave an answer."
    if found is None:
        return "The truth behind this system is not known, so nothing can be said about how close an answer is to it."
    ends = {network: shown_runs(dataset, network, found.name) for network in labels(dataset, "network")}
    told = joined(_course(found, network, course) for network, course in ends.items() if course)
    parts = [_meaning(found), told, _training(dataset, found), _below_frame(dataset, found)]
    return "\n".join(filter(None, parts))


def _has_answers(dataset: xr.Dataset) -> bool:
    return bool(select(runs(dataset), known="l2_norm"))


def _meaning(found: Measure) -> str:
    if found.name == "psnr":
        return (
            "PSNR compares a picture with the true one: at 20 dB the typical error of a pixel is a tenth of the range "
            "of brightness, at 40 dB a hundredth."
        )
    return "The relative error is ‖x − truth‖/‖truth‖: 0 is the truth itself, and x = 0 has 1."


def _course(found: Measure, network: str, course: list[CellResult]) -> str:
    first, last, best = course[0], course[-1], found.best(course)
    if len(course) == 1:
        return f"{network} has {found.text(found.of(first))} at scale {number(first.scale)}."
    ends = (found.text(found.of(first)), found.text(found.of(last)))
    sentence = f"{network} goes from {ends[0]} at scale {number(first.scale)} to {ends[1]} at {number(last.scale)}"
    peak = (
        ""
        if found.text(found.of(best)) in ends
        else f", with its best, {found.text(found.of(best))}, at {number(best.scale)}"
    )
    return f"{sentence}{peak}."


def _training(dataset: xr.Dataset, found: Measure) -> str:
    """The sentence on the distance of converged trainings from the limits."""
    every = runs(dataset)
    exact = {(run.network, run.scale): found.of(run) for run in select(every, method=LIMIT, known=found.name)}
    trained = [
        run
        for run in select(every, known=found.name)
        if run.method != LIMIT and run.has_converged and (run.network, run.scale) in exact
    ]
    if not trained:
        return ""
    far = max(trained, key=lambda run: abs(found.of(run) - exact[run.network, run.scale]))
    gap = abs(found.of(far) - exact[far.network, far.scale])
    unit = " dB" if found.name == "psnr" else ""
    return (
        "Lines grow thinner from network to network, so that one beneath another shows. A mark is training that ends "
        "visibly off its line, and hollow where it did not converge. Of "
        f"{counted(len(trained), 'converged trained result')} with a limit, the one farthest from its line is off by "
        f"{number(gap, 2)}{unit} ({far.method}, {far.place})."
    )


def _below_frame(dataset: xr.Dataset, found: Measure) -> str:
    """Which networks leave the frame below."""
    if found.name != "psnr":
        return ""
    answers = [run for run in select(runs(dataset), known="psnr") if not run.has_diverged]
    below = [run for run in answers if run.psnr < _LOWEST_DECIBEL]
    if not below:
        return ""
    names = listed(list(dict.fromkeys(run.network for run in below)))
    worst = min(below, key=lambda run: run.psnr)
    return (
        f"Answers below {found.text(_LOWEST_DECIBEL)} ({names}) lie outside the frame, down to "
        f"{found.text(worst.psnr)} at scale {number(worst.scale)}: what the data cannot see of so large a start stays "
        "in the answer."
    )


def _decibel_range(values: list[float]) -> tuple[float, float]:
    finite = [value for value in values if math.isfinite(value)]
    low, high = max(min(finite), _LOWEST_DECIBEL), max(*finite, _LOWEST_DECIBEL)
    middle, half = (low + high) / 2, 0.54 * max(high - low, 4.0)
    return middle - half, middle + half
