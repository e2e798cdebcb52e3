"""The loss along time."""

from __future__ import annotations

from matplotlib.axes import Axes

from ridgeless._core.arrays import Numbers
from ridgeless.plots import _axes, _bands, _style
from ridgeless.plots.trainings import _courses
from ridgeless.plots.trainings._courses import Trainings

_CALL = "plots.loss_along_time"


@_style.applied()
def loss_along_time(
    trainings: Trainings,
    by: str | None = None,
    jumps: Numbers | None = None,
    quantiles: tuple[float, float] = (0.25, 0.75),
    label: str = "loss",
    ax: Axes | None = None,
) -> Axes:
    """The loss ½‖Ax − b‖² along training, time and loss logarithmic, with predicted jump times as dotted lines.

    From a small start the loss falls in stairs: training rests on saddles, and jumps from one to the next.

    Args:
        trainings: what `rl.train` returns; a dict of several by name; or a study with the variable `loss_history`, of
            which the median over seeds is drawn, with a band between two quantiles. A training of a study that ended
            keeps its last loss while others of its line go on; those that diverged are left out, and counted.
        by: an axis of the study, with a line for each of its values.
        jumps: times, for one `rl.plots.jump_times(limit, scale)`, on the clock of the training.
        quantiles: the edges of the band.
        label: of the line in the legend, where there is one.
        ax: where to draw; None for a figure of its own, `loss_along_time(...).figure`.

    Raises:
        InvalidInputError: a solution without a history, a study without the variable, several values along an axis that
            is not named here, or clocks that count time and steps.

    Source: Pesme and Flammarion 2023, arXiv 2304.00488, for the stairs.

    Example:
        >>> import numpy as np, ridgeless as rl
        >>> system = rl.LinearSystem(np.array([[1.0, 2.0]]), np.array([2.0]))
        >>> found = rl.train(system, rl.networks.Difference(depth=2), rl.inits.Constant(1e-4), rl.flows.GradientFlow())
        >>> ax = loss_along_time(found)
        >>> ax.get_xscale(), np.array_equal(ax.lines[0].get_ydata(), found.history.loss[1:])
        ('log', True)
    """
    found = _courses.courses(trainings, _CALL, "loss", by, quantiles, label)
    times = _courses.checked_jumps(jumps, _CALL)
    ax = _courses.axes_or_new(ax, _CALL)
    for name in ("x", "y"):
        _axes.choose_scale(ax, name, True)
    _bands.draw_curves(ax, found.bands, quantiles)
    _courses.draw_jumps(ax, times)
    _courses.finish(ax, found, "loss ½‖Ax − b‖² (dimensionless)")
    return ax
