"""The largest singular value of a matrix, by products alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.sparse.linalg import LinearOperator

from ridgeless.arrays import Dual, Vector

_TOLERANCE: Any = 1e-6


def largest_singular_value(matvec: Callable[[Vector], Dual], rmatvec: Callable[[Dual], Vector], rows: int) -> float:
    """σ_max(A), by Lanczos iteration on AAᵀ (relative accuracy 1e-6).

    Args:
        matvec: x ↦ A x.
        rmatvec: r ↦ Aᵀr.
        rows: n.

    Example:
        >>> A = np.array([[3.0, 4.0]])
        >>> largest_singular_value(lambda x: A @ x, lambda r: A.T @ r, 1)
        5.0
    """
    probe = np.random.default_rng(0).standard_normal(rows)
    size = float(np.linalg.norm(matvec(rmatvec(probe))))
    if size == 0:
        return 0.0
    gram = _Gram(rows, lambda r: matvec(rmatvec(r)) / size)
    return float(np.sqrt(size * _largest_eigenvalue(gram, probe)))


class _Gram(LinearOperator):
    """AAᵀ, up to a factor, as an operator."""

    def __init__(self, rows: int, multiply: Callable[[Dual], Dual]) -> None:
        super().__init__(np.float64, (rows, rows))
        self.multiply = multiply

    def _matvec(self, x: np.ndarray) -> np.ndarray:
        return self.multiply(np.ravel(x))


def _largest_eigenvalue(operator: LinearOperator, start: Dual) -> float:
    """Largest eigenvalue of a symmetric positive semidefinite operator of norm near one."""
    if operator.shape[0] <= 2:
        dense = np.column_stack([operator.matvec(column) for column in np.eye(operator.shape[0])])
        return float(np.linalg.eigvalsh(dense)[-1])
    from scipy.sparse.linalg import eigsh  # the import alone costs 60 ms

    values: Any = eigsh(operator, k=1, which="LA", v0=start, tol=_TOLERANCE, return_eigenvectors=False)
    return max(float(values[0]), 0.0)
