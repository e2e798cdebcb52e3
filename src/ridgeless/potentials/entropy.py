"""The entropy, the potential of depth-2 networks on coordinates whose sign is locked."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ridgeless._core.arrays import Vector
from ridgeless.potentials.base import SeparablePotential
from ridgeless.potentials.branches import Branches, ExponentialProfile


@dataclass(frozen=True)
class Entropy(SeparablePotential):
    """Φ_i(x) = [|x|·log|x| − |x|]/c where sign_i·x ≥ 0, and +inf elsewhere.

    Mirror map f(z) = sign·exp(sign·c·z). With the offset sign·log|x₀|/c it is the Kullback–Leibler divergence
    from x₀, which `Power(depth=2)`, x = u², minimises over the solutions of one sign (Gunasekar et al. 2017).

    Attributes:
        sign: (d,) +1 or −1, the sign that training cannot leave.
        rate: c > 0.

    Example:
        >>> import numpy as np
        >>> Entropy(sign=np.array([1.0]), rate=4.0).conjugate_gradient(np.array([0.0]))
        array([1.])
    """

    sign: Vector
    rate: float

    @classmethod
    def examples(cls) -> tuple[Entropy, ...]:  # noqa: D102
        signs = np.array([1.0, -1.0, 1.0, -1.0, 1.0, 1.0])
        return cls(signs, rate=4.0), cls(-signs, rate=2.0)

    def values(self, x: Vector) -> Vector:  # noqa: D102
        size = self.sign * x
        with np.errstate(divide="ignore", invalid="ignore"):
            inside = np.where(size == 0, 0.0, size * np.log(size) - size) / self.rate
        return np.where(size < 0, np.inf, inside)

    def gradient(self, x: Vector) -> Vector:
        """sign·log|x|/c; NaN for the locked-out sign, infinite at 0."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return self.sign * np.log(self.sign * x) / self.rate

    def conjugates(self, z: Vector) -> Vector:
        """exp(sign·c·z)/c."""
        with np.errstate(over="ignore"):
            return np.exp(self.sign * self.rate * z) / self.rate

    def conjugate_gradient(self, z: Vector) -> Vector:
        """sign·exp(sign·c·z)."""
        with np.errstate(over="ignore"):
            return self.sign * np.exp(self.sign * self.rate * z)

    def conjugate_curvature(self, z: Vector) -> Vector:
        """c·exp(sign·c·z)."""
        with np.errstate(over="ignore"):
            return self.rate * np.exp(self.sign * self.rate * z)

    def branches(self, offset: Vector) -> Branches:  # noqa: D102
        size = len(self.sign)
        return Branches(
            coordinate=np.arange(size),
            sign=self.sign.copy(),
            log_amplitude=np.zeros(size),
            start=-self.sign * self.rate * offset,
            slope=np.full(size, self.rate),
            profile=ExponentialProfile(),
        )

    def restricted(self, keep: np.ndarray) -> Entropy:  # noqa: D102
        return Entropy(self.sign[keep], self.rate)
