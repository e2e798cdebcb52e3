"""The limits along the scale of the start: the picture of `path.plot()`."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection

from ridgeless._core.numbers import counted
from ridgeless.errors import InvalidInputError
from ridgeless.plots import _axes, _bands, _style
from ridgeless.plots.models import _features
from ridgeless.verbs.limit_path import LimitPath

_CALL = "plots.limits_along_scale"
_WIDTH, _HEIGHT = 5.6, 3.4
# How many entries have a colour and a name, and of the largest what one must be of it; a path of fewer has marks.
_NAMED, _WORTH_A_NAME, _FEW = 5, 1e-2, 12
_VISIBLE, _MOST_GREY, _GREY = 2e-3, 400, "#9a9da5"


@_style.applied()
def limits_along_scale(path: LimitPath, ax: Axes | None = None) -> Axes:
    """Every entry of the limit against the scale of the start, from rich on the left to lazy on the right.

    The largest have a colour and their name, the others are grey. Where a limit did not converge there is a cross.

    Args:
        path: what `rl.limit_path` returned.
        ax: where to draw; None for a figure of its own, which a notebook shows.

    Raises:
        InvalidInputError: something else than a `LimitPath`.

    Source: Woodworth et al. 2020, figure 2, for the picture along the scale.

    Example:
        >>> import numpy as np, ridgeless as rl
        >>> system = rl.LinearSystem(np.array([[1.0, 2.0]]), np.array([2.0]))
        >>> path = rl.limit_path(system, rl.networks.Difference(depth=2), [1e-8, 1.0, 1e3])
        >>> [line.get_label() for line in limits_along_scale(path).lines[1:]]
        ['x[1]', 'x[0]']
    """
    if not isinstance(path, LimitPath):
        raise InvalidInputError(f"{_CALL}: got a {type(path).__name__}; pass what rl.limit_path returned.")
    order = np.argsort(path.scales, kind="stable")
    scales, values = path.scales[order], path.x[order]
    names = path.solutions[0].names
    labels = [f"x[{index}]" for index in range(values.shape[1])] if names is None else list(names)
    sizes = np.max(np.abs(np.nan_to_num(values)), axis=0)
    named = _features.largest(np.where(sizes >= _WORTH_A_NAME * sizes.max(), sizes, 0.0), _NAMED, _CALL)
    ax = _style.axes_or_new(ax, _CALL, _WIDTH, _HEIGHT)
    _axes.choose_scale(ax, "x", True)
    _features.zero_line(ax)
    looks = _style.free_styles([labels[index] for index in named], ax)
    marks = {"marker": "o", "markersize": 3.5} if len(scales) <= _FEW else {}
    for index in named:
        look = looks[labels[index]]
        ax.plot(scales, values[:, index], look.dashes, color=look.colour, label=labels[index], zorder=3, **marks)
    _draw_others(ax, scales, values, np.delete(np.arange(len(sizes)), named), sizes)
    _tell_ends(ax, path, scales, order)
    ax.set(xlabel="scale of the start (small: rich, large: lazy)", ylabel="entry of the limit x")
    _axes.tick_logarithmic(ax, "x")
    _axes.own_legend(ax)
    return ax


def _draw_others(ax: Axes, scales: np.ndarray, values: np.ndarray, others: np.ndarray, sizes: np.ndarray) -> None:
    """The entries without a name, thin and grey, behind the others."""
    order = others[np.argsort(-sizes[others], kind="stable")][:_MOST_GREY]
    lines = [np.column_stack([scales, values[:, index]]) for index in order if sizes[index] > _VISIBLE * sizes.max()]
    ax.add_collection(LineCollection(lines, colors=_GREY, linewidths=0.6, alpha=0.6, zorder=2))
    ax.autoscale_view()
    if len(others):
        told = f"the other {counted(len(others), 'entry', 'entries')}"
        _axes.told_once(ax, told, color=_GREY, linewidth=0.8, linestyle="-")


def _tell_ends(ax: Axes, path: LimitPath, scales: np.ndarray, order: np.ndarray) -> None:
    failed = [scale for scale, index in zip(scales, order, strict=True) if not path.solutions[index].success]
    if failed:
        heights = np.full(len(failed), 0.97)
        ax.plot(failed, heights, transform=ax.get_xaxis_transform(), **_bands.cross(_style.INK))
        told = f"not converged: {len(failed)} of {counted(len(scales), 'limit')}"
        _axes.told_once(ax, told, **_bands.cross(_style.INK))
