"""The style of all figures: a matplotlib context, and a look for each of several lines."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

import matplotlib.style
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from ridgeless.errors import InvalidInputError

INK = "#1b1b1f"
PAPER = "#fffffe"
GRID = "#d4d6db"
# On fills that stay light when the page is dark.
FIXED_INK = "#111112"

# Okabe and Ito (2008), told apart by colour-blind readers; those that show on white and on black come first.
_PALETTE = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
Dashes = Literal["-", "--", ":", "-."]
# What each colour becomes on a dark page; the page swaps them inside the figures that it holds.
ON_DARK = {INK: "#e9e9ec", PAPER: "#16181c", GRID: "#3b3e46", "#0072b2": "#4aa8e0", "#d55e00": "#f07a2a"} | {
    "#009e73": "#22b98d"
}
_DASHES: tuple[Dashes, ...] = ("-", "--", ":", "-.")
COLUMN_WIDTH = 4.4

_SETTINGS = {
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 9.0,
    "axes.labelsize": 9.0,
    "axes.titlesize": 9.0,
    "legend.fontsize": 8.0,
    "xtick.labelsize": 8.0,
    "ytick.labelsize": 8.0,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "axes.facecolor": PAPER,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": GRID,
    "grid.linewidth": 0.6,
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "figure.facecolor": PAPER,
    "savefig.facecolor": PAPER,
    "legend.frameon": False,
    "lines.linewidth": 1.6,
    "svg.hashsalt": "ridgeless",  # the same results give the same file
    "image.interpolation": "none",
}


@dataclass(frozen=True)
class LineStyle:
    """The look of one line of several: a network, a method, or another kind of curve.

    Attributes:
        colour: of lines and marks.
        dashes: of lines.
        width: of lines; later ones are thinner, so that a line under another still shows.
    """

    colour: str
    dashes: Dashes
    width: float


@contextmanager
def applied() -> Iterator[None]:
    """The matplotlib style of all figures, as a context manager or a decorator; nothing global changes.

    It serves as a decorator too.

    Example:
        >>> import matplotlib as mpl
        >>> before = dict(mpl.rcParams)
        >>> with applied():
        ...     mpl.rcParams["font.size"]
        9.0
        >>> dict(mpl.rcParams) == before
        True
    """
    with matplotlib.style.context(["default", _SETTINGS]):
        yield


def axes_or_new(ax: Axes | None, call: str, width: float, height: float) -> Axes:
    """The axes that were given, or those of a new figure of this size in inches.

    Raises:
        InvalidInputError: something else was given.
    """
    if ax is None:
        return new_figure(width, height).add_subplot(axes_class=OwnAxes)
    if not isinstance(ax, Axes):
        raise InvalidInputError(
            f"{call}: ax is a {type(ax).__name__}; pass one Axes, such as figure.add_subplot(), or leave it out."
        )
    if ax.name != "rectilinear":
        raise InvalidInputError(
            f"{call}: ax has the projection {ax.name!r}, and the picture is plane; pass figure.add_subplot(), or leave "
            "ax out."
        )
    return ax


def free_styles(names: Sequence[str], *axes: Axes) -> dict[str, LineStyle]:
    """Each name with a look whose colour and dashes no line on these axes has, as far as there are enough of them."""
    lines = [line for ax in axes for line in ax.lines]
    taken = {(to_hex(line.get_color()), str(line.get_linestyle())) for line in lines}
    looks = line_styles(str(index) for index in range(len(names) + len(lines))).values()
    free = [look for look in looks if (look.colour, look.dashes) not in taken]
    return dict(zip(names, free, strict=False))


def line_styles(names: Iterable[str]) -> dict[str, LineStyle]:
    """Each name with its own look, in this order; dashes change where the colours run out."""
    return {
        name: LineStyle(
            _PALETTE[i % len(_PALETTE)], _DASHES[i // len(_PALETTE) % len(_DASHES)], width=max(2.8 - 0.6 * i, 1.0)
        )
        for i, name in enumerate(names)
    }


class OwnFigure(Figure):
    """A figure that a plot made for itself, outside pyplot; a notebook shows it where it is the value of a cell.

    Attributes:
        bare_height: in inches, without a legend, which makes it taller.
    """

    bare_height: float

    def _repr_png_(self) -> bytes:
        buffer = io.BytesIO()
        self.savefig(buffer, format="png")
        return buffer.getvalue()


class OwnAxes(Axes):
    """Axes of such a figure, which a notebook shows as the figure where they are the value of a cell."""

    def _repr_png_(self) -> bytes | None:
        return self.figure._repr_png_() if isinstance(self.figure, OwnFigure) else None


def new_figure(width: float, height: float) -> OwnFigure:
    """An empty figure of this size in inches, outside pyplot: no window, no global list of figures."""
    figure = OwnFigure(figsize=(width, height), dpi=200, layout="constrained")
    figure.bare_height = height
    return figure
