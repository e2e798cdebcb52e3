"""The base class of the diagonal networks: a depth, and the theorem that follows from their mirror map."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from ridgeless.networks._separable import mirror_maps
from ridgeless.networks.base import Network, Theta, keep_whole
from ridgeless.potentials import Bias, NoTheorem, Quadratic
from ridgeless.systems import LinearSystem


@dataclass(frozen=True)
class Diagonal(Network):
    """A network of diagonal layers: every x_i depends on weights of its own, and scales with the depth D.

    A subclass gives its `forward`, its theorem at D ≥ 2 and the rest of what `Network` asks for.

    Attributes:
        depth: D ≥ 1.
    """

    # At depth 1 x = x₀ + line_rate·z: as many weights as each x_i is the signed sum of.
    line_rate: ClassVar[float] = 1.0

    depth: int = 2

    @classmethod
    def examples(cls) -> tuple[Diagonal, ...]:
        """Depths 1 to 4: regression, exponentials, and the two kinds of deeper layers."""
        return tuple(cls(depth) for depth in (1, 2, 3, 4))

    def __post_init__(self) -> None:
        keep_whole(self, "depth", least=1)

    @property
    def homogeneity(self) -> int:
        return self.depth

    @abstractmethod
    def mirror_theorem(self, theta0: Theta) -> Bias:
        """The theorem of D ≥ 2, from the mirror map of every coordinate."""

    @abstractmethod
    def leading_weights(self, theta0: Theta) -> np.ndarray:
        """The weights by which coordinates leave 0; where they are too small for float64, the start is refused."""

    def theorem(self, theta0: Theta, system: LinearSystem) -> Bias | NoTheorem:
        if self.depth == 1:
            offset = np.asarray(self.forward(theta0)) / self.line_rate
            return Bias(Quadratic(self.line_rate), offset, "Gruber and Avron 2024, arXiv 2402.02454")
        refusal = mirror_maps.refuse_tiny(self.leading_weights(theta0), system, self.depth)
        return refusal or self.mirror_theorem(theta0)
