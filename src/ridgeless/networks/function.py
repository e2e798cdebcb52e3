"""Any JAX function from a dict of arrays to x, as a network."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ridgeless._core.arrays import Vector, namespace
from ridgeless.errors import InvalidInputError
from ridgeless.networks._function.layout import Layout, name_of
from ridgeless.networks.base import Network, Theta
from ridgeless.networks.layers import Layer
from ridgeless.potentials import NoTheorem
from ridgeless.systems import LinearSystem

_ADVICE = (
    "Train it: rl.train(system, network, init, rl.flows.GradientDescent()); or type rl.lazy_limit(system, network, "
    "init) for the limit of lazy training, which is exact."
)


@dataclass(frozen=True, eq=False, repr=False)
class Function(Network):
    """Any differentiable JAX function theta ↦ x: a network of the user's own, linear or not.

    It is trained by the flows for free weights, alone and in batches. M = J Jᵀ, J = ∂x/∂θ, is known by its products,
    so that `rl.lazy_limit` and `rl.certificates.tangent_spectrum` hold for it. No theorem tells where its training
    ends: `rl.limit` says so.

    Two are equal where `apply` is the same object and the layouts are alike, and programs that were compiled for one
    are used for the other: define `apply` once, outside of loops. `Solution.save` keeps weights and leaves the network
    out, since a file holds no code. A pickle holds one whose function has a name of its own in a module.

    Attributes:
        apply: a pure function from a dict of float64 arrays, or lists of arrays, to x of shape (d,), made of
            operations of `jax.numpy`. Arrays that it closes over are constants, with which it is compiled: let them be
            NumPy's, since JAX makes its own in single precision unless told otherwise.
        layout: its weights: a dict from names to shapes, or a function from d to such a dict. A list of shapes stands
            for a list of arrays. By a shape, fan_in is the product of all axes but the last, and 1 for a vector; a
            `Layer` says otherwise.
        name: what labels and messages call it, that of `apply` where none is given. It tells several functions of one
            study apart, and makes no other difference.

    Example:
        >>> import jax.numpy as jnp, numpy as np, ridgeless as rl
        >>> points = np.linspace(-1.0, 1.0, 5)
        >>> def curve(theta):  # a ReLU network, read off at five points
        ...     return jnp.maximum(points[:, None] * theta["slope"] + theta["bend"], 0.0) @ theta["height"]
        >>> network = rl.networks.Function(curve, {"slope": (30,), "bend": (30,), "height": (30,)})
        >>> system = rl.LinearSystem(np.eye(5)[[0, 2, 4]], np.array([1.0, 0.0, 1.0]))  # three of them are data
        >>> found = rl.train(system, network, rl.inits.Gaussian(1.0), rl.flows.GradientDescent(), seed=1)
        >>> found.success, found.x[[0, 2, 4]].round(6) + 0.0
        (True, array([1., 0., 1.]))
    """

    apply: Callable[[Any], Any] | None = None
    layout: Any = None  # pyright: ignore[reportIncompatibleMethodOverride, reportAssignmentType] - a `Layout` is called
    name: str = ""

    @classmethod
    def examples(cls) -> tuple[Function, ...]:
        """One layer of tanh, for any number of unknowns."""
        return (cls(tanh_layer, tanh_layout),)

    def __post_init__(self) -> None:
        if not callable(self.apply):
            raise InvalidInputError(
                f"networks.Function: apply is {self.apply!r}, and a function from a dict of arrays to x is needed.",
                in_python="Type rl.networks.Function(apply, layout).",
                at_command_line="It can be given in Python only; type another --network.",
            )
        given: Any = self.layout
        if not (isinstance(given, (Layout, Mapping)) or callable(given)):
            raise InvalidInputError(
                f"networks.Function: layout is {given!r}; pass a dict from names to shapes, such as "
                '{"kernel": (3, 8), "bias": (8,)}.'
            )
        object.__setattr__(self, "layout", given if isinstance(given, Layout) else Layout(given))
        called: Any = self.name
        if not isinstance(called, str):
            raise InvalidInputError(f'networks.Function: name is {called!r}; type a text, such as name="decoder".')
        object.__setattr__(self, "name", called or name_of(self.apply))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Function) and self.apply is other.apply and self.layout == other.layout

    def __hash__(self) -> int:
        return hash((id(self.apply), self.layout))

    def __repr__(self) -> str:
        return f"Function(apply={self.name}, layout={self.layout!r})"

    @property
    def homogeneity(self) -> None:
        """None: nothing is known of how x scales with the weights."""
        return

    @property
    def is_data(self) -> bool:  # noqa: D102
        return False

    def forward(self, theta: Mapping[str, Any]) -> Any:
        """`apply` itself on JAX's arrays; its value in float64, in the namespace of theta, on those of others."""
        from ridgeless.networks._function import in_jax

        if in_jax.is_jax(theta):
            apply: Any = self.apply
            return apply(dict(theta))
        leaves = [leaf for entry in theta.values() for leaf in (entry if isinstance(entry, (list, tuple)) else [entry])]
        return namespace(leaves).asarray(in_jax.value(self, theta))

    def theorem(self, theta0: Theta, system: LinearSystem) -> NoTheorem:  # noqa: ARG002
        """None is known of a function of the user's own."""
        return NoTheorem(
            "x is a function of your own, and theorems are known for the other networks of rl.networks only", _ADVICE
        )

    def conserved(self, theta: Theta, system: LinearSystem) -> dict[str, np.ndarray]:  # noqa: ARG002
        """Nothing that is known of."""
        return {}

    def tangent_metric(self, theta: Theta, z: Vector) -> Vector:
        """J Jᵀ z by automatic differentiation: one pass back and one pass forward, without J.

        Raises:
            InvalidInputError: one product would not fit into the free memory.
        """
        from ridgeless.networks._function import in_jax

        return in_jax.tangent_metric(self, theta, z)

    def checked(self, theta: Mapping[str, Any], unknowns: int) -> Theta:
        """Theta as fresh float64 arrays that fit the layout, if `apply` makes an x of so many unknowns of them."""
        found = super().checked(theta, unknowns)
        length = self._unknowns_of(found)
        if length != unknowns:
            raise InvalidInputError(
                f"{self}: apply returns x of shape ({length},); the system has {unknowns} unknowns."
            )
        return found

    def fitted(self, theta: Mapping[str, Any], unknowns: int) -> Theta:
        """As `checked`, without a look at what `apply` makes of it."""
        return super().checked(theta, unknowns)

    def unknowns_of(self, theta: Mapping[str, Any]) -> int:
        """The length of the x that `apply` returns; where it fails, what the shapes tell."""
        try:
            return self._unknowns_of(theta)
        except InvalidInputError:
            return super().unknowns_of(theta)

    def _unknowns_of(self, theta: Mapping[str, Any]) -> int:
        from ridgeless.networks._function import in_jax

        return in_jax.unknowns_of(self, theta)


def tanh_layer(theta: Mapping[str, Any]) -> Any:
    """The network of the examples, x = tanh(W) w."""
    return namespace([theta["W"]]).tanh(theta["W"]) @ theta["w"]


def tanh_layout(unknowns: int) -> dict[str, Layer]:
    """The weights of `tanh_layer`: a row of W for each unknown, and eight columns."""
    return {"W": Layer((unknowns, 8), fan_in=8), "w": Layer((8,), fan_in=8)}
