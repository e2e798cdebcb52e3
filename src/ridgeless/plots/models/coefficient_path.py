"""The coefficients of a regression along training, or along a penalty."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from numpy.typing import ArrayLike

from ridgeless._core.arrays import Numbers
from ridgeless._core.numbers import counted
from ridgeless.errors import InvalidInputError
from ridgeless.plots import _axes, _style
from ridgeless.plots.models import _features

_CALL = "plots.coefficient_path"
_WIDTH, _HEIGHT = 5.2, 3.6
# Of the features without a name, those whose line would lie on the axis are not drawn, nor more than so many.
_VISIBLE, _MOST_GREY = 2e-3, 400
# Of the largest coefficient, what one must be of it to have a name.
_WORTH_A_NAME = 1e-2
_GREY = "#9a9da5"


@_style.applied()
def coefficient_path(
    coefficients: ArrayLike,
    at: Numbers,
    names: Sequence[str] | None = None,
    stop: float | None = None,
    most: int = 8,
    clock: str = "training time",
    ax: Axes | None = None,
) -> Axes:
    """Coefficients along a path, a line each: the largest in colour and with their names, the others grey.

    Training from a small start finds one feature after the other; from a large one, all at once. Points at the end that
    repeat the one before them, because y is fitted, are left out.

    Args:
        coefficients: (k, p) the coefficients at each point, such as `model.path_.coefficients()`.
        at: (k,) times, increasing, or strengths of a penalty, decreasing: the axis then runs from strong to weak.
        names: (p,) of the features; None for their numbers from 0.
        stop: where the fit stops; the largest are those there.
        most: how many features have a colour and a name, if they are above a hundredth of the largest.
        clock: the label of the axis of `at`.
        ax: where to draw; None for a figure of its own, `coefficient_path(...).figure`.

    Raises:
        InvalidInputError: shapes that do not fit, numbers that are not finite, or points in no order.

    Source: Efron, Hastie, Johnstone and Tibshirani 2004, figure 1, for the picture along a penalty.

    Example:
        >>> import numpy as np
        >>> at = np.array([1.0, 10.0, 100.0])
        >>> ax = coefficient_path(np.outer(at, [0.0, 2.0]), at, names=["copper", "zinc"])
        >>> ax.lines[1].get_label(), ax.lines[1].get_ydata()
        ('zinc', array([  2.,  20., 200.]))
    """
    points, values = _checked(coefficients, at)
    labels = _features.checked_names(names, values.shape[1], _CALL)
    end = len(points) - 1 if stop is None else int(np.argmin(np.abs(np.log(points / _positive(stop)))))
    sizes = np.abs(values[end])
    named = _features.largest(np.where(sizes >= _WORTH_A_NAME * sizes.max(), sizes, 0.0), most, _CALL)
    shown = slice(0, max(_end_of_change(values), 0 if stop is None else end + 1))
    ax = _style.axes_or_new(ax, _CALL, _WIDTH, _HEIGHT)
    _axes.choose_scale(ax, "x", True)
    _features.zero_line(ax)
    looks = _style.free_styles([labels[index] for index in named], ax)
    for index in named:
        look = looks[labels[index]]
        ax.plot(points[shown], values[shown, index], look.dashes, color=look.colour, label=labels[index], zorder=3)
    _draw_others(ax, points[shown], values[shown], named)
    if stop is not None:
        look = {"color": _style.INK, "linestyle": ":", "linewidth": 1.0}
        ax.axvline(points[end], zorder=1, **look)
        _axes.told_once(ax, "where the fit stops", **look)
    ax.set(xlabel=clock, ylabel=_features.COEFFICIENT)
    if len(points) > 1 and points[0] > points[-1] and not ax.xaxis_inverted():
        ax.invert_xaxis()
    _axes.tick_logarithmic(ax, "x")
    _axes.own_legend(ax)
    return ax


def _draw_others(
    ax: Axes, points: Float[np.ndarray, " k"], values: Float[np.ndarray, "k p"], named: Sequence[int]
) -> None:
    """The other features, thin and grey, behind those that are named."""
    sizes = np.max(np.abs(values), axis=0)
    height = float(sizes.max())
    sizes[list(named)] = 0.0
    drawn = [index for index in np.argsort(-sizes, kind="stable")[:_MOST_GREY] if sizes[index] > _VISIBLE * height]
    lines = [np.column_stack([points, values[:, index]]) for index in drawn]
    ax.add_collection(LineCollection(lines, colors=_GREY, linewidths=0.6, alpha=0.6, zorder=2))
    ax.autoscale_view()
    others = values.shape[1] - len(named)
    if others:
        _axes.told_once(ax, f"the other {counted(others, 'feature')}", color=_GREY, linewidth=0.8, linestyle="-")


def _checked(coefficients: ArrayLike, at: Numbers) -> tuple[Float[np.ndarray, " k"], Float[np.ndarray, "k p"]]:
    points, values = np.asarray(at, dtype=float), np.asarray(coefficients, dtype=float)
    if values.ndim != 2 or points.shape != values.shape[:1] or not values.size:
        raise InvalidInputError(
            f"{_CALL}: coefficients have shape {values.shape} and points {points.shape}; pass (k, p) and k points, of "
            "one target."
        )
    if not (np.isfinite(values).all() and np.isfinite(points).all() and (points > 0).all()):
        raise InvalidInputError(f"{_CALL}: some numbers are not finite, or some points not above 0.")
    steps = np.diff(points)
    if not (np.all(steps > 0) or np.all(steps < 0)):
        raise InvalidInputError(f"{_CALL}: the points neither increase nor decrease; sort them, with their rows.")
    return points, values


def _positive(stop: float) -> float:
    if not 0 < stop < np.inf:
        raise InvalidInputError(f"{_CALL}: stop = {stop}; type a number above 0, in units of `at`.")
    return stop


def _end_of_change(values: Float[np.ndarray, "k p"]) -> int:
    """How many points there are up to the last that differs from the one before it."""
    changes = np.flatnonzero(np.any(np.diff(values, axis=0) != 0, axis=1))
    return int(changes[-1]) + 2 if len(changes) else 1
