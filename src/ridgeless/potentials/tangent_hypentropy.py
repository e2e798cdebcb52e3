"""The potential of a product of three diagonal layers that start at (a, a, 0)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ridgeless._core.arrays import Vector
from ridgeless.potentials.base import SeparablePotential
from ridgeless.potentials.branches import Branches, TrigammaProfile, distinct_widths

_FAR = 40.0


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

    @classmethod
    def examples(cls) -> tuple[TangentHypentropy, ...]:  # noqa: D102
        return (cls(np.array([1e-6, 1e-2, 0.1, 1.0, 3.0, 50.0])),)

    def values(self, x: Vector) -> Vector:
        """x·z − Φ*(z) at z = ∇Φ(x)."""
        return x * self.gradient(x) - self._smallest(x) ** 2 / 2

    def gradient(self, x: Vector) -> Vector:
        """arctan(t)/a, with t + t³ = x/a³."""
        with np.errstate(over="ignore"):
            return np.arctan(self._smallest(x) / self.scale) / self.scale

    def conjugates(self, z: Vector) -> Vector:
        """a²·tan²(az)/2; +inf outside."""
        angle = self.scale * z
        return np.where(_is_inside(angle), (self.scale * np.tan(angle)) ** 2 / 2, np.inf)

    def conjugate_gradient(self, z: Vector) -> Vector:
        """f(z); ±inf outside."""
        angle = self.scale * z
        is_inside = _is_inside(angle)
        t = np.tan(np.where(is_inside, angle, 0.0))
        c = self.scale * t
        return np.where(is_inside, c * (self.scale**2 + c**2), np.copysign(np.inf, z))

    def conjugate_curvature(self, z: Vector) -> Vector:
        """a⁴·(1 + 3 tan²)(1 + tan²)."""
        angle = self.scale * z
        is_inside = _is_inside(angle)
        return np.where(is_inside, self._slope(self.scale * np.tan(np.where(is_inside, angle, 0.0))), np.inf)

    def gradient_rounding(self, x: Vector) -> Vector:
        """eps·|x|/f', with the tangent that x itself gives."""
        with np.errstate(divide="ignore", invalid="ignore"):
            rounding = np.finfo(float).eps * np.abs(x) / self._slope(self._smallest(x))
        return np.where(x == 0, 0.0, rounding)

    def branches(self, offset: Vector) -> Branches:  # noqa: D102
        index = np.arange(len(self.scale))
        sign = np.repeat([1.0, -1.0], len(index))
        scale = np.tile(self.scale, 2)
        slope = 1 / distinct_widths(np.pi / (2 * scale), scale)
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

    def _smallest(self, x: Vector) -> Vector:
        """The real root of a²c + c³ = x: c/a = (2/√3)·sinh(asinh(3√3·x/(2a³))/3)."""
        root = np.sqrt(3.0)
        with np.errstate(divide="ignore"):
            log_y = np.log(np.abs(x)) + np.log(1.5 * root) - 3 * np.log(self.scale)
        # a³ may underflow, so that y may overflow; for y this large, asinh(y) = log(2y) to the last bit.
        is_far = log_y > _FAR
        near = 2 / root * self.scale * np.sinh(np.arcsinh(np.exp(np.minimum(log_y, _FAR))) / 3)
        log_sinh = (log_y + np.log(2)) / 3 + np.log(-np.expm1(-2 * (np.maximum(log_y, _FAR) + np.log(2)) / 3) / 2)
        far = np.exp(np.log(2 / root) + np.log(self.scale) + np.where(is_far, log_sinh, 0.0))
        return np.sign(x) * np.where(is_far, far, near)

    def _slope(self, c: Vector) -> Vector:
        """(a² + 3c²)(a² + c²)."""
        return (self.scale**2 + 3 * c**2) * (self.scale**2 + c**2)


def _is_inside(angle: Vector) -> np.ndarray:
    return np.abs(angle) < np.pi / 2
