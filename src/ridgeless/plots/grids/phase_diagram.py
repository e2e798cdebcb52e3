"""The phase diagram of recovery: how often the truth is found, over two axes of a study."""

from __future__ import annotations

import xarray as xr
from matplotlib.axes import Axes

from ridgeless.plots import _style
from ridgeless.plots.grids import _diagram

_CALL = "plots.phase_diagram"


@_style.applied()
def phase_diagram(
    dataset: xr.Dataset,
    x: str,
    y: str,
    measure: str = "error",
    within: float = 0.01,
    confidence: float = 0.95,
    ax: Axes | None = None,
) -> Axes:
    """Probability of recovery over two axes: the part of the seeds whose error is at most `within`.

    Each cell says the percentage and, below it, the Wilson interval of the probability in per cent, where there is room
    for it (`half_width_diagram` shows its half width for any number of cells). A line marks 50 %. A training that
    diverged is a trial that did not recover; what did not run is no trial, and is counted in the legend.

    Args:
        dataset: what `rl.study` returns, with an axis of seeds.
        x: a dimension of numbers, such as "equations".
        y: another one, such as "nonzeros" or "scale".
        measure: what is held against the bound.
        within: the largest value that counts as recovery.
        confidence: of the interval.
        ax: where to draw, in the place of an earlier diagram; None for a figure of its own,
            `phase_diagram(...).figure`, which a notebook shows, and which has `savefig`.

    Raises:
        InvalidInputError: no such measure or axis, an axis of names, or several values along another axis.

    Source: Donoho and Tanner 2009, arXiv 0906.2530, for the diagram; Wilson 1927 for the interval.

    Example:
        >>> import numpy as np, xarray as xr
        >>> error = np.array([[[1.0, 1.0], [0.0, 1.0]], [[0.0, 1.0], [0.0, 0.0]]])
        >>> axes = {"nonzeros": [8, 4], "equations": [10, 20]}
        >>> found = xr.Dataset({"error": (("nonzeros", "equations", "seed"), error)}, axes)
        >>> phase_diagram(found, x="equations", y="nonzeros").collections[0].get_array().data
        array([[0.5, 1. ],
               [0. , 0.5]])
    """
    found = _diagram.recovery(dataset, _CALL, (x, y), measure, within, confidence)
    ax = _diagram.cleared_axes(ax, _CALL, found)
    label = f"part of the seeds with {measure.replace('_', ' ')} ≤ {within:g}"
    mesh = _diagram.colour_cells(ax, found, found.probability, "Blues", 1.0, label)
    low, high = (100 * bound for bound in found.interval)
    percent = 100 * found.probability

    def text(row: int, column: int) -> str:
        return f"{percent[row, column]:.0f} %\n{low[row, column]:.0f}–{high[row, column]:.0f}"

    meaning = f"in each cell: recovered, {100 * confidence:g}\N{NO-BREAK SPACE}% interval (Wilson)"
    _diagram.write_cells(ax, found, mesh, text, meaning)
    _diagram.half_contour(ax, found, "50 % recovered")
    _diagram.finish(ax, found, (x, y), measure)
    return ax
