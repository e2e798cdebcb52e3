"""The folder of a study: its store, its report and its manifest."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import xarray as xr

from ridgeless import __version__
from ridgeless.errors import UnwritableFolderError
from ridgeless.studies.manifest import manifest

RESULTS = "results.zarr"

# Draws a study into a folder and returns its files; `ridgeless.report.write_report` is one.
ReportWriter = Callable[[xr.Dataset, dict[str, Any], Path], list[Path]]


def write_summary(
    dataset: xr.Dataset,
    folder: Path,
    write_report: ReportWriter,
    wall_s: Mapping[str, float] | None = None,
    command: Sequence[str] = (),
) -> list[Path]:
    """Write what people read of a study beside its store: the report, its figures and manifest.json.

    What an earlier run of the same study wrote is replaced, file by file; no file is ever half written.

    Args:
        dataset: what `study` returned.
        folder: of the study.
        write_report: draws the report.
        wall_s: wall time by stage so far, for the manifest.
        command: the words of the command line, for the manifest.

    Returns:
        The files.

    Raises:
        UnwritableFolderError: the folder cannot be written.
    """
    record: dict[str, Any] = {**manifest(dataset, wall_s, command), "results": _digest(dataset)}
    began = time.perf_counter()
    files = write_report(dataset, record, folder)
    record["wall_s"]["report"] = round(time.perf_counter() - began, 3)
    text = json.dumps(record, indent=2, ensure_ascii=False) + "\n"
    path = folder / "manifest.json"
    replace_file(path, text.encode(), "write_summary")
    return [*files, path]


def is_reported(dataset: xr.Dataset, folder: Path) -> bool:
    """Whether the report in a folder is that of these results: of their configuration, by this version of ridgeless."""
    try:
        record = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    is_same = record.get("configuration") == json.loads(dataset.attrs["configuration"])
    is_same = is_same and record.get("results") == _digest(dataset)
    return is_same and record.get("versions", {}).get("ridgeless") == __version__ and (folder / "report.html").exists()


def _digest(dataset: xr.Dataset) -> str:
    """What tells one state of the results from another: which cells there are, and how they ended."""
    texts = [str(each) for name in ("address", "status", "message") for each in dataset[name].values.ravel()]
    return hashlib.sha256("\n".join(texts).encode()).hexdigest()


def replace_file(path: Path, content: bytes, call: str) -> None:
    """Write a file whole or not at all, in the place of an older one.

    Raises:
        UnwritableFolderError: the folder cannot be written; `call` is named in its message.
    """
    staged = path.with_name(f".{path.name}.partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        staged.write_bytes(content)
        staged.replace(path)
    except OSError as error:
        staged.unlink(missing_ok=True)
        raise UnwritableFolderError(
            f"{call}: {path.parent} cannot be written ({error.strerror or error}); pass a folder that can."
        ) from error
