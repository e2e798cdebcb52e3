"""How far a verb has come, for those who wait: a line in a terminal or a notebook, records of `logging` in a script.

A verb is decorated by `reported`, and its loops call `tell`. Nothing is shown of what ends within two seconds, and
where nobody would see it a report costs about a microsecond.
"""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar, cast

from ridgeless._core import waiting

Verb = TypeVar("Verb", bound=Callable[..., Any])
Item = TypeVar("Item")


class Level:
    """A verb that runs, and the last that it told."""

    __slots__ = ("count", "name", "of", "residual", "what")

    def __init__(self, name: str) -> None:
        self.name = name
        self.what, self.count = "", 0
        self.of: int | None = None
        self.residual: float | None = None

    def __str__(self) -> str:
        if not self.what:
            return self.name
        total = "" if self.of is None else f" of {self.of}"
        near = "" if self.residual is None else f", residual {self.residual:.1e}"
        return f"{self.name}: {self.what} {self.count}{total}{near}"


class Report:
    """The verbs that run, the outermost first.

    Attributes:
        levels: of the verbs.
        began: when the outermost was called, by `time.monotonic`.
    """

    def __init__(self, name: str) -> None:
        self.levels = [Level(name)]
        self.began = time.monotonic()

    def __str__(self) -> str:
        # A verb that ends while it is read leaves the levels that there were.
        return f"{' > '.join(map(str, self.levels.copy()))}, {time.monotonic() - self.began:.0f} s"

    @property
    def share(self) -> float | None:
        """The part of the outermost verb that is done; None where nobody knows."""
        first = self.levels[0]
        return None if not first.of else min(first.count / first.of, 1.0)


_REPORT: ContextVar[Report | None] = ContextVar("ridgeless report", default=None)


def reported(name: str) -> Callable[[Verb], Verb]:
    """Decorator of a verb, which goes by this name.

    Where the caller passes a function as `progress`, it is told instead, and nothing else is shown.
    """

    def decorate(verb: Verb) -> Verb:
        @functools.wraps(verb)
        def reporting(*arguments: Any, **named: Any) -> Any:
            report = _REPORT.get()
            if report is not None:
                return _inside(report, name, verb, arguments, named)
            watcher = None if named.get("progress") is not None else waiting.watcher()
            if watcher is None:
                return verb(*arguments, **named)
            report = Report(name)
            token = _REPORT.set(report)
            shown = watcher.begin(report)
            try:
                return verb(*arguments, **named)
            finally:
                watcher.end(shown)
                _REPORT.reset(token)

        return cast("Verb", reporting)

    return decorate


def _inside(report: Report, name: str, verb: Any, arguments: tuple[Any, ...], named: dict[str, Any]) -> Any:
    """A verb that another one calls."""
    report.levels.append(Level(name))
    try:
        return verb(*arguments, **named)
    finally:
        report.levels.pop()


def tell(what: str, count: int, of: int | None = None, residual: float | None = None) -> None:
    """Say where the innermost verb is.

    Args:
        what: is counted, in the singular: "Newton step".
        count: how many.
        of: how many there are; None where nobody knows.
        residual: ‖Ax − b‖/‖b‖, where it is at hand.
    """
    report = _REPORT.get()
    if report is not None:
        level = report.levels[-1]
        level.what, level.count, level.of, level.residual = what, count, of, residual


def counted(items: Sequence[Item], what: str) -> Iterator[Item]:
    """The items, one by one, each told as it is asked for.

    Example:
        >>> list(counted(["a", "b"], "letter"))
        ['a', 'b']
    """
    for index, item in enumerate(items):
        tell(what, index + 1, len(items))
        yield item


@contextmanager
def quiet() -> Iterator[None]:
    """A scope whose verbs show nothing: for a program that has a display of its own."""
    token = _REPORT.set(Report(""))
    try:
        yield
    finally:
        _REPORT.reset(token)
