"""Where theta starts: scale and shape, and recipes. A new init is one new file here."""

from typing import TYPE_CHECKING

from ridgeless.discovery import discover
from ridgeless.inits.base import Init, generator, start

if TYPE_CHECKING:
    from ridgeless.inits.constant import Constant
    from ridgeless.inits.gaussian import Gaussian
    from ridgeless.inits.imbalanced import Imbalanced

FOUND = discover(__name__, Init)
globals().update(FOUND)

__all__ = ["FOUND", "Constant", "Gaussian", "Imbalanced", "Init", "generator", "start"]
