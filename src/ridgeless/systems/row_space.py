"""Row-space operations of A (projection, pseudo-inverse, basis), by Cholesky, pivoted QR or LSMR."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
import scipy.linalg as sl
import scipy.sparse as sp
from jaxtyping import Float
from scipy.sparse.linalg import LinearOperator

from ridgeless._core.arrays import Dual, Matrix, Vector, norm
from ridgeless.systems.blocks import ColumnBlocks
from ridgeless.systems.normalize import dense_rows
from ridgeless.systems.sharp_rows import SharpRows, sharp_rows

_WORST_GRAM_CONDITION = 1e12
# Each step of refinement reduces the error by a factor ε·condition, 1e-4 at worst.
_REFINEMENTS = 2
_MOST_GRAM_ROWS = 10_000
MOST_EXPANDED_BYTES = 2**28
MOST_SPARSE_BYTES = 2**31
GRADED = 1e3
_SMALL = 1e-100
# A misfit up to this part of b never counts as inconsistency.
_TOLD = 1e-12
_UNITS = 4
# Squares of numbers between this and its inverse, and sums of them, neither underflow nor overflow.
_LEAST_SQUARED = 1e-140

Columns = Float[np.ndarray, "d *k"]


@dataclass(frozen=True, eq=False)
class MatrixRowSpace(ABC):
    """The row space of an (n, d) matrix: projection, pseudo-inverse, and an orthonormal basis.

    Attributes:
        A: the matrix.
        rank: number of independent rows.
        reveals_rank: whether `rank` is computed, and inconsistency of b is detected to nearly all digits.
    """

    A: Any
    rank: int
    reveals_rank: ClassVar[bool] = True

    @abstractmethod
    def dual(self, z: Vector) -> Dual:
        """(Aᵀ)⁺ z, the least-squares solution of Aᵀν ≈ z of least norm."""

    @abstractmethod
    def min_norm(self, b: Dual) -> Vector:
        """A⁺ b."""

    @abstractmethod
    def basis(self, b: Dual) -> tuple[Float[np.ndarray, "r d"], Float[np.ndarray, " r"]]:
        """B (r, d) with orthonormal rows and c (r,) such that B x = c ⇔ A x = b, for b in the range of A."""

    @abstractmethod
    def lift(self, coordinates: Float[np.ndarray, " r"]) -> Dual:
        """ν (n,) with Aᵀν = Bᵀ·coordinates, accurate entry by entry as far as A allows."""

    @abstractmethod
    def project(self, x: Columns) -> Columns:
        """A⁺A x, for a vector or for each column of a matrix."""

    def unreachable(self, b: Dual, solution: Vector) -> float:
        """‖A·solution − b‖/‖b‖, the relative distance of b from the range of A where `solution` is A⁺b.

        It is 0 where the misfit is within the rounding errors of A·solution, which grow with the solution.
        """
        size = norm(b)
        missed = norm(_product(self.A, solution) - b)
        if size == 0 or missed <= _TOLD * size or missed <= _rounding(self.A, solution):
            return 0.0
        return missed / size


def is_expandable(A: Any) -> bool:
    """Whether methods may make dense rows: up to 2 GiB of a sparse matrix, 256 MiB of an operator, none of dask."""
    needed = 8 * A.shape[0] * A.shape[1]
    if isinstance(A, LinearOperator):
        return needed <= MOST_EXPANDED_BYTES and not isinstance(A, ColumnBlocks)
    return needed <= MOST_SPARSE_BYTES if sp.issparse(A) else True


def row_space(A: Any) -> MatrixRowSpace:
    """The cheapest factorisation of A that is accurate enough.

    Equations are first scaled to one size where their sizes differ by more than a factor 1000, so that small ones count
    as much as others, and where their squares would leave the range of float64.

    Args:
        A: (n, d) array, CSR array or `LinearOperator`.

    Returns:
        Cholesky of AAᵀ where its condition number stays below 1e12; else a pivoted QR of Aᵀ, which reveals
        the rank; LSMR for an operator, or a sparse matrix of more than 10 000 rows, that is too large to expand.
    """
    is_operator = isinstance(A, LinearOperator)
    if is_operator or (sp.issparse(A) and A.shape[0] > _MOST_GRAM_ROWS):
        fits = 8 * A.shape[0] * A.shape[1] <= MOST_EXPANDED_BYTES
        return row_space(dense_rows(A)) if fits else IterativeRowSpace(A, min(A.shape))
    sizes = uneven_sizes(A)
    if not _are_usual(sizes):
        scaled = row_space(divided(A, sizes))
        return GradedRowSpace(A, scaled.rank, scaled, sizes)
    if A.shape[0] <= A.shape[1]:
        lower = _well_conditioned_cholesky(A)
        if lower is not None:
            return CholeskyRowSpace(A, A.shape[0], lower)
    return _pivoted(A)


def row_space_of_rank(A: Any, rank: int) -> MatrixRowSpace:
    """The factorisation of an array or a sparse matrix of given rank."""
    sizes = uneven_sizes(A)
    if rank == A.shape[0] <= A.shape[1]:
        return row_space(A)
    if not _are_usual(sizes):
        return GradedRowSpace(A, rank, row_space_of_rank(divided(A, sizes), rank), sizes)
    return _pivoted(A, rank)


def uneven_sizes(A: Any) -> Dual:
    """The norms of the rows, 1 for a row of zeros, or the largest norm for all where they differ by less than 1000."""
    sizes = row_sizes(A)
    return sizes if np.ptp(np.log(sizes)) > np.log(GRADED) else np.full(len(sizes), sizes.max())


def _are_usual(sizes: Dual) -> bool:
    """Whether all equations have one size, and their products stay far from underflow and overflow."""
    return bool(np.ptp(sizes) == 0 and _SMALL < sizes[0] < 1 / _SMALL)


@dataclass(frozen=True, eq=False)
class CholeskyRowSpace(MatrixRowSpace):
    """Full row rank: AAᵀ = LLᵀ, with iterative refinement, since AAᵀ squares the condition number."""

    lower: Float[np.ndarray, "n n"]

    def dual(self, z: Vector) -> Dual:  # noqa: D102 - the base class tells
        nu = self._gram_solve(_product(self.A, z))
        return nu + self._gram_solve(_product(self.A, z - _product(self.A.T, nu)))

    def min_norm(self, b: Dual) -> Vector:  # noqa: D102
        return self._shortest(b)

    def project(self, x: Columns) -> Columns:  # noqa: D102
        return self._shortest(_product(self.A, x))

    def basis(self, b: Dual) -> tuple[Float[np.ndarray, "r d"], Float[np.ndarray, " r"]]:  # noqa: D102
        return self._rows, sl.solve_triangular(self.lower, b, lower=True)

    def lift(self, coordinates: Float[np.ndarray, " r"]) -> Dual:  # noqa: D102
        return sl.solve_triangular(self.lower, coordinates, lower=True, trans=1)

    @property
    def least_eigenvalue(self) -> float:
        """An estimate of 1/‖(AAᵀ)⁻¹‖₁, a lower bound on the least eigenvalue of AAᵀ."""
        (condition,) = sl.get_lapack_funcs(("pocon",), (self.lower,))
        return float(condition(self.lower, 1.0, uplo="L")[0])

    def reaches(self, b: Dual) -> bool:
        """Whether A⁺b and (AAᵀ)⁻¹b certainly do not overflow."""
        least = self.least_eigenvalue
        return bool(norm(b) * _LEAST_SQUARED**2 < min(least, np.sqrt(least)))

    @cached_property
    def _rows(self) -> Matrix:
        return sl.solve_triangular(self.lower, dense_rows(self.A), lower=True)

    def _shortest(self, b: Float[np.ndarray, "n *k"]) -> Columns:
        solution = _product(self.A.T, self._gram_solve(b))
        for _ in range(_REFINEMENTS):
            solution = solution + _product(self.A.T, self._gram_solve(b - _product(self.A, solution)))
        return solution

    def _gram_solve(self, r: Float[np.ndarray, "n *k"]) -> Float[np.ndarray, "n *k"]:
        return sl.cho_solve((self.lower, True), r)


@dataclass(frozen=True, eq=False)
class OrthogonalRowSpace(MatrixRowSpace):
    """Any rank: the rank-revealing QR Aᵀ Π = Q R with column pivoting, and dependent rows of A dropped.

    Attributes:
        Q: (d, rank), orthonormal columns.
        R: (rank, n), its leading square block upper triangular.
        order: (n,) the rows of A in pivoting order, the independent ones first.
    """

    Q: Float[np.ndarray, "d r"]
    R: Float[np.ndarray, "r n"]
    order: np.ndarray

    def dual(self, z: Vector) -> Dual:  # noqa: D102
        if self._sharp is not None:
            return self.lift(self._sharp.rows @ z)
        coordinates = self.Q.T @ z
        permuted = (
            np.linalg.pinv(self.R, rcond=1e-15) @ coordinates
            if self._is_deficient
            else sl.solve_triangular(self.R, coordinates)
        )
        nu = np.empty(len(self.order))
        nu[self.order] = permuted
        return nu

    def min_norm(self, b: Dual) -> Vector:  # noqa: D102
        if self._sharp is not None:
            return self._sharp.rows.T @ self._sharp.coordinates(b[self.order])
        # Refinement with A itself: Q is inaccurate in columns far smaller than the largest.
        solution = self.Q @ self._coordinates(b)
        for _ in range(_REFINEMENTS):
            solution = solution + self.Q @ self._coordinates(b - _product(self.A, solution))
        return solution

    def project(self, x: Columns) -> Columns:  # noqa: D102
        if self._sharp is not None:
            return self._sharp.rows.T @ (self._sharp.rows @ x)
        return self.Q @ (self.Q.T @ x)

    def basis(self, b: Dual) -> tuple[Float[np.ndarray, "r d"], Float[np.ndarray, " r"]]:  # noqa: D102
        if self._sharp is not None:
            return self._sharp.rows, self._sharp.coordinates(b[self.order])
        return self._rows, self._coordinates(b)

    def lift(self, coordinates: Float[np.ndarray, " r"]) -> Dual:  # noqa: D102
        nu = np.zeros(len(self.order))
        if self._sharp is not None:
            nu[self.order] = self._sharp.lift(coordinates)
        else:
            nu[self.order[: self.rank]] = sl.solve_triangular(self.R[:, : self.rank], coordinates)
        return nu

    @cached_property
    def _sharp(self) -> SharpRows | None:
        if self._is_deficient:
            return None
        return sharp_rows(dense_rows(self.A)[self.order], self.R[:, : self.rank])

    @cached_property
    def _rows(self) -> Matrix:
        # Qᵀ is inaccurate in columns far smaller than the largest; R⁻ᵀA is accurate column by column.
        rows = dense_rows(self.A)[self.order[: self.rank]]
        return sl.solve_triangular(self.R[:, : self.rank], rows, trans=1)

    def _coordinates(self, b: Dual) -> Float[np.ndarray, " r"]:
        """Qᵀx for the x with A x = b."""
        if self._is_deficient:
            # All equations are used, so that an inconsistent b is approximated in the least-squares sense.
            return np.linalg.lstsq(self.R.T, b[self.order], rcond=None)[0]
        return sl.solve_triangular(self.R, b[self.order[: self.rank]], trans=1)

    @property
    def _is_deficient(self) -> bool:
        return self.rank < len(self.order)


@dataclass(frozen=True, eq=False)
class GradedRowSpace(MatrixRowSpace):
    """Equations of very different sizes, by the row space of the same equations divided by their sizes."""

    scaled: MatrixRowSpace
    sizes: Dual

    def dual(self, z: Vector) -> Dual:  # noqa: D102
        return quotient(self.scaled.dual(z), self.sizes)

    def min_norm(self, b: Dual) -> Vector:  # noqa: D102
        return self.scaled.min_norm(quotient(b, self.sizes))

    def project(self, x: Columns) -> Columns:  # noqa: D102
        return self.scaled.project(x)

    def basis(self, b: Dual) -> tuple[Float[np.ndarray, "r d"], Float[np.ndarray, " r"]]:  # noqa: D102
        return self.scaled.basis(quotient(b, self.sizes))

    def lift(self, coordinates: Float[np.ndarray, " r"]) -> Dual:  # noqa: D102
        return quotient(self.scaled.lift(coordinates), self.sizes)

    def unreachable(self, b: Dual, solution: Vector) -> float:  # noqa: D102
        return self.scaled.unreachable(quotient(b, self.sizes), solution)


@dataclass(frozen=True, eq=False)
class IterativeRowSpace(MatrixRowSpace):
    """Operators, by products only: LSMR (Fong and Saunders 2011) for A⁺ and (Aᵀ)⁺."""

    reveals_rank: ClassVar[bool] = False

    def dual(self, z: Vector) -> Dual:  # noqa: D102
        return _lsmr(self.A.T, z)

    def min_norm(self, b: Dual) -> Vector:  # noqa: D102
        return _lsmr(self.A, b)

    def project(self, x: Columns) -> Columns:  # noqa: D102
        if x.ndim == 1:
            return _lsmr(self.A, _product(self.A, x))
        return np.column_stack([self.project(column) for column in x.T])

    def basis(self, b: Dual) -> tuple[Float[np.ndarray, "r d"], Float[np.ndarray, " r"]]:  # noqa: D102
        return self._expanded.basis(b)

    def lift(self, coordinates: Float[np.ndarray, " r"]) -> Dual:  # noqa: D102
        return self._expanded.lift(coordinates)

    @cached_property
    def _expanded(self) -> MatrixRowSpace:
        return row_space(dense_rows(self.A))


def row_sizes(A: Any) -> Dual:
    """Norm of each row; 1 for a row of zeros."""
    if sp.issparse(A):
        largest = np.asarray(abs(A).max(axis=1).todense()).ravel()
    else:
        largest = np.maximum(A.max(axis=1), -A.min(axis=1))
        if largest.min() > _LEAST_SQUARED and largest.max() < 1 / _LEAST_SQUARED:
            return np.sqrt(np.einsum("ij,ij->i", A, A))  # without a copy of A
    unit = np.where(largest > 0, largest, 1.0)
    squares = divided(A, unit) ** 2
    return unit * np.sqrt(np.where(largest > 0, np.asarray(squares.sum(axis=1)).ravel(), 1.0))


def divided(A: Any, sizes: Dual) -> Any:
    """Each row of A divided by its size."""
    return sp.csr_array(sp.diags_array(1 / sizes) @ A) if sp.issparse(A) else A / sizes[:, None]


def _rounding(A: Any, x: Vector) -> float:
    """A bound on the rounding error of A x, a few units in the last place of every term; 0 for an operator."""
    if isinstance(A, LinearOperator):
        return 0.0
    return _UNITS * float(np.finfo(float).eps) * norm(_product(abs(A), np.abs(x)))


def quotient(values: Dual, sizes: Dual) -> Dual:
    """values / sizes, infinite where that overflows."""
    with np.errstate(over="ignore"):
        return values / sizes


def _product(A: Any, columns: np.ndarray) -> np.ndarray:
    """A times a vector or a matrix, with as many axes as that."""
    return np.asarray(A @ columns).reshape(A.shape[0], *columns.shape[1:])


def _well_conditioned_cholesky(A: Any) -> Float[np.ndarray, "n n"] | None:
    """The lower Cholesky factor of AAᵀ, or None where it breaks down or its condition passes 1e12."""
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        gram = A @ A.T
    gram = np.asarray(gram.toarray() if sp.issparse(gram) else gram)
    if not np.isfinite(gram).all():
        return None
    factor, condition = sl.get_lapack_funcs(("potrf", "pocon"), (gram,))
    lower, failed = factor(gram, lower=1, clean=1)
    if failed:
        return None
    reciprocal, _ = condition(lower, np.abs(gram).sum(axis=0).max(), uplo="L")
    return lower if reciprocal * _WORST_GRAM_CONDITION > 1 else None


def _pivoted(A: Any, rank: int | None = None) -> OrthogonalRowSpace:
    rows = dense_rows(A)
    # With columns of A sorted by size, small columns stay accurate (Cox and Higham 1998).
    falling = np.argsort(-np.abs(rows).max(axis=0), kind="stable")
    decomposition: Any = sl.qr(rows[:, falling].T, mode="economic", pivoting=True)
    Q, R, order = decomposition
    Q = Q[np.argsort(falling)]
    if rank is None:
        pivots = np.abs(np.diag(R))
        threshold = max(A.shape) * np.finfo(float).eps * pivots[0]
        rank = int((pivots > threshold).sum())
    return OrthogonalRowSpace(A, rank, Q[:, :rank], R[:rank], order)


def _lsmr(A: Any, b: np.ndarray) -> np.ndarray:
    from scipy.sparse.linalg import lsmr  # the import alone costs 60 ms

    # The second pass solves for the misfit of the first, which is iterative refinement with a Krylov method.
    solution = np.zeros(A.shape[1])
    for _ in range(2):
        left = b - _product(A, solution)
        if not left.any():
            break
        correction = lsmr(A, left, atol=1e-15, btol=1e-15, conlim=0, maxiter=10 * min(A.shape) + 100)[0]
        solution = solution + correction
    return solution
