"""One figure of a reproduced paper: predictions as lines through measurements as marks, with their bands."""

from __future__ import annotations

import itertools
import textwrap
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from ridgeless import claims
from ridgeless.report import _axes, style

_WIDTH, _HEIGHT, _LINE_HEIGHT = 5.2, 3.3, 0.17
_LABEL_WIDTH = 38
_MARKERS = ("o", "s", "^", "D", "v", "P")
_DASHES: tuple[style.Dashes, ...] = ("--", ":", "-.", "-")
_SHADE = 0.22
_BAR_WIDTH = 5.0
_MARK_SIZE = 5.4
_LINE = 1.5
# No band or line hides a mark of another curve.
_BEHIND, _BEFORE = 1.5, 2.5


@style.applied()
def draw(figure: claims.Figure) -> Figure:
    """Draw the curves of a figure on common axes.

    A prediction whose label holds that of a measured curve has its colour; one for all of them is drawn in ink. What a
    logarithmic axis cannot show, and what is not finite, is left out: `left_out` counts it.
    """
    looks = _looks(figure.curves)
    drawing = style.new_figure(_WIDTH, _HEIGHT + _LINE_HEIGHT * sum(len(_wrapped(label)) for label in looks))
    ax = drawing.add_subplot()
    ax.set(xlabel=figure.x_label, ylabel=figure.y_label)
    if not any(_shown(figure, curve).any() for curve in figure.curves):
        _axes.note(ax, "there is nothing to draw")
        return drawing
    _scale_axes(ax, figure)
    markers = _markers(figure.curves)
    for curve in figure.curves:
        _band(ax, figure, curve, looks[curve.label])
        _curve(ax, figure, curve, looks[curve.label], markers.get(curve.label, ""))
    _axes.legend(ax, _curve_handles(figure.curves, looks, markers), _kind_handles(figure.curves))
    return drawing


def left_out(figure: claims.Figure) -> int:
    """How many measured points the figure cannot show: not finite, or not positive on a logarithmic axis.

    Example:
        >>> measured = claims.Curve("gap", np.array([0.1, 1.0]), np.array([0.0, 2.0]))
        >>> left_out(claims.Figure("Gap", "scale", "gap", (measured,), "It falls."))
        1
    """
    return sum(int((~_shown(figure, curve)).sum()) for curve in _of_kind(figure.curves, "measured"))


def _of_kind(curves: Iterable[claims.Curve], kind: str) -> list[claims.Curve]:
    return [curve for curve in curves if curve.kind == kind]


def _looks(curves: Sequence[claims.Curve]) -> dict[str, style.LineStyle]:
    """A look for every label: what was measured has a colour, and shares it with its own prediction."""
    measured = [curve.label for curve in _of_kind(curves, "measured")]
    coloured = style.line_styles(dict.fromkeys(measured or [curve.label for curve in curves]))
    in_ink = itertools.cycle(style.LineStyle(style.INK, dashes, width=_LINE) for dashes in _DASHES)
    looks = {}
    for label in dict.fromkeys(curve.label for curve in curves):
        owners = [name for name in coloured if name in label]
        looks[label] = coloured[max(owners, key=len)] if owners else next(in_ink)
    return looks


def _markers(curves: Sequence[claims.Curve]) -> dict[str, str]:
    measured = dict.fromkeys(curve.label for curve in _of_kind(curves, "measured"))
    # Colours recur after as many labels as marks do: a shift by one from round to round keeps the pairs apart.
    return {label: _MARKERS[(i + i // len(_MARKERS)) % len(_MARKERS)] for i, label in enumerate(measured)}


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


def _band(ax: Axes, figure: claims.Figure, curve: claims.Curve, look: style.LineStyle) -> None:
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


def _curve(ax: Axes, figure: claims.Figure, curve: claims.Curve, look: style.LineStyle, marker: str) -> None:
    here = _shown(figure, curve)
    if curve.kind == "measured":
        ax.plot(curve.x[here], curve.y[here], linestyle="none", zorder=_BEFORE, **_mark(marker, look.colour))
    else:
        y = np.where(here, curve.y, np.nan)  # a line stops where it cannot be drawn
        ax.plot(curve.x, y, look.dashes, color=look.colour, linewidth=_LINE)


def _mark(marker: str, colour: str) -> dict[str, Any]:
    edge = {"markeredgecolor": style.PAPER, "markeredgewidth": 0.6}
    return {"marker": marker, "markersize": _MARK_SIZE, "color": colour} | edge


def _wrapped(label: str) -> list[str]:
    return textwrap.wrap(label, _LABEL_WIDTH) or [label]


def _curve_handles(
    curves: Sequence[claims.Curve], looks: dict[str, style.LineStyle], markers: dict[str, str]
) -> list[Line2D]:
    """One entry for each label: its mark if it was measured, its line if it was predicted."""
    predicted = {curve.label for curve in _of_kind(curves, "predicted")}
    handles = []
    for label, look in looks.items():
        mark: dict[str, Any] = _mark(markers[label], look.colour) if label in markers else {"color": look.colour}
        line = look.dashes if label in predicted else "none"
        handles.append(Line2D([], [], linestyle=line, linewidth=_LINE, label="\n".join(_wrapped(label)), **mark))
    return handles


def _kind_handles(curves: Sequence[claims.Curve]) -> list[Line2D | Patch]:
    """What marks, lines and shade mean."""
    handles: list[Line2D | Patch] = []
    if _of_kind(curves, "measured"):
        handles.append(Line2D([], [], linestyle="none", label="mark: measured", **_mark("o", style.INK)))
    if _of_kind(curves, "predicted"):
        handles.append(Line2D([], [], color=style.INK, linewidth=_LINE, label="line: predicted"))
    if any(curve.low is not None and curve.high is not None for curve in curves):
        handles.append(Patch(facecolor=style.INK, alpha=_SHADE, linewidth=0, label="shade: 95 % band"))
    return handles
