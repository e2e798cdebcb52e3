"""What is asked: A x = b. A new problem with known truth is one new class in this folder."""

from ridgeless.discovery import discover
from ridgeless.systems.blocks import ColumnBlocks
from ridgeless.systems.files import read_system
from ridgeless.systems.linear import LinearSystem
from ridgeless.systems.problem import Problem
from ridgeless.systems.quality import peak_signal_to_noise

FOUND = discover(__name__, Problem)
globals().update(FOUND)

__all__ = ["FOUND", "ColumnBlocks", "LinearSystem", "Problem", "peak_signal_to_noise", "read_system"]
