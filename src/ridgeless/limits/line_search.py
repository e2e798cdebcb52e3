"""The step length along a descent direction of a convex function, judged by slopes alone.

Near the minimum differences of function values are lost to rounding, but slopes are not. For the dual of A x = b the
slope is the inner product of the misfit A x − b with the direction, so that no value of the dual is computed.
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
        """How many trial lengths can be evaluated together at about the cost of one."""
        ...

    def slopes(self, lengths: Sequence[float]) -> Sequence[float]:
        """The derivative with respect to the step length at each length; not finite where the function overflows."""
        ...


@dataclass(frozen=True)
class Lengthening:
    """When a unit step is extended, and by how much.

    Where an exponential in x is far too large, each unit Newton step reduces it only by a factor of e; a longer step
    reaches the right size at once.

    Attributes:
        factor: the ratio of one trial length to the previous one.
        slope_left: the extension stops where the slope has fallen to this fraction of the initial slope.
    """

    factor: float
    slope_left: float


def line_search(line: Line, slope: float, longest: float = 1.0, lengthening: Lengthening | None = None) -> float:
    """A step length by backtracking: the first at which the slope is at most 0.9·|initial slope|; 0 if none is found.

    The slope may be positive there, so that a step may pass the minimum along the line by a limited amount.

    Args:
        line: the function.
        slope: its derivative at length 0, below 0.
        longest: the first length to try; then its half, its quarter, …
        lengthening: where given, a unit step is extended while more than `slope_left` of the initial slope remains.

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
    """A length of at least 1, before the minimum, at which at most `slope_left` of the slope remains if possible."""
    length = 1.0
    while here < rule.slope_left * slope:
        (there,) = line.slopes([rule.factor * length])
        if not here < there <= 0:
            break
        length, here = rule.factor * length, there
    return length
