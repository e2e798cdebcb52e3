"""Marks on a logarithmic clock: the moments at which training is looked at."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

MARKS_PER_DECADE = 8


def log_steps(last: float | int) -> Iterator[int]:
    """1, 2, 3, 4, 6, 7, 10 … and `last`: whole numbers, eight a decade; without end where `last` is infinite.

    Example:
        >>> list(log_steps(20))
        [1, 2, 3, 4, 6, 7, 10, 13, 18, 20]
    """
    step = 0
    for k in itertools.count():
        new = round(10 ** (k / MARKS_PER_DECADE))
        if new >= last:
            break
        if new > step:
            step = new
            yield step
    yield int(last)
