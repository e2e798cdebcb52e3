"""Linear systems A x = b: matrices of several kinds, factorisations, files, and test problems with known truth.

A new problem is one new class in this package, which is found by scanning its modules.
"""

from ridgeless._core.discovery import discover
from ridgeless._core.shown import shown
from ridgeless.systems.blocks import ColumnBlocks
from ridgeless.systems.files import read_system
from ridgeless.systems.linear import LinearSystem
from ridgeless.systems.precision import DataPrecision, Precision, precision_of_decimals
from ridgeless.systems.problem import Problem
from ridgeless.systems.quality import peak_signal_to_noise
from ridgeless.systems.rank_decision import RankDecision

FOUND = discover(__name__, Problem)
globals().update(FOUND)

__all__ = [
    "FOUND",
    "ColumnBlocks",
    "DataPrecision",
    "LinearSystem",
    "Precision",
    "Problem",
    "RankDecision",
    "peak_signal_to_noise",
    "precision_of_decimals",
    "read_system",
]

__getattr__, __dir__ = shown(__name__, ["bases", *__all__, *FOUND])
