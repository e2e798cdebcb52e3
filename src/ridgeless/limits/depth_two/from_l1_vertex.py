"""The limit of small depth-2 starts from a vertex: the ℓ1 limit first, then Newton on the dual beside it.

From a start far smaller than the solution, x_i ≠ 0 costs z_i = log(|x_i|/P_i)/c, nearly the same whatever its size:
the limit lies near a minimiser of that weighted ℓ1 norm. Where few coordinates suffice, the walk from saddle to
saddle finds them in less time than A takes to be factorised.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import scipy.linalg as sl

from ridgeless._core.arrays import Dual, Matrix, Vector, norm
from ridgeless.limits.depth_two.dense import solve_nearby
from ridgeless.limits.depth_two.exponentials import Exponentials
from ridgeless.limits.newton import Goal
from ridgeless.limits.tolerances import TOLERANCES
from ridgeless.limits.vanishing.saddle_to_saddle import saddle_to_saddle
from ridgeless.potentials import WeightedL1
from ridgeless.potentials.minimum import Minimum, Outcome
from ridgeless.systems import LinearSystem

# Worse conditioned equations hide from the misfit how far off x is; a few of the columns show that they are not.
_WORST_CONDITION = 1 / TOLERANCES.close


_NOT_TRIED = Minimum(np.empty(0), np.empty(0), 0, "not tried", Outcome.NO_DECREASE)


def solve_from_vertex(system: LinearSystem, target: Exponentials, tol: float) -> Minimum:
    """x and ν with A x = b and x = x(Aᵀν), by way of the ℓ1 limit, where that is near and cheap to walk to.

    The outcome says whether it was: no other result is of use.

    Args:
        system: A x = b, at hand as an array.
        target: the mirror map.
        tol: on ‖Ax − b‖/‖b‖.
    """
    A, size = system.rows(), norm(system.b)
    unit = float(np.sqrt(np.einsum("ij,ij->", A, A) / len(A)))
    if not (size > 0 and 0 < unit < np.inf and _is_well_conditioned(A, unit)):
        return _NOT_TRIED
    prices = _prices(target, reference=size / unit)
    if not min(prices.positive.min(), prices.negative.min()) * target.rate >= TOLERANCES.least_price:
        return _NOT_TRIED
    path = saddle_to_saddle(A, system.b, prices, _most_jumps(*A.shape))
    if not path.residuals[-1] <= TOLERANCES.near * size:
        return _NOT_TRIED
    goal = Goal(np.divide(A, unit, order="F"), system.b / unit, size / unit, float(np.abs(path.x).max()), tol)
    found = solve_nearby(goal, target, _beside(goal, path.x, unit * path.nu, target))
    return replace(found, dual=found.dual / unit)


def _is_well_conditioned(A: Matrix, unit: float) -> bool:
    """Whether a few columns of A prove that its condition number is at most 1e3.

    σ_max is at most ‖A‖_F, and what columns J alone reach is reached by all: σ_min(A) ≥ σ_min(A_J).
    """
    rows, unknowns = A.shape
    some = A[:, :: max(1, unknowns // max(TOLERANCES.columns_per_equation * rows, TOLERANCES.columns_shown))] / unit
    gram = some @ some.T
    factorise, condition = sl.get_lapack_funcs(("potrf", "pocon"), (gram,))
    lower, failed = factorise(gram, lower=1)
    if failed:
        return False
    size = float(np.abs(gram).sum(axis=0).max())
    reciprocal, _ = condition(lower, size, uplo="L")
    return bool(rows <= _WORST_CONDITION**2 * reciprocal * size)


def _most_jumps(equations: int, unknowns: int) -> int:
    more = min(TOLERANCES.few_steps * equations, TOLERANCES.cheap_products // unknowns)
    return int(TOLERANCES.jumps_per_equation * equations) + more


def _prices(target: Exponentials, reference: float) -> WeightedL1:
    """Where each branch reaches the reference."""
    level = np.log(reference)
    return WeightedL1((level - target.growing) / target.rate, (level - target.shrinking) / target.rate)


def _beside(goal: Goal, vertex: Vector, nu: Dual, target: Exponentials) -> Dual:
    """The ν nearest to the vertex's own at which its coordinates have their values."""
    on = np.flatnonzero(vertex)
    branch = np.where(vertex[on] > 0, target.growing[on], target.shrinking[on])
    z = np.sign(vertex[on]) * (np.log(np.abs(vertex[on])) - branch) / target.rate
    columns = goal.rows[:, on]
    Q, R = np.linalg.qr(columns)
    return nu + Q @ sl.solve_triangular(R, z - columns.T @ nu, trans=1)
