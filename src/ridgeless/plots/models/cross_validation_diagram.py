"""The cross-validated error over the scale of the start and the stop, with the choice marked."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.colors import PowerNorm
from numpy.typing import ArrayLike

from ridgeless._core.arrays import Numbers
from ridgeless._core.numbers import number
from ridgeless.errors import InvalidInputError
from ridgeless.plots import _axes, _cells, _style

_CALL = "plots.cross_validation_diagram"
_WIDTH, _HEIGHT = 5.8, 3.9
# Errors beyond this many times the least have the last colour: which of two bad fits is worse is no question.
_WORST, _NEAREST = 4.0, 1.02
# Colours go with the root of the excess over the least error, so that near ties are told apart.
_ROOT = 0.5
_RING = {"marker": "o", "markersize": 9, "markerfacecolor": "none", "markeredgewidth": 1.8, "linestyle": "none"}


@_style.applied()
def cross_validation_diagram(
    errors: ArrayLike,
    scales: Numbers,
    progress: Numbers,
    chosen: tuple[int, int] | None = None,
    clock: str = "training time, in units of the first point's",
    measure: str = "squared error",
    ax: Axes | None = None,
) -> Axes:
    """Cross-validated error over scale and stop, as colours; a ring is at the choice.

    Colours tell the error over the least of all; the last stands for everything beyond four times the least. Every
    scale has a row of the same height, however far it is from the next. Points at the end at which no error changes any
    more, because every fit meets y, are left out.

    Args:
        errors: (scales, points), such as `model.cv_errors_[0]`.
        scales: (scales,) in any order; the largest is drawn on top.
        progress: (points,) increasing: how far each point is along the path of its scale.
        chosen: row and column of what was chosen; None for no ring.
        clock: the label of the axis of `progress`.
        measure: what the errors are, for the label of the bar.
        ax: where to draw, in the place of an earlier diagram; None for a figure of its own,
            `cross_validation_diagram(...).figure`.

    Raises:
        InvalidInputError: shapes that do not fit, or no error that is a finite number above 0.

    Example:
        >>> errors = [[4.0, 2.0, 3.0], [4.0, 1.0, 2.0]]
        >>> ax = cross_validation_diagram(errors, [1.0, 0.01], [1.0, 10.0, 100.0], chosen=(1, 1))
        >>> [label.get_text() for label in ax.get_yticklabels()]
        ['0.01', '1']
    """
    values, rows, columns = _checked(errors, scales, progress)
    order = np.argsort(rows)
    if chosen is not None:
        chosen = _within(chosen, values.shape)
    kept = max(_end_of_change(values), 0 if chosen is None else chosen[1] + 1)
    values, columns = values[:, :kept], columns[:kept]
    least = float(np.nanmin(values))
    relative = values[order] / least
    ax = _style.axes_or_new(ax, _CALL, _WIDTH, _HEIGHT)
    _cells.clear(ax)
    _axes.choose_scale(ax, "x", True)
    _colour(ax, relative, columns, f"{measure} / its least, {number(least)}")
    if chosen is not None:
        row = int(np.flatnonzero(order == chosen[0])[0])
        label = f"chosen: scale {number(rows[chosen[0]])}, {measure} {number(values[chosen])}"
        (ring,) = ax.plot(columns[chosen[1]], row, label=label, color=_style.line_styles("ab")["b"].colour, **_RING)
        _cells.mark(ring)
    else:
        _axes.told_once(ax, f"least: {number(least)}")
        _cells.mark(ax.lines[-1])
    ax.set_yticks(range(len(rows)), [number(scale) for scale in rows[order]])
    ax.set(xlabel=clock, ylabel="relative scale of the start")
    _axes.tick_logarithmic(ax, "x")
    _axes.legend_aside(ax)
    return ax


def _colour(
    ax: Axes, relative: Float[np.ndarray, "rows columns"], columns: Float[np.ndarray, " columns"], label: str
) -> None:
    finite = relative[np.isfinite(relative)]
    worst = float(np.clip(finite.max(), _NEAREST, _WORST))
    x, y = np.exp(_cells.edges(np.log(columns))), np.arange(len(relative) + 1) - 0.5
    cmap = colormaps["cividis"].with_extremes(bad=_style.GRID)
    mesh = ax.pcolormesh(
        x, y, np.ma.masked_invalid(relative), cmap=cmap, norm=PowerNorm(_ROOT, 1.0, worst), rasterized=True
    )
    _cells.mark(mesh)
    ax.grid(visible=False)
    ticks = [tick for tick in (1.0, 1.01, 1.05, 1.2, 1.5, 2.0, 3.0, _WORST) if tick <= worst]
    extend = "max" if finite.max() > worst else "neither"
    bar = ax.figure.colorbar(mesh, ax=ax, label=label, pad=0.02, extend=extend)
    bar.set_ticks(ticks, labels=[f"{tick:g}" for tick in ticks])
    bar.minorticks_off()
    bar.outline.set_visible(False)  # pyright: ignore[reportCallIssue]
    ax.set(xlim=(x[0], x[-1]), ylim=(y[0], y[-1]))


def _checked(errors: ArrayLike, scales: Numbers, progress: Numbers) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    values, rows, columns = (np.asarray(each, dtype=float) for each in (errors, scales, progress))
    if values.ndim != 2 or rows.shape != values.shape[:1] or columns.shape != values.shape[1:] or not values.size:
        raise InvalidInputError(
            f"{_CALL}: errors have shape {values.shape}, for scales of shape {rows.shape} and points of shape "
            f"{columns.shape}; pass (scales, points), such as model.cv_errors_[0]."
        )
    if not (np.all(rows > 0) and np.all(columns > 0) and np.all(np.diff(columns) > 0)):
        raise InvalidInputError(f"{_CALL}: scales are numbers above 0, and progress increases from above 0.")
    if not np.any(np.isfinite(values)) or np.nanmin(values) <= 0:
        raise InvalidInputError(f"{_CALL}: the least error is not above 0, and no other is a multiple of it.")
    return values, rows, columns


def _end_of_change(values: Float[np.ndarray, "scales points"]) -> int:
    """How many points there are up to the last that differs from the one before it."""
    changes = np.flatnonzero(np.any(values[:, 1:] != values[:, :-1], axis=0))
    return int(changes[-1]) + 2 if len(changes) else 1


def _within(chosen: tuple[int, int], shape: tuple[int, ...]) -> tuple[int, int]:
    if len(chosen) != 2 or not all(0 <= index < size for index, size in zip(chosen, shape, strict=True)):
        raise InvalidInputError(f"{_CALL}: chosen = {chosen}; type a row and a column of errors of shape {shape}.")
    return chosen
