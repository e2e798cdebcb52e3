"""Timing of a training: compilation, set-up, steps, and the lift of x from a reduced problem."""

from __future__ import annotations

import time
from contextvars import ContextVar, Token
from types import TracebackType

_RUNNING: ContextVar[tuple[Stopwatch, ...]] = ContextVar("running stopwatches", default=())


class Stopwatch:
    """Runs in a `with` block; `start` ends the set-up. What was compiled within the block is told apart from both."""

    def __init__(self) -> None:
        self.compile_s = self._compiled_before = 0.0
        self._began = self._started = time.perf_counter()
        self._token: Token[tuple[Stopwatch, ...]] | None = None

    def __enter__(self) -> Stopwatch:
        self._token = _RUNNING.set((*_RUNNING.get(), self))
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._token is not None:
            _RUNNING.reset(self._token)

    def start(self) -> None:
        """The set-up is over, the first step begins."""
        self._started, self._compiled_before = time.perf_counter(), self.compile_s

    def seconds(self, lift_s: float) -> dict[str, float]:
        """The times in `Run.stats`; `lift_s` is the time to compute x from a reduced problem."""
        stepping = time.perf_counter() - self._started - (self.compile_s - self._compiled_before)
        return {
            "run_s": stepping - lift_s,
            "compile_s": self.compile_s,
            "setup_s": self._started - self._began - self._compiled_before,
            "lift_s": lift_s,
        }


def compiling(seconds: float) -> None:
    """Tell every running stopwatch that so many seconds went into compilation."""
    for watch in _RUNNING.get():
        watch.compile_s += seconds
