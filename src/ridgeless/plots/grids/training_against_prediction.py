"""Where training ended, held against the limit that theory predicts."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr
from jaxtyping import Bool
from matplotlib.axes import Axes

from ridgeless._core.numbers import counted
from ridgeless.errors import InvalidInputError
from ridgeless.plots import _axes, _bands, _results, _style
from ridgeless.plots.grids.measure_along import finish, label_axes
from ridgeless.studies.cells import LAZY_LIMIT, LIMIT

_CALL = "plots.training_against_prediction"
_MEASURE = "distance"
_HEIGHT = 4.2
_QUARTILES = (0.25, 0.75)
_ALPHA = 0.75
_ENDS = {
    "solved, at the limit": {"marker": "o", "markersize": 4.5, "markeredgewidth": 0.5},
    "solved, another minimiser": {
        "marker": "D",
        "markersize": 5.5,
        "markeredgewidth": 1.0,
        "markeredgecolor": _style.INK,
    },
    "not solved yet": {"marker": "o", "markersize": 4.5, "markeredgewidth": 1.2, "markerfacecolor": "none"},
}


@_style.applied()
def training_against_prediction(
    dataset: xr.Dataset,
    along: str = "scale",
    within: float = 0.01,
    ax: Axes | None = None,
) -> Axes:
    """Distance of every training to the exact limit, along the initialization scale or another axis.

    A mark for each seed, a colour for each method; of those that solved their equations, a line through the median and
    a band between the quartiles. The shape of a mark tells how the training ended, so that two reasons to be far away
    cannot be confused:

    - filled disc: the equations are solved, and x lies within the bound of the limit;
    - diamond: they are solved, and x is another minimiser;
    - ring: the budget ended, or progress did, before they were solved: where x would have ended is not known;
    - cross at the upper edge: it diverged.

    The limit of lazy training, where it is among the methods, is a line without marks, since nothing is trained for it.

    Args:
        dataset: what `rl.study` returns, with the measure "distance" and limits among its methods.
        along: a dimension of numbers, or a coordinate along `method`, such as "step_size".
        within: the largest relative distance that counts as being at the limit; a dotted line.
        ax: where to draw; None for a figure of its own, `training_against_prediction(...).figure`.

    Raises:
        InvalidInputError: no distances, no methods that train, no such axis, or several values along another axis.

    Example:
        >>> import numpy as np, xarray as xr
        >>> axes = {"method": ["limit", "Adam"], "scale": [1.0, 0.01]}
        >>> distance = xr.DataArray([[np.nan, np.nan], [0.3, 0.2]], axes)
        >>> status = xr.DataArray([["CONVERGED"] * 2, ["CONVERGED", "MAX_STEPS"]], axes)
        >>> ax = training_against_prediction(xr.Dataset({"distance": distance, "status": status}))
        >>> [label for label in ax.get_legend_handles_labels()[1] if "solved" in label]
        ['solved, another minimiser', 'not solved yet']
    """
    _results.check_measure(dataset, _CALL, _MEASURE)
    cells = _results.arranged(_trained(dataset), _CALL, _MEASURE, (_results.METHOD, along))
    at = _results.numbers_along(cells, _CALL, along)
    ax = _style.axes_or_new(ax, _CALL, _style.COLUMN_WIDTH + 0.8, _HEIGHT)
    _axes.choose_scale(ax, "x", _axes.spans_decades(at))
    _axes.choose_scale(ax, "y", True)
    labels = cells.labels(_results.METHOD)
    looks = _style.free_styles(labels, ax)
    for row, label in enumerate(labels):
        _draw_method(ax, cells, row, at, looks[label], within)
    _tell(ax, cells, within)
    label_axes(ax, cells, _MEASURE, along)
    finish(ax)
    return ax


def _trained(dataset: xr.Dataset) -> xr.Dataset:
    """The methods that train."""
    if _results.METHOD not in dataset.coords:
        raise InvalidInputError(f"{_CALL}: the results have no axis 'method'; pass the dataset that rl.study returns.")
    if _results.METHOD not in dataset.dims:
        return dataset
    names = dataset[_results.METHOD].to_numpy()
    if not np.any((names != LIMIT) & (names != LAZY_LIMIT)):
        raise InvalidInputError(f"{_CALL}: the results have no method but the limit; add a flow to its methods.")
    return dataset.isel({_results.METHOD: names != LIMIT})


def _kinds(cells: _results.Cells, within: float) -> dict[str, Bool[np.ndarray, "methods positions seeds"]]:
    """Which cells ended in which way, by what the legend says."""
    known, solved = cells.is_known & _trains(cells), cells.is_solved
    near = np.nan_to_num(cells.values, nan=np.inf) <= within
    return dict(zip(_ENDS, (known & solved & near, known & solved & ~near, known & ~solved), strict=True))


def _trains(cells: _results.Cells) -> Bool[np.ndarray, "methods 1 1"]:
    """Which methods train, and have marks."""
    return np.array([label != LAZY_LIMIT for label in cells.labels(_results.METHOD)])[:, None, None]


def _draw_method(
    ax: Axes, cells: _results.Cells, row: int, at: np.ndarray, look: _style.LineStyle, within: float
) -> None:
    values = np.where(cells.values[row] > 0, cells.values[row], np.nan)
    solved = np.where(cells.is_solved[row], values, np.nan)
    label = cells.labels(_results.METHOD)[row]
    found = _bands.band(label, at, solved, _QUARTILES)
    shown = np.isfinite(found.middle)
    ax.plot(at[shown], found.middle[shown], look.dashes, color=look.colour, linewidth=1.2, label=label)
    _bands.shade(ax, found, look, is_log=True)
    spots = np.broadcast_to(at[:, None], values.shape)
    for kind, chosen in _kinds(cells, within).items():
        here = chosen[row] & np.isfinite(values)
        if here.any():
            ax.plot(spots[here], values[here], **_mark(kind, look.colour))
    diverged = cells.has_diverged[row].any(axis=-1)
    if diverged.any():
        top = np.full(int(diverged.sum()), 0.97)
        ax.plot(at[diverged], top, transform=ax.get_xaxis_transform(), **_bands.cross(look.colour))


def _mark(kind: str, colour: str) -> dict[str, Any]:
    return {"linestyle": "none", "color": colour, "markeredgecolor": colour, "alpha": _ALPHA} | _ENDS[kind]


def _tell(ax: Axes, cells: _results.Cells, within: float) -> None:
    """The bound, and what the marks mean that are there."""
    bound = f"{100 * within:g} % from the limit"
    if bound not in [line.get_label() for line in ax.lines]:
        ax.axhline(within, color=_style.INK, linestyle=":", linewidth=1.2, label=bound)
    if (_trains(cells) & cells.is_known & cells.is_solved).sum(axis=-1).max(initial=0) > 1:
        _axes.told_once(ax, "quartiles of the solved", **_bands.shading())
    for kind, chosen in _kinds(cells, within).items():
        if chosen.any():
            _axes.told_once(ax, kind, **_mark(kind, _style.INK))
    diverged = int(cells.has_diverged.sum())
    if diverged:
        _axes.told_once(ax, f"diverged: {counted(diverged, 'training')}", **_bands.cross(_style.INK))
    exact = int(((cells.values == 0) & _trains(cells)).sum())
    if exact:
        _axes.told_once(ax, f"not shown: {counted(exact, 'training')} at distance 0")
    _axes.told_once(ax, cells.left_out(_MEASURE))
