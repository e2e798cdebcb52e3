"""Optimality for a weighted ℓ1 norm: proved by a dual, since the norm has no gradient at 0."""

from __future__ import annotations

import numpy as np
import scipy.optimize
import scipy.sparse as sp

from ridgeless.arrays import Dual, Vector
from ridgeless.certificates.optimality import Optimality
from ridgeless.potentials import WeightedL1
from ridgeless.systems import LinearSystem

_MOST_ENTRIES = 2_000_000
_IN_THE_BOX = 1e-9


def sparse_optimality(system: LinearSystem, x: Vector, box: WeightedL1, dual: Dual | None) -> Optimality:
    """How far x is from min Σ p_i·x_i⁺ + n_i·x_i⁻ over A x = b.

    The stationarity is the larger of two numbers without units: how far z = Aᵀν leaves the box −n ≤ z ≤ p, and the
    complementarity Σ|x_i|·(weight_i − sign(x_i)·z_i)/Φ(x). The gap is that of ν, pulled into the box.

    Args:
        system: the constraint.
        x: (d,) finite.
        box: the weights.
        dual: (n,) ν; None: the least-squares fit on the support of x, then a linear program.
    """
    value = box.value(x)
    if not np.isfinite(value):
        which = int(np.flatnonzero((x > 0) & np.isinf(box.positive) | (x < 0) & np.isinf(box.negative))[0])
        obstacle = f"x[{which}] = {x[which]:.3g} has a sign that the start locks out."
        return Optimality(np.inf, np.inf, 0.0, obstacle, is_outside=True)
    nu = _dual_of(system, x, box) if dual is None else dual
    if nu is None:
        obstacle = "no dual is given, and the system is too large to look for one; pass solution.dual."
        return Optimality(np.inf, np.nan, np.inf, obstacle)
    z = system.rmatvec(nu)
    excess = max(box.excess(z), 0.0)
    weights = np.where(x > 0, box.positive, np.where(x < 0, box.negative, 0.0))
    slack = np.sum(np.abs(x) * (weights - np.sign(x) * z)) / value if value > 0 else 0.0
    gap = (value - float(system.b @ nu) / (1 + excess)) / (1 + abs(value))
    return Optimality(max(excess, abs(float(slack))), gap, 0.0)


def _dual_of(system: LinearSystem, x: Vector, box: WeightedL1) -> Dual | None:
    """A ν that proves x optimal, if one is found."""
    support = np.flatnonzero(x)
    A = system.rows()
    edges = np.where(x > 0, box.positive, -box.negative)[support]
    nu = np.linalg.lstsq(A[:, support].T, edges, rcond=None)[0]
    if box.excess(system.rmatvec(nu)) <= _IN_THE_BOX:
        return nu
    if A.size > _MOST_ENTRIES:
        return None
    upper, lower = np.isfinite(box.positive), np.isfinite(box.negative)
    sides = sp.csr_array(np.vstack([A.T[upper], -A.T[lower]]))
    bounds = np.concatenate([box.positive[upper], box.negative[lower]])
    program = scipy.optimize.linprog(-system.b, A_ub=sides, b_ub=bounds, bounds=(None, None), method="highs")
    return np.asarray(program.x) if program.status == 0 else None
