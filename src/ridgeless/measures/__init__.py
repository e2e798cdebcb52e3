"""Measures: numbers that say something about a solution. A new one is one new file here, found by its name."""

from typing import TYPE_CHECKING

from ridgeless._core.discovery import discover
from ridgeless._core.shown import shown
from ridgeless.measures._function import function_measure
from ridgeless.measures.base import Measure, Measured, snake_case
from ridgeless.measures.sharpness import sharpness_along

if TYPE_CHECKING:
    from ridgeless.measures.alignment import Alignment
    from ridgeless.measures.balancedness_drift import BalancednessDrift
    from ridgeless.measures.distance import Distance
    from ridgeless.measures.distance_to_lazy_limit import DistanceToLazyLimit
    from ridgeless.measures.distance_to_min_norm import DistanceToMinNorm
    from ridgeless.measures.effective_rank import EffectiveRank
    from ridgeless.measures.effective_scale import EffectiveScale
    from ridgeless.measures.error import Error
    from ridgeless.measures.excess_l1_norm import ExcessL1Norm
    from ridgeless.measures.kernel_change import KernelChange
    from ridgeless.measures.l1_norm import L1Norm
    from ridgeless.measures.l2_norm import L2Norm
    from ridgeless.measures.psnr import Psnr
    from ridgeless.measures.sharpness import Sharpness
    from ridgeless.measures.support_recovered import SupportRecovered

_CLASSES = discover(__name__, Measure)
FOUND = {snake_case(name): kind for name, kind in _CLASSES.items()}
globals().update(_CLASSES)

__all__ = [
    "FOUND",
    "Alignment",
    "BalancednessDrift",
    "Distance",
    "DistanceToLazyLimit",
    "DistanceToMinNorm",
    "EffectiveRank",
    "EffectiveScale",
    "Error",
    "ExcessL1Norm",
    "KernelChange",
    "L1Norm",
    "L2Norm",
    "Measure",
    "Measured",
    "Psnr",
    "Sharpness",
    "SupportRecovered",
    "function_measure",
    "sharpness_along",
]

__getattr__, __dir__ = shown(__name__, [*__all__, *_CLASSES])
