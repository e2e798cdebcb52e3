"""Figure of the distance between the end of training and the exact limit, against the initialization scale."""

from __future__ import annotations

from collections.abc import Sequence

import xarray as xr
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from ridgeless._core.numbers import counted, joined, listed, number
from ridgeless.certificates import WITHIN
from ridgeless.plots import _axes, _style
from ridgeless.plots._mathtext import typeset
from ridgeless.report.study.cells import DESCENT, CellResult, labels, runs, select, status_words
from ridgeless.report.study.figures import _marks
from ridgeless.studies.cells import LIMIT, NO_EXACT_LIMIT, NOT_RUN

_MOST_PLACES = 4
_LABEL = "distance from the limit, ‖x − limit‖/‖limit‖\n(dimensionless)"


@_style.applied()
def distance(dataset: xr.Dataset, ax: Axes | None = None) -> Axes:
    """‖x − limit‖/‖limit‖ against scale for every trained run, with a shade over the networks of each method.

    Diverged runs sit at the top. A dashed line marks what a certificate takes for the limit.
    """
    ax = ax or _style.new_figure(_style.COLUMN_WIDTH, 3.9).add_subplot()
    _marks.scale_axis(ax, dataset)
    ax.set_ylabel("\n".join(map(typeset, _LABEL.split("\n"))))
    _marks.draw_bands(ax, dataset, "distance", labels(dataset, "method"))
    drawn = _marks.draw_trained(ax, dataset, "distance")
    if not drawn:
        _axes.note(ax, "no trained result has a limit to be held against")
        return ax
    _marks.log_axis(ax, "distance", drawn)
    _marks.include(ax, WITHIN)
    diverged = _marks.draw_diverged(ax, dataset)
    ax.axhline(WITHIN, color=_style.INK, linestyle="--", linewidth=1.0)
    tolerance = Line2D([], [], color=_style.INK, linestyle="--", linewidth=1.0, label=f"tolerance, {number(WITHIN)}")
    _marks.legend_of_networks(ax, dataset, drawn + diverged, [*_marks.hollow_handles(drawn), tolerance])
    return ax


def paragraph(dataset: xr.Dataset) -> str:
    """The largest distance of what converged, method by method, and an account of what did not."""
    trained = [method for method in labels(dataset, "method") if method != LIMIT]
    if not any(run.was_run for run in runs(dataset) if run.method in trained):
        return "Nothing was trained in this study."
    sentences = [
        "Training and the limit are computed by different means; the lower a mark, the better they agree. Below the "
        f"dashed line, {number(WITHIN)}, a certificate takes one for the other. A shade reaches over the networks of "
        "one method, those that converged."
    ]
    parts = [*sentences, *(_agreement(dataset, method) for method in trained), _without_limit(dataset)]
    return "\n".join(filter(None, parts))


def _agreement(dataset: xr.Dataset, method: str) -> str:
    every = select(runs(dataset), method=method)
    ran = [run for run in every if run.was_run]
    if not ran:
        return f"Nothing was run by {method}."
    compared = [run for run in select(ran, known="distance") if run.has_converged]
    parts = [f"{len([run for run in ran if run.has_converged])} of {counted(len(ran), 'run')} converged"]
    if compared:
        far = max(compared, key=lambda run: run.distance)
        middle = sorted(run.distance for run in compared)[len(compared) // 2]
        parts.append(
            f"of those the farthest from its limit is {number(far.distance, 2)} away ({far.place}), "
            f"the middle one {number(middle, 2)}"
        )
    text = f"{method.capitalize()}: {'; '.join(parts)}."
    if compared and method == DESCENT:
        text += " Its steps are finite where the theorem's are infinitely small, which can move the end point."
    return joined((text, _failures(ran), _left_out(every)))


def _failures(ran: Sequence[CellResult]) -> str:
    failed = [run for run in ran if not run.has_converged]
    if not failed:
        return ""
    kinds = list(dict.fromkeys(run.status for run in failed))
    accounts = [f"{status_words(kind)} in {_places([run for run in failed if run.status == kind])}" for kind in kinds]
    return f"Not converged, and drawn hollow (diverged: as a cross): {'; '.join(accounts)}."


def _places(failed: Sequence[CellResult]) -> str:
    """All of a few, or how many and the first."""
    if len(failed) > _MOST_PLACES:
        return f"{len(failed)} cells, the first at {failed[0].place}"
    return listed([f"{run.network} at scale {number(run.scale)}" for run in failed])


def _left_out(every: Sequence[CellResult]) -> str:
    left_out = [run for run in every if run.status in ("", NOT_RUN)]
    if not left_out:
        return ""
    largest = max(run.scale for run in left_out)
    return f"{counted(len(left_out), 'cell was', 'cells were')} not run, at scale {number(largest)} and below."


def _without_limit(dataset: xr.Dataset) -> str:
    without = [run for run in select(runs(dataset), method=LIMIT) if run.status == NO_EXACT_LIMIT]
    networks = list(dict.fromkeys(run.network for run in without))
    if not networks:
        return ""
    amount = counted(len(without), "scale")
    return f"For {listed(networks)} no theorem gives the limit at {amount}; only training can tell."
