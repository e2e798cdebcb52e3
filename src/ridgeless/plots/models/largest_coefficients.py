"""The largest coefficients of a regression, by the names of their features."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from ridgeless.plots import _axes, _style
from ridgeless.plots.models import _features

_CALL = "plots.largest_coefficients"
# In inches: the width, what a line of names takes, and what labels take.
_WIDTH, _LINE, _MARGIN = 5.2, 0.21, 0.9
_MARK, _STEM = 5.0, 1.6


@_style.applied()
def largest_coefficients(
    coefficients: ArrayLike, names: Sequence[str] | None = None, most: int = 20, ax: Axes | None = None
) -> Axes:
    """The largest coefficients, each on a line with the name of its feature, the largest on top.

    The legend says how many features hold nine tenths of Σ|w|.

    Args:
        coefficients: (p,) of one target.
        names: (p,) of the features; None for their numbers from 0.
        most: how many are drawn.
        ax: where to draw; None for a figure of its own, `largest_coefficients(...).figure`.

    Raises:
        InvalidInputError: shapes that do not fit, or numbers that are not finite.

    Example:
        >>> ax = largest_coefficients([0.0, 3.0, -5.0], names=["iron", "copper", "zinc"])
        >>> [label.get_text() for label in ax.get_yticklabels()]
        ['zinc', 'copper']
    """
    values = _features.checked_coefficients(coefficients, _CALL)
    labels = _features.checked_names(names, len(values), _CALL)
    shown = _features.largest(np.abs(values), most, _CALL)
    ax = _style.axes_or_new(ax, _CALL, _WIDTH, _MARGIN + _LINE * max(len(shown), 4))
    _features.zero_line(ax, is_upright=True)
    told = _features.concentration(values)
    colour = _style.free_styles([told], ax)[told].colour
    if shown:
        # Names as the axis: a second call on the same axes finds the lines of the first.
        lines = [labels[index] for index in shown]
        ax.plot(values[shown], lines, "o", color=colour, markersize=_MARK, zorder=3, label=told)
        ax.hlines(lines, 0.0, values[shown], color=colour, linewidth=_STEM, zorder=2)
    else:
        _axes.told_once(ax, told)
    if not ax.yaxis_inverted():
        ax.invert_yaxis()
    ax.set(xlabel=_features.COEFFICIENT, ylabel="feature")
    ax.grid(visible=False, axis="y")
    _axes.own_legend(ax)
    return ax
