"""Limits of depth-2 networks on JAX: many of them as one vectorised program, and one as a differentiable function."""

from ridgeless.accelerated.batch import BatchedLimits, limit_batch
from ridgeless.accelerated.traceable import traceable_limit

__all__ = ["BatchedLimits", "limit_batch", "traceable_limit"]
