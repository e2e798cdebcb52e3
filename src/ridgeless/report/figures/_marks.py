"""What the curves share: the scale axis, limits as lines, trained runs as markers, a legend outside the data."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from ridgeless.report import style
from ridgeless.report.numerals import number
from ridgeless.report.readings import LIMIT, Run, labels, runs, scales, select
from ridgeless.solution import Status

SCALE_LABEL = "lazy  ←  initialization scale (dimensionless)  →  rich"
_DIVERGED = "x"
_AS_NUMBER = FuncFormatter(lambda value, _: number(value))
# How much of the way to the next scale the marks of one scale may spread.
_SPREAD = 0.36


def scale_axis(ax: Axes, dataset: xr.Dataset) -> None:
    """x: the initialization scale, logarithmic, from lazy on the left to rich on the right."""
    found = scales(dataset)
    ax.set_xscale("log")
    ax.set_xlim(found[0] * 2, found[-1] / 2)
    ax.xaxis.set(major_locator=LogLocator(numticks=12), minor_locator=NullLocator(), major_formatter=_AS_NUMBER)
    ax.set_xlabel(SCALE_LABEL)


def log_axis(ax: Axes, name: str, drawn: Sequence[Run]) -> None:
    """y: logarithmic, if there is something to show; a few decades at least, so that rounding is no feature."""
    values = [getattr(run, name) for run in drawn if 0 < getattr(run, name) < math.inf]
    if not values:
        return
    ax.set_yscale("log")
    low, high = math.log10(min(values)), math.log10(max(values))
    margin = max(0.06 * (high - low), (1 - (high - low)) / 2, 0.08)
    ax.set_ylim(10 ** (low - margin), 10 ** (high + margin))
    within_decades = (1.0,) if high - low > 2 else (1.0, 2.0, 5.0)
    ax.yaxis.set(
        major_locator=LogLocator(subs=within_decades, numticks=9),
        minor_locator=NullLocator(),
        major_formatter=_AS_NUMBER,
    )


def draw_limits(ax: Axes, dataset: xr.Dataset, name: str) -> list[Run]:
    """The limit of every network as a line, hollow where it did not converge; returns the runs drawn."""
    drawn = []
    for network, look in style.network_styles(dataset).items():
        found = select(runs(dataset), network=network, method=LIMIT, known=name)
        at, values = [run.scale for run in found], [getattr(run, name) for run in found]
        ax.plot(at, values, look.dashes, color=look.colour, linewidth=look.width, marker=".", markersize=look.width + 2)
        failed = [run for run in found if not run.has_converged]
        _scatter(ax, failed, name, ("o", 6.0), look.colour, aside=1.0)
        drawn += found
    return drawn


def draw_trained(ax: Axes, dataset: xr.Dataset, name: str, aside: dict[str, float] | None = None) -> list[Run]:
    """Every trained run as its method's marker: filled if converged, hollow if not, a cross if it diverged.

    Args:
        ax: where.
        dataset: the results.
        name: of the variable.
        aside: per network, the factor on the scale that keeps marks from hiding each other; None: all 1.
    """
    drawn = []
    aside = aside or {}
    looks = style.network_styles(dataset)
    for method, marker in sorted(style.method_markers(dataset).items(), key=lambda item: -item[1][1]):
        for network, look in looks.items():
            found = select(runs(dataset), network=network, method=method, known=name)
            _scatter(ax, found, name, marker, look.colour, aside.get(network, 1.0))
            drawn += found
    return drawn


def side_by_side(dataset: xr.Dataset) -> dict[str, float]:
    """A factor on the scale for every network, so that their marks at one scale stand side by side."""
    networks, found = labels(dataset, "network"), scales(dataset)
    ratio = (found[0] / found[-1]) ** (1 / (len(found) - 1)) if len(found) > 1 else 10.0
    offsets = np.linspace(0.5, -0.5, len(networks)) if len(networks) > 1 else np.zeros(1)
    return {network: float(ratio ** (_SPREAD * offset)) for network, offset in zip(networks, offsets, strict=True)}


def draw_lost(ax: Axes, dataset: xr.Dataset, name: str, aside: dict[str, float]) -> list[Run]:
    """A cross at the upper edge for every run that diverged so far that it has no number to show."""
    looks = style.network_styles(dataset)
    lost = [run for run in runs(dataset) if _diverged(run) and not math.isfinite(getattr(run, name))]
    for run in lost:
        colour = looks[run.network].colour
        edge = ax.get_xaxis_transform()
        ax.plot(
            run.scale * aside[run.network],
            0.97,
            _DIVERGED,
            color=colour,
            markersize=7,
            markeredgewidth=1.8,
            transform=edge,
        )
    return lost


def legend(ax: Axes, dataset: xr.Dataset, drawn: Sequence[Run], extra: Sequence[Line2D] = ()) -> None:
    """Names what was drawn, above the axes: a colour for each network, a mark for each method and each end."""
    networks = {run.network for run in drawn}
    looks = style.network_styles(dataset)
    handles = [
        Line2D([], [], color=looks[network].colour, linestyle=looks[network].dashes, linewidth=3, label=network)
        for network in labels(dataset, "network")
        if network in networks
    ]
    marks = [*_method_handles(dataset, drawn), *extra]
    blank = Line2D([], [], linestyle="none", label=" ")
    missing = len(marks) - len(handles)
    columns = [*handles, *[blank] * missing, *marks, *[blank] * -missing]
    ax.legend(handles=columns, loc="lower left", bbox_to_anchor=(0, 1.03), ncols=2, borderaxespad=0)


def note(ax: Axes, text: str) -> None:
    """Says why there is nothing to draw."""
    ax.text(0.5, 0.5, text, transform=ax.transAxes, ha="center", va="center", style="italic", wrap=True)
    ax.set_yticks([])
    ax.grid(visible=False)


def reference_line(ax: Axes, value: float, label: str) -> list[Line2D]:
    """A dotted horizontal line, and its entry in the legend; nothing where the value is not known."""
    if not math.isfinite(value):
        return []
    ax.axhline(value, color=style.INK, linestyle=":", linewidth=1.4)
    return [Line2D([], [], color=style.INK, linestyle=":", linewidth=1.4, label=label)]


def _scatter(ax: Axes, found: Sequence[Run], name: str, marker: tuple[str, float], colour: str, aside: float) -> None:
    shape, size = marker
    for run in found:
        if _diverged(run):
            look = {"marker": _DIVERGED, "markersize": 7, "markeredgecolor": colour, "markeredgewidth": 1.8}
        elif run.has_converged:
            look = {"marker": shape, "markersize": size, "color": colour, "markeredgecolor": style.PAPER}
            look["markeredgewidth"] = 0.7
        else:
            look = {"marker": shape, "markersize": size + 0.6, "markerfacecolor": style.PAPER}
            look |= {"markeredgecolor": colour, "markeredgewidth": 1.5}
        ax.plot(run.scale * aside, getattr(run, name), linestyle="none", **look)


def _method_handles(dataset: xr.Dataset, drawn: Sequence[Run]) -> list[Line2D]:
    """A line for the limit, a marker for each method that trains, a hollow one and a cross for bad ends."""
    methods = {run.method for run in drawn if not _diverged(run)}
    ink = style.INK
    handles = [Line2D([], [], color=ink, marker=".", markersize=4, label="limit (no training)")] * (LIMIT in methods)
    for method, (shape, size) in style.method_markers(dataset).items():
        if method in methods:
            handles.append(Line2D([], [], linestyle="none", marker=shape, markersize=size, color=ink, label=method))
    if any(not run.has_converged and not _diverged(run) for run in drawn):
        hollow = {"markerfacecolor": style.PAPER, "markeredgecolor": ink, "markeredgewidth": 1.5}
        handles.append(Line2D([], [], linestyle="none", marker="o", label="hollow: not converged", **hollow))
    if any(_diverged(run) for run in drawn):
        cross = {"marker": _DIVERGED, "markersize": 7, "markeredgecolor": ink, "markeredgewidth": 1.8}
        handles.append(Line2D([], [], linestyle="none", label="diverged", **cross))
    return handles


def _diverged(run: Run) -> bool:
    return run.status == Status.DIVERGED.name


def padded(low: float, high: float, least: float) -> tuple[float, float]:
    """A range with a margin, at least so wide."""
    middle, half = (low + high) / 2, max(high - low, least) / 2 * 1.08
    return float(np.subtract(middle, half)), float(np.add(middle, half))
