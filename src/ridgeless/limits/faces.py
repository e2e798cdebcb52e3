"""Whether a weighted ℓ1 minimiser is the only one, and which of many small starts tend to."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import scipy.optimize
import scipy.sparse as sp
from jaxtyping import Float, Int

from ridgeless.arrays import Matrix, Vector
from ridgeless.exact import margins
from ridgeless.limits.minimise import minimise
from ridgeless.potentials import Bias, DeepEntropy, Entropy, WeightedL1
from ridgeless.potentials.branches import Branches, ExponentialProfile
from ridgeless.systems import LinearSystem

# A coordinate with s_i this close to its edge may tie; whether it does is decided in exact arithmetic.
_NEAR_EDGE = 1e-7
# Linear programs are solved to HiGHS's 1e-7.
_OPEN = 1e-6
_MOST_EXCHANGES = 50
# A column this close to the span of others is tried as one of it.
_INDEPENDENT = 1e-8
_NO_EDGE = 1e300
_TIED_BRANCHES = 1e-12
_AT_THE_EDGE = 1e-8
_NEXT_ORDER = "next order of the theorem"


@dataclass(frozen=True, eq=False)
class Face:
    """The minimisers of a weighted ℓ1 norm over A x = b that share one dual ν.

    Attributes:
        vertex: (d,) one of them, with independent columns.
        other: (d,) another; None where there is none, or none is known.
        index: (m,) coordinates that are not 0 on all of it.
        signs: (m,) their signs.
        is_decided: whether the data as stored decide if there is another.
    """

    vertex: Vector
    other: Vector | None
    index: Int[np.ndarray, " m"]
    signs: Float[np.ndarray, " m"]
    is_decided: bool = True


def optimal_face(A: Matrix, x: Vector, box: WeightedL1, s: Vector) -> Face:
    """All minimisers, from one that is a minimiser to rounding, and its dual.

    Args:
        A: (n, d).
        x: (d,) its columns of A are independent.
        box: the prices.
        s: (d,) Aᵀν, on the edge of the box on the support of x, and elsewhere within it to rounding.
    """
    for _ in range(_MOST_EXCHANGES):
        support = np.flatnonzero(x)
        signs = np.where(x != 0, np.sign(x), np.where(s / box.positive >= -s / box.negative, 1.0, -1.0))
        idle = np.flatnonzero((box.reach(s) >= 1 - _NEAR_EDGE) & (x == 0))
        if len(idle) == 0 or len(support) == 0:
            return Face(x, None, support, signs[support])
        prices = np.where(signs > 0, box.positive, box.negative)
        left = _margins(A * signs, support, idle, prices)
        if np.isnan(left).any() or not np.min(left, initial=0.0) < 0:
            return _face_of(A, x, signs, prices, idle, left)
        x = _exchanged(A, x, signs, int(idle[np.argmin(left)]))
        s = _on_edges(A, x, signs, prices, s)
    return Face(x, None, support, signs[support], is_decided=False)


def _face_of(A: Matrix, x: Vector, signs: Vector, prices: Vector, idle: np.ndarray, left: np.ndarray) -> Face:
    """The face of a vertex that costs no more than any x with columns in the span of its own."""
    support = np.flatnonzero(x)
    candidates = idle[np.isnan(left) | (left == 0)]
    vertex = Face(x, None, support, signs[support])
    if len(candidates) == 0:
        return vertex
    directions = _opened(A, support, candidates, signs)
    opened = candidates[directions[candidates] > _OPEN]
    if len(opened) == 0:
        return vertex
    index = np.sort(np.concatenate([support, opened]))
    if not _is_tied(A * signs, support, opened, prices):
        return replace(vertex, is_decided=False)
    return Face(x, _along(A, x, signs * directions, index), index, signs[index])


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
        if np.linalg.norm(rest) > _INDEPENDENT:
            Q = np.column_stack([Q, rest / np.linalg.norm(rest)])
            basis.append(coordinate)
    others = np.setdiff1d(opened, basis)
    return len(others) > 0 and bool(np.all(_margins(columns, np.array(basis), others, prices) == 0))


def _exchanged(A: Matrix, x: Vector, signs: Vector, entering: int) -> Vector:
    """The vertex with another coordinate in the place of the first one that becomes 0 on the way."""
    support = np.flatnonzero(x)
    change = -_solved(A[:, support], signs[entering] * A[:, entering])
    with np.errstate(divide="ignore", invalid="ignore"):
        lengths = np.where(change * signs[support] < 0, -x[support] / change, np.inf)
    first = int(np.argmin(lengths))
    moved = x.copy()
    moved[support] += lengths[first] * change
    moved[entering] = signs[entering] * lengths[first]
    moved[support[first]] = 0.0
    kept = np.flatnonzero(moved)
    moved[kept] += _solved(A[:, kept], A @ (x - moved))
    return moved


def _on_edges(A: Matrix, x: Vector, signs: Vector, prices: Vector, s: Vector) -> Vector:
    """Aᵀν, ν changed as little as puts it on the edge on the support."""
    support = np.flatnonzero(x)
    missing = (signs * prices)[support] - s[support]
    return s + A.T @ np.linalg.lstsq(A[:, support].T, missing, rcond=None)[0]


def _along(A: Matrix, x: Vector, direction: Vector, index: np.ndarray) -> Vector:
    """Half way along a direction in which A x stays, to where the first coordinate becomes 0."""
    support = np.flatnonzero(x)
    moves = np.zeros(len(x))
    moves[index] = np.where(x[index] == 0, direction[index], 0.0)
    moves[support] = -_solved(A[:, support], A @ moves)
    with np.errstate(divide="ignore", invalid="ignore"):
        lengths = np.where(moves * x < 0, -x / moves, np.inf)
    return x + float(np.min(lengths)) / 2 * moves


def _solved(columns: Matrix, right: Vector) -> Vector:
    """Least squares, refined once."""
    found = np.linalg.lstsq(columns, right, rcond=None)[0]
    return found + np.linalg.lstsq(columns, right - columns @ found, rcond=None)[0]


def _opened(A: Matrix, support: np.ndarray, idle: np.ndarray, signs: Vector) -> Vector:
    """An h ≥ 0 on the idle coordinates, for their signs, with A h = 0, that is > 0 wherever one can be; shape (d,).

    One linear program finds it: with h = y + w, y ≤ 1, the largest Σy has y > 0 wherever that is possible.
    """
    columns = np.hstack([A[:, idle] * signs[idle], A[:, support]])
    sizes = np.linalg.norm(columns, axis=0)
    columns = columns / np.where(sizes > 0, sizes, 1.0)
    # Only the part of the idle columns outside the span of the others matters; equations are made few by QR.
    few: Any = np.linalg.qr(columns, mode="r")
    many, used = len(idle), len(support)
    equations = sp.csr_array(np.hstack([few[:, :many], few]))
    bounds = [(0, 1)] * many + [(0, None)] * many + [(None, None)] * used
    costs = np.concatenate([-np.ones(many), np.zeros(many + used)])
    program = scipy.optimize.linprog(costs, A_eq=equations, b_eq=np.zeros(len(few)), bounds=bounds, method="highs")
    found = np.zeros(A.shape[1])
    if program.status == 0:
        found[idle] = (program.x[:many] + program.x[many : 2 * many]) / sizes[:many]
    return found


def least_entropy(system: LinearSystem, face: Face, ties: Branches, tol: float) -> Vector:
    """The point of a face that small starts tend to: the minimiser of the next order's entropy.

    At depth 2 it is Σ|x|·(log(|x|/P) − 1), with P·scale² the branch that grows; beyond, −Σ|x|^(2/D).

    Args:
        system: A x = b.
        face: the minimisers of the leading order.
        ties: the mirror map's branches at scale 1.
        tol: on the residual.
    """
    A = system.rows()[:, face.index]
    part = LinearSystem(A, system.b)
    x = np.zeros(system.shape[1])
    x[face.index] = minimise(part, _entropy(face, ties), tol).x
    return x


def _entropy(face: Face, ties: Branches) -> Bias:
    """The next order on the face: each coordinate by the branches of its sign, the first one to leave 0 first."""
    chosen = [
        _in_order(ties, coordinate, sign)
        for coordinate, sign in zip(face.index.tolist(), face.signs.tolist(), strict=True)
    ]
    first = ties.select(np.array([order[0] for order in chosen]))
    if isinstance(ties.profile, ExponentialProfile):
        rate = float(first.slope[0])
        offset = face.signs * (first.log_amplitude - first.start) / rate
        return Bias(Entropy(face.signs, rate), offset, _NEXT_ORDER)
    # Near its edge a branch is coefficient·(edge − z)^(−q). On the face the edges lie in the row space, so that any
    # multiple of them may be taken off z: they stand for 0. A later branch of the same sign never shows.
    near = first.start / first.slope
    second = [_distance(ties, order[1]) if len(order) > 1 else np.inf for order in chosen]
    far = np.where(np.array(second) <= near * (1 + _TIED_BRANCHES), near, np.inf)
    exponent = float(ties.profile.elasticity(np.array([_AT_THE_EDGE]))[0])
    coefficient = float(np.exp(first.log_amplitude[0]) * first.slope[0] ** -exponent)
    return Bias(DeepEntropy(face.signs, near, far, coefficient, exponent), np.zeros_like(near), _NEXT_ORDER)


def _in_order(ties: Branches, coordinate: int, sign: float) -> np.ndarray:
    """The branches of a coordinate with a sign, the first one to leave 0 first."""
    own = np.flatnonzero((ties.coordinate == coordinate) & (ties.sign == sign))
    return own[np.argsort([_distance(ties, branch) for branch in own])]


def _distance(ties: Branches, branch: np.integer) -> float:
    return float(ties.start[branch] / ties.slope[branch])
