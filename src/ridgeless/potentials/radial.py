"""The radial potential of rank-one dense networks, a function of the Euclidean norm."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.integrate
import scipy.optimize
from jaxtyping import Float

from ridgeless._core.arrays import Vector
from ridgeless.potentials.base import Potential
from ridgeless.potentials.minimum import EquationsLike, Minimiser, Minimum

_RELATIVE: Any = 8 * np.finfo(float).eps  # the smallest that Brent's method accepts is four units


@dataclass(frozen=True)
class Radial(Potential):
    """Φ(x) = φ(‖x‖) with φ'(ρ) = √s, s·∏_j(s + δ_j) = ρ²: convex at every depth.

    Rank-one chains of h dense layers and a vector, with δ_j = a_j² − ‖w‖² ≥ 0 conserved. For h = 1 this is the
    single linear neuron of Azulay et al. 2021 (§4) up to a reparametrisation of time; for δ = 0, φ ∝ ‖x‖^((h+2)/(h+1)).

    Attributes:
        imbalances: (h,) δ_j ≥ 0.

    Example:
        >>> import numpy as np
        >>> potential = Radial(imbalances=np.zeros(1))
        >>> potential.gradient(np.array([4.0, 0.0]))
        array([2., 0.])
        >>> round(potential.value(np.array([4.0, 0.0])), 12)  # (2/3)·4^(3/2)
        5.333333333333
    """

    imbalances: Float[np.ndarray, " h"]

    @classmethod
    def examples(cls) -> tuple[Radial, ...]:  # noqa: D102
        imbalances = (np.zeros(1), np.array([0.5]), np.array([0.3, 2.0, 0.0]), np.zeros(3))
        return tuple(cls(each) for each in imbalances)

    def value(self, x: Vector) -> float:
        """‖x‖·√s − φ*(√s)."""
        radius = float(np.linalg.norm(x))
        square = self.squared_slope(radius)
        return float(radius * np.sqrt(square) - self._conjugate(square))

    def gradient(self, x: Vector) -> Vector:
        """√s·x/‖x‖, and 0 at 0."""
        radius = float(np.linalg.norm(x))
        return x * (np.sqrt(self.squared_slope(radius)) / radius) if radius > 0 else np.zeros_like(x)

    def conjugate(self, z: Vector) -> float:
        """φ*(‖z‖) = ½·∫ ∏_j√(t + δ_j) dt from 0 to ‖z‖²."""
        return self._conjugate(float(z @ z))

    def conjugate_gradient(self, z: Vector) -> Vector:
        """z·∏_j√(‖z‖² + δ_j)."""
        return z * np.sqrt(np.prod(float(z @ z) + self.imbalances))

    def gradient_rounding(self, x: Vector) -> Vector:
        """eps·|∇Φ(x)|: the gradient is as accurate as x, entry by entry."""
        return np.finfo(float).eps * np.abs(self.gradient(x))

    def minimum(self, equations: EquationsLike, offset: Vector, tol: float, minimise: Minimiser) -> Minimum:  # noqa: ARG002
        """x∞ = A⁺b + ∏a_j∞·P_N w₀ with (s − ‖P_N w₀‖²)·∏(s + δ_j) = ‖A⁺b‖², w₀ the offset."""
        shortest = equations.min_norm()
        kept = equations.project_null(offset)
        floor = float(kept @ kept)
        size = float(np.linalg.norm(shortest))
        square = positive_root(self.imbalances, floor, size) if size > 0 else floor
        x = shortest + np.sqrt(np.prod(square + self.imbalances)) * kept
        return Minimum(x, equations.dual(self.gradient(x) - offset), 0, "closed form, one scalar root")

    def vanishing(self, offset: Vector, degree: int) -> Radial:  # noqa: ARG002
        """A multiple of a power of ‖x‖: length and imbalances of the start vanish."""
        return Radial(np.zeros_like(self.imbalances))

    def squared_slope(self, radius: float) -> float:
        """s = φ'(ρ)², the root of s·∏_j(s + δ_j) = ρ²."""
        if radius == 0:
            return 0.0
        return positive_root(self.imbalances, 0.0, radius)

    def _conjugate(self, square: float) -> float:
        # Clenshaw–Curtis cannot see √t at t = 0: substitute t = τ².
        def integrand(tau: float) -> float:
            return tau * np.sqrt(np.prod(tau**2 + self.imbalances))

        return float(scipy.integrate.quad(integrand, 0, np.sqrt(square), epsabs=0, epsrel=1e-13, limit=200)[0])


def positive_root(imbalances: Float[np.ndarray, " h"], floor: float, size: float) -> float:
    """The root s > floor of (s − floor)·∏_j(s + δ_j) = size², by Brent's method in log(s − floor).

    Args:
        imbalances: (h,) δ_j ≥ 0.
        floor: κ ≥ 0.
        size: ρ > 0.

    Example:
        >>> round(positive_root(np.zeros(1), 0.0, 4.0), 12)
        4.0
    """

    def excess(log_s: float) -> float:
        s = np.exp(log_s)
        return log_s + float(np.sum(np.log(s + floor + imbalances))) - 2 * np.log(size)

    upper = 2 * np.log(size) / (1 + len(imbalances))  # the root for δ = κ = 0; any other is smaller
    lower = upper - 1.0
    while excess(lower) > 0:
        lower = upper - 2 * (upper - lower)
    root: Any = scipy.optimize.brentq(excess, lower, upper + 1e-9, xtol=1e-15, rtol=_RELATIVE)
    return floor + float(np.exp(root))
