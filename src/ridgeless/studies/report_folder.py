"""Writing a study to disk: results, report and manifest in one folder, whole or not at all."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import xarray as xr

from ridgeless._core.run_folder import write_run
from ridgeless.studies.manifest import manifest

# Draws a study into a folder and returns its files; `ridgeless.report.write_report` is one.
ReportWriter = Callable[[xr.Dataset, dict[str, Any], Path], list[Path]]


def write_study(
    dataset: xr.Dataset,
    out: Path,
    write_report: ReportWriter,
    wall_s: Mapping[str, float] | None = None,
    command: Sequence[str] = (),
) -> Path:
    """Write a study into a new folder of `out`: results.zarr, manifest.json and what the report writer draws.

    The folder has the study's name, and a number behind it where an older run has that name: nothing is ever
    replaced. It appears when it is complete: an error or an interrupt on the way leaves nothing.

    Args:
        dataset: what `study` returned.
        out: where runs are kept; made where it is missing.
        write_report: draws the report.
        wall_s: wall time by stage so far, for the manifest.
        command: the words of the command line, for the manifest.

    Returns:
        The folder of the study.

    Raises:
        UnwritableFolderError: the folder cannot be made or written.
    """
    record = manifest(dataset, wall_s, command)

    def fill(folder: Path) -> None:
        began = time.perf_counter()
        # Format 2 of zarr: format 3 has no specified type for text yet, nor consolidated metadata.
        dataset.to_zarr(folder / "results.zarr", mode="w-", consolidated=True, zarr_format=2)
        stored = time.perf_counter()
        record["wall_s"]["results"] = round(stored - began, 3)
        write_report(dataset, record, folder)
        record["wall_s"]["report"] = round(time.perf_counter() - stored, 3)
        text = json.dumps(record, indent=2, ensure_ascii=False) + "\n"
        (folder / "manifest.json").write_text(text, encoding="utf-8")

    return write_run(out, dataset.attrs["name"], fill)
