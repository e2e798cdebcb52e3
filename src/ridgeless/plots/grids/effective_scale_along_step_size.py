"""The scale from which gradient flow would have ended where training with finite steps ended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr
from jaxtyping import Bool, Float
from matplotlib.axes import Axes

from ridgeless.errors import InvalidInputError
from ridgeless.networks import Difference, Product
from ridgeless.plots import _axes, _bands, _results, _style
from ridgeless.plots.grids.measure_along import finish
from ridgeless.solution import Invariant, Solution, Status

_CALL = "plots.effective_scale_along_step_size"
_MEASURE, _STEP, _COORDINATE = "effective_scale", "step_size", "coordinate"
_HEIGHT = 3.6
_START = "scale of the start"


@dataclass(frozen=True, eq=False)
class _Scales:
    """Effective scales by step size.

    Attributes:
        at: (k,) step sizes, increasing.
        values: (k, samples, d) effective scales.
        is_solved: (k, samples).
        has_diverged: (k, samples).
        support: (samples, d) where the truth is not 0; None where it is not known.
        start: the scale of the start; NaN where it is not known.
        left_out: what the legend says of missing cells.
    """

    at: Float[np.ndarray, " k"]
    values: Float[np.ndarray, "k samples d"]
    is_solved: Bool[np.ndarray, "k samples"]
    has_diverged: Bool[np.ndarray, "k samples"]
    support: Bool[np.ndarray, "samples d"] | None
    start: float
    left_out: str


@_style.applied()
def effective_scale_along_step_size(
    results: xr.Dataset | Sequence[Solution],
    label: str = "",
    quantiles: tuple[float, float] = (0.25, 0.75),
    ax: Axes | None = None,
) -> Axes:
    """Effective initialization scale along the step size, on and off the support of the truth.

    Gradient flow on x = u² − v² conserves u_i v_i, and on x = u∘v it conserves u_i² − v_i². A step of size η multiplies
    them by 1 − 4η²g_i² and 1 − η²g_i², with the gradient g = Aᵀ(Ax − b), so that training ends like a flow from another
    scale: α_i = √|u_i v_i|, or √|u_i² − v_i²|, at its end. Where all coordinates shrink alike, the solution is sparser;
    larger steps of gradient descent shrink those on the support most.

    Args:
        results: trainings of `Difference(depth=2)` or `Product(depth=2)` whose flow has a step size, of any seeds; or a
            study with the variable `effective_scale` along `step_size`, with or without the dimension `coordinate`, and
            `truth`, where it is known.
        label: put before the names of the lines, such as "SGD", to tell several calls on the same axes apart.
        quantiles: the edges of the band over coordinates and seeds.
        ax: where to draw; None for a figure of its own, `effective_scale_along_step_size(...).figure`.

    Raises:
        InvalidInputError: another network, no weights at the end, no step size, or a study without that variable.

    Source: Even, Pesme, Gunasekar and Flammarion 2023, arXiv 2302.08982, Theorem 1.

    Example:
        >>> import numpy as np, ridgeless as rl
        >>> system = rl.LinearSystem(np.array([[1.0, 2.0]]), np.array([2.0]), truth=np.array([0.0, 1.0]))
        >>> network, init = rl.networks.Difference(depth=2), rl.inits.Constant(0.1)
        >>> steps = (0.01, 0.1)
        >>> found = [rl.train(system, network, init, rl.flows.GradientDescent(step_size=step)) for step in steps]
        >>> effective_scale_along_step_size(found).lines[0].get_ydata().round(3)
        array([0.093, 0.022])
    """
    _bands.check_quantiles(_CALL, quantiles)
    scales = _of_study(results) if isinstance(results, xr.Dataset) else _of_solutions(results)
    bands = [_band(name, scales, chosen, label, quantiles) for name, chosen in _parts(scales).items()]
    ax = _style.axes_or_new(ax, _CALL, _style.COLUMN_WIDTH, _HEIGHT)
    _axes.choose_scale(ax, "x", _axes.spans_decades(scales.at))
    _bands.draw(ax, bands, quantiles, over="coordinates and seeds")
    if np.isfinite(scales.start) and _START not in [line.get_label() for line in ax.lines]:
        ax.axhline(scales.start, color=_style.INK, linestyle=":", linewidth=1.2, label=_START)
    ax.set_xlabel("step size η (dimensionless)")
    _axes.label_vertically(ax, "effective scale at the end (dimensionless)")
    _axes.told_once(ax, scales.left_out)
    finish(ax)
    return ax


def _parts(scales: _Scales) -> dict[str, np.ndarray]:
    """(samples, d) masks of the coordinates of each line, by its name."""
    every = np.ones(scales.values.shape[1:], dtype=bool)
    if scales.support is None:
        return {"all coordinates": every} if scales.values.shape[-1] > 1 else {"effective scale": every}
    return {"on the support of the truth": scales.support, "off the support": ~scales.support}


def _band(name: str, scales: _Scales, chosen: np.ndarray, label: str, quantiles: tuple[float, float]) -> _bands.Band:
    steps, samples, unknowns = scales.values.shape
    values = np.where(chosen, scales.values, np.nan).reshape(steps, samples * unknowns)
    solved = np.repeat(scales.is_solved, unknowns, axis=1)
    whole = f"{label}, {name}" if label else name
    return _bands.band(whole, scales.at, values, quantiles, solved, scales.has_diverged)


def _of_study(dataset: xr.Dataset) -> _Scales:
    _results.check_measure(dataset, _CALL, _MEASURE)
    has_coordinate = _COORDINATE in dataset[_MEASURE].dims
    axes = (_STEP, _COORDINATE) if has_coordinate else (_STEP,)
    cells = _results.arranged(dataset, _CALL, _MEASURE, axes)
    at = _results.numbers_along(cells, _CALL, _STEP)
    whole = (len(at), -1, cells.values.shape[-1])
    values, solved, diverged = (
        np.moveaxis(each.reshape(whole), 1, 2) for each in (cells.values, cells.is_solved, cells.has_diverged)
    )
    support = None
    if has_coordinate and "truth" in dataset:
        truth = dataset["truth"]
        order = [name for name in (_results.SEED, _COORDINATE) if name in truth.dims]
        if set(truth.dims) == set(order):
            support = np.broadcast_to(truth.transpose(*order).to_numpy() != 0, values.shape[1:])
    start = _results.scalar(dataset, "scale")
    left_out = cells.left_out(_MEASURE)
    flags = np.all(solved, axis=-1, keepdims=False), np.any(diverged, axis=-1, keepdims=False)
    return _Scales(at, values, *flags, support, np.nan if start is None else float(start), left_out)


def _of_solutions(solutions: Sequence[Solution]) -> _Scales:
    steps = np.array([_step_size(each) for each in solutions])
    if not len(steps):
        raise InvalidInputError(f"{_CALL}: got no solution; pass a list of trainings with several step sizes.")
    sizes = {len(each.x) for each in solutions}
    if len(sizes) > 1:
        raise InvalidInputError(
            f"{_CALL}: the solutions have {sorted(sizes)} entries; pass those of systems of one size."
        )
    at = np.unique(steps)
    most = max(int((steps == step).sum()) for step in at)
    shape = (len(at), most)
    values = np.full((*shape, sizes.pop()), np.nan)
    solved, diverged = np.zeros(shape, dtype=bool), np.zeros(shape, dtype=bool)
    for i, step in enumerate(at):
        for j, each in enumerate(np.array(solutions, dtype=object)[steps == step]):
            solved[i, j], diverged[i, j] = each.success, each.status is Status.DIVERGED
            if not diverged[i, j]:
                values[i, j] = _effective(each)
    start = float(np.median([_initial(each) for each in solutions]))
    return _Scales(at, values, solved, diverged, _support(solutions, most), start, "")


def _step_size(solution: Solution) -> float:
    found = getattr(solution.flow, "step_size", None)
    if found is None:
        raise InvalidInputError(
            f"{_CALL}: a solution by {solution.method} has no step size of its own; train with "
            "rl.flows.GradientDescent(step_size=0.01)."
        )
    return float(found)


def _effective(solution: Solution) -> np.ndarray:
    """(d,) √|u v| or √|u² − v²| at the end."""
    return np.sqrt(np.abs(_conserved(solution).final).reshape(-1))


def _initial(solution: Solution) -> float:
    return float(np.median(np.sqrt(np.abs(_conserved(solution).initial))))


def _conserved(solution: Solution) -> Invariant:
    is_known = isinstance(solution.network, (Difference, Product)) and solution.network.depth == 2
    if not is_known or not solution.invariants:
        raise InvalidInputError(
            f"{_CALL}: no effective scale is known for {solution.network} by {solution.method}; train "
            "rl.networks.Difference(depth=2) or rl.networks.Product(depth=2) in weight coordinates."
        )
    (found,) = solution.invariants.values()
    return found


def _support(solutions: Sequence[Solution], most: int) -> np.ndarray | None:
    """Where the truth is not 0, where all systems have the same support."""
    truths = [each.system.truth if each.system is not None else None for each in solutions]
    known = [truth != 0 for truth in truths if truth is not None]
    if len(known) < len(truths) or any(not np.array_equal(each, known[0]) for each in known):
        return None
    return np.broadcast_to(known[0], (most, len(known[0])))
