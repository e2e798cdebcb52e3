"""Elements of the curve figures: the scale axis, limits as lines, trained runs as markers, the legend."""

from __future__ import annotations

import math
import statistics
import textwrap
from collections.abc import Sequence
from typing import Any

import xarray as xr
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import LogLocator, NullLocator

from ridgeless.plots import _axes, _style
from ridgeless.report.study.cells import CellResult, labels, runs, scales, select
from ridgeless.report.study.figures import _looks
from ridgeless.studies.cells import LIMIT

SCALE_LABEL = "lazy  ←  initialization scale (dimensionless)  →  rich"
_BEHIND = 1.2
_SHADE: dict[str, Any] = {"color": _style.INK, "alpha": 0.12, "linewidth": 0, "zorder": _BEHIND}
# A part of the height of the axes: marks nearer to a line than this lie on it.
_APART = 0.015
# Of the names beside lines: letters of a line, and its height in inches.
_NAME_WIDTH, _NAME_LINE = 15, 0.125


def scale_axis(ax: Axes, dataset: xr.Dataset) -> None:
    """x: the initialization scale, logarithmic, from lazy on the left to rich on the right."""
    found, margin = scales(dataset), max(_step(dataset) ** 0.5, 2.0)
    ax.set_xscale("log")
    ax.set_xlim(found[0] * margin, found[-1] / margin)
    ax.xaxis.set(major_locator=LogLocator(numticks=12), minor_locator=NullLocator(), major_formatter=_axes.AS_NUMBER)
    ax.set_xlabel(SCALE_LABEL)


def log_axis(ax: Axes, name: str, drawn: Sequence[CellResult]) -> None:
    """y: logarithmic, if there is something to show; a few decades at least, so that rounding is no feature."""
    values = [getattr(run, name) for run in drawn if 0 < getattr(run, name) < math.inf]
    if values:
        _axes.logarithmic(ax, "y", values)


def draw_limits(ax: Axes, dataset: xr.Dataset, name: str) -> list[CellResult]:
    """The limit of every network as a line, hollow where it did not converge; returns the runs drawn."""
    drawn = []
    for network, look in _looks.network_styles(dataset).items():
        found = select(runs(dataset), network=network, method=LIMIT, known=name)
        at, values = [run.scale for run in found], [getattr(run, name) for run in found]
        ax.plot(at, values, look.dashes, color=look.colour, linewidth=look.width, marker=".", markersize=look.width + 2)
        failed = [run for run in found if not run.has_converged]
        _scatter(ax, failed, name, ("o", 6.0), look.colour)
        drawn += found
    return drawn


def draw_trained(ax: Axes, dataset: xr.Dataset, name: str) -> list[CellResult]:
    """Every trained run but those that diverged, as its method's marker: filled if it converged, hollow if not."""
    return _draw_marks(ax, dataset, name, [run for run in _trained(dataset, name) if not run.has_diverged])


def draw_off_line(ax: Axes, dataset: xr.Dataset, name: str) -> list[CellResult]:
    """The trained runs that end visibly off the line of their limit, on axes whose limits are set, or have none.

    A mark on its own line says nothing that the line does not say; `distance` tells how close these are.
    """
    exact = {(run.network, run.scale): getattr(run, name) for run in select(runs(dataset), method=LIMIT, known=name)}
    apart = [run for run in _trained(dataset, name) if not run.has_diverged and _is_apart(ax, run, name, exact)]
    return _draw_marks(ax, dataset, name, apart)


def draw_bands(ax: Axes, dataset: xr.Dataset, name: str, methods: Sequence[str]) -> None:
    """For each method a shade from its smallest to its largest number over networks, at every scale.

    Runs that did not converge are no part of it.
    """
    for method in methods:
        found = [run for run in select(runs(dataset), method=method, known=name) if run.has_converged]
        at, values = _by_scale(found, name)
        ax.fill_between(at, list(map(min, values)), list(map(max, values)), **_SHADE)


def draw_medians(ax: Axes, dataset: xr.Dataset, name: str, methods: Sequence[str]) -> list[CellResult]:
    """For each method its mark at the median over networks, at every scale, and a shade from the least to the most.

    Runs that diverged are no part of it.
    """
    drawn = []
    for method, marker in _markers(dataset, set(methods)):
        found = [run for run in select(runs(dataset), method=method, known=name) if not run.has_diverged]
        at, values = _by_scale(found, name)
        ax.fill_between(at, list(map(min, values)), list(map(max, values)), **_SHADE)
        look = _filled(*marker, _style.INK)
        ax.plot(at, list(map(statistics.median, values)), linewidth=1.0, zorder=_BEHIND, **look)
        drawn += found
    return drawn


def draw_diverged(ax: Axes, dataset: xr.Dataset, name: str | None = None) -> list[CellResult]:
    """Every training that diverged as a cross: at its number of this name, or for None, at the upper edge."""
    looks = _looks.network_styles(dataset)
    diverged = [run for run in select(runs(dataset), known=name) if run.has_diverged and run.method != LIMIT]
    for run in diverged:
        height, transform = (0.97, ax.get_xaxis_transform()) if name is None else (getattr(run, name), ax.transData)
        ax.plot(run.scale, height, transform=transform, **_cross(looks[run.network].colour))
    return diverged


def name_lines(ax: Axes, dataset: xr.Dataset, drawn: Sequence[CellResult], name: str) -> None:
    """The name of every network at the right, beside its number at the richest scale, on axes whose limits are set.

    Names that would cover each other are moved apart.
    """
    looks = _looks.network_styles(dataset)
    ends = {run.network: run for run in sorted(drawn, key=lambda run: (run.method == LIMIT, -run.scale))}
    heights = {network: _height(ax, getattr(run, name)) for network, run in ends.items()}
    order = sorted((each for each in heights if math.isfinite(heights[each])), key=lambda network: heights[network])
    names = [textwrap.fill(network, _NAME_WIDTH) for network in order]
    line = _NAME_LINE / (ax.get_window_extent().height / ax.figure.dpi)
    places = _axes.moved_apart([heights[each] for each in order], [line * (1.3 + name.count("\n")) for name in names])
    for network, name, place in zip(order, names, places, strict=True):
        look = {"color": looks[network].colour, "fontsize": 8.0, "va": "center", "linespacing": 1.0}
        ax.text(1.02, place, name, transform=ax.transAxes, clip_on=False, **look)


def legend(ax: Axes, dataset: xr.Dataset, drawn: Sequence[CellResult], extra: Sequence[Line2D] = ()) -> None:
    """A mark for each method and each way to end, above the axes, in rows."""
    _axes.legend_above(ax, [*_method_handles(dataset, drawn), *hollow_handles(drawn), *extra])


def hollow_handles(drawn: Sequence[CellResult]) -> list[Line2D]:
    """The entry of marks that are hollow; none where all converged."""
    if all(run.has_converged or run.has_diverged for run in drawn):
        return []
    return [Line2D([], [], linestyle="none", label="hollow: not converged", **_hollow("o", 4.6, _style.INK))]


def legend_of_networks(
    ax: Axes, dataset: xr.Dataset, drawn: Sequence[CellResult], extra: Sequence[Line2D] = ()
) -> None:
    """A colour for each network and a mark for each method and each end, above axes whose lines cannot be named."""
    networks = {run.network for run in drawn}
    looks = _looks.network_styles(dataset)
    handles = [
        Line2D([], [], color=looks[network].colour, linestyle=looks[network].dashes, linewidth=3, label=network)
        for network in labels(dataset, "network")
        if network in networks
    ]
    _axes.legend_above(ax, [*handles, *_method_handles(dataset, drawn), *extra])


def include(ax: Axes, value: float) -> None:
    """Stretch a logarithmic axis so that the reference line is on it."""
    if math.isfinite(value) and value > 0 and ax.get_yscale() == "log":
        low, high = ax.get_ylim()
        ax.set_ylim(min(low, value / 1.2), max(high, value * 1.2))


def reference_line(ax: Axes, value: float, label: str) -> list[Line2D]:
    """A dotted horizontal line, and its entry in the legend; nothing where the value is not known."""
    if not math.isfinite(value):
        return []
    ax.axhline(value, color=_style.INK, linestyle=":", linewidth=1.4)
    return [Line2D([], [], color=_style.INK, linestyle=":", linewidth=1.4, label=label)]


def _step(dataset: xr.Dataset) -> float:
    """The ratio of a scale to the next, on average."""
    found = scales(dataset)
    return (found[0] / found[-1]) ** (1 / (len(found) - 1)) if len(found) > 1 else 10.0


def _by_scale(found: Sequence[CellResult], name: str) -> tuple[list[float], list[list[float]]]:
    """The scales from lazy to rich, and the numbers of the runs at each."""
    at = sorted({run.scale for run in found}, reverse=True)
    return at, [[getattr(run, name) for run in found if run.scale == scale] for scale in at]


def _trained(dataset: xr.Dataset, name: str) -> list[CellResult]:
    return [run for run in select(runs(dataset), known=name) if run.method != LIMIT]


def _draw_marks(ax: Axes, dataset: xr.Dataset, name: str, found: Sequence[CellResult]) -> list[CellResult]:
    """Mark after mark, larger ones first, so that none hides another; returns what was drawn."""
    drawn = []
    for method, marker in sorted(_looks.method_markers(dataset).items(), key=lambda item: -item[1][1]):
        for network, look in _looks.network_styles(dataset).items():
            here = [run for run in found if (run.method, run.network) == (method, network)]
            _scatter(ax, here, name, marker, look.colour)
            drawn += here
    return drawn


def _is_apart(ax: Axes, run: CellResult, name: str, exact: dict[tuple[str, float], float]) -> bool:
    line = exact.get((run.network, run.scale), math.nan)
    return not abs(_height(ax, getattr(run, name)) - _height(ax, line)) < _APART


def _height(ax: Axes, value: float) -> float:
    """Where a number stands, as a part of the height of the axes."""
    if not math.isfinite(value) or (ax.get_yscale() == "log" and value <= 0):
        return math.nan
    at = ax.get_yaxis_transform().transform((0.0, value))
    return float(ax.transAxes.inverted().transform(at)[1])


def _scatter(ax: Axes, found: Sequence[CellResult], name: str, marker: tuple[str, float], colour: str) -> None:
    """One run, one mark; those that ended alike are one artist."""
    groups = (
        (_filled(*marker, colour), [run for run in found if run.has_converged]),
        (_hollow(*marker, colour), [run for run in found if not run.has_converged]),
    )
    for look, group in groups:
        at, values = [run.scale for run in group], [getattr(run, name) for run in group]
        ax.plot(at, values, linestyle="none", **look)


def _filled(shape: str, size: float, colour: str) -> dict[str, Any]:
    edge = {"markeredgecolor": _style.PAPER, "markeredgewidth": 0.7}
    return {"marker": shape, "markersize": size, "color": colour} | edge


def _hollow(shape: str, size: float, colour: str) -> dict[str, Any]:
    edge = {"markeredgecolor": colour, "markeredgewidth": 1.5}
    return {"marker": shape, "markersize": size + 0.6, "markerfacecolor": _style.PAPER} | edge


def _cross(colour: str) -> dict[str, Any]:
    return {"marker": "x", "markersize": 7, "markeredgecolor": colour, "markeredgewidth": 1.8}


def _method_handles(dataset: xr.Dataset, drawn: Sequence[CellResult]) -> list[Line2D]:
    """A line for the limit, a mark for each method that trains, a cross for runs that diverged."""
    methods = {run.method for run in drawn if not run.has_diverged}
    line = {"color": _style.INK, "linewidth": 1.6, "marker": ".", "markersize": 4}
    looks = {"limit (no training)": line} if LIMIT in methods else {}
    marks = {method: {"linestyle": "none"} | _filled(*mark, _style.INK) for method, mark in _markers(dataset, methods)}
    looks |= marks
    if any(run.has_diverged for run in drawn):
        looks["diverged"] = {"linestyle": "none"} | _cross(_style.INK)
    return [Line2D([], [], label=label, **look) for label, look in looks.items()]


def _markers(dataset: xr.Dataset, methods: set[str]) -> list[tuple[str, tuple[str, float]]]:
    return [item for item in _looks.method_markers(dataset).items() if item[0] in methods]
