"""Mirror maps of diagonal networks in normal form: how a coefficient grows along its dual coordinate.

A coefficient of a diagonal network is w_j = κ_j·g(z_j) with z_j = x_jᵀν, where κ_j is the scale of its start, x_j the
column of its feature, and g depends on the depth alone. The scale is a factor, so one program follows many scales.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from ridgeless.networks import Difference, Direct, Network, Power


class Growth(NamedTuple):
    """G, g = G′ and g′ at some dual coordinates z, each of the shape of z."""

    integral: np.ndarray
    value: np.ndarray
    slope: np.ndarray


class MirrorMap(ABC):
    """g: a strictly increasing function of the dual coordinate, finite for z in `domain`."""

    @property
    def domain(self) -> tuple[float, float]:
        """The open interval in which g is finite."""
        return -np.inf, np.inf

    @property
    def slope_at_zero(self) -> float:
        """g′(0)."""
        return 1.0

    @property
    def trusted_move(self) -> float:
        """The most that z may move in a Newton step: a coefficient grows by up to its exponential.

        Newton sees an exponential as its tangent, and from far below overshoots by as much as that is too flat.
        """
        return 4.0

    @property
    def rate_exponent(self) -> float:
        """r where the rate of a feature grows as the r-th power of its scale κ."""
        return 0.0

    @abstractmethod
    def growth(self, z: np.ndarray) -> Growth:
        """G(z) with G(0) = 0, g(z) and g′(z)."""

    @abstractmethod
    def inverse(self, value: np.ndarray) -> np.ndarray:
        """z with g(z) = value, NaN where there is none."""

    @property
    def prior_power(self) -> float:
        """A feature of relative scale s is as one of scale 1 whose column is multiplied by s to this power.

        It is 0 where the start of the network carries the scale of each feature.
        """
        return 0.0

    @abstractmethod
    def rate(self, scale: float) -> float:
        """dz/dt over the gradient xᵀ(y − Xw), in the training time t of `ridgeless.flows.GradientFlow`."""

    @abstractmethod
    def network(self) -> Network:
        """The network whose coefficients grow so."""

    @abstractmethod
    def initial_weight(self, scale: Any) -> Any:
        """u₀, the weight of every layer at the start, of a coefficient whose scale is κ."""


@dataclass(frozen=True)
class LinearMap(MirrorMap):
    """g(z) = z: depth 1, gradient flow on w itself. Its penalised path is ridge regression.

    Example:
        >>> import numpy as np
        >>> LinearMap().growth(np.array([0.5])).value.tolist()
        [0.5]
    """

    def growth(self, z: np.ndarray) -> Growth:  # noqa: D102 - the base class tells
        return Growth(0.5 * z * z, z, np.ones_like(z))

    @property
    def trusted_move(self) -> float:  # noqa: D102
        return np.inf

    @property
    def prior_power(self) -> float:  # noqa: D102
        return 0.5

    def inverse(self, value: np.ndarray) -> np.ndarray:  # noqa: D102
        return value

    def rate(self, scale: float) -> float:  # noqa: D102
        return 1 / scale

    def network(self) -> Network:  # noqa: D102
        return Direct()

    def initial_weight(self, scale: Any) -> Any:  # noqa: D102
        return 0.0 * scale


@dataclass(frozen=True)
class HyperbolicMap(MirrorMap):
    """g(z) = sinh z: w = u² − v² from u = v = u₀, with κ = 2u₀² (Woodworth et al. 2020, theorem 1).

    Example:
        >>> import numpy as np
        >>> round(float(HyperbolicMap().growth(np.array([1.0])).value[0]), 6)
        1.175201
    """

    def growth(self, z: np.ndarray) -> Growth:  # noqa: D102
        # One exponential gives all three, each to its last bits: with e = exp|z| − 1 and q = 1 − exp(−|z|),
        # sinh|z| = (e + q)/2 and cosh z − 1 = e·q/2.
        risen = np.expm1(np.abs(z))
        fallen = risen / (1 + risen)
        integral = 0.5 * risen * fallen
        return Growth(integral, np.copysign(0.5 * (risen + fallen), z), 1 + integral)

    def inverse(self, value: np.ndarray) -> np.ndarray:  # noqa: D102
        return np.arcsinh(value)

    def rate(self, scale: float) -> float:  # noqa: ARG002, D102
        return 4.0

    def network(self) -> Network:  # noqa: D102
        return Difference(2)

    def initial_weight(self, scale: Any) -> Any:  # noqa: D102
        return np.sqrt(scale / 2)


@dataclass(frozen=True)
class MapWithPoles(MirrorMap):
    """A map of depth D ≥ 3, where u′ ∝ u^(D−1) takes a weight to infinity in finite time.

    Attributes:
        depth: D ≥ 3.
    """

    depth: int

    @property
    def exponent(self) -> float:
        """a = D/(D−2)."""
        return self.depth / (self.depth - 2)

    @property
    def rate_exponent(self) -> float:  # noqa: D102
        return 1 / self.exponent

    def rate(self, scale: float) -> float:  # noqa: D102
        return self.depth * (self.depth - 2) * float(self.initial_weight(scale)) ** (self.depth - 2)


@dataclass(frozen=True)
class DeepMap(MapWithPoles):
    """g(z) = [(1 − z)^−a − (1 + z)^−a]/(2a), a = D/(D−2): w = u^D − v^D from u = v = u₀, with κ = 2a·u₀^D.

    It has poles at z = ±1, so that small scales select features as the Lasso does (Woodworth et al. 2020, theorem 3).

    Example:
        >>> import numpy as np
        >>> round(float(DeepMap(3).growth(np.array([0.5])).value[0]), 6)
        1.283951
    """

    @property
    def domain(self) -> tuple[float, float]:  # noqa: D102
        return -1.0, 1.0

    def growth(self, z: np.ndarray) -> Growth:  # noqa: D102
        a = self.exponent
        up, down = np.log1p(-z), np.log1p(z)
        # exp(−a·log(1−z)) − exp(−a·log(1+z)) = 2·exp(mean)·sinh(half of the difference): no digits cancel near 0.
        mean, half = -0.5 * a * (up + down), 0.5 * a * (down - up)
        value = np.exp(mean) * np.sinh(half) / a
        slope = 0.5 * (np.exp(-(a + 1) * up) + np.exp(-(a + 1) * down))
        integral = (np.expm1(-(a - 1) * up) + np.expm1(-(a - 1) * down)) / (2 * a * (a - 1))
        return Growth(integral, value, slope)

    def inverse(self, value: np.ndarray) -> np.ndarray:  # noqa: D102
        # Of |g|: (1 − z)^−a = 2a·|g| + (1 + z)^−a ≤ 2a·|g| + 1 gives a z that is too large, from which Newton's method
        # falls to the root of a convex function.
        a, size = self.exponent, np.abs(value)
        z = -np.expm1(-np.log1p(2 * a * size) / a)
        for _ in range(6):
            growth = self.growth(z)
            z = z - (growth.value - size) / growth.slope
        return np.copysign(z, value)

    def network(self) -> Network:  # noqa: D102
        return Difference(self.depth)

    def initial_weight(self, scale: Any) -> Any:  # noqa: D102
        return (scale / (2 * self.exponent)) ** (1 / self.depth)


@dataclass(frozen=True)
class ExponentialMap(MirrorMap):
    """g(z) = exp z: w = u² > 0 from u = u₀, with κ = u₀². Minimises the relative entropy of w to its start.

    Example:
        >>> import numpy as np
        >>> ExponentialMap().growth(np.array([0.0])).value.tolist()
        [1.0]
    """

    def growth(self, z: np.ndarray) -> Growth:  # noqa: D102
        integral = np.expm1(z)
        value = 1 + integral
        return Growth(integral, value, value)

    def inverse(self, value: np.ndarray) -> np.ndarray:  # noqa: D102
        return np.log(value)

    def rate(self, scale: float) -> float:  # noqa: ARG002, D102
        return 4.0

    def network(self) -> Network:  # noqa: D102
        return Power(2)

    def initial_weight(self, scale: Any) -> Any:  # noqa: D102
        return np.sqrt(scale)


@dataclass(frozen=True)
class DeepPowerMap(MapWithPoles):
    """g(z) = (1 − z)^−a/a, a = D/(D−2): w = u^D > 0 from u = u₀, with κ = a·u₀^D.

    Example:
        >>> import numpy as np
        >>> round(float(DeepPowerMap(3).growth(np.array([0.5])).value[0]), 6)
        2.666667
    """

    @property
    def domain(self) -> tuple[float, float]:  # noqa: D102
        return -np.inf, 1.0

    def growth(self, z: np.ndarray) -> Growth:  # noqa: D102
        a, log = self.exponent, np.log1p(-z)
        return Growth(np.expm1(-(a - 1) * log) / (a * (a - 1)), np.exp(-a * log) / a, np.exp(-(a + 1) * log))

    def inverse(self, value: np.ndarray) -> np.ndarray:  # noqa: D102
        return 1 - (self.exponent * value) ** (-1 / self.exponent)

    def network(self) -> Network:  # noqa: D102
        return Power(self.depth)

    def initial_weight(self, scale: Any) -> Any:  # noqa: D102
        return (scale / self.exponent) ** (1 / self.depth)


def mirror_map(depth: int, positive: bool) -> MirrorMap:
    """The mirror map of a network's depth, for coefficients of either sign or, where `positive`, above 0."""
    if positive:
        return ExponentialMap() if depth == 2 else DeepPowerMap(depth)
    return LinearMap() if depth == 1 else HyperbolicMap() if depth == 2 else DeepMap(depth)
