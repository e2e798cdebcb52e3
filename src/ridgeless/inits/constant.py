"""Every weight at one value."""

from __future__ import annotations

from dataclasses import dataclass

from ridgeless._core.arrays import positive_number
from ridgeless.inits.base import Init
from ridgeless.networks import Network, Theta
from ridgeless.systems import LinearSystem


@dataclass(frozen=True)
class Constant(Init):
    """Weights at `scale`, so that x starts at 0 with no sign locked wherever the network allows it.

    Difference: u = v = scale. TwoBranch: all at scale. Product: all but the last layer, which is 0. Direct and
    Power: every entry at scale. Refused on dense networks, where equal neurons never part.

    Attributes:
        scale: above 0, in units of x^(1/D).

    Example:
        >>> import numpy as np, ridgeless as rl
        >>> system = rl.LinearSystem(np.array([[1.0, 2.0]]), np.array([1.0]))
        >>> rl.inits.Constant(0.5)(rl.networks.Product(depth=2), system)["layers"]
        array([[0.5, 0.5],
               [0. , 0. ]])
    """

    scale: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "scale", positive_number(self.scale, "inits.Constant", "scale"))

    def __call__(self, network: Network, system: LinearSystem, seed: int = 0) -> Theta:  # noqa: ARG002
        """theta0, the same for every seed."""
        return network.constant(self.scale, system.shape[1])
