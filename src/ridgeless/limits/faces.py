"""Whether a weighted ℓ1 minimiser is the only one, and which of many small starts tend to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.optimize
import scipy.sparse as sp
from jaxtyping import Float, Int

from ridgeless.arrays import Matrix, Vector
from ridgeless.limits.minimise import minimise
from ridgeless.potentials import Bias, DeepEntropy, Entropy
from ridgeless.potentials.branches import Branches, ExponentialProfile
from ridgeless.systems import LinearSystem

# s_i this close to its edge is on it; LPs are solved to HiGHS's 1e-7.
_ON_EDGE = 1e-9
_OPEN = 1e-6
_TIED_BRANCHES = 1e-12
_AT_THE_EDGE = 1e-8
_NEXT_ORDER = "next order of the theorem"


@dataclass(frozen=True, eq=False)
class Face:
    """The minimisers of a weighted ℓ1 norm over A x = b that share one dual ν.

    Attributes:
        index: (m,) coordinates that are not 0 on all of it.
        signs: (m,) their signs.
        is_point: whether there is one minimiser only.
    """

    index: Int[np.ndarray, " m"]
    signs: Float[np.ndarray, " m"]
    is_point: bool


def optimal_face(A: Matrix, x: Vector, reach: Vector, s: Vector) -> Face:
    """All minimisers, from one and its dual.

    Args:
        A: (n, d).
        x: (d,) a minimiser whose columns of A are independent.
        reach: (d,) how far s_i is on its way to its edge, 1 on it.
        s: (d,) Aᵀν.
    """
    support = np.flatnonzero(x)
    idle = np.flatnonzero((reach >= 1 - _ON_EDGE) & (x == 0))
    opened = idle[_can_open(A, support, idle, np.sign(s[idle]))] if len(idle) else idle
    index = np.sort(np.concatenate([support, opened]))
    signs = np.where(x[index] != 0, np.sign(x[index]), np.sign(s[index]))
    return Face(index, signs, is_point=len(opened) == 0)


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
    return program.x[:many] > _OPEN if program.status == 0 else np.zeros(many, dtype=bool)


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
