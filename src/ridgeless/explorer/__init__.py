"""The page in the browser: the start of training is moved, and the answer moves with it."""

from ridgeless.explorer._explorer import Explorer, explore

__all__ = ["Explorer", "explore"]
