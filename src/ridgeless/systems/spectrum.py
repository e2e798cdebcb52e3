"""Frobenius norm, spectral norm and least singular value of A, without a singular value decomposition of A."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.sparse as sp
from scipy.sparse.linalg import LinearOperator

from ridgeless._core.arrays import Dual, norm
from ridgeless.systems.block_row_space import BlockRowSpace
from ridgeless.systems.normalize import dense_rows
from ridgeless.systems.row_space import MatrixRowSpace

_TOLERANCE: Any = 1e-6


def frobenius_norm(A: Any, space: MatrixRowSpace | None) -> float:
    """‖A‖_F, for entries of any size; `space` is the row space of a dask array, and None for other A.

    Example:
        >>> print(f"{frobenius_norm(np.array([[3e200, 4e200]]), None):.6g}")
        5e+200
    """
    if isinstance(space, BlockRowSpace):
        return float(np.sqrt(np.trace(space.gram)))
    return norm(np.ravel(A.data if sp.issparse(A) else dense_rows(A)))


def largest_singular_value(A: Any, space: MatrixRowSpace | None) -> float:
    """σ_max(A) by Lanczos iteration on AAᵀ, to 1e-6; `space` is the row space of a dask array, and None for other A.

    Example:
        >>> round(largest_singular_value(np.array([[3.0, 0.0], [0.0, 4.0]]), None), 6)
        4.0
    """
    if isinstance(space, BlockRowSpace):
        return float(space.singular_values[0])
    probe = np.random.default_rng(0).standard_normal(A.shape[0])
    back = _transposed(A, probe)
    across = norm(back)
    if across == 0:
        return 0.0
    # Scaled by the first product, since σ² itself may overflow or underflow.
    unit = across / norm(probe)
    size = norm(np.ravel(A @ (back / across)) / unit) * across / unit
    return unit * float(np.sqrt(size * _largest_eigenvalue(_Gram(A, unit, size), probe)))


def least_singular_value(A: Any, space: MatrixRowSpace) -> float:
    """The least singular value of A that is not 0; 0 for A = 0.

    Example:
        >>> from ridgeless.systems.row_space import row_space
        >>> A = np.array([[3.0, 0.0, 0.0], [0.0, 4.0, 0.0]])
        >>> round(least_singular_value(A, row_space(A)), 6)
        3.0
    """
    if space.rank == 0:
        return 0.0
    if isinstance(space, BlockRowSpace):
        return float(space.singular_values[space.rank - 1])
    basis, _ = space.basis(np.zeros(A.shape[0]))
    # A = (A Bᵀ) B with orthonormal rows B, so that the smaller A Bᵀ has the same singular values.
    sizes = np.linalg.svd(np.asarray(A @ basis.T), compute_uv=False)
    return float(sizes[space.rank - 1])


def _transposed(A: Any, r: Dual) -> np.ndarray:
    return np.ravel(A.rmatvec(r) if isinstance(A, LinearOperator) else A.T @ r)


class _Gram(LinearOperator):
    """AAᵀ/(unit²·size) as an operator."""

    def __init__(self, A: Any, unit: float, size: float) -> None:
        super().__init__(np.float64, (A.shape[0], A.shape[0]))
        self.A, self.unit, self.size = A, unit, size

    def _matvec(self, x: np.ndarray) -> np.ndarray:
        return np.ravel(self.A @ (_transposed(self.A, np.ravel(x)) / self.unit)) / self.unit / self.size


def _largest_eigenvalue(operator: LinearOperator, start: Dual) -> float:
    """Largest eigenvalue of a symmetric positive semidefinite operator of norm near one."""
    if operator.shape[0] <= 2:
        dense = np.column_stack([operator.matvec(column) for column in np.eye(operator.shape[0])])
        return float(np.linalg.eigvalsh(dense)[-1])
    from scipy.sparse.linalg import eigsh  # the import alone costs 60 ms

    values: Any = eigsh(operator, k=1, which="LA", v0=start, tol=_TOLERANCE, return_eigenvectors=False)
    return max(float(values[0]), 0.0)
