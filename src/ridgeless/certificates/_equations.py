"""A x = b as a certificate reads it: products whose rounding is known, and corrections that solve it.

Rows are brought to about one size by powers of two, which round nothing.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.linalg as sl
from jaxtyping import Float, Int
from scipy.sparse.linalg import LinearOperator, cg

from ridgeless import doubled
from ridgeless.arrays import Dual, Matrix, Vector
from ridgeless.doubled import Doubled
from ridgeless.systems import LinearSystem
from ridgeless.systems.blocks import ColumnBlocks

Solver = Callable[[Dual], Dual]

_RIDGES = (0.0, 1e-15, 1e-13, 1e-11, 1e-8)
_MOST_PRODUCTS = 300
_CG_ACCURACY: Any = 1e-10


class Equations(ABC):
    """A x = b.

    Attributes:
        b: (n,) the right-hand side, in units of `sizes`.
        sizes: (n,) powers of two that the equations were divided by.
        system: the equations as they were given.
    """

    b: Dual
    sizes: Dual
    system: LinearSystem

    @abstractmethod
    def pulled(self, high: Dual, low: Dual) -> Doubled:
        """Aᵀ(high + low), as well as products can be had."""

    @abstractmethod
    def missed(self, x: Vector, low: Vector) -> Dual:
        """b − A (x + low), as well as products can be had."""

    @abstractmethod
    def times(self, x: Vector) -> Dual:
        """A x in float64."""

    @abstractmethod
    def pulled_back(self, nu: Dual) -> Vector:
        """Aᵀν in float64."""

    @abstractmethod
    def rounding(self, x: Vector) -> Dual:
        """|A||x| + |b|, what the rounding of each equation is measured in, or a bound on it."""

    @abstractmethod
    def columns(self, index: Int[np.ndarray, " k"]) -> Float[np.ndarray, "n k"]:
        """Some columns of A."""

    @property
    @abstractmethod
    def lengths(self) -> Vector:
        """(d,) bounds on the lengths of the columns."""

    @abstractmethod
    def solver(self, weights: Vector) -> Solver | None:
        """r ↦ p with A W Aᵀ p ≈ r; None where the weights vanish or overflow."""

    @abstractmethod
    def spill(self, inverse: Float[np.ndarray, "k n"], where: np.ndarray) -> float:
        """Bound on ‖inverse·A_R‖, R being the mask."""

    def shortest(self, right: Dual) -> Vector:
        """A⁺ right."""
        return self.system.row_space.min_norm(right * self.sizes)


@dataclass(frozen=True, eq=False)
class DenseEquations(Equations):
    """Equations whose rows are at hand: products in doubled precision."""

    A: Matrix
    b: Dual
    sizes: Dual
    system: LinearSystem

    def pulled(self, high: Dual, low: Dual) -> Doubled:  # noqa: D102 - the base class tells
        return doubled.product(self.A.T, high, low)

    def missed(self, x: Vector, low: Vector) -> Dual:  # noqa: D102
        return -doubled.residual(self.A, x, self.b, low)

    def times(self, x: Vector) -> Dual:  # noqa: D102
        return self.A @ x

    def pulled_back(self, nu: Dual) -> Vector:  # noqa: D102
        return self.A.T @ nu

    def rounding(self, x: Vector) -> Dual:  # noqa: D102
        return np.abs(self.A) @ np.abs(x) + np.abs(self.b)

    def columns(self, index: Int[np.ndarray, " k"]) -> Float[np.ndarray, "n k"]:  # noqa: D102
        return self.A[:, index]

    @property
    def lengths(self) -> Vector:  # noqa: D102
        return np.linalg.norm(self.A, axis=0)

    def solver(self, weights: Vector) -> Solver | None:  # noqa: D102
        largest = float(np.max(weights, initial=0.0))
        if not (np.isfinite(largest) and largest > 0):
            return None
        rows = self.A * np.sqrt(weights / largest)
        return gram_solver(rows @ rows.T, largest)

    def spill(self, inverse: Float[np.ndarray, "k n"], where: np.ndarray) -> float:
        """The lesser of the Frobenius norm and √(‖M‖₁‖M‖_∞)."""
        sizes = np.abs(inverse @ self.A[:, where])
        if not sizes.size:
            return 0.0
        return float(min(np.linalg.norm(sizes), np.sqrt(sizes.sum(axis=0).max() * sizes.sum(axis=1).max())))


@dataclass(frozen=True, eq=False)
class ProductEquations(Equations):
    """Equations that are too large to expand: products in float64, and Gram matrices only of blocks."""

    b: Dual
    sizes: Dual
    system: LinearSystem

    def pulled(self, high: Dual, low: Dual) -> Doubled:  # noqa: D102
        return Doubled(self.system.rmatvec(high), self.system.rmatvec(low) if low.any() else np.zeros(self._unknowns))

    def missed(self, x: Vector, low: Vector) -> Dual:  # noqa: D102
        left = self.b - self.system.matvec(x)
        return left - self.system.matvec(low) if low.any() else left

    def times(self, x: Vector) -> Dual:  # noqa: D102
        return self.system.matvec(x)

    def pulled_back(self, nu: Dual) -> Vector:  # noqa: D102
        return self.system.rmatvec(nu)

    def rounding(self, x: Vector) -> Dual:
        """max|Ax| + |b| stands for it: what entries cancel in a product cannot be seen from outside."""
        return np.abs(self.b) + np.max(np.abs(self.system.matvec(x)), initial=0.0)

    def columns(self, index: Int[np.ndarray, " k"]) -> Float[np.ndarray, "n k"]:  # noqa: D102
        unit = np.zeros(self._unknowns)
        chosen = np.empty((len(self.b), len(index)))
        for place, which in enumerate(index):
            unit[which] = 1.0
            chosen[:, place] = self.system.matvec(unit)
            unit[which] = 0.0
        return chosen

    @property
    def lengths(self) -> Vector:
        """σ_max(A), which no column exceeds."""
        return np.full(self._unknowns, self.system.spectral_norm)

    def solver(self, weights: Vector) -> Solver | None:  # noqa: D102
        largest = float(np.max(weights, initial=0.0))
        if not (np.isfinite(largest) and largest > 0):
            return None
        scaled = weights / largest
        A = self.system.A
        if isinstance(A, ColumnBlocks):
            size = len(self.b)
            return gram_solver(A.summed(_weighted_gram, (size, size), A.aligned(scaled[None])), largest)
        return self._by_conjugate_gradients(scaled, largest)

    def _by_conjugate_gradients(self, weights: Vector, largest: float) -> Solver:
        size = len(self.b)
        gram = LinearOperator(
            (size, size), matvec=lambda p: self.system.matvec(weights * self.system.rmatvec(np.ravel(p))), dtype=float
        )

        def solved(right: Dual) -> Dual:
            if not right.any():
                return np.zeros_like(right)
            return cg(gram, right, rtol=_CG_ACCURACY, maxiter=_MOST_PRODUCTS)[0] / largest

        return solved

    def spill(self, inverse: Float[np.ndarray, "k n"], where: np.ndarray) -> float:
        """√Σ‖row·A‖², one product for each row."""
        squares = [float(np.sum(self.system.rmatvec(row)[where] ** 2)) for row in inverse]
        return float(np.sqrt(np.sum(squares)))

    @property
    def _unknowns(self) -> int:
        return self.system.shape[1]


def equations(system: LinearSystem) -> DenseEquations | ProductEquations:
    """The equations of a system, in the form that its matrix allows."""
    if not system.is_expandable:
        return ProductEquations(system.b, np.ones(len(system.b)), system)
    A = system.rows()
    largest = np.abs(A).max(axis=1, initial=0.0)
    sizes = np.ldexp(1.0, np.frexp(np.where(largest > 0, largest, 1.0))[1])
    return DenseEquations(A / sizes[:, None], system.b / sizes, sizes, system)


def gram_solver(gram: Float[np.ndarray, "n n"], unit: float) -> Solver | None:
    """r ↦ (unit·gram)⁻¹ r by Cholesky, equations scaled to one size; the diagonal is raised until that succeeds."""
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
        return lambda r, factor=factor: sl.cho_solve(factor, r / root) / root / unit
    return None


def _weighted_gram(block: np.ndarray, weights: np.ndarray) -> np.ndarray:
    return (block * weights[0]) @ block.T
