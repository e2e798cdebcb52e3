"""The base class of networks, and the training problem that a network, a system and a start pose."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, final

import numpy as np
from jaxtyping import Float

from ridgeless._core.arrays import Vector, norm, whole_number
from ridgeless._core.brief import brief
from ridgeless._core.discovery import Exemplified
from ridgeless.errors import IncompatibleInitError, InvalidInputError, NoEnclosureError
from ridgeless.networks.layers import Layer, first_layer, fitted_entry, refuse_other_form, refuse_other_keys
from ridgeless.potentials.base import Potential
from ridgeless.potentials.theorem import Bias, NoTheorem, Stall
from ridgeless.systems import LinearSystem

if TYPE_CHECKING:
    from ridgeless._core.balls import BallMap

# The weights by name: arrays, or lists of arrays, of any array namespace.
Theta = dict[str, Any]
# Of a theorem: one number for every unknown, or one for all.
Offset = np.ndarray | float
Points = Float[np.ndarray, "k p"]
Answers = Float[np.ndarray, "k d"]


@dataclass(frozen=True)
class Response:
    """The derivatives of a separable network's x_i = f_i(z_i; theta0), z = Aᵀν, by z and by theta0.

    Attributes:
        mobility: (d,) f_i' = ‖∂x_i/∂θ_i‖² where x lies.
        shifts: by the name of a tangent, in its shape: by how much z would have to move to do what a unit of the
            tangent does at fixed z, (∂f_i/∂tangent)/f_i'. "log_u0" stands for log|u₀|, "x0" for x₀ itself.
        sizes: by the same names, the sum of the absolute values of the terms that a shift is made of, where terms
            cancel: rounding counts by them. Left out, a shift is as good as its own digits.
    """

    mobility: Vector
    shifts: dict[str, np.ndarray]
    sizes: dict[str, np.ndarray] = field(default_factory=dict)

    __repr__ = brief


class Network(Exemplified, ABC):
    """A network: a map theta ↦ x, for the networks of this package but `Function` homogeneous of a degree D.

    Networks are frozen dataclasses, and pure functions of theta. A subclass in a file of this folder is found by being
    there. It says what x is in `forward` and what gradient flow conserves in `conserved`. Users call the network and
    its `invariants`, which check theta first.
    """

    # Keys that theta may carry beside its weights.
    carried: ClassVar[frozenset[str]] = frozenset()

    @property
    @abstractmethod
    def homogeneity(self) -> int | None:
        """D with x(t·theta) = t^D·x(theta); None for a map without a degree, of which no theorem is known."""

    @property
    def is_data(self) -> bool:
        """Whether its fields tell what it is, so that a file can hold it; not where one of them is code."""
        return True

    @property
    def inner(self) -> Network:
        """The network whose weights are trained: itself, but for `Lazy`, which rescales another one."""
        return self

    @final
    def __call__(self, theta: Mapping[str, Any]) -> Any:
        """The x that theta stands for, in theta's own array namespace.

        Raises:
            InvalidInputError: a key, an array or an axis is missing or too many; the entries are not looked at.
        """
        refuse_other_form(self, theta)
        return self.forward(theta)

    @abstractmethod
    def forward(self, theta: Mapping[str, Any]) -> Any:
        """The x of a theta whose form is checked: a pure function, in theta's own array namespace."""

    @abstractmethod
    def layout(self, unknowns: int) -> dict[str, Layer | list[Layer]]:
        """The weights of a fresh network for x of shape (unknowns,), by name."""

    @abstractmethod
    def theorem(self, theta0: Theta, system: LinearSystem) -> Bias | Stall | NoTheorem:
        """Where gradient flow from theta0 ends, as a theorem, or the reason why none is known."""

    @final
    def invariants(self, theta: Mapping[str, Any], system: LinearSystem) -> dict[str, np.ndarray]:
        """What exact gradient flow conserves, by name, as NumPy arrays.

        Raises:
            InvalidInputError: theta does not fit the network and the system, or is not finite.
        """
        return self.conserved(_checked_on(self, theta, system, "network.invariants(theta, system)"), system)

    @abstractmethod
    def conserved(self, theta: Theta, system: LinearSystem) -> dict[str, np.ndarray]:
        """The `invariants` of a theta that is checked."""

    def bias(self, theta0: Mapping[str, Any], system: LinearSystem) -> Bias | None:
        """The theorem that applies to theta0 on this system, or None where none is known.

        Raises:
            InvalidInputError: theta0 does not fit the network and the system, or is not finite.
        """
        theta = _checked_on(self, theta0, system, "network.bias(theta0, system)")
        found = self.theorem(theta, system)
        return found if isinstance(found, Bias) else None

    def start_for(self, potential: Potential, offset: Offset = 0.0) -> Theta | None:  # noqa: ARG002
        """The start whose training minimises Φ(x) − ⟨offset, x⟩ over A x = b: the inverse of `theorem`.

        Args:
            potential: Φ, which counts up to a positive factor. For `WeightedL1` the start is a direction, along which
                it vanishes.
            offset: as in `Bias`.

        Returns:
            theta0, of one entry for each of Φ's coordinates; None where no start is known to have this potential.
        """
        return None

    def vanishing_theorem(self, direction: Theta, system: LinearSystem) -> Bias | Stall | NoTheorem:
        """Where gradient flow from scale·direction ends as scale → 0, as a theorem, or why none is known."""
        found, degree = self.theorem(direction, system), self.homogeneity
        return found.vanishing(degree) if isinstance(found, Bias) and degree is not None else found

    @abstractmethod
    def tangent_metric(self, theta: Theta, z: Vector) -> Vector:
        """M z with M = J Jᵀ, J = ∂x/∂θ: gradient flow moves x by x' = M Aᵀ(b − A x)."""

    def metric_floor(self, theta0: Theta, system: LinearSystem) -> float:  # noqa: ARG002
        """A bound below on the eigenvalues of M at all times of gradient flow from theta0; 0 where none is known."""
        return 0.0

    def effective_start(self, theta0: Theta, theta: Theta, system: LinearSystem) -> Theta | None:  # noqa: ARG002
        """The start from which gradient flow ends where plain descent from theta0 ends; None where none is known.

        Finite steps change what gradient flow conserves. Where it is known how, flow from the effective start bears
        all that they changed (Even, Pesme, Gunasekar and Flammarion 2023).

        Args:
            theta0: where training began.
            theta: the weights after steps −η_k·JᵀAᵀr_k, with J = ∂x/∂θ at each: `Flow.is_plain_descent`.
            system: A x = b.
        """
        return None

    def response(self, theta0: Theta, x: Vector) -> Response:  # noqa: ARG002 - the default is a refusal
        """The derivatives, by z and by theta0, of the x that gradient flow from theta0 reaches.

        Raises:
            InvalidInputError: the network is not separable, or this start has no formula.
        """
        raise InvalidInputError(
            f"{self} has no derivative of its limit here: x_i must depend on weights of its own, as in "
            "rl.networks.Difference(depth=2)."
        )

    def ball_map(self, theta0: Theta) -> list[BallMap]:  # noqa: ARG002 - the default is a refusal
        """How each x_i follows z_i = (Aᵀν)_i from theta0, one `ridgeless._core.balls.BallMap` for each unknown.

        What `rl.certificates.enclose` proves a limit from. Weights are taken as they are stored, and parameters are
        balls of the precision in force. Import `ridgeless._core.balls` inside: it needs python-flint.

        Raises:
            NoEnclosureError: the network is not separable, or this start has no map in balls.
        """
        raise NoEnclosureError(
            f"certificates.enclose: {self} has no mirror map in balls: x_i must depend on weights of its own, as in "
            "rl.networks.Difference(depth=2)."
        )

    def weights_at(self, theta0: Theta, x: Vector) -> Theta:  # noqa: ARG002 - the default is a refusal
        """The weights with which gradient flow from theta0 comes to x, where what it conserves tells them.

        Raises:
            InvalidInputError: it does not tell them, or float64 does not hold them.
        """
        raise InvalidInputError(
            f"continue_from: x alone does not tell the weights of {self} at the end of a limit. Train it, with "
            'rl.flows.GradientFlow(coordinates="weights"), and continue from there.'
        )

    def problem(self, system: LinearSystem, theta0: Theta) -> TrainingProblem:
        """The problem that a flow trains."""
        return TrainingProblem(self, system, theta0, reference_of(system, np.asarray(self(theta0))))

    def reduction(self, problem: TrainingProblem) -> TrainingProblem:
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
            "them.",
            in_python="Type rl.inits.Gaussian(scale), or pass theta as a dict.",
            at_command_line="Type another --init, for one --init Imbalanced --scale 1e-4 --shape 0.5.",
        )

    def imbalanced(self, first: float, second: float, unknowns: int, rng: np.random.Generator) -> Theta:  # noqa: ARG002
        """The start of `inits.Imbalanced`: one layer of size `first` = |u₀|, the other of size `second` = |v₀|."""
        raise IncompatibleInitError(
            f"inits.Imbalanced makes no start for {self}: it shapes networks of two layers.",
            in_python="Type rl.networks.TwoBranch(2), Product(2) or Dense(hidden=1), or rl.inits.Constant(scale).",
            at_command_line="Type --network TwoBranch, Product or Dense, or leave --init out.",
        )

    def checked(self, theta: Mapping[str, Any], unknowns: int) -> Theta:
        """Theta as fresh float64 arrays, keys and shapes checked against the layout.

        Raises:
            InvalidInputError: a key is missing or unknown, a shape does not fit, an entry is not finite.
        """
        layout = self.layout(unknowns)
        refuse_other_keys(self, theta, set(layout))
        return {name: fitted_entry(self, name, theta[name], wanted) for name, wanted in layout.items()}

    def fitted(self, theta: Mapping[str, Any], unknowns: int) -> Theta:
        """As `checked`, without the conditions that a network sets on the entries beyond being finite."""
        return self.checked(theta, unknowns)

    def unknowns_of(self, theta: Mapping[str, Any]) -> int:
        """How many unknowns theta is for: the length of the first axis that grows with them."""
        one, two = self.layout(1), self.layout(2)
        for name in one:
            short, long = first_layer(one[name]), first_layer(two[name])
            if short is None or short.shape == long.shape:
                continue
            axis = next(axis for axis, size in enumerate(short.shape) if long.shape[axis] != size)
            shape = np.shape(first_layer(theta[name]))
            # With another number of axes, any length will do: the shape that is needed is told with it.
            return shape[axis] if len(shape) == len(short.shape) else max(shape, default=1)
        return 1


@dataclass(frozen=True, eq=False)
class TrainingProblem:
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

    __repr__ = brief

    def point(self, theta: Theta) -> np.ndarray:
        """What is kept of theta, which has the form of theta0, to tell x from it later, shape (p,)."""
        return np.array(self.network.forward(theta))

    def seen(self, point: np.ndarray) -> Vector:
        """The x of this problem's own system."""
        return point

    def answers(self, points: Points) -> Answers:
        """The x that (k, p) points stand for, shape (k, d)."""
        return points

    def weights(self, theta: Theta) -> Theta:
        """The weights that theta stands for."""
        return theta

    def misfit(self, point: np.ndarray) -> float:
        """‖A x − b‖."""
        return norm(self.system.matvec(self.seen(point)) - self.system.b)

    def residual(self, point: np.ndarray) -> float:
        """‖A x − b‖ without units."""
        return self.relative(self.misfit(point))

    def relative(self, misfit: float) -> float:
        """A ‖A x − b‖ without units; 0 where both it and the reference vanish."""
        return misfit / self.reference if self.reference > 0 else (0.0 if misfit == 0 else np.inf)

    def rules_out_theorem(self) -> bool:
        """Whether a test that costs next to nothing shows that no theorem covers the start; False in doubt."""
        return False

    def reduced(self) -> TrainingProblem:
        """A smaller problem that stands for this one under methods that move W_1 along Aᵀ only, or itself."""
        return self.network.reduction(self)


def scaled(theta: Theta, scale: float) -> Theta:
    """Every weight times `scale`."""

    def times(value: Any) -> Any:
        return [times(each) for each in value] if isinstance(value, list) else scale * np.asarray(value)

    return {name: times(value) for name, value in theta.items()}


def reference_of(system: LinearSystem, start: Any) -> float:
    """What ‖A x − b‖ is measured in: ‖b‖, or ‖A‖_F·‖x₀‖ for b = 0."""
    size = norm(system.b)
    return size if size > 0 else system.frobenius_norm * norm(start)


def keep_whole(network: Network, name: str, least: int) -> None:
    """The field `name` of a frozen network as an int of its own, however the whole number came.

    Raises:
        InvalidInputError: it is no whole number of at least `least`.
    """
    count = whole_number(getattr(network, name), f"networks.{type(network).__name__}", name, least)
    object.__setattr__(network, name, count)


def _checked_on(network: Network, theta: Any, system: Any, call: str) -> Theta:
    if not isinstance(system, LinearSystem):
        raise InvalidInputError(f"{call}: system is a {type(system).__name__}; pass rl.LinearSystem(A, b).")
    try:
        return network.checked(theta, system.shape[1])
    except InvalidInputError as error:
        raise InvalidInputError(f"{call}: {error}") from error
