"""Linear algebra of Newton's method on the dual of a separable minimisation: Hessians B·W·Bᵀ and Cholesky solves.

The solvers for depth 2, for depth 3 and more and for columns of different size build their steps from these.
"""

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
    """The equations B x = c that a solver is to satisfy, B being the orthonormalised rows of A, and how closely.

    Attributes:
        rows: B, shape (r, d), in Fortran order: Hessians select columns, and BLAS would copy the other order.
        rhs: c, shape (r,).
        size: the unit of ‖Bx − c‖: ‖c‖, or the size of the start where c = 0.
        reference: the largest entry that x is expected to have, max|A⁺b|, or that of the start where b = 0.
        tol: the bound on ‖Bx − c‖/size; a solver that misses it returns its best x, for the caller to judge.
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
        # Products use SciPy's BLAS, as the factorisations do: NumPy ships another one, and the threads of the two
        # would compete for the cores.
        return _blas("gemv", self.rows)(1.0, self.rows, x)

    def pull_back(self, nu: Dual) -> Vector:
        """Bᵀ ν."""
        return _blas("gemv", self.rows)(1.0, self.rows, nu, trans=1)

    def misfit(self, x: Vector) -> tuple[Dual, float]:
        """Bx − c, and its norm relative to `size` (infinite where x is not finite)."""
        with np.errstate(over="ignore", invalid="ignore"):
            misfit = self.apply(x) - self.rhs
            error = norm(misfit) / self.size if np.isfinite(misfit).all() else np.inf
        return misfit, error if np.isfinite(error) else np.inf


def weighted_gram(rows: Matrix, weights: Vector) -> Float[np.ndarray, "n n"]:
    """B·diag(weights)·Bᵀ for weights ≥ 0; only its lower triangle is computed."""
    scaled = rows * np.sqrt(weights)
    return _symmetric_product(scaled)


def leading_gram(rows: Matrix, weights: Vector, kept: int) -> Float[np.ndarray, "n n"]:
    """B·diag(weights)·Bᵀ for B with orthonormal rows, from the `kept` largest weights.

    The other weights are replaced by their mean, whose part of the sum is known from BBᵀ = I: a Hessian good enough
    for Newton's direction at the cost of `kept` columns instead of all.
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
    """gram⁻¹ rhs by regularised Cholesky after scaling the diagonal to 1, for equations of very different size.

    Without the scaling the ridge would swamp the small equations. Only the lower triangle of `gram` is read.
    """
    root = np.sqrt(np.diagonal(gram))
    if not (np.isfinite(root).all() and np.isfinite(rhs).all()) or np.max(root, initial=0.0) == 0:
        return np.full_like(rhs, np.nan)
    root = np.where(root > 0, root, np.max(root))
    return regularised_solve(np.asfortranarray(gram / root / root[:, None]), rhs / root) / root


def log_change(relative_change: np.ndarray) -> np.ndarray:
    """The change of log X for a Newton step that asks for a relative change of X, such that X stays positive.

    A relative change down to −½ is applied to X itself, and what goes beyond it to log X.
    """
    added = np.maximum(relative_change, -TOLERANCES.half)
    return np.minimum(relative_change - added, 0.0) + np.log1p(added)


def _symmetric_product(rows: Matrix) -> Float[np.ndarray, "n n"]:
    """The lower triangle of rows·rowsᵀ, in Fortran order."""
    return _blas("syrk", rows)(1.0, rows, lower=1)


def _blas(name: str, matrix: Matrix) -> Any:
    """The BLAS routine of this name in the precision of the matrix."""
    return sl.get_blas_funcs(name, (matrix,))
