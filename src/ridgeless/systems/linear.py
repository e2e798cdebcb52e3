"""`LinearSystem`: the equations A x = b, which training solves by one of usually infinitely many solutions."""

from __future__ import annotations

from dataclasses import InitVar, dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
import scipy.linalg as sl
from jaxtyping import Bool, Float
from numpy.typing import ArrayLike
from scipy.sparse.linalg import LinearOperator

from ridgeless._core.arrays import Dual, Matrix, Vector, norm, real_array
from ridgeless._core.extremes import beyond_float64, guard
from ridgeless.errors import InvalidInputError
from ridgeless.systems import spectrum
from ridgeless.systems.block_row_space import block_row_space
from ridgeless.systems.blocks import ColumnBlocks
from ridgeless.systems.complex_parts import is_complex, stacked_vector
from ridgeless.systems.construction import stored
from ridgeless.systems.contradictions import no_solution
from ridgeless.systems.kernels import feature_equations, kernel_equations
from ridgeless.systems.names import aligned, in_columns, labelled, vector
from ridgeless.systems.normalize import dense_rows, kept_columns
from ridgeless.systems.precision import precision_of_decimals
from ridgeless.systems.rank_decision import RankDecision, note_on_digits, of_matrix_alone
from ridgeless.systems.representation import Representation
from ridgeless.systems.row_coordinates import RowCoordinates, explicit, implicit
from ridgeless.systems.row_space import CholeskyRowSpace, MatrixRowSpace, is_expandable, row_space, row_space_of_rank
from ridgeless.systems.summary import html_of, line_of

# Relative size of the part of b outside the range of A up to which the system is consistent: far above eps·cond of any
# that the factorisation accepts, and far below the inconsistency of measured data.
_UNREACHABLE = 1e-9
_UNREACHABLE_BY_PRODUCTS = 1e-5
_OF_THE_MATRIX = (
    "row_space",
    "row_coordinates",
    "_dense",
    "spectral_norm",
    "least_singular_value",
    "frobenius_norm",
)


@dataclass(frozen=True, eq=False)
class LinearSystem:
    """A linear system A x = b, with A of shape (n, d): usually n < d, so that the solutions are many.

    A is factorised when first needed, and once: AAᵀ by Cholesky; a pivoted QR of Aᵀ where the condition number of AAᵀ
    exceeds 1e12 (dependent rows are dropped: pseudo-inverse semantics); LSMR for an operator; a dask array by blocks.

    Attributes:
        A: (n, d) NumPy array, SciPy sparse matrix, `scipy.sparse.linalg.LinearOperator`, or a dask array as
            `ColumnBlocks`, in float64.
        b: (n,) right-hand side.
        truth: (d,) the true x from which b was computed, where it is known.
        name: the name of the system in reports.
        names: (d,) the names of the unknowns; by default the columns of A where it is a DataFrame.
        rcond: the tolerance below which a singular value counts as 0, which determines the rank.

            - None: the precision of the data type. float64, integers and whole numbers are exact. An equation in
              float32 or float16 that the others imply up to rounding is replaced, with its b, by exactly what they
              imply, so that A and b stay consistent.
            - a number: singular values up to rcond·σ_max are dropped, A and b are projected onto the others, and
              `min_norm` is `np.linalg.lstsq(A, b, rcond)[0]`; 0 takes every stored number as exact.
            - a `DataPrecision`, as `precision_of_decimals` makes it for numbers that were written with few digits.
        rank_decision: the outcome: the rank, the equations replaced, and the changes of A and b; None where nothing was
            decided. `precision_note` is the same in words.
        readout: (m, d) matrix of `predict`, of any kind that A may be; `from_kernel` and `from_features` set it.
        basis: B of `rl.systems.bases`: the unknowns are coefficients c of the signal s = B c, for which A is given.
        representation: how the unknowns stand for the signal; the system sets it.
        labels: (n,) labels of the equations: the index of A or b where it is a DataFrame or Series.

    Complex A or b become real equations of twice the size, [[Re A, −Im A], [Im A, Re A]] x = [Re b, Im b]; `signal(x)`
    is complex again, and B x where there is a basis. `truth` is a signal.

    A may be a DataFrame (pandas, polars), and b a Series or a column (n, 1). A labelled b is put in the order of the
    labels of A, and a labelled truth or readout in the order of the names.

    Raises:
        InvalidInputError: shapes that do not fit, an empty, ragged, textual or non-finite input, or labels
            that differ.

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
    names: Any = None
    rcond: Any = None
    readout: Any = None
    rank_decision: RankDecision | None = None
    representation: Representation | None = None
    labels: Any = field(init=False, default=None)
    basis: InitVar[Any] = None

    def __post_init__(self, basis: Any) -> None:
        self.__dict__.update(stored(self, basis))

    @classmethod
    def from_kernel(cls, kernel: Any, inputs: Any, values: Any, grid: Any) -> LinearSystem:
        """Interpolation with a kernel: the functions f with f(inputs) = values, evaluated on a grid.

        The Gram matrix on inputs ∪ grid is R Rᵀ, by eigendecomposition without the numerically zero part (at most
        N·ε·λ_max for N points). Then A = R[inputs], b = values, `predict` gives f = R[grid] x, and ‖x‖₂ is the norm
        of f in the kernel's space. Training x itself from x₀, that is from f₀, ends at

            f∞(·) = f₀(·) + k(·, X) K⁻¹ (b − f₀(X)),    K = k(X, X),

        the interpolant of least norm, plus the part of f₀ that the data do not determine. Other networks converge to
        another f. With x₀ ~ N(0, I), f₀ is a sample of the Gaussian process of covariance k, and f∞ one of the process
        conditioned on the data (Matheron's rule). The accuracy is ε·cond(K). Where a smooth kernel makes K singular to
        machine precision, b is the projection of the values onto the range of the features, changed by at most
        √(N·ε·λ_max)·‖x‖ and at most 1e-6 of its size; values farther away are inconsistent.

        Args:
            kernel: kernel(X, Y), the (n, m) Gram matrix of X (n, p) and Y (m, p): scikit-learn's kernels, or a
                function of one's own. It is symmetric and positive semidefinite.
            inputs: (n,) or (n, p) points where f is known. Points may repeat; if their values contradict each
                other, the system is inconsistent, and says so in use.
            values: (n,) values of f at the inputs.
            grid: (m,) or (m, p) points where f is wanted; inputs may be among them.

        Raises:
            InvalidInputError: no points, dimensions or lengths that do not fit, or a kernel that is no function or
                whose Gram matrix has the wrong shape, is not finite, not symmetric or indefinite.

        Source: Jacot, Gabriel and Hongler 2018, "Neural tangent kernel: convergence and generalization in neural
        networks"; Wilson et al. 2021, "Pathwise conditioning of Gaussian processes", for Matheron's rule.

        Example:
            >>> import numpy as np
            >>> def brownian(X, Y): return np.minimum(X, Y.T)
            >>> system = LinearSystem.from_kernel(brownian, [1.0, 2.0], [1.0, 5.0], grid=[0.5, 1.0, 1.5, 2.0, 2.5])
            >>> system.predict(system.min_norm()).round(6)
            array([0.5, 1. , 3. , 5. , 5. ])
        """
        points, rhs = labelled(inputs, values, "LinearSystem.from_kernel", "inputs")
        design, rhs, readout = kernel_equations(kernel, points.values, rhs, grid)
        return cls(design, rhs, readout=readout)

    @classmethod
    def from_features(cls, features: Any, values: Any, grid_features: Any = None) -> LinearSystem:
        """Regression on features: A = features, b = values.

        `predict` gives grid_features @ x, and the fitted values features @ x where no grid is given. `from_kernel`
        describes the limit of training, with the kernel k(z, z') = φ(z)·φ(z') of the features.

        Args:
            features: (n, d), one row φ(z) for each point z where the function is known; of any kind that A may be.
            values: (n,) values of the function there.
            grid_features: (m, d), one row for each point where the function is wanted.

        Raises:
            InvalidInputError: features that are a function, empty or not finite; lengths that do not fit.

        Example:
            >>> import numpy as np
            >>> powers = np.vander([0.0, 1.0], 3, increasing=True)
            >>> system = LinearSystem.from_features(powers, [0.0, 1.0], np.vander([2.0], 3, increasing=True))
            >>> system.predict(system.min_norm()).round(6)
            array([3.])
        """
        given, rhs = labelled(features, values, "LinearSystem.from_features", "features")
        design, rhs, readout = feature_equations(
            given.values, rhs, in_columns(grid_features, "grid_features", given.columns)
        )
        return cls(design, rhs, names=given.columns, readout=readout)

    __repr__ = line_of
    _repr_html_ = html_of

    @property
    def shape(self) -> tuple[int, int]:
        """(n, d): equations, unknowns."""
        return int(self.A.shape[0]), int(self.A.shape[1])

    def matvec(self, x: ArrayLike) -> Dual:
        """A x, for x of shape (d,)."""
        vector = self._fitting(x, "matvec", "x", self.shape[1])
        with np.errstate(over="ignore", invalid="ignore"):
            return np.asarray(self.A @ vector).ravel()

    def rmatvec(self, r: ArrayLike) -> Vector:
        """Aᵀ r, for r of shape (n,)."""
        vector = self._fitting(r, "rmatvec", "r", self.shape[0])
        is_code = isinstance(self.A, LinearOperator)
        with np.errstate(over="ignore", invalid="ignore"):
            return np.asarray(self.A.rmatvec(vector) if is_code else self.A.T @ vector).ravel()

    def predict(self, x: ArrayLike) -> Float[np.ndarray, " m"]:
        """readout @ x, shape (m,): the function values on the grid of `from_kernel` or `from_features`.

        Raises:
            InvalidInputError: the system has no readout, or x another shape than (d,).
        """
        if self.readout is None:
            raise InvalidInputError(
                f"LinearSystem.predict: {self!r} has no readout; type LinearSystem(A, b, readout=B) for B @ x, or "
                "make the system by LinearSystem.from_kernel or LinearSystem.from_features."
            )
        return np.asarray(self.readout @ self._fitting(x, "predict", "x", self.shape[1])).ravel()

    def signal(self, x: ArrayLike) -> np.ndarray:
        """What the unknowns x, of shape (d,), stand for: s = B x in the shape of the basis, complex where A or b is.

        Example:
            >>> import numpy as np
            >>> system = LinearSystem(np.array([[1.0, 1j]]), np.array([2.0 + 2j]))
            >>> system.signal(system.min_norm()).round(6)
            array([1.+1.j, 1.-1.j])
        """
        vector = self._fitting(x, "signal", "x", self.shape[1])
        return vector if self.representation is None else self.representation.signal(vector)

    @cached_property
    def row_space(self) -> MatrixRowSpace:
        """The factorisation of A that all projections use, computed once."""
        if isinstance(self.A, ColumnBlocks):
            return block_row_space(self.A)
        decision = self.rank_decision
        return row_space(self.A) if decision is None else row_space_of_rank(self.A, decision.rank)

    @property
    def rank(self) -> int:
        """Number of independent equations; min(n, d) where only a Krylov method is used, which does not reveal it."""
        return self.row_space.rank

    @cached_property
    def precision_note(self) -> str:
        """How the precision of the data affected the rank of A, in words; "" where it did not.

        float64 numbers that look rounded to few digits are taken as stored, and the note says so where some singular
        values of A are no larger than that rounding.
        """
        if self.rank_decision is not None or self.rcond is not None:
            return "" if self.rank_decision is None else self.rank_decision.note
        if isinstance(self.A, LinearOperator):
            return ""
        precision = precision_of_decimals(self.A, self.b)
        return "" if precision.matrix.is_exact else note_on_digits(self.row_space, self.b, precision)

    @property
    def is_expandable(self) -> bool:
        """Whether methods may make dense rows: up to 2 GiB of a sparse matrix, 256 MiB of an operator, none of dask."""
        return is_expandable(self.A)

    @property
    def is_unique(self) -> bool:
        """Whether A has full column rank: one solution, whatever the initialization."""
        return self.shape[0] >= self.shape[1] and self.row_space.reveals_rank and self.rank == self.shape[1]

    @cached_property
    def _min_norm(self) -> Vector:
        with guard("LinearSystem.min_norm", self):
            solution = self.row_space.min_norm(self.b)
            if not np.isfinite(solution).all():
                raise beyond_float64("LinearSystem.min_norm", "A⁺b is larger than 1.8e308")
            misfit = self.row_space.unreachable(self.b, solution)
        if misfit > (_UNREACHABLE if self.row_space.reveals_rank else _UNREACHABLE_BY_PRODUCTS):
            raise no_solution(self, solution, misfit)
        return solution

    def with_right(self, b: ArrayLike) -> LinearSystem:
        """The system A x = b with another right-hand side, which shares the factorisation; its truth is not known."""
        is_signal = self.representation is not None and self.representation.is_complex and is_complex(b)
        rhs, labels = (stacked_vector if is_signal else vector)(b, "LinearSystem.with_right", "b")
        rhs = aligned(rhs, labels, self.labels, "LinearSystem.with_right", "b", "A")
        other = replace(self, b=rhs, truth=None, rank_decision=of_matrix_alone(self.rank_decision))
        object.__setattr__(other, "labels", self.labels or labels)
        for shared in _OF_THE_MATRIX:
            if shared in self.__dict__:
                other.__dict__[shared] = self.__dict__[shared]
        return other

    def restricted(self, keep: Bool[np.ndarray, " d"]) -> LinearSystem:
        """The system on the unknowns that the mask keeps, with the others set to 0."""
        names = None if self.names is None else [name for name, kept in zip(self.names, keep, strict=True) if kept]
        return LinearSystem(kept_columns(self.A, keep), self.b, names=names)

    def min_norm(self) -> Vector:
        """θ* = A⁺b, the solution of least Euclidean norm.

        Raises:
            InconsistentSystemError: no x solves the system.
        """
        return self._min_norm.copy()

    def refuse_inconsistent(self) -> None:
        """Raise if the system is inconsistent, as `min_norm` does; at no cost where a Cholesky factor shows full rank.

        Raises:
            InconsistentSystemError: no x solves the system.
        """
        if not (isinstance(self.row_space, CholeskyRowSpace) and self.row_space.reaches(self.b)):
            self.min_norm()

    def project_rows(self, x: ArrayLike) -> Float[np.ndarray, "d *k"]:
        """P_A x = A⁺A x, the orthogonal projection onto the row space. For x of shape (d,), or (d, k) by columns."""
        return self.row_space.project(self._in_columns(x, "project_rows"))

    def project_null(self, x: ArrayLike) -> Float[np.ndarray, "d *k"]:
        """P_N x = x − P_A x, the orthogonal projection onto the null space. For (d,), or (d, k) by columns."""
        columns = self._in_columns(x, "project_null")
        return columns - self.row_space.project(columns)

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
    def orthonormal_rows(self) -> Float[np.ndarray, "r d"]:
        """B, with r rows that are orthonormal to rounding and span the row space of A."""
        rows = self.row_space.basis(self.b)[0]
        # A second Cholesky factorisation removes the loss of orthogonality due to the condition number of A.
        lower = sl.cholesky(rows @ rows.T, lower=True)
        return sl.solve_triangular(lower, rows, lower=True)

    @cached_property
    def row_coordinates(self) -> RowCoordinates:
        """Coordinates y = B x, with orthonormal rows B that span the row space of A."""
        space = self.row_space
        by_factor = implicit(space.A, space.lower) if isinstance(space, CholeskyRowSpace) else None
        return by_factor or explicit(self.A, self.orthonormal_rows)

    @cached_property
    def on_row_space(self) -> LinearSystem:
        """(A Bᵀ) y = b, the same equations on the r coordinates y = B x of `row_coordinates`."""
        return LinearSystem(self.row_coordinates.matrix, self.b, name=self.name)

    @cached_property
    def frobenius_norm(self) -> float:
        """‖A‖_F."""
        return spectrum.frobenius_norm(self.A, self.row_space if isinstance(self.A, ColumnBlocks) else None)

    @cached_property
    def spectral_norm(self) -> float:
        """σ_max(A), by Lanczos iteration on AAᵀ (relative accuracy 1e-6)."""
        return spectrum.largest_singular_value(self.A, self.row_space if isinstance(self.A, ColumnBlocks) else None)

    @cached_property
    def least_singular_value(self) -> float:
        """The least singular value of A that is not 0; 0 for A = 0."""
        return spectrum.least_singular_value(self.A, self.row_space)

    def residual(self, x: ArrayLike, start: ArrayLike | None = None) -> float:
        """The residual ‖Ax − b‖ / ‖b‖, a dimensionless number.

        For b = 0 it is ‖Ax‖ / (‖A‖_F ‖x₀‖), with x₀ the `start` of training (x itself where none is given),
        and 0 where both vanish.
        """
        misfit = norm(self.matvec(x) - self.b)
        if self.b.any():
            return misfit / norm(self.b)
        reference = real_array(x if start is None else start, "LinearSystem.residual", "start")
        size = self.frobenius_norm * norm(reference)
        if size == 0:
            return 0.0 if misfit == 0 else float("inf")
        return misfit / size

    def _in_columns(self, values: ArrayLike, call: str) -> np.ndarray:
        columns = real_array(values, f"LinearSystem.{call}", "x")
        if columns.ndim == 2 and columns.shape[0] == self.shape[1]:
            return columns
        return self._fitting(columns, call, "x", self.shape[1])

    def _fitting(self, values: ArrayLike, call: str, what: str, length: int) -> np.ndarray:
        vector = real_array(values, f"LinearSystem.{call}", what)
        if vector.shape != (length,):
            raise InvalidInputError(
                f"LinearSystem.{call}: {what} needs shape ({length},) for {self!r}; it has {vector.shape}."
            )
        return vector
