"""The quadratic potential, half the squared Euclidean norm."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ridgeless._core.arrays import Vector
from ridgeless.potentials.base import Potential
from ridgeless.potentials.minimum import EquationsLike, Minimiser, Minimum


@dataclass(frozen=True)
class Quadratic(Potential):
    """Φ(x) = ‖x‖²/(2c): its minimiser is the solution nearest to c·offset in the Euclidean norm.

    The potential of plain regression (c = 1), depth-1 differences (c = 2, since each entry of x is a difference of two
    weights), and dense networks whose first layer starts in the row space.

    Attributes:
        rate: c > 0, how fast x follows z: ∇Φ*(z) = c z.

    Example:
        >>> import numpy as np
        >>> Quadratic().gradient(np.array([1.0, -2.0]))
        array([ 1., -2.])
    """

    rate: float = 1.0

    @classmethod
    def examples(cls) -> tuple[Quadratic, ...]:  # noqa: D102
        return cls(), cls(rate=2.0)

    def value(self, x: Vector) -> float:
        """‖x‖²/(2c)."""
        return float(x @ x) / (2 * self.rate)

    def gradient(self, x: Vector) -> Vector:
        """x/c."""
        return x / self.rate

    def conjugate(self, z: Vector) -> float:
        """c‖z‖²/2."""
        return self.rate * float(z @ z) / 2

    def conjugate_gradient(self, z: Vector) -> Vector:
        """c·z."""
        return self.rate * z

    def conjugate_curvature(self, z: Vector) -> Vector:
        """The rate c in every coordinate: the metric of training is a multiple of the Euclidean one."""
        return np.full_like(z, self.rate)

    def minimum(self, equations: EquationsLike, offset: Vector, tol: float, minimise: Minimiser) -> Minimum:  # noqa: ARG002
        """A⁺b + P_N(c·offset)."""
        x = equations.min_norm() + equations.project_null(self.rate * offset)
        return Minimum(x, equations.dual(x / self.rate - offset), 0, "projection")

    def vanishing(self, offset: Vector, degree: int) -> Quadratic:  # noqa: ARG002
        """The potential itself: only the offset vanishes with the start."""
        return self

    def gradient_rounding(self, x: Vector) -> Vector:
        """eps·|x|/c."""
        return np.finfo(float).eps * np.abs(x) / self.rate
