"""Answers as panels: pictures in the truth's range of brightness, or stems over the coordinates."""

from __future__ import annotations

import math
import textwrap

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure

from ridgeless._core.numbers import decibel
from ridgeless.plots import _axes, _style
from ridgeless.report.study.cells import CellResult, array, labels, runs, select, shown_method, status_words
from ridgeless.report.study.figures import _looks
from ridgeless.studies.cells import LIMIT

# More names than these would stand in each other's way.
_MOST_NAMES = 20
# Of the height of a panel: shorter stems are not drawn.
_VISIBLE = 3e-3
_HEADROOM = 1.5
# Of a panel with stems, against its width in a strip of pictures.
_STEMS_WIDER = 1.3


def has_pictures(dataset: xr.Dataset) -> bool:
    """Whether x stands for a picture here, and one was stored."""
    return "picture" in dataset and bool(np.isfinite(dataset["picture"].values).any())


def answered(dataset: xr.Dataset) -> list[str]:
    """The networks with anything to show."""
    name = _variable(dataset)
    if name not in dataset:
        return []
    return [
        network
        for network in labels(dataset, "network")
        if np.isfinite(dataset[name].sel(network=network).values).any()
    ]


def shown_at(dataset: xr.Dataset, network: str, scale: float) -> CellResult:
    """The run whose answer stands for a network at a scale."""
    method = shown_method(dataset, network)
    return next(run for run in select(runs(dataset), network=network, method=method) if run.scale == scale)


def truth(dataset: xr.Dataset) -> np.ndarray | None:
    """The true picture, or the true x; None where it is not known."""
    name = "truth_picture" if has_pictures(dataset) else "truth"
    if name not in dataset:
        return None
    values = np.asarray(dataset[name].values, dtype=float)
    return values if np.isfinite(values).all() else None


def as_seen(dataset: xr.Dataset, run: CellResult) -> np.ndarray | None:
    """The answer of a run as its panel shows it, between 0 and 1; None where there is none."""
    shown = array(dataset, _variable(dataset), run)
    if not np.isfinite(shown).all():
        return None
    low, high = _range(shown, truth(dataset), has_pictures(dataset))
    return np.clip((shown - low) / (high - low), 0.0, 1.0)


def new_figure(rows: int, columns: int, panel: float, is_picture: bool) -> Figure:
    """A figure for a grid of panels, `panel` inches wide."""
    width = panel if is_picture else _STEMS_WIDER * panel
    margin = (0.55, panel + 0.17) if is_picture else (0.9, panel + 0.15)
    return _style.new_figure(max(1.3 + width * columns, _style.COLUMN_WIDTH), margin[0] + margin[1] * rows)


def draw(ax: Axes, dataset: xr.Dataset, run: CellResult | None) -> None:
    """One answer; run None: the truth."""
    paint = _picture if has_pictures(dataset) else _stems
    paint(ax, dataset, run)


def draw_unchanged(ax: Axes, dataset: xr.Dataset, run: CellResult) -> None:
    """An empty panel with its caption, for an answer that looks like the one to its left."""
    ax.set(xticks=[], yticks=[])
    ax.set_xlabel(caption(run), fontsize=8, labelpad=2)
    ax.grid(visible=False)
    for spine in ax.spines.values():
        spine.set_visible(False)
    if has_pictures(dataset):
        ax.set_aspect("equal")
    look = {"fontsize": 8, "style": "italic", "ha": "center", "va": "center"}
    ax.text(0.5, 0.5, "no visible\nchange", transform=ax.transAxes, **look)


def name_row(ax: Axes, dataset: xr.Dataset, network: str) -> None:
    """The network, and its method where that is not the limit, to the left of its row."""
    method = shown_method(dataset, network)
    parts = [network, "" if method == LIMIT else f"({method})"]
    name = "\n".join(textwrap.fill(part, 11) for part in parts if part)
    colour = _looks.network_styles(dataset)[network].colour
    look = {"rotation": 0, "ha": "right", "va": "center", "fontweight": "bold"}
    ax.set_ylabel(name, color=colour, fontsize=8.5, **look)


def name_axes(figure: Figure | SubFigure, rows: list[list[Axes]], dataset: xr.Dataset) -> None:
    """Of stems, tick labels at the left and lower edges only; what they count is said once."""
    for row in rows:
        for ax in row[1:]:
            ax.set_yticklabels([])
    for row in rows[:-1]:
        for ax in row:
            ax.set_xticklabels([])
    figure.supxlabel("unknown" if _has_short_names(dataset) else "coordinate (number)", fontsize=9)
    figure.supylabel("entry of x (dimensionless)", fontsize=9)


def _range(shown: np.ndarray, reference: np.ndarray | None, is_picture: bool) -> tuple[float, float]:
    """The smallest and the largest entry that a panel shows: of the truth, where it is known, else of the answer."""
    whole = shown if reference is None else reference
    if is_picture:
        low, high = float(whole.min()), float(whole.max())
        return (low, high) if high > low else (low, low + 1.0)
    height = _HEADROOM * float(np.abs(whole).max()) or 1.0
    return -height, height


def _variable(dataset: xr.Dataset) -> str:
    return "picture" if has_pictures(dataset) else "x"


def _picture(ax: Axes, dataset: xr.Dataset, run: CellResult | None) -> None:
    """One picture in the truth's range of brightness; run None: the truth."""
    reference = truth(dataset)
    shown = reference if run is None else array(dataset, "picture", run)
    ax.set(xticks=[], yticks=[])
    ax.grid(visible=False)
    for spine in ax.spines.values():
        spine.set_visible(True)
    if shown is None or not np.isfinite(shown).all():
        ax.set_aspect("equal")
        ax.text(0.5, 0.5, status_words("" if run is None else run.status).replace(" ", "\n"), ha="center", va="center")
        return
    low, high = _range(shown, reference, is_picture=True)
    ax.imshow(shown, cmap="gray", vmin=low, vmax=high)
    if run is not None:
        ax.set_xlabel(caption(run), fontsize=8, labelpad=2)


def _stems(ax: Axes, dataset: xr.Dataset, run: CellResult | None) -> None:
    """One vector as stems over its coordinates; run None: the truth."""
    reference = truth(dataset)
    shown = reference if run is None else array(dataset, "x", run) if "x" in dataset else None
    if shown is None or not np.isfinite(shown).all():
        _axes.note(ax, status_words("" if run is None else run.status))
        ax.set_xticks([])
        return
    colour = _style.INK if run is None else _looks.network_styles(dataset)[run.network].colour
    low, high = _range(shown, reference, is_picture=False)
    # One path for all, without those too short to see: a file stays small with thousands of coordinates.
    tall = np.flatnonzero(np.abs(shown) > _VISIBLE * high)
    stems = np.column_stack([np.zeros(tall.size), shown[tall], np.full(tall.size, np.nan)])
    ax.plot(np.repeat(tall, 3), stems.ravel(), color=colour, linewidth=0.8)
    ax.axhline(0, color=_style.INK, linewidth=0.5)
    ax.set(xlim=(-0.02 * shown.size, 1.02 * shown.size), ylim=(low, high))
    ax.tick_params(labelsize=6.5)
    if _has_short_names(dataset):
        ax.set_xticks(range(shown.size), dataset.unknown.values.tolist(), rotation=90)
    ax.grid(visible=False)


def _has_short_names(dataset: xr.Dataset) -> bool:
    """Whether the unknowns have names, and so few that all can be written."""
    return "unknown" in dataset.coords and dataset.sizes["coordinate"] <= _MOST_NAMES


def caption(run: CellResult) -> str:
    """What stands below a panel: the PSNR, and how the run ended if it did not converge."""
    parts = [decibel(run.psnr)] if not math.isnan(run.psnr) else []
    if not run.has_converged:
        parts.append(status_words(run.status))
    return "\n".join(parts)
