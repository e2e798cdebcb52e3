"""Linear systems solved to any number of digits, by iterative refinement in fixed-point integers.

A float64 number is an integer times a power of two, so that misfits computed in integers are exact. Each step of
refinement with a float64 factorisation gains about 16 − log₁₀(condition) digits.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.linalg as sl
from jaxtyping import Float

_MANTISSA = 53
# A step of refinement that gains fewer bits is the last one.
_LEAST_GAIN = 2
# Bits that may be wrong at the end because the rows of a nearly singular matrix amplify the last rounding.
_LOST_BITS = 60
# Integers of more bits than this overflow when they are converted to float64.
_FLOAT_BITS = 1000
# A correction is split into two digits of so many bits: together they hold what float64 solves for.
_DIGIT_BITS = 24
# A matrix that needs more than this many digits in fixed point is multiplied as Python integers.
_MOST_CUTS = 12
# Margins are computed to so many bits and count as 0 where the upper half vanishes: float64 data that differ at all
# give margins far larger than that.
_MARGIN_BITS = 480


def margins(
    held: Float[np.ndarray, "n k"],
    edges: Float[np.ndarray, " k"],
    others: Float[np.ndarray, "n t"],
    limits: Float[np.ndarray, " t"],
) -> Float[np.ndarray, " t"] | None:
    """The dual slacks limit_i − othersᵢᵀν for the ν with heldᵀν = edges, for columns in the span of `held`.

    Args:
        held: k independent columns.
        edges: the values heldᵀν.
        others: columns whose constraint othersᵀν ≤ limits is checked.
        limits: the upper bounds on othersᵀν.

    Returns:
        (t,) the slacks, with the correct sign, and exactly 0 only where they vanish; NaN for a column outside the span.
        None where the columns `held` are so nearly dependent that float64 gives no factorisation to refine.

    Example:
        >>> one = np.array([[1.0]])
        >>> margins(one, np.array([1.0]), np.array([[1.0, 1 - 2.0**-53]]), np.ones(2)).tolist() == [0.0, 2.0**-53]
        True
    """
    if not all(np.isfinite(array).all() for array in (held, edges, others, limits)):
        return None
    count = held.shape[1]
    decomposition: Any = sl.qr(held.T, mode="r", pivoting=True)
    order = decomposition[1]
    solved = exact_solution(held[order[:count]], others[order[:count]], _MARGIN_BITS)
    if solved is None:
        return None
    shares, _ = solved
    scale, (fixed_held, fixed_others, fixed_edges, fixed_limits) = integers([held, others, edges, limits])
    half = _MARGIN_BITS // 2
    missed = (fixed_others << _MARGIN_BITS) - fixed_held @ shares
    is_spanned = lengths(missed) - scale <= half
    left = (fixed_limits << _MARGIN_BITS) - fixed_edges @ shares
    values = rounded(left, _MARGIN_BITS + scale)
    values[[abs(int(value)).bit_length() - scale <= half for value in left.tolist()]] = 0.0
    return np.where(is_spanned, values, np.nan)


def exact_solution(
    held: Float[np.ndarray, "k k"], wanted: Float[np.ndarray, "k t"], bits: int
) -> tuple[np.ndarray, int] | None:
    """Integers close to held⁻¹·wanted·2^bits, and how many of their last bits are wrong; None without convergence."""
    exponent = np.frexp(np.max(np.abs(held), axis=1))[1]
    held, wanted = np.ldexp(held, -exponent[:, None]), np.ldexp(wanted, -exponent[:, None])
    factorise: Any = sl.get_lapack_funcs("getrf", (held,))
    lower_upper, pivots, failed = factorise(held)
    if failed:
        return None
    factor = (lower_upper, pivots)
    scale, (matrix, left) = integers([held, wanted])
    multiply = _multiplier(matrix)
    left = left << bits
    solution = np.zeros(wanted.shape, dtype=object)
    size = longest(left)
    while True:
        shift = np.maximum(lengths(left) - _FLOAT_BITS, 0)
        step = sl.lu_solve(factor, _shifted(left, -shift).astype(float), check_finite=False)
        if not np.isfinite(step).all():
            return None
        # Keep only the bits that float64 has solved for, and none below the unit of the integers.
        unit = np.maximum(np.frexp(np.max(np.abs(step), axis=0))[1] - 2 * _DIGIT_BITS, scale - shift)
        whole = np.ldexp(step, -unit)
        upper = np.round(np.ldexp(whole, -_DIGIT_BITS))
        lower = np.round(whole - np.ldexp(upper, _DIGIT_BITS))
        product = (multiply(upper) << _DIGIT_BITS) + multiply(lower)
        change = _shifted((upper * 2.0**_DIGIT_BITS + lower).astype(np.int64).astype(object), unit + shift - scale)
        solution, left = solution + change, left - _shifted(product, unit + shift - scale)
        before, size = size, longest(left)
        noise = longest(change)
        if noise <= 1 or size > before - _LEAST_GAIN:
            return (solution, noise) if noise <= _LOST_BITS else None


def _multiplier(matrix: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    """The exact product of an integer matrix with short integers that are given as floats.

    The matrix is split into digits so short that no product of floats is rounded (Ozaki, Ogita, Oishi and Rump 2012,
    "Error-free transformations of matrix multiplication by using fast routines of matrix multiplication").
    """
    width = 53 - _DIGIT_BITS - int(np.ceil(np.log2(len(matrix) + 1)))
    count = -(-longest(matrix) // width)
    if count > _MOST_CUTS:
        return lambda digits: matrix @ digits.astype(np.int64).astype(object)
    mask, sign, size = (1 << width) - 1, np.sign(matrix.astype(float)), np.abs(matrix)
    cuts = [sign * ((size >> (k * width)) & mask).astype(float) for k in range(count)]

    def multiply(digits: np.ndarray) -> np.ndarray:
        total: Any = 0
        for k, cut in enumerate(cuts):
            total = total + ((cut @ digits).astype(np.int64).astype(object) << (k * width))
        return total

    return multiply


def _shifted(integers: np.ndarray, by: np.ndarray) -> np.ndarray:
    """Each column times a power of two, rounded down."""
    return (integers << np.maximum(by, 0).astype(object)) >> np.maximum(-by, 0).astype(object)


def integers(arrays: list[np.ndarray]) -> tuple[int, list[np.ndarray]]:
    """A scale and integers with arrays = integers·2^−scale, exactly."""
    parts = [np.frexp(array) for array in arrays]
    least = min((int(exponent[mantissa != 0].min()) for mantissa, exponent in parts if mantissa.any()), default=0)
    scale = _MANTISSA - least
    return scale, [scaled_integers(array, np.full(array.shape[-1:], scale)) for array in arrays]


def scaled_integers(array: np.ndarray, exponent: np.ndarray) -> np.ndarray:
    """The integers just below array·2^exponent, with an exponent for each entry of the last axis."""
    mantissa, own = np.frexp(array)
    whole = np.ldexp(mantissa, _MANTISSA).astype(np.int64).astype(object)
    shift = own - _MANTISSA + exponent
    flat = [v << s if s >= 0 else v >> -s for v, s in zip(whole.ravel().tolist(), shift.ravel().tolist(), strict=True)]
    result = np.empty(len(flat), dtype=object)
    result[:] = flat
    return result.reshape(array.shape)


def rounded(integers: np.ndarray, bits: int) -> np.ndarray:
    """integers·2^−bits, each rounded once."""
    if bits < 0:
        return np.array([float(v << -bits) for v in integers.ravel().tolist()]).reshape(integers.shape)
    unit = 1 << bits
    return np.array([v / unit for v in integers.ravel().tolist()], dtype=float).reshape(integers.shape)


def lengths(integers: np.ndarray) -> np.ndarray:
    """The bit length of the largest entry of each column."""
    return np.array([int(largest).bit_length() for largest in np.max(np.abs(integers), axis=0).tolist()])


def longest(integers: np.ndarray) -> int:
    """The bit length of the largest entry."""
    return int(np.max(lengths(integers.reshape(-1, 1))))
