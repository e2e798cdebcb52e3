"""The left singular spectrum of A compared with the errors of its entries: numerical rank and consistency of b."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from ridgeless._core.arrays import Dual, Matrix, norm
from ridgeless.systems.row_space import uneven_sizes

_EPS = float(np.finfo(float).eps)


@dataclass(frozen=True)
class LeftSpectrum:
    """The left singular vectors of A, its rows and columns divided by their sizes.

    Attributes:
        left: (n, n) the vectors, by columns.
        values: (n,) the singular values, the largest first, 0 where A has fewer than n.
        sizes: (n,) of the rows.
        unknowns: d.
    """

    left: Float[np.ndarray, "n n"]
    values: Dual
    sizes: Dual
    unknowns: int

    @property
    def largest(self) -> float:
        """σ_max."""
        return float(self.values[0])

    @property
    def rounding(self) -> float:
        """The rounding error of the singular values in float64."""
        return max(len(self.sizes), self.unknowns) * _EPS * self.largest

    def rank(self, noise: float) -> int:
        """How many singular values exceed the noise."""
        return int(np.sum(self.values > noise))

    def allowed(self, rhs: Dual, rank: int, noise: float, error: float) -> float:
        """The largest distance of b from the range of the first `rank` singular vectors that is no contradiction.

        Errors of norm `noise` in A count twice: in A itself, and in the left null vectors that they rotate. Their
        effect on the least-norm solution, the error of b and the rounding of float64 are allowed.
        """
        along = (self.left[:, :rank].T @ rhs) / self.values[:rank]
        return (2 * noise + self.rounding) * norm(along) + error + self.missing(rhs)

    def missing(self, rhs: Dual) -> float:
        """The rounding error of a component of b that is 0."""
        return len(rhs) * _EPS * norm(rhs)

    def has_value_near(self, rcond: float) -> bool:
        """Whether a singular value is within a factor √10 of rcond·σ_max."""
        ratios = self.values / (rcond * self.largest)
        return bool(np.any((ratios > 10**-0.5) & (ratios < 10**0.5)))


def left_spectrum(rows: Matrix, columns: np.ndarray, sizes: Dual) -> LeftSpectrum:
    """The left spectrum of A (n, d), its columns divided by `columns` (d,) and its rows by `sizes` (n,)."""
    even = (rows / columns) / sizes[:, None]
    # A QR of Aᵀ removes the d columns first: A = Rᵀ Qᵀ has the left vectors and singular values of Rᵀ.
    triangle: Any = np.linalg.qr(even.T, mode="r")
    left, values, _ = np.linalg.svd(triangle.T, full_matrices=True)
    return LeftSpectrum(left, np.pad(values, (0, len(left) - len(values))), sizes, rows.shape[1])


def in_units_of_errors(rows: Matrix, bounds: Matrix) -> tuple[LeftSpectrum, float]:
    """The left spectrum of A with rows and columns in units of their errors, and the norm of the scaled errors.

    Args:
        rows: (n, d) A.
        bounds: (n, d) bounds on the errors of the entries.
    """
    if not bounds.any():
        return left_spectrum(rows, np.ones(rows.shape[1]), uneven_sizes(rows)), 0.0
    columns = _norms(bounds, axis=0)
    sizes = _norms(bounds / columns, axis=1)
    scaled = (bounds / columns) / sizes[:, None]
    noise = (np.linalg.norm(scaled, axis=1).max() + np.linalg.norm(scaled, axis=0).max()) / math.sqrt(3)
    return left_spectrum(rows, columns, sizes), float(noise)


def _norms(values: Matrix, axis: int) -> np.ndarray:
    """Euclidean norms along an axis, 1 where they vanish, computed so that no square underflows or overflows."""
    largest = np.abs(values).max(axis=axis, keepdims=True)
    unit = np.where(largest > 0, largest, 1.0)
    found = np.squeeze(unit, axis=axis) * np.linalg.norm(values / unit, axis=axis)
    return np.where(found > 0, found, 1.0)
