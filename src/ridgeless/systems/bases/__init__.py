"""Orthonormal bases and tight frames in which a signal is sparse. A new one is one new module in this package."""

from typing import TYPE_CHECKING

from ridgeless._core.discovery import discover
from ridgeless._core.shown import shown
from ridgeless.systems.bases.base import Basis

if TYPE_CHECKING:
    from ridgeless.systems.bases.dct import DCT
    from ridgeless.systems.bases.wavelet import Wavelet

FOUND = discover(__name__, Basis)
globals().update(FOUND)

__all__ = ["DCT", "FOUND", "Basis", "Wavelet"]  # noqa: PLE0604, RUF100

__getattr__, __dir__ = shown(__name__, [*__all__, *FOUND])
