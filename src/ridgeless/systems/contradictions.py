"""Which equations contradict each other, where no x solves them all."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.linalg as sl
import scipy.sparse as sp
from scipy.sparse.linalg import LinearOperator

from ridgeless.arrays import Dual
from ridgeless.systems.blocks import ColumnBlocks
from ridgeless.systems.normalize import dense_rows
from ridgeless.systems.rank_decision import workable_rcond
from ridgeless.systems.row_space import MOST_EXPANDED_BYTES, uneven_sizes

_UNNAMED = "Drop the contradicting equations."
_MOST_NAMED = 5
# Multiplications: a few seconds.
_MOST_WORK = 10**10
# A weight below this is rounding: the equation takes no part.
_TAKES_PART = 1e-8


def shortest_contradiction(A: Any, b: Dual, rank: int) -> str:
    """What to drop: equations, few if possible, of which no x solves all; named where A is small enough.

    A pivoted QR of Aᵀ picks `rank` independent equations, and writes each other one as a combination of them: with the
    equations that take part, a smallest dependent set. Of the sets whose right-hand sides are off by at least a tenth
    of the worst, the shortest is named. Equations are counted from 0.

    Example:
        >>> A = np.array([[1.0, 2.0, 0.0], [0.0, 1.0, 1.0], [2.0, 4.0, 0.0]])
        >>> shortest_contradiction(A, np.array([1.0, 5.0, 3.0]), rank=2)
        'Equations 0 and 2, counted from 0, contradict each other: A[0] is 0.5·A[2], b[0] is 1, not 1.5. Drop one.'
    """
    if not _is_affordable(A):
        return _UNNAMED
    rows = dense_rows(A)
    sizes = uneven_sizes(rows)
    rows = rows / sizes[:, None]
    decomposition: Any = sl.qr(rows.T, mode="r", pivoting=True)
    triangle, order = decomposition
    kept, others = order[:rank], order[rank:]
    weights = sl.solve_triangular(triangle[:rank, :rank], triangle[:rank, rank:]).T
    right = b / sizes
    missed = np.abs(right[others] - weights @ right[kept])
    takes_part = np.abs(weights) > _TAKES_PART
    is_bad = missed >= missed.max(initial=0.0) / 10
    counts = np.where(is_bad, takes_part.sum(axis=1), len(b))
    if not len(counts) or missed.max() == 0:
        return _UNNAMED
    shortest = int(np.argmin(counts))
    partners = kept[takes_part[shortest]]
    factors = weights[shortest, takes_part[shortest]] * sizes[others[shortest]] / sizes[partners]
    return _sentence(int(others[shortest]), partners, factors, b)


def repair(A: Any, b: Dual, readout: str) -> str:
    """What to type for the system that was meant, where A or b is rounded, or else for the nearest with a solution."""
    rcond = workable_rcond(dense_rows(A), b) if _is_affordable(A) else None
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
    """Whether dense rows and their singular values take seconds."""
    rows, columns = A.shape
    fits = 8 * rows * columns <= MOST_EXPANDED_BYTES and rows * min(rows, columns) * columns <= _MOST_WORK
    return fits and not isinstance(A, ColumnBlocks)


def _sentence(row: int, partners: np.ndarray, factors: np.ndarray, b: Dual) -> str:
    if not len(partners):
        return f"Equation {row}, counted from 0, reads 0 = {b[row]:.6g}. Drop it."
    listed = sorted([row, *(int(partner) for partner in partners)])
    if len(listed) > _MOST_NAMED:
        return f"The shortest contradiction found joins {len(listed)} equations, {row} (from 0) among them. Drop one."
    terms = " + ".join(f"{factor:.6g}·A[{partner}]" for factor, partner in zip(factors, partners, strict=True))
    implied = float(factors @ b[partners])
    names = ", ".join(map(str, listed[:-1])) + f" and {listed[-1]}"
    return (
        f"Equations {names}, counted from 0, contradict each other: A[{row}] is {terms.replace('+ -', '− ')}, "
        f"b[{row}] is {b[row]:.6g}, not {implied:.6g}. Drop one."
    )
