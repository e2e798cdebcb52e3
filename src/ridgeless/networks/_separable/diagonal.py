"""The base class of the diagonal networks: a depth, and the theorem that follows from their mirror map."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from ridgeless._core.arrays import Vector
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
    def flow_map(self, theta: Theta, z: Vector) -> Theta:
        """The weights that gradient flow carries theta to while Aᵀν rises by z, shape (d,), at D = 2."""

    @abstractmethod
    def leading_weights(self, theta0: Theta) -> np.ndarray:
        """The weights by which coordinates leave 0; where they are too small for float64, the start is refused."""

    def theorem(self, theta0: Theta, system: LinearSystem) -> Bias | NoTheorem:
        if self.depth == 1:
            offset = np.asarray(self.forward(theta0)) / self.line_rate
            return Bias(Quadratic(self.line_rate), offset, "Gruber and Avron 2024, arXiv 2402.02454")
        refusal = mirror_maps.refuse_tiny(self.leading_weights(theta0), system, self.depth)
        return refusal or self.mirror_theorem(theta0)

    def effective_start(self, theta0: Theta, theta: Theta, system: LinearSystem) -> Theta | None:
        """Theta0 at D = 1; at D = 2 a start of the scale that the steps left and of the tilt that they added.

        At D = 2, x = p² − m² with p ∝ exp(κz) and m ∝ exp(−κz), κ = 2 for `Difference` and `Power`, 1 for the others. A
        step along −JᵀAᵀr turns p into p·(1 − κηg) and m into m·(1 + κηg), g = Aᵀr. After all steps

            log|p m| = log|p₀m₀| − Σ −log|1 − (κηg)²|,
            log|p/m| = log|p₀/m₀| + Σ [log(|1 − κηg|/|1 + κηg|) + 2κηg] − 2κ·Σηg.

        The last sum lies in the row space of A, where it moves no limit. Of the one before it, the tilt, only the part
        in the null space counts, which leaves the mirror coordinate log|p/m| at the end without its change in the row
        space.
        """
        if self.depth > 2:
            return None
        if self.depth == 1:
            return theta0
        change = self.mirror_theorem(theta).offset - self.mirror_theorem(theta0).offset
        return self.flow_map(theta, -system.project_rows(change))
