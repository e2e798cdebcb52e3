"""Who waits for a verb, and what is shown to them: a line that changes in place, or records of `logging`.

`rich` is at hand, but its displays need ipywidgets in a notebook; a carriage return is understood everywhere.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import shutil
import sys
import threading
import time
from typing import Any, Protocol, runtime_checkable

LOG = logging.getLogger("ridgeless")
# Seconds: until a report is shown, between two looks at it, and between two records of a log.
PATIENCE_S, LOOK_S, RECORD_S = 2.0, 0.25, 10.0
# Looks at nothing after which the thread ends.
_IDLE = 12
_BAR = 20
_NARROW, _WIDE = 20, 120


@runtime_checkable
class Told(Protocol):
    """What is shown: its text is where the verb is now."""

    began: float

    @property
    def share(self) -> float | None:
        """The part that is done; None where nobody knows."""
        ...


class Shown:
    """A report on its way to a stream, to the log, or to both."""

    def __init__(self, report: Told, stream: Any) -> None:
        self.report, self.stream = report, stream
        self.width, self.recorded, self.has_ended = 0, 0.0, False
        self.lock = threading.Lock()

    def look(self) -> None:
        """Show the report if it is time to."""
        now = time.monotonic()
        if now - self.report.began < PATIENCE_S:
            return
        with self.lock:
            if self.has_ended:
                return
            if now - self.recorded >= RECORD_S and LOG.isEnabledFor(logging.INFO):
                self.recorded = now
                self._write("")
                LOG.info("%s", self.report)
            self._write(line(str(self.report), self.report.share))

    def end(self) -> None:
        """Take the line away; the log is told how long it took, if it was told anything."""
        with self.lock:
            self.has_ended = True
            self._write("")
            if self.recorded:
                LOG.info("%s: done", self.report)

    def _write(self, text: str) -> None:
        """Put a text in the place of the last one. Spaces cover what is left of it: notebooks know no other way."""
        if self.stream is None or not (text or self.width):
            return
        try:
            self.stream.write(f"\r{text.ljust(self.width)}\r" if not text else f"\r{text.ljust(self.width)}")
            self.stream.flush()
        except (OSError, ValueError):  # it was closed, or lacks a letter: nobody reads there any more
            self.stream = None
        self.width = len(text)


class Watcher:
    """A thread that looks at the report that is on its way, and ends when there has been none for a while."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.shown: Shown | None = None
        self.thread: threading.Thread | None = None

    def begin(self, report: Told) -> Shown:
        """Look at a report from now on."""
        shown = Shown(report, sys.stderr if is_watched() else None)
        with self.lock:
            self.shown = shown
            if self.thread is None or not self.thread.is_alive():
                self.thread = threading.Thread(target=self._look, name="ridgeless progress", daemon=True)
                self.thread.start()
        return shown

    def end(self, shown: Shown) -> None:
        """Look no more."""
        self.shown = None
        shown.end()

    def _look(self) -> None:
        idle = 0
        while True:
            time.sleep(LOOK_S)
            shown = self.shown
            if shown is not None:
                shown.look()
            with self.lock:
                idle = 0 if self.shown is not None else idle + 1
                if idle > _IDLE:
                    self.thread = None
                    return


_WATCHER = Watcher()


def watcher() -> Watcher | None:
    """Who is told of the verbs that this thread runs; None where nobody waits.

    Nobody does in a script whose log takes no records of the level INFO, in a worker, beside the main thread, and where
    the logger "ridgeless" itself is set above INFO.
    """
    if LOG.level > logging.INFO or not (is_watched() or LOG.isEnabledFor(logging.INFO)):
        return None
    is_main = threading.current_thread() is threading.main_thread() and multiprocessing.parent_process() is None
    return _WATCHER if is_main else None


def is_watched() -> bool:
    """Whether standard error is a terminal, or the output of a notebook."""
    stream: Any = sys.stderr
    try:
        if stream is not None and stream.isatty():
            return os.environ.get("TERM") != "dumb"
    except (AttributeError, ValueError):
        return False
    if "ipykernel" not in sys.modules:
        return False
    ipython: Any = sys.modules.get("IPython")
    shell = None if ipython is None else ipython.get_ipython()
    return getattr(shell, "kernel", None) is not None


def line(text: str, share: float | None, columns: int | None = None) -> str:
    """A line that fits into the terminal, with a bar where the part that is done is known.

    Example:
        >>> line("limit_path: limit 30 of 60, 4 s", 0.5)
        '[##########----------] limit_path: limit 30 of 60, 4 s'
        >>> line("limit: Newton step 7, 4 s", None, columns=16)
        'limit: Newton …'
    """
    room = columns if columns is not None else shutil.get_terminal_size().columns
    bar = ""
    if share is not None and room > _BAR + _NARROW:
        filled = round(_BAR * share)
        bar = f"[{'#' * filled}{'-' * (_BAR - filled)}] "
    whole = f"{bar}{text}"
    most = max(min(room, _WIDE) - 1, 1)
    return whole if len(whole) <= most else f"{whole[: most - 1]}…"
