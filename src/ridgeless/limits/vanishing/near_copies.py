"""What rounding leaves of A x = b, where columns that are nearly alike make much of it."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Int

from ridgeless._core import doubled
from ridgeless._core.arrays import Dual, Matrix, Vector, norm
from ridgeless.limits.tolerances import TOLERANCES
from ridgeless.potentials import WeightedL1


def polished(A: Matrix, x: Vector, b: Dual) -> Vector:
    """x on its support, refined with residuals in doubled precision: columns nearly alike need every digit of them."""
    support = np.flatnonzero(x)
    if not len(support):
        return x
    step = _step(A, x, b, support)
    for _ in range(TOLERANCES.few_steps):
        refined = x.copy()
        refined[support] += step
        # Residuals do not tell: those of the nearest floats may be larger than those of floats further away.
        following = _step(A, refined, b, support)
        if not norm(following) < norm(step) / 2:
            break
        x, step = refined, following
    return x


def room_to_move(A: Matrix, x: Vector, b: Dual, box: WeightedL1, s: Vector) -> float:
    """How far, relative to ‖x‖, one coordinate at its edge moves the others to meet what A x misses of b, as stored.

    What the support cannot meet, r, falls to idle coordinates. One far from its edge takes no more than the size of r;
    a near copy of a column in use takes as many times more as the two are alike, and costs next to nothing.

    Args:
        A: (n, d).
        x: (d,) a minimiser to rounding.
        b: (n,).
        box: the prices.
        s: (d,) Aᵀν.
    """
    support = np.flatnonzero(x)
    idle = np.flatnonzero((box.reach(s) >= 1 - TOLERANCES.certified) & (x == 0))
    if not len(support) or not len(idle):
        return 0.0
    columns = A[:, idle]
    shares = np.linalg.lstsq(A[:, support], columns, rcond=None)[0]
    left = np.linalg.norm(_outside(A[:, support], columns), axis=0)
    is_apart = left > TOLERANCES.rounding * np.linalg.norm(columns, axis=0)
    missed = norm(_outside(A[:, support], doubled.misfit(A, x, b)[:, None])[:, 0])
    # A coordinate that moves by 1 moves the support by its shares.
    moves = np.sqrt(1 + np.sum(shares**2, axis=0))[is_apart] * missed / left[is_apart]
    return float(np.max(moves, initial=0.0)) / norm(x)


def _outside(held: Matrix, columns: Float[np.ndarray, "n k"]) -> Float[np.ndarray, "n k"]:
    """What is left of columns outside the span of those held, taken off twice."""
    Q = np.linalg.qr(held)[0]
    left = columns - Q @ (Q.T @ columns)
    return left - Q @ (Q.T @ left)


def _step(A: Matrix, x: Vector, b: Dual, index: Int[np.ndarray, " k"]) -> np.ndarray:
    """The shortest change of some coordinates that solves A x = b best."""
    return np.asarray(np.linalg.lstsq(A[:, index], -doubled.misfit(A, x, b), rcond=None)[0])
