"""How well every equation of A x = b is met, each measured by its own terms."""

from __future__ import annotations

import numpy as np

from ridgeless._core import doubled
from ridgeless._core.arrays import Dual, Matrix, Vector
from ridgeless.systems.linear import LinearSystem

_EPS = float(np.finfo(float).eps)
# An equation missed by more than this part of its own terms is missed, however small it is beside the others.
_MISSED = 1e-8


def are_met(system: LinearSystem, x: Vector, residual: float, tol: float) -> bool:
    """Whether x solves the system: ‖Ax − b‖/‖b‖ is within `tol`, and no equation is missed by itself.

    The norm of all equations sees nothing of a small one. Each may be off by 1e-8 of its own terms |A||x| + |b|.

    Args:
        system: A x = b.
        x: (d,).
        residual: of x.
        tol: on the residual.

    Example:
        >>> system = LinearSystem(np.array([[1.0, 0.0], [0.0, 1.0]]), np.array([1.0, 1e-12]))
        >>> x = np.array([1.0, 2e-12])  # the second equation is missed by all of itself
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
        >>> missed(A, np.array([0.5, 0.5]), np.array([1.0, 1e-9]))  # half of what the small equation asks for
        0.3333333333333333
    """
    left = np.abs(doubled.residual(A, x, b))
    terms = terms_of(A, x, b)
    return float(np.max(left[terms > 0] / terms[terms > 0], initial=0.0))


def terms_of(A: Matrix, x: Vector, b: Dual) -> Dual:
    """|A||x| + |b|, at least ε times what it would be if all x were as large as the largest."""
    size = np.abs(A)
    entries = np.abs(x)
    return size @ np.maximum(entries, _EPS * entries.max(initial=0.0)) + np.abs(b)


def evened(system: LinearSystem) -> tuple[Matrix, Dual, Dual]:
    """The equations at length 1, and their lengths; rounded to powers of 2, which leaves every digit as it is."""
    A = system.rows()
    largest = np.abs(A).max(axis=1)
    unit = np.where(largest > 0, largest, 1.0)
    lengths = unit * np.sqrt(np.sum((A / unit[:, None]) ** 2, axis=1))
    sizes = np.where(largest > 0, 2.0 ** np.round(np.log2(np.where(largest > 0, lengths, 1.0))), 1.0)
    return A / sizes[:, None], system.b / sizes, sizes


def sum_rounding(terms: int) -> float:
    """What rounding makes of a sum of so many terms, relative to the sum of their sizes: 4·√terms·ε.

    Rounding errors add up like a random walk (Higham and Mary 2019, "A new approach to probabilistic rounding error
    analysis"): with a constant of 4 the bound fails with a probability below 1e-3, and holds for b as for the check.
    """
    return float(4 * np.sqrt(terms) * _EPS)
