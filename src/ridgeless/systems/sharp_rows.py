"""Orthonormal combinations of nearly dependent equations that are those of the stored numbers, to the last digit.

With A[order]ᵀ = QR, the rows R⁻ᵀA are orthonormal; computed in float64 they are off by ε·cond(A), rows and right-hand
side in different ways, so that their solution is off by as much. Any invertible M will do in the place of R⁻ᵀ: with
M = fl(R⁻ᵀ), the products M·A and M·b in doubled precision, rounded once, are the same equations to ε, and nearly
orthonormal. A second QR, now of well-conditioned rows, makes them so.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.linalg as sl
from jaxtyping import Float

from ridgeless._core import doubled
from ridgeless._core.arrays import Dual, Matrix

# Beyond this ratio of pivots float64 leaves the solution fewer than ten digits.
_DEPENDENT = 1e6
# Doubled products cost some twenty times as much as others: about 0.1 s at this many.
_MOST_PRODUCTS = 3_000_000
# Beyond this one fl(R⁻ᵀ) has no digits: the second QR would start from noise.
_LEAST_PIVOT = 1e-14


@dataclass(frozen=True, eq=False)
class SharpRows:
    """N A with N = R₂⁻ᵀM.

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
        """Nᵀ·coordinates: the ν of the equations as stored.

        Args:
            coordinates: (r,).
        """
        return self.inner.T @ sl.solve_triangular(self.outer, coordinates)


def sharp_rows(rows: Matrix, triangle: Float[np.ndarray, "r r"]) -> SharpRows | None:
    """The rows, made orthonormal; None where float64 does as well, where they depend, or where it would take long.

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
