"""Iterative refinement of a limit in the rows of A as stored, with residuals in doubled precision.

The solvers work on orthonormal rows and measure the equations by their joint norm. Where one column is 1e6 times as
long as another, a small x on it hardly counts in that norm, and its own equation may hold to no better than 1e-10.
Here each equation is measured by the sum of its own terms, |A||x| + |b|, and x is corrected by Newton's step in the
rows of A until each holds to rounding.
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


def refine_each_equation(system: LinearSystem, x: Vector, potential: Potential) -> Vector:
    """x, refined as far as float64 allows towards each equation of A x = b holding to its own rounding.

    Newton's step on the dual changes x by W Aᵀδν with W = diag ∇²Φ(x)⁻¹, the least change in the metric of Φ:

        min ‖W^(−1/2) δx‖ over A δx = b − A x,

    a least-squares problem whose rows are scaled by their terms and whose right-hand side is computed in doubled
    precision. ν stays as it is: x departs from ∇Φ*(offset + Aᵀν) by δx, and Φ-distances change by its square only.

    Args:
        system: A x = b, with rows at hand.
        x: (d,) a point near the minimum.
        potential: Φ, whose curvature weighs the entries.

    Example:
        >>> from ridgeless.potentials import Quadratic
        >>> system = LinearSystem(np.array([[1e8, 0.0], [1.0, 1.0]]), np.array([1.0, 1.0]))
        >>> refine_each_equation(system, np.array([1.00001e-8, 1.0]), Quadratic())
        array([1.0000000e-08, 9.9999999e-01])
    """
    if not np.isfinite(x).all():
        return x
    A, b = system.rows(), system.b
    weights = _weights(potential, x)
    best, least_missed = x, missed(A, x, b)
    for _ in range(TOLERANCES.few_steps):
        if least_missed <= sum_rounding(len(x)):
            break
        moved = _refined(A, b, best, weights)
        if moved is None or not np.isfinite(potential.value(moved)):
            break  # a locked sign has changed
        missed_now = missed(A, moved, b)
        if not missed_now < least_missed:
            break
        best, least_missed = moved, missed_now
    return best


def refit_on_support(system: LinearSystem, x: Vector, tol: float) -> Vector:
    """x, or the least-squares fit on its support with equations scaled to length 1 where that one is more accurate."""
    if not np.isfinite(x).all() or meets_every_equation(system, x, tol):
        return x
    A, b, _ = evened(system)
    fit = fit_on(A, b, np.sign(x), np.flatnonzero(x))
    return fit.x if fit is not None and missed(A, fit.x, b) < missed(A, x, b) else x


def meets_every_equation(system: LinearSystem, x: Vector, tol: float) -> bool:
    """Whether each equation holds to 1e-12 of its terms and their joint residual is below tol/10; True for b = 0."""
    if not system.b.any():
        return True
    misfit = np.abs(system.matvec(x) - system.b)
    if norm(misfit) > 0.1 * tol * norm(system.b):
        return False
    # The terms of an equation sum to at least |b_i|, and are computed only where that bound does not decide.
    undecided = np.flatnonzero(~(misfit <= TOLERANCES.fine * np.abs(system.b)))
    if not len(undecided):
        return True
    A, b = system.rows()[undecided], system.b[undecided]
    return bool(np.all(misfit[undecided] <= TOLERANCES.fine * terms_of(A, x, b)))


def has_graded_columns(A: Matrix) -> bool:
    """Whether columns differ by more than 1e3 in length after rows are scaled to length 1.

    An x on a short column is then less accurate than its equations, which therefore have to hold to rounding.
    """
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        rows = np.einsum("ij,ij->i", A, A)
        squares = np.einsum("ij,ij,i->j", A, A, np.where(rows > 0, 1 / rows, 0.0))
        squares = squares[squares != 0]
        return bool(len(squares)) and not float(squares.max()) <= float(squares.min()) / TOLERANCES.close**2


def _weights(potential: Potential, x: Vector) -> Vector:
    """1/∂²Φ at x, from how the rounding of x changes the gradient; 0 where x = 0."""
    with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
        weights = np.finfo(float).eps * np.abs(x) / potential.gradient_rounding(x)
    return np.where((x != 0) & np.isfinite(weights), weights, 0.0)


def _refined(A: np.ndarray, b: np.ndarray, x: Vector, weights: Vector) -> Vector | None:
    """x after one refinement step on the columns that matter to an equation; None where the step is not small."""
    terms = terms_of(A, x, b)
    terms = np.where(terms > 0, terms, 1.0)
    matters = (np.abs(A) / terms[:, None]).max(axis=0) * np.abs(x) > TOLERANCES.rounding
    matters &= weights > 0
    if not matters.any():
        return None
    roots = np.sqrt(weights[matters] / weights[matters].max())
    scaled = A[:, matters] / terms[:, None] * roots
    scaled_misfit = -doubled.misfit(A, x, b) / terms
    solution: Any = sl.lstsq(scaled, scaled_misfit, cond=TOLERANCES.solved, lapack_driver="gelsy")
    change = roots * solution[0]
    if not norm(change) <= TOLERANCES.close * norm(x):
        return None
    moved = x.copy()
    moved[matters] += change
    return moved
