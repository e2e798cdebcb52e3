"""Figure of the distance between the end of training and the exact limit, against the initialization scale."""

from __future__ import annotations

from collections.abc import Sequence

import xarray as xr
from matplotlib.axes import Axes

from ridgeless._core.numbers import counted, joined, listed, number
from ridgeless.plots import _axes, _style
from ridgeless.report.study.cells import DESCENT, CellResult, labels, runs, select, status_words
from ridgeless.report.study.figures import _marks
from ridgeless.studies.cells import LIMIT, NO_EXACT_LIMIT, NOT_RUN

_MOST_PLACES = 4
_LABEL = "‖x trained − x limit‖/‖x limit‖\n(dimensionless)"


@_style.applied()
def distance(dataset: xr.Dataset, ax: Axes | None = None) -> Axes:
    """‖x − x_limit‖/‖x_limit‖ against scale for every trained run; diverged ones sit at the top."""
    ax = ax or _style.new_figure(_style.COLUMN_WIDTH, 3.9).add_subplot()
    _marks.scale_axis(ax, dataset)
    ax.set_ylabel(_LABEL)
    aside = _marks.side_by_side(dataset)
    drawn = _marks.draw_trained(ax, dataset, "distance", aside)
    if not drawn:
        _axes.note(ax, "no trained result has a limit to be held against")
        return ax
    _marks.log_axis(ax, "distance", drawn)
    diverged = _marks.draw_diverged(ax, dataset, aside)
    _marks.legend(ax, dataset, drawn + diverged)
    return ax


def paragraph(dataset: xr.Dataset) -> str:
    """The largest distance of what converged, method by method, and an account of what did not."""
    trained = [method for method in labels(dataset, "method") if method != LIMIT]
    if not any(run.was_run for run in runs(dataset) if run.method in trained):
        return "Nothing was trained in this study."
    sentences = [
        "Training and the limit are computed by different means; the lower a mark, the better they agree (networks "
        "stand side by side at each scale)."
    ]
    return joined([*sentences, *(_agreement(dataset, method) for method in trained), _without_limit(dataset)])


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
