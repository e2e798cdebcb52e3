"""The potential of a difference of two products of diagonal layers, from any start."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
from jaxtyping import Float

from ridgeless._core.arrays import Vector
from ridgeless.potentials.base import SeparablePotential
from ridgeless.potentials.branches import Branches, join
from ridgeless.potentials.layered import Layered

_MOST_STEPS = 200
_LEAP = 4.0
_TINY = -700.0
# Locked coordinates are solved on a scale this far, in logarithms, below their own x.
_BELOW = 3.0
_ROUNDINGS = 2.0
# Newton doubles its digits: after a step this short, what is left is below rounding.
_LAST_STEP = 1e-9

# One entry for each of the two products of each coordinate.
Pairs = Float[np.ndarray, " two_d"]


@dataclass(frozen=True, eq=False)
class _SumPoint:
    """The values at one z: x = x₁ + x₂, log f', Φ₁* + Φ₂*, |x₁| + |x₂|, and log|c| of both products."""

    entry: Vector
    log_slope: Vector
    energy: Vector
    size: Vector
    log_c: Pairs


@dataclass(frozen=True)
class LayeredSum(SeparablePotential):
    """Φ with mirror map f = f₁ + f₂, both of products of L ≥ 3 layers, and Φ* = Φ₁* + Φ₂* less its minimum.

    The product that is subtracted is represented as one that starts at −c₀, since its mirror map is odd in c.

    Attributes:
        first: f₁, of the product that is added.
        second: f₂, of the product that is subtracted, with the opposite start.

    Example:
        >>> import numpy as np
        >>> one = Layered(unit=np.ones(1), start=np.zeros(1), imbalances=np.ones((2, 1)))
        >>> round(float(LayeredSum(one, one).conjugate_gradient(np.array([0.5]))[0]), 12)  # 2·tan(z)/cos²(z)
        1.418...
    """

    least_told: ClassVar[float] = 0.3

    first: Layered
    second: Layered

    @classmethod
    def examples(cls) -> tuple[LayeredSum, ...]:
        """Products that are free, of which one is locked, and that are both locked, to equal or opposite signs."""
        units = np.array([0.3, 1.0, 2.0, 0.1, 0.7, 5.0])
        starts = np.array([[0.2, 0.5, 0.5, 0.3, -0.3, 1.0], [-0.4, 0.1, 0.9, -0.5, -0.3, 1.0]])
        gaps = np.array([[0.3, 1e-3, 0.2, 0.1, 0.5, 1e-7], [1.0, 0.98, 0.87, 0.4, 1.0, 1.0]])
        are_kept = (
            np.array([[1, 1, 0, 0, 0, 0], [1, 1, 1, 1, 1, 0]]),
            np.array([[1, 0, 0, 0, 0, 0], [1, 1, 0, 1, 1, 0]]),
        )
        return (
            cls(Layered(units, starts[0], gaps * are_kept[0]), Layered(units[::-1], starts[1], gaps * are_kept[1])),
        )

    def values(self, x: Vector) -> Vector:
        """x·z − Φ*(z) at z = ∇Φ(x); +inf for a sign that the start locks out."""
        is_up, slack, point = self._solved(x)
        with np.errstate(invalid="ignore", over="ignore"):
            value = x * self._point(is_up, slack) - (point.energy - self._least)
        return np.where(self.is_outside(x), np.inf, np.where(x == 0, 0.0, value))

    def gradient(self, x: Vector) -> Vector:
        """f⁻¹(x), by Newton in the logarithm of the distance to the nearer end; NaN for a locked-out sign."""
        return np.where(self.is_outside(x), np.nan, self._point(*self._solved(x)[:2]))

    def conjugates(self, z: Vector) -> Vector:
        """c₁²/2 + c₂²/2 minus its minimum; +inf outside the interval."""
        with np.errstate(over="ignore"):
            return _summed(self._both.conjugates(np.tile(z, 2))) - self._least

    def conjugate_gradient(self, z: Vector) -> Vector:
        """f₁(z) + f₂(z); ±inf outside the interval."""
        return _summed(self._both.conjugate_gradient(np.tile(z, 2)))

    def conjugate_curvature(self, z: Vector) -> Vector:
        """f₁' + f₂'."""
        return _summed(self._both.conjugate_curvature(np.tile(z, 2)))

    def gradient_rounding(self, x: Vector) -> Vector:
        """eps·|x|/f', with the slacks that x itself gives."""
        with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
            rounding = np.exp(np.log(np.abs(x)) - self._solved(x)[2].log_slope)
        return np.where((x == 0) | self.is_outside(x), 0.0, np.finfo(float).eps * rounding)

    def branches(self, offset: Vector) -> Branches:  # noqa: D102
        index = np.arange(len(offset))
        return join([(index, part.branches(offset)) for part in (self.first, self.second)])

    def restricted(self, keep: np.ndarray) -> LayeredSum:  # noqa: D102
        # The same object where possible, since it caches its last solution.
        return self if keep.all() else LayeredSum(self.first.restricted(keep), self.second.restricted(keep))

    @cached_property
    def upper(self) -> Vector:
        """t⁺ (d,), the least z at which one of the two products → +∞."""
        return np.minimum(*np.split(self._both.upper, 2))

    @cached_property
    def lower(self) -> Vector:
        """t⁻ (d,), with −t⁻ the largest z at which one of the two products → −∞."""
        return np.minimum(*np.split(self._both.lower, 2))

    @cached_property
    def _both(self) -> Layered:
        """Both products as one potential on 2·d coordinates, so that they are evaluated in one call."""
        pairs = [(getattr(self.first, name), getattr(self.second, name)) for name in ("unit", "start", "imbalances")]
        return Layered(*(np.concatenate(pair, axis=-1) for pair in pairs))

    @cached_property
    def _middle(self) -> Vector:
        """A z between the two ends of the interval: halfway, or one unit inside the only finite end."""
        upper, lower = self.upper, self.lower
        both = np.isfinite(upper) & np.isfinite(lower)
        with np.errstate(invalid="ignore"):
            return np.where(both, (upper - lower) / 2, np.where(np.isfinite(upper), -upper, lower))

    @cached_property
    def _least(self) -> Vector:
        """The minimum of Φ₁* + Φ₂*: where f = 0, or 0 where x keeps its sign."""
        zero = np.zeros_like(self.upper)
        is_open = ~(self.is_outside(zero + 1) | self.is_outside(zero - 1))
        return np.where(is_open, self._at(*self._solve(zero)).energy, 0.0)

    def is_outside(self, x: Vector) -> np.ndarray:
        """Mask (d,) of the x_i whose sign the start locks out."""
        return self.first.is_outside(x) & self.second.is_outside(x)

    def _point(self, is_up: np.ndarray, slack: Vector) -> Vector:
        with np.errstate(invalid="ignore"):
            return np.where(is_up, self.upper - slack, slack - self.lower)

    def _at(self, is_up: np.ndarray, slack: Vector, guess: Pairs | None = None) -> _SumPoint:
        """The values at a given distance from the upper or the lower end of the interval."""
        both, is_up, slack = self._both, np.tile(is_up, 2), np.tile(slack, 2)
        upper, lower = np.tile(self.upper, 2), np.tile(self.lower, 2)
        with np.errstate(invalid="ignore"):
            z = np.where(is_up, upper - slack, slack - lower)
            ends = (
                np.where(is_up, slack + (both.upper - upper), both.upper - z),
                np.where(is_up, both.lower + z, slack + (both.lower - lower)),
            )
        sign, log_c = both.position(z, ends, guess)
        entries = both.entries(sign, log_c)
        return _SumPoint(
            entry=_summed(entries),
            log_slope=np.logaddexp(*np.split(both.log_slopes(log_c), 2)),
            energy=_summed(both.energies(log_c)),
            size=_summed(np.abs(entries)),
            log_c=log_c,
        )

    def _solved(self, x: Vector) -> tuple[np.ndarray, Vector, _SumPoint]:
        """`_solve` and the values there, cached for the last x: value, gradient and rounding need it in turn."""
        known = self._last.get("x")
        if known is None or not np.array_equal(known, x):
            is_up, slack = self._solve(x)
            self._last.update(x=x.copy(), found=(is_up, slack, self._at(is_up, slack)))
        return self._last["found"]

    @cached_property
    def _last(self) -> dict[str, Any]:
        return {}

    def _solve(self, x: Vector) -> tuple[np.ndarray, Vector]:
        """The end that z = f⁻¹(x) is nearer to, and its distance from z, by a safeguarded Newton's method."""
        is_open = ~(self.is_outside(np.ones_like(x)) | self.is_outside(-np.ones_like(x)))
        turn = self.conjugate_gradient(np.where(is_open, self._middle, 0.0))
        is_up = np.where(is_open, x >= turn, np.isfinite(self.upper))
        side = np.where(is_up, 1.0, -1.0)
        with np.errstate(invalid="ignore"):
            widest = np.where(is_open, np.where(is_up, self.upper - self._middle, self._middle + self.lower), np.inf)
        with np.errstate(divide="ignore"):
            own = np.maximum(np.log(np.abs(x)), _TINY)
        log_knee = np.where(is_open, self._log_knee, own - _BELOW)
        wanted = _log_scaled(side * x, log_knee)
        low, high = np.full(len(x), -np.inf), np.log(widest)
        # For large x, x = c^L at the distance c^(2−L)/(L−2) from the end, at every scale.
        power = len(self.first.imbalances) - 1
        with np.errstate(divide="ignore"):
            far = -power / (power + 2) * np.log(np.abs(x)) - np.log(power)
        at = np.minimum(np.where(is_open, high, np.log(np.where(is_up, self.upper, self.lower))), far)
        # A locked coordinate at 0 or of the wrong sign has no z.
        is_nowhere = ~is_open & (side * x <= 0)
        done, at, guess = is_nowhere.copy(), np.where(is_nowhere, 0.0, at), None
        for _ in range(_MOST_STEPS):
            point = self._at(is_up, np.exp(at), guess)
            guess = point.log_c
            with np.errstate(divide="ignore"):
                log_root = np.logaddexp(2 * np.log(np.abs(point.entry)), 2 * log_knee) / 2
            excess = _log_scaled(side * point.entry, log_knee) - wanted
            low, high = np.where(excess > 0, at, low), np.where(excess < 0, at, high)
            with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
                step = excess * np.exp(log_root - at - point.log_slope)
                noise = _ROUNDINGS * np.finfo(float).eps * (np.abs(wanted) + point.size * np.exp(-log_root))
            step = np.clip(np.where(np.isfinite(step), step, np.sign(excess) * _LEAP), -_LEAP, _LEAP)
            new = at + step
            with np.errstate(invalid="ignore"):
                halved = np.where(np.isfinite(low + high), (low + high) / 2, new)
            is_last = np.abs(step) <= _LAST_STEP
            new = np.where(is_last | ((new > low) & (new < high)), new, halved)
            done |= (np.abs(excess) <= noise) | (np.abs(new - at) <= 4e-16 * np.maximum(1.0, np.abs(at)))
            at = np.where(done, at, new)
            done |= is_last
            if done.all():
                break
        return is_up, np.where(is_nowhere, np.inf, np.exp(at))

    @property
    def _log_knee(self) -> Vector:
        """log of the |x| beyond which f is steep."""
        layers = len(self.first.imbalances) + 1
        return layers * np.logaddexp(np.log(self.first.unit), np.log(self.second.unit))


def _summed(pairs: Pairs) -> Vector:
    """The sum of the two halves of an array over both products."""
    first, second = np.split(pairs, 2)
    return first + second


def _log_scaled(x: Vector, log_knee: Vector) -> Vector:
    """asinh(x/k) for k of any size."""
    with np.errstate(divide="ignore", over="ignore"):
        log_ratio = np.log(np.abs(x)) - log_knee
        near = np.arcsinh(np.exp(np.minimum(log_ratio, 20.0)))
    return np.sign(x) * np.where(log_ratio > 20, log_ratio + np.log(2), near)
