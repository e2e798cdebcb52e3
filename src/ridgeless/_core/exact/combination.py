"""Linear combinations of columns to any number of digits: the weights with chosen·weights = column.

A float64 is an integer times a power of two, so that misfits computed in Python's integers are exact. Iterative
refinement with a float64 factorisation adds some ten digits a pass (Wilkinson 1963; Moler 1967).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.linalg as sl
from jaxtyping import Float

from ridgeless._core.exact.arithmetic import integers

Columns = Float[np.ndarray, "n r"]
Column = Float[np.ndarray, " n"]
Weights = Float[np.ndarray, " r"]

# A pass that takes less than this many bits off the misfit is the last.
_LEAST_GAIN = 4
_SPARE_BITS = 16


@dataclass(frozen=True, eq=False)
class Combination:
    """The weights of column = chosen·weights, to 2^−bits.

    Attributes:
        weights: (r,) Python integers, in units of 2^−bits.
        bits: how many bits follow the binary point.
        is_exact: whether the equations hold to the last of these bits; if not, the column is not in the span.
    """

    weights: np.ndarray
    bits: int
    is_exact: bool

    @property
    def rounded(self) -> Weights:
        """The weights as floats."""
        return np.array([_ratio(weight, self.bits) for weight in self.weights])

    def difference(self, value: float, values: Weights) -> float:
        """The difference value − Σ weights·values, rounded once."""
        scale, (terms,) = integers([np.append(values, value)])
        whole = (int(terms[-1]) << self.bits) - sum(int(w) * int(t) for w, t in zip(self.weights, terms, strict=False))
        return _ratio(whole, self.bits + scale)


def combination(chosen: Columns, column: Column, bits: int) -> Combination:
    """The weights with chosen·weights = column, by iterative refinement in integers.

    Args:
        chosen: (n, r) independent columns, to the rounding of float64.
        column: (n,).
        bits: wanted behind the binary point.

    Example:
        >>> found = combination(np.array([[3.0], [6.0]]), np.array([1.0, 2.0]), bits=200)
        >>> found.is_exact, found.rounded
        (True, array([0.33333333]))
        >>> combination(np.array([[3.0], [6.0]]), np.array([1.0, 2.0 + 1e-15]), bits=200).is_exact
        False
    """
    if not chosen.shape[1]:
        return Combination(np.array([], dtype=object), bits, is_exact=not column.any())
    scale, (whole,) = integers([np.column_stack([chosen, column])])
    matrix, rhs = whole[:, :-1], whole[:, -1]
    orthogonal, triangle = np.linalg.qr(chosen)
    bits = bits + _SPARE_BITS
    weights = np.array([0] * chosen.shape[1], dtype=object)
    if not np.all(np.abs(np.diagonal(triangle)) > 0):
        return Combination(weights, bits, is_exact=False)
    target = rhs * (1 << bits)
    # Weights are rounded to their last bit: misfits up to this size are due to that rounding alone.
    rounding = max((int(sum(abs(entry) for entry in row)) for row in matrix), default=0)
    left, last = target, None
    while True:
        size = max((abs(int(entry)) for entry in left), default=0)
        if size <= rounding or (last is not None and size.bit_length() > last - _LEAST_GAIN):
            return Combination(weights, bits, size <= 2 * rounding)
        last = size.bit_length()
        excess = max(last - 60, 0)
        step = sl.solve_triangular(triangle, orthogonal.T @ np.array([float(int(e) >> excess) for e in left]))
        weights = weights + np.array([_shifted(value, excess - scale) for value in step], dtype=object)
        left = target - matrix @ weights


def _shifted(value: float, exponent: int) -> int:
    """The integer nearest to value·2^exponent."""
    mantissa, own = np.frexp(value)
    whole, shift = int(np.ldexp(mantissa, 53)), int(own) - 53 + exponent
    return whole << shift if shift >= 0 else (whole + (1 << (-shift - 1))) >> -shift


def _ratio(whole: Any, bits: int) -> float:
    """whole·2^−bits, rounded once."""
    whole = int(whole)
    excess = max(abs(whole).bit_length() - 64, 0)
    return float(np.ldexp(float(whole >> excess), excess - bits))
