"""The linear algebra around a limit: B·diag(f')·Bᵀ for weights f' that differ by any number of orders."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.linalg as sl
from jaxtyping import Float, Int

from ridgeless.arrays import Dual, Matrix, Vector


@dataclass(frozen=True, eq=False)
class WeightedRows:
    """√D·Bᵀ = Q R Πᵀ with D = diag(f'): everything that K = B D Bᵀ is asked for, without squaring its condition.

    With the rows of √D·Bᵀ sorted by size and its columns pivoted, Householder's QR is accurate row by row (Cox and
    Higham 1998), so that coordinates at 1e-16 of the largest keep their digits. Cholesky of K would lose them.

    Attributes:
        root: √f', shape (d,).
        Q: (d, r), orthonormal columns.
        R: (r, r), upper triangular.
        order: (r,) the columns in pivoting order.
    """

    root: Vector
    Q: Float[np.ndarray, "d r"]
    R: Float[np.ndarray, "r r"]
    order: Int[np.ndarray, " r"]

    def lift(self, right: Dual) -> Vector:
        """The x' with B x' = right of least ‖x'/√f'‖: D Bᵀ K⁻¹ right."""
        return self.root * (self.Q @ self.half(right))

    def half(self, right: Float[np.ndarray, "r *k"]) -> Float[np.ndarray, "r *k"]:
        """R⁻ᵀ Πᵀ right, whose squared norm is rightᵀ K⁻¹ right."""
        return sl.solve_triangular(self.R, right[self.order], trans=1)

    def solve(self, right: Dual) -> Dual:
        """K⁻¹ right."""
        return self._back(self.half(right))

    def dual(self, cotangent: Vector) -> Dual:
        """K⁻¹ B D·cotangent."""
        return self._back(self.Q.T @ (self.root * cotangent))

    def free_part(self, vector: Vector) -> Vector:
        """√D·(I − Q Qᵀ)·√D·vector: what D·vector leaves when B x' = 0 has taken its share back.

        Projected twice: once leaves eps·‖√D·vector‖ on the large coordinates, where the truth may be far smaller.
        """
        scaled = self.root * vector
        for _ in range(2):
            scaled = scaled - self.Q @ (self.Q.T @ scaled)
        return self.root * scaled

    def _back(self, permuted: Dual) -> Dual:
        nu = np.empty_like(permuted)
        nu[self.order] = sl.solve_triangular(self.R, permuted)
        return nu


def weighted_rows(rows: Matrix, weights: Vector) -> WeightedRows | None:
    """The factorisation for B (r, d) and f' ≥ 0; None where fewer than r coordinates have any weight."""
    root = np.sqrt(weights)
    columns = root[:, None] * rows.T
    largest_first = np.argsort(-np.max(np.abs(columns), axis=1, initial=0.0), kind="stable")
    decomposition: Any = sl.qr(columns[largest_first], mode="economic", pivoting=True)
    Q, R, order = decomposition
    if np.count_nonzero(root) < len(R) or not np.diagonal(R).all():
        return None
    unsorted = np.empty_like(Q)
    unsorted[largest_first] = Q
    return WeightedRows(root, unsorted, R, order.astype(np.int64))
