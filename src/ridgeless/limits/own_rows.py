"""The last correction of a limit, in the rows of A itself.

The solvers work on orthonormal rows, and measure what is left of all equations together by the largest of them. Where
a column is 1e6 times as long as another, a small x on it is lost in that measure, and found again in an equation that
it meets to no better than 1e-10. Here every equation is measured by its own terms, |A||x| + |b|, and what it lacks is
made up for by Newton's step in A's own rows.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.linalg as sl

from ridgeless._core import doubled
from ridgeless._core.arrays import Matrix, Vector, norm
from ridgeless.limits.tolerances import TOLERANCES
from ridgeless.potentials import Potential
from ridgeless.systems import LinearSystem
from ridgeless.systems.equations import evened, missed, sum_rounding, terms_of
from ridgeless.systems.signed_fit import fit_on


def in_own_rows(system: LinearSystem, x: Vector, potential: Potential) -> Vector:
    """x with every equation of A x = b met to its own rounding, where float64 can; x itself where it is so or lost.

    Newton's step on the dual moves x by W Aᵀδν with W = diag ∇²Φ(x)⁻¹, the least change as Φ sees it:

        min ‖W^(−1/2) δx‖ over A δx = b − A x,

    a least-squares problem whose rows are scaled by their terms, its right-hand side computed in doubled precision. The
    dual stays: x departs from ∇Φ*(offset + Aᵀν) by δx, and any sum of Φ-distances by its square.

    Args:
        system: A x = b, at hand as rows.
        x: (d,) near the minimum.
        potential: Φ, which tells how hard each entry is to move.

    Example:
        >>> from ridgeless.potentials import Quadratic
        >>> system = LinearSystem(np.array([[1e8, 0.0], [1.0, 1.0]]), np.array([1.0, 1.0]))
        >>> in_own_rows(system, np.array([1.00001e-8, 1.0]), Quadratic())
        array([1.0000000e-08, 9.9999999e-01])
    """
    if not np.isfinite(x).all():
        return x
    A, b = system.rows(), system.b
    weights = _weights(potential, x)
    best, least = x, missed(A, x, b)
    for _ in range(TOLERANCES.few_steps):
        if least <= sum_rounding(len(x)):
            break
        moved = _step(A, b, best, weights)
        if moved is None or not np.isfinite(potential.value(moved)):
            break  # a locked sign turned
        left = missed(A, moved, b)
        if not left < least:
            break
        best, least = moved, left
    return best


def on_support(system: LinearSystem, x: Vector, tol: float) -> Vector:
    """A vertex, its entries those of the least-squares fit on its columns with every equation brought to length 1."""
    if not np.isfinite(x).all() or is_fine(system, x, tol):
        return x
    A, b, _ = evened(system)
    fit = fit_on(A, b, np.sign(x), np.flatnonzero(x))
    return fit.x if fit is not None and missed(A, fit.x, b) < missed(A, x, b) else x


def is_fine(system: LinearSystem, x: Vector, tol: float) -> bool:
    """Whether every equation is met to 1e-12 of its terms, and all together to a tenth of `tol`; or b is 0."""
    if not system.b.any():
        return True
    left = np.abs(system.matvec(x) - system.b)
    if norm(left) > 0.1 * tol * norm(system.b):
        return False
    # The terms of an equation are at least |b_i|, and need to be added where that is not enough.
    open_ones = np.flatnonzero(~(left <= TOLERANCES.fine * np.abs(system.b)))
    if not len(open_ones):
        return True
    A, b = system.rows()[open_ones], system.b[open_ones]
    return bool(np.all(left[open_ones] <= TOLERANCES.fine * terms_of(A, x, b)))


def has_graded_columns(A: Matrix) -> bool:
    """Whether columns differ by more than 1e3 in length, rows being brought to one size.

    An x on a short column is told to fewer digits than its equations, which are then to be met to their rounding.
    """
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        rows = np.einsum("ij,ij->i", A, A)
        squares = np.einsum("ij,ij,i->j", A, A, np.where(rows > 0, 1 / rows, 0.0))
        squares = squares[squares != 0]
        return bool(len(squares)) and not float(squares.max()) <= float(squares.min()) / TOLERANCES.close**2


def _weights(potential: Potential, x: Vector) -> Vector:
    """1/∂²Φ, by which the rounding of x moves the gradient."""
    with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
        weights = np.finfo(float).eps * np.abs(x) / potential.gradient_rounding(x)
    return np.where((x != 0) & np.isfinite(weights), weights, 0.0)


def _step(A: np.ndarray, b: np.ndarray, x: Vector, weights: Vector) -> Vector | None:
    """One step of it on the columns that any equation feels; None where it is more than a correction."""
    terms = terms_of(A, x, b)
    terms = np.where(terms > 0, terms, 1.0)
    felt = (np.abs(A) / terms[:, None]).max(axis=0) * np.abs(x) > TOLERANCES.rounding
    felt &= weights > 0
    if not felt.any():
        return None
    roots = np.sqrt(weights[felt] / weights[felt].max())
    scaled = A[:, felt] / terms[:, None] * roots
    left = -doubled.misfit(A, x, b) / terms
    solution: Any = sl.lstsq(scaled, left, cond=TOLERANCES.solved, lapack_driver="gelsy")
    change = roots * solution[0]
    if not norm(change) <= TOLERANCES.close * norm(x):
        return None
    moved = x.copy()
    moved[felt] += change
    return moved
