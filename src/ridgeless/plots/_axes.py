"""Axes of figures: logarithmic scales, a legend above, and a note where there is nothing to draw."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from ridgeless._core.numbers import number

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


def legend(ax: Axes, left: Sequence[Artist], right: Sequence[Artist]) -> None:
    """Two columns of entries above the axes, so that none covers data."""
    blank = Line2D([], [], linestyle="none", label=" ")
    missing = len(right) - len(left)
    columns = [*left, *[blank] * missing, *right, *[blank] * -missing]
    ax.legend(handles=columns, loc="lower left", bbox_to_anchor=(0, 1.03), ncols=2, borderaxespad=0)
