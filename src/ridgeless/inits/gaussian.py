"""Independent Gaussian weights."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from ridgeless._core.arrays import positive_number
from ridgeless.inits.base import Init, generator
from ridgeless.networks import Layer, Network, Theta
from ridgeless.systems import LinearSystem


@dataclass(frozen=True)
class Gaussian(Init):
    """Independent entries N(0, scale²/fan_in): fan_in = 1 for diagonal layers, the width m for dense ones.

    Orthogonal layers have no scale: they are drawn uniformly (Haar's measure), and their w with fan_in = d.

    Attributes:
        scale: above 0, in units of x^(1/D).

    Example:
        >>> import numpy as np, ridgeless as rl
        >>> system = rl.LinearSystem(np.array([[1.0, 2.0]]), np.array([1.0]))
        >>> rl.inits.Gaussian(0.1)(rl.networks.Direct(), system, seed=0)["x"].round(3)
        array([ 0.013, -0.013])
    """

    scale: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "scale", positive_number(self.scale, "inits.Gaussian", "scale"))

    def __call__(self, network: Network, system: LinearSystem, seed: int = 0) -> Theta:
        """theta0, the entries drawn in the order of the network's layout."""
        rng = generator(seed)

        def drawn(layer: Layer) -> np.ndarray:
            if layer.is_orthogonal:
                return _haar(rng, layer.shape[0])
            return self.scale / np.sqrt(layer.fan_in) * rng.standard_normal(layer.shape)

        layout = network.layout(system.shape[1])
        return {
            name: drawn(entry) if isinstance(entry, Layer) else [drawn(layer) for layer in entry]
            for name, entry in layout.items()
        }


def _haar(rng: np.random.Generator, size: int) -> Float[np.ndarray, "size size"]:
    """An orthogonal matrix drawn uniformly: QR of a Gaussian one, with the signs that make R unique (Mezzadri 2007)."""
    frame, triangle = np.linalg.qr(rng.standard_normal((size, size)))
    return frame * np.where(np.diagonal(triangle) < 0, -1.0, 1.0)
