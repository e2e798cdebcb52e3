"""Atomic writing of a folder of results: complete or absent, and never over an older one."""

from __future__ import annotations

import contextlib
import secrets
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from ridgeless.errors import RidgelessError, UnwritableFolderError


def refuse_unwritable(out: Path, name: str) -> None:
    """Raise unless a run called `name` can be written in `out`; nothing is left there.

    Raises:
        UnwritableFolderError: the folder cannot be made or written.
    """
    with _staged(out, name):
        pass


def write_run(out: Path, name: str, fill: Callable[[Path], object]) -> Path:
    """Fill a hidden folder in `out`, then rename it: an error or an interrupt leaves nothing behind.

    Args:
        out: where runs are kept; made where it is missing.
        name: of the run. Where an older run has it, the new one is numbered: name-2, name-3, …
        fill: writes the files into the empty folder it is given.

    Returns:
        The folder of the run.

    Raises:
        UnwritableFolderError: the folder cannot be made or written.
    """
    with _staged(out, name) as staging:
        fill(staging)
        return _renamed(staging, out, name)


@contextlib.contextmanager
def _staged(out: Path, name: str) -> Iterator[Path]:
    """A new hidden folder in `out`; it is removed at the end if still there, with the parents created for it."""
    made = [folder for folder in (out, *out.parents) if not folder.exists()]
    staging = out / f".{name}-{secrets.token_hex(4)}"
    try:
        staging.mkdir(parents=True)
        yield staging
    except RidgelessError:
        raise
    except OSError as error:
        raise UnwritableFolderError(
            f"cannot write results to {out} ({error.strerror or error}); name a folder that can be written: "
            "--out FOLDER."
        ) from error
    finally:
        shutil.rmtree(staging, ignore_errors=True)
        with contextlib.suppress(OSError):  # a parent that is not empty stays, and so do those above it
            for folder in made:
                folder.rmdir()


def _renamed(staging: Path, out: Path, name: str) -> Path:
    """The staged folder, under the first of name, name-2, name-3, … that is free."""
    number = 1
    while True:
        target = out / (name if number == 1 else f"{name}-{number}")
        number += 1
        if target.exists():
            continue
        try:
            return staging.rename(target)
        except OSError:
            if not target.exists():  # no other run took the name between the two lines above
                raise
