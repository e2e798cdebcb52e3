"""Iterative refinement of an ℓ1 vertex, and its conditioning where A has nearly equal columns.

Two columns that almost agree may take each other's place at almost no cost, so that a rounding error in A x = b moves
x by far more than itself. `weighted_l1` refines its vertex here, and asks how far x is uncertain for this reason.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Int

from ridgeless._core import doubled
from ridgeless._core.arrays import Dual, Matrix, Vector, norm
from ridgeless.limits.tolerances import TOLERANCES
from ridgeless.potentials import WeightedL1


def refine_on_support(A: Matrix, x: Vector, b: Dual) -> Vector:
    """x, refined on its support by least squares with residuals in doubled precision, which near copies require."""
    support = np.flatnonzero(x)
    if not len(support):
        return x
    step = _refinement_step(A, x, b, support)
    for _ in range(TOLERANCES.few_steps):
        refined = x.copy()
        refined[support] += step
        # Progress is judged by steps: the nearest floats may leave a larger residual than floats further away.
        following = _refinement_step(A, refined, b, support)
        if not norm(following) < norm(step) / 2:
            break
        x, step = refined, following
    return x


def relative_uncertainty(A: Matrix, x: Vector, b: Dual, box: WeightedL1, s: Vector) -> float:
    """The largest change of x, relative to ‖x‖, by which one idle coordinate at its edge would remove b − A x.

    The part r of b − A x outside the span of the support is left to idle coordinates. An ordinary column needs a change
    of the size of r; a near copy of a column in use needs a far larger one, which costs almost nothing.

    Args:
        A: (n, d).
        x: (d,) a minimiser up to rounding.
        b: (n,).
        box: the weights of the norm.
        s: (d,) Aᵀν.
    """
    support = np.flatnonzero(x)
    idle = np.flatnonzero((box.reach(s) >= 1 - TOLERANCES.certified) & (x == 0))
    if not len(support) or not len(idle):
        return 0.0
    columns = A[:, idle]
    shares = np.linalg.lstsq(A[:, support], columns, rcond=None)[0]
    remainders = np.linalg.norm(_orthogonal_remainder(A[:, support], columns), axis=0)
    is_apart = remainders > TOLERANCES.in_span * np.linalg.norm(columns, axis=0)
    missed = norm(_orthogonal_remainder(A[:, support], doubled.misfit(A, x, b)[:, None])[:, 0])
    # When an idle coordinate moves by 1, the support moves by −shares to keep A x in place.
    moves = np.sqrt(1 + np.sum(shares**2, axis=0))[is_apart] * missed / remainders[is_apart]
    return float(np.max(moves, initial=0.0)) / norm(x)


def _orthogonal_remainder(columns_in_use: Matrix, columns: Float[np.ndarray, "n k"]) -> Float[np.ndarray, "n k"]:
    """The columns minus their projection on the span of those in use, projected twice for accuracy."""
    Q = np.linalg.qr(columns_in_use)[0]
    remainder = columns - Q @ (Q.T @ columns)
    return remainder - Q @ (Q.T @ remainder)


def _refinement_step(A: Matrix, x: Vector, b: Dual, index: Int[np.ndarray, " k"]) -> np.ndarray:
    """The shortest change of the coordinates in `index` that minimises ‖A x − b‖."""
    return np.asarray(np.linalg.lstsq(A[:, index], -doubled.misfit(A, x, b), rcond=None)[0])
