"""The integral ∫ dt / ∏_j √(t² + μ_j²) of the mirror map of a product of layers, to full precision at every scale.

The integrand is t^−k times an even power series below the smallest positive μ, a falling power times one above the
largest, and smooth in log t between: it is integrated by two series and by Gauss–Legendre panels. Every coordinate has
its own μ_j. Sizes are represented by their logarithms, so that none underflows or overflows.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import scipy.special
from jaxtyping import Bool, Float, Int

from ridgeless._core.arrays import Vector

# The series are cut where (1/3)^(2·terms) is below rounding; the panels are short enough for as many digits.
_MARGIN = 3.0
_TERMS = 18
_PANEL = 1.5
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(14)
_MOST_STEPS = 40
_LONGEST_STEP = 1.5
# Newton doubles its digits: after a step this short, what is left is below rounding.
_LAST_STEP = 1e-9

Imbalances = Float[np.ndarray, "m d"]


@dataclass(frozen=True)
class Quadrature:
    """The integrals of ∏_j (t² + μ_j²)^(−1/2) over t, for every coordinate at once.

    Attributes:
        imbalances: (m, d) μ_j ≥ 0, m ≥ 2, ascending in each column; zeros make the integral from 0 diverge.
    """

    imbalances: Imbalances

    @cached_property
    def zeros(self) -> Int[np.ndarray, " d"]:
        """(d,) how many μ_j of each coordinate are 0."""
        return np.sum(self.imbalances == 0, axis=0)

    @cached_property
    def is_open(self) -> Bool[np.ndarray, " d"]:
        """Whether the integral from 0 is finite."""
        return self.zeros == 0

    @cached_property
    def total(self) -> Vector:
        """The integral over (0, ∞); infinite where it diverges."""
        return np.where(self.is_open, self._above_knots[0] + self._below_first, np.inf)

    def log_above(self, log_t: Vector) -> Vector:
        """log of the integral from t to ∞."""
        result, away = np.log(self.total), np.flatnonzero(log_t > -np.inf)
        with np.errstate(divide="ignore", over="ignore"):
            result[away] = self._log_integral(log_t[away], away, np.ones(len(away), dtype=bool))
        return result

    def log_below(self, log_t: Vector) -> Vector:
        """log of the integral from 0 to t; infinite where that diverges."""
        result, is_open = np.full(len(log_t), np.inf), np.flatnonzero(self.is_open)
        with np.errstate(divide="ignore", over="ignore"):
            result[is_open] = self._log_integral(log_t[is_open], is_open, np.zeros(len(is_open), dtype=bool))
        return result

    def log_product(self, log_t: Vector) -> Vector:
        """log ∏_j √(t² + μ_j²)."""
        return self._log_product(log_t, np.arange(len(log_t)))

    def log_slope(self, log_t: Vector) -> Vector:
        """log dx/dz of x = t·∏_j √(t² + μ_j²): that is, log ∏_j (t² + μ_j²)·(1 + Σ_j t²/(t² + μ_j²))."""
        return 2 * self.log_product(log_t) + np.log1p(self._elasticity(log_t))

    def solve_product(self, log_x: Vector) -> Vector:
        """log t where t·∏_j √(t² + μ_j²) = x; −inf at x = 0."""
        powers = np.arange(1, len(self.imbalances) + 2)[:, None]
        held = np.vstack([np.cumsum(self.log_imbalances[::-1], axis=0)[::-1], np.zeros(len(log_x))])
        # Each candidate replaces √(t² + μ_j²) by μ_j for some layers and by t for the others, and is an upper bound on
        # the root; the least of them is close to it.
        is_there = np.isfinite(log_x)
        log_t = np.where(is_there, np.min((np.where(is_there, log_x, 0.0) - held) / powers, axis=0), log_x)
        for _ in range(_MOST_STEPS):
            at = np.where(is_there, log_t, 0.0)
            step = np.where(is_there, (at + self.log_product(at) - log_x) / (1 + self._elasticity(at)), 0.0)
            log_t = np.where(is_there, at - step, log_t)
            if np.all(np.abs(step) <= _LAST_STEP):
                break
        return log_t

    def solve(self, below: Vector, above: Vector, guess: Vector | None = None) -> Vector:
        """log t from both integrals, of which the smaller is the more accurate; ±∞ where one of them is not positive.

        Args:
            below: (d,) the integral from 0 to t.
            above: (d,) the integral from t to ∞.
            guess: (d,) approximate log t, where that is known.
        """
        is_below = self.is_open & (below < above)
        result = np.where(above <= 0, np.inf, -np.inf)
        where = np.flatnonzero(np.where(is_below, below > 0, (above > 0) & np.isfinite(above)))
        is_above, integral = ~is_below[where], np.where(is_below, below, above)[where]
        begin = self._guess(integral, where, is_above)
        if guess is not None:
            begin = np.where(np.isfinite(guess[where]), guess[where], begin)
        result[where] = self._solve(integral, begin, where, is_above)
        return result

    def restricted(self, keep: np.ndarray) -> Quadrature:
        """The same integrals on some coordinates, given as a mask or a list."""
        return Quadrature(self.imbalances[:, keep])

    @cached_property
    def log_imbalances(self) -> Imbalances:
        """log μ_j, −inf for μ_j = 0."""
        with np.errstate(divide="ignore"):
            return np.log(self.imbalances)

    @cached_property
    def _log_first(self) -> Vector:
        """log of the smallest positive μ_j; 0 without one."""
        logs = np.where(self.imbalances > 0, self.log_imbalances, np.inf).min(axis=0)
        return np.where(np.isfinite(logs), logs, 0.0)

    @cached_property
    def _log_last(self) -> Vector:
        logs = self.log_imbalances[-1]
        return np.where(np.isfinite(logs), logs, 0.0)

    @cached_property
    def _log_rest(self) -> Vector:
        """log of the product of the positive μ_j."""
        return np.where(self.imbalances > 0, self.log_imbalances, 0.0).sum(axis=0)

    @cached_property
    def _near_series(self) -> Float[np.ndarray, "k d"]:
        """∏ (1 + τ²·(first/μ_j)²)^(−1/2) over the positive μ_j, in powers of τ²."""
        squares = np.exp(2 * (self._log_first - np.where(self.imbalances > 0, self.log_imbalances, np.inf)))
        return _inverse_root_series(squares)

    @cached_property
    def _far_series(self) -> Float[np.ndarray, "k d"]:
        """∏ (1 + σ²·(μ_j/last)²)^(−1/2), in powers of σ²."""
        return _inverse_root_series(np.exp(2 * (self.log_imbalances - self._log_last)))

    @cached_property
    def _knots(self) -> Float[np.ndarray, "p d"]:
        """(P + 1, d) log t at the ends of the panels; the last one repeats where a coordinate has fewer panels."""
        low, high = self._log_first - np.log(_MARGIN), self._log_last + np.log(_MARGIN)
        count = np.arange(int(self._panels.max(initial=1)) + 1)[:, None]
        return low + (high - low) * np.minimum(count / self._panels, 1.0)

    @cached_property
    def _panels(self) -> Int[np.ndarray, " d"]:
        return np.ceil((self._log_last - self._log_first + 2 * np.log(_MARGIN)) / _PANEL).astype(np.int64)

    @cached_property
    def _pieces(self) -> Float[np.ndarray, "p d"]:
        every = np.arange(self.imbalances.shape[1])
        pairs = zip(self._knots[:-1], self._knots[1:], strict=True)
        return np.stack([self._between(low, high, every) for low, high in pairs])

    @cached_property
    def _above_knots(self) -> Float[np.ndarray, "p d"]:
        beyond = np.exp(self._log_far(self._knots[-1], np.arange(self.imbalances.shape[1])))
        return np.cumsum(np.vstack([beyond, self._pieces[::-1]]), axis=0)[::-1]

    @cached_property
    def _below_first(self) -> Vector:
        """The integral from 0 to the first knot where it is finite; elsewhere a primitive at that knot."""
        return self._primitive(self._knots[0], np.arange(self.imbalances.shape[1]))

    @cached_property
    def _below_knots(self) -> Float[np.ndarray, "p d"]:
        return np.cumsum(np.vstack([self._below_first, self._pieces]), axis=0)

    def _log_integral(self, log_t: Vector, where: np.ndarray, is_above: np.ndarray) -> Vector:
        """log of the integral from t to ∞, or from 0 to t."""
        is_far, is_near = log_t >= self._knots[-1, where], log_t < self._knots[0, where]
        result = np.empty_like(log_t)
        regions = (
            (self._log_before, is_near & ~is_above),
            (self._log_rest_above, is_near & is_above),
            (self._log_within, ~(is_far | is_near)),
            (self._log_beyond, is_far),
        )
        for evaluate, mask in regions:
            here = np.flatnonzero(mask)
            if len(here):
                result[here] = evaluate(log_t[here], where[here], is_above[here])
        return result

    def _log_before(self, log_t: Vector, where: np.ndarray, is_above: np.ndarray) -> Vector:  # noqa: ARG002
        return self._log_primitive(log_t, where)

    def _log_rest_above(self, log_t: Vector, where: np.ndarray, is_above: np.ndarray) -> Vector:  # noqa: ARG002
        return np.log(self._above_knots[0, where] + (self._below_first[where] - self._primitive(log_t, where)))

    def _log_within(self, log_t: Vector, where: np.ndarray, is_above: np.ndarray) -> Vector:
        panel = self._panel(log_t, where)
        begin, end = self._knots[panel, where], self._knots[panel + 1, where]
        known = np.where(is_above, self._above_knots[panel + 1, where], self._below_knots[panel, where])
        low, high = np.where(is_above, log_t, begin), np.where(is_above, end, log_t)
        return np.log(known + self._between(low, high, where))

    def _log_beyond(self, log_t: Vector, where: np.ndarray, is_above: np.ndarray) -> Vector:
        result = self._log_far(log_t, where)
        below, down = where[~is_above], ~is_above
        result[down] = np.log(self._below_knots[-1, below] + (self._above_knots[-1, below] - np.exp(result[down])))
        return result

    def _panel(self, log_t: Vector, where: np.ndarray) -> np.ndarray:
        low, high, panels = self._knots[0, where], self._knots[-1, where], self._panels[where]
        return np.clip(((log_t - low) / (high - low) * panels).astype(np.int64), 0, panels - 1)

    def _between(self, low: Vector, high: Vector, where: np.ndarray) -> Vector:
        """One Gauss–Legendre panel in log t."""
        half = (high - low) / 2
        t = np.exp((low + high) / 2 + half * _NODES[:, None])
        square, product = t * t, 1.0
        for imbalance in self.imbalances[:, where]:
            product = product * np.sqrt(square + imbalance * imbalance)
        # A matrix product by BLAS would round differently for different numbers of coordinates.
        return half * np.sum(_WEIGHTS[:, None] * (t / product), axis=0)

    def _log_far(self, log_t: Vector, where: np.ndarray) -> Vector:
        """log of the integral from t ≥ 3·max μ to ∞, by its series in 1/t."""
        power = len(self.imbalances) - 1
        square = np.exp(2 * (self._log_last[where] - log_t))
        orders = power + 2 * np.arange(_TERMS)[:, None]
        return -power * log_t + np.log(_horner(self._far_series[:, where] / orders, square))

    def _log_primitive(self, log_t: Vector, where: np.ndarray) -> Vector:
        """log of the integral from 0 to t ≤ min μ / 3 where no μ_j is 0."""
        log_ratio = log_t - self._log_first[where]
        orders = 1 + 2 * np.arange(_TERMS)[:, None]
        series = _horner(self._near_series[:, where] / orders, np.exp(2 * log_ratio))
        return log_t - self._log_rest[where] + np.log(series)

    def _primitive(self, log_t: Vector, where: np.ndarray) -> Vector:
        """A primitive of the integrand at t ≤ min μ / 3, which is 0 at t = 0 where it is finite there."""
        zeros, log_first = self.zeros[where], self._log_first[where]
        log_ratio = log_t - log_first
        orders = 1 - zeros + 2 * np.arange(_TERMS)[:, None]
        is_log = orders == 0
        terms = self._near_series[:, where] / np.where(is_log, 1, orders)
        powers = _horner(np.where(is_log, 0.0, terms), np.exp(2 * log_ratio)) * np.exp((1 - zeros) * log_ratio)
        is_odd = zeros % 2 == 1
        factor = np.where(is_log, self._near_series[:, where], 0.0).sum(axis=0)
        logarithm = np.where(is_odd, factor * np.where(is_odd, log_ratio, 0.0), 0.0)
        return np.exp((1 - zeros) * log_first - self._log_rest[where]) * (powers + logarithm)

    def _guess(self, integral: Vector, where: np.ndarray, is_above: np.ndarray) -> Vector:
        result = np.empty_like(integral)
        for guess, mask in ((self._guess_above, is_above), (self._guess_below, ~is_above)):
            if mask.any():
                result[mask] = guess(integral[mask], where[mask])
        return result

    def _guess_below(self, integral: Vector, where: np.ndarray) -> Vector:
        """log t by interpolation between the knots, and by the leading power before them."""
        logs, log_integral = np.log(self._below_knots[:, where]), np.log(integral)
        inside = self._between_knots(-logs, -log_integral, where)
        near = log_integral + self._log_rest[where]
        return np.where(log_integral < logs[0], near, inside)

    def _guess_above(self, integral: Vector, where: np.ndarray) -> Vector:
        """log t by interpolation between the knots, and by the leading power beyond them."""
        logs, log_integral = np.log(self._above_knots[:, where]), np.log(integral)
        inside = self._between_knots(logs, log_integral, where)
        far = self._knots[-1, where] + (logs[-1] - log_integral) / (len(self.imbalances) - 1)
        near = self._guess_near(integral, where)
        return np.select([log_integral < logs[-1], log_integral > logs[0]], [far, near], inside)

    def _between_knots(self, falling: Float[np.ndarray, "p d"], value: Vector, where: np.ndarray) -> Vector:
        """log t where the interpolant of a decreasing function, given at the knots, has this value."""
        every = np.arange(len(value))
        index = np.clip(np.sum(falling > value, axis=0) - 1, 0, self._panels[where] - 1)
        first, last = falling[index, every], falling[index + 1, every]
        share = np.clip((first - value) / (first - last), 0.0, 1.0)
        return self._knots[index, where] * (1 - share) + self._knots[index + 1, where] * share

    def _guess_near(self, integral: Vector, where: np.ndarray) -> Vector:
        """log t below the first knot, where the integrand is nearly a power."""
        knot, zeros = self._knots[0, where], self.zeros[where]
        more = np.maximum(integral - self._above_knots[0, where], 0.0) * np.exp(self._log_rest[where])
        steps = np.maximum(zeros - 1, 0)
        with np.errstate(over="ignore"):
            falling = np.log1p(steps * more * np.exp(steps * knot)) / np.maximum(steps, 1)
        return knot - np.where(zeros > 1, falling, more)

    def _solve(self, integral: Vector, log_t: Vector, where: np.ndarray, is_above: np.ndarray) -> Vector:
        """Newton's method in log t for the logarithm of the integral, or for the integral where it grows like log t.

        Args:
            integral: from t to ∞, or from 0 to t and below half the total; positive.
            log_t: where to begin.
            where: the coordinates.
            is_above: which of the integrals.
        """
        log_t, left = log_t.copy(), np.arange(len(log_t))
        log_integral = np.log(integral)
        for _ in range(_MOST_STEPS):
            if not len(left):
                break
            at, which, up = log_t[left], where[left], is_above[left]
            with np.errstate(divide="ignore", over="ignore"):
                value = self._log_integral(at, which, up)
                slope = np.where(up, -1.0, 1.0) * np.exp(at - self._log_product(at, which) - value)
                excess = value - log_integral[left]
            is_slow = (self.zeros[which] == 1) & (at < self._knots[0, which])
            step = np.where(is_slow, -np.expm1(-excess), excess) / slope
            limit = np.where(is_slow, np.inf, _LONGEST_STEP)
            step = np.clip(step, -limit, limit)
            log_t[left] = at - step
            left = left[np.abs(step) > _LAST_STEP]
        return log_t

    def _log_product(self, log_t: Vector, where: np.ndarray) -> Vector:
        return np.sum(np.logaddexp(2 * log_t, 2 * self.log_imbalances[:, where]), axis=0) / 2

    def _elasticity(self, log_t: Vector) -> Vector:
        """Σ_j t²/(t² + μ_j²)."""
        with np.errstate(invalid="ignore"):
            shares = scipy.special.expit(2 * (log_t - self.log_imbalances))
        return np.sum(np.where(self.imbalances == 0, 1.0, shares), axis=0)


def _inverse_root_series(squares: Imbalances) -> Float[np.ndarray, "k d"]:
    """∏_j (1 + a_j u)^(−1/2) in powers of u, for a_j = `squares` ≤ 1."""
    # p'/p = −½ Σ_j a_j/(1 + a_j u), power by power.
    sums = [np.sum(squares ** (power + 1), axis=0) * (-1.0) ** power for power in range(_TERMS)]
    series = [np.ones(squares.shape[1])]
    for order in range(1, _TERMS):
        products = [sums[power] * series[order - 1 - power] for power in range(order)]
        series.append(-np.sum(products, axis=0) / (2 * order))
    return np.stack(series)


def _horner(coefficients: Float[np.ndarray, "k d"], u: Vector) -> Vector:
    total = coefficients[-1]
    for coefficient in coefficients[-2::-1]:
        total = total * u + coefficient
    return total
