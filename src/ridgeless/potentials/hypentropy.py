"""The hypentropy (hyperbolic entropy), which interpolates between the ℓ1 norm and the squared ℓ2 norm."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ridgeless._core.arrays import Vector
from ridgeless.potentials.base import SeparablePotential
from ridgeless.potentials.branches import Branches, ExponentialProfile


@dataclass(frozen=True)
class Hypentropy(SeparablePotential):
    """Φ_i(x) = [x·asinh(x/k_i) − √(x² + k_i²) + k_i]/c: the potential of depth-2 diagonal networks.

    Mirror map f(z) = k sinh(c z). For x = u² − v² (Woodworth et al. 2020, Q_α): k = 2|u₀v₀|, c = 4. For the
    product u·v: k = |u₀² − v₀²|/2, c = 2. For two branches (Azulay et al. 2021, q_k): k = u₀² + v₀², c = 2.

    Attributes:
        knee: (d,) k_i > 0, in units of x: below it Φ_i is quadratic, above it about |x|·log(2|x|/k).
        rate: c > 0.

    Example:
        >>> import numpy as np
        >>> potential = Hypentropy(knee=np.array([2.0]), rate=4.0)
        >>> z = potential.gradient(np.array([3.0]))
        >>> round(float(potential.conjugate_gradient(z)[0]), 12)
        3.0
    """

    knee: Vector
    rate: float

    @classmethod
    def examples(cls) -> tuple[Hypentropy, ...]:  # noqa: D102
        knees = np.array([1e-8, 1e-3, 0.2, 1.0, 30.0, 1e5]), np.array([1e-200, 1e-80, 1e-40, 1e-16, 1.0, 1e6])
        return cls(knees[0], rate=4.0), cls(knees[1], rate=2.0)

    def values(self, x: Vector) -> Vector:  # noqa: D102 - the base class tells
        root_minus_knee = np.abs(x) * (np.abs(x) / (np.hypot(x, self.knee) + self.knee))
        return x * self.gradient(x) - root_minus_knee / self.rate

    def gradient(self, x: Vector) -> Vector:
        """asinh(x/k)/c."""
        size = np.abs(x)
        # x/k overflows where the knee is tiny; asinh(r) = log(2r) to the last bit long before.
        is_far = size > 1e9 * self.knee
        near = np.arcsinh(np.divide(size, self.knee, where=~is_far, out=np.zeros_like(size)))
        far = np.log(2 * np.where(is_far, size, 1.0)) - np.log(self.knee)
        return np.sign(x) * np.where(is_far, far, near) / self.rate

    def conjugates(self, z: Vector) -> Vector:
        """k(cosh(c z) − 1)/c."""
        t = self.rate * np.abs(z)
        return self._growth(t) * np.expm1(-t) ** 2 / self.rate

    def conjugate_gradient(self, z: Vector) -> Vector:
        """k sinh(c z)."""
        t = self.rate * np.abs(z)
        return -np.sign(z) * self._growth(t) * np.expm1(-2 * t)

    def conjugate_curvature(self, z: Vector) -> Vector:
        """c·k cosh(c z)."""
        t = self.rate * np.abs(z)
        return self.rate * self._growth(t) * (1 + np.exp(-2 * t))

    def branches(self, offset: Vector) -> Branches:  # noqa: D102
        index = np.arange(len(self.knee))
        sign = np.repeat([1.0, -1.0], len(index))
        return Branches(
            coordinate=np.tile(index, 2),
            sign=sign,
            log_amplitude=np.tile(np.log(self.knee / 2), 2),
            start=-sign * self.rate * np.tile(offset, 2),
            slope=np.full(2 * len(index), self.rate),
            profile=ExponentialProfile(),
        )

    def restricted(self, keep: np.ndarray) -> Hypentropy:  # noqa: D102
        return Hypentropy(self.knee[keep], self.rate)

    def _growth(self, t: Vector) -> Vector:
        """(k/2)·exp(t), through logarithms, since k may be 1e-200 and exp(t) as large as 1e200."""
        with np.errstate(over="ignore"):
            return np.exp(np.log(self.knee / 2) + t)
