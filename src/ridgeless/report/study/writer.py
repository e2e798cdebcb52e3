"""Writing the report of a study: page and figures."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from ridgeless.report._files import figure_files, rendered, write_files
from ridgeless.report.study.cells import check
from ridgeless.report.study.figures import EXHIBITS, Exhibit, called_for
from ridgeless.report.study.grid import as_grid, is_grid, with_methods_in_words
from ridgeless.report.study.headline import at_a_glance, certificate_table, headline
from ridgeless.report.study.page import FigureSection, page
from ridgeless.report.sweep.exhibits import measure_figure
from ridgeless.report.sweep.writer import sweep_contents

_CERTIFICATES = "certificates"


def write_report(dataset: xr.Dataset, manifest: dict[str, Any], folder: Path) -> list[Path]:
    """Write `report.html`, one file that needs no other, and every figure as PNG and SVG.

    The same results give the same bytes.

    Args:
        dataset: what `ridgeless.study` returns: variables over (network, method, scale). Variables that are missing,
            and numbers that are NaN, are told as not known.
        manifest: where the results come from (configuration, versions, machine, wall times, revision): text and
            numbers, and mappings and lists of such.
        folder: made if it does not exist.

    Returns:
        The files: `report.html`, then `figures/<name>.png` and `figures/<name>.svg`.

    Raises:
        InvalidInputError: the dataset is not a study's; nothing is written.
        UnwritableFolderError: the folder cannot be made or written.

    Example::

        dataset = ridgeless.study(config)
        files = write_report(dataset, manifest, Path("runs/camera"))
    """
    contents = _contents if is_grid(dataset) else sweep_contents
    if is_grid(dataset):
        dataset = as_grid(dataset)
        check(dataset)
    return write_files(contents(dataset.load(), manifest), folder, "write_report")


def write_preview(dataset: xr.Dataset, folder: Path) -> Path | None:
    """Draw what is there so far: the first figure of the report, as PNG; None where there is nothing to draw yet."""
    drawn = _strip_so_far(dataset) if is_grid(dataset) else _measure_so_far(dataset)
    if drawn is None:
        return None
    name, figure = drawn
    return write_files({f"figures/{name}.png": rendered(figure, "png")}, folder, "write_preview")[0]


def _strip_so_far(dataset: xr.Dataset) -> tuple[str, Figure] | None:
    first = EXHIBITS[0]
    has_answers = any(np.isfinite(dataset[name].values).any() for name in ("picture", "x") if name in dataset)
    return (first.name, first.figure(as_grid(dataset.load()))) if has_answers else None


def _measure_so_far(dataset: xr.Dataset) -> tuple[str, Figure] | None:
    has_numbers = bool(np.isfinite(dataset["l1_norm"].values).any()) if "l1_norm" in dataset else False
    found = measure_figure(with_methods_in_words(dataset.load())) if has_numbers else None
    return None if found is None else (found.name, found.figure)


def _contents(dataset: xr.Dataset, manifest: dict[str, Any]) -> dict[str, bytes]:
    """Every file's name and bytes."""
    exhibits = called_for(dataset)
    images = figure_files({exhibit.name: exhibit.figure(dataset) for exhibit in exhibits})
    sections = [_section(exhibit, dataset, images[f"figures/{exhibit.name}.svg"].decode()) for exhibit in exhibits]
    text = page(
        title=str(dataset.attrs.get("name") or "A study"),
        system=str(dataset.attrs.get("system", "")).strip("<>"),
        headline=headline(dataset),
        glance=at_a_glance(dataset),
        sections=sections,
        manifest=_with_configuration(manifest, dataset),
    )
    return {"report.html": text.encode(), **images}


def _section(exhibit: Exhibit, dataset: xr.Dataset, svg: str) -> FigureSection:
    details = None
    if exhibit.name == _CERTIFICATES:
        details = ("The numbers of every certificate", certificate_table(dataset))
    return FigureSection(exhibit.name, exhibit.title, exhibit.paragraph(dataset), svg, exhibit.is_wide, details)


def _with_configuration(manifest: dict[str, Any], dataset: xr.Dataset) -> Mapping[str, Any]:
    """The manifest, with the configuration and seed that the results carry where it lacks them."""
    carried = {name: dataset.attrs[name] for name in ("seed", "configuration") if name in dataset.attrs}
    if isinstance(carried.get("configuration"), str):
        carried["configuration"] = _parsed(carried["configuration"])
    return {**carried, **manifest}


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
