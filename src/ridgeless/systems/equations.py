"""Componentwise backward errors of A x = b: the misfit of each equation relative to its own terms."""

from __future__ import annotations

import numpy as np

from ridgeless._core import doubled
from ridgeless._core.arrays import Dual, Matrix, Vector
from ridgeless.systems.linear import LinearSystem

_EPS = float(np.finfo(float).eps)
# Relative to its own terms, the misfit above which an equation counts as violated.
_MISSED = 1e-8


def are_met(system: LinearSystem, x: Vector, residual: float, tol: float) -> bool:
    """Whether x solves the system: ‖Ax − b‖/‖b‖ is within `tol`, and so is every single equation within 1e-8.

    The norm of all misfits is insensitive to a small equation, so each is also compared with its terms |A||x| + |b|.

    Args:
        system: A x = b.
        x: (d,).
        residual: of x.
        tol: on the residual.

    Example:
        >>> system = LinearSystem(np.array([[1.0, 0.0], [0.0, 1.0]]), np.array([1.0, 1e-12]))
        >>> x = np.array([1.0, 2e-12])  # the misfit of the second equation is as large as its right-hand side
        >>> system.residual(x) < 1e-10, are_met(system, x, system.residual(x), 1e-10)
        (True, False)
    """
    if not (np.isfinite(residual) and residual <= tol and np.isfinite(x).all()):
        return False
    if not system.is_expandable:
        return True
    left = np.abs(system.matvec(x) - system.b)
    return bool(np.all(left <= _MISSED * np.abs(system.b))) or bool(
        np.all(left <= _MISSED * terms_of(system.rows(), x, system.b))
    )


def missed(A: Matrix, x: Vector, b: Dual) -> float:
    """The largest |A x − b|_i/(|A||x| + |b|)_i, the numerator in doubled precision; 0 for equations without terms.

    This is the componentwise backward error (Oettli and Prager 1964): x solves exactly a system whose entries differ
    from those of A and b by no larger part of themselves. Terms count as no less than the rounding of the largest x.

    Args:
        A: (n, d) dense.
        x: (d,).
        b: (n,).

    Example:
        >>> A = np.array([[1.0, 1.0], [1e-9, 0.0]])
        >>> missed(A, np.array([0.5, 0.5]), np.array([1.0, 1e-9]))  # half the right-hand side of the small equation
        0.3333333333333333
    """
    left = np.abs(doubled.misfit(A, x, b))
    terms = terms_of(A, x, b)
    return float(np.max(left[terms > 0] / terms[terms > 0], initial=0.0))


def terms_of(A: Matrix, x: Vector, b: Dual) -> Dual:
    """|A||x| + |b|, where entries of x count as no less than ε times the largest."""
    size = np.abs(A)
    entries = np.abs(x)
    return size @ np.maximum(entries, _EPS * entries.max(initial=0.0)) + np.abs(b)


def evened(system: LinearSystem) -> tuple[Matrix, Dual, Dual]:
    """A and b with rows scaled to length about 1 by powers of 2, which causes no rounding, and the scale factors."""
    A = system.rows()
    largest = np.abs(A).max(axis=1)
    unit = np.where(largest > 0, largest, 1.0)
    lengths = unit * np.sqrt(np.sum((A / unit[:, None]) ** 2, axis=1))
    sizes = np.where(largest > 0, 2.0 ** np.round(np.log2(np.where(largest > 0, lengths, 1.0))), 1.0)
    return A / sizes[:, None], system.b / sizes, sizes


def sum_rounding(terms: int) -> float:
    """A probabilistic bound on the rounding error of a sum of so many terms, relative to Σ|terms|: 4·√terms·ε.

    Rounding errors add up like a random walk (Higham and Mary 2019, "A new approach to probabilistic rounding error
    analysis"): with the constant 4 the bound fails with a probability below 1e-3. It covers the rounding of b too.
    """
    return float(4 * np.sqrt(terms) * _EPS)
