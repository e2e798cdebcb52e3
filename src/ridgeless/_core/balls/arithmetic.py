"""Ball arithmetic on python-flint's Arb: construction, working precision, storage and outward rounding."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any

from ridgeless._core.extras import needed_by

with needed_by("rigorous enclosures"):
    import flint

# A `flint.arb`: a midpoint, and a radius that bounds the error of everything computed so far.
Ball = Any
# Midpoint and radius, each as the integers m and e of m·2^e.
Stored = tuple[tuple[int, int], tuple[int, int]]
_RADIUS_BITS = 30


@contextlib.contextmanager
def precision(bits: int) -> Iterator[None]:
    """Set the working precision, in bits, inside a `with` block; the previous precision is restored afterwards.

    Example:
        >>> with precision(200):
        ...     third = ball(1.0) / 3
        >>> third.rel_accuracy_bits() >= 198
        True
    """
    before = flint.ctx.prec
    flint.ctx.prec = bits
    try:
        yield
    finally:
        flint.ctx.prec = before


def ball(number: float) -> Ball:
    """A float64 as a ball of radius 0."""
    return flint.arb(float(number))


def around(middle: float, radius: float) -> Ball:
    """The ball of a midpoint and a radius, both float64."""
    return flint.arb(float(middle), float(radius))


def stored(value: Ball) -> Stored:
    """A finite ball as exact integers, which can be copied and pickled as a `flint.arb` cannot."""
    (middle, exponent), (radius, other) = value.mid().man_exp(), value.rad().man_exp()
    return (int(middle), int(exponent)), (int(radius), int(other))


def restored(numbers: Stored) -> Ball:
    """The inverse of `stored`: the same ball, or at worst a slightly larger one that contains it.

    Example:
        >>> third = restored(stored(ball(1.0) / 3))
        >>> stored(third) == stored(ball(1.0) / 3)
        True
    """
    middle, (radius, exponent) = numbers
    # Arb rounds a radius up to 30 bits, and may round up even one that fits. Half a unit less rounds up to this radius.
    spare = _RADIUS_BITS + 1 - radius.bit_length()
    exact = flint.arb(middle, ((radius << spare) - 1, exponent - spare))
    return exact if stored(exact) == numbers else flint.arb(*numbers)


def powered(base: Ball, exponent: Fraction) -> Ball:
    """base^exponent of a positive ball."""
    if exponent.denominator == 1:
        return base ** int(exponent)
    if exponent.denominator == 2:
        return base.sqrt() ** int(exponent.numerator)
    return (base.log() * exponent.numerator / exponent.denominator).exp()


def length(values: Sequence[Ball]) -> Ball:
    """The Euclidean norm of a vector of balls."""
    total = flint.arb(0)
    for value in values:
        size = abs(value)
        total += size * size
    return total.nonnegative_part().sqrt()


def rounded_up(bound: Ball) -> float:
    """The least float64 that is not below the ball; infinite where the ball is not finite."""
    upper = bound.upper()
    if not upper.is_finite():
        return math.inf
    nearest = float(upper)
    return nearest if flint.arb(nearest) >= upper else math.nextafter(nearest, math.inf)


def rounded_down(bound: Ball) -> float:
    """The largest float64 that is not above the ball; 0 where the ball is not finite."""
    lower = bound.lower()
    if not lower.is_finite():
        return 0.0
    nearest = float(lower)
    return nearest if flint.arb(nearest) <= lower else math.nextafter(nearest, -math.inf)
