"""The potential of frozen coordinates, which training does not move."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ridgeless._core.arrays import Vector
from ridgeless.potentials.base import SeparablePotential
from ridgeless.potentials.branches import Branches, ExponentialProfile


@dataclass(frozen=True)
class Frozen(SeparablePotential):
    """Φ_i(x) = 0 at x = 0 and +inf elsewhere: all weights of the coordinate start at 0, so it stays 0.

    Attributes:
        size: number of coordinates.

    Example:
        >>> import numpy as np
        >>> Frozen(size=2).conjugate_gradient(np.array([1.0, -3.0]))
        array([0., 0.])
    """

    size: int

    @classmethod
    def examples(cls) -> tuple[Frozen, ...]:  # noqa: D102
        return (cls(6),)

    def values(self, x: Vector) -> Vector:  # noqa: D102
        return np.where(x == 0, 0.0, np.inf)

    def gradient(self, x: Vector) -> Vector:
        """A subgradient: 0 at 0, NaN elsewhere."""
        return np.where(x == 0, 0.0, np.nan)

    def conjugates(self, z: Vector) -> Vector:  # noqa: D102
        return np.zeros_like(z)

    def conjugate_gradient(self, z: Vector) -> Vector:  # noqa: D102
        return np.zeros_like(z)

    def conjugate_curvature(self, z: Vector) -> Vector:  # noqa: D102
        return np.zeros_like(z)

    def branches(self, offset: Vector) -> Branches:  # noqa: D102, ARG002 - nothing moves from anywhere
        none = np.zeros(0)
        return Branches(np.zeros(0, dtype=np.int64), none, none, none, none, ExponentialProfile())

    def free(self, size: int) -> np.ndarray:  # noqa: D102
        return np.zeros(size, dtype=bool)

    def restricted(self, keep: np.ndarray) -> Frozen:  # noqa: D102
        return Frozen(int(np.sum(keep)))
