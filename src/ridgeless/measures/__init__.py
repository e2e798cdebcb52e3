"""Measures: numbers that say something about a solution. A new one is one new file here, found by its name."""

from typing import TYPE_CHECKING

from ridgeless._core.discovery import discover
from ridgeless.measures._function import function_measure
from ridgeless.measures.base import Measure, Measured, snake_case

if TYPE_CHECKING:
    from ridgeless.measures.distance import Distance
    from ridgeless.measures.error import Error
    from ridgeless.measures.l1_norm import L1Norm
    from ridgeless.measures.l2_norm import L2Norm
    from ridgeless.measures.psnr import Psnr

_CLASSES = discover(__name__, Measure)
FOUND = {snake_case(name): kind for name, kind in _CLASSES.items()}
globals().update(_CLASSES)

__all__ = ["FOUND", "Distance", "Error", "L1Norm", "L2Norm", "Measure", "Measured", "Psnr", "function_measure"]
