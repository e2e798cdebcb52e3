"""Potentials, the convex functions that training minimises implicitly. A new one is one new module in this package."""

from typing import TYPE_CHECKING

from ridgeless._core.discovery import discover
from ridgeless._core.shown import shown
from ridgeless.potentials.base import Potential, SeparablePotential
from ridgeless.potentials.theorem import Bias, NoTheorem, Stall

if TYPE_CHECKING:
    from ridgeless.potentials.blocks import Blocks
    from ridgeless.potentials.deep_entropy import DeepEntropy
    from ridgeless.potentials.deep_hypentropy import DeepHypentropy
    from ridgeless.potentials.entropy import Entropy
    from ridgeless.potentials.frozen import Frozen
    from ridgeless.potentials.hypentropy import Hypentropy
    from ridgeless.potentials.layered import Layered
    from ridgeless.potentials.layered_sum import LayeredSum
    from ridgeless.potentials.quadratic import Quadratic
    from ridgeless.potentials.radial import Radial
    from ridgeless.potentials.rescaled import Rescaled
    from ridgeless.potentials.tangent_hypentropy import TangentHypentropy
    from ridgeless.potentials.weighted_l1 import WeightedL1

FOUND = discover(__name__, Potential)
globals().update(FOUND)

__all__ = [  # noqa: PLE0604, RUF100
    "FOUND",
    "Bias",
    "Blocks",
    "DeepEntropy",
    "DeepHypentropy",
    "Entropy",
    "Frozen",
    "Hypentropy",
    "Layered",
    "LayeredSum",
    "NoTheorem",
    "Potential",
    "Quadratic",
    "Radial",
    "Rescaled",
    "SeparablePotential",
    "Stall",
    "TangentHypentropy",
    "WeightedL1",
]

__getattr__, __dir__ = shown(__name__, [*__all__, *FOUND])
