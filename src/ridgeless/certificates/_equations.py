"""The equations A x = b for certificates: products with known rounding errors, and least corrections of x.

Rows are scaled to about one size by powers of two, which causes no rounding.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, ClassVar, NamedTuple

import numpy as np
import scipy.linalg as sl
from jaxtyping import Float, Int
from scipy.sparse.linalg import LinearOperator, cg

from ridgeless._core import doubled
from ridgeless._core.arrays import Dual, Matrix, Vector
from ridgeless._core.doubled import Doubled
from ridgeless._core.exact.combination import combination
from ridgeless.systems import LinearSystem
from ridgeless.systems.blocks import ColumnBlocks


class Correction(NamedTuple):
    """W Aᵀp and p with A W Aᵀ p ≈ r: the least change of x, in the metric 1/W, that reduces b − A x by r.

    Attributes:
        x: (d,) W Aᵀp.
        nu: (n,) p.
    """

    x: Vector
    nu: Dual


Solver = Callable[[Dual], Correction]

# Enough bits to distinguish an exact linear dependence of float64 numbers from one up to rounding.
_IMPLIED_BITS = 200
# Multiplications of numbers of that many bits that a certificate may spend.
_MOST_WORK = 2_000_000
_RIDGES = (0.0, 1e-15, 1e-13, 1e-11, 1e-8)
_MOST_PRODUCTS = 300
# Corrections are repeated and their remainder is bounded, so that each needs only a few digits.
_CG_ACCURACY: Any = 1e-4
# SciPy's types do not list its keywords.
_OPERATOR: Any = LinearOperator


@dataclass(frozen=True, eq=False)
class Equations(ABC):
    """The equations A x = b, or independent ones among them, with rows scaled by powers of two.

    Attributes:
        b: (r,) the right-hand side, divided by `sizes`.
        sizes: (r,) powers of two that the equations were divided by.
        system: the equations as given.
        kept: (r,) the indices of the equations kept; the others depend on these.
        is_decided: whether that dependence is exact in the numbers as stored. Where it holds up to rounding only,
            another choice of equations has a slightly different row space.
        precision: the relative error, with respect to |A||x| + |b|, to which b − A x is computed.
    """

    b: Dual
    sizes: Dual
    system: LinearSystem
    kept: Int[np.ndarray, " r"]
    is_decided: bool = True
    precision: ClassVar[float]

    @abstractmethod
    def doubled_rmatvec(self, high: Dual, low: Dual) -> Doubled:
        """Aᵀ(high + low), in doubled precision where rows are at hand."""

    @abstractmethod
    def misfit(self, x: Vector, low: Vector) -> Dual:
        """b − A (x + low), in doubled precision where rows are at hand."""

    @abstractmethod
    def matvec(self, x: Vector) -> Dual:
        """A x in float64."""

    @abstractmethod
    def rmatvec(self, nu: Dual) -> Vector:
        """Aᵀν in float64."""

    @abstractmethod
    def terms(self, x: Vector) -> Dual:
        """|A||x| + |b|, the size of the terms of each equation, or a bound on it."""

    @abstractmethod
    def columns(self, index: Int[np.ndarray, " k"]) -> Float[np.ndarray, "n k"]:
        """The columns of A at these indices."""

    @property
    @abstractmethod
    def column_bounds(self) -> Vector:
        """(d,) bounds on the Euclidean lengths of the columns."""

    @abstractmethod
    def gram_solution(self, weights: Vector, unit: float) -> Callable[[Dual], Dual] | None:
        """r ↦ (unit·A W Aᵀ)⁻¹ r for weights of at most 1, to a few digits; None where the Gram matrix is unusable."""

    def solver(self, weights: Vector) -> Solver | None:
        """Corrections by the Gram matrix A W Aᵀ, or by products with it; None where the weights vanish or overflow."""
        largest = _largest(weights)
        solve = None if largest is None else self.gram_solution(weights / largest, largest)
        if solve is None:
            return None

        def corrected(rhs: Dual) -> Correction:
            nu = solve(rhs)
            return Correction(weights * self.rmatvec(nu), nu)

        return corrected

    def graded_solver(self, weights: Vector) -> Solver | None:  # noqa: ARG002
        """Corrections by a factorisation that is accurate for weights of very different sizes; None without one."""
        return None

    @abstractmethod
    def coupling(self, inverse: Float[np.ndarray, "k n"], where: np.ndarray) -> float:
        """A bound on ‖inverse·A_R‖, where R is the mask `where`."""

    def min_norm(self, rhs: Dual) -> Vector:
        """A⁺ rhs in float64; less accurate where only products are known."""
        if not np.isfinite(rhs).all():
            return np.full(self.system.shape[1], np.nan)
        return self.system.row_space.min_norm(rhs * self.sizes)

    def dual(self, nu: Dual) -> np.ndarray:
        """The ν of the kept equations with the same Aᵀν as a given ν of all equations."""
        return nu * self.sizes


@dataclass(frozen=True, eq=False)
class DenseEquations(Equations):
    """Equations with A as an array: products in doubled precision."""

    precision: ClassVar[float] = float(np.finfo(float).eps ** 2)

    A: Matrix = field(kw_only=True)

    def doubled_rmatvec(self, high: Dual, low: Dual) -> Doubled:
        return doubled.product(self.A.T, high, low)

    def misfit(self, x: Vector, low: Vector) -> Dual:
        return -doubled.misfit(self.A, x, self.b, low)

    def matvec(self, x: Vector) -> Dual:
        return self.A @ x

    def rmatvec(self, nu: Dual) -> Vector:
        return self.A.T @ nu

    def terms(self, x: Vector) -> Dual:
        return np.abs(self.A) @ np.abs(x) + np.abs(self.b)

    def columns(self, index: Int[np.ndarray, " k"]) -> Float[np.ndarray, "n k"]:
        return self.A[:, index]

    @property
    def column_bounds(self) -> Vector:
        return np.linalg.norm(self.A, axis=0)

    def gram_solution(self, weights: Vector, unit: float) -> Callable[[Dual], Dual] | None:
        rows = self.A * np.sqrt(weights)
        return gram_solver(rows @ rows.T, unit)

    def graded_solver(self, weights: Vector) -> Solver | None:
        """Pivoted QR of √W Aᵀ with sorted rows, which is backward stable row by row (Cox and Higham 1998)."""
        largest = _largest(weights)
        if largest is None:
            return None
        order = np.argsort(-weights, kind="stable")
        root = np.sqrt(weights[order] / largest)
        decomposition: Any = sl.qr((self.A[:, order] * root).T, mode="economic", pivoting=True, check_finite=False)
        Q, R, pivots = decomposition
        if not np.all(np.abs(np.diagonal(R)) > 0) or len(R) < len(self.b):
            return None

        def corrected(rhs: Dual) -> Correction:
            inner = sl.solve_triangular(R, rhs[pivots], trans=1, check_finite=False)
            x, nu = np.empty(len(order)), np.empty(len(rhs))
            x[order] = root * (Q @ inner)
            nu[pivots] = sl.solve_triangular(R, inner, check_finite=False) / largest
            return Correction(x, nu)

        return corrected

    def min_norm(self, rhs: Dual) -> Vector:
        """A⁺ rhs."""
        if len(self.kept) == self.system.shape[0]:
            return super().min_norm(rhs)
        return np.asarray(np.linalg.lstsq(self.A, rhs, rcond=None)[0])

    def dual(self, nu: Dual) -> np.ndarray:
        """The ν of the kept equations with the same Aᵀν, by least squares."""
        if len(self.kept) == len(nu):
            return nu * self.sizes
        pulled = self.system.rmatvec(nu)
        return np.asarray(np.linalg.lstsq(self.A.T, pulled, rcond=None)[0])

    def coupling(self, inverse: Float[np.ndarray, "k n"], where: np.ndarray) -> float:
        """The smaller of the Frobenius norm and √(‖M‖₁‖M‖_∞) of M = inverse·A_R."""
        sizes = np.abs(inverse @ self.A[:, where])
        if not sizes.size:
            return 0.0
        return float(min(np.linalg.norm(sizes), np.sqrt(sizes.sum(axis=0).max() * sizes.sum(axis=1).max())))


@dataclass(frozen=True, eq=False)
class ProductEquations(Equations):
    """Equations with A as an operator or in blocks: products in float64, and a Gram matrix only of blocks."""

    precision: ClassVar[float] = float(np.finfo(float).eps)

    def doubled_rmatvec(self, high: Dual, low: Dual) -> Doubled:
        return Doubled(self.system.rmatvec(high), self.system.rmatvec(low) if low.any() else np.zeros(self._unknowns))

    def misfit(self, x: Vector, low: Vector) -> Dual:
        left = self.b - self.system.matvec(x)
        return left - self.system.matvec(low) if low.any() else left

    def matvec(self, x: Vector) -> Dual:
        return self.system.matvec(x)

    def rmatvec(self, nu: Dual) -> Vector:
        return self.system.rmatvec(nu)

    def terms(self, x: Vector) -> Dual:
        """max|Ax| + |b|, in place of |A||x| + |b|: an operator does not show how its terms cancel."""
        return np.abs(self.b) + np.max(np.abs(self.system.matvec(x)), initial=0.0)

    def columns(self, index: Int[np.ndarray, " k"]) -> Float[np.ndarray, "n k"]:
        unit = np.zeros(self._unknowns)
        chosen = np.empty((len(self.b), len(index)))
        for place, which in enumerate(index):
            unit[which] = 1.0
            chosen[:, place] = self.system.matvec(unit)
            unit[which] = 0.0
        return chosen

    @property
    def column_bounds(self) -> Vector:
        """σ_max(A), which no column exceeds."""
        return np.full(self._unknowns, self.system.spectral_norm)

    def gram_solution(self, weights: Vector, unit: float) -> Callable[[Dual], Dual] | None:
        A, size = self.system.A, len(self.b)
        if isinstance(A, ColumnBlocks):
            return gram_solver(A.summed(_weighted_gram, (size, size), A.aligned(weights[None])), unit)
        return self._by_conjugate_gradients(weights, unit)

    def _by_conjugate_gradients(self, weights: Vector, unit: float) -> Callable[[Dual], Dual]:
        def multiplied(p: np.ndarray) -> np.ndarray:
            return self.system.matvec(weights * self.system.rmatvec(np.ravel(p)))

        gram: Any = _OPERATOR((len(self.b), len(self.b)), matvec=multiplied, dtype=float)

        def solved(rhs: Dual) -> Dual:
            if not rhs.any():
                return np.zeros_like(rhs)
            return cg(gram, rhs, rtol=_CG_ACCURACY, maxiter=_MOST_PRODUCTS)[0] / unit

        return solved

    def coupling(self, inverse: Float[np.ndarray, "k n"], where: np.ndarray) -> float:
        """The Frobenius norm of inverse·A_R, by one product for each row."""
        squares = [float(np.sum(self.system.rmatvec(row)[where] ** 2)) for row in inverse]
        return float(np.sqrt(np.sum(squares)))

    def min_norm(self, rhs: Dual) -> Vector:
        """A⁺ rhs, to a few digits."""
        return self.system.rmatvec(self._by_conjugate_gradients(np.ones(self._unknowns), 1.0)(rhs))

    @property
    def _unknowns(self) -> int:
        return self.system.shape[1]


def equations_of(system: LinearSystem) -> DenseEquations | ProductEquations:
    """The equations of a system, as `DenseEquations` where A can be expanded.

    Of equations that depend on others up to rounding, those that a pivoted QR takes first are kept: a solution of these
    solves the others up to their rounding.
    """
    if not system.is_expandable:
        return ProductEquations(system.b, np.ones(len(system.b)), system, np.arange(len(system.b)))
    A = system.rows()
    largest = np.abs(A).max(axis=1, initial=0.0)
    sizes = np.ldexp(1.0, np.frexp(np.where(largest > 0, largest, 1.0))[1])
    even, b, kept, unit = A / sizes[:, None], system.b / sizes, np.arange(len(sizes)), sizes
    if system.rank < len(sizes):
        decomposition: Any = sl.qr(even.T, mode="r", pivoting=True)
        kept = np.sort(decomposition[1][: system.rank])
        even, b, sizes = even[kept], b[kept], sizes[kept]
    return DenseEquations(b, sizes, system, kept, _are_implied(A / unit[:, None], kept), A=even)


def are_spanned(basis: Float[np.ndarray, "n k"], columns: Float[np.ndarray, "n m"]) -> bool:
    """Whether columns are exact combinations of a basis; False where checking would take too long."""
    rows, size = basis.shape
    if size == rows or not columns.shape[1]:
        return True
    if columns.shape[1] * rows * size > _MOST_WORK:
        return False
    return all(combination(basis, column, _IMPLIED_BITS).is_exact for column in columns.T)


def decided(system: LinearSystem) -> LinearSystem:
    """The system without equations that depend on others up to rounding but not exactly, as the limits solve it.

    Equations that follow exactly from others are kept: they change nothing, or they contradict.
    """
    equations = equations_of(system)
    if equations.is_decided:
        return system
    return LinearSystem(system.rows()[equations.kept], system.b[equations.kept])


def _are_implied(A: Matrix, kept: Int[np.ndarray, " r"]) -> bool:
    """Whether the equations left out depend exactly on those kept, and not only up to rounding."""
    left_out = np.setdiff1d(np.arange(len(A)), kept)
    return all(combination(A[kept].T, A[row], _IMPLIED_BITS).is_exact for row in left_out)


def gram_solver(gram: Float[np.ndarray, "n n"], unit: float) -> Callable[[Dual], Dual] | None:
    """r ↦ (unit·gram)⁻¹ r by Cholesky, scaled to unit diagonal; a ridge is added until the factorisation succeeds."""
    root = np.sqrt(np.diagonal(gram))
    if not np.isfinite(root).all() or np.max(root, initial=0.0) == 0:
        return None
    root = np.where(root > 0, root, np.max(root))
    even = gram / root / root[:, None]
    for ridge in _RIDGES:
        shifted = even.copy()
        shifted[np.diag_indices_from(shifted)] += ridge
        try:
            factor: Any = sl.cho_factor(shifted, lower=True, overwrite_a=True)
        except np.linalg.LinAlgError:
            continue
        return lambda r, factor=factor: sl.cho_solve(factor, r / root, check_finite=False) / root / unit
    return None


def _largest(weights: Vector) -> float | None:
    """The largest weight; None where the weights vanish or overflow."""
    largest = float(np.max(weights, initial=0.0))
    return largest if np.isfinite(largest) and largest > 0 else None


def _weighted_gram(block: np.ndarray, weights: np.ndarray) -> np.ndarray:
    return (block * weights[0]) @ block.T
