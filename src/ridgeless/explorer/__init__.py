"""The page in the browser: the start of training is moved, and the answer moves with it."""

from ridgeless._core.shown import shown
from ridgeless.explorer._explorer import Explorer, explore

__all__ = ["Explorer", "explore"]
__getattr__, __dir__ = shown(__name__, __all__)
