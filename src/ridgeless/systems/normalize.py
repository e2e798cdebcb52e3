"""Conversion and validation of A into one of four forms: dense array, CSR array, column blocks, linear operator."""

from __future__ import annotations

from collections.abc import Callable
from numbers import Integral
from typing import Any

import numpy as np
import scipy.sparse as sp
from jaxtyping import Bool
from scipy.sparse.linalg import LinearOperator

from ridgeless._core.arrays import Matrix, finite_array, norm, real_array, refuse_beyond_float64, refuse_non_finite
from ridgeless.errors import InvalidInputError, RidgelessError
from ridgeless.systems.blocks import ColumnBlocks, is_dask

_MOST_DENSE_BYTES = 8 * 2**30
# Relative difference allowed between ⟨Ax, r⟩ and ⟨x, Aᵀr⟩; products in single precision agree to about 1e-7.
_ADJOINT_TOLERANCE = 1e-6
# For vectors larger than this, a product may overflow without being wrong.
_LARGE = 1e100
_EPSILON = float(np.finfo(np.float64).eps)
_HOW_TO_WRAP = (
    "Type scipy.sparse.linalg.LinearOperator((n, d), matvec=A, rmatvec=A_transposed), with a function for each product."
)


def as_system_matrix(A: Any) -> Any:
    """A as a float64 ndarray, CSR array, `ColumnBlocks` or another `LinearOperator`.

    Args:
        A: array-like, SciPy sparse matrix or array, dask array, `LinearOperator`, or any object with `shape`,
            `dtype`, `matvec` and `rmatvec` (a PyLops operator, for one).

    Raises:
        InvalidInputError: empty, complex, ragged, textual or non-finite; an operator whose products have another
            length or are not finite, or whose rmatvec is not the adjoint of its matvec on one random probe.

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
    """`as_system_matrix` for any matrix of a system, which may be empty; `what` is its name in messages."""
    if isinstance(values, ColumnBlocks):
        return values
    if is_dask(values):
        return ColumnBlocks(values, what)
    if sp.issparse(values):
        return _sparse(values, what)
    if hasattr(values, "matvec") and hasattr(values, "shape"):
        return _operator(values, what)
    if callable(values) and not hasattr(values, "__array__"):
        raise InvalidInputError(
            f"LinearSystem: {what} is a function; an operator needs its transpose as well.", in_python=_HOW_TO_WRAP
        )
    return finite_array(values, "LinearSystem", what, ndim=2)


def dense_rows(A: Any) -> Matrix:
    """A as a dense (n, d) array.

    Raises:
        InvalidInputError: it would exceed 8 GiB, or A is a dask array, which is never gathered.
    """
    if isinstance(A, ColumnBlocks):
        raise InvalidInputError(
            "LinearSystem: this call needs the dense rows of A, and A is a dask array, which is never gathered.",
            in_python="Where it fits into memory, type rl.LinearSystem(A.compute(), b).",
        )
    rows, columns = A.shape
    needed = 8 * rows * columns
    if needed > _MOST_DENSE_BYTES:
        raise InvalidInputError(
            f"LinearSystem: this call expands the {rows}×{columns} matrix to {needed / 2**30:.0f} GiB, more than "
            f"the {_MOST_DENSE_BYTES // 2**30} GiB allowed; pass fewer equations.",
            in_python="Or use min_norm() and project_rows(), which need products with A only.",
        )
    if sp.issparse(A):
        return np.ascontiguousarray(A.toarray())
    if isinstance(A, LinearOperator):
        return np.stack([np.asarray(A.rmatvec(unit)).ravel() for unit in np.eye(rows)])
    return A


def kept_columns(A: Any, keep: Bool[np.ndarray, " d"]) -> Any:
    """The columns of A that the mask keeps, in A's own form."""
    if isinstance(A, ColumnBlocks):
        return ColumnBlocks(A.array[:, keep])
    return _ColumnSubset(A, keep) if isinstance(A, LinearOperator) else A[:, keep]


def _sparse(A: Any, what: str) -> Any:
    if np.dtype(A.dtype).kind not in "fiub":
        real_array(np.zeros(1, A.dtype), "LinearSystem", what)  # refuses it by its kind
    if A.ndim != 2:
        finite_array(np.empty(A.shape), "LinearSystem", what, ndim=2)  # refuses it by its shape
    if A.format in ("csr", "csc", "bsr"):
        try:
            A.check_format(full_check=True)  # SciPy's conversions trust the indices, and may write out of bounds
        except ValueError as error:
            raise InvalidInputError(
                f"LinearSystem: {what} is a sparse matrix with wrong indices ({error}); build it anew, as "
                "scipy.sparse.coo_array does."
            ) from error
    rows = sp.csr_array(A)
    refuse_beyond_float64(rows.data, "LinearSystem", what)
    matrix = rows.astype(np.float64)
    refuse_non_finite(matrix.data, "LinearSystem", what)
    return matrix


def refuse_no_operator(A: Any, what: str) -> None:
    """Raise unless this has a shape (n, d) and both products.

    Raises:
        InvalidInputError: it does not.
    """
    if not hasattr(A, "rmatvec"):
        raise _without_transpose(what)
    shape = getattr(A, "shape", None)
    if not (isinstance(shape, tuple) and len(shape) == 2 and all(isinstance(size, Integral) for size in shape)):
        raise InvalidInputError(f"LinearSystem: {what} is an operator of shape {shape!r}; give it a shape (n, d).")


def _operator(A: Any, what: str) -> LinearOperator:
    refuse_no_operator(A, what)
    if np.issubdtype(np.dtype(getattr(A, "dtype", None)), np.complexfloating):
        raise InvalidInputError(
            f"LinearSystem: {what} is a complex operator, and those of A and b are real; pass a real one."
        )

    wrapped = _Wrapped(A)
    if 0 not in wrapped.shape:
        _refuse_other_adjoint(wrapped)
    return wrapped


def _without_transpose(what: str) -> InvalidInputError:
    return InvalidInputError(
        f"LinearSystem: {what} is an operator without rmatvec, the product with its transpose, which limits and "
        "training need.",
        in_python=_HOW_TO_WRAP,
    )


def _refuse_other_adjoint(A: LinearOperator) -> None:
    """Raise unless ⟨Ax, r⟩ = ⟨x, Aᵀr⟩ for a random x and r, the dot test, which finds a wrong rmatvec."""
    rng = np.random.default_rng(0)
    x, r = rng.standard_normal(A.shape[1]), rng.standard_normal(A.shape[0])
    forward, back = A.matvec(x), A.rmatvec(r)
    size = max(norm(forward) * norm(r), norm(x) * norm(back))
    misfit = abs(float(forward @ r) - float(x @ back))
    if misfit > _ADJOINT_TOLERANCE * size:
        raise InvalidInputError(
            f"LinearSystem: A.rmatvec is not the adjoint of A.matvec: ⟨Ax, r⟩ and ⟨x, Aᵀr⟩ differ by "
            f"{misfit / size:.1e} of their size for a random x and r; let rmatvec multiply with the transpose."
        )


class _Wrapped(LinearOperator):
    """A user's operator with checked products: one-dimensional float64 vectors in and out.

    Attributes:
        precision: ε of the type of its last product, such as float32.

    Raises:
        InvalidInputError: a product fails, has another length than the shape says, or is not finite.
    """

    def __init__(self, operator: Any) -> None:
        rows, columns = (int(size) for size in operator.shape)
        super().__init__(np.float64, (rows, columns))
        self.operator, self.precision = operator, _EPSILON

    def _matvec(self, x: np.ndarray) -> np.ndarray:
        return self._product("matvec", np.ravel(x), self.shape[0], "A.matvec(x)")

    def _rmatvec(self, x: np.ndarray) -> np.ndarray:
        return self._product("rmatvec", np.ravel(x), self.shape[1], "A.rmatvec(r)")

    def _product(self, name: str, vector: np.ndarray, length: int, what: str) -> np.ndarray:
        product = _multiplied(getattr(self.operator, name), vector, what)
        kind = np.dtype(getattr(product, "dtype", np.float64))
        if kind.kind == "f" and kind.itemsize > np.dtype(np.float64).itemsize:
            with np.errstate(over="ignore"):  # as a product in float64 would
                product = product.astype(np.float64)
        self.precision = float(np.finfo(kind).eps) if kind.kind == "f" else _EPSILON
        return _checked(product, vector, length, what)


class _ColumnSubset(LinearOperator):
    """An operator on some of its columns."""

    def __init__(self, operator: Any, keep: np.ndarray) -> None:
        super().__init__(np.float64, (operator.shape[0], int(np.sum(keep))))
        self.operator, self.keep = operator, keep

    def _matvec(self, x: np.ndarray) -> np.ndarray:
        whole = np.zeros(len(self.keep))
        whole[self.keep] = np.ravel(x)
        return self.operator.matvec(whole)

    def _rmatvec(self, x: np.ndarray) -> np.ndarray:
        return self.operator.rmatvec(np.ravel(x))[self.keep]


def precision_of(A: Any) -> float:
    """The relative precision of products with A: that of float64, or of the type that an operator returns."""
    return (
        A.precision
        if isinstance(A, _Wrapped)
        else precision_of(A.operator)
        if isinstance(A, _ColumnSubset)
        else _EPSILON
    )


def _multiplied(multiply: Callable[[Any], Any], vector: np.ndarray, what: str) -> Any:
    """The product by the caller's function; an exception in it is reported as one of that function."""
    try:
        product = multiply(vector)
        return product if hasattr(product, "dtype") else np.asarray(product)
    except (RidgelessError, MemoryError):
        raise
    except NotImplementedError as error:
        if "rmatvec" in what:
            raise _without_transpose("A") from error
        raise InvalidInputError(f"LinearSystem: {what} is not implemented.") from error
    except Exception as error:
        why = " ".join(str(error).split())
        raise InvalidInputError(
            f"LinearSystem: {what} raised {type(error).__name__}: {why}; correct the operator's product of a vector "
            f"of shape {vector.shape}."
        ) from error


def _checked(values: Any, vector: np.ndarray, length: int, what: str) -> np.ndarray:
    product = real_array(values, "LinearSystem", what).ravel()
    if product.shape != (length,):
        raise InvalidInputError(
            f"LinearSystem: {what} has {len(product)} entries, and the operator's shape promises {length}; "
            "correct its shape or its product."
        )
    wrong = int(np.sum(~np.isfinite(product)))
    if wrong and np.max(np.abs(vector), initial=0.0) < _LARGE:  # false for NaN, which may come back
        raise InvalidInputError(
            f"LinearSystem: {what} has {wrong} entries that are NaN or infinite, and the vector has none; correct the "
            "operator's product."
        )
    return product
