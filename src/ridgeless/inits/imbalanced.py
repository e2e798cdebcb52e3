"""Two layers of different sizes."""

from __future__ import annotations

import math
from dataclasses import dataclass

from ridgeless._core.arrays import positive_number
from ridgeless.errors import InvalidInputError
from ridgeless.inits.base import Init, generator
from ridgeless.networks import Network, Theta
from ridgeless.systems import LinearSystem


@dataclass(frozen=True)
class Imbalanced(Init):
    """Two layers of sizes |u₀| = √(scale(1−shape)/(1+shape)) and |v₀| = √(scale(1+shape)/(1−shape)).

    Their product is `scale`, whatever the `shape`; shape → 1 moves training to the kernel regime even at small
    scale (Azulay et al. 2021, arXiv 2102.09769, §4). For `TwoBranch(2)`, `Product(2)` and dense chains.

    Attributes:
        scale: |u₀v₀| above 0: a product of two weights, unlike the scale of other inits.
        shape: from 0 (balanced) to below 1.

    Example:
        >>> import numpy as np, ridgeless as rl
        >>> system = rl.LinearSystem(np.array([[1.0]]), np.array([1.0]))
        >>> rl.inits.Imbalanced(0.03, shape=0.5)(rl.networks.Product(2), system)["layers"].round(12)
        array([[0.1],
               [0.3]])
    """

    scale: float
    shape: float

    @classmethod
    def examples(cls) -> tuple[Imbalanced, ...]:
        """One of two sizes, and one balanced."""
        return cls(scale=0.1, shape=0.5), cls(scale=0.1, shape=0.0)

    def __post_init__(self) -> None:
        object.__setattr__(self, "scale", positive_number(self.scale, "inits.Imbalanced", "scale"))
        is_number = isinstance(self.shape, (int, float)) and not isinstance(self.shape, bool)
        if not is_number or not 0 <= self.shape < 1:
            raise InvalidInputError(
                f"inits.Imbalanced: shape = {self.shape!r}; type a number from 0 (balanced) to below 1."
            )

    def __call__(self, network: Network, system: LinearSystem, seed: int = 0) -> Theta:
        """theta0; the seed draws the directions of a dense chain and nothing else."""
        ratio = math.sqrt((1 + self.shape) / (1 - self.shape))
        root = math.sqrt(self.scale)
        return network.imbalanced(root / ratio, root * ratio, system.shape[1], generator(seed))
