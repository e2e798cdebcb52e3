"""Drawing a figure of a paper: predictions as lines, measurements as marks with 95 % bands."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from ridgeless._core import claims
from ridgeless.plots import _axes, _style
from ridgeless.plots._mathtext import typeset, wrapped

_WIDTH, _HEIGHT, _LINE_HEIGHT = 4.6, 3.1, 0.17
_LABEL_WIDTH = 38
# Of a legend, in letters of its font: the width above the axes, and what the key of an entry takes.
_LETTERS, _KEY, _MOST_COLUMNS = 64, 8, 4
_SMALL = 7.5
_MARKERS = ("o", "s", "^", "D", "v", "P")
_DASHES: tuple[_style.Dashes, ...] = ("--", ":", "-.", "-")
_SHADE = 0.22
_BAR_WIDTH = 5.0
# Later marks are smaller, so that one under another still shows.
_LARGEST_MARK, _SMALLEST_MARK, _SMALLER = 7.6, 4.6, 0.8
# Matplotlib measures a diamond by its side, all others by what they span.
_SIDE = {"D": 0.7}
_LINE = 1.5
# Marks of a curve with more points than these shrink with their distance, so that they do not run into a band.
_FEW_POINTS = 16
# No band hides a mark of another curve.
_BEHIND, _BENEATH, _BEFORE, _ABOVE = 1.5, 2.0, 2.5, 2.7


@_style.applied()
def draw(figure: claims.Figure) -> Figure:
    """Draw the curves of a figure on common axes.

    A prediction whose label holds that of a measured curve has its colour, and its entry in the legend where it is the
    only one; one for all of them is drawn in ink. What a logarithmic axis cannot show, and what is not finite, is left
    out: `left_out` counts it.
    """
    looks, shared = _looks(figure.curves), _shared(figure.curves)
    entries = [label for label in looks if label not in shared]
    columns = _columns(entries)
    lines = -(-sum(1 + wrapped(label, _LABEL_WIDTH).count("\n") for label in entries) // columns)
    drawing = _style.new_figure(_WIDTH, _HEIGHT + _LINE_HEIGHT * lines)
    ax = drawing.add_subplot()
    ax.set(xlabel=typeset(figure.x_label), ylabel=typeset(figure.y_label))
    if not any(_shown(figure, curve).any() for curve in figure.curves):
        _axes.note(ax, "there is nothing to draw")
        return drawing
    _scale_axes(ax, figure)
    markers = _markers(figure.curves)
    for curve in figure.curves:
        _band(ax, figure, curve, looks[curve.label])
        _curve(ax, figure, curve, looks[curve.label], markers.get(curve.label))
    _legend(ax, _curve_handles(figure.curves, looks, markers), columns, _kinds(figure.curves))
    return drawing


def left_out(figure: claims.Figure) -> int:
    """The number of measured points that cannot be drawn: not finite, or not positive on a logarithmic axis.

    Example:
        >>> measured = claims.Curve("gap", np.array([0.1, 1.0]), np.array([0.0, 2.0]))
        >>> left_out(claims.Figure("Gap", "scale", "gap", (measured,), "It falls."))
        1
    """
    return sum(int((~_shown(figure, curve)).sum()) for curve in _of_kind(figure.curves, "measured"))


def _of_kind(curves: Iterable[claims.Curve], kind: str) -> list[claims.Curve]:
    return [curve for curve in curves if curve.kind == kind]


def _looks(curves: Sequence[claims.Curve]) -> dict[str, _style.LineStyle]:
    """A look for every label: what was measured has a colour, and shares it with its own prediction."""
    measured = [curve.label for curve in _of_kind(curves, "measured")]
    coloured = _style.line_styles(dict.fromkeys(measured or [curve.label for curve in curves]))
    in_ink = itertools.cycle(_style.LineStyle(_style.INK, dashes, width=_LINE) for dashes in _DASHES)
    looks = {}
    for label in dict.fromkeys(curve.label for curve in curves):
        owner = _owner(label, coloured)
        looks[label] = coloured[owner] if owner else next(in_ink)
    return looks


def _owner(label: str, names: Iterable[str]) -> str | None:
    """The measured curve that a prediction belongs to: the longest of the names that its label holds."""
    return max((name for name in names if name in label), key=len, default=None)


def _shared(curves: Sequence[claims.Curve]) -> dict[str, str]:
    """Predictions that need no entry of their own in the legend, each with the measured curve whose entry it shares."""
    measured = dict.fromkeys(curve.label for curve in _of_kind(curves, "measured"))
    predicted = dict.fromkeys(curve.label for curve in _of_kind(curves, "predicted"))
    owners = {label: owner for label in predicted if label not in measured and (owner := _owner(label, measured))}
    alone = [owner for owner in owners.values() if list(owners.values()).count(owner) == 1]
    return {label: owner for label, owner in owners.items() if owner in alone}


def _markers(curves: Sequence[claims.Curve]) -> dict[str, tuple[str, float]]:
    """Shape and size of the marks of every measured label."""
    measured = dict.fromkeys(curve.label for curve in _of_kind(curves, "measured"))
    # Colours recur after as many labels as marks do: a shift by one from round to round keeps the pairs apart.
    shapes = [_MARKERS[(i + i // len(_MARKERS)) % len(_MARKERS)] for i in range(len(measured))]
    sizes = [max(_LARGEST_MARK - _SMALLER * i, _SMALLEST_MARK) for i in range(len(measured))]
    crowded = [min(1.0, math.sqrt(_FEW_POINTS / max(_points(curves, label), 1))) for label in measured]
    shrunk = [size * part for size, part in zip(sizes, crowded, strict=True)]
    return dict(zip(measured, zip(shapes, shrunk, strict=True), strict=True))


def _points(curves: Sequence[claims.Curve], label: str) -> int:
    """The most measured points that a curve of this label has."""
    return max(len(curve.x) for curve in _of_kind(curves, "measured") if curve.label == label)


def _shown(figure: claims.Figure, curve: claims.Curve) -> np.ndarray:
    """Which points of a curve the axes can show."""
    shown = np.isfinite(curve.x) & np.isfinite(curve.y)
    if figure.x_scale == "log":
        shown &= curve.x > 0
    if figure.y_scale == "log":
        shown &= curve.y > 0
    return shown


def _scale_axes(ax: Axes, figure: claims.Figure) -> None:
    """Logarithmic axes around everything that is drawn; linear ones find their own limits."""
    shown = [(curve, _shown(figure, curve)) for curve in figure.curves]
    if figure.x_scale == "log":
        _axes.logarithmic(ax, "x", np.concatenate([curve.x[here] for curve, here in shown]).tolist())
    if figure.y_scale == "log":
        heights = [
            values[here] for curve, here in shown for values in (curve.y, curve.low, curve.high) if values is not None
        ]
        every = np.concatenate(heights)
        _axes.logarithmic(ax, "y", every[np.isfinite(every) & (every > 0)].tolist())


def _band(ax: Axes, figure: claims.Figure, curve: claims.Curve, look: _style.LineStyle) -> None:
    """Bars behind measured points, which say nothing of what lies between them; shade along a predicted line."""
    if curve.low is None or curve.high is None:
        return
    here = _shown(figure, curve) & np.isfinite(curve.low) & np.isfinite(curve.high)
    x, low, high = curve.x[here], curve.low[here], curve.high[here]
    if figure.y_scale == "log":  # a band that reaches zero ends at the edge
        low = np.maximum(low, ax.get_ylim()[0])
    if curve.kind == "measured":
        ax.vlines(x, low, high, color=look.colour, alpha=_SHADE, linewidth=_BAR_WIDTH, zorder=_BEHIND)
    else:
        ax.fill_between(x, low, high, color=look.colour, alpha=_SHADE, linewidth=0, zorder=_BEHIND)


def _curve(
    ax: Axes, figure: claims.Figure, curve: claims.Curve, look: _style.LineStyle, marker: tuple[str, float] | None
) -> None:
    here = _shown(figure, curve)
    if curve.kind == "measured" and marker:
        ax.plot(curve.x[here], curve.y[here], linestyle="none", zorder=_BEFORE, **_mark(*marker, look.colour))
    else:
        y = np.where(here, curve.y, np.nan)  # a line stops where it cannot be drawn
        # Coloured lines run beneath their own marks. One in ink belongs to all marks, and would vanish beneath them.
        order = _ABOVE if look.colour == _style.INK else _BENEATH
        ax.plot(curve.x, y, look.dashes, color=look.colour, linewidth=_LINE, zorder=order)


def _mark(shape: str, size: float, colour: str) -> dict[str, Any]:
    edge = {"markeredgecolor": _style.PAPER, "markeredgewidth": 0.6}
    return {"marker": shape, "markersize": _SIDE.get(shape, 1.0) * size, "color": colour} | edge


def _columns(labels: Sequence[str]) -> int:
    """How many columns of a legend fit side by side above the axes, as letters of its font."""
    longest = min(max(map(len, labels), default=0), _LABEL_WIDTH) + _KEY
    return max(1, min(len(labels), _LETTERS // longest, _MOST_COLUMNS))


def _legend(ax: Axes, handles: Sequence[Line2D], columns: int, kinds: str) -> None:
    """What each curve is, above the axes, so that nothing covers data; what marks, lines and bars are, in one line."""
    place = {"loc": "lower left", "bbox_to_anchor": (0, 1.02), "borderaxespad": 0, "alignment": "left"}
    ax.legend(handles=handles, ncols=columns, title=kinds, title_fontsize=_SMALL, **place)


def _curve_handles(
    curves: Sequence[claims.Curve], looks: dict[str, _style.LineStyle], markers: dict[str, tuple[str, float]]
) -> list[Line2D]:
    """One entry for each label that has its own: its mark if it was measured, its line if one is drawn for it."""
    shared = _shared(curves)
    lines = {curve.label for curve in curves if curve.kind != "measured"} | set(shared.values())
    handles = []
    for label, look in looks.items():
        if label in shared:
            continue
        mark: dict[str, Any] = _mark(*markers[label], look.colour) if label in markers else {"color": look.colour}
        line = look.dashes if label in lines else "none"
        handles.append(Line2D([], [], linestyle=line, linewidth=_LINE, label=wrapped(label, _LABEL_WIDTH), **mark))
    return handles


def _kinds(curves: Sequence[claims.Curve]) -> str:
    """What marks, lines, bars and shades stand for, those that the figure has."""
    banded = [curve for curve in curves if curve.low is not None and curve.high is not None]
    told = ["marks: measured"] if _of_kind(curves, "measured") else []
    if _of_kind(curves, "predicted"):
        labels, shared = {curve.label for curve in _of_kind(curves, "predicted")}, _shared(curves)
        told.append(f"lines: {typeset(_name_of_lines(shared)) if labels == set(shared) else 'predicted'}")
    told += ["bars: 95 % bands"] if _of_kind(banded, "measured") else []
    told += ["shade: 95 % bands"] if len(_of_kind(banded, "measured")) < len(banded) else []
    return " · ".join(told)


def _name_of_lines(shared: dict[str, str]) -> str:
    """The name of the lines: what the labels of predictions add to those of their measurements.

    Example:
        >>> labels = {"law, h = 1": "h = 1", "law, h = 2": "h = 2"}, {"predicted gap": "gap"}, {}
        >>> [_name_of_lines(shared) for shared in labels]
        ['law, predicted', 'predicted', 'predicted']
    """
    added = {label.replace(owner, "").strip(" ,") for label, owner in shared.items()}
    alone = added.pop() if len(added) == 1 else ""
    return alone if "predicted" in alone else f"{alone}, predicted" if alone else "predicted"
