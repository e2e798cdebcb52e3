"""Lines through medians over seeds, with a band between quantiles, on axes that may hold others already."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from jaxtyping import Bool, Float, Int
from matplotlib.axes import Axes

from ridgeless._core.numbers import counted
from ridgeless.errors import InvalidInputError
from ridgeless.plots import _axes, _style

_SHADE = 0.2
_BEHIND = 1.5
_MARK = 5.0
# Of bars: their width in points, and how far those of one place spread.
_BAR, _SPREAD = 6.0, 0.3
Quantiles = tuple[float, float]


@dataclass(frozen=True, eq=False)
class Band:
    """The values of one line: at each position the median of its samples, and a band.

    Attributes:
        label: of the line.
        at: (k,) where.
        middle: (k,) the median of the samples that are known; NaN where none is.
        low: (k,) the lower quantile.
        high: (k,) the upper quantile.
        samples: (k,) the number of samples that are known.
        is_solved: (k,) whether all of them solved their equations.
        diverged: (k,) the number of samples that diverged.
    """

    label: str
    at: Float[np.ndarray, " k"]
    middle: Float[np.ndarray, " k"]
    low: Float[np.ndarray, " k"]
    high: Float[np.ndarray, " k"]
    samples: Int[np.ndarray, " k"]
    is_solved: Bool[np.ndarray, " k"]
    diverged: Int[np.ndarray, " k"]


def band(
    label: str,
    at: Float[np.ndarray, " k"],
    values: Float[np.ndarray, "k samples"],
    quantiles: Quantiles,
    is_solved: Bool[np.ndarray, "k samples"] | None = None,
    has_diverged: Bool[np.ndarray, "k trainings"] | None = None,
) -> Band:
    """The median and two quantiles over the samples that are finite."""
    known = np.isfinite(values)
    low, middle, high = (np.full(len(at), np.nan) for _ in range(3))
    for i, here in enumerate(known):
        if here.any():
            low[i], middle[i], high[i] = np.quantile(values[i, here], [quantiles[0], 0.5, quantiles[1]])
    solved = np.ones(len(at), dtype=bool) if is_solved is None else np.asarray((is_solved | ~known).all(axis=1))
    diverged = np.zeros(len(at), dtype=int) if has_diverged is None else has_diverged.sum(axis=1)
    return Band(label, at, middle, low, high, known.sum(axis=1), solved, diverged)


def check_quantiles(call: str, quantiles: Quantiles) -> None:
    """Raise unless these are two increasing numbers from 0 to 1.

    Raises:
        InvalidInputError: they are not.
    """
    if len(quantiles) != 2 or not 0 <= quantiles[0] < quantiles[1] <= 1:
        raise InvalidInputError(f"{call}: quantiles = {quantiles}; type two increasing numbers, such as (0.25, 0.75).")


def draw(ax: Axes, bands: Sequence[Band], quantiles: Quantiles, over: str = "seeds") -> None:
    """Draw each line in a look that no line on the axes has, with marks, and say in the legend what the band is.

    Args:
        ax: where.
        bands: the lines.
        quantiles: the edges of their bands.
        over: what the samples are.
    """
    is_log = choose_heights(ax, bands)
    looks = _style.free_styles([each.label for each in bands], ax)
    for each in bands:
        look = looks[each.label]
        here = _is_shown(each, is_log)
        marker = {"marker": "o", "markersize": _MARK, "markeredgecolor": look.colour}
        ax.plot(each.at[here], each.middle[here], look.dashes, color=look.colour, label=each.label, **marker)
        shade(ax, each, look, is_log)
        unsolved = here & ~each.is_solved
        if unsolved.any():
            ax.plot(each.at[unsolved], each.middle[unsolved], **_hollow(look.colour))
        _crosses(ax, each, look)
    _tell(ax, bands, quantiles, over, is_log)


def draw_bars(ax: Axes, bands: Sequence[Band], quantiles: Quantiles) -> None:
    """Draw marks with upright bars, side by side at each place, and no line between places that have no order."""
    is_log = choose_heights(ax, bands)
    looks = _style.free_styles([each.label for each in bands], ax)
    offsets = np.linspace(-0.5, 0.5, len(bands)) * _SPREAD if len(bands) > 1 else np.zeros(1)
    moved = [replace(each, at=each.at + offset) for each, offset in zip(bands, offsets, strict=True)]
    for each in moved:
        look, here = looks[each.label], _is_shown(each, is_log)
        ax.vlines(each.at[here], each.low[here], each.high[here], color=look.colour, alpha=_SHADE, linewidth=_BAR)
        mark = {"linestyle": "none", "marker": "o", "markersize": _MARK, "color": look.colour}
        ax.plot(each.at[here], each.middle[here], label=each.label, **mark)
        unsolved = here & ~each.is_solved
        if unsolved.any():
            ax.plot(each.at[unsolved], each.middle[unsolved], **_hollow(look.colour))
        _crosses(ax, each, look)
    _tell(ax, bands, quantiles, "seeds", is_log)


def draw_curves(
    ax: Axes, bands: Sequence[Band], quantiles: Quantiles, looks: Mapping[str, _style.LineStyle] | None = None
) -> None:
    """Draw each line without marks, on the vertical axis as it is: curves along time.

    Args:
        ax: where.
        bands: the lines.
        quantiles: the edges of their bands.
        looks: of the lines, by label; None for looks that no line on the axes has.
    """
    is_log = ax.get_yscale() == "log"
    chosen = looks or _style.free_styles([each.label for each in bands], ax)
    for each in bands:
        look, here = chosen[each.label], _is_shown(each, is_log)
        ax.plot(each.at[here], each.middle[here], look.dashes, color=look.colour, label=each.label)
        shade(ax, each, look, is_log)
    _tell(ax, [replace(each, is_solved=np.ones_like(each.is_solved)) for each in bands], quantiles, "seeds", is_log)


def _is_shown(each: Band, is_log: bool) -> Bool[np.ndarray, " k"]:
    return np.isfinite(each.middle) & ((each.middle > 0) | (not is_log))


def choose_heights(ax: Axes, bands: Sequence[Band]) -> bool:
    """A logarithmic y axis where the values are not negative and span more than a decade."""
    heights = np.concatenate([np.concatenate([each.middle, each.low, each.high]) for each in bands] or [np.empty(0)])
    heights = heights[np.isfinite(heights)]
    positive = heights[heights > 0]
    wide = len(positive) > 0 and positive.max() / positive.min() > 10 and heights.min() >= 0
    return _axes.choose_scale(ax, "y", bool(wide))


def shade(ax: Axes, each: Band, look: _style.LineStyle, is_log: bool) -> None:
    """Draw the band of a line behind it, where some position has more than one sample."""
    if each.samples.max(initial=0) < 2:
        return
    low = each.low
    if is_log:  # a band that reaches 0 ends at the smallest number that is drawn
        positive = np.concatenate([each.low[each.low > 0], each.middle[each.middle > 0]])
        low = np.maximum(low, positive.min()) if len(positive) else low
    ax.fill_between(each.at, low, each.high, color=look.colour, alpha=_SHADE, linewidth=0, zorder=_BEHIND)


def _hollow(colour: str) -> dict[str, Any]:
    return {"linestyle": "none", "marker": "o", "markersize": _MARK, "markeredgecolor": colour, "color": colour} | {
        "markerfacecolor": _style.PAPER,
        "markeredgewidth": 1.4,
    }


def shading() -> dict[str, Any]:
    """The look of a band in the legend."""
    return {"color": _style.INK, "alpha": _SHADE, "linewidth": 7, "linestyle": "-"}


def _crosses(ax: Axes, each: Band, look: _style.LineStyle) -> None:
    """A cross at the upper edge wherever some training diverged."""
    at = each.at[each.diverged > 0]
    if len(at):
        ax.plot(at, np.full(len(at), 0.97), transform=ax.get_xaxis_transform(), **cross(look.colour))


def cross(colour: str) -> dict[str, Any]:
    """The mark of a training that diverged."""
    return {"linestyle": "none", "marker": "x", "markersize": 6, "markeredgewidth": 1.6, "color": colour}


def _tell(ax: Axes, bands: Sequence[Band], quantiles: Quantiles, over: str, is_log: bool) -> None:
    """What the band is, what hollow marks and crosses are, and what a logarithmic axis cannot show."""
    counts = [int(each.samples.max(initial=0)) for each in bands]
    if max(counts, default=0) > 1:
        many = f"{counts[0]} {over}" if len(set(counts)) == 1 else over
        # What diverged has no value, and a median over the rest is too good: the legend says so.
        many = f"the {over} that did not diverge" if any(each.diverged.any() for each in bands) else many
        lower, upper = (f"{100 * each:g}" for each in quantiles)
        _axes.told_once(ax, f"median over {many}, band {lower}–{upper} %", **shading())
    if any((np.isfinite(each.middle) & ~each.is_solved).any() for each in bands):
        _axes.told_once(ax, "hollow: some not solved yet", **_hollow(_style.INK))
    diverged = sum(int(each.diverged.sum()) for each in bands)
    if diverged:
        _axes.told_once(ax, f"diverged: {counted(diverged, 'training')}", **cross(_style.INK))
    below = sum(int((each.middle <= 0).sum()) for each in bands) if is_log else 0
    if below:
        _axes.told_once(ax, f"not shown: {counted(below, 'point')} at 0")
