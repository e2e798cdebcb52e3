"""The potential of three diagonal layers that start at (a, a, 0)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ridgeless.arrays import Vector
from ridgeless.potentials.base import SeparablePotential
from ridgeless.potentials.branches import Branches, TrigammaProfile


@dataclass(frozen=True)
class TangentHypentropy(SeparablePotential):
    """Φ with mirror map f(z) = a³·tan(az)/cos²(az) on |az| < π/2, and Φ* = a²·tan²(az)/2.

    The product of three layers that start at (a, a, 0), in any order (Yun et al. 2021, H_3).

    Attributes:
        scale: (d,) a_i > 0.

    Example:
        >>> import numpy as np
        >>> potential = TangentHypentropy(np.array([0.5]))
        >>> round(float(potential.conjugate_gradient(potential.gradient(np.array([-3.0])))[0]), 12)
        -3.0
    """

    scale: Vector

    def values(self, x: Vector) -> Vector:
        """x·z − Φ*(z) at z = ∇Φ(x)."""
        return x * self.gradient(x) - (self.scale * self._tangent(x)) ** 2 / 2

    def gradient(self, x: Vector) -> Vector:
        """arctan(t)/a, with t + t³ = x/a³."""
        return np.arctan(self._tangent(x)) / self.scale

    def conjugates(self, z: Vector) -> Vector:
        """a²·tan²(az)/2; +inf outside."""
        angle = self.scale * z
        return np.where(_is_inside(angle), (self.scale * np.tan(angle)) ** 2 / 2, np.inf)

    def conjugate_gradient(self, z: Vector) -> Vector:
        """f(z); ±inf outside."""
        angle = self.scale * z
        is_inside = _is_inside(angle)
        t = np.tan(np.where(is_inside, angle, 0.0))
        return np.where(is_inside, self.scale**3 * t * (1 + t**2), np.copysign(np.inf, z))

    def conjugate_curvature(self, z: Vector) -> Vector:
        """a⁴·(1 + 3 tan²)(1 + tan²)."""
        angle = self.scale * z
        square = np.tan(angle) ** 2
        return np.where(_is_inside(angle), self.scale**4 * (1 + 3 * square) * (1 + square), np.inf)

    def gradient_rounding(self, x: Vector) -> Vector:
        """eps·|x|/f', with the tangent that x itself gives."""
        square = self._tangent(x) ** 2
        return np.finfo(float).eps * np.abs(x) / (self.scale**4 * (1 + 3 * square) * (1 + square))

    def branches(self, offset: Vector) -> Branches:  # noqa: D102
        index = np.arange(len(self.scale))
        sign = np.repeat([1.0, -1.0], len(index))
        scale = np.tile(self.scale, 2)
        slope = 2 * scale / np.pi
        return Branches(
            coordinate=np.tile(index, 2),
            sign=sign,
            log_amplitude=3 * np.log(2 * scale / np.pi),
            start=1 - sign * slope * np.tile(offset, 2),
            slope=slope,
            profile=TrigammaProfile(),
        )

    def restricted(self, keep: np.ndarray) -> TangentHypentropy:  # noqa: D102
        return TangentHypentropy(self.scale[keep])

    def _tangent(self, x: Vector) -> Vector:
        """The real root of t + t³ = x/a³: t = (2/√3)·sinh(asinh(3√3·x/(2a³))/3)."""
        root = np.sqrt(3.0)
        return 2 / root * np.sinh(np.arcsinh(1.5 * root * x / self.scale**3) / 3)


def _is_inside(angle: Vector) -> np.ndarray:
    return np.abs(angle) < np.pi / 2
