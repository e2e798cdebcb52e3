"""A measure along an axis of a study."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.axes import Axes

from ridgeless.plots import _axes, _bands, _results, _style

_CALL = "plots.measure_along"
_HEIGHT = 3.6


@_style.applied()
def measure_along(
    dataset: xr.Dataset,
    measure: str,
    axis: str,
    by: str | None = None,
    quantiles: tuple[float, float] = (0.25, 0.75),
    label: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """A measure along an axis: the median over seeds as a line, a band between two quantiles, a line for each `by`.

    Cells without a value are left out, and counted in the legend. A training that diverged has no value, but a cross at
    the upper edge; a mark is hollow where some training of its cell ended before it had solved its equations. An axis
    whose numbers span decades is logarithmic.

    Args:
        dataset: what `rl.study` returns.
        measure: a variable of it, such as "error".
        axis: a dimension, or a coordinate along one, such as the `step_size` along `method`. Names stand side by side,
            with marks and bars.
        by: another dimension or coordinate, with a line for each of its values.
        quantiles: the edges of the band.
        label: of the line in the legend, where `by` is left out; by default what the measure is.
        ax: where to draw; None for a figure of its own, `measure_along(...).figure`.

    Raises:
        InvalidInputError: no such measure or axis, or several values along an axis that is not named here.

    Example:
        >>> import numpy as np, xarray as xr
        >>> error = {"error": (("scale", "seed"), [[0.9, 0.7, 0.8], [0.2, 0.4, 0.1]])}
        >>> measure_along(xr.Dataset(error, {"scale": [1.0, 0.01]}), "error", "scale").lines[0].get_ydata()
        array([0.8, 0.2])
    """
    _bands.check_quantiles(_CALL, quantiles)
    cells = _results.arranged(dataset, _CALL, measure, (axis,) if by is None else (by, axis))
    found = cells.coordinate(axis)
    are_numbers = found.dtype.kind in "iuf"
    at = found.astype(float) if are_numbers else np.arange(len(found), dtype=float)
    labels = [label or _results.name_of(cells.dataset[measure])] if by is None else cells.labels(by)
    shape = (len(labels), len(at), -1)
    stacks = (each.reshape(shape) for each in (cells.values, cells.is_solved, cells.has_diverged))
    rows = zip(labels, *stacks, strict=True)
    bands = [_bands.band(label, at, values, quantiles, *flags) for label, values, *flags in rows]
    bands = [each for each in bands if each.samples.any() or each.diverged.any()]
    ax = _style.axes_or_new(ax, _CALL, _style.COLUMN_WIDTH, _HEIGHT)
    _axes.choose_scale(ax, "x", are_numbers and _axes.spans_decades(at))
    if are_numbers:
        _bands.draw(ax, bands, quantiles)
    else:
        _bands.draw_bars(ax, bands, quantiles)
        ax.set_xticks(at, [str(each) for each in found], rotation=20, ha="right")
    label_axes(ax, cells, measure, axis)
    _axes.told_once(ax, cells.left_out(measure))
    if not bands:
        _axes.note(ax, "no cell has a value")
    finish(ax)
    return ax


def label_axes(ax: Axes, cells: _results.Cells, measure: str, axis: str) -> None:
    """What the axes show; the initialization scale runs from lazy on the left to rich on the right."""
    label = _results.described(cells.dataset[axis])
    if axis == "scale":
        ax.xaxis.set_inverted(True)
        label = f"lazy  ←  {label}  →  rich"
    ax.set_xlabel(label)
    _axes.label_vertically(ax, _results.described(cells.dataset[measure]))


def finish(ax: Axes) -> None:
    """Ticks and legend, once all is drawn."""
    _axes.tick_logarithmic(ax, "x")
    _axes.tick_logarithmic(ax, "y")
    _axes.own_legend(ax)
