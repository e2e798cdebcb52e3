"""Writing figures and pages: all contents are made in memory before any file is written."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path

from matplotlib.figure import Figure

from ridgeless.errors import UnwritableFolderError
from ridgeless.plots import _style


def figure_files(figures: Mapping[str, Figure]) -> dict[str, bytes]:
    """The name and the bytes of `figures/<name>.png` and `figures/<name>.svg` of every figure."""
    return {f"figures/{name}.{kind}": rendered(figures[name], kind) for name in figures for kind in ("png", "svg")}


def rendered(figure: Figure, kind: str) -> bytes:
    """A figure as the bytes of a "png" or "svg" file, without a date: the same figure gives the same bytes.

    The first call lays the figure out; later ones keep that.
    """
    stream = io.BytesIO()
    metadata = {"Date": None, "Creator": None} if kind == "svg" else {"Software": None}
    with _style.applied():
        figure.savefig(stream, format=kind, metadata=metadata)
        figure.set_layout_engine("none")
    return stream.getvalue()


def write_files(contents: Mapping[str, bytes], folder: Path, call: str) -> list[Path]:
    """Write files into a folder, which is made where it is missing, each whole or not at all; returns their paths.

    Raises:
        UnwritableFolderError: the folder cannot be made or written; `call` is named in its message.
    """
    paths = [folder / name for name in contents]
    try:
        (folder / "figures").mkdir(parents=True, exist_ok=True)
        for path, content in zip(paths, contents.values(), strict=True):
            staged = path.with_name(f".{path.name}.partial")
            staged.write_bytes(content)
            staged.replace(path)
    except OSError as error:
        raise UnwritableFolderError(
            f"{call}: {folder} cannot be written ({error.strerror}); pass a folder that can."
        ) from error
    return paths
