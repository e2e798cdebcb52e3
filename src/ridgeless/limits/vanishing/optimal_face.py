"""Whether a weighted ℓ1 minimiser is the only one, and which of many small starts tend to."""

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
    """The minimisers of a weighted ℓ1 norm over A x = b that share one dual ν.

    Attributes:
        vertex: (d,) one of them, with independent columns.
        other: (d,) another; None where there is none, or none is known.
        index: (m,) coordinates that are not 0 on all of it.
        signs: (m,) their signs.
        is_decided: whether the data as stored decide if there is another.
        is_close: whether it took exact arithmetic to tell.
    """

    vertex: Vector
    other: Vector | None
    index: Int[np.ndarray, " m"]
    signs: Float[np.ndarray, " m"]
    is_decided: bool = True
    is_close: bool = False


def optimal_face(A: Matrix, x: Vector, box: WeightedL1, s: Vector) -> OptimalFace:
    """All minimisers, from one that is a minimiser to rounding, and its dual.

    Args:
        A: (n, d).
        x: (d,) its columns of A are independent.
        box: the prices.
        s: (d,) Aᵀν, on the edge of the box on the support of x, and elsewhere within it to rounding.
    """
    for _ in range(TOLERANCES.last_stage_steps):
        support = np.flatnonzero(x)
        signs = np.where(x != 0, np.sign(x), np.where(s / box.positive >= -s / box.negative, 1.0, -1.0))
        vertex = OptimalFace(x, None, support, signs[support])
        idle = np.flatnonzero((box.reach(s) >= 1 - TOLERANCES.certified) & (x == 0))
        # Where the columns at the edge are independent, no direction leads out of x among them.
        if _is_well_conditioned(A[:, np.concatenate([support, idle])]):
            return vertex
        found = cheapest_direction(A, x, box.positive, box.negative, s)
        if found is None:
            return replace(vertex, is_decided=False)
        if found.h is None:
            return replace(vertex, is_close=True)
        if found.slope == 0:
            return _face_of(A, vertex, box, found.h, found.edges)
        x = _moved(A, x, found.h)
        s = _on_edges(A, x, box, s)
    support = np.flatnonzero(x)
    return OptimalFace(x, None, support, np.sign(x[support]), is_decided=False)


def _is_well_conditioned(columns: Float[np.ndarray, "n k"]) -> bool:
    """Whether they are independent, and the ν that they fix is known to more digits than edges are told apart by."""
    if columns.shape[1] == 0 or columns.shape[1] > len(columns):
        return columns.shape[1] == 0
    pivots = np.abs(np.diagonal(np.linalg.qr(columns / np.linalg.norm(columns, axis=0), mode="r")))
    return bool(pivots.min() > TOLERANCES.shown)


def _face_of(A: Matrix, vertex: OptimalFace, box: WeightedL1, h: Vector, edges: Vector) -> OptimalFace:
    """The face of a minimiser that a direction leaves at no cost; undecided where only rounding ties the rest."""
    x, support = vertex.vertex, vertex.index
    signs = np.where(x != 0, np.sign(x), np.where(edges < 0, -1.0, 1.0))
    candidates = np.flatnonzero((edges != 0) & (x == 0))
    opened = candidates[_can_open(A, support, candidates, signs[candidates])]
    index = np.sort(np.concatenate([support, opened]))
    prices = np.where(signs > 0, box.positive, box.negative)
    is_decided = _is_tied(A * signs, support, opened, prices)
    return OptimalFace(x, _along(A, x, h), index, signs[index], is_decided)


def _margins(columns: Matrix, support: np.ndarray, asked: np.ndarray, prices: Vector) -> np.ndarray:
    """How far every dual of the support stays from its edge at other coordinates; NaN where it is free to move."""
    found = margins(columns[:, support], prices[support], columns[:, asked], np.minimum(prices[asked], _NO_EDGE))
    return np.full(len(asked), np.nan) if found is None else found


def _is_tied(columns: Matrix, support: np.ndarray, opened: np.ndarray, prices: Vector) -> bool:
    """Whether every x with these columns costs the same, in the numbers as stored."""
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
    return len(others) > 0 and bool(np.all(_margins(columns, np.array(basis), others, prices) == 0))


def _moved(A: Matrix, x: Vector, h: Vector) -> Vector:
    """The vertex at the end of a direction, where the first coordinate becomes 0."""
    lengths = _lengths(x, h)
    moved = x + np.min(lengths) * h
    moved[np.argmin(lengths)] = 0.0
    moved[np.abs(moved) <= TOLERANCES.rounding * np.max(np.abs(x))] = 0.0
    kept = np.flatnonzero(moved)
    moved[kept] += _solved(A[:, kept], A @ (x - moved))
    return moved


def _along(A: Matrix, x: Vector, h: Vector) -> Vector:
    """Half way to there."""
    moved = x + np.min(_lengths(x, h)) / 2 * h
    kept = np.flatnonzero(moved)
    moved[kept] += _solved(A[:, kept], A @ (x - moved))
    return moved


def _lengths(x: Vector, h: Vector) -> Vector:
    """How far each coordinate is from 0 along h."""
    is_falling = x * h < 0
    return np.where(is_falling, -x / np.where(is_falling, h, 1.0), np.inf)


def _on_edges(A: Matrix, x: Vector, box: WeightedL1, s: Vector) -> Vector:
    """Aᵀν, ν changed as little as puts it on the edge on the support."""
    support = np.flatnonzero(x)
    edges = np.where(x > 0, box.positive, -box.negative)[support]
    return s + A.T @ np.linalg.lstsq(A[:, support].T, edges - s[support], rcond=None)[0]


def _solved(columns: Float[np.ndarray, "n k"], rhs: Dual) -> Float[np.ndarray, " k"]:
    """Least squares, refined once."""
    found = np.linalg.lstsq(columns, rhs, rcond=None)[0]
    return found + np.linalg.lstsq(columns, rhs - columns @ found, rcond=None)[0]


def _can_open(A: Matrix, support: np.ndarray, idle: np.ndarray, signs: np.ndarray) -> np.ndarray:
    """Which idle coordinates some minimiser uses: A h = 0 with h ≥ 0 on them and free on the support.

    One linear program finds all: with h = y + w, y ≤ 1, the largest Σy has y > 0 wherever that is possible.
    """
    columns = np.hstack([A[:, idle] * signs, A[:, support]])
    sizes = np.linalg.norm(columns, axis=0)
    columns = columns / np.where(sizes > 0, sizes, 1.0)
    # Only the part of the idle columns outside the span of the others matters; equations are made few by QR.
    few: Any = np.linalg.qr(columns, mode="r")
    many, used = len(idle), len(support)
    equations = sp.csr_array(np.hstack([few[:, :many], few]))
    bounds = [(0, 1)] * many + [(0, None)] * many + [(None, None)] * used
    costs = np.concatenate([-np.ones(many), np.zeros(many + used)])
    program = scipy.optimize.linprog(costs, A_eq=equations, b_eq=np.zeros(len(few)), bounds=bounds, method="highs")
    return program.x[:many] > TOLERANCES.shown if program.status == 0 else np.zeros(many, dtype=bool)


def least_entropy(system: LinearSystem, face: OptimalFace, ties: Branches, tol: float) -> Vector:
    """The point of a face that small starts tend to: the minimiser of the next order's entropy.

    Args:
        system: A x = b.
        face: the minimisers of the leading order.
        ties: the mirror map's branches at scale 1.
        tol: on the residual.
    """
    A = system.rows()[:, face.index]
    part = LinearSystem(A, system.b)
    x = np.zeros(system.shape[1])
    x[face.index] = minimise(part, next_order(ties, face.index, face.signs), tol).x
    return x
