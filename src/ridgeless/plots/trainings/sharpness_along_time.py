"""The sharpness beside the loss, with the edge of stability."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.axes import Axes

from ridgeless.errors import InvalidInputError
from ridgeless.measures import sharpness_along
from ridgeless.plots import _axes, _bands, _results, _style
from ridgeless.plots.trainings import _courses
from ridgeless.solution import Solution
from ridgeless.studies.history import between

_CALL = "plots.sharpness_along_time"
_SHARPNESS = "ridgeless sharpness"
_EDGE = "2/η, the edge of stability"


@_style.applied()
def sharpness_along_time(
    training: xr.Dataset | Solution,
    step_size: float | None = None,
    quantiles: tuple[float, float] = (0.25, 0.75),
    label: str = "",
    ax: Axes | None = None,
) -> Axes:
    """Sharpness (right axis) beside the loss (left axis) along training, with the line 2/η.

    The sharpness is the largest eigenvalue of the loss's Hessian in the weights. Gradient descent with step η is stable
    where it lies below 2/η; at the edge of stability it stays about there while the loss falls without monotony.

    Args:
        training: a study that keeps `loss_history` and `sharpness_history`, at one value of every axis but the seed; a
            dataset of your own with these variables over `at`, as in the example; or what `rl.train` returns, which is
            trained once more for it (`rl.measures.sharpness_along`).
        step_size: η; None for that of the training, or the coordinate `step_size` of the dataset.
        quantiles: the edges of the band over seeds.
        label: put before the names of the lines, to tell several calls on the same axes apart.
        ax: the axes of the loss; the sharpness has a second vertical axis on it, the last of `ax.figure.axes`. None for
            a figure of its own, `sharpness_along_time(...).figure`.

    Raises:
        InvalidInputError: a dataset without these variables, a solution whose sharpness along time is not known, no
            step size, or several values along another axis.

    Source: Cohen, Kaur, Li, Kolter and Talwalkar 2021, arXiv 2103.00065.

    Example:
        >>> import xarray as xr
        >>> histories = {"loss_history": ("at", [1.0, 0.1, 0.01]), "sharpness_history": ("at", [5.0, 12.0, 19.0])}
        >>> ax = sharpness_along_time(xr.Dataset(histories, {"at": [1, 10, 100]}), step_size=0.1)
        >>> ax.lines[0].get_ydata(), ax.figure.axes[-1].lines[0].get_ydata()
        (array([1.  , 0.1 , 0.01]), array([ 5., 12., 19.]))
    """
    dataset = training if isinstance(training, xr.Dataset) else _of_solution(training)
    names = [f"{label}, {name}" if label else name for name in ("loss (left)", "sharpness (right)")]
    losses, sharpness = (
        _courses.courses(dataset, _CALL, quantity, None, quantiles, name)
        for quantity, name in zip(("loss", "sharpness"), names, strict=True)
    )
    edge = 2 / _checked_step(dataset, step_size)
    ax = _courses.axes_or_new(ax, _CALL)
    for name in ("x", "y"):
        _axes.choose_scale(ax, name, True)
    right = _right_axes(ax)
    looks = _style.free_styles(names, ax, right)
    _bands.draw_curves(ax, losses.bands, quantiles, looks)
    _bands.draw_curves(right, sharpness.bands, quantiles, looks)
    colour = looks[names[1]].colour
    right.axhline(edge, color=colour, linestyle=":", linewidth=1.4)
    _axes.told_once(ax, names[1], color=colour, linestyle="-")
    _axes.told_once(ax, f"{label}, {_EDGE}" if label else _EDGE, color=colour, linestyle=":", linewidth=1.4)
    _axes.label_vertically(right, "sharpness λ_max (dimensionless)")
    _axes.tick_logarithmic(right, "y")
    _courses.finish(ax, losses, "loss ½‖Ax − b‖² (dimensionless)")
    return ax


def _of_solution(solution: Solution) -> xr.Dataset:
    """Loss and sharpness of one training, in the form of a study."""
    history = solution.history
    at, values = sharpness_along(solution)
    if history is None or not len(at):
        raise InvalidInputError(
            f"{_CALL}: the sharpness along {solution.method} is not known; pass a training of free weights, such as "
            "that by rl.flows.GradientDescent(step_size=0.01)."
        )
    marks = history.at[history.at > 0]
    histories = {
        "loss_history": (_courses.AT, history.loss[history.at > 0]),
        "sharpness_history": (_courses.AT, between(at, values, marks)),
    }
    told = {name: solution.stats[name] for name in ("step_size",) if name in solution.stats}
    found = xr.Dataset(histories, {_courses.AT: marks, **told})
    found[_courses.AT].attrs = {"long_name": history.clock, "units": "number" if history.clock == "step" else "1"}
    return found


def _right_axes(ax: Axes) -> Axes:
    """The second vertical axis of an earlier call on these axes, or a new one."""
    for other in ax.figure.axes:
        is_same_place = other.get_position(original=True).bounds == ax.get_position(original=True).bounds
        if other.get_label() == _SHARPNESS and is_same_place:
            return other
    right = ax.twinx()
    right.set_label(_SHARPNESS)
    right.grid(visible=False)
    right.spines["right"].set_visible(True)
    return right


def _checked_step(dataset: xr.Dataset, step_size: float | None) -> float:
    """The step size that was given, or that of the dataset."""
    found = _results.scalar(dataset, "step_size") if step_size is None else step_size
    if found is None or not 0 < found < np.inf:
        raise InvalidInputError(f"{_CALL}: step_size = {found}; type that of the training, such as step_size=0.01.")
    return float(found)
