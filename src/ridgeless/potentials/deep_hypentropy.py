"""The potential of depth-D diagonal networks, D ≥ 3, on coordinates that may take both signs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ridgeless._core.arrays import Vector
from ridgeless.potentials.base import SeparablePotential
from ridgeless.potentials.branches import Branches, power_branches

_LAST_STEP = 1e-9


@dataclass(frozen=True)
class DeepHypentropy(SeparablePotential):
    """Φ with mirror map f(z) = C·[(U − z)^−q − (V + z)^−q] on −V < z < U; Φ(0) = 0 = min Φ* .

    For x = u^D − v^D (Woodworth et al. 2020, q_D): q = D/(D−2), C = c^−q, U = u₀^(2−D)/c, V = v₀^(2−D)/c with
    c = D(D−2). For four layers at (a, a, a, 0): q = 2, C = 1/4, U = V = a^−2. As U, V → ∞, training finds
    the solution of least Σ U_i·x_i⁺ + V_i·x_i⁻, a weighted ℓ1 norm.

    Attributes:
        upper: (d,) U_i > 0, where x_i → +∞.
        lower: (d,) V_i > 0, where x_i → −∞ at z = −V_i.
        coefficient: C > 0.
        exponent: q > 1.

    Example:
        >>> import numpy as np
        >>> potential = DeepHypentropy(np.array([2.0]), np.array([1.0]), coefficient=1.0, exponent=3.0)
        >>> round(float(potential.gradient(potential.conjugate_gradient(np.array([1.5])))[0]), 12)
        1.5
    """

    upper: Vector
    lower: Vector
    coefficient: float
    exponent: float

    @classmethod
    def examples(cls) -> tuple[DeepHypentropy, ...]:  # noqa: D102
        spread = np.array([1e-8, 1e-3, 0.2, 1.0, 30.0, 1e5])
        return (
            cls(spread, spread, coefficient=1 / 27, exponent=3.0),
            cls(spread, spread[::-1].copy(), coefficient=1 / 64, exponent=2.0),
            cls(np.full(6, 1e8), 1e8 * np.arange(1.0, 7.0), coefficient=0.25, exponent=2.0),
        )

    def values(self, x: Vector) -> Vector:
        """x·z − Φ*(z) at z = ∇Φ(x)."""
        half, w = self._half, self._parameter(x)
        z = self._point(w)
        # Φ*(z) needs the slacks. Near the ends of the interval they cancel in z, and are computed from w.
        return x * z - self._conjugates(half * _gap(w), half * _gap(-w), np.tanh(w))

    def gradient(self, x: Vector) -> Vector:
        """f⁻¹(x), by Newton in w = artanh of the position in the interval."""
        return self._point(self._parameter(x))

    def conjugates(self, z: Vector) -> Vector:
        """C/(q−1)·[(U − z)^(1−q) + (V + z)^(1−q)] less its minimum; +inf outside the interval."""
        return self._conjugates(self.upper - z, self.lower + z, (z - self._centre) / self._half)

    def conjugate_gradient(self, z: Vector) -> Vector:
        """f(z); ±inf outside the interval."""
        q, s = self.exponent, (z - self._centre) / self._half
        inner = np.clip(s, -0.5, 0.5)
        central = 2 * (1 - inner**2) ** (-q / 2) * np.sinh(q * np.arctanh(inner)) * self._half**-q
        with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
            upper = np.where(z < self.upper, self.upper - z, 0.0) ** -q
            lower = np.where(z > -self.lower, self.lower + z, 0.0) ** -q
            outer = upper - lower
        return self.coefficient * np.where(np.abs(s) < 0.5, central, outer)

    def conjugate_curvature(self, z: Vector) -> Vector:
        """C·q·[(U − z)^(−q−1) + (V + z)^(−q−1)]."""
        power = -self.exponent - 1
        with np.errstate(divide="ignore", over="ignore"):
            upper = np.maximum(self.upper - z, 0.0) ** power
            lower = np.maximum(self.lower + z, 0.0) ** power
        return self.coefficient * self.exponent * (upper + lower)

    def gradient_rounding(self, x: Vector) -> Vector:
        """eps·|x|/f', with f' from the slacks that x itself gives."""
        w, half, power = self._parameter(x), self._half, -self.exponent - 1
        with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
            slope = self.coefficient * self.exponent * ((half * _gap(w)) ** power + (half * _gap(-w)) ** power)
            return np.where(x == 0, 0.0, np.finfo(float).eps * np.abs(x) / slope)

    def branches(self, offset: Vector) -> Branches:  # noqa: D102
        index = np.arange(len(self.upper))
        sign = np.repeat([1.0, -1.0], len(index))
        width = np.concatenate([self.upper - offset, self.lower + offset])
        return power_branches(np.tile(index, 2), sign, width, self.coefficient, self.exponent)

    def restricted(self, keep: np.ndarray) -> DeepHypentropy:  # noqa: D102
        return DeepHypentropy(self.upper[keep], self.lower[keep], self.coefficient, self.exponent)

    @property
    def _half(self) -> Vector:
        return (self.upper + self.lower) / 2

    @property
    def _centre(self) -> Vector:
        return (self.upper - self.lower) / 2

    def _parameter(self, x: Vector) -> Vector:
        """w with x = C·half^−q·2·cosh(w)^q·sinh(q w): accurate at both ends of the interval, unlike z itself."""
        q = self.exponent
        is_there = x != 0
        log_y = np.log(np.where(is_there, np.abs(x), 1.0)) - np.log(self.coefficient) + q * np.log(self._half)
        small = np.exp(np.minimum(log_y, 0.0)) / (2 * q)
        w = np.where(log_y < 0, small, np.maximum((log_y + q * np.log(2)) / (2 * q), 0.1))
        w = np.maximum(w, np.finfo(float).tiny)
        for _ in range(60):
            tilted = q * w
            log_value = q * (w + np.log1p(np.exp(-2 * w)) - np.log(2)) + tilted + np.log(-np.expm1(-2 * tilted))
            slope = w * (q * np.tanh(w) + q / np.tanh(tilted))
            step = np.clip((log_value - log_y) / slope, -1.0, 1.0)
            w = w * np.exp(-step)
            # The error after a step of Newton's method is at most about its square.
            if np.all(np.abs(step) < _LAST_STEP):
                break
        return np.where(is_there, np.sign(x) * w, 0.0)

    def _point(self, w: Vector) -> Vector:
        """z = centre + half·tanh(w), from the nearer end of the interval."""
        half = self._half
        from_end = np.where(w > 0, self.upper - half * _gap(w), half * _gap(-w) - self.lower)
        return np.where(np.abs(w) < 0.5, self._centre + half * np.tanh(w), from_end)

    def _conjugates(self, upper: Vector, lower: Vector, s: Vector) -> Vector:
        r = self.exponent - 1
        inner = np.clip(s, -0.5, 0.5)
        log_width = -r / 2 * np.log1p(-(inner**2))
        rise = 2 * np.sinh(r * np.arctanh(inner) / 2) ** 2
        central = 2 * self._half**-r * (np.exp(log_width) * rise + np.expm1(log_width))
        with np.errstate(divide="ignore", over="ignore"):
            ends = np.maximum(upper, 0.0) ** -r + np.maximum(lower, 0.0) ** -r
        outer = ends - 2 * self._half**-r
        return self.coefficient / r * np.where(np.abs(s) < 0.5, central, outer)


def _gap(w: Vector) -> Vector:
    """1 − tanh(w), exact for large w."""
    with np.errstate(over="ignore"):
        return 2 / (np.exp(2 * w) + 1)
