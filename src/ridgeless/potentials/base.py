"""What every potential answers: value, gradient, and the same for its conjugate."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

import numpy as np

from ridgeless.arrays import Vector
from ridgeless.potentials.branches import Branches


class Potential(ABC):
    """A convex function Φ of x that training a network minimises over the solutions of A x = b.

    z ↦ ∇Φ*(z) is the mirror map: along training x = ∇Φ*(offset + Aᵀν). Outside its domain Φ is +inf and ∇Φ
    is NaN; outside the domain of Φ*, Φ* is +inf and ∇Φ* infinite.
    """

    is_smooth: ClassVar[bool] = True

    @abstractmethod
    def value(self, x: Vector) -> float:
        """Φ(x)."""

    @abstractmethod
    def gradient(self, x: Vector) -> Vector:
        """∇Φ(x), shape (d,)."""

    @abstractmethod
    def conjugate(self, z: Vector) -> float:
        """Φ*(z) = sup_x ⟨x, z⟩ − Φ(x)."""

    @abstractmethod
    def conjugate_gradient(self, z: Vector) -> Vector:
        """∇Φ*(z), the x that attains the supremum; inverse of `gradient`."""

    @abstractmethod
    def gradient_rounding(self, x: Vector) -> Vector:
        """Bound on |change of ∇Φ(x)| when each entry of x is off by its rounding, shape (d,)."""

    def free(self, size: int) -> np.ndarray:
        """Mask (d,) of the coordinates that training can move at all."""
        return np.ones(size, dtype=bool)

    def outside(self, x: Vector) -> np.ndarray:
        """Mask (d,) of the entries that no training reaches: Φ is +inf there, and ∇Φ is NaN."""
        return np.isnan(self.gradient(x))

    def restricted(self, keep: np.ndarray) -> Potential:
        """The same potential on the coordinates of the mask `keep`; by default all of them or an error."""
        if not keep.all():
            raise TypeError(f"{type(self).__name__} does not act coordinate by coordinate")
        return self


class SeparablePotential(Potential):
    """Φ(x) = Σ_i Φ_i(x_i): every coordinate by itself, and so are the conjugate and the mirror map f = ∇Φ*."""

    @abstractmethod
    def values(self, x: Vector) -> Vector:
        """Φ_i(x_i) for every i."""

    @abstractmethod
    def conjugates(self, z: Vector) -> Vector:
        """Φ_i*(z_i) for every i."""

    @abstractmethod
    def conjugate_curvature(self, z: Vector) -> Vector:
        """f_i'(z_i), the second derivative of Φ_i*: the diagonal metric of training."""

    @abstractmethod
    def branches(self, offset: Vector) -> Branches:
        """The mirror map as a sum of positive branches, at ν = 0: what the limit's solvers work on."""

    @abstractmethod
    def restricted(self, keep: np.ndarray) -> SeparablePotential:
        """The same potential on the coordinates of the mask `keep`."""

    def value(self, x: Vector) -> float:
        """Φ(x) = Σ_i Φ_i(x_i)."""
        return float(np.sum(self.values(x)))

    def conjugate(self, z: Vector) -> float:
        """Φ*(z) = Σ_i Φ_i*(z_i)."""
        return float(np.sum(self.conjugates(z)))

    def gradient_rounding(self, x: Vector) -> Vector:
        """eps·|x_i| / f_i'(∇Φ_i(x_i))."""
        with np.errstate(divide="ignore", invalid="ignore"):
            slope = self.conjugate_curvature(self.gradient(x))
            return np.where(x == 0, 0.0, np.finfo(float).eps * np.abs(x) / slope)
