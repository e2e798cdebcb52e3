"""Figure of the answers that tell the story, from lazy to rich, beside the truth: pictures, or stems."""

from __future__ import annotations

from collections.abc import Sequence

import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure

from ridgeless._core.numbers import counted, joined, listed, number
from ridgeless.plots import _axes, _style
from ridgeless.report.study.cells import CellResult, Measure, courses, measure, scales, shown_method
from ridgeless.report.study.figures import _answers, _marks, _story
from ridgeless.studies.cells import LIMIT

_PANEL = 1.2


@_style.applied()
def strip(dataset: xr.Dataset, figure: Figure | SubFigure | None = None) -> list[Axes]:
    """Two networks as rows, at most five scales from lazy to rich as columns, and the truth once, at the right."""
    networks = _story.protagonists(dataset)
    if not networks:
        return [_nothing(figure)]
    has_truth = _answers.truth(dataset) is not None
    columns = _story.told_scales(dataset)
    width = len(columns) + has_truth
    figure = figure or _answers.new_figure(len(networks), width, _PANEL, _answers.has_pictures(dataset))
    grid = figure.add_gridspec(len(networks), width)
    places = [[grid[row, column] for column in range(len(columns))] for row in range(len(networks))]
    rows = [[figure.add_subplot(place) for place in row] for row in places]
    draw_rows(figure, rows, dataset, networks, columns)
    panels = [ax for row in rows for ax in row]
    if not has_truth:
        return panels
    ax = figure.add_subplot(grid[:, -1])
    _answers.draw(ax, dataset, None)
    ax.set_title("truth", fontsize=8.5, fontweight="bold")
    return [*panels, ax]


def draw_rows(
    figure: Figure | SubFigure,
    rows: list[list[Axes]],
    dataset: xr.Dataset,
    networks: Sequence[str],
    columns: Sequence[float],
) -> None:
    """The answers of each of these networks at each of these scales, with the names of both."""
    for row, network in zip(rows, networks, strict=True):
        found = [_answers.shown_at(dataset, network, scale) for scale in columns]
        has_news = _story.have_news(dataset, found)
        for ax, run, is_new in zip(row, found, has_news, strict=True):
            (_answers.draw if is_new else _answers.draw_unchanged)(ax, dataset, run)
        _answers.name_row(row[0], dataset, network)
    for ax, scale in zip(rows[0], columns, strict=True):
        ax.set_title(number(scale, 2), fontsize=8.5)
    if not _answers.has_pictures(dataset):
        _answers.name_axes(figure, rows, dataset)
    figure.suptitle(_marks.SCALE_LABEL, fontsize=9)


def paragraph(dataset: xr.Dataset) -> str:
    """What the two rows are, in words and numbers, and which method's answers are shown."""
    what = "picture" if _answers.has_pictures(dataset) else "answer"
    networks = _story.protagonists(dataset)
    if not networks:
        return "No run gave an answer, so there is nothing to show."
    sentences = [
        f"Each {what} solves the same equations (or tries to); from left to right only the scale of the initial "
        "weights falls.",
        *_rows_in_words(dataset, networks),
        methods_shown(dataset, networks),
        _thinned(dataset),
        _UNCHANGED if _leaves_out(dataset) else "",
        "" if _answers.has_pictures(dataset) else _CUT,
    ]
    return joined(sentences)


_UNCHANGED = "An empty panel would look like the one to its left."
_CUT = "All panels go from minus to plus one and a half times the truth's largest entry: longer stems are cut."


def methods_shown(dataset: xr.Dataset, networks: Sequence[str]) -> str:
    """Whether limits or trained answers are shown, in one sentence."""
    trained = [f"{network} ({shown_method(dataset, network)})" for network in networks if _is_trained(dataset, network)]
    if not trained:
        return "Shown are the limits: where training ends, computed without training."
    if len(trained) == len(networks):
        return f"Shown are trained answers: {listed(trained)}."
    return f"Shown are the limits, computed without training; where none is known, trained answers: {listed(trained)}."


def course_text(found: Measure, course: list[CellResult]) -> str:
    """A network with what it starts from and what it comes to."""
    first, best = course[0], found.best(course)
    start = f"{found.text(found.of(first))} at scale {number(first.scale)}"
    if best is first:
        return f"{first.network}, which is at its best, {start}, where it starts"
    return f"{first.network}, from {start} to {found.text(found.of(best))} at scale {number(best.scale)}"


def _leaves_out(dataset: xr.Dataset) -> bool:
    """Whether a panel of the strip looks like the one before it."""
    columns = _story.told_scales(dataset)
    rows = [
        [_answers.shown_at(dataset, network, scale) for scale in columns] for network in _story.protagonists(dataset)
    ]
    return not all(is_new for row in rows for is_new in _story.have_news(dataset, row))


def _nothing(figure: Figure | SubFigure | None) -> Axes:
    ax = (figure or _style.new_figure(_style.COLUMN_WIDTH, 1.0)).add_subplot()
    ax.set_axis_off()
    _axes.note(ax, "no run gave an answer")
    return ax


def _rows_in_words(dataset: xr.Dataset, networks: Sequence[str]) -> list[str]:
    found = measure(dataset)
    if found is None:
        return [_of_movement(networks)] if _story.others(dataset) else []
    known = {course[0].network: course for course in courses(dataset, found.name)}
    rows = [known[network] for network in networks if network in known]
    if len(networks) == 1:
        return [f"The network is {course_text(found, row)}." for row in rows]
    told = [f"The network that comes closest to the truth is {course_text(found, rows[0])}."] if rows else []
    return [*told, *(f"The one that stays farthest from it is {course_text(found, row)}." for row in rows[1:])]


def _of_movement(networks: Sequence[str]) -> str:
    return f"Of all networks, the answer of {networks[0]} moves most on the way, and that of {networks[-1]} least."


def _is_trained(dataset: xr.Dataset, network: str) -> bool:
    return shown_method(dataset, network) != LIMIT


def _thinned(dataset: xr.Dataset) -> str:
    every, shown = scales(dataset), _story.told_scales(dataset)
    if len(every) == len(shown):
        return ""
    return f"Of {counted(len(every), 'scale')} those {len(shown)} are shown between which the upper row changes most."
