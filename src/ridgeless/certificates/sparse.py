"""Where the minimiser of a weighted ℓ1 norm is: the ball of a vanishing start's answer, by its dual.

For a ν with −n ≤ z ≤ p, z = Aᵀν, and a feasible y the gap G = Σ y_i⁺·(p_i − z_i) + y_i⁻·(n_i + z_i) is at least the same sum
at any minimiser. Where z_i is strictly inside its box, |x∞_i| ≤ G over the distance of z_i to the nearer edge; what is
left is told by the equations, if its columns are independent.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.optimize
import scipy.sparse as sp

from ridgeless.arrays import Dual, Vector
from ridgeless.certificates._equations import DenseEquations, Equations
from ridgeless.certificates._mirror import UNIT_ROUNDOFF
from ridgeless.certificates._projection import conic_correction
from ridgeless.certificates._radius import Ball, solved_part
from ridgeless.potentials import WeightedL1

_MOST_ENTRIES = 2_000_000
_IN_THE_BOX = 1e-9
# A ν that leaves the box by a larger part of its weights is no rounded optimum.
_LARGEST_EXCESS = 1e-6
_ON_EDGE = 1e-9


def sparse_ball(asked: Equations, box: WeightedL1, x: Vector, dual: Dual | None) -> Ball:
    """A ball around the one minimiser of Σ p_i·x_i⁺ + n_i·x_i⁻ over A x = b; infinite where there may be several.

    Args:
        asked: the equations.
        box: the weights.
        x: (d,) an answer.
        dual: (n,) ν; None: the least-squares fit on the support of x, then a linear program.
    """
    nu = _dual_of(asked, box, x) if dual is None else asked.dual(dual)
    if nu is None:
        return Ball(x, np.inf, np.inf)
    pulled = asked.pulled(nu, np.zeros_like(nu))
    z = pulled.high + pulled.low
    excess = max(box.excess(z), 0.0)
    if excess > _LARGEST_EXCESS:
        return Ball(x, np.inf, np.inf)
    # Any ν in the box will do: this one is drawn in until it is.
    z = z / (1 + excess)
    up, down = box.positive - z, box.negative + z
    slack = np.maximum(np.minimum(up, down), 0.0)
    weight = np.minimum(box.positive, box.negative)
    unsure = 4 * UNIT_ROUNDOFF * (np.abs(z) + np.where(np.isfinite(weight), weight, 0.0))
    y = x + _correction(asked, box, x)
    with np.errstate(invalid="ignore"):
        terms = np.where(y > 0, y * (np.maximum(up, 0) + unsure), np.where(y < 0, -y * (np.maximum(down, 0) + unsure), 0))
    gap = float(np.sum(terms))
    is_edge = (slack <= _ON_EDGE * np.where(np.isfinite(weight), weight, 1.0)) | (np.abs(x) > _ON_EDGE * np.max(np.abs(x)))
    inside = slack[~is_edge] - unsure[~is_edge]
    away = gap / float(np.min(inside)) if len(inside) else 0.0
    solved = solved_part(asked, is_edge, -np.abs(x)) if is_edge.any() else None
    if not is_edge.any():
        return Ball(np.zeros_like(x), away, gap)
    if solved is None or not solved.is_whole or not (np.isfinite(away) and away >= 0):
        return Ball(x, np.inf, gap)
    flat = np.where(is_edge, x, 0.0)
    missed = asked.missed(y, np.zeros_like(y))
    return solved.ball(asked, flat, y - flat, 2 * np.abs(asked.shortest(missed)), away, gap)


def _correction(asked: Equations, box: WeightedL1, x: Vector) -> Vector:
    """An h with A (x + h) = b that breaks no locked sign."""
    missed = asked.missed(x, np.zeros_like(x))
    is_locked = np.isinf(box.positive) | np.isinf(box.negative)
    if not is_locked.any() or not isinstance(asked, DenseEquations):
        return asked.shortest(missed)
    signs = np.where(np.isinf(box.negative), 1.0, np.where(np.isinf(box.positive), -1.0, 0.0))
    return conic_correction(asked.A, missed, x, signs, np.abs(x))


def _dual_of(asked: Equations, box: WeightedL1, x: Vector) -> Dual | None:
    """A ν that proves x optimal, if one is found."""
    if not isinstance(asked, DenseEquations):
        return None
    A, support = asked.A, np.flatnonzero(x)
    edges = np.where(x > 0, box.positive, -box.negative)[support]
    if not np.isfinite(edges).all():
        return None
    nu = np.linalg.lstsq(A[:, support].T, edges, rcond=None)[0]
    if box.excess(A.T @ nu) <= _IN_THE_BOX:
        return nu
    if A.size > _MOST_ENTRIES:
        return None
    upper, lower = np.isfinite(box.positive), np.isfinite(box.negative)
    sides = sp.csr_array(np.vstack([A.T[upper], -A.T[lower]]))
    bounds = np.concatenate([box.positive[upper], box.negative[lower]])
    program: Any = scipy.optimize.linprog(-asked.b, A_ub=sides, b_ub=bounds, bounds=(None, None), method="highs")
    return np.asarray(program.x) if program.status == 0 else None
