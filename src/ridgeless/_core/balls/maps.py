"""Mirror maps x = f(z) of one coordinate in ball arithmetic, with z = (Aᵀν)_i and f(0) the start.

The parameters of a map are balls of the precision at which it was made: make a new map after raising the precision.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from fractions import Fraction
from typing import ClassVar, NamedTuple

import flint

from ridgeless._core.balls.arithmetic import Ball, powered

_MOST_STEPS = 200
_MOST_BITS = 4096
_BISECTIONS = 72
_FEW_STEPS = 40


class BallMap(ABC):
    """An increasing function x = f(z) in ball arithmetic, with f(0) the start.

    A subclass defines `at`, and `ends` where f blows up at a finite z. `approximate_inverse` may be overridden where a
    closed inverse is known: it is a starting guess, and no proof depends on it.

    Attributes:
        moves: whether x depends on z at all.
        sign: the sign that x keeps, +1 or −1; 0 where both are possible.
    """

    moves: ClassVar[bool] = True
    sign: int = 0

    @abstractmethod
    def at(self, z: Ball) -> tuple[Ball, Ball]:
        """f(z) and f'(z) for every point of the ball z; NaN unless all of it lies inside the domain."""

    def ends(self) -> tuple[Ball, Ball]:
        """The ends of the open interval on which f is defined; infinite where it is unbounded."""
        return flint.arb.neg_inf(), flint.arb.pos_inf()

    def approximate_inverse(self, x: Ball) -> Ball:
        """An approximate z with f(z) ≈ x, by bisection: a starting guess without error bound."""
        rises = bool(self.at(flint.arb(0))[0].mid() < x.mid())
        end = self.ends()[1 if rises else 0]

        def point(k: Ball) -> Ball:
            if end.is_finite():
                return (end * (1 - flint.arb(2) ** -k)).mid()
            return flint.arb(2) ** k * (1 if rises else -1) if k.is_finite() else flint.arb(0)

        def is_past(k: Ball) -> bool:
            value = self.at(point(k))[0]
            return not value.is_finite() or (value.mid() >= x.mid()) == rises

        low = flint.arb(0) if end.is_finite() else flint.arb(-_MOST_BITS)
        high, step = low + 1, flint.arb(1)
        while not is_past(high) and step < _MOST_BITS:
            low, step = high, 2 * step
            high = low + step
        for _ in range(_BISECTIONS):
            middle = ((low + high) / 2).mid()
            low, high = (low, middle) if is_past(middle) else (middle, high)
        return point(((low + high) / 2).mid())


class Fixed(BallMap):
    """A constant: a coordinate that training does not move."""

    moves = False

    def __init__(self, value: Ball) -> None:
        self.value = value

    def at(self, z: Ball) -> tuple[Ball, Ball]:  # noqa: ARG002
        return self.value, flint.arb(0)

    def approximate_inverse(self, x: Ball) -> Ball:  # noqa: ARG002
        return flint.arb(0)


class Line(BallMap):
    """x = x₀ + rate·z: networks of one layer."""

    def __init__(self, start: Ball, rate: int) -> None:
        self.start, self.rate = start, flint.arb(rate)

    def at(self, z: Ball) -> tuple[Ball, Ball]:
        return self.start + self.rate * z, self.rate

    def approximate_inverse(self, x: Ball) -> Ball:
        return ((x - self.start) / self.rate).mid()


class ExponentialPair(BallMap):
    """x = up·exp(rate·z) − down·exp(−rate·z), up and down ≥ 0: networks of two layers."""

    def __init__(self, up: Ball, down: Ball, rate: int) -> None:
        self.up, self.down, self.rate = up, down, rate
        self.sign = -1 if up.is_zero() else 1 if down.is_zero() else 0

    @classmethod
    def of(cls, up: Ball, down: Ball, rate: int) -> BallMap:
        """The map, or the constant 0 where both amplitudes are 0."""
        return Fixed(flint.arb(0)) if up.is_zero() and down.is_zero() else cls(up, down, rate)

    def at(self, z: Ball) -> tuple[Ball, Ball]:
        growth = (self.rate * z).exp()
        up, down = self.up * growth, (self.down / growth if self.sign <= 0 else flint.arb(0))
        return up - down, self.rate * (up + down)

    def approximate_inverse(self, x: Ball) -> Ball:
        if self.sign:
            near = self.up if self.sign > 0 else self.down
            size = self.sign * x
            ratio = size / near if size > 0 else flint.arb(1)
            return (self.sign * ratio.log() / self.rate).mid()
        root = (x * x + 4 * self.up * self.down).sqrt()
        if x >= 0:
            return (((x + root) / (2 * self.up)).log() / self.rate).mid()
        return (-((root - x) / (2 * self.down)).log() / self.rate).mid()


class Branch(NamedTuple):
    """One term sign·C·(slack − sign·z)^−q of `Powers`.

    Attributes:
        sign: +1 or −1.
        slack: > 0, the value of sign·z at which the term blows up.
    """

    sign: int
    slack: Ball


class Powers(BallMap):
    """x = Σ sign·C·(slack − sign·z)^−q over one or two branches: three or more layers of equal weights."""

    def __init__(self, branches: Sequence[Branch], coefficient: Ball, exponent: Fraction) -> None:
        self.branches, self.coefficient, self.exponent = tuple(branches), coefficient, exponent
        self.rate = flint.arb(exponent.numerator) / exponent.denominator
        signs = {branch.sign for branch in branches}
        self.sign = signs.pop() if len(signs) == 1 else 0

    def at(self, z: Ball) -> tuple[Ball, Ball]:
        entry, slope = flint.arb(0), flint.arb(0)
        for branch in self.branches:
            slack = branch.slack - z if branch.sign > 0 else branch.slack + z
            if not slack > 0:
                return flint.arb.nan(), flint.arb.nan()
            size = self.coefficient * self._power(slack)
            entry = entry + size if branch.sign > 0 else entry - size
            slope += self.rate * size / slack
        return entry, slope

    def _power(self, slack: Ball) -> Ball:
        """slack^−q."""
        if self.exponent.denominator == 1:
            return slack**-self.exponent.numerator
        if self.exponent.denominator == 2:
            return slack.rsqrt() ** self.exponent.numerator
        return (-self.rate * slack.log()).exp()

    def ends(self) -> tuple[Ball, Ball]:
        low, high = super().ends()
        for branch in self.branches:
            if branch.sign > 0:
                high = high.min(branch.slack)
            else:
                low = low.max(-branch.slack)
        return low, high

    def approximate_inverse(self, x: Ball) -> Ball:
        """By Newton's method in the logarithm of the remaining slack of the larger branch."""
        low, high = self.ends()
        start = self.at(flint.arb(0))[0]
        up = (x.mid() > start.mid()) if self.sign == 0 else self.sign > 0
        end, turn = (high, 1) if up else (-low, -1)
        size = turn * x
        if self.sign and not size > 0:
            return flint.arb(0)
        slack = end.mid()
        if size > 0:
            slack = slack.min(powered(size / self.coefficient, -1 / self.exponent)).mid()
        for _ in range(_MOST_STEPS):
            entry, slope = self.at((turn * (end - slack)).mid())
            if not entry.is_finite():
                break
            # Newton's step for log x where x is dominated by one branch, for x itself where the branches nearly cancel.
            own = (turn * entry).mid()
            step = ((own / size).log() * own / slope / slack) if own > 0 and size > 0 else (own - size) / slope / slack
            step = step.mid().max(flint.arb(-1)).min(flint.arb(1)).mid()
            slack = (slack * step.exp()).mid()
            if abs(step) < flint.arb(2) ** -60:
                break
        return (turn * (end - slack)).mid()


def power_branches(weights: Sequence[tuple[int, float]], depth: int, rate: int) -> BallMap:
    """x = Σ side·w^depth with w' = side·rate·w^(depth−1), depth ≥ 3: `side` is +1 (added) or −1 (subtracted).

    Args:
        weights: pairs of a side and a weight as stored; weights that are 0 have no branch.
        depth: D.
        rate: D for one weight to the power D, 1 for D layers of one size.
    """
    exponent = Fraction(depth, depth - 2)
    speed = flint.arb(rate * (depth - 2))
    branches = [
        Branch(side * (-1 if weight < 0 and depth % 2 else 1), abs(flint.arb(weight)) ** (2 - depth) / speed)
        for side, weight in weights
        if weight != 0
    ]
    return Powers(branches, powered(speed, -exponent), exponent) if branches else Fixed(flint.arb(0))


class Tangent(BallMap):
    """Three layers from (a, a, 0): c = a·tan(a·z), x = c·(c² + a²)."""

    def __init__(self, size: Ball) -> None:
        self.size = size

    def at(self, z: Ball) -> tuple[Ball, Ball]:
        angle = self.size * z
        if not abs(angle) < flint.arb.pi() / 2:
            return flint.arb.nan(), flint.arb.nan()
        c, square = self.size * angle.tan(), self.size**2
        return c * (c * c + square), (3 * c * c + square) * (c * c + square)

    def ends(self) -> tuple[Ball, Ball]:
        end = flint.arb.pi() / (2 * self.size)
        return -end, end

    def approximate_inverse(self, x: Ball) -> Ball:
        """By Newton's method for c, from above."""
        size, square = abs(x), self.size**2
        c = size.root(3).mid().min((size / square).mid()).mid()
        for _ in range(_MOST_STEPS):
            step = ((c * (c * c + square) - size) / (3 * c * c + square)).mid()
            c = (c - step).mid()
            if abs(step) <= c * flint.arb(2) ** -60:
                break
        z = (c / self.size).atan() / self.size
        return (z if x >= 0 else -z).mid()


class Sum(BallMap):
    """x = f(z) − g(−z): a branch that is added and one that is subtracted."""

    def __init__(self, added: BallMap, subtracted: BallMap) -> None:
        self.added, self.subtracted = added, subtracted
        signs = {part.sign * turn for part, turn in ((added, 1), (subtracted, -1)) if part.moves}
        self.sign = signs.pop() if len(signs) == 1 else 0

    def at(self, z: Ball) -> tuple[Ball, Ball]:
        one, two = self.added.at(z), self.subtracted.at(-z)
        return one[0] - two[0], one[1] + two[1]

    def ends(self) -> tuple[Ball, Ball]:
        one, two = self.added.ends(), self.subtracted.ends()
        return one[0].max(-two[1]), one[1].min(-two[0])

    def approximate_inverse(self, x: Ball) -> Ball:
        """By Newton's method from the z at which one branch alone would give x; by bisection where that fails."""
        one, two = self.added.approximate_inverse(x), -self.subtracted.approximate_inverse(-x)
        z = (one.min(two) if x > 0 else one.max(two)).mid()
        for _ in range(_FEW_STEPS):
            entry, slope = self.at(z)
            if not (entry.is_finite() and slope > 0):
                break
            step = ((entry - x) / slope).mid()
            z = (z - step).mid()
            if abs(step) * slope <= abs(x) * flint.arb(2) ** -50:
                return z
        return super().approximate_inverse(x)


class Magnified(BallMap):
    """x = center + α·(f(z) − center): lazy training of f."""

    def __init__(self, inner: BallMap, center: Ball, alpha: Ball) -> None:
        self.inner, self.center, self.alpha = inner, center, alpha

    @classmethod
    def of(cls, inner: BallMap, center: Ball, alpha: Ball) -> BallMap:
        """The map, or a constant where the inner map is one."""
        there = cls(inner, center, alpha)
        return there if inner.moves else Fixed(there.at(flint.arb(0))[0])

    def at(self, z: Ball) -> tuple[Ball, Ball]:
        entry, slope = self.inner.at(z)
        return self.center + self.alpha * (entry - self.center), self.alpha * slope

    def ends(self) -> tuple[Ball, Ball]:
        return self.inner.ends()

    def approximate_inverse(self, x: Ball) -> Ball:
        return self.inner.approximate_inverse(((x - self.center) / self.alpha + self.center).mid())
