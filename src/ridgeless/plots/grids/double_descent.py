"""The error over the number of equations per unknown."""

from __future__ import annotations

import json

import numpy as np
import xarray as xr
from matplotlib.axes import Axes

from ridgeless.errors import InvalidInputError
from ridgeless.plots import _axes, _bands, _results, _style
from ridgeless.plots.grids.measure_along import finish

_CALL = "plots.double_descent"
_EQUATIONS, _UNKNOWNS = "equations", "unknowns"
_HEIGHT = 3.6
# From here on the interpolation threshold belongs in the picture.
_NEAR = 0.8
# A logarithmic axis hides the shape of the peak; it serves where n/d spans so much.
_WIDE = 100.0


@_style.applied()
def double_descent(
    dataset: xr.Dataset,
    measure: str = "error",
    by: str | None = None,
    quantiles: tuple[float, float] = (0.25, 0.75),
    ax: Axes | None = None,
) -> Axes:
    """The error over n/d, equations per unknown, with the interpolation threshold n = d where it is near.

    The median over seeds as a line, a band between two quantiles, a line for each value of `by`. With noise the error
    of the least-norm solution peaks at n = d, where the smallest singular value of A is smallest, and falls on both
    sides (double descent).

    Args:
        dataset: what `rl.study` returns, with an axis `equations` or `unknowns`. The other number is a coordinate, an
            attribute, a field of the problem in the configuration, or another axis, which `by` names.
        measure: what is drawn.
        by: another axis, with a line for each of its values, such as "method" or "unknowns".
        quantiles: the edges of the band.
        ax: where to draw; None for a figure of its own, `double_descent(...).figure`.

    Raises:
        InvalidInputError: n or d is not known, neither is an axis, or there are several values along another axis.

    Source: Belkin, Hsu, Ma and Mandal 2019, arXiv 1812.11118; Hastie, Montanari, Rosset and Tibshirani 2022, arXiv
        1903.08560.

    Example:
        >>> import xarray as xr
        >>> error = {"error": ("equations", [0.9, 4.0, 0.5])}
        >>> errors = xr.Dataset(error, {"equations": [5, 10, 20]}, {"unknowns": 10})
        >>> double_descent(errors).lines[0].get_xdata()
        array([0.5, 1. , 2. ])
    """
    _bands.check_quantiles(_CALL, quantiles)
    _results.check_measure(dataset, _CALL, measure)
    axis, other = _axis_and_other(dataset, by)
    cells = _results.arranged(dataset, _CALL, measure, (axis,) if by is None else (by, axis))
    at = _results.numbers_along(cells, _CALL, axis)
    labels = [_results.name_of(cells.dataset[measure])] if by is None else cells.labels(by)
    fixed = _fixed(dataset, other) if by != other else _results.numbers_along(cells, _CALL, other)
    shape = (len(labels), len(at), -1)
    stacks = (each.reshape(shape) for each in (cells.values, cells.is_solved, cells.has_diverged))
    bands = []
    for label, size, values, *flags in zip(labels, np.broadcast_to(fixed, len(labels)), *stacks, strict=True):
        ratio = at / size if axis == _EQUATIONS else size / at
        order = np.argsort(ratio)
        bands.append(_bands.band(label, ratio[order], values[order], quantiles, *(flag[order] for flag in flags)))
    bands = [each for each in bands if each.samples.any() or each.diverged.any()]
    ax = _style.axes_or_new(ax, _CALL, _style.COLUMN_WIDTH, _HEIGHT)
    ratios = np.concatenate([each.at for each in bands] or [np.empty(0)])
    is_wide = bool(len(ratios) > 0 and ratios.max() > _WIDE * ratios.min())
    _axes.choose_scale(ax, "x", is_wide and _axes.spans_decades(ratios))
    _bands.draw(ax, bands, quantiles)
    threshold = "n = d, the interpolation threshold"
    if ratios.max(initial=0.0) >= _NEAR and threshold not in [line.get_label() for line in ax.lines]:
        ax.axvline(1.0, color=_style.INK, linestyle=":", linewidth=1.2, label=threshold)
    ax.set_xlabel("equations per unknown, n/d (dimensionless)")
    _axes.label_vertically(ax, _results.described(cells.dataset[measure]))
    _axes.told_once(ax, cells.left_out(measure))
    finish(ax)
    return ax


def _axis_and_other(dataset: xr.Dataset, by: str | None) -> tuple[str, str]:
    """Which of the two numbers is the axis, and which is fixed or told apart by colour."""
    varied = [name for name in (_EQUATIONS, _UNKNOWNS) if dataset.sizes.get(name, 1) > 1 and name != by]
    if len(varied) == 2:
        raise InvalidInputError(f'{_CALL}: the results vary both n and d; type by="unknowns", a line for each d.')
    if not varied:
        raise InvalidInputError(f"{_CALL}: the results have no axis 'equations' or 'unknowns' of several values.")
    return varied[0], _UNKNOWNS if varied[0] == _EQUATIONS else _EQUATIONS


def _fixed(dataset: xr.Dataset, name: str) -> float:
    """The number that is the same for all results."""
    found = _results.scalar(dataset, name)
    if found is None:
        settings = json.loads(dataset.attrs.get("configuration", "{}"))
        problem = settings.get("problem", {}) if isinstance(settings, dict) else {}
        found = problem.get(name) if isinstance(problem, dict) else None
    if isinstance(found, bool) or not isinstance(found, (int, float, np.number)) or not found > 0:
        raise InvalidInputError(
            f"{_CALL}: the results do not say the number of {name}; type dataset.assign_coords({name}=200)."
        )
    return float(found)
