"""The optimal face of weighted ℓ1 minimisation over A x = b: uniqueness, and the point that small starts select.

From one minimiser and its dual, simplex-like steps along directions of least cost, decided in exact arithmetic, lead to
a vertex; a direction of no cost opens a face of minimisers. On such a face vanishing starts select the minimiser of an
entropy, the next order in the scale.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import scipy.optimize
import scipy.sparse as sp
from jaxtyping import Float, Int

from ridgeless._core.arrays import Dual, Matrix, Vector
from ridgeless._core.exact import cheapest_direction, margins
from ridgeless.limits.minimum import minimise
from ridgeless.limits.tolerances import TOLERANCES
from ridgeless.potentials import WeightedL1
from ridgeless.potentials.branches import Branches
from ridgeless.potentials.next_order import next_order
from ridgeless.systems import LinearSystem

_NO_EDGE = 1e300


@dataclass(frozen=True, eq=False)
class OptimalFace:
    """The set of minimisers of a weighted ℓ1 norm over A x = b, as a face with one dual ν.

    Attributes:
        vertex: (d,) a minimiser whose support has independent columns.
        other: (d,) a second minimiser; None where there is none, or none is known.
        index: (m,) coordinates that are not 0 everywhere on the face.
        signs: (m,) their signs.
        is_decided: whether the data as stored decide if there is a second minimiser.
        needed_exact: whether exact arithmetic was needed to decide.
    """

    vertex: Vector
    other: Vector | None
    index: Int[np.ndarray, " m"]
    signs: Float[np.ndarray, " m"]
    is_decided: bool = True
    needed_exact: bool = False


def optimal_face(A: Matrix, x: Vector, box: WeightedL1, s: Vector) -> OptimalFace:
    """The face of all minimisers, from a point that is a minimiser up to rounding and its dual.

    Args:
        A: (n, d).
        x: (d,) the point; the columns of A on its support are independent.
        box: the weights of the norm.
        s: (d,) Aᵀν, on the edge of the box on the support of x, and elsewhere inside it up to rounding.
    """
    for _ in range(TOLERANCES.last_stage_steps):
        support = np.flatnonzero(x)
        signs = np.where(x != 0, np.sign(x), np.where(s / box.positive >= -s / box.negative, 1.0, -1.0))
        vertex = OptimalFace(x, None, support, signs[support])
        idle = np.flatnonzero((box.reach(s) >= 1 - TOLERANCES.certified) & (x == 0))
        # Where the columns at the edge are independent, no feasible direction exists among them.
        if _is_well_conditioned(A[:, np.concatenate([support, idle])]):
            return vertex
        found = cheapest_direction(A, x, box.positive, box.negative, s)
        if found is None:
            return replace(vertex, is_decided=False)
        if found.h is None:
            return replace(vertex, needed_exact=True)
        if found.slope == 0:
            return _face_along(A, vertex, box, found.h, found.edges)
        x = _next_vertex(A, x, found.h)
        s = _dual_on_edges(A, x, box, s)
    support = np.flatnonzero(x)
    return OptimalFace(x, None, support, np.sign(x[support]), is_decided=False)


def _is_well_conditioned(columns: Float[np.ndarray, "n k"]) -> bool:
    """Whether columns are so far from dependent that the ν they determine distinguishes coordinates at their edges."""
    if columns.shape[1] == 0 or columns.shape[1] > len(columns):
        return columns.shape[1] == 0
    pivots = np.abs(np.diagonal(np.linalg.qr(columns / np.linalg.norm(columns, axis=0), mode="r")))
    return bool(pivots.min() > TOLERANCES.shown)


def _face_along(A: Matrix, vertex: OptimalFace, box: WeightedL1, h: Vector, edges: Vector) -> OptimalFace:
    """The face of a vertex that has a direction h of no cost; undecided where equal costs may be due to rounding."""
    x, support = vertex.vertex, vertex.index
    signs = np.where(x != 0, np.sign(x), np.where(edges < 0, -1.0, 1.0))
    candidates = np.flatnonzero((edges != 0) & (x == 0))
    opened = candidates[_usable_coordinates(A, support, candidates, signs[candidates])]
    index = np.sort(np.concatenate([support, opened]))
    prices = np.where(signs > 0, box.positive, box.negative)
    is_decided = _have_equal_cost(A * signs, support, opened, prices)
    return OptimalFace(x, _halfway_point(A, x, h), index, signs[index], is_decided)


def _dual_margins(columns: Matrix, support: np.ndarray, others: np.ndarray, prices: Vector) -> np.ndarray:
    """Exact distance from the edge at other coordinates of every dual that fits the support; NaN where it varies."""
    found = margins(columns[:, support], prices[support], columns[:, others], np.minimum(prices[others], _NO_EDGE))
    return np.full(len(others), np.nan) if found is None else found


def _have_equal_cost(columns: Matrix, support: np.ndarray, opened: np.ndarray, prices: Vector) -> bool:
    """Whether all x on the support and the opened columns cost the same, decided exactly in the data as stored."""
    basis = list(support)
    Q = np.linalg.qr(columns[:, support])[0]
    for coordinate in opened.tolist():
        column = columns[:, coordinate] / np.linalg.norm(columns[:, coordinate])
        rest = column - Q @ (Q.T @ column)
        rest = rest - Q @ (Q.T @ rest)
        if np.linalg.norm(rest) > TOLERANCES.lost:
            Q = np.column_stack([Q, rest / np.linalg.norm(rest)])
            basis.append(coordinate)
    others = np.setdiff1d(opened, basis)
    return len(others) > 0 and bool(np.all(_dual_margins(columns, np.array(basis), others, prices) == 0))


def _next_vertex(A: Matrix, x: Vector, h: Vector) -> Vector:
    """The vertex reached along the direction h, where the first coordinate becomes 0."""
    steps = _steps_to_zero(x, h)
    moved = x + np.min(steps) * h
    moved[np.argmin(steps)] = 0.0
    moved[np.abs(moved) <= TOLERANCES.rounding * np.max(np.abs(x))] = 0.0
    support = np.flatnonzero(moved)
    moved[support] += _refined_least_squares(A[:, support], A @ (x - moved))
    return moved


def _halfway_point(A: Matrix, x: Vector, h: Vector) -> Vector:
    """The point half way along the direction h to where the first coordinate becomes 0."""
    moved = x + np.min(_steps_to_zero(x, h)) / 2 * h
    support = np.flatnonzero(moved)
    moved[support] += _refined_least_squares(A[:, support], A @ (x - moved))
    return moved


def _steps_to_zero(x: Vector, h: Vector) -> Vector:
    """The step along h at which each coordinate becomes 0; infinite where it does not."""
    is_falling = x * h < 0
    return np.where(is_falling, -x / np.where(is_falling, h, 1.0), np.inf)


def _dual_on_edges(A: Matrix, x: Vector, box: WeightedL1, s: Vector) -> Vector:
    """Aᵀν for the ν nearest to the given one whose Aᵀν lies on the edge of the box on the support of x."""
    support = np.flatnonzero(x)
    edges = np.where(x > 0, box.positive, -box.negative)[support]
    return s + A.T @ np.linalg.lstsq(A[:, support].T, edges - s[support], rcond=None)[0]


def _refined_least_squares(columns: Float[np.ndarray, "n k"], rhs: Dual) -> Float[np.ndarray, " k"]:
    """The least-squares solution with one step of iterative refinement."""
    found = np.linalg.lstsq(columns, rhs, rcond=None)[0]
    return found + np.linalg.lstsq(columns, rhs - columns @ found, rcond=None)[0]


def _usable_coordinates(A: Matrix, support: np.ndarray, idle: np.ndarray, signs: np.ndarray) -> np.ndarray:
    """Mask of the idle coordinates that some minimiser uses: A h = 0 with h > 0 there, h ≥ 0 on all idle ones.

    One linear program finds them all: with h = y + w, 0 ≤ y ≤ 1, w ≥ 0, the maximum of Σy has y > 0 wherever h can be.
    """
    columns = np.hstack([A[:, idle] * signs, A[:, support]])
    sizes = np.linalg.norm(columns, axis=0)
    columns = columns / np.where(sizes > 0, sizes, 1.0)
    # The triangle of a QR factorisation has the same null space and fewer rows.
    triangle: Any = np.linalg.qr(columns, mode="r")
    idle_count, support_count = len(idle), len(support)
    equations = sp.csr_array(np.hstack([triangle[:, :idle_count], triangle]))
    bounds = [(0, 1)] * idle_count + [(0, None)] * idle_count + [(None, None)] * support_count
    costs = np.concatenate([-np.ones(idle_count), np.zeros(idle_count + support_count)])
    program = scipy.optimize.linprog(costs, A_eq=equations, b_eq=np.zeros(len(triangle)), bounds=bounds, method="highs")
    return program.x[:idle_count] > TOLERANCES.shown if program.status == 0 else np.zeros(idle_count, dtype=bool)


def least_entropy(system: LinearSystem, face: OptimalFace, ties: Branches, tol: float) -> Vector:
    """The point of a face that vanishing starts select: the minimiser of the entropy of the next order.

    Args:
        system: A x = b.
        face: the minimisers of the weighted ℓ1 norm, which is the leading order.
        ties: the branches of the mirror map at scale 1.
        tol: the bound on the residual.
    """
    A = system.rows()[:, face.index]
    part = LinearSystem(A, system.b)
    x = np.zeros(system.shape[1])
    x[face.index] = minimise(part, next_order(ties, face.index, face.signs), tol).x
    return x
