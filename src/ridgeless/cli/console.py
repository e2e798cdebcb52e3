"""Output of the command line: plain lines when piped, a progress bar on a terminal."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from rich.console import Console

from ridgeless._core.progress import quiet

# Wide enough that nothing is wrapped or cut where there is no terminal to fit into.
_UNLIMITED = 100_000


def console(stream: Any) -> Console:
    """A console on a text stream, that prints text as it is: no markup, no emoji, no colours of its own.

    A letter that the stream's encoding lacks is printed as "?".
    """
    if hasattr(stream, "reconfigure"):
        stream.reconfigure(errors="replace")
    width = None if stream.isatty() else _UNLIMITED
    return Console(file=stream, width=width, markup=False, emoji=False, highlight=False)


def say(*lines: str) -> None:
    """Print lines on standard output."""
    target = console(sys.stdout)
    for line in lines:
        target.print(line, soft_wrap=True)


def complain(message: str) -> None:
    """Print one line on standard error."""
    console(sys.stderr).print(f"ridgeless: {' '.join(message.split())}", soft_wrap=True)


def show_table(title: str, header: list[str], rows: list[list[str]]) -> None:
    """Print a table on standard output, the first column to the left and the others to the right."""
    lines = [header, *rows]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    say(title, *("   ".join([line[0].ljust(widths[0]), *map(str.rjust, line[1:], widths[1:])]) for line in lines))


def written(folder: Path) -> list[str]:
    """One line for each thing in the folder of a run, with its path."""
    return [f"wrote {path}" for path in sorted(folder.iterdir())]


@contextlib.contextmanager
def progress() -> Iterator[Callable[[str, int, int | None], None]]:
    """A display of what is running, on standard error: a bar on a terminal, one line for each step elsewhere.

    It is told what runs now, how many have run, and how many there are: None where nobody knows.
    """
    target = console(sys.stderr)
    if not target.is_terminal or target.is_dumb_terminal:
        yield lambda label, index, total: target.print(f"[{_position(index, total)}] {label}")
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("{task.description}", markup=False))
    with quiet(), Progress(*columns, console=target, transient=True) as bar:
        task = bar.add_task("starting", total=None)
        yield lambda label, index, total: bar.update(task, description=label, completed=index, total=total)


@contextlib.contextmanager
def limit_progress() -> Iterator[Callable[[Any], None]]:
    """A display of a limit on its way, on standard error: a bar on a terminal, nothing elsewhere.

    It is told an `rl.limits.Progress` after each step.
    """
    target = console(sys.stderr)
    if not target.is_terminal or target.is_dumb_terminal:
        yield lambda now: None  # noqa: ARG005
        return
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (BarColumn(), TimeElapsedColumn(), TextColumn("{task.description}", markup=False))
    with quiet(), Progress(*columns, console=target, transient=True) as bar:
        task = bar.add_task("starting", total=1.0)
        yield lambda now: bar.update(task, description=progress_text(now), completed=now.share)


def progress_text(now: Any) -> str:
    """The progress of a limit in a few words.

    Example:
        >>> from ridgeless.limits import Progress
        >>> progress_text(Progress(steps=7, share=0.5, residual=0.0123, seconds=3.0))
        'step 7: 50 % of the path, residual 1.2e-02'
    """
    return f"step {now.steps}: {100 * now.share:.0f} % of the path, residual {now.residual:.1e}"


def _position(index: int, total: int | None) -> str:
    return f"{index + 1}" if total is None else f"{index + 1}/{total}"
