"""Many limits as one program, and the limit as a function that JAX differentiates. Depth 2."""

from ridgeless.accelerated.batch import BatchedLimits, limit_batch
from ridgeless.accelerated.traceable import traceable_limit

__all__ = ["BatchedLimits", "limit_batch", "traceable_limit"]
