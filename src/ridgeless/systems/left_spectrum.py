"""Singular values of A beside the noise in its entries, and what b is to the equations below it."""

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
        """What float64 itself cannot tell from 0."""
        return max(len(self.sizes), self.unknowns) * _EPS * self.largest

    def rank(self, noise: float) -> int:
        """How many singular values exceed the noise."""
        return int(np.sum(self.values > noise))

    def allowed(self, right: Dual, rank: int, noise: float, error: float) -> float:
        """How far b may be from what r equations reach.

        Â has errors of norm `noise`, twice: in itself, and in the left null vectors that they turn. What they make of
        the least solution, and b's own error, is no contradiction; nor is float64's.
        """
        along = (self.left[:, :rank].T @ right) / self.values[:rank]
        return (2 * noise + self.rounding) * norm(along) + error + self.missing(right)

    def missing(self, right: Dual) -> float:
        """What rounding leaves of a component of b that is 0."""
        return len(right) * _EPS * norm(right)

    def has_value_near(self, rcond: float) -> bool:
        """Whether a singular value is within a factor √10 of rcond·σ_max."""
        ratios = self.values / (rcond * self.largest)
        return bool(np.any((ratios > 10**-0.5) & (ratios < 10**0.5)))


def left_spectrum(rows: Matrix, columns: np.ndarray, sizes: Dual) -> LeftSpectrum:
    """That of A (n, d), its columns divided by `columns` (d,) and its rows by `sizes` (n,)."""
    even = (rows / columns) / sizes[:, None]
    # The d columns go into a triangle first: A = Rᵀ Qᵀ has the left vectors and the values of Rᵀ.
    triangle: Any = np.linalg.qr(even.T, mode="r")
    left, values, _ = np.linalg.svd(triangle.T, full_matrices=True)
    return LeftSpectrum(left, np.pad(values, (0, len(left) - len(values))), sizes, rows.shape[1])


def in_units_of_errors(rows: Matrix, bounds: Matrix) -> tuple[LeftSpectrum, float]:
    """The spectrum of A with rows and columns measured by their errors, and the norm of the errors.

    Args:
        rows: (n, d) A.
        bounds: (n, d) how far each entry may be off.
    """
    if not bounds.any():
        return left_spectrum(rows, np.ones(rows.shape[1]), uneven_sizes(rows)), 0.0
    columns = _norms(bounds, axis=0)
    sizes = _norms(bounds / columns, axis=1)
    scaled = (bounds / columns) / sizes[:, None]
    noise = (np.linalg.norm(scaled, axis=1).max() + np.linalg.norm(scaled, axis=0).max()) / math.sqrt(3)
    return left_spectrum(rows, columns, sizes), float(noise)


def _norms(values: Matrix, axis: int) -> np.ndarray:
    """Euclidean norms along an axis, 1 where they vanish; no square under- or overflows."""
    largest = np.abs(values).max(axis=axis, keepdims=True)
    unit = np.where(largest > 0, largest, 1.0)
    found = np.squeeze(unit, axis=axis) * np.linalg.norm(values / unit, axis=axis)
    return np.where(found > 0, found, 1.0)
