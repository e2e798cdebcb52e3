"""The singular values of a layer along time."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from ridgeless._core.arrays import Numbers
from ridgeless.errors import InvalidInputError
from ridgeless.plots import _axes, _bands, _style
from ridgeless.plots.trainings import _courses

_CALL = "plots.singular_values_along_time"
# Smaller ones, relative to the largest of all, are rounding.
_ROUNDING = 1e-14


@_style.applied()
def singular_values_along_time(
    matrices: ArrayLike,
    at: Numbers,
    jumps: Numbers | None = None,
    most: int = 6,
    clock: str = "time (dimensionless)",
    ax: Axes | None = None,
) -> Axes:
    """The singular values of a weight matrix along training, time logarithmic, the largest ones as lines.

    A deep linear network from a small start learns one singular direction after the other.

    Args:
        matrices: (k, rows, columns) the matrix at each time, such as `theta["W"][0]` of `Dense`; or (k, r) its singular
            values.
        at: (k,) times or steps, increasing; a first one at 0 is left out.
        jumps: times at which a direction is predicted to be learned.
        most: how many singular values are drawn, from the largest on; the legend tells how many are not.
        clock: the label of the axis of time.
        ax: where to draw; None for a figure of its own, `singular_values_along_time(...).figure`.

    Raises:
        InvalidInputError: shapes that do not fit, numbers that are not finite, or times that do not increase.

    Source: Saxe, McClelland and Ganguli 2014, arXiv 1312.6120.

    Example:
        >>> import numpy as np
        >>> at = np.array([1.0, 10.0, 100.0])
        >>> ax = singular_values_along_time(at[:, None, None] * np.diag([3.0, 1.0]), at)
        >>> ax.lines[0].get_ydata(), ax.lines[1].get_ydata()
        (array([  3.,  30., 300.]), array([  1.,  10., 100.]))
    """
    times, values = _checked(matrices, at)
    if most < 1:
        raise InvalidInputError(f"{_CALL}: most = {most}; type a whole number from 1.")
    shown = times > 0
    drawn = [
        _bands.band(f"σ{_below(index + 1)}", times[shown], values[shown, index, None], (0.25, 0.75))
        for index in range(min(most, values.shape[1]))
    ]
    breaks = _courses.checked_jumps(jumps, _CALL)
    ax = _courses.axes_or_new(ax, _CALL)
    _axes.choose_scale(ax, "x", True)
    _bands.choose_heights(ax, drawn)
    _bands.draw_curves(ax, drawn, (0.25, 0.75))
    _courses.draw_jumps(ax, breaks)
    left = values.shape[1] - len(drawn)
    told = f"not shown: the {left} smallest" if left else ""
    _courses.finish(ax, _courses.Courses(drawn, clock, told), "singular value (dimensionless)")
    return ax


def _checked(matrices: ArrayLike, at: Numbers) -> tuple[np.ndarray, np.ndarray]:
    """Times, and singular values (k, r), descending."""
    try:
        times, found = np.asarray(at, dtype=float), np.asarray(matrices, dtype=float)
    except (TypeError, ValueError) as error:
        raise InvalidInputError(f"{_CALL}: {error}; pass an array (k, rows, columns), and k times.") from error
    if found.ndim not in (2, 3) or times.shape != found.shape[:1] or found.size == 0:
        raise InvalidInputError(
            f"{_CALL}: matrices have shape {found.shape} and times {times.shape}; pass (k, rows, columns) or (k, r), "
            "and k times."
        )
    if not (np.isfinite(found).all() and np.isfinite(times).all()):
        raise InvalidInputError(f"{_CALL}: some numbers are not finite; leave out what comes after a divergence.")
    if np.any(np.diff(times) <= 0) or times[0] < 0:
        raise InvalidInputError(f"{_CALL}: the times do not increase from 0 on; sort them, with their matrices.")
    values = np.linalg.svd(found, compute_uv=False) if found.ndim == 3 else -np.sort(-found, axis=1)
    return times, np.where(values > _ROUNDING * values.max(), values, 0.0)


def _below(number: int) -> str:
    return str(number).translate(str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉"))
