"""What rounding leaves of A x = b, where columns that are nearly alike make much of it."""

from __future__ import annotations

import numpy as np
from jaxtyping import Int

from ridgeless import doubled
from ridgeless.arrays import Dual, Matrix, Vector, norm
from ridgeless.potentials import WeightedL1

# Coordinates further from their edge than this share of the way make at most 1e-16/1e-7 of what rounding leaves.
_NEAR_EDGE = 1e-7
_REFINEMENTS = 2


def polished(A: Matrix, x: Vector, b: Dual) -> Vector:
    """X on its support, refined with residuals in doubled precision: columns nearly alike need every digit of them."""
    support = np.flatnonzero(x)
    for _ in range(_REFINEMENTS if len(support) else 0):
        step = _step(A, x, b, support)
        refined = x.copy()
        refined[support] += step
        if not (norm(doubled.residual(A, refined, b)) < norm(doubled.residual(A, x, b))):
            break
        x = refined
    return x


def room_to_move(A: Matrix, x: Vector, b: Dual, box: WeightedL1, s: Vector) -> float:
    """How far, relative to ‖x‖, coordinates on their edges move to meet what A x misses of b, as stored.

    What the support cannot meet falls to idle coordinates. Those far from their edges take no more than its size; a
    near copy of a column in use takes as many times more as the two are alike, and costs next to nothing.

    Args:
        A: (n, d).
        x: (d,) a minimiser to rounding.
        b: (n,).
        box: the prices.
        s: (d,) Aᵀν.
    """
    size = norm(x)
    at_edge = np.flatnonzero((box.reach(s) >= 1 - _NEAR_EDGE) | (x != 0))
    return norm(_step(A, x, b, at_edge)) / size if size > 0 and len(at_edge) else 0.0


def _step(A: Matrix, x: Vector, b: Dual, index: Int[np.ndarray, " k"]) -> np.ndarray:
    """The shortest change of some coordinates that solves A x = b best."""
    return np.asarray(np.linalg.lstsq(A[:, index], -doubled.residual(A, x, b), rcond=None)[0])
