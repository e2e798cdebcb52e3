"""The contents of a sweep's report: page and figures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

import xarray as xr

from ridgeless._core.numbers import counted, listed
from ridgeless.report._files import figure_files
from ridgeless.report._html import HtmlTable
from ridgeless.report.study.grid import with_methods_in_words
from ridgeless.report.study.page import FigureSection, page
from ridgeless.report.sweep.exhibits import best, sweep_figures
from ridgeless.studies.cells import NOT_RUN

_TITLES = {"CONVERGED": "converged", "MAX_STEPS": "budget ended", "DIVERGED": "diverged", "STALLED": "stalled"}


def sweep_contents(dataset: xr.Dataset, manifest: Mapping[str, Any]) -> dict[str, bytes]:
    """Every file's name and bytes."""
    dataset = with_methods_in_words(dataset)
    figures = sweep_figures(dataset)
    images = figure_files({each.name: each.figure for each in figures})
    sections = [
        FigureSection(each.name, each.title, each.paragraph, images[f"figures/{each.name}.svg"].decode(), is_wide=True)
        for each in figures
    ]
    text = page(
        title=str(dataset.attrs.get("name") or "A study"),
        system=str(dataset.attrs.get("system", "")).strip("<>"),
        headline=_headline(dataset),
        glance=_endings(dataset),
        sections=sections,
        manifest=dict(manifest),
    )
    return {"report.html": text.encode(), **images}


def _headline(dataset: xr.Dataset) -> str:
    axes = [f"{axis} ({dataset.sizes[axis]})" for axis in dataset["status"].dims]
    asked = int((dataset["status"].values != NOT_RUN).sum())
    done = int(((dataset["status"].values != NOT_RUN) & (dataset["status"].values != "")).sum())
    so_far = "" if done == asked else f" So far {done} have ended."
    return f"{counted(asked, 'computation')} over {listed([*map(str, axes)])}.{so_far} {best(dataset)}"


def _endings(dataset: xr.Dataset) -> HtmlTable:
    """How the computations of each method ended."""
    status = dataset["status"]
    ended = [str(each) for each in status.values.ravel() if each and each != NOT_RUN]
    kinds = [kind for kind, _ in Counter(ended).most_common()]
    rows = []
    for index, method in enumerate(map(str, dataset["method"].values)):
        counts = Counter(map(str, status.isel(method=index).values.ravel()))
        certified = int((dataset["verdict"].isel(method=index).values == "certified").sum())
        rows.append((method, *(str(counts.get(kind, 0)) for kind in kinds), str(certified)))
    head = ("method", *(_TITLES.get(kind, kind.lower()) for kind in kinds), "certified")
    return HtmlTable(head, tuple(rows))
