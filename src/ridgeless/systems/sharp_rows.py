"""Orthonormal rows for nearly dependent equations, accurate to the last digit by products in doubled precision.

With A[order]ᵀ = QR, the rows R⁻ᵀA are orthonormal. Computed in float64, rows and right-hand side have different errors
of size ε·cond(A), and so does their solution. Any invertible M may take the place of R⁻ᵀ: with M = fl(R⁻ᵀ), the
products M·A and M·b in doubled precision, rounded once, are equivalent equations up to ε, and nearly orthonormal. A
second QR of these well-conditioned rows makes them orthonormal.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.linalg as sl
from jaxtyping import Float

from ridgeless._core import doubled
from ridgeless._core.arrays import Dual, Matrix

# Ratio of pivots from which on the solution has fewer than ten digits in float64.
_DEPENDENT = 1e6
# Multiplications in doubled precision, which cost about twenty ordinary ones each: about 0.1 s for this many.
_MOST_PRODUCTS = 3_000_000
# Ratio of pivots below which fl(R⁻ᵀ) has no correct digits.
_LEAST_PIVOT = 1e-14


@dataclass(frozen=True, eq=False)
class SharpRows:
    """The orthonormal rows N A with N = R₂⁻ᵀM.

    Attributes:
        rows: (r, d) orthonormal.
        inner: (r, r) M.
        outer: (r, r) R₂.
    """

    rows: Matrix
    inner: Float[np.ndarray, "r r"]
    outer: Float[np.ndarray, "r r"]

    def coordinates(self, b: Dual) -> Float[np.ndarray, " r"]:
        """N b.

        Args:
            b: (r,) the right-hand side.
        """
        high, low = doubled.product(self.inner, b)
        return sl.solve_triangular(self.outer, high + low, trans=1)

    def lift(self, coordinates: Float[np.ndarray, " r"]) -> Dual:
        """Nᵀ·coordinates, the ν of the equations as stored.

        Args:
            coordinates: (r,).
        """
        return self.inner.T @ sl.solve_triangular(self.outer, coordinates)


def sharp_rows(rows: Matrix, triangle: Float[np.ndarray, "r r"]) -> SharpRows | None:
    """The rows orthonormalised; None where float64 is accurate enough, rows are dependent, or the cost is too high.

    Args:
        rows: (r, d) equations in the order of the pivots.
        triangle: R, upper triangular, with rowsᵀ = QR.
    """
    pivots = np.abs(np.diagonal(triangle))
    least, largest = float(np.min(pivots, initial=np.inf)), float(np.max(pivots, initial=0.0))
    if not _LEAST_PIVOT * largest < least < largest / _DEPENDENT or len(rows) * rows.size > _MOST_PRODUCTS:
        return None
    inner = sl.solve_triangular(triangle, np.eye(len(rows)), trans=1)
    columns = np.ascontiguousarray(rows.T)
    products = (doubled.product(columns, row) for row in inner)
    nearly = np.array([product.high + product.low for product in products])
    decomposition: Any = sl.qr(nearly.T, mode="economic")
    outer = decomposition[1]
    return SharpRows(sl.solve_triangular(outer, nearly, trans=1), inner, outer)
