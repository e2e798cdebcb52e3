"""Complex linear systems as real ones of twice the size.

With A = P + iQ, x = u + iv and b = c + id, the equations A x = b are

    [P  −Q] [u]   [c]
    [Q   P] [v] = [d],

and the transpose of the real matrix is that of the conjugate transpose Aᴴ.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.sparse as sp
from scipy.sparse.linalg import LinearOperator

from ridgeless._core.arrays import Dual
from ridgeless.errors import InvalidInputError
from ridgeless.systems.blocks import is_dask
from ridgeless.systems.names import Labels, is_frame, labels_of, vector
from ridgeless.systems.normalize import as_system_matrix, refuse_no_operator


def is_complex(values: Any) -> bool:
    """Whether this is a complex array, Series, DataFrame, sparse matrix or operator; False for a dask array.

    Example:
        >>> is_complex([1.0, 2j]), is_complex(np.ones(2)), is_complex(sp.eye_array(2, dtype=complex))
        (True, False, True)
    """
    if is_dask(values):
        return False
    dtype = values.to_numpy().dtype if is_frame(values) else getattr(values, "dtype", None)
    if dtype is None and not hasattr(values, "matvec"):
        try:
            dtype = np.asarray(values).dtype
        except (TypeError, ValueError):  # ragged, which is refused elsewhere
            return False
    return getattr(dtype, "kind", "") == "c"


def parts_of(values: Any) -> tuple[Any, Any]:
    """Real and imaginary part, of an array or a sparse matrix; the imaginary part of real values is 0."""
    if sp.issparse(values):
        rows = sp.csr_array(values)
        return rows.real, rows.imag
    array: Any = np.asarray(values)
    return (array.real, array.imag) if np.iscomplexobj(array) else (array, np.zeros_like(array))


def stacked_vector(values: Any, call: str, what: str) -> tuple[Dual, Labels | None]:
    """Real parts, then imaginary parts, (2n,) of (n,) or (n, 1); and the labels of both halves, where there are some.

    Raises:
        InvalidInputError: several columns, or entries that are not finite numbers.

    Example:
        >>> stacked_vector([1 + 2j, 3.0], "LinearSystem", "b")
        (array([1., 3., 2., 0.]), None)
    """
    real, imaginary = parts_of(values.toarray() if sp.issparse(values) else values)
    rhs = np.concatenate([vector(real, call, what)[0], vector(imaginary, call, what)[0]])
    return rhs, doubled_labels(labels_of(values))


def doubled_labels(labels: Labels | None) -> Labels | None:
    """The labels of n complex equations for their 2n real ones.

    Example:
        >>> doubled_labels(("s", "t"))
        (('Re', 's'), ('Re', 't'), ('Im', 's'), ('Im', 't'))
    """
    return None if labels is None else tuple((part, label) for part in ("Re", "Im") for label in labels)


def stacked_matrix(A: Any) -> Any:
    """The real (2n, 2d) form of an (n, d) array, sparse matrix or operator, in the same form.

    Raises:
        InvalidInputError: as `as_system_matrix`; a dask array.

    Example:
        >>> stacked_matrix(np.array([[1 + 2j]]))
        array([[ 1., -2.],
               [ 2.,  1.]])
    """
    if is_dask(A):
        raise InvalidInputError(
            "LinearSystem: A is a dask array and b is complex; stack real and imaginary parts yourself, "
            "[[Re A, -Im A], [Im A, Re A]] and [Re b, Im b]."
        )
    if hasattr(A, "matvec") and hasattr(A, "shape") and not sp.issparse(A):
        return _stacked_operator(A)
    real, imaginary = (as_system_matrix(part) for part in parts_of(A))
    if sp.issparse(real):
        return sp.block_array([[real, -imaginary], [imaginary, real]], format="csr")
    return np.block([[real, -imaginary], [imaginary, real]])


def _stacked_operator(A: Any) -> Any:
    refuse_no_operator(A, "A")
    if not is_complex(A):
        # Checked as a real operator, whose products with complex vectors nobody has promised.
        return _TwoProducts(as_system_matrix(A))
    return _ComplexProducts(A)


class _TwoProducts(LinearOperator):
    """A real operator on real and imaginary parts, one product for each."""

    def __init__(self, operator: Any) -> None:
        rows, columns = operator.shape
        super().__init__(np.float64, (2 * rows, 2 * columns))
        self.operator = operator

    def _matvec(self, x: np.ndarray) -> np.ndarray:
        return np.concatenate([self.operator.matvec(part) for part in np.split(np.ravel(x), 2)])

    def _rmatvec(self, x: np.ndarray) -> np.ndarray:
        return np.concatenate([self.operator.rmatvec(part) for part in np.split(np.ravel(x), 2)])


class _ComplexProducts:
    """A complex operator as a real one; `as_system_matrix` wraps it, and checks its products.

    No subclass of `LinearOperator`, whose products would lose the precision of single precision.
    """

    def __init__(self, operator: Any) -> None:
        shape = tuple(operator.shape)
        self.shape, self.dtype = tuple(2 * size for size in shape), np.dtype(np.float64)
        self.operator = operator

    def matvec(self, x: np.ndarray) -> np.ndarray:
        """A x, by parts."""
        return self._parts(self.operator.matvec(_whole(x)), self.shape[0], "matvec(x)")

    def rmatvec(self, r: np.ndarray) -> np.ndarray:
        """Aᴴ r, by parts."""
        return self._parts(self.operator.rmatvec(_whole(r)), self.shape[1], "rmatvec(r)")

    def _parts(self, product: Any, length: int, what: str) -> np.ndarray:
        values = np.ravel(np.asarray(product))
        if 2 * len(values) != length:
            raise InvalidInputError(
                f"LinearSystem: A.{what} has {len(values)} entries, and the operator's shape promises {length // 2}; "
                "correct its shape or its product."
            )
        return np.concatenate(parts_of(values))


def _whole(parts: np.ndarray) -> np.ndarray:
    real, imaginary = np.split(np.ravel(parts), 2)
    return real + 1j * imaginary
