"""Newton steps on the dual: the Hessian, cheaply, and its regularised solution."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.linalg as sl
from jaxtyping import Float

from ridgeless._core.arrays import Dual, Matrix, Vector, norm
from ridgeless.limits.tolerances import TOLERANCES


@dataclass(frozen=True)
class Goal:
    """What a solver is to reach: B x = c, with B the orthonormalised rows of A.

    Attributes:
        rows: B, shape (r, d), kept in Fortran order: columns are what a Hessian picks, and BLAS copies the other.
        rhs: c, shape (r,).
        size: what ‖Bx − c‖ is measured in: ‖c‖, or the size of the start where c = 0.
        reference: the largest entry that x is expected to have, max|A⁺b|, or that of the start where b = 0.
        tol: on ‖Bx − c‖/size; a solution that misses it is returned all the same, for the caller to judge.
    """

    rows: Matrix
    rhs: Dual
    size: float
    reference: float
    tol: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "rows", np.asfortranarray(self.rows))

    def apply(self, x: Vector) -> Dual:
        """B x."""
        # All products go to SciPy's BLAS, as the factorisations do: NumPy brings another, and where both have
        # threads, each waits for cores on which the other's are spinning.
        return _blas("gemv", self.rows)(1.0, self.rows, x)

    def pull_back(self, nu: Dual) -> Vector:
        """Bᵀ ν."""
        return _blas("gemv", self.rows)(1.0, self.rows, nu, trans=1)

    def misfit(self, x: Vector) -> tuple[Dual, float]:
        """Bx − c, and its size without units (infinite where x is not finite)."""
        with np.errstate(over="ignore", invalid="ignore"):
            misfit = self.apply(x) - self.rhs
            error = norm(misfit) / self.size if np.isfinite(misfit).all() else np.inf
        return misfit, error if np.isfinite(error) else np.inf


def weighted_gram(rows: Matrix, weights: Vector) -> Float[np.ndarray, "n n"]:
    """B·diag(weights)·Bᵀ for weights ≥ 0, by the half of the products that symmetry leaves."""
    scaled = rows * np.sqrt(weights)
    return _symmetric_product(scaled)


def leading_gram(rows: Matrix, weights: Vector, kept: int) -> Float[np.ndarray, "n n"]:
    """B·diag(weights)·Bᵀ for B with orthonormal rows, from the `kept` largest weights.

    The others are replaced by their mean, for which BBᵀ = I makes the sum free: a Hessian good enough for
    Newton's direction at the cost of `kept` columns instead of all.
    """
    if kept >= len(weights):
        return weighted_gram(rows, weights)
    largest = np.argpartition(weights, -kept)[-kept:]
    rest = (float(np.sum(weights)) - float(np.sum(weights[largest]))) / (len(weights) - kept)
    rest = min(max(rest, 0.0), float(np.min(weights[largest])))
    gram = _symmetric_product(rows[:, largest] * np.sqrt(weights[largest] - rest))
    gram[np.diag_indices_from(gram)] += rest
    return gram


def regularised_solve(gram: Float[np.ndarray, "n n"], rhs: Dual) -> Dual:
    """(gram + ridge·mean diagonal·I)⁻¹ rhs; the ridge starts at 1e-14 and grows until Cholesky succeeds.

    Only the lower triangle of `gram` is read.
    """
    diagonal = np.diagonal(gram).copy()
    mean = float(np.mean(diagonal))
    if not (np.isfinite(mean) and np.isfinite(rhs).all()) or mean <= 0:
        return np.full_like(rhs, np.nan)
    factorise: Any = sl.get_lapack_funcs("potrf", (gram,))
    ridge = TOLERANCES.rounding
    while ridge <= TOLERANCES.shown:
        shifted = gram.copy(order="F")
        shifted[np.diag_indices_from(shifted)] = diagonal + ridge * mean
        factor, failed = factorise(shifted, lower=1, overwrite_a=1)
        if not failed:
            return sl.cho_solve((factor, True), rhs)
        ridge *= 10
    return np.full_like(rhs, np.nan)


def graded_solve(gram: Float[np.ndarray, "n n"], rhs: Dual) -> Dual:
    """The same, each equation first brought to size 1: where they are graded, none drowns in the ridge of a larger.

    Only the lower triangle of `gram` is read.
    """
    root = np.sqrt(np.diagonal(gram))
    if not (np.isfinite(root).all() and np.isfinite(rhs).all()) or np.max(root, initial=0.0) == 0:
        return np.full_like(rhs, np.nan)
    root = np.where(root > 0, root, np.max(root))
    return regularised_solve(np.asfortranarray(gram / root / root[:, None]), rhs / root) / root


def log_rise(growth: np.ndarray) -> np.ndarray:
    """By how much log X changes where Newton asks X to change by this part of itself.

    What is less than half of X is added, and what takes more is taken by a factor: no step leaves the positive numbers.
    """
    added = np.maximum(growth, -TOLERANCES.half)
    return np.minimum(growth - added, 0.0) + np.log1p(added)


def _symmetric_product(rows: Matrix) -> Float[np.ndarray, "n n"]:
    """The lower triangle of rows·rowsᵀ, in Fortran order."""
    return _blas("syrk", rows)(1.0, rows, lower=1)


def _blas(name: str, matrix: Matrix) -> Any:
    return sl.get_blas_funcs(name, (matrix,))
