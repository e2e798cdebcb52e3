"""Limits of depth-2 networks on JAX: many of them as one vectorised program, and one as a differentiable function."""

from ridgeless._core.extras import needed_by
from ridgeless._core.shown import shown

with needed_by("accelerated"):
    from ridgeless.accelerated.batch import BatchedLimits, limit_batch
    from ridgeless.accelerated.traceable import traceable_limit

__all__ = ["BatchedLimits", "limit_batch", "traceable_limit"]

__getattr__, __dir__ = shown(__name__, __all__)
