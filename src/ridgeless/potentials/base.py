"""Base classes of potentials: value, gradient, convex conjugate and mirror map."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

import numpy as np

from ridgeless._core.arrays import Vector
from ridgeless._core.discovery import Exemplified
from ridgeless.potentials.branches import Branches
from ridgeless.potentials.minimum import EquationsLike, Minimiser, Minimum


class Potential(Exemplified, ABC):
    """A convex function Φ of x that training a network minimises over the solutions of A x = b.

    z ↦ ∇Φ*(z) is the mirror map: along training x = ∇Φ*(offset + Aᵀν). Outside its domain Φ is +inf and ∇Φ
    is NaN; outside the domain of Φ*, Φ* is +inf and ∇Φ* infinite. `examples` act on six coordinates, or on any
    number.

    Attributes:
        is_smooth: whether Φ has a gradient at 0 and a mirror map; a norm does not.
        vanishing_citation: source of the limit of Φ for vanishing starts; empty where it is that of the theorem itself.
    """

    is_smooth: ClassVar[bool] = True
    vanishing_citation: ClassVar[str] = ""

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

    def minimum(self, equations: EquationsLike, offset: Vector, tol: float, minimise: Minimiser) -> Minimum:  # noqa: ARG002
        """argmin Φ(x) − ⟨offset, x⟩ over A x = b, for potentials with a closed form or a reduction to another one.

        Separable potentials need none: `limits` works on their branches. Any other potential gives its closed form
        here, or reduces the problem to a simpler potential on other equations and passes that to `minimise`.

        Args:
            equations: A x = b.
            offset: (d,).
            tol: the residual ‖Ax − b‖/‖b‖ to be reached.
            minimise: (potential, equations, offset, tol) ↦ the minimum of another potential.

        Raises:
            TypeError: no method is known.
        """
        raise TypeError(
            f"no method minimises a {type(self).__name__} over A x = b; give the class a method `minimum`, or the "
            "branches of a SeparablePotential"
        )

    def vanishing(self, offset: Vector, degree: int) -> Potential | None:  # noqa: ARG002 - by default nothing is known
        """The limit of Φ, up to a scalar factor, as the start shrinks to 0 along a fixed direction.

        Args:
            offset: (d,) of the theorem at scale 1, that is at the direction itself.
            degree: D with x(t·theta) = t^D·x(theta).

        Returns:
            The potential that is minimised with offset 0, or None where no theorem tells.
        """
        return None

    def free(self, size: int) -> np.ndarray:
        """Mask (d,) of the coordinates that training can move at all."""
        return np.ones(size, dtype=bool)

    def outside(self, x: Vector) -> np.ndarray:
        """Mask (d,) of the entries outside the domain of Φ: Φ is +inf there, and ∇Φ is NaN."""
        return np.isnan(self.gradient(x))

    def restricted(self, keep: np.ndarray) -> Potential:
        """The same potential on the coordinates of the mask `keep`; by default an error unless it keeps all."""
        if not keep.all():
            raise TypeError(f"{type(self).__name__} does not act coordinate by coordinate")
        return self


class SeparablePotential(Potential):
    """Φ(x) = Σ_i Φ_i(x_i), a sum over coordinates; so is the conjugate, and the mirror map f = ∇Φ* acts entrywise.

    Attributes:
        least_told: the least |x_i| that is accurate where f is a difference of large terms; laws test above it.
    """

    least_told: ClassVar[float] = 0.0
    vanishing_citation: ClassVar[str] = (
        "Zhao et al. 2026, arXiv 2607.12332; Pesme and Flammarion 2023, arXiv 2304.00488"
    )

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
        """The mirror map as a sum of monotone branches, at ν = 0: the form that the limit's solvers work on."""

    @abstractmethod
    def restricted(self, keep: np.ndarray) -> SeparablePotential:
        """The same potential on the coordinates of the mask `keep`."""

    def vanishing(self, offset: Vector, degree: int) -> Potential | None:
        """The weighted ℓ1 norm whose weights are the |z| at which a branch leaves 0."""
        from ridgeless.potentials.weighted_l1 import WeightedL1  # a subclass of Potential: imported late

        return WeightedL1(*self.branches(offset).edges(degree, len(offset)))

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
