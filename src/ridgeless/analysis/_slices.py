"""The residual right − A T of a matrix equation to more digits than float64, by exact products of slices.

Each factor is cut into slices of so few bits that a product of two slices is exact in float64, in any order of its
sums: a handful of ordinary matrix products then hold all digits (Ozaki, Ogita, Oishi and Rump 2012, "Error-free
transformations of matrix multiplication by using fast routines of matrix multiplication and its applications").
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from ridgeless._core.doubled import two_sum

_EPS = float(np.finfo(float).eps)
_BITS = 53
# Slices of about 22 bits: four hold all 53 bits of entries down to 1e-10 of the largest beside them.
_SLICES = 4


def residual(
    A: Float[np.ndarray, "r k"], T: Float[np.ndarray, "k m"], right: Float[np.ndarray, "r m"]
) -> tuple[np.ndarray, np.ndarray]:
    """The residual right − A T, and a bound on its error, entry by entry.

    Example:
        >>> third = np.array([[1 / 3]])
        >>> left, error = residual(np.array([[3.0]]), third, np.ones((1, 1)))
        >>> float(left[0, 0]) == 2.0**-54, float(error[0, 0]) < 1e-25
        (True, True)
    """
    bits = (_BITS - int(np.ceil(np.log2(max(A.shape[1], 2))))) // 2
    lefts, left_unit = _slices(A, bits, axis=1)
    rights, right_unit = _slices(T, bits, axis=0)
    high, low = np.array(right), np.zeros_like(right)
    for i, one in enumerate(lefts):
        for other in rights[: _SLICES - i]:
            high, rest = two_sum(high, -(one @ other))
            low = low + rest
    # what is left of either factor, times the other, and the products of slices that are left out
    unit = left_unit * right_unit * A.shape[1]
    cut = (_SLICES + 2) * 2.0 ** (-bits * _SLICES) * unit
    return high + low, cut + 2 * _SLICES**2 * _EPS**2 * (unit + np.abs(right)) + _EPS * np.abs(high + low)


def _slices(matrix: np.ndarray, bits: int, axis: int) -> tuple[list[np.ndarray], np.ndarray]:
    """Slices that add up to the matrix but for 2^(−bits·count) of the unit, and the unit of each row or column."""
    largest = np.max(np.abs(matrix), axis=axis, keepdims=True, initial=0.0)
    unit = np.ldexp(1.0, np.frexp(largest)[1])
    left, step, found = matrix, unit, []
    for _ in range(_SLICES):
        step = step * 2.0**-bits
        found.append(np.rint(left / step) * step)
        left = left - found[-1]
    return found, unit
