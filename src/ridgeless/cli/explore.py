"""`ridgeless explore`: a page in the browser about a system, a problem or a solution. Loaded when it is asked for."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any

from cyclopts import App, Parameter

from ridgeless import systems
from ridgeless._core.discovery import look_up
from ridgeless.cli.arguments import whole
from ridgeless.cli.console import say
from ridgeless.errors import InvalidInputError, UnreadableFileError
from ridgeless.explorer import explore as explored
from ridgeless.solution import load
from ridgeless.systems.files import read_system

_SOLUTION = "solution.npz"

app = App(name="explore", help_format="plaintext")


@app.default
def explore(
    what: str | None = None,
    /,
    *,
    out: Annotated[Path, Parameter(name=["--out", "-o"])] = Path("explorer.html"),
    seed: Annotated[int, Parameter(converter=whole)] = 0,
) -> int:
    """Write a page for the browser in which the start of training is moved, and the answer moves with it.

    The page is one file that opens by a double click and needs no network.

    Args:
        what: a file with A and b, as `ridgeless solve` reads them; a problem, one of `ridgeless list problems`; or the
            folder or solution.npz of a `ridgeless solve`. Without it, one equation for two unknowns.
        out: the page.
        seed: what a problem draws from.
    """
    written = explored(_found(what), seed).save(out)
    say(f"wrote {written}: open it in a browser.")
    return 0


def _found(what: str | None) -> Any:
    """The problem, solution or system that a word of the command line stands for."""
    if what is None:
        return None
    path = Path(what)
    if path.is_dir():
        if not (path / _SOLUTION).is_file():
            raise InvalidInputError(
                f"explore: {path} is a folder without {_SOLUTION}; type the folder of a `ridgeless solve`, a file with "
                "A and b, or a problem."
            )
        return load(path / _SOLUTION)
    if not path.exists() and any(separator in what for separator in ("/", os.sep)):
        raise InvalidInputError(f"explore: {what} does not exist; type a file with A and b, or a solution's folder.")
    if not path.exists() and path.suffix == "":
        return look_up(what, systems.FOUND, "problem")()
    if path.suffix == ".npz":
        try:
            return load(path)
        except UnreadableFileError:
            return read_system(path)  # an archive with A and b; what is neither is refused here
    return read_system(path)
