"""A ball around the minimiser of a weighted ℓ1 norm, the limit of vanishing starts, from a dual feasible ν.

For a ν with −n ≤ z ≤ p, z = Aᵀν, and a feasible y the gap G = Σ y_i⁺·(p_i − z_i) + y_i⁻·(n_i + z_i) is at least the
same sum at any minimiser. Where z_i is strictly inside its box, |x∞_i| ≤ G divided by the distance of z_i to the nearer
edge (complementary slackness). The other entries follow from the equations if their columns are independent.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.optimize
import scipy.sparse as sp
from jaxtyping import Bool

from ridgeless._core.arrays import Dual, Vector, norm
from ridgeless.certificates._equations import DenseEquations, Equations
from ridgeless.certificates._mirror import UNIT_ROUNDOFF
from ridgeless.certificates._projection import conic_correction
from ridgeless.certificates._radius import Ball, SolvedPart, solved_part
from ridgeless.potentials import WeightedL1

_MOST_ENTRIES = 2_000_000
_IN_THE_BOX = 1e-9
# A ν that violates the box by more than this, relative to the weights, is not a rounded optimum and is not used.
_LARGEST_EXCESS = 1e-6
_ON_EDGE = 1e-9
# HiGHS solves linear programs to a tolerance of 1e-7.
_NEARLY_ON_EDGE = 1e-6
# Radius relative to x below which no other ν is tried.
_SMALL = 1e-9


def sparse_ball(equations: Equations, box: WeightedL1, x: Vector, dual: Dual | None) -> Ball:
    """A ball around the unique minimiser of Σ p_i·x_i⁺ + n_i·x_i⁻ over A x = b; infinite where there may be several.

    Args:
        equations: the equations.
        box: the weights.
        x: (d,) an answer.
        dual: (n,) ν; where none is given, or the given one does not suffice, the least-squares fit on the support of x
            is tried, then a linear program.
    """
    balls = (_ball_of(equations, box, x, nu) for nu in duals(equations, box, x, dual))
    return Ball.smallest(balls, x, lambda best: best.radius <= _SMALL * norm(x))


@dataclass(frozen=True, eq=False)
class DualSlacks:
    """The dual slacks of a ν: the distances of z = Aᵀν from the edges of the box −n ≤ z ≤ p.

    Attributes:
        up: (d,) upper bound on p − z.
        down: (d,) upper bound on n + z.
        is_edge: (d,) mask of the constraints that are active up to rounding.
        inside: lower bound on the slacks of all others; ∞ where there are none.
    """

    up: Vector
    down: Vector
    is_edge: Bool[np.ndarray, " d"]
    inside: float


def dual_slacks(equations: Equations, box: WeightedL1, nu: Dual) -> DualSlacks | None:
    """The dual slacks of a ν, scaled into the box if it is outside by rounding; None if it is outside by more."""
    z = _pulled(equations, nu)
    excess = max(box.excess(z), 0.0)
    if not excess <= _LARGEST_EXCESS:
        return None
    # Every ν in the box gives a bound, so this one is scaled until it is inside.
    z = z / (1 + excess)
    unsure = 4 * UNIT_ROUNDOFF * (np.abs(z) + _finite(np.minimum(box.positive, box.negative)))
    up, down = np.maximum(box.positive - z, 0.0) + unsure, np.maximum(box.negative + z, 0.0) + unsure
    is_edge = np.minimum(up, down) <= _ON_EDGE * _finite(np.minimum(box.positive, box.negative))
    inside = np.minimum(up, down)[~is_edge] - 2 * unsure[~is_edge]
    return DualSlacks(up, down, is_edge, float(np.min(inside, initial=np.inf)))


def _ball_of(equations: Equations, box: WeightedL1, x: Vector, nu: Dual) -> Ball:
    """The ball that one ν gives."""
    slacks = dual_slacks(equations, box, nu)
    if slacks is None:
        return Ball.unbounded(x)
    solved = solved_part(equations, slacks.is_edge, -np.abs(x)) if slacks.is_edge.any() else None
    if slacks.is_edge.any() and solved is None:
        return Ball.unbounded(x)
    # The equations on the active constraints determine the vertex that this ν belongs to.
    vertex = np.zeros_like(x)
    if solved is not None and solved.is_whole:
        vertex[slacks.is_edge] = solved.inverse @ equations.b
    balls = [_from_point(equations, box, point, vertex, slacks, solved) for point in (vertex, x)]
    return min(balls, key=lambda ball: ball.radius)


def _from_point(
    equations: Equations, box: WeightedL1, point: Vector, vertex: Vector, slacks: DualSlacks, solved: SolvedPart | None
) -> Ball:
    """The ball from the duality gap of a solution near `point`."""
    y, gap = gap_of(equations, box, slacks, point)
    away = gap / slacks.inside
    if not (np.isfinite(away) and away >= 0):
        return Ball(point, np.inf, gap)
    if solved is None:
        return Ball(vertex, away, gap)
    if not solved.is_whole:
        return Ball(point, np.inf, gap)
    misfit = equations.misfit(y, np.zeros_like(y))
    return solved.ball(equations, vertex, y - vertex, 2 * np.abs(equations.min_norm(misfit)), away, gap)


def gap_of(equations: Equations, box: WeightedL1, slacks: DualSlacks, point: Vector) -> tuple[Vector, float]:
    """A solution of A x = b near a point, and its duality gap to the dual point with these slacks."""
    y = point + _correction(equations, box, point)
    with np.errstate(invalid="ignore"):
        return y, float(np.sum(np.where(y > 0, y * slacks.up, np.where(y < 0, -y * slacks.down, 0.0))))


def _on_its_edges(equations: Equations, box: WeightedL1, nu: Dual) -> Dual:
    """A ν close to the given one whose nearly active constraints are active."""
    z = _pulled(equations, nu)
    upper = np.flatnonzero(np.abs(z - box.positive) <= _NEARLY_ON_EDGE * _finite(box.positive))
    lower = np.flatnonzero(np.abs(z + box.negative) <= _NEARLY_ON_EDGE * _finite(box.negative))
    index, edge = np.concatenate([upper, lower]), np.concatenate([box.positive[upper], -box.negative[lower]])
    if not len(index) or len(index) > len(nu):
        return nu
    moved = nu + np.linalg.lstsq(equations.columns(index).T, edge - z[index], rcond=None)[0]
    return moved if box.excess(_pulled(equations, moved)) <= max(box.excess(z), _IN_THE_BOX) else nu


def _pulled(equations: Equations, nu: Dual) -> Vector:
    pulled = equations.doubled_rmatvec(nu, np.zeros_like(nu))
    return pulled.high + pulled.low


def _finite(weights: Vector) -> Vector:
    """The weights, with 0 in place of ∞."""
    return np.where(np.isfinite(weights), weights, 0.0)


def _correction(equations: Equations, box: WeightedL1, x: Vector) -> Vector:
    """An h with A (x + h) ≈ b that keeps locked signs."""
    misfit = equations.misfit(x, np.zeros_like(x))
    is_locked = np.isinf(box.positive) | np.isinf(box.negative)
    if not is_locked.any() or not isinstance(equations, DenseEquations):
        return equations.min_norm(misfit)
    signs = np.where(np.isinf(box.negative), 1.0, np.where(np.isinf(box.positive), -1.0, 0.0))
    return conic_correction(equations.A, misfit, x, signs, np.abs(x))


def duals(equations: Equations, box: WeightedL1, x: Vector, dual: Dual | None) -> Iterator[Dual]:
    """Candidates for ν, the cheap ones first, each with its nearly active constraints made active."""
    return (_on_its_edges(equations, box, nu) for nu in _candidates(equations, box, x, dual))


def _candidates(equations: Equations, box: WeightedL1, x: Vector, dual: Dual | None) -> Iterator[Dual]:
    if dual is not None:
        yield equations.dual(dual)
    if not isinstance(equations, DenseEquations):
        return
    A, support = equations.A, np.flatnonzero(x)
    edges = np.where(x > 0, box.positive, -box.negative)[support]
    if np.isfinite(edges).all():
        yield np.linalg.lstsq(A[:, support].T, edges, rcond=None)[0]
    if A.size > _MOST_ENTRIES:
        return
    upper, lower = np.isfinite(box.positive), np.isfinite(box.negative)
    sides = sp.csr_array(np.vstack([A.T[upper], -A.T[lower]]))
    bounds = np.concatenate([box.positive[upper], box.negative[lower]])
    program: Any = scipy.optimize.linprog(-equations.b, A_ub=sides, b_ub=bounds, bounds=(None, None), method="highs")
    if program.status == 0:
        yield np.asarray(program.x)
