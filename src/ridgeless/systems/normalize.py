"""What A may be, brought to one of three forms: dense array, sparse matrix, linear operator."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.sparse as sp
from scipy.sparse.linalg import LinearOperator

from ridgeless.arrays import Matrix, finite_array, refuse_non_finite
from ridgeless.errors import InvalidInputError

_MOST_DENSE_BYTES = 8 * 2**30


def as_system_matrix(A: Any) -> Any:
    """A as a float64 ndarray, CSR array or `LinearOperator`.

    Args:
        A: array-like, SciPy sparse matrix or array, `LinearOperator`, or any object with `shape`, `dtype`,
            `matvec` and `rmatvec` (a PyLops operator, for one).

    Raises:
        InvalidInputError: empty, complex, ragged, textual or non-finite.

    Example:
        >>> as_system_matrix([[1, 2]]).dtype
        dtype('float64')
    """
    matrix = as_matrix(A, "A")
    if 0 in matrix.shape:
        raise InvalidInputError(
            f"LinearSystem: A has shape {tuple(matrix.shape)}: there is nothing to solve; "
            "pass at least one equation and one unknown."
        )
    return matrix


def as_matrix(values: Any, what: str) -> Any:
    """`as_system_matrix`, for any matrix of a system: `what` is its name in messages, and it may be empty."""
    if sp.issparse(values):
        return _sparse(values, what)
    if all(hasattr(values, name) for name in ("shape", "dtype", "matvec", "rmatvec")):
        return _operator(values, what)
    return finite_array(values, "LinearSystem", what, ndim=2)


def dense_rows(A: Any) -> Matrix:
    """A as a dense (n, d) array.

    Raises:
        InvalidInputError: it would exceed 8 GiB.
    """
    rows, columns = A.shape
    needed = 8 * rows * columns
    if needed > _MOST_DENSE_BYTES:
        raise InvalidInputError(
            f"LinearSystem: this call expands the {rows}×{columns} matrix to {needed / 2**30:.0f} GiB, more than "
            f"the {_MOST_DENSE_BYTES // 2**30} GiB allowed; pass fewer equations, or use min_norm() and "
            "project_rows(), which need products with A only."
        )
    if sp.issparse(A):
        return np.ascontiguousarray(A.toarray())
    if isinstance(A, LinearOperator):
        return np.stack([np.asarray(A.rmatvec(unit)).ravel() for unit in np.eye(rows)])
    return A


def _sparse(A: Any, what: str) -> Any:
    if np.iscomplexobj(A.data):
        finite_array(A.data[:1], "LinearSystem", what, ndim=1)
    matrix = sp.csr_array(A).astype(np.float64)
    refuse_non_finite(matrix.data, "LinearSystem", what)
    return matrix


def _operator(A: Any, what: str) -> LinearOperator:
    if np.issubdtype(np.dtype(A.dtype), np.complexfloating):
        raise InvalidInputError(
            f"LinearSystem: {what} is a complex operator; only real systems are solved: wrap it so that matvec maps "
            "stacked real and imaginary parts to stacked real and imaginary parts."
        )

    return _Wrapped(A)


class _Wrapped(LinearOperator):
    """One-dimensional float64 vectors in and out, whatever the library behind passes or expects."""

    def __init__(self, operator: Any) -> None:
        rows, columns = (int(size) for size in operator.shape)
        super().__init__(np.float64, (rows, columns))
        self.operator = operator

    def _matvec(self, x: np.ndarray) -> np.ndarray:
        return np.asarray(self.operator.matvec(np.ravel(x)), dtype=np.float64).ravel()

    def _rmatvec(self, x: np.ndarray) -> np.ndarray:
        return np.asarray(self.operator.rmatvec(np.ravel(x)), dtype=np.float64).ravel()
