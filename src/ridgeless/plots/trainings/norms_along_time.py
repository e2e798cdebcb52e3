"""The ℓ1 and the ℓ2 norm along time."""

from __future__ import annotations

from dataclasses import replace

from matplotlib.axes import Axes

from ridgeless._core.arrays import Numbers
from ridgeless.plots import _axes, _bands, _style
from ridgeless.plots.trainings import _courses
from ridgeless.plots.trainings._courses import Trainings

_CALL = "plots.norms_along_time"
_NORMS = {"l1_norm": "‖x‖₁", "l2_norm": "‖x‖₂"}


@_style.applied()
def norms_along_time(
    trainings: Trainings,
    by: str | None = None,
    jumps: Numbers | None = None,
    quantiles: tuple[float, float] = (0.25, 0.75),
    ax: Axes | None = None,
) -> Axes:
    """‖x‖₁ and ‖x‖₂ along training, time logarithmic, with predicted jump times as dotted lines.

    Args:
        trainings: what `rl.train` returns; a dict of several by name; or a study with the variables `l1_norm_history`
            and `l2_norm_history`, of which the median over seeds is drawn, with a band between two quantiles. A
            training of a study that ended keeps its last norms while others of its line go on; those that diverged are
            left out, and counted.
        by: an axis of the study, with two lines for each of its values.
        jumps: times, for one `rl.plots.jump_times(limit, scale)`, on the clock of the training.
        quantiles: the edges of the band.
        ax: where to draw; None for a figure of its own, `norms_along_time(...).figure`.

    Raises:
        InvalidInputError: a solution without a history, a study without the variables, several values along an axis
            that is not named here, or clocks that count time and steps.

    Example:
        >>> import numpy as np, ridgeless as rl
        >>> system = rl.LinearSystem(np.array([[1.0, 2.0]]), np.array([2.0]))
        >>> found = rl.train(system, rl.networks.Difference(depth=2), rl.inits.Constant(1e-4), rl.flows.GradientFlow())
        >>> ax = norms_along_time(found)
        >>> [line.get_label() for line in ax.lines]
        ['‖x‖₁', '‖x‖₂']
    """
    every = {name: _courses.courses(trainings, _CALL, name, by, quantiles, "") for name in _NORMS}
    bands = [
        replace(each, label=f"{_NORMS[name]}, {each.label}" if each.label else _NORMS[name])
        for name, found in every.items()
        for each in found.bands
    ]
    found = replace(every["l1_norm"], bands=bands)
    times = _courses.checked_jumps(jumps, _CALL)
    ax = _courses.axes_or_new(ax, _CALL)
    _axes.choose_scale(ax, "x", True)
    _bands.draw_curves(ax, bands, quantiles)
    _courses.draw_jumps(ax, times)
    _courses.finish(ax, found, "norm of x (dimensionless)")
    return ax
