"""The entries of a solution, beside the truth where it is known: the picture of `solution.plot()`."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from ridgeless._core.arrays import norm
from ridgeless._core.numbers import number
from ridgeless.errors import InvalidInputError
from ridgeless.plots import _axes, _cells, _style
from ridgeless.plots.models import _features
from ridgeless.solution import Solution

_CALL = "plots.solution_entries"
_WIDTH, _HEIGHT = 5.6, 3.0
# In inches: what a line of names takes, and what labels take beside them; how many entries have a line.
_LINE, _MARGIN, _NAMED = 0.21, 0.9, 20
# In points: stems of many entries are thin; the truth is a ring around the end of its stem.
_THICKEST, _THINNEST, _INK = 2.0, 0.5, 200.0
_MANY = 20
# More stems than this lie on top of each other on any screen, and take minutes to draw.
_STEMS = 10_000
_RING = {"linestyle": "none", "marker": "o", "markerfacecolor": "none", "markeredgewidth": 1.1, "zorder": 3}
_RING_SIZE = 5.5


@_style.applied()
def solution_entries(solution: Solution, ax: Axes | None = None) -> Axes:
    """The entries of x as stems, with rings at the truth where it is known; a picture where x stands for a picture.

    Where the unknowns have names, the largest entries by name. Of a complex signal the absolute values. What did not
    converge says so in the legend.

    Args:
        solution: what a verb returned.
        ax: where to draw; None for a figure of its own, which a notebook shows.

    Raises:
        InvalidInputError: something else than a `Solution`.

    Example:
        >>> import numpy as np, ridgeless as rl
        >>> system = rl.LinearSystem(np.array([[1.0, 2.0]]), np.array([2.0]), truth=[0.0, 1.0])
        >>> found = rl.limit(system, rl.networks.Difference(depth=2), rl.inits.Constant(1e-8))
        >>> [text.get_text() for text in solution_entries(found).get_legend().get_texts()]
        ['1 of 2 entries holds 90 % of Σ|value|', 'truth, at a distance of ... of its size']
    """
    if not isinstance(solution, Solution):
        raise InvalidInputError(f"{_CALL}: got a {type(solution).__name__}; pass what rl.limit or rl.train returned.")
    shown = _shown(solution)
    if shown.values.ndim == 2:
        return _picture(shown, solution, ax)
    if solution.names is not None and shown.values.shape == solution.x.shape:
        return _by_name(shown, solution, ax)
    return _by_number(shown, solution, ax)


@dataclass(frozen=True, eq=False)
class _Shown:
    """What is drawn of a solution.

    Attributes:
        values: what x stands for, as real numbers: (d,), or (rows, columns) of a picture.
        truth: of the same shape; None where it is not known.
        error: what the legend says of the truth.
        name: of the values, on their axis.
    """

    values: np.ndarray
    truth: np.ndarray | None
    error: str
    name: str


def _shown(solution: Solution) -> _Shown:
    system = solution.system
    signal = solution.x if system is None else solution.signal
    truth = None if system is None or system.truth is None else system.signal(system.truth)
    error = "" if truth is None else _error(signal, truth)
    name = "value of x" if system is None or system.representation is None else "value of the signal"
    if np.iscomplexobj(signal):
        signal, truth, name = np.abs(signal), None if truth is None else np.abs(truth), "absolute value of the signal"
    if signal.ndim > 2:
        signal, truth = signal.ravel(), None if truth is None else truth.ravel()
    return _Shown(signal, truth, error, name)


def _by_number(shown: _Shown, solution: Solution, ax: Axes | None) -> Axes:
    ax = _style.axes_or_new(ax, _CALL, _WIDTH, _HEIGHT)
    ax.set(xlabel="entry (number, from 0)", ylabel=shown.name)
    ax.xaxis.set_major_locator(MaxNLocator("auto", steps=[1, 2, 5, 10], integer=True))
    values, truth = shown.values, shown.truth
    if not np.isfinite(values).all():
        _axes.note(ax, "x is not finite")
        _finish(ax, solution)
        return ax
    _features.zero_line(ax)
    told = _told(values)
    look = _style.free_styles([told], ax)[told]
    width = float(np.clip(_INK / len(values), _THINNEST, _THICKEST))
    ax.vlines(*_stems(values), color=look.colour, linewidth=width, zorder=2)
    _axes.told_once(ax, told, color=look.colour, linestyle="-", linewidth=_THICKEST)
    if truth is not None:
        # Rings at the zeros of a long truth would hide the entries that are small and not 0.
        ringed = np.flatnonzero(truth) if len(truth) > _MANY else np.arange(len(truth))
        told_error = shown.error if len(ringed) == len(truth) else f"{shown.error} (rings where it is not 0)"
        ax.plot(ringed, truth[ringed], label=told_error, color=_style.INK, markersize=_RING_SIZE, **_RING)
    _finish(ax, solution)
    return ax


def _stems(values: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Places and both ends of the stems; of more than `_STEMS` values neighbours share one that reaches them all."""
    if len(values) <= _STEMS:
        return np.arange(len(values)), np.zeros(len(values)), values
    size = -(-len(values) // _STEMS)
    places = np.arange(0, len(values), size)
    lowest, highest = np.minimum.reduceat(values, places), np.maximum.reduceat(values, places)
    return places, np.minimum(lowest, 0.0), np.maximum(highest, 0.0)


def _by_name(shown: _Shown, solution: Solution, ax: Axes | None) -> Axes:
    values, names = shown.values, list(solution.names or ())
    sizes = np.where(np.isfinite(values), np.abs(values), 0.0)
    largest = _features.largest(sizes, _NAMED, _CALL)
    ax = _style.axes_or_new(ax, _CALL, _WIDTH, _MARGIN + _LINE * max(len(largest), 4))
    ax.set(xlabel=shown.name, ylabel="unknown")
    _features.zero_line(ax, is_upright=True)
    told = _told(values) if np.isfinite(values).all() else "x is not finite"
    colour = _style.free_styles([told], ax)[told].colour
    lines = [names[index] if names.count(names[index]) == 1 else f"{names[index]} ({index})" for index in largest]
    ax.hlines(lines, 0.0, values[largest], color=colour, linewidth=_THICKEST, zorder=2)
    ax.plot(values[largest], lines, "o", color=colour, markersize=4.0, zorder=2, label=told)
    if shown.truth is not None:
        ax.plot(shown.truth[largest], lines, label=shown.error, color=_style.INK, markersize=8.0, **_RING)
    if not ax.yaxis_inverted():
        ax.invert_yaxis()
    ax.grid(visible=False, axis="y")
    if len(largest) < np.count_nonzero(values):
        _axes.told_once(ax, f"the {len(largest)} largest of {len(values)} unknowns")
    _finish(ax, solution)
    return ax


def _picture(shown: _Shown, solution: Solution, ax: Axes | None) -> Axes:
    ax = _style.axes_or_new(ax, _CALL, _WIDTH - 1.4, _HEIGHT + 0.8)
    _cells.clear(ax)
    image = ax.imshow(np.ma.masked_invalid(shown.values), cmap="gray", interpolation="nearest")
    _cells.mark(image)
    bar = ax.figure.colorbar(image, ax=ax, label=shown.name, pad=0.03, shrink=0.85)
    bar.outline.set_visible(False)  # pyright: ignore[reportCallIssue]
    ax.grid(visible=False)
    ax.set(xlabel="column (number, from 0)", ylabel="row (number, from 0)")
    rows, columns = shown.values.shape
    _axes.told_once(ax, shown.error or f"{rows}×{columns} values")
    _finish(ax, solution)
    return ax


def _told(values: np.ndarray) -> str:
    return _features.concentration(values, ("entry", "entries"), "value")


def _error(signal: np.ndarray, truth: np.ndarray) -> str:
    """How far the signal is from the truth, relative to its size."""
    size, apart = norm(truth.ravel()), norm((signal - truth).ravel())
    if size == 0:
        return f"truth, which is 0, at a distance of {number(apart)}"
    return f"truth, at a distance of {number(apart / size)} of its size"


def _finish(ax: Axes, solution: Solution) -> None:
    if not solution.success:
        _axes.told_once(ax, f"{solution.status.name}: {solution.status.value}")
    _axes.own_legend(ax)
