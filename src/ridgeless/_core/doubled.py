"""Doubled precision (double-double arithmetic): sums and products as unevaluated sums of two float64.

Each rounding error of a sum or a product of floats is a float itself, and a few more operations compute it exactly
(Dekker 1971; Knuth 1969). Carrying these errors along gives 106 bits where float64 has 53, on whole arrays and without
another number type (Ogita, Rump and Oishi 2005, "Accurate sum and dot product", algorithms 3.3 and 5.3).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ridgeless._core.arrays import Dual, Matrix, Vector

_EPS = float(np.finfo(float).eps) / 2
# Veltkamp's splitting constant (1968): it separates the upper 26 bits of a float from the lower ones.
_SPLITTER = 2.0**27 + 1
# Entries of one temporary array: its 8 MB fit into the shared cache.
_CHUNK = 1_000_000


class Doubled(NamedTuple):
    """Numbers high + low in doubled precision, where |low| is at most half a unit in the last place of high.

    Attributes:
        high: the float64 nearest to the number.
        low: the remainder.
    """

    high: np.ndarray
    low: np.ndarray


def two_sum(a: Any, b: Any) -> Doubled:
    """The sum a + b and its rounding error, exactly.

    Source: Knuth 1969, "The Art of Computer Programming", volume 2, section 4.2.2, theorem B.

    Example:
        >>> high, low = two_sum(1.0, 1e-20)
        >>> float(high), float(low)
        (1.0, 1e-20)
    """
    total = np.add(a, b)
    of_b = total - a
    return Doubled(total, (a - (total - of_b)) + (b - of_b))


def two_product(a: Any, b: Any) -> Doubled:
    """The product a·b and its rounding error, exactly, for factors below 1e300 and products above 1e-290.

    Source: Dekker 1971, "A floating-point technique for extending the available precision", Numer. Math. 18.

    Example:
        >>> high, low = two_product(1 + 2.0**-30, 1 + 2.0**-30)
        >>> float(high) == 1 + 2.0**-29, float(low) == 2.0**-60
        (True, True)
    """
    product = np.multiply(a, b)
    a_high, a_low = _split(a)
    b_high, b_low = _split(b)
    return Doubled(product, a_low * b_low - (((product - a_high * b_high) - a_low * b_high) - a_high * b_low))


def total(terms: np.ndarray, corrections: np.ndarray | None = None) -> Doubled:
    """Σ terms + corrections along the last axis, in doubled precision.

    Pairwise summation of the terms; the rounding errors of all additions are summed in float64.

    Args:
        terms: (…, k).
        corrections: (…, k) small parts of the terms; none unless given.
    """
    high = np.asarray(terms, dtype=float)
    low = np.zeros_like(high) if corrections is None else np.asarray(corrections, dtype=float)
    if high.shape[-1] == 0:
        return Doubled(np.zeros(high.shape[:-1]), np.zeros(high.shape[:-1]))
    while (width := high.shape[-1]) > 1:
        half = width // 2
        pair = two_sum(high[..., :half], high[..., half : 2 * half])
        rest = low[..., :half] + low[..., half : 2 * half] + pair.low
        if width % 2:
            high = np.concatenate([pair.high, high[..., -1:]], axis=-1)
            low = np.concatenate([rest, low[..., -1:]], axis=-1)
        else:
            high, low = pair.high, rest
    return two_sum(high[..., 0], low[..., 0])


def product(A: Matrix, x: Vector, low: Vector | None = None) -> Doubled:
    """A (x + low) in doubled precision, shape (n,).

    The error is at most `product_error(|A||x|, d)`.

    Args:
        A: (n, d) dense.
        x: (d,).
        low: (d,) a correction below the rounding of x; none unless given.

    Example:
        >>> high, low = product(np.array([[1e16, 1.0, -1e16]]), np.ones(3))
        >>> float(high[0])
        1.0
    """
    rows, columns = A.shape
    step = max(1, _CHUNK // max(columns, 1))
    # Splitting would overflow for large factors; scaling by a power of two is exact.
    exponent = int(np.frexp(np.max(np.abs(x), initial=0.0))[1])
    x, rest_of_x = np.ldexp(x, -exponent), None if low is None else np.ldexp(low, -exponent)
    high, rest = np.zeros(rows), np.zeros(rows)
    for begin in range(0, rows, step):
        part = slice(begin, begin + step)
        terms = two_product(A[part], x)
        high[part], rest[part] = total(terms.high, terms.low)
    if rest_of_x is not None:
        high, rest = two_sum(high, rest + A @ rest_of_x)
    with np.errstate(over="ignore"):
        return Doubled(np.ldexp(high, exponent), np.ldexp(rest, exponent))


def misfit(A: Matrix, x: Vector, b: Dual, low: Vector | None = None) -> Dual:
    """A (x + low) − b, as if computed exactly and rounded once, but for `product_error(|A||x| + |b|, d)`.

    Args:
        A: (n, d) dense.
        x: (d,).
        b: (n,).
        low: (d,) a correction below the rounding of x; none unless given.

    Example:
        >>> misfit(np.array([[3.0]]), np.array([1 / 3]), np.array([1.0])) == -(2.0**-54)
        array([ True])
    """
    # Columns where x is 0 contribute nothing, and a sparse x has many of them.
    is_there = x != 0 if low is None else (x != 0) | (low != 0)
    if 2 * np.count_nonzero(is_there) < len(x):
        A, x, low = A[:, is_there], x[is_there], None if low is None else low[is_there]
    applied = product(A, x, low)
    difference = two_sum(applied.high, -b)
    return difference.high + (difference.low + applied.low)


def product_error(sizes: Any, terms: int) -> Any:
    """Bound on the error of a doubled product of that many terms, whose absolute values sum to `sizes`.

    In pairwise summation every term passes through log₂ k + 1 additions, and so do the rounding errors of these: the
    relative error is at most 2(log₂ k + 2)²·u² with u = 2^−53. Twice that is returned, plus the smallest normal number
    for every product whose own rounding error underflows.
    """
    depth = np.log2(max(terms, 1)) + 2
    return 4 * depth**2 * _EPS**2 * sizes + terms * np.finfo(float).tiny


def _split(a: Any) -> tuple[Any, Any]:
    """The upper 26 bits of a, and the remainder (Veltkamp splitting)."""
    scaled = _SPLITTER * a
    high = scaled - (scaled - a)
    return high, a - high
