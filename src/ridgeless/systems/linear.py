"""A x = b, the question that training answers in one of infinitely many ways."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import ArrayLike
from scipy.sparse.linalg import LinearOperator

from ridgeless.arrays import Dual, Matrix, Vector, finite_array, norm, real_array
from ridgeless.errors import InconsistentSystemError, InvalidInputError
from ridgeless.systems.normalize import as_system_matrix, dense_rows
from ridgeless.systems.row_space import RowSpace, row_space

# b is called reachable when its part outside the range of A is rounding: far above eps·cond for any system
# that the factorisation accepts, far below what a measured inconsistency amounts to.
_UNREACHABLE = 1e-9
_UNREACHABLE_BY_PRODUCTS = 1e-5
_SPECTRAL_TOLERANCE: Any = 1e-6


@dataclass(frozen=True, eq=False)
class LinearSystem:
    """A linear system A x = b, with A of shape (n, d): usually n < d, so that the solutions are many.

    Nothing is factorised before it is needed, and then once: AAᵀ by Cholesky; a pivoted QR of Aᵀ where AAᵀ
    is worse conditioned than 1e12 (dependent rows are dropped: pseudo-inverse semantics); LSMR for an operator.

    Attributes:
        A: (n, d) NumPy array, SciPy sparse matrix, or `scipy.sparse.linalg.LinearOperator`, in float64.
        b: (n,) right-hand side.
        truth: (d,) the x that made b, where it is known.
        name: what reports call the system.

    Raises:
        InvalidInputError: shapes that do not fit, an empty, complex, ragged, textual or non-finite input.

    Example:
        >>> import numpy as np
        >>> system = LinearSystem(np.array([[1.0, 2.0, 2.0]]), np.array([9.0]))
        >>> system.min_norm()
        array([1., 2., 2.])
        >>> system.residual(np.array([9.0, 0.0, 0.0]))
        0.0
    """

    A: Any
    b: Any
    truth: Any = None
    name: str | None = None

    def __post_init__(self) -> None:
        matrix = as_system_matrix(self.A)
        right = finite_array(self.b, "LinearSystem", "b", ndim=1)
        rows, columns = matrix.shape
        if right.shape != (rows,):
            raise InvalidInputError(
                f"LinearSystem: A is {rows}×{columns}, so b needs shape ({rows},); it has {right.shape}."
            )
        truth = self.truth
        if truth is not None:
            truth = finite_array(truth, "LinearSystem", "truth", ndim=1)
            if truth.shape != (columns,):
                raise InvalidInputError(
                    f"LinearSystem: A is {rows}×{columns}, so truth needs shape ({columns},); it has {truth.shape}."
                )
        # What is factorised once must not change behind the factorisation.
        for array in (matrix, getattr(matrix, "data", None), right, truth):
            if isinstance(array, np.ndarray):
                array.setflags(write=False)
        for field, value in (("A", matrix), ("b", right), ("truth", truth)):
            object.__setattr__(self, field, value)

    def __repr__(self) -> str:
        kind = "operator" if isinstance(self.A, LinearOperator) else "sparse" if sp.issparse(self.A) else "dense"
        label = f" {self.name!r}" if self.name else ""
        known = ", truth known" if self.truth is not None else ""
        return f"<LinearSystem{label}: {self.shape[0]} equations, {self.shape[1]} unknowns, {kind}{known}>"

    @property
    def shape(self) -> tuple[int, int]:
        """(n, d): equations, unknowns."""
        return int(self.A.shape[0]), int(self.A.shape[1])

    def matvec(self, x: ArrayLike) -> Dual:
        """A x, for x of shape (d,)."""
        return np.asarray(self.A @ self._fitting(x, "matvec", "x", self.shape[1])).ravel()

    def rmatvec(self, r: ArrayLike) -> Vector:
        """Aᵀ r, for r of shape (n,)."""
        vector = self._fitting(r, "rmatvec", "r", self.shape[0])
        if isinstance(self.A, LinearOperator):
            return np.asarray(self.A.rmatvec(vector)).ravel()
        return np.asarray(self.A.T @ vector).ravel()

    @cached_property
    def row_space(self) -> RowSpace:
        """The factorisation behind every projection, made once."""
        return row_space(self.A)

    @property
    def rank(self) -> int:
        """Number of independent equations; min(n, d) where only a Krylov method is used, which does not reveal it."""
        return self.row_space.rank

    @property
    def is_unique(self) -> bool:
        """Whether A has full column rank: one solution, whatever the initialization."""
        return self.shape[0] >= self.shape[1] and self.row_space.reveals_rank and self.rank == self.shape[1]

    @cached_property
    def _min_norm(self) -> Vector:
        solution = self.row_space.min_norm(self.b)
        misfit = self.row_space.unreachable(self.b, solution)
        if misfit > (_UNREACHABLE if self.row_space.reveals_rank else _UNREACHABLE_BY_PRODUCTS):
            raise InconsistentSystemError(
                f"{self!r} has no solution: b lies outside the range of A, and no x brings ‖Ax − b‖/‖b‖ below "
                f"{misfit:.2e}. Drop the contradicting equations.",
                in_python=f"For the nearest system that has one, type LinearSystem(A, {_nearest(self.A)}).",
            )
        return solution

    def min_norm(self) -> Vector:
        """θ* = A⁺b, the solution of least Euclidean norm.

        Raises:
            InconsistentSystemError: no x solves the system.
        """
        return self._min_norm.copy()

    def project_rows(self, x: ArrayLike) -> Vector:
        """P_A x = A⁺A x, the part of x in the row space: what the equations see."""
        return self.row_space.project(self._fitting(x, "project_rows", "x", self.shape[1]))

    def project_null(self, x: ArrayLike) -> Vector:
        """P_N x = x − P_A x, the part of x in the null space: what the equations never see."""
        vector = self._fitting(x, "project_null", "x", self.shape[1])
        return vector - self.row_space.project(vector)

    def dual(self, z: ArrayLike) -> Dual:
        """The ν of least norm with Aᵀν = P_A z, shape (n,)."""
        return self.row_space.dual(self._fitting(z, "dual", "z", self.shape[1]))

    def rows(self) -> Matrix:
        """A as a dense (n, d) array; a sparse matrix or an operator is expanded once and kept.

        Raises:
            InvalidInputError: the dense array would exceed 8 GiB.
        """
        return self._dense

    @cached_property
    def _dense(self) -> Matrix:
        return dense_rows(self.A)

    @cached_property
    def frobenius_norm(self) -> float:
        """‖A‖_F."""
        if sp.issparse(self.A):
            return float(np.sqrt((self.A.multiply(self.A)).sum()))
        return float(np.linalg.norm(self.rows()))

    @cached_property
    def spectral_norm(self) -> float:
        """σ_max(A), by Lanczos iteration on AAᵀ (relative accuracy 1e-6)."""
        rows = self.shape[0]
        probe = np.random.default_rng(0).standard_normal(rows)
        size = float(np.linalg.norm(self.matvec(self.rmatvec(probe))))
        if size == 0:
            return 0.0
        return float(np.sqrt(size * _largest_eigenvalue(_Gram(self, size), probe)))

    def residual(self, x: ArrayLike, start: ArrayLike | None = None) -> float:
        """‖Ax − b‖ / ‖b‖, a number without units.

        For b = 0 it is ‖Ax‖ / (‖A‖_F ‖x₀‖), with x₀ the `start` of training (x itself where none is given),
        and 0 where both vanish.
        """
        misfit = norm(self.matvec(x) - self.b)
        if self.b.any():
            return misfit / norm(self.b)
        reference = np.asarray(x if start is None else start, dtype=float)
        size = self.frobenius_norm * norm(reference)
        if size == 0:
            return 0.0 if misfit == 0 else float("inf")
        return misfit / size

    def _fitting(self, values: ArrayLike, call: str, what: str, length: int) -> np.ndarray:
        vector = real_array(values, f"LinearSystem.{call}", what)
        if vector.shape != (length,):
            raise InvalidInputError(
                f"LinearSystem.{call}: {what} needs shape ({length},) for {self!r}; it has {vector.shape}."
            )
        return vector


def _nearest(A: Any) -> str:
    """What to type for the b nearest to the one given that some x reaches."""
    if isinstance(A, LinearOperator):
        return "A.matvec(scipy.sparse.linalg.lsmr(A, b)[0])"
    return "A @ scipy.sparse.linalg.lsmr(A, b)[0]" if sp.issparse(A) else "A @ np.linalg.lstsq(A, b)[0]"


class _Gram(LinearOperator):
    """AAᵀ/size as an operator."""

    def __init__(self, system: LinearSystem, size: float) -> None:
        super().__init__(np.float64, (system.shape[0], system.shape[0]))
        self.system, self.size = system, size

    def _matvec(self, x: np.ndarray) -> np.ndarray:
        return self.system.matvec(self.system.rmatvec(np.ravel(x))) / self.size


def _largest_eigenvalue(operator: LinearOperator, start: Dual) -> float:
    """Largest eigenvalue of a symmetric positive semidefinite operator of norm near one."""
    if operator.shape[0] <= 2:
        dense = np.column_stack([operator.matvec(column) for column in np.eye(operator.shape[0])])
        return float(np.linalg.eigvalsh(dense)[-1])
    from scipy.sparse.linalg import eigsh  # the import alone costs 60 ms

    values: Any = eigsh(operator, k=1, which="LA", v0=start, tol=_SPECTRAL_TOLERANCE, return_eigenvectors=False)
    return max(float(values[0]), 0.0)
