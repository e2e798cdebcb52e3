"""Derivatives with error bounds, and how products and differences propagate the bounds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ridgeless._core.arrays import norm
from ridgeless._core.brief import brief

EPS = float(np.finfo(float).eps)
_SMALLEST = float(np.finfo(float).tiny)
# Below this, underflow leaves no digits to be known.
_NOTHING = 1e-290

# A derivative of which fewer digits are known is ill-conditioned, and is told to be.
DIGITS = 1e-6


@dataclass(frozen=True, eq=False)
class Derivative:
    """A derivative of a limit with a bound on its error.

    Attributes:
        value: the derivative.
        error: a bound on |value − truth|, entry by entry in the same shape, for A, b and the start as they are stored;
            every rounding counts, that of the limit itself included. Infinite where nothing is known.
    """

    value: np.ndarray
    error: np.ndarray

    __repr__ = brief

    @property
    def relative(self) -> float:
        """The bound as a part of the derivative: ‖error‖/‖value‖."""
        if not np.isfinite(self.error).all():
            return float("inf")
        size, error = norm(self.value), norm(np.where(self.error > _NOTHING, self.error, 0.0))
        return error / size if size > 0 else (0.0 if error == 0 else float("inf"))

    @property
    def is_ill_conditioned(self) -> bool:
        """Whether fewer than six digits are known."""
        return not self.relative <= DIGITS


def times(first: Derivative, second: Derivative) -> Derivative:
    """The product, entry by entry."""
    value = first.value * second.value
    return Derivative(value, _product_error(first, second, np.multiply) + EPS * np.abs(value))


def outer(first: Derivative, second: Derivative) -> Derivative:
    """The outer product."""
    value = np.outer(first.value, second.value)
    return Derivative(value, _product_error(first, second, np.outer) + EPS * np.abs(value))


def _product_error(first: Derivative, second: Derivative, times: Any) -> np.ndarray:
    one, other = np.abs(first.value), np.abs(second.value)
    with_both = times(one + first.error, second.error) + times(first.error, other)
    return np.where(np.isnan(with_both), np.inf, with_both) + _SMALLEST


def less(first: Derivative, second: Derivative) -> Derivative:
    """The difference."""
    value = first.value - second.value
    return Derivative(value, first.error + second.error + EPS * np.abs(value))
