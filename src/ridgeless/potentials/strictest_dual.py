"""The dual of a vertex of a weighted ℓ1 norm that is strictest: farthest from the edge off the support."""

from __future__ import annotations

import numpy as np
import scipy.optimize

from ridgeless._core.arrays import Dual, Matrix, Vector
from ridgeless.potentials.weighted_l1 import WeightedL1

# A column this close to the span of the support counts as in it: no ν that puts the support on the edge moves there.
_IN_SPAN = 1e-12
# Columns of a support closer to dependent than this leave ν undetermined to float64.
_INDEPENDENT = 1e-10


def strictest_dual(A: Matrix, x: Vector, norm: WeightedL1) -> Dual | None:
    """The ν with A_Sᵀν on the edge of the box of weights on the support S that stays farthest from it elsewhere.

    The linear program is over what is left of ν: A_Sᵀν is fixed, and the rest lies in the null space of A_Sᵀ. Columns
    in the span of the support have no part in it.

    Args:
        A: (n, d).
        x: (d,) whose support is S.
        norm: the weights.

    Returns:
        ν (n,); None where the columns of the support are dependent, a sign of x is locked out, or HiGHS finds none.
    """
    support = np.flatnonzero(x)
    edges = np.where(x > 0, norm.positive, -norm.negative)[support]
    rank = len(support)
    if rank > len(A) or not np.isfinite(edges).all():
        return None
    Q, R = np.linalg.qr(A[:, support], mode="complete")
    sizes = np.linalg.svd(R[:rank], compute_uv=False) if rank else np.ones(1)
    if not sizes[-1] > _INDEPENDENT * sizes[0]:
        return None
    return farthest_from_edges(A, support, (Q, R), edges, norm)


def farthest_from_edges(
    A: Matrix, support: np.ndarray, factors: tuple[np.ndarray, np.ndarray], edges: np.ndarray, norm: WeightedL1
) -> Dual | None:
    """The same with A_S = QR known, Q square, however well the columns are told apart."""
    rank = len(support)
    Q, R = factors
    fixed = Q[:, :rank] @ np.linalg.solve(R[:rank].T, edges) if rank else np.zeros(len(A))
    free = Q[:, rank:]
    is_other = np.linalg.norm(free.T @ A, axis=0) > _IN_SPAN * np.linalg.norm(A, axis=0)
    is_other[support] = False
    others = A[:, is_other]
    if free.shape[1] == 0 or others.shape[1] == 0:
        return fixed
    columns = [others / side[is_other] for side in (norm.positive, norm.negative)]
    sides = np.hstack([columns[0], -columns[1]])
    bends, stays = sides.T @ free, sides.T @ fixed
    program = scipy.optimize.linprog(
        np.append(np.zeros(free.shape[1]), 1.0),
        A_ub=np.hstack([bends, -np.ones((len(bends), 1))]),
        b_ub=-stays,
        bounds=[(None, None)] * free.shape[1] + [(0, None)],
        method="highs",
    )
    return fixed + free @ program.x[:-1] if program.status == 0 else None
