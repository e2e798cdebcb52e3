"""Explicit weights as an init."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ridgeless.errors import IncompatibleInitError, InvalidInputError
from ridgeless.inits.base import Init
from ridgeless.networks import Layer, Network, Theta
from ridgeless.systems import LinearSystem


@dataclass(frozen=True)
class Weights(Init):
    """Given weights, as `rl.design` and `rl.learn` return them. A number stands for an array full of it.

    Attributes:
        theta: a dict in theta's form, of arrays, lists of arrays, or numbers.
        origin: where the weights are from, for the record.

    Example:
        >>> import numpy as np, ridgeless as rl
        >>> system = rl.LinearSystem(np.array([[1.0, 2.0]]), np.array([1.0]))
        >>> rl.inits.Weights({"u": 0.5, "v": np.array([0.1, 0.2])})(rl.networks.Difference(depth=2), system)
        {'u': array([0.5, 0.5]), 'v': array([0.1, 0.2])}
    """

    theta: Mapping[str, Any]
    origin: str = ""

    @classmethod
    def examples(cls) -> tuple[Weights, ...]:
        """One that fits `Difference`, at any number of unknowns."""
        return (cls({"u": 0.9, "v": 0.8}),)

    def __post_init__(self) -> None:
        if not isinstance(self.theta, Mapping):
            raise InvalidInputError(f"inits.Weights: theta is a {type(self.theta).__name__}; pass a dict of arrays.")

    def __call__(self, network: Network, system: LinearSystem, seed: int = 0) -> Theta:  # noqa: ARG002
        """The weights, the same for every seed, checked against the network and the system."""
        layout = network.layout(system.shape[1])
        carried = {name: self.theta[name] for name in network.carried & set(self.theta)}
        if set(self.theta) - set(carried) != set(layout):
            raise IncompatibleInitError(
                f"inits.Weights has {sorted(map(str, self.theta))}, and {network} needs {sorted(layout)}.",
                in_python="Type rl.inits.Weights(theta) with those keys.",
                at_command_line="Type another --init, for one --init Constant --scale 1e-4.",
            )
        filled = {name: _filled(self.theta[name], layout[name]) for name in layout}
        return network.checked({**filled, **carried}, system.shape[1])

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Weights) or set(self.theta) != set(other.theta) or self.origin != other.origin:
            return NotImplemented if not isinstance(other, Weights) else False
        return all(_are_equal(self.theta[name], other.theta[name]) for name in self.theta)

    __hash__ = None  # type: ignore[assignment]


def _filled(value: Any, layer: Layer | list[Layer]) -> Any:
    """A number as an array full of it, one column as many alike; anything else as it is."""
    if not isinstance(layer, Layer) or isinstance(value, (list, tuple)):
        return value
    is_short = np.ndim(value) == 0 or (np.ndim(value) == len(layer.shape) == 2 and np.shape(value)[1] == 1)
    return np.array(np.broadcast_to(value, layer.shape)) if is_short else value


def _are_equal(first: Any, second: Any) -> bool:
    if isinstance(first, (list, tuple)) and isinstance(second, (list, tuple)):
        return len(first) == len(second) and all(map(np.array_equal, first, second))
    return bool(np.array_equal(first, second))
