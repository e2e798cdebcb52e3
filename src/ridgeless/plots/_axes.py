"""Axes of figures: logarithmic scales, a legend above, and a note where there is nothing to draw."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator
from matplotlib.transforms import ScaledTranslation

from ridgeless._core.numbers import number
from ridgeless.plots._mathtext import typeset
from ridgeless.plots._style import OwnFigure

_DECADE = 10.0
# Of a legend: letters of its font, and how many of them the key of an entry takes.
_LETTERS_PER_INCH, _KEY, _NARROWEST = 14.5, 8, 24
# In inches: a line of it, and the way from the axes to a legend below their labels.
_LINE_HEIGHT, _BELOW = 0.17, 0.5
# In inches: what a bar of colours takes, or a second vertical axis.
_BESIDE = 1.1
# Letters of a label that stand beside an axis of the usual height.
_TALLEST = 38
AS_NUMBER = FuncFormatter(lambda value, _: number(value))


def logarithmic(ax: Axes, name: Literal["x", "y"], values: Sequence[float]) -> None:
    """Make one axis logarithmic, around these positive numbers; a decade wide at least, so that rounding is no feature.

    Ticks are whole decades, and numbers within them where there are few.
    """
    low, high = math.log10(min(values)), math.log10(max(values))
    margin = max(0.06 * (high - low), (1 - (high - low)) / 2, 0.08)
    ax.set(**{f"{name}scale": "log", f"{name}lim": (10 ** (low - margin), 10 ** (high + margin))})
    within_decades = (1.0,) if high - low > 2 else (1.0, 2.0, 5.0)
    axis = ax.xaxis if name == "x" else ax.yaxis
    axis.set(
        major_locator=LogLocator(subs=within_decades, numticks=9),
        minor_locator=NullLocator(),
        major_formatter=AS_NUMBER,
    )


def note(ax: Axes, text: str) -> None:
    """Says why there is nothing to draw."""
    ax.text(0.5, 0.5, text, transform=ax.transAxes, ha="center", va="center", style="italic", wrap=True)
    ax.set_yticks([])
    ax.grid(visible=False)


def legend_above(ax: Axes, entries: Sequence[Artist]) -> None:
    """Entries above the axes, so that none covers data, in as many columns as fit side by side; none where none are."""
    longest = max((len(str(entry.get_label())) for entry in entries), default=0) + _KEY
    columns = min(max(int(_LETTERS_PER_INCH * ax.figure.bbox.width / ax.figure.dpi) // longest, 1), len(entries))
    if columns:
        ax.legend(handles=list(entries), loc="lower left", bbox_to_anchor=(0, 1.03), ncols=columns, borderaxespad=0)


def moved_apart(places: Sequence[float], sizes: Sequence[float]) -> list[float]:
    """The middles of things of these sizes, moved from increasing places until they neither touch nor leave 0 to 1.

    Example:
        >>> [round(place, 6) for place in moved_apart([0.1, 0.12, 0.9, 0.99], [0.1] * 4)]
        [0.1, 0.2, 0.85, 0.95]
    """
    moved, lowest = [], 0.0
    for place, size in zip(places, sizes, strict=True):
        moved.append(max(place, lowest + size / 2))
        lowest = moved[-1] + size / 2
    highest = 1.0
    for index in range(len(moved) - 1, -1, -1):
        moved[index] = min(moved[index], highest - sizes[index] / 2)
        highest = moved[index] - sizes[index] / 2
    return moved


def spans_decades(values: np.ndarray) -> bool:
    """Whether positive numbers stand better on a logarithmic axis: over a decade, spaced more evenly by ratio.

    Example:
        >>> spans_decades(np.array([1e-4, 1e-2, 1.0])), spans_decades(np.array([10.0, 40.0, 70.0, 100.0]))
        (True, False)
    """
    found = np.unique(values[np.isfinite(values)])
    if len(found) < 2 or found[0] <= 0 or found[-1] / found[0] < _DECADE:
        return False
    gaps, ratios = np.diff(found), np.diff(np.log(found))
    return bool(np.std(ratios) / np.mean(ratios) <= np.std(gaps) / np.mean(gaps))


def choose_scale(ax: Axes, name: Literal["x", "y"], is_logarithmic: bool) -> bool:
    """Make an axis that is still empty logarithmic where that is asked for; returns whether it is logarithmic now."""
    if is_logarithmic and not ax.has_data():
        ax.set(**{f"{name}scale": "log"})
    return (ax.get_xscale() if name == "x" else ax.get_yscale()) == "log"


def tick_logarithmic(ax: Axes, name: Literal["x", "y"]) -> None:
    """Ticks of a logarithmic axis as plain numbers: whole decades, and numbers within them where these are few."""
    low, high = sorted(ax.get_xlim() if name == "x" else ax.get_ylim())
    axis = ax.xaxis if name == "x" else ax.yaxis
    if axis.get_scale() != "log":
        return
    within_decades = (1.0,) if math.log10(high) - math.log10(low) > 2.5 else (1.0, 2.0, 5.0)
    axis.set(
        major_locator=LogLocator(subs=within_decades, numticks=9),
        minor_locator=NullLocator(),
        major_formatter=AS_NUMBER,
    )


def told_once(ax: Axes, label: str, **look: Any) -> None:
    """An entry of the legend without data of its own, unless the axes have one of that name already."""
    if label and label not in [line.get_label() for line in ax.lines]:
        settings: dict[str, Any] = {"linestyle": "none"} | look
        ax.plot([], [], label=label, **settings)


def label_vertically(ax: Axes, text: str) -> None:
    """The label of the vertical axis, its formulas typeset; a long one has its unit on a line of its own."""
    head, opening, unit = text.rpartition(" (")
    is_long = bool(opening) and len(text) > _TALLEST
    ax.set_ylabel(f"{typeset(head)}\n({typeset(unit)}" if is_long else typeset(text))


def own_legend(ax: Axes, labels: float = 0.0) -> None:
    """A legend of all that has a label, each once: above the axes in a figure of our own, else where there is room.

    Args:
        ax: whose.
        labels: inches that long labels take to the left of the axes, where the legend begins.
    """
    entries = _entries(ax)
    if not entries:
        return
    if not isinstance(ax.figure, OwnFigure):
        place: dict[str, Any] = {"loc": "best", "frameon": True, "framealpha": 0.85, "edgecolor": "none"}
        _legend(ax, entries, _LETTERS_PER_INCH * _width(ax), **place)
        return
    letters = _LETTERS_PER_INCH * (_width(ax) - labels)
    columns = 2 if _fit_side_by_side(list(entries), letters) else 1
    place = {"loc": "lower left", "bbox_to_anchor": (0, 1.01), "borderaxespad": 0, "ncols": columns}
    lines = _legend(ax, entries, letters, **place)
    ax.figure.set_figheight(ax.figure.bare_height + _LINE_HEIGHT * math.ceil(lines / columns))


def legend_aside(ax: Axes) -> None:
    """`own_legend` of axes that are filled to their edges: below them, in a figure of somebody else."""
    entries = _entries(ax)
    if isinstance(ax.figure, OwnFigure) or not entries:
        own_legend(ax)
        return
    below = ax.transAxes + ScaledTranslation(0, -_BELOW, ax.figure.dpi_scale_trans)
    place: dict[str, Any] = {"loc": "upper left", "bbox_to_anchor": (0, 0), "bbox_transform": below}
    _legend(ax, entries, _LETTERS_PER_INCH * _width(ax), borderaxespad=0, **place)


def _entries(ax: Axes) -> dict[str, Artist]:
    """What has a label, the first of each label."""
    handles, labels = ax.get_legend_handles_labels()
    first = dict(zip(reversed(labels), reversed(handles), strict=True))
    return {label: first[label] for label in dict.fromkeys(labels) if label}


def _legend(ax: Axes, entries: Mapping[str, Artist], letters: float, **place: Any) -> int:
    """Draw it, with labels that fit into a line of so many letters; returns how many lines they take."""
    widest = max(int(letters) - _KEY, _NARROWEST)
    shown = [textwrap.fill(label, widest) for label in entries]
    ax.legend(list(entries.values()), shown, **place)
    return sum(1 + label.count("\n") for label in shown)


def _width(ax: Axes) -> float:
    """In inches, what a legend may take: the axes, or in a figure of our own all that is not beside another axis."""
    if not isinstance(ax.figure, OwnFigure):
        return float(ax.get_window_extent().width / ax.figure.dpi)
    return float(ax.figure.get_figwidth()) - (_BESIDE if len(ax.figure.axes) > 1 else 0.0)


def _fit_side_by_side(labels: Sequence[str], letters: float) -> bool:
    """Whether two columns of these entries, the first half and the second, fit into a line of so many letters."""
    half = (len(labels) + 1) // 2
    columns = [max(map(len, part)) for part in (labels[:half], labels[half:]) if part]
    return len(columns) == 2 and sum(columns) + 2 * _KEY <= letters
