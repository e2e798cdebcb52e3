"""The potential of lazy training, x = c + α(y − c), where y minimises another potential."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np

from ridgeless._core.arrays import Vector, norm
from ridgeless.potentials.base import Potential
from ridgeless.potentials.minimum import EquationsLike, Minimiser, Minimum
from ridgeless.potentials.quadratic import Quadratic
from ridgeless.potentials.radial import Radial

AnyEquations = TypeVar("AnyEquations", bound=EquationsLike)


@dataclass(frozen=True)
class Rescaled(Potential):
    """Φ(x) = α·φ(c + (x − c)/α), with ∇Φ(x) = ∇φ(c + (x − c)/α).

    Attributes:
        inner: φ.
        center: c (d,), where training starts.
        alpha: α > 0.

    Example:
        >>> import numpy as np
        >>> from ridgeless.potentials import Quadratic
        >>> Rescaled(Quadratic(), np.array([1.0, 0.0]), 2.0).gradient(np.array([3.0, 4.0]))
        array([2., 2.])
    """

    inner: Potential
    center: Vector
    alpha: float

    @classmethod
    def examples(cls) -> tuple[Rescaled, ...]:  # noqa: D102
        # With centre 0, so that x of every size keeps its digits.
        return cls(Quadratic(rate=2.0), np.zeros(6), 0.25), cls(Radial(np.array([0.5])), np.zeros(6), 3.0)

    def value(self, x: Vector) -> float:
        """α·φ(y)."""
        return self.alpha * self.inner.value(self._inside(x))

    def gradient(self, x: Vector) -> Vector:
        """∇φ(y)."""
        return self.inner.gradient(self._inside(x))

    def conjugate(self, z: Vector) -> float:
        """⟨z, c⟩ + α(φ*(z) − ⟨z, c⟩)."""
        along = float(z @ self.center)
        return along + self.alpha * (self.inner.conjugate(z) - along)

    def conjugate_gradient(self, z: Vector) -> Vector:
        """The inverse of the gradient: c + α(∇φ*(z) − c)."""
        return self.center + self.alpha * (self.inner.conjugate_gradient(z) - self.center)

    def gradient_rounding(self, x: Vector) -> Vector:
        """The rounding of ∇φ at y, including that of y = c + (x − c)/α."""
        inside = self._inside(x)
        own = self.inner.gradient_rounding(inside)
        # y inherits the rounding errors of c and of (x − c)/α, which may be larger than y.
        with np.errstate(divide="ignore", invalid="ignore"):
            growth = (np.abs(self.center) + np.abs(x - self.center) / self.alpha) / np.abs(inside)
        return np.where(inside == 0, own, own * np.where(np.isfinite(growth), growth, 1.0))

    def minimum(self, equations: EquationsLike, offset: Vector, tol: float, minimise: Minimiser) -> Minimum:
        """The minimum of φ over A y = A c + (b − A c)/α, read as x = c + α(y − c)."""
        near = aimed(equations, self.center, self.alpha)
        size = norm(near.b)
        within = tol * norm(equations.b) / (self.alpha * size) if size > 0 else tol
        inner = minimise(self.inner, near, offset, within)
        return replace(inner, x=self.center + self.alpha * (inner.x - self.center))

    def free(self, size: int) -> np.ndarray:
        """The free coordinates of φ."""
        return self.inner.free(size)

    def restricted(self, keep: np.ndarray) -> Rescaled:
        """On the coordinates of a mask."""
        return Rescaled(self.inner.restricted(keep), self.center[keep], self.alpha)

    def _inside(self, x: Vector) -> Vector:
        return self.center + (x - self.center) / self.alpha


def aimed(equations: AnyEquations, center: Vector, alpha: float) -> AnyEquations:
    """The equations A y = A c + (b − A c)/α that y solves where x = c + α(y − c) solves A x = b."""
    seen = equations.matvec(center)
    return equations.with_right(seen + (equations.b - seen) / alpha)
