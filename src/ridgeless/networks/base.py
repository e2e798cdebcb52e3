"""What every network answers: x from theta, its shapes, its theorem, its conserved quantities, its training."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from jaxtyping import Float

from ridgeless.arrays import Vector, norm, real_array, refuse_non_finite
from ridgeless.errors import IncompatibleInitError, InvalidInputError
from ridgeless.potentials.bias import Bias, NoTheorem, Stall
from ridgeless.systems import LinearSystem

Theta = dict[str, Any]
Points = Float[np.ndarray, "k p"]


@dataclass(frozen=True)
class Layer:
    """One array of weights: its shape, and how many weights feed one output of its layer.

    Attributes:
        shape: of the array.
        fan_in: weights that feed one output.
        is_orthogonal: whether it is a square matrix Q that stays orthogonal, QᵀQ = I.
        is_trained: whether training moves it at all.
    """

    shape: tuple[int, ...]
    fan_in: int
    is_orthogonal: bool = False
    is_trained: bool = True


class Network(ABC):
    """A linear network: theta ↦ x, homogeneous of degree D. Frozen dataclasses; pure functions of theta.

    A subclass in a file of this folder is found by being there.
    """

    @property
    @abstractmethod
    def homogeneity(self) -> int:
        """D with x(t·theta) = t^D·x(theta)."""

    @abstractmethod
    def __call__(self, theta: Mapping[str, Any]) -> Any:
        """The x that theta stands for, in theta's own array namespace."""

    @abstractmethod
    def layout(self, unknowns: int) -> dict[str, Layer | list[Layer]]:
        """The weights of a fresh network for x of shape (unknowns,), by name."""

    @abstractmethod
    def theorem(self, theta0: Theta, system: LinearSystem) -> Bias | Stall | NoTheorem:
        """Where gradient flow from theta0 ends, as a theorem, or the reason why none is known."""

    @abstractmethod
    def invariants(self, theta: Theta, system: LinearSystem) -> dict[str, np.ndarray]:
        """What exact gradient flow conserves, by name, as NumPy arrays."""

    def bias(self, theta0: Any, system: LinearSystem) -> Bias | None:
        """The theorem that applies to theta0 on this system, or None where none is known."""
        found = self.theorem(self.checked(theta0, system.shape[1]), system)
        return found if isinstance(found, Bias) else None

    @abstractmethod
    def tangent_metric(self, theta: Theta, z: Vector) -> Vector:
        """M z with M = J Jᵀ, J = ∂x/∂θ: gradient flow moves x by x' = M Aᵀ(b − A x)."""

    def metric_floor(self, theta0: Theta) -> float:  # noqa: ARG002
        """A bound below on the eigenvalues of M at all times of gradient flow from theta0; 0 where none is known."""
        return 0.0

    def problem(self, system: LinearSystem, theta0: Theta) -> Problem:
        """What a flow is to train."""
        return Problem(self, system, theta0, reference_of(system, np.asarray(self(theta0))))

    def reduction(self, problem: Problem) -> Problem:
        """A smaller problem that stands for this network's, where W_1 moves along Aᵀ only; by default itself."""
        return problem

    def most_growth(self, system: LinearSystem) -> float:
        """How many times longer than A⁺b the answer may become: √(d/n) where it may be sparse."""
        equations, unknowns = system.shape
        return float(np.sqrt(max(unknowns / equations, 1.0)))

    def constant(self, scale: float, unknowns: int) -> Theta:  # noqa: ARG002 - the default is a refusal
        """The start that `inits.Constant(scale)` stands for."""
        raise IncompatibleInitError(
            f"inits.Constant makes no start for {self}: equal weights make equal neurons, and training cannot part "
            "them. Type rl.inits.Gaussian(scale), or pass theta as a dict."
        )

    def imbalanced(self, first: float, second: float, unknowns: int, rng: np.random.Generator) -> Theta:  # noqa: ARG002
        """The start of `inits.Imbalanced`: one layer of size `first` = |u₀|, the other of size `second` = |v₀|."""
        raise IncompatibleInitError(
            f"inits.Imbalanced makes no start for {self}: it shapes networks of two layers. Type "
            "rl.networks.TwoBranch(2), Product(2) or Dense(hidden=1), or rl.inits.Constant(scale)."
        )

    def checked(self, theta: Any, unknowns: int) -> Theta:
        """Theta as fresh float64 arrays, keys and shapes checked against the layout.

        Raises:
            InvalidInputError: a key is missing or unknown, a shape does not fit, an entry is not finite.
        """
        layout = self.layout(unknowns)
        _refuse_other_keys(self, theta, set(layout))
        return {name: _fitted(self, name, theta[name], wanted) for name, wanted in layout.items()}


@dataclass(frozen=True, eq=False)
class Problem:
    """Training of `network` on `system` from `theta0`.

    A subclass stands for another problem, and reads its own results in that one's terms.

    Attributes:
        network: what is trained.
        system: on what.
        theta0: from where.
        reference: what ‖A x − b‖ is measured in.
        unit: ‖A x − b‖ of the problem that this one stands for, over its own.
    """

    network: Network
    system: LinearSystem
    theta0: Theta
    reference: float
    unit: float = 1.0

    def point(self, theta: Theta) -> np.ndarray:
        """What is kept of theta to tell x from it later, shape (p,)."""
        return np.array(self.network(theta))

    def seen(self, point: np.ndarray) -> Vector:
        """The x of this problem's own system."""
        return point

    def answers(self, points: Points) -> Points:
        """The x that (k, p) points stand for, shape (k, d)."""
        return points

    def weights(self, theta: Theta) -> Theta:
        """The weights that theta stands for."""
        return theta

    def misfit(self, point: np.ndarray) -> float:
        """‖A x − b‖."""
        return norm(self.system.matvec(self.seen(point)) - self.system.b)

    def residual(self, point: np.ndarray) -> float:
        """‖A x − b‖ without units; 0 where both it and the reference vanish."""
        misfit = self.misfit(point)
        return misfit / self.reference if self.reference > 0 else (0.0 if misfit == 0 else np.inf)

    def reduced(self) -> Problem:
        """A smaller problem that stands for this one under methods that move W_1 along Aᵀ only, or itself."""
        return self.network.reduction(self)


def reference_of(system: LinearSystem, start: Any) -> float:
    """What ‖A x − b‖ is measured in: ‖b‖, or ‖A‖_F·‖x₀‖ for b = 0."""
    size = norm(system.b)
    return size if size > 0 else system.frobenius_norm * norm(start)


def checked_array(network: Network, name: str, values: Any) -> np.ndarray:
    """One entry of theta as a finite float64 array."""
    array = real_array(values, str(network), f"theta[{name!r}]")
    refuse_non_finite(array, str(network), f"theta[{name!r}]")
    return array


def _fitted(network: Network, name: str, values: Any, wanted: Layer | list[Layer]) -> Any:
    if isinstance(wanted, Layer):
        array = checked_array(network, name, values)
        if array.shape != wanted.shape:
            raise InvalidInputError(f"{network}: theta[{name!r}] needs shape {wanted.shape}; it has {array.shape}.")
        return array
    if not isinstance(values, (list, tuple)):
        raise InvalidInputError(f"{network}: theta[{name!r}] is a {type(values).__name__}; pass a list of arrays.")
    if len(values) != len(wanted):
        raise InvalidInputError(f"{network}: theta[{name!r}] needs {len(wanted)} arrays; it has {len(values)}.")
    return [_fitted(network, name, value, layer) for value, layer in zip(values, wanted, strict=True)]


def _refuse_other_keys(network: Network, theta: Any, wanted: set[str]) -> None:
    if not isinstance(theta, Mapping):
        raise InvalidInputError(
            f"{network}: theta is a {type(theta).__name__}; pass a dict with the keys {sorted(wanted)}."
        )
    if set(theta) != wanted:
        raise InvalidInputError(f"{network}: theta has the keys {sorted(theta)}; it needs {sorted(wanted)}.")
