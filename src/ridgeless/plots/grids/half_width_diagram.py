"""How well a phase diagram is known: the half width of the Wilson interval of each of its cells."""

from __future__ import annotations

import xarray as xr
from matplotlib.axes import Axes

from ridgeless.plots import _style
from ridgeless.plots.grids import _diagram

_CALL = "plots.half_width_diagram"
# The half width of no trial at all.
_LARGEST = 0.5


@_style.applied()
def half_width_diagram(
    dataset: xr.Dataset,
    x: str,
    y: str,
    measure: str = "error",
    within: float = 0.01,
    confidence: float = 0.95,
    ax: Axes | None = None,
) -> Axes:
    """Half width of the Wilson interval of the probability of recovery: the companion of `phase_diagram`.

    Each cell says the half width, in percentage points, and the successes of its trials.

    Args:
        dataset: what `rl.study` returns, with an axis of seeds.
        x: a dimension of numbers, such as "equations".
        y: another one, such as "nonzeros" or "scale".
        measure: what is held against the bound.
        within: the largest value that counts as recovery.
        confidence: of the interval.
        ax: where to draw, in the place of an earlier diagram; None for a figure of its own.

    Raises:
        InvalidInputError: no such measure or axis, an axis of names, or several values along another axis.

    Source: Wilson 1927, "Probable inference, the law of succession, and statistical inference".

    Example:
        >>> import numpy as np, xarray as xr
        >>> error = np.zeros((1, 2, 20))
        >>> found = xr.Dataset(
        ...     {"error": (("nonzeros", "equations", "seed"), error)}, {"nonzeros": [8], "equations": [10, 20]}
        ... )
        >>> half_width_diagram(found, x="equations", y="nonzeros").collections[0].get_array().round(3).data
        array([[0.081, 0.081]])
    """
    found = _diagram.recovery(dataset, _CALL, (x, y), measure, within, confidence)
    ax = _diagram.cleared_axes(ax, _CALL, found)
    half = found.interval.half_width
    label = f"half width of the {100 * confidence:g} % interval"
    mesh = _diagram.colour_cells(ax, found, half, "Oranges", _LARGEST, label)

    def text(row: int, column: int) -> str:
        successes, trials = found.successes[row, column], found.trials[row, column]
        return f"± {100 * half[row, column]:.0f}\n{successes:.0f} of {trials:.0f}"

    _diagram.write_cells(ax, found, mesh, text, "in each cell: ± percentage points, successes")
    _diagram.finish(ax, found, (x, y), measure)
    return ax
