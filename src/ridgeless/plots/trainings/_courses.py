"""Quantities along training: those of solutions, which keep a history, and those of a study."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr
from jaxtyping import Float
from matplotlib.axes import Axes

from ridgeless._core.arrays import Numbers
from ridgeless.errors import InvalidInputError
from ridgeless.plots import _axes, _bands, _results, _style
from ridgeless.solution import Saddles, Solution

Trainings = Solution | Mapping[str, Solution] | xr.Dataset
AT = "at"
_WIDTH, _HEIGHT = 5.2, 3.6
_CLOCKS = {"time": "time (dimensionless)", "step": "step (number)"}
_JUMP = "predicted jump"


@dataclass(frozen=True, eq=False)
class Courses:
    """One quantity along several trainings.

    Attributes:
        bands: a line each.
        clock: the label of the axis of time.
        left_out: what the legend says of missing cells.
    """

    bands: list[_bands.Band]
    clock: str
    left_out: str = ""


def courses(
    trainings: Trainings, call: str, quantity: str, by: str | None, quantiles: _bands.Quantiles, label: str
) -> Courses:
    """The quantity of each training along its own clock, from its first mark after the start."""
    _bands.check_quantiles(call, quantiles)
    if isinstance(trainings, xr.Dataset):
        return _of_study(trainings, call, f"{quantity}_history", by, quantiles, label)
    if isinstance(trainings, Solution):
        trainings = {label: trainings}
    elif by is not None:
        raise InvalidInputError(f"{call}: by={by!r} names an axis of a study; a dict of solutions has its own names.")
    return _of_solutions(trainings, call, quantity, quantiles)


def axes_or_new(ax: Axes | None, call: str) -> Axes:
    """The axes that were given, or those of a figure of its own."""
    return _style.axes_or_new(ax, call, _WIDTH, _HEIGHT)


def checked_jumps(jumps: Numbers | None, call: str) -> Float[np.ndarray, " jumps"]:
    """The times of predicted jumps; none for None.

    Raises:
        InvalidInputError: they are no times above 0.
    """
    times = np.atleast_1d(np.asarray(() if jumps is None else jumps, dtype=float))
    if times.ndim > 1 or not np.all(np.isfinite(times) & (times > 0)):
        raise InvalidInputError(f"{call}: jumps are no times above 0; type rl.plots.jump_times(limit, scale=1e-4).")
    return times


def draw_jumps(ax: Axes, times: Float[np.ndarray, " jumps"]) -> None:
    """A dotted line at each predicted jump."""
    for time in times:
        ax.axvline(time, color=_style.INK, linestyle=":", linewidth=1.0, zorder=1)
    if len(times):
        _axes.told_once(ax, _JUMP, color=_style.INK, linestyle=":", linewidth=1.0)


def finish(ax: Axes, found: Courses, quantity: str) -> None:
    """Labels, ticks and legend."""
    ax.set_xlabel(found.clock)
    _axes.label_vertically(ax, quantity)
    _axes.told_once(ax, found.left_out)
    if not found.bands:
        _axes.note(ax, "no training has a history")
    _axes.tick_logarithmic(ax, "x")
    _axes.tick_logarithmic(ax, "y")
    _axes.own_legend(ax)


def _of_solutions(trainings: Mapping[str, Solution], call: str, quantity: str, quantiles: _bands.Quantiles) -> Courses:
    bands, clocks = [], dict[str, str]()
    for label, solution in trainings.items():
        history = getattr(solution, "history", None)
        if history is None or isinstance(history, Saddles):
            raise InvalidInputError(
                f"{call}: the solution {label!r} was not trained, and has no history; pass what rl.train returns."
            )
        shown = history.at > 0
        values = np.asarray(getattr(history, quantity))[shown, None]
        bands.append(_bands.band(label, history.at[shown], values, quantiles))
        clocks[history.clock] = label
    if not bands:
        raise InvalidInputError(f"{call}: got no solution; pass what rl.train returns, or a dict of several.")
    if len(clocks) > 1:
        raise InvalidInputError(
            f"{call}: {' and '.join(map(repr, clocks.values()))} count time and steps; draw them on axes of their own."
        )
    return Courses(bands, _CLOCKS.get(next(iter(clocks)), next(iter(clocks))))


def _of_study(
    dataset: xr.Dataset, call: str, variable: str, by: str | None, quantiles: _bands.Quantiles, label: str
) -> Courses:
    axes: Sequence[str] = (AT,) if by is None else (by, AT)
    cells = _results.arranged(dataset, call, variable, axes)
    at = _results.numbers_along(cells, call, AT)
    labels = [label] if by is None else cells.labels(by)
    shape = (len(labels), len(at), -1)
    shown, bands = np.flatnonzero(at > 0), []
    for name, values in zip(labels, cells.values.reshape(shape), strict=True):
        kept = np.asarray(until_the_last_ends(values))[shown]
        if np.isfinite(kept).any():
            bands.append(_bands.band(name, at[shown], kept, quantiles))
    return Courses(bands, _results.described(cells.dataset[AT]), _missing(cells, shape))


def until_the_last_ends(values: Float[np.ndarray, "k seeds"]) -> Float[np.ndarray, "k seeds"]:
    """Trainings that ended keep their last value for as long as another one goes on: without them, a median would jump.

    Example:
        >>> until_the_last_ends(np.array([[4.0, 4.0], [1.0, 3.0], [np.nan, 2.0], [np.nan, np.nan]]))
        array([[ 4.,  4.],
               [ 1.,  3.],
               [ 1.,  2.],
               [nan, nan]])
    """
    known = np.isfinite(values)
    places = np.maximum.accumulate(np.where(known, np.arange(len(values))[:, None], -1), axis=0)
    carried = np.where(places >= 0, np.take_along_axis(values, np.maximum(places, 0), axis=0), np.nan)
    goes_on = np.logical_or.accumulate(np.asarray(known.any(axis=1))[::-1])[::-1]
    return np.where(goes_on[:, None], carried, np.nan)


def _missing(cells: _results.Cells, shape: tuple[int, ...]) -> str:
    """How many trainings have no history, and how many of them diverged."""
    has_any, diverged = (np.any(each.reshape(shape), axis=1) for each in (cells.is_known, cells.has_diverged))
    parts = [(int((~has_any & ~diverged).sum()), "without a history"), (int(diverged.sum()), "diverged")]
    told = ", ".join(f"{count} {reason}" for count, reason in parts if count)
    return f"left out: {told}, of {has_any.size} trainings" if told else ""
