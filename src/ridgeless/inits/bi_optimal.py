"""One hidden layer, started so that each layer ends optimal given the other."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ridgeless._core.arrays import positive_number
from ridgeless.inits._dense import last_width, one_hidden_layer, random_unit
from ridgeless.inits.base import Init, generator
from ridgeless.networks import Network, Theta
from ridgeless.systems import LinearSystem


@dataclass(frozen=True)
class BiOptimal(Init):
    """The start that ends bi-optimal, for one hidden layer: W = 0 and w = scale·v in a random direction v.

    W∞ = A⁺b·w∞ᵀ/‖w∞‖² is the matrix of least Frobenius norm with A W w∞ = b, w∞ the vector of least norm with
    A W∞ w = b, and x∞ = A⁺b. The vector keeps its direction: w∞ = c·v with c² = ½(s² + √(s⁴ + 4‖A⁺b‖²)), s = scale.
    `rl.certificates.bi_optimality` measures how far a theta is from this. For `Dense(hidden=1)`; a generic start in
    the row space also ends at A⁺b, but not bi-optimally.

    Attributes:
        scale: ‖w‖, above 0, in units of x^½.

    Example:
        >>> import numpy as np, ridgeless as rl
        >>> system = rl.LinearSystem(np.array([[3.0, 4.0]]), np.array([5.0]))
        >>> theta0 = rl.inits.BiOptimal(0.5)(rl.networks.Dense(hidden=1, width=1), system)
        >>> float(np.linalg.norm(theta0["W"][0])), abs(float(theta0["w"][0]))
        (0.0, 0.5)
    """

    scale: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "scale", positive_number(self.scale, "inits.BiOptimal", "scale"))

    def __call__(self, network: Network, system: LinearSystem, seed: int = 0) -> Theta:
        """theta0; the seed draws the direction of w and nothing else."""
        unknowns = system.shape[1]
        width = last_width(one_hidden_layer(network, "inits.BiOptimal"), unknowns)
        return {"W": [np.zeros((unknowns, width))], "w": self.scale * random_unit(generator(seed), width)}
