"""Elements of the curve figures: the scale axis, limits as lines, trained runs as markers, the legend."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import LogLocator, NullLocator

from ridgeless.plots import _axes, _style
from ridgeless.report.study.cells import CellResult, labels, runs, scales, select
from ridgeless.report.study.figures import _looks
from ridgeless.studies.cells import LIMIT

SCALE_LABEL = "lazy  ←  initialization scale (dimensionless)  →  rich"
# How much of the way from a scale to the next, on average, its marks may spread, and how much of the shortest way.
_SPREAD, _MOST_SPREAD = 0.36, 0.8


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
        _scatter(ax, failed, name, ("o", 6.0), look.colour, aside=1.0)
        drawn += found
    return drawn


def draw_trained(ax: Axes, dataset: xr.Dataset, name: str, aside: dict[str, float] | None = None) -> list[CellResult]:
    """Every trained run as its method's marker, filled if converged, hollow if not; those that diverged are left out.

    Args:
        ax: where.
        dataset: the results.
        name: of the variable.
        aside: per network, the factor on the scale that keeps marks from hiding each other; None: all 1.
    """
    drawn = []
    aside = aside or {}
    looks = _looks.network_styles(dataset)
    for method, marker in sorted(_looks.method_markers(dataset).items(), key=lambda item: -item[1][1]):
        for network, look in looks.items():
            found = select(runs(dataset), network=network, method=method, known=name)
            ended = [run for run in found if not run.has_diverged]
            _scatter(ax, ended, name, marker, look.colour, aside.get(network, 1.0))
            drawn += ended
    return drawn


def side_by_side(dataset: xr.Dataset) -> dict[str, float]:
    """A factor on the scale for every network, so that their marks at one scale stand side by side."""
    networks, found = labels(dataset, "network"), scales(dataset)
    shortest = min((larger / smaller for larger, smaller in itertools.pairwise(found)), default=_step(dataset))
    width = min(_SPREAD * math.log(_step(dataset)), _MOST_SPREAD * math.log(shortest))
    offsets = np.linspace(0.5, -0.5, len(networks)) if len(networks) > 1 else np.zeros(1)
    return {network: math.exp(width * offset) for network, offset in zip(networks, offsets, strict=True)}


def draw_diverged(ax: Axes, dataset: xr.Dataset, aside: dict[str, float], name: str | None = None) -> list[CellResult]:
    """Every training that diverged as a cross: at its number of this name, or for None, at the upper edge."""
    looks = _looks.network_styles(dataset)
    diverged = [run for run in select(runs(dataset), known=name) if run.has_diverged and run.method != LIMIT]
    for run in diverged:
        height, transform = (0.97, ax.get_xaxis_transform()) if name is None else (getattr(run, name), ax.transData)
        ax.plot(run.scale * aside[run.network], height, transform=transform, **_cross(looks[run.network].colour))
    return diverged


def legend(ax: Axes, dataset: xr.Dataset, drawn: Sequence[CellResult], extra: Sequence[Line2D] = ()) -> None:
    """Names what was drawn, above the axes: a colour for each network, a mark for each method and each end."""
    networks = {run.network for run in drawn}
    looks = _looks.network_styles(dataset)
    handles = [
        Line2D([], [], color=looks[network].colour, linestyle=looks[network].dashes, linewidth=3, label=network)
        for network in labels(dataset, "network")
        if network in networks
    ]
    _axes.legend(ax, handles, [*_method_handles(dataset, drawn), *extra])


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


def _scatter(
    ax: Axes, found: Sequence[CellResult], name: str, marker: tuple[str, float], colour: str, aside: float
) -> None:
    """One run, one mark; those that ended alike are one artist."""
    groups = (
        (_filled(*marker, colour), [run for run in found if run.has_converged]),
        (_hollow(*marker, colour), [run for run in found if not run.has_converged]),
    )
    for look, group in groups:
        at, values = [run.scale * aside for run in group], [getattr(run, name) for run in group]
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
    """A line for the limit, a mark for each method that trains, a hollow one and a cross for bad ends."""
    methods = {run.method for run in drawn if not run.has_diverged}
    line = {"color": _style.INK, "linewidth": 1.6, "marker": ".", "markersize": 4}
    looks = {"limit (no training)": line} if LIMIT in methods else {}
    marks = {method: {"linestyle": "none"} | _filled(*mark, _style.INK) for method, mark in _markers(dataset, methods)}
    looks |= marks
    if any(not (run.has_converged or run.has_diverged) for run in drawn):
        looks["hollow: not converged"] = {"linestyle": "none"} | _hollow("o", 4.6, _style.INK)
    if any(run.has_diverged for run in drawn):
        looks["diverged"] = {"linestyle": "none"} | _cross(_style.INK)
    return [Line2D([], [], label=label, **look) for label, look in looks.items()]


def _markers(dataset: xr.Dataset, methods: set[str]) -> list[tuple[str, tuple[str, float]]]:
    return [item for item in _looks.method_markers(dataset).items() if item[0] in methods]
