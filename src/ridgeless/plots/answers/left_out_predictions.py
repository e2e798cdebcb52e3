"""Each measurement beside its prediction from all others: the picture of `leave_one_out.plot()`."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes

from ridgeless._core.numbers import number
from ridgeless.analysis.leave_one_out import LeaveOneOut
from ridgeless.errors import InvalidInputError
from ridgeless.plots import _axes, _style

_CALL = "plots.left_out_predictions"
_WIDTH, _HEIGHT = 4.6, 4.0
_MARK, _GREY = 5.0, "#9a9da5"
_MARGIN = 0.05


@_style.applied()
def left_out_predictions(leave_one_out: LeaveOneOut, ax: Axes | None = None) -> Axes:
    """The right-hand sides b_i against ⟨a_i, x₍₋ᵢ₎⟩, what the limit without equation i predicts of them.

    Hollow marks are predictions of x₍₋ᵢ₎ to first order that are not to be trusted; `refit(~found.is_trusted)` measures
    them. Equations that the others imply stand on the diagonal whatever the model is worth, in grey.

    Args:
        leave_one_out: what `rl.leave_one_out` returned.
        ax: where to draw; None for a figure of its own, which a notebook shows.

    Raises:
        InvalidInputError: something else than a `LeaveOneOut`.

    Example:
        >>> import numpy as np, ridgeless as rl
        >>> system = rl.LinearSystem(np.array([[1.0, 0.0, 1.0], [0.0, 1.0, 1.0]]), np.array([1.0, 3.0]))
        >>> found = rl.leave_one_out(rl.limit(system, rl.networks.Direct(), {"x": np.zeros(3)}))
        >>> left_out_predictions(found).lines[1].get_ydata().round(6)
        array([1.5, 0.5])
    """
    if not isinstance(leave_one_out, LeaveOneOut):
        raise InvalidInputError(f"{_CALL}: got a {type(leave_one_out).__name__}; pass what rl.leave_one_out returned.")
    b = np.asarray(leave_one_out.solution.system.b)
    predicted = b - leave_one_out.residuals
    known, implied = np.isfinite(predicted), leave_one_out.is_implied
    ax = _style.axes_or_new(ax, _CALL, _WIDTH, _HEIGHT)
    ends = np.concatenate([b[known], predicted[known], [] if known.any() else [0.0, 1.0]])
    span = [ends.min() - _MARGIN * np.ptp(ends), ends.max() + _MARGIN * np.ptp(ends)]
    ax.plot(span, span, color=_style.INK, linewidth=0.8, zorder=1, label="_diagonal")
    error = f"left out, predicted: root mean square error {number(leave_one_out.error)}"
    colour = _style.free_styles([error], ax)[error].colour
    _points(ax, b, predicted, known & leave_one_out.is_trusted & ~implied, error, colour, colour)
    doubtful = known & ~leave_one_out.is_trusted & ~implied
    _points(ax, b, predicted, doubtful, f"hollow: {int(doubtful.sum())} not to be trusted", colour, _style.PAPER)
    if (known & implied).any():
        _points(ax, b, predicted, known & implied, "implied by the other equations", _GREY, _GREY)
    if not known.all():
        _axes.told_once(ax, f"not shown: {int((~known).sum())} whose refit did not converge")
    ax.set(
        xlim=span,
        ylim=span,
        xlabel="measured: b (units of b)",
        ylabel="predicted without its own equation (units of b)",
    )
    _axes.own_legend(ax)
    return ax


def _points(
    ax: Axes, b: np.ndarray, predicted: np.ndarray, which: np.ndarray, label: str, colour: str, filled: str
) -> None:
    if not which.any():
        _axes.told_once(ax, label if label.startswith("left out") else "")
        return
    look = {"linestyle": "none", "marker": "o", "markersize": _MARK, "color": colour, "markerfacecolor": filled}
    ax.plot(b[which], predicted[which], label=label, zorder=3, **look)
