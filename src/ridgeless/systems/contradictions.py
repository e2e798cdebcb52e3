"""Diagnosis of inconsistent systems: a smallest set of contradictory equations, and what to type instead."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np
import scipy.optimize
import scipy.sparse as sp
from scipy.sparse.linalg import LinearOperator

from ridgeless._core.arrays import Dual, Vector, norm
from ridgeless.errors import InconsistentSystemError
from ridgeless.systems.block_row_space import BlockRowSpace, workable_block_rcond
from ridgeless.systems.blocks import ColumnBlocks
from ridgeless.systems.left_spectrum import left_spectrum
from ridgeless.systems.names import called
from ridgeless.systems.normalize import dense_rows
from ridgeless.systems.rank_decision import workable_rcond
from ridgeless.systems.row_space import MOST_EXPANDED_BYTES, MatrixRowSpace, quotient, row_sizes

_MOST_NAMED = 5
# Multiplications, and entries of the program below: a few seconds.
_MOST_WORK = 10**10
_MOST_ENTRIES = 200_000
# A weight below this, relative to the largest, is rounding: its equation is not part of the contradiction.
_TAKES_PART = 1e-6
_HEAVY = 0.99


def no_solution(system: Any, nearest: Vector, misfit: float) -> InconsistentSystemError:
    """The error for a `LinearSystem` without solution, which says which equations to drop and what to type.

    Args:
        system: A x = b.
        nearest: (d,) an x of least ‖Ax − b‖.
        misfit: its ‖Ax − b‖/‖b‖.
    """
    named = shortest_contradiction(system.A, system.b, nearest, system.rank, system.labels)
    return InconsistentSystemError(
        f"{system!r} has no solution: b lies outside the range of A, and no x brings ‖Ax − b‖/‖b‖ below {misfit:.2e}. "
        f"{named}",
        in_python=repair(
            system.A, system.b, system.row_space, "" if system.readout is None else ", readout=system.readout"
        ),
    )


def shortest_contradiction(
    A: Any, b: Dual, nearest: Vector, rank: int, labels: Sequence[Hashable] | None = None
) -> str:
    """A sentence that names contradictory equations, as few as possible.

    Equations contradict each other where a combination y of them has yᵀA = 0 and yᵀb ≠ 0. The y of least Σ|y_i| with
    yᵀb = 1, each equation in units of its size, is a vertex of a linear program: no proper subset of its equations is
    dependent. Where A is too large for that, the equations with the largest misfits at the nearest x are named.
    Equations are counted from 0.

    Args:
        A: (n, d).
        b: (n,) outside the range of A.
        nearest: (d,) an x of least ‖Ax − b‖.
        rank: number of independent equations.
        labels: (n,) what the equations are called.

    Example:
        >>> A = np.array([[1.0, 2.0, 0.0], [0.0, 1.0, 1.0], [2.0, 4.0, 0.0]])
        >>> b = np.array([1.0, 5.0, 3.0])
        >>> shortest_contradiction(A, b, np.linalg.lstsq(A, b)[0], rank=2)
        'Equations 0 and 2, counted from 0, contradict each other: A[2] is 2·A[0], b[2] is 3, not 2. Drop one.'
    """
    if not _is_affordable(A) or len(b) * (len(b) - rank) > _MOST_ENTRIES:
        return _worst(A, b, nearest, labels)
    rows = dense_rows(A)
    sizes = row_sizes(rows)
    null = left_spectrum(rows, np.ones(rows.shape[1]), sizes).left[:, rank:]
    rhs = quotient(b, sizes)
    weights = _least_combination(null, null.T @ (rhs / norm(rhs)))
    if weights is None:
        return _worst(A, b, nearest, labels)
    shares = np.abs(weights) / np.abs(weights).max()
    # Of the equations of largest weight, the last is expressed by the others, since repeated equations are appended.
    row, takes_part = int(np.flatnonzero(shares > _HEAVY)[-1]), shares > _TAKES_PART
    takes_part[row] = False
    partners = np.flatnonzero(takes_part)
    factors = -weights[partners] / weights[row] * (sizes[row] / sizes[partners])
    return _sentence(row, partners, factors, b, labels)


def _least_combination(null: np.ndarray, rhs: np.ndarray) -> Dual | None:
    """The y = N w of least Σ|y_i| with ⟨w, rhs⟩ = 1; None where there is none."""
    count, free = null.shape
    if not rhs.any():
        return None
    signed = sp.hstack([sp.csr_array(null), -sp.eye_array(count), sp.eye_array(count)])
    total = sp.csr_array(np.concatenate([rhs, np.zeros(2 * count)])[None])
    program = scipy.optimize.linprog(
        np.concatenate([np.zeros(free), np.ones(2 * count)]),
        A_eq=sp.csr_array(sp.vstack([signed, total])),
        b_eq=np.append(np.zeros(count), 1.0),
        bounds=[(None, None)] * free + [(0, None)] * (2 * count),
        method="highs-ds",
    )
    return null @ program.x[:free] if program.status == 0 else None


def repair(A: Any, b: Dual, space: MatrixRowSpace, readout: str) -> str:
    """What to type for a consistent system: one with rcond where A or b is rounded, or else the nearest one."""
    rcond = workable_rcond(dense_rows(A), b) if _is_affordable(A) else None
    if isinstance(space, BlockRowSpace):
        rcond = workable_block_rcond(space, b)
    if rcond is not None:
        return (
            f"Where A and b are rounded, to parts of {rcond:.0e} or so, and no equation contradicts another, type "
            f"LinearSystem(A, b, rcond={rcond:.0e}{readout})."
        )
    if isinstance(A, ColumnBlocks):
        nearest = "system.matvec(system.row_space.min_norm(system.b))"
    elif isinstance(A, LinearOperator):
        nearest = "A.matvec(scipy.sparse.linalg.lsmr(A, b)[0])"
    else:
        nearest = "A @ scipy.sparse.linalg.lsmr(A, b)[0]" if sp.issparse(A) else "A @ np.linalg.lstsq(A, b)[0]"
    return f"For the nearest system that has one, type LinearSystem(A, {nearest}{readout})."


def _is_affordable(A: Any) -> bool:
    """Whether dense rows and their singular values can be computed within seconds."""
    rows, columns = A.shape
    fits = 8 * rows * columns <= MOST_EXPANDED_BYTES and rows * min(rows, columns) * columns <= _MOST_WORK
    return fits and not isinstance(A, ColumnBlocks)


def _sentence(row: int, partners: np.ndarray, factors: np.ndarray, b: Dual, labels: Sequence[Hashable] | None) -> str:
    """The contradiction in words."""
    if not len(partners):
        return f"Equation {called(row, labels)}, counted from 0, reads 0 = {b[row]:.6g}. Drop it."
    listed = sorted([row, *(int(partner) for partner in partners)])
    if len(listed) > _MOST_NAMED:
        return (
            f"The shortest contradiction found joins {len(listed)} equations, {called(row, labels)} (counted from 0) "
            "among them. Drop one."
        )
    terms = " + ".join(f"{factor:.6g}·A[{partner}]" for factor, partner in zip(factors, partners, strict=True))
    implied = float(factors @ b[partners])
    names = [called(each, labels) for each in listed]
    return (
        f"Equations {', '.join(names[:-1])} and {names[-1]}, counted from 0, contradict each other: A[{row}] is "
        f"{terms.replace('+ -', '− ')}, b[{row}] is {b[row]:.6g}, not {implied:.6g}. Drop one."
    )


def _worst(A: Any, b: Dual, nearest: Vector, labels: Sequence[Hashable] | None) -> str:
    """A sentence on the largest misfits r at the nearest x: weighted by r, the equations sum up to 0 = ‖r‖²."""
    missed = np.abs(np.ravel(A @ nearest) - b)
    names = [called(int(row), labels) for row in np.argsort(-missed, kind="stable")[:_MOST_NAMED] if missed[row] > 0]
    return f"The nearest x misses equations {', '.join(names)}, counted from 0, most. Drop or correct some."
