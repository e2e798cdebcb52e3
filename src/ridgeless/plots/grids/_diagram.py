"""A map of colours over two axes of numbers, with a text in each cell where there is room."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.collections import QuadMesh
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke
from matplotlib.ticker import NullLocator

from ridgeless._core.numbers import counted, number
from ridgeless.plots import _axes, _cells, _results, _style
from ridgeless.plots.intervals import Interval, wilson_interval

# In inches: what a cell needs for its text, and how large figures of our own may become.
_ROOM = (0.44, 0.28)
_CELL, _MARGIN, _SMALLEST, _LARGEST = (0.58, 0.42), (1.7, 1.3), (4.4, 3.4), (8.6, 6.4)
_MOST_TICKS = 12
# Of red, green and blue (ITU-R BT.601); text on darker colours is light.
_LUMINANCE, _DARK = (0.299, 0.587, 0.114), 0.55


@dataclass(frozen=True, eq=False)
class Recovery:
    """How often a measure was within a bound, over two axes.

    Attributes:
        cells: the measure over (y, x, seed).
        x: (columns,) increasing.
        y: (rows,) increasing.
        successes: (rows, columns) the number of seeds within the bound.
        trials: (rows, columns) the number of seeds that have a value, or diverged.
        interval: the Wilson interval of the probability.
    """

    cells: _results.Cells
    x: Float[np.ndarray, " columns"]
    y: Float[np.ndarray, " rows"]
    successes: Float[np.ndarray, "rows columns"]
    trials: Float[np.ndarray, "rows columns"]
    interval: Interval

    @property
    def probability(self) -> Float[np.ndarray, "rows columns"]:
        """successes/trials; NaN where there was no trial."""
        return np.where(self.trials > 0, self.successes / np.maximum(self.trials, 1), np.nan)


def recovery(
    dataset: object, call: str, axes: tuple[str, str], measure: str, within: float, confidence: float
) -> Recovery:
    """Count the seeds whose measure is at most `within`, over the axes (x, y)."""
    cells = _results.arranged(dataset, call, measure, axes[::-1])  # pyright: ignore[reportArgumentType]
    x, y = (_results.numbers_along(cells, call, axis) for axis in axes)
    is_known = cells.is_known
    trials = (is_known | cells.has_diverged).sum(axis=-1).astype(float)
    successes = (is_known & (np.nan_to_num(cells.values, nan=np.inf) <= within)).sum(axis=-1).astype(float)
    columns, rows = np.argsort(x), np.argsort(y)
    successes, trials = successes[rows][:, columns], trials[rows][:, columns]
    return Recovery(cells, x[columns], y[rows], successes, trials, wilson_interval(successes, trials, confidence))


def cleared_axes(ax: Axes | None, call: str, found: Recovery) -> Axes:
    """The axes that were given, without an earlier diagram; or new ones, with room for the texts of few cells."""
    wanted = (len(found.x), len(found.y))
    width, height = (
        float(np.clip(margin + cell * count, least, most))
        for margin, cell, count, least, most in zip(_MARGIN, _CELL, wanted, _SMALLEST, _LARGEST, strict=True)
    )
    ax = _style.axes_or_new(ax, call, width, height)
    _cells.clear(ax)
    return ax


def colour_cells(ax: Axes, found: Recovery, values: np.ndarray, colours: str, largest: float, label: str) -> QuadMesh:
    """Colour each cell by its value from 0 to `largest`; cells without one are grey."""
    edges = []
    for name, at in (("x", found.x), ("y", found.y)):
        is_log = _axes.choose_scale(ax, name, _axes.spans_decades(at))  # pyright: ignore[reportArgumentType]
        edges.append(np.exp(_cells.edges(np.log(at))) if is_log else _cells.edges(at))
    masked = np.ma.masked_invalid(values)
    cmap = colormaps[colours].with_extremes(bad=_style.GRID)
    mesh = ax.pcolormesh(*edges, masked, cmap=cmap, vmin=0.0, vmax=largest, edgecolors=_style.PAPER, linewidth=0.6)
    _cells.mark(mesh)
    ax.grid(visible=False)
    figure = ax.figure
    bar = figure.colorbar(mesh, ax=ax, label=label, pad=0.02)
    bar.outline.set_visible(False)  # pyright: ignore[reportCallIssue]
    ax.set(xlim=(edges[0][0], edges[0][-1]), ylim=(edges[1][0], edges[1][-1]))
    return mesh


def write_cells(ax: Axes, found: Recovery, mesh: QuadMesh, text: Callable[[int, int], str], meaning: str) -> None:
    """The text of every cell that has a value, where the cells are large enough, and what it means in the legend."""
    if not _has_room(ax, found):
        return
    values = np.ma.filled(np.ma.asarray(mesh.get_array()), 0.0).reshape(found.trials.shape)
    colours = np.asarray(mesh.get_cmap()(mesh.norm(values)))
    for row, column in np.argwhere(found.trials > 0).tolist():
        is_dark = float(colours[row, column, :3] @ _LUMINANCE) < _DARK
        ink = _style.PAPER if is_dark else _style.FIXED_INK
        written = ax.text(float(found.x[column]), float(found.y[row]), text(row, column), color=ink)
        halo = [withStroke(linewidth=1.8, foreground=tuple(colours[row, column]))]
        written.set(ha="center", va="center", fontsize=6.5, linespacing=1.15, path_effects=halo)
        _cells.mark(written)
    _tell(ax, meaning)


def half_contour(ax: Axes, found: Recovery, label: str) -> None:
    """The line on which the probability, interpolated between the cells, is one half."""
    probability = found.probability
    known = probability[np.isfinite(probability)]
    if min(probability.shape) < 2 or not len(known) or not known.min() < 0.5 < known.max():
        return
    logs = [ax.get_xscale() == "log", ax.get_yscale() == "log"]
    x, y = (np.log(at) if is_log else at for at, is_log in zip((found.x, found.y), logs, strict=True))
    # On axes of its own: a contour is interpolated in the numbers that it is given, and these are logarithms.
    segments = Figure().add_subplot().contour(x, y, np.ma.masked_invalid(probability), levels=[0.5]).allsegs[0]
    for segment in segments:
        line = [np.exp(each) if is_log else each for each, is_log in zip(segment.T, logs, strict=True)]
        for colour, width, name in ((_style.PAPER, 3.2, ""), (_style.line_styles("ab")["b"].colour, 1.6, label)):
            (drawn,) = ax.plot(*line, color=colour, linewidth=width, label=name or "_halo", solid_capstyle="round")
            _cells.mark(drawn)


def finish(ax: Axes, found: Recovery, axes: tuple[str, str], measure: str) -> None:
    """Labels, ticks and legend."""
    x, y = (_results.described(found.cells.dataset[axis]) for axis in axes)
    ax.set_xlabel(x)
    _axes.label_vertically(ax, y)
    for name, at in (("x", found.x), ("y", found.y)):
        if len(at) <= _MOST_TICKS:
            axis = ax.xaxis if name == "x" else ax.yaxis
            axis.set_ticks(at, [number(each) for each in at])
            axis.set_minor_locator(NullLocator())
        else:
            _axes.tick_logarithmic(ax, name)  # pyright: ignore[reportArgumentType]
    _tell(ax, found.cells.left_out(measure))
    blank = int((found.trials == 0).sum())
    if blank:
        _tell(ax, f"grey: no result in {counted(blank, 'place')}")
    _axes.legend_aside(ax)


def _tell(ax: Axes, label: str) -> None:
    _axes.told_once(ax, label)
    if label:
        _cells.mark(ax.lines[-1])


def _has_room(ax: Axes, found: Recovery) -> bool:
    box = ax.get_window_extent()
    inches = np.array([box.width, box.height]) / ax.figure.dpi
    return bool(np.all(inches / (len(found.x), len(found.y)) >= _ROOM))
