"""Mirror maps of products of three or more layers in ball arithmetic: ∫ dc/∏_j √(c² + μ_j²) and its inverse."""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from math import frexp, ldexp, prod

import flint

from ridgeless._core.arrays import Vector
from ridgeless._core.balls.arithmetic import Ball, ball, precision
from ridgeless._core.balls.maps import BallMap, Branch, Fixed, Powers, Sum, Tangent, power_branches

_ROUGH_BITS = 80
_MOST_STEPS = 400
_CLOSE = 2.0**-40


class LayerIntegral:
    """J(t) = ∫_t^∞ ds/∏_j √(s² + m_j²) for t ≥ 0, in units of the largest layer, at one precision.

    Attributes:
        imbalances: m_j ≥ 0 of all layers but the smallest, ascending.
        is_open: whether J(0) is finite: no m_j is 0.
    """

    def __init__(self, sizes: tuple[float, ...]) -> None:
        least, unit = flint.arb(sizes[0]), flint.arb(sizes[-1])
        self.start = least / unit
        self.squares = [(flint.arb(w) - least) * (flint.arb(w) + least) / (unit * unit) for w in sizes[1:]]
        self.is_open = not self.squares[0].is_zero()
        self.knee = next(square.sqrt() for square in self.squares if not square.is_zero()).mid()
        self.at_one = self._tail(flint.arb(1))
        self.at_knee = self.at_one + self._by_logarithm(self.knee, flint.arb(1)) if self.knee < 1 else self.at_one
        self.at_zero = self.above(flint.arb(0)) if self.is_open else flint.arb.pos_inf()
        self.at_start = self.above(self.start.mid()) if not self.start.is_zero() else self.at_zero

    def above(self, t: Ball) -> Ball:
        """J(t) for an exact t ≥ 0."""
        if t >= 1:
            return self._tail(t)
        if not self.is_open or t >= self.knee:
            return self.at_one + self._by_logarithm(t, flint.arb(1))
        return self.at_knee + self._plainly(t, self.knee)

    def product(self, t: Ball) -> Ball:
        """∏_j √(t² + m_j²)."""
        return self.squared_product(t).sqrt()

    def squared_product(self, t: Ball) -> Ball:
        """∏_j (t² + m_j²)."""
        size = abs(t)
        return prod((size * size + square for square in self.squares), start=flint.arb(1))

    def _tail(self, t: Ball) -> Ball:
        """By s = t/v: t^(2−L)·∫_0^1 v^(L−3)/∏_j √(1 + (m_j v/t)²) dv."""
        layers = len(self.squares) + 1
        shares = [flint.acb(square / (t * t)) for square in self.squares]

        def integrand(v: flint.acb, is_analytic: bool) -> flint.acb:
            root = flint.acb(1)
            for share in shares:
                root *= (1 + share * v * v).sqrt(analytic=is_analytic)
            return (v ** (layers - 3) if layers > 3 else 1) / root

        return flint.acb.integral(integrand, flint.acb(0), flint.acb(1)).real * t ** (2 - layers)

    def _by_logarithm(self, low: Ball, high: Ball) -> Ball:
        """By the substitution s = exp(u), which resolves imbalances of very different sizes."""

        def integrand(u: flint.acb, is_analytic: bool) -> flint.acb:
            s = u.exp()
            return s / self._root(s, is_analytic)

        return flint.acb.integral(integrand, flint.acb(low.log()), flint.acb(high.log())).real

    def _plainly(self, low: Ball, high: Ball) -> Ball:
        """Without substitution, below every m_j, where the integrand is nearly constant; in units of the upper end."""

        def integrand(v: flint.acb, is_analytic: bool) -> flint.acb:
            return high / self._root(v * high, is_analytic)

        return flint.acb.integral(integrand, flint.acb(low / high), flint.acb(1)).real

    def _root(self, s: flint.acb, is_analytic: bool) -> flint.acb:
        root = flint.acb(1)
        for square in self.squares:
            root *= s if square.is_zero() else (s * s + square).sqrt(analytic=is_analytic)
        return root


@lru_cache(maxsize=4096)
def _layer_integral(sizes: tuple[float, ...], bits: int) -> LayerIntegral:
    with precision(bits):
        return LayerIntegral(sizes)


class Layers(BallMap):
    """x = c·∏_j √(c² + μ_j²), dc/dz = ∏_j √(c² + μ_j²): three or more layers, no two of them 0.

    c is the smallest layer, with the sign of x, and z is the integral from its start. x → ±∞ at finite z, except that
    x keeps its sign where the two smallest layers start with the same weight.

    Source: Yun, Krishnan and Mobahi 2021, arXiv 2010.02501; Zhao et al. 2026, arXiv 2607.12332.
    """

    def __init__(self, sizes: tuple[float, ...], side: int) -> None:
        """Of ascending sizes, and the sign of the product of all that are not 0."""
        exponent = frexp(sizes[-1])[1]
        self.sizes = tuple(ldexp(size, -exponent) for size in sizes)
        self.unit, self.depth, self.side = flint.arb(sizes[-1]), len(sizes), side
        self.integral = _layer_integral(self.sizes, flint.ctx.prec)
        self.sign = 0 if self.integral.is_open else side
        # The unit of z.
        self.scale = self.unit ** (2 - self.depth)
        near, whole = self.integral.at_start, self.integral.at_zero
        far = 2 * whole - near if self.integral.is_open else flint.arb.pos_inf()
        self.upper, self.lower = (near, far) if side > 0 else (far, near)
        self.last = flint.arb(1)

    def at(self, z: Ball) -> tuple[Ball, Ball]:
        s = z / self.scale
        turn = self._side_of(s)
        slack = self.upper - s if turn > 0 else self.lower + s
        if not slack > 0:
            return flint.arb.nan(), flint.arb.nan()
        t = self._enclosed(slack)
        if t is None:
            return flint.arb.nan(), flint.arb.nan()
        return self._entry(turn * t), self._slope(t)

    def ends(self) -> tuple[Ball, Ball]:
        return -self.lower * self.scale, self.upper * self.scale

    def approximate_inverse(self, x: Ball) -> Ball:
        """By Newton's method for log c, followed by one integral."""
        turn = self.sign or (1 if x > 0 else -1)
        wanted = turn * x / self.unit**self.depth
        if not wanted > 0:
            return flint.arb(0)
        t = wanted.root(self.depth).mid()
        if self.integral.is_open:
            t = t.min(wanted / self.integral.product(flint.arb(0))).mid()
        for _ in range(_MOST_STEPS):
            squares = [t * t / (t * t + square) for square in self.integral.squares]
            step = ((wanted / (t * self.integral.product(t))).log() / (1 + sum(squares, flint.arb(0)))).mid()
            t = (t * step.exp()).mid()
            if abs(step) < _CLOSE:
                break
        slack = self.integral.above(t)
        return ((self.upper - slack if turn > 0 else slack - self.lower) * self.scale).mid()

    def _side_of(self, s: Ball) -> int:
        if self.sign:
            return self.sign
        return 1 if (self.upper - s).mid() <= self.integral.at_zero.mid() else -1

    def _enclosed(self, slack: Ball) -> Ball | None:
        """A ball that contains every t with J(t) in the ball `slack`; None where that cannot be proved.

        If |slack − J(t̃)| ≤ e and ∏_j √(t² + m_j²) ≤ P on t̃ ± δ with e·P ≤ δ, then J falls by e or more on either side.
        """
        middle = self._solved(slack.mid())
        error = abs(slack - self.integral.above(middle)).upper()
        reach = (2 * error * self.integral.product(middle)).upper()
        found = middle + flint.arb(0, reach)
        if not self.integral.is_open and not found > 0:
            return None
        steepest = self.integral.product(found)
        return found if steepest.is_finite() and error * steepest <= reach else None

    def _solved(self, slack: Ball) -> Ball:
        """A t with J(t) ≈ slack by Newton's method, first at low precision, then at the working precision."""
        bits = flint.ctx.prec
        with precision(min(bits, _ROUGH_BITS)):
            t = self._newton(_layer_integral(self.sizes, flint.ctx.prec), slack, self._first(slack), _MOST_STEPS)
        t = self._newton(self.integral, slack, t, 8)
        self.last = t
        return t

    def _first(self, slack: Ball) -> Ball:
        """A starting guess close to the solution or below it, since J(t) ≤ t^(2−L)/(L − 2)."""
        far = ((self.depth - 2) * slack).mid()
        return (1 / far.root(self.depth - 2)).mid()

    def _newton(self, integral: LayerIntegral, slack: Ball, t: Ball, most_steps: int) -> Ball:
        for _ in range(most_steps):
            misfit = integral.above(t) - slack
            if abs(misfit.mid()) <= 2 * misfit.rad():
                return t
            if integral.is_open and t < integral.knee:
                # J is nearly linear here, and t must not fall below 0.
                new = (t + misfit * integral.product(t)).mid().max(flint.arb(0)).mid()
            else:
                step = (misfit * integral.product(t) / t).mid().min(flint.arb(2)).max(flint.arb(-2)).mid()
                new = (t * step.exp()).mid()
            if new == t:
                return t
            t = new
        return t

    def _entry(self, t: Ball) -> Ball:
        return self.unit**self.depth * t * self.integral.product(t)

    def _slope(self, t: Ball) -> Ball:
        size = abs(t)
        shares = sum((size * size / (size * size + square) for square in self.integral.squares), flint.arb(1))
        return self.unit ** (2 * self.depth - 2) * self.integral.squared_product(t) * shares


def layered(weights: Vector) -> BallMap:
    """The mirror map of a product of L ≥ 3 layers that start with these weights, one for each layer."""
    sizes = sorted(abs(float(weight)) for weight in weights)
    if sizes[1] == 0:
        return Fixed(flint.arb(0))
    depth = len(sizes)
    if sizes[0] == sizes[-1]:
        side = prod(1 if weight > 0 else -1 for weight in weights)
        # x = side·a^L, and every layer grows by the product of the others.
        return power_branches([(side, sizes[0])], depth, 1)
    if sizes[0] == 0 and sizes[1] == sizes[-1]:
        if depth == 3:
            return Tangent(ball(sizes[1]))
        if depth == 4:
            slack = 1 / ball(sizes[1]) ** 2
            return Powers([Branch(1, slack), Branch(-1, slack)], flint.arb(1) / 4, Fraction(2))
    # A layer at 0 counts as positive: its sign is that of the x it leads to.
    return Layers(tuple(sizes), prod(-1 if weight < 0 else 1 for weight in weights))


def two_branches(plus: Vector, minus: Vector) -> BallMap:
    """The mirror map of plus_1⋯plus_L − minus_1⋯minus_L, L ≥ 3."""
    added, subtracted = layered(plus), layered(minus)
    if isinstance(added, Powers) and isinstance(subtracted, Powers) and added.exponent == subtracted.exponent:
        turned = [Branch(-branch.sign, branch.slack) for branch in subtracted.branches]
        if len(added.branches) == len(turned) == 1:
            return Powers([*added.branches, *turned], added.coefficient, added.exponent)
    if not subtracted.moves:
        return added
    return Sum(added, subtracted)
