"""The step length along a descent direction of a convex function, judged by slopes alone.

The slope along a step keeps its digits where the function itself has lost them, and of the dual of A x = b it is the
misfit A x − b times the direction: no value of the dual is ever computed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np

from ridgeless.limits.tolerances import TOLERANCES


@runtime_checkable
class Line(Protocol):
    """A convex function along one direction."""

    @property
    def lengths_at_once(self) -> int:
        """How many lengths cost hardly more than one."""
        ...

    def slopes(self, lengths: Sequence[float]) -> Sequence[float]:
        """The derivative by the length, at each of them; not finite where the function is not."""
        ...


@dataclass(frozen=True)
class Lengthening:
    """When a whole step is made longer, and by how much.

    An exponential that is far too large falls by a factor e with each whole Newton step, and by all that is needed
    with a long one.

    Attributes:
        factor: each length tried is so many times the one before.
        slope_left: a step is long enough where it leaves this part of the slope.
    """

    factor: float
    slope_left: float


def line_search(line: Line, slope: float, longest: float = 1.0, lengthening: Lengthening | None = None) -> float:
    """A length that stays on the near side of the minimum along the line, or close behind it; 0 where none is found.

    Args:
        line: the function.
        slope: its derivative at length 0, below 0.
        longest: the first length to try; then its half, its quarter, …
        lengthening: where given, a whole step is made longer while most of the way is left.

    Example:
        >>> class Parabola:
        ...     lengths_at_once = 1
        ...     def slopes(self, lengths):
        ...         return [length - 0.3 for length in lengths]  # of (length − 0.3)²/2
        >>> line_search(Parabola(), slope=-0.3)
        0.5
    """
    allowed = TOLERANCES.overshoot * abs(slope)
    for lengths in _halved(longest, line.lengths_at_once):
        for length, here in zip(lengths, line.slopes(lengths), strict=True):
            if np.isfinite(here) and here <= allowed:
                return _lengthened(line, here, slope, lengthening) if length == 1 and lengthening else length
    return 0.0


def _halved(longest: float, at_once: int) -> Iterator[list[float]]:
    """The longest alone, which is accepted nearly always; then its halves, several at once."""
    yield [longest]
    for first in range(1, TOLERANCES.halvings, at_once):
        yield [longest / 2**power for power in range(first, first + at_once)]


def _lengthened(line: Line, here: float, slope: float, rule: Lengthening) -> float:
    """A length from 1 on at which little of the slope is left, on the near side of the minimum."""
    length = 1.0
    while here < rule.slope_left * slope:
        (there,) = line.slopes([rule.factor * length])
        if not here < there <= 0:
            break
        length, here = rule.factor * length, there
    return length
