"""A ball around the limit of vanishing starts where the weighted ℓ1 norm has many minimisers, by the next order.

For a ν in the box, let E be the coordinates whose z is on an edge, each with the sign of that edge. Minimisers of the
norm vanish off E, or are bounded there by the gap (`sparse`). If A_Eᵀν' = edges holds exactly for some ν', every x_E of
these signs that solves A_E x_E = b − A_R x_R costs the same, where R is the rest. Given its own x∞_R, x∞_E is the
minimiser of the next order's entropy among them, and the ball of a separable potential contains it, with a right-hand
side known up to ‖A_R‖·‖x∞_R‖.

Where A_E has as many independent columns as there are equations, ν' is unique. If it is on the edges of E exactly and
inside elsewhere, then x∞_R = 0. Ties that float64 does not decide are decided in exact arithmetic.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from ridgeless._core.arrays import Dual, Matrix, Vector, norm
from ridgeless._core.exact import exact_solution, margins
from ridgeless._core.exact.arithmetic import rounded
from ridgeless.certificates._dual_newton import dual_newton_ball
from ridgeless.certificates._equations import DenseEquations, Equations, equations_of
from ridgeless.certificates._mirror import UNIT_ROUNDOFF, mirror_of
from ridgeless.certificates._radius import LEAST_SLACK, Ball, SolvedPart, solved_part
from ridgeless.certificates.sparse import DualSlacks, dual_slacks, duals, gap_of
from ridgeless.potentials import Bias, WeightedL1
from ridgeless.potentials.branches import Branches, ExponentialProfile
from ridgeless.potentials.next_order import next_order
from ridgeless.systems import LinearSystem
from ridgeless.systems.forced_zeros import forced_zeros
from ridgeless.systems.independent import independent_columns

# Radius relative to x below which no other ν is tried.
_SMALL = 1e-9
_EXCHANGES = 4
# Units of rounding error of a price, which is a power of a starting weight.
_OF_A_PRICE = 8.0
# Bits of the largest entry of a vertex; the smallest may be a rounding error of b amplified by nearly equal columns.
_VERTEX_BITS = 192
# A slack at which profiles equal their limit at the edge, and the rounding differences between equal profiles.
_AT_THE_EDGE = 1e-8
_ALIKE = 1e-9


@dataclass(frozen=True, eq=False)
class Tied:
    """Coordinates on the edges of the box whose prices are tied in exact arithmetic.

    Attributes:
        index: (m,) the coordinates.
        signs: (m,) of their edges.
        is_exact: whether exactly one ν is on all their edges, because their columns span all equations, and that ν is
            strictly inside at all other coordinates.
    """

    index: Int[np.ndarray, " m"]
    signs: Float[np.ndarray, " m"]
    is_exact: bool


def tied_ball(
    equations: Equations, box: WeightedL1, ties: Branches, x: Vector, dual: Dual | None, wanted: float
) -> Ball:
    """A ball around the limit of vanishing starts where the columns on the edges of the box are dependent.

    Args:
        equations: the equations; the ball is infinite unless they are dense.
        box: the weights.
        ties: the branches of the mirror map at scale 1.
        x: (d,) an answer.
        dual: (n,) ν, or None.
        wanted: a radius that is small enough.
    """
    if not isinstance(equations, DenseEquations) or not x.any():
        return Ball.unbounded(x)
    balls = (_ball_of(equations, box, ties, nu, x, wanted) for nu in duals(equations, box, x, dual))
    return Ball.smallest(balls, x, lambda best: best.radius <= _SMALL * norm(x))


def _tied(A: Matrix, box: WeightedL1, slacks: DualSlacks, x: Vector) -> Tied | None:
    """The tied coordinates; None where ties could not be decided, or some constraint is violated."""
    edges = np.flatnonzero(slacks.is_edge)
    signs = np.where(slacks.up[edges] <= slacks.down[edges], 1.0, -1.0)
    columns, prices = A[:, edges] * signs, np.where(signs > 0, box.positive[edges], box.negative[edges])
    merit = np.abs(x[edges])
    for _ in range(_EXCHANGES):
        basis = independent_columns(columns, np.argsort(-merit, kind="stable"))
        others = np.setdiff1d(np.arange(len(edges)), basis)
        left = _margins(columns, prices, basis, others) if len(basis) else None
        if left is None or np.isnan(left).any():
            return None
        if not (left < 0).any():
            return _on_basis_of(A, box, slacks, (edges, signs), basis, others[left == 0])
        # A column whose constraint is violated enters the basis first in the next round.
        merit[others[left < 0]] = merit.max() + 1
    return None


def _on_basis_of(
    A: Matrix,
    box: WeightedL1,
    slacks: DualSlacks,
    edges: tuple[np.ndarray, np.ndarray],
    basis: np.ndarray,
    tied: np.ndarray,
) -> Tied | None:
    """The coordinates tied to a basis; None where others are on edges and are not proved to stay 0."""
    index, signs = edges
    chosen = np.sort(np.concatenate([basis, tied]))
    is_exact = len(basis) == len(A) and _stays_inside(A, box, slacks, index[basis], signs[basis])
    if len(chosen) < len(index) and not is_exact:
        return None
    return Tied(index[chosen], signs[chosen], is_exact)


def _stays_inside(A: Matrix, box: WeightedL1, slacks: DualSlacks, basis: np.ndarray, signs: np.ndarray) -> bool:
    """Whether the ν' for which the constraints of a basis are active exactly satisfies the others strictly, as ν does.

    For coordinates on an edge only the opposite edge is checked; their own is decided already. What float64 does not
    decide is decided in exact arithmetic.
    """
    inverse = np.linalg.pinv(A[:, basis])
    slack = 1 - float(np.linalg.norm(np.eye(len(basis)) - inverse @ A[:, basis]))
    short = np.minimum(slacks.up, slacks.down)
    moved = np.full(len(A), np.inf)
    if slack > LEAST_SLACK:
        moved = np.abs(inverse.T) @ short[basis]
        moved = moved + (1 - slack) / slack * norm(moved)
    left = np.where(slacks.is_edge, np.maximum(slacks.up, slacks.down), short)
    is_open = ~(np.abs(A).T @ moved < left / 2)
    is_open[basis] = False
    upper = is_open & np.isfinite(box.positive) & ~(slacks.is_edge & (slacks.up <= slacks.down))
    lower = is_open & np.isfinite(box.negative) & ~(slacks.is_edge & (slacks.up > slacks.down))
    count = int(np.sum(upper) + np.sum(lower))
    held = np.where(signs > 0, box.positive[basis], box.negative[basis])
    columns = np.hstack([A[:, basis] * signs, A[:, upper], -A[:, lower]])
    prices = np.concatenate([held, box.positive[upper], box.negative[lower]])
    found = _margins(columns, prices, np.arange(len(basis)), len(basis) + np.arange(count)) if count else np.empty(0)
    return found is not None and bool(np.all(found > 0))


def _margins(columns: Matrix, prices: Vector, basis: np.ndarray, others: np.ndarray) -> np.ndarray | None:
    """The dual slack of each other column for the ν whose constraints on the basis are active.

    Prices with equal mantissas belong to starts that are equal up to a power of two, and are exact relative to each
    other: a column in the span of columns with its mantissa is judged exactly. Other prices have rounding errors; where
    these leave the sign of the slack open, it is NaN.
    """
    found = np.full(len(others), np.nan)
    digits = np.frexp(prices)[0]
    for own in np.unique(digits[others]):
        held, members = basis[digits[basis] == own], np.flatnonzero(digits[others] == own)
        if len(held):
            exact = margins(columns[:, held], prices[held], columns[:, others[members]], prices[others[members]])
            if exact is None:
                return None
            found[members] = exact
    open_ones = np.flatnonzero(np.isnan(found))
    if len(open_ones):
        rest = others[open_ones]
        mixed = margins(columns[:, basis], prices[basis], columns[:, rest], prices[rest])
        if mixed is None:
            return None
        shares = np.abs(np.linalg.pinv(columns[:, basis]) @ columns[:, rest])
        uncertainty = _OF_A_PRICE * UNIT_ROUNDOFF * (prices[basis] @ shares + prices[rest])
        found[open_ones] = np.where(np.abs(mixed) > uncertainty, mixed, np.nan)
    return found


def _ball_of(equations: DenseEquations, box: WeightedL1, ties: Branches, nu: Dual, x: Vector, wanted: float) -> Ball:
    """The ball by one ν on the tied coordinates, after those that the equations force to 0 are removed."""
    nothing, slacks = Ball.unbounded(x), dual_slacks(equations, box, nu)
    tied = None if slacks is None else _tied(equations.A, box, slacks, x)
    if slacks is None or tied is None:
        return nothing
    vertex = _exact_vertex(equations, tied) if tied.is_exact else None
    if vertex is not None:
        return vertex
    part = LinearSystem(equations.A[:, tied.index], equations.b)
    forced = forced_zeros(part, tied.signs)
    face = _face(equations, ties, tied.index[~forced.mask], tied.signs[~forced.mask], x)
    point = None if face is None else _point(equations, face, x, wanted)
    if face is None or point is None:
        return nothing
    y, gap = gap_of(equations, box, slacks, point)
    is_exact = tied.is_exact and not forced.mask.any()
    if not is_exact and len(tied.index) < np.sum(slacks.is_edge):
        return nothing
    beyond = 0.0 if is_exact else gap / slacks.inside
    if not (np.isfinite(beyond) and beyond >= 0):
        return nothing
    pulls = np.abs(part.rmatvec(forced.exposing))[forced.mask]
    carried = norm(equations.A[:, ~slacks.is_edge].T @ forced.exposing) * beyond
    away = float(np.hypot(beyond, norm(forced.bound[forced.mask] + carried / pulls)))
    uncertainty = _moves(equations, face, away)
    if not _is_inside(equations, face, point, uncertainty):
        return nothing
    if face.solved.is_whole:
        error = 2 * np.abs(equations.min_norm(equations.misfit(y, np.zeros_like(y))))
        return face.solved.ball(equations, point, y - point, error, away, gap)
    found = _by_entropy(face, x, wanted, uncertainty)
    center = np.zeros_like(x)
    center[face.index] = found.center
    return Ball(center, float(np.hypot(found.radius, away)), gap)


def _exact_vertex(equations: DenseEquations, tied: Tied) -> Ball | None:
    """The solution on as many columns as there are equations, correctly rounded, if it has the tied signs."""
    columns = equations.A[:, tied.index]
    if columns.shape[0] != columns.shape[1]:
        return None
    size = float(np.max(np.abs(np.linalg.solve(columns, equations.b))))
    if not (np.isfinite(size) and size > 0):
        return None
    bits = _VERTEX_BITS - int(np.frexp(size)[1])
    solved = exact_solution(columns, equations.b[:, None], bits) if bits > 0 else None
    if solved is None:
        return None
    values, noise = solved
    signs = tied.signs.astype(int).tolist()
    if any(sign * value <= 1 << (noise + 1) for sign, value in zip(signs, values[:, 0].tolist(), strict=True)):
        return None
    center = np.zeros(equations.A.shape[1])
    center[tied.index] = rounded(values[:, 0], bits)
    return Ball(center, 2 * UNIT_ROUNDOFF * norm(center), 0.0)


@dataclass(frozen=True, eq=False)
class TiedFace:
    """The face of minimisers on which all tied coordinates can be nonzero.

    Attributes:
        index: (m,) the coordinates.
        signs: (m,) of the minimisers.
        basis: (k,) positions in `index` of independent columns that span the others.
        solved: the part of the equations that determines them.
        inner: A_E x_E = b.
        theorem: the next order of the theorem on this face.
    """

    index: Int[np.ndarray, " m"]
    signs: Float[np.ndarray, " m"]
    basis: Int[np.ndarray, " k"]
    solved: SolvedPart
    inner: Equations
    theorem: Bias


def _face(
    equations: DenseEquations, ties: Branches, index: np.ndarray, signs: np.ndarray, x: Vector
) -> TiedFace | None:
    """The face of some coordinates; None where float64 does not resolve the rank, or no theorem applies."""
    if not len(index) or not _are_alike(ties, index, signs):
        return None
    where = np.zeros(len(x), dtype=bool)
    where[index] = True
    solved = solved_part(equations, where, -np.abs(x))
    if solved is None:
        return None
    inner = equations_of(LinearSystem(equations.A[:, index], equations.b))
    basis = independent_columns(equations.A[:, index], np.argsort(-np.abs(x[index]), kind="stable"))
    if len(inner.b) != len(basis) or not inner.is_decided:
        return None
    return TiedFace(index, signs, basis, solved, inner, next_order(ties, index, signs))


def _are_alike(ties: Branches, index: np.ndarray, signs: np.ndarray) -> bool:
    """Whether the growing branches differ only in amplitude and edge, as the entropies of the next order assume."""
    named = dict(zip(index.tolist(), signs.tolist(), strict=True))
    own = ties.select(np.array([named.get(i) == sign for i, sign in zip(ties.coordinate, ties.sign, strict=True)]))
    if isinstance(ties.profile, ExponentialProfile):
        return len(own.sign) == len(index) and bool(np.all(own.slope == own.slope[0]))
    exponents = own.profile.elasticity(np.full(len(own.sign), _AT_THE_EDGE))
    levels = own.log_amplitude - exponents * np.log(own.slope)
    return bool(np.ptp(exponents) <= _ALIKE and np.ptp(levels) <= _ALIKE * (1 + np.max(np.abs(levels))))


def _point(equations: DenseEquations, face: TiedFace, x: Vector, wanted: float) -> Vector | None:
    """(d,) a point near the limit, 0 off the face; None where no ball is found there."""
    point = np.zeros_like(x)
    if face.solved.is_whole:
        point[face.index] = face.solved.inverse @ equations.b
        return point
    found = _by_entropy(face, x, wanted, np.zeros(len(face.index)))
    y = found.center + face.inner.min_norm(face.inner.misfit(found.center, np.zeros_like(found.center)))
    point[face.index] = y
    return point if np.isfinite(found.radius) else None


def _by_entropy(face: TiedFace, x: Vector, wanted: float, uncertainty: np.ndarray) -> Ball:
    mirror = mirror_of(face.theorem)
    values = x[face.index]
    if mirror is None:
        return Ball.unbounded(values)
    return dual_newton_ball(face.inner, mirror, values, None, wanted, uncertainty)


def _moves(equations: DenseEquations, face: TiedFace, away: float) -> np.ndarray:
    """(m,) bound on the change of a solution on the face due to entries off it, of Euclidean length `away`."""
    rest = np.delete(equations.A, face.index, axis=1)
    return _on_basis(face, away * np.linalg.norm(face.solved.inverse @ rest, axis=1))


def _on_basis(face: TiedFace, sizes: np.ndarray) -> np.ndarray:
    """(m,) bound on the entries of the c with A_B c = r, from a bound on those of inverse·r."""
    moved = np.zeros(len(face.index))
    # inverse·A_B differs from I by 1 − slack in norm.
    moved[face.basis] = sizes + (1 - face.solved.slack) / face.solved.slack * norm(sizes)
    return moved


def _is_inside(equations: DenseEquations, face: TiedFace, point: Vector, uncertainty: np.ndarray) -> bool:
    """Whether a solution near the point has the signs of the face, for every possible x∞ off the face."""
    misfit = np.abs(equations.misfit(point, np.zeros_like(point)))
    rounding = len(point) * UNIT_ROUNDOFF**2 * equations.terms(point)
    moved = uncertainty + _on_basis(face, np.abs(face.solved.inverse) @ (misfit + rounding))
    return bool(np.all(face.signs * point[face.index] > moved))
