"""Lazy training: a rescaled network, whose weights hardly move."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from ridgeless._core.arrays import Vector, positive_number
from ridgeless.errors import IncompatibleInitError, InvalidInputError
from ridgeless.networks.base import Answers, Network, Points, Theta, TrainingProblem, reference_of
from ridgeless.networks.dense import Dense
from ridgeless.networks.layers import Layer, checked_array
from ridgeless.potentials import Bias, NoTheorem, Stall
from ridgeless.potentials.rescaled import Rescaled, aimed
from ridgeless.systems import LinearSystem

if TYPE_CHECKING:
    from ridgeless._core.balls import BallMap

_CENTER = "center"


@dataclass(frozen=True)
class Lazy(Network):
    """Lazy training of any network F (Chizat, Oyallon and Bach 2019): x = x₀ + α(F(θ) − F(θ₀)), x₀ = F(θ₀).

    The loss is divided by α². For α → ∞ training follows the linearised network, and ends within O(1/α) of
    `rl.lazy_limit`: the projection of x₀ in the metric of the start, which is in general not the minimum-norm
    solution. Every theorem on F carries over: this is F itself, trained towards A F = A x₀ + (b − A x₀)/α.

    Attributes:
        network: F.
        alpha: α > 0.

    Weights are those of F, and `center` (d,), which is F(θ₀) and is not trained; left out, x = F(θ) = x₀.

    Example:
        >>> import numpy as np, ridgeless as rl
        >>> lazy = Lazy(rl.networks.Direct(), alpha=10.0)
        >>> lazy({"x": np.array([1.5, 2.0]), "center": np.array([1.0, 2.0])})
        array([6., 2.])
    """

    carried: ClassVar[frozenset[str]] = frozenset({_CENTER})

    network: Network = field(default_factory=Dense)
    alpha: float = 1.0

    def __post_init__(self) -> None:
        if not isinstance(self.network, Network) or isinstance(self.network, Lazy):
            raise InvalidInputError(
                f"networks.Lazy: network is {self.network!r}; pass a network such as rl.networks.Dense(hidden=1)."
            )
        object.__setattr__(self, "alpha", positive_number(self.alpha, "networks.Lazy", "alpha"))

    @property
    def homogeneity(self) -> int | None:  # noqa: D102
        return self.network.homogeneity

    @property
    def is_data(self) -> bool:  # noqa: D102
        return self.network.is_data

    @property
    def inner(self) -> Network:  # noqa: D102
        return self.network

    def forward(self, theta: Mapping[str, Any]) -> Any:  # noqa: D102
        if _CENTER not in theta:
            return self.network.forward(theta)
        center = theta[_CENTER]
        return center + self.alpha * (self.network.forward(_weights(theta)) - center)

    def layout(self, unknowns: int) -> dict[str, Layer | list[Layer]]:  # noqa: D102
        return self.network.layout(unknowns)

    def checked(self, theta: Mapping[str, Any], unknowns: int) -> Theta:  # noqa: D102
        return {**self.network.checked(_weights(theta), unknowns), **self._checked_center(theta, unknowns)}

    def fitted(self, theta: Mapping[str, Any], unknowns: int) -> Theta:  # noqa: D102
        return {**self.network.fitted(_weights(theta), unknowns), **self._checked_center(theta, unknowns)}

    def unknowns_of(self, theta: Mapping[str, Any]) -> int:  # noqa: D102
        return self.network.unknowns_of(_weights(theta))

    def theorem(self, theta0: Theta, system: LinearSystem) -> Bias | Stall | NoTheorem:  # noqa: D102
        weights, center = _weights(theta0), self._center(theta0)
        found = self.network.theorem(weights, aimed(system, center, self.alpha))
        if isinstance(found, NoTheorem):
            return found
        if isinstance(found, Stall):
            return replace(found, x=center + self.alpha * (found.x - center))
        assumptions = (*found.assumptions, f"lazy training with α = {self.alpha:g}")
        return replace(found, potential=Rescaled(found.potential, center, self.alpha), assumptions=assumptions)

    def conserved(self, theta: Theta, system: LinearSystem) -> dict[str, np.ndarray]:  # noqa: D102
        return self.network.conserved(_weights(theta), system)

    def tangent_metric(self, theta: Theta, z: Vector) -> Vector:
        """That of F: α from x and α from its gradient, over α² in the loss."""
        return self.network.tangent_metric(_weights(theta), z)

    def metric_floor(self, theta0: Theta, system: LinearSystem) -> float:  # noqa: D102
        weights, center = _weights(theta0), self._center(theta0)
        return self.network.metric_floor(weights, aimed(system, center, self.alpha))

    def ball_map(self, theta0: Theta) -> list[BallMap]:
        """x = x₀ + α(f − x₀) with the f of the network inside."""
        from ridgeless._core.balls import Magnified, ball

        inner = self.network.ball_map(_weights(theta0))
        kept = theta0.get(_CENTER)
        centers = [each.at(ball(0.0))[0] for each in inner] if kept is None else [ball(value) for value in kept]
        return [Magnified.of(each, center, ball(self.alpha)) for each, center in zip(inner, centers, strict=True)]

    def weights_at(self, theta0: Theta, x: Vector) -> Theta:
        """Those of F, where F = x₀ + (x − x₀)/α, and x₀ as the center."""
        center = self._center(theta0)
        return {**self.network.weights_at(_weights(theta0), center + (x - center) / self.alpha), _CENTER: center.copy()}

    def problem(self, system: LinearSystem, theta0: Theta) -> TrainingProblem:
        """F trained towards A F = A x₀ + (b − A x₀)/α, and read as x₀ + α(F − x₀)."""
        center, weights = self._center(theta0), _weights(theta0)
        reference = reference_of(system, center) / self.alpha
        inner = TrainingProblem(self.network, aimed(system, center, self.alpha), weights, reference, self.alpha)
        return _Magnified.of(inner, center)

    def most_growth(self, system: LinearSystem) -> float:  # noqa: D102
        return self.network.most_growth(system)

    def constant(self, scale: float, unknowns: int) -> Theta:  # noqa: D102
        with _refusing_as(self):
            return self.network.constant(scale, unknowns)

    def imbalanced(self, first: float, second: float, unknowns: int, rng: np.random.Generator) -> Theta:  # noqa: D102
        with _refusing_as(self):
            return self.network.imbalanced(first, second, unknowns, rng)

    def _checked_center(self, theta: Mapping[str, Any], unknowns: int) -> Theta:
        if not isinstance(theta, Mapping) or _CENTER not in theta:
            return {}
        center = checked_array(self, _CENTER, theta[_CENTER])
        if center.shape != (unknowns,):
            raise InvalidInputError(f"{self}: theta['center'] needs shape ({unknowns},); it has {center.shape}.")
        return {_CENTER: center}

    def _center(self, theta: Theta) -> Vector:
        return theta[_CENTER] if _CENTER in theta else np.asarray(self.network(theta))


@dataclass(frozen=True, eq=False, kw_only=True)
class _Magnified(TrainingProblem):
    """A problem whose answers are read as center + α(F − center); α is its unit."""

    inner: TrainingProblem
    center: Vector

    @classmethod
    def of(cls, inner: TrainingProblem, center: Vector) -> _Magnified:
        fields = inner.network, inner.system, inner.theta0, inner.reference, inner.unit
        return cls(*fields, inner=inner, center=center)

    def point(self, theta: Theta) -> np.ndarray:
        return self.inner.point(theta)

    def seen(self, point: np.ndarray) -> Vector:
        return self.inner.seen(point)

    def answers(self, points: Points) -> Answers:
        return self.center + self.unit * (self.inner.answers(points) - self.center)

    def weights(self, theta: Theta) -> Theta:
        return {**self.inner.weights(theta), _CENTER: self.center.copy()}

    def rules_out_theorem(self) -> bool:
        return self.inner.rules_out_theorem()

    def reduced(self) -> TrainingProblem:
        # A method that goes on where another ended has put a theta0 of its own in place.
        inner = replace(self.inner, theta0=_weights(self.theta0))
        return _Magnified.of(inner.reduced(), self.center)


@contextmanager
def _refusing_as(network: Lazy) -> Iterator[None]:
    try:
        yield
    except IncompatibleInitError as error:
        raise IncompatibleInitError(f"{network}: {error}") from error


def _weights(theta: Any) -> Any:
    """The weights of F; what is no mapping is left for F to refuse."""
    return {name: value for name, value in theta.items() if name != _CENTER} if isinstance(theta, Mapping) else theta
