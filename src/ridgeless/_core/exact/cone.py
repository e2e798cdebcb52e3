"""An exact simplex method that decides whether x is the only minimiser of a weighted ℓ1 norm over A x = b.

The feasible directions out of x, with support S, are the h with A h = 0; the norm grows along h by Σ_S ±p_i·h_i plus
p_i·|h_i| summed over the other i. x is the only minimiser where this cost is positive for every h ≠ 0, which is so
where some ν attains the prices on S and stays strictly below them elsewhere (strict complementary slackness). The
simplex method minimises the cost over the cone of these h. Every pivot but the last one keeps h = 0, so that only the
signs of numbers matter, and these are computed exactly (Bland 1977, "New finite pivoting rules for the simplex
method").
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ridgeless._core.arrays import Matrix, Vector
from ridgeless._core.exact.arithmetic import integers, rounded
from ridgeless._core.exact.tableau import Tableau, independent_rows, tableau_of

# Numbers have so many bits and count as 0 where the upper half vanishes: float64 data that differ at all differ by
# more.
_BITS = 480
_PIVOTS_PER_COLUMN = 20
# Work (rows²·columns) up to which all columns take part; beyond it only those whose dual constraint is nearly active.
_MOST_WORK = 3_000_000
_NEAR_EDGE = 1e-6


@dataclass(frozen=True, eq=False)
class Direction:
    """A direction of no positive cost out of x, or the fact that there is none.

    Attributes:
        h: (d,) a direction whose cost is at most 0; None where every direction costs more, and x is the only minimiser.
        slope: the cost of h, at most 0; exactly 0 only where it is so for the numbers as stored.
        edges: (d,) +1 or −1 where the reduced cost of a move up, or down, is 0 for a dual feasible ν; 0 elsewhere.
    """

    h: Vector | None
    slope: float
    edges: Vector


def cheapest_direction(A: Matrix, x: Vector, positive: Vector, negative: Vector, s: Vector) -> Direction | None:
    """A direction out of x along which the weighted ℓ1 norm does not grow, or the proof that there is none.

    Args:
        A: (n, d).
        x: (d,) the columns of its support are independent.
        positive: (d,) prices of h_i > 0; infinite where that sign is forbidden.
        negative: (d,) prices of h_i < 0.
        s: (d,) Aᵀν for a ν that nearly attains the prices on the support; it orders the columns of the first basis.

    Returns:
        The direction, or None where float64 finds no first basis, or the digits do not suffice.

    Example:
        >>> one = np.ones(2)
        >>> cheapest_direction(np.array([[1.0, 1 + 1e-15]]), np.array([0.0, 1.0]), one, one, one).h is None
        True
        >>> cheapest_direction(np.array([[1.0, 1.0]]), np.array([0.0, 1.0]), one, one, one).h
        array([ 1., -1.])
    """
    support = np.flatnonzero(x)
    with np.errstate(invalid="ignore"):
        reach = np.maximum(s / positive, -s / negative)
    usable = np.flatnonzero(np.isfinite(np.minimum(positive, negative)) & A.any(axis=0))
    order = np.concatenate([support, np.setdiff1d(usable[np.argsort(-reach[usable], kind="stable")], support, True)])
    order = order[np.sort(np.unique(order, return_index=True)[1])]
    equations = independent_rows(A, np.zeros(len(A)))
    is_small = len(equations.rhs) ** 2 * len(usable) <= _MOST_WORK
    near = usable if is_small else np.union1d(support, usable[reach[usable] >= 1 - _NEAR_EDGE])
    tableau = tableau_of(equations, order, near, _BITS)
    tableau = None if tableau is None else _with_basis(tableau, support)
    if tableau is None:
        return None
    sides = np.where(x != 0, np.sign(x), np.where(s / positive >= -s / negative, 1.0, -1.0))
    sides = np.where(np.isfinite(positive), np.where(np.isfinite(negative), sides, 1.0), -1.0)
    return _Simplex(tableau, support, positive, negative, sides).solved()


def _with_basis(tableau: Tableau, support: np.ndarray) -> Tableau | None:
    """The tableau after pivots that bring the support into its basis."""
    for coordinate in np.setdiff1d(support, tableau.basis).tolist():
        shares = np.abs(tableau.rows[:, coordinate])
        shares[np.isin(tableau.basis, support)] = 0.0
        if not shares.any():
            return None
        tableau = tableau.exchanged(int(np.argmax(shares)), coordinate)
    return tableau if tableau.guard >= 0 else tableau.renewed()


class _Simplex:
    """The state of the simplex method: the tableau, and the sign that each coordinate of the basis may take."""

    def __init__(
        self, tableau: Tableau, support: np.ndarray, positive: Vector, negative: Vector, sides: Vector
    ) -> None:
        self.tableau = tableau
        self.is_free = np.zeros(len(sides), dtype=bool)
        self.is_free[support] = True
        self.sides = sides.astype(int).astype(object)
        self.near = tableau.near
        prices = np.stack([positive[self.near], negative[self.near]])
        self.is_priced = np.isfinite(prices)
        self.scale, (self.prices,) = integers([np.where(self.is_priced, prices, 0.0)])

    def solved(self) -> Direction | None:
        for _ in range(_PIVOTS_PER_COLUMN * len(self.near)):
            costs = self._costs()
            entering = self._entering(costs)
            if entering is None:
                return Direction(None, 0.0, self._edges(costs))
            place, side = entering
            row = self._blocking(place, side)
            if row is None:
                slope = rounded(np.array([costs[0 if side > 0 else 1, place]], dtype=object), self._bits)
                return Direction(self._direction(place, side), float(slope[0]), self._edges(costs))
            self.sides[self.near[place]] = side
            moved = self.tableau.exchanged(row, int(self.near[place]))
            moved = moved if moved.guard >= 0 else moved.renewed()
            if moved is None:
                return None
            self.tableau = moved
        return None

    @property
    def _bits(self) -> int:
        return self.tableau.bits + self.scale

    def _costs(self) -> np.ndarray:
        """(2, c) the reduced costs of a move up and of one down, in units of 2^−bits; exactly 0 where they vanish."""
        tableau = self.tableau
        held = np.searchsorted(self.near, tableau.basis)
        own = self.sides[tableau.basis]
        paid = own * np.where(own > 0, self.prices[0, held], self.prices[1, held])
        pulled = paid @ tableau.exact
        costs = (self.prices << tableau.bits) - np.stack([pulled, -pulled])
        costs[:, held] = 0
        costs[np.abs(costs) < (1 << (self._bits - _BITS // 2))] = 0
        return costs

    def _entering(self, costs: np.ndarray) -> tuple[int, int] | None:
        """The first coordinate of negative reduced cost; without one, the first of cost 0 along which Σ|h| grows."""
        is_basic = np.isin(self.near, self.tableau.basis)
        cheap = (costs < 0) & self.is_priced & ~is_basic
        if not cheap.any():
            cheap = (costs == 0) & self.is_priced & ~is_basic
            cheap &= self._gains() > 0
        if not cheap.any():
            return None
        place = int(np.argmax(cheap.any(axis=0)))
        return place, 1 if cheap[0, place] else -1

    def _gains(self) -> np.ndarray:
        """(2, c) the growth of Σ|h| off the support with a move up, or down."""
        tableau = self.tableau
        counted = np.where(self.is_free[tableau.basis], 0, self.sides[tableau.basis]).astype(object)
        pulled = counted @ tableau.exact
        gains = (1 << tableau.bits) - np.stack([pulled, -pulled])
        gains[np.abs(gains) < (1 << (tableau.bits - _BITS // 2))] = 0
        return gains

    def _blocking(self, place: int, side: int) -> int | None:
        """The row of the first coordinate off the support that the move would take to the forbidden side of 0."""
        tableau = self.tableau
        moves = side * tableau.exact[:, place] * self.sides[tableau.basis]
        is_blocking = (moves > (1 << (tableau.bits - _BITS // 2))) & ~self.is_free[tableau.basis]
        rows = np.flatnonzero(is_blocking.astype(bool))
        return int(rows[np.argmin(tableau.basis[rows])]) if len(rows) else None

    def _edges(self, costs: np.ndarray) -> Vector:
        edges = np.zeros(len(self.sides))
        free = (costs == 0) & self.is_priced
        edges[self.near] = np.where(free[0], 1.0, np.where(free[1], -1.0, 0.0))
        edges[self.tableau.basis] = self.sides[self.tableau.basis].astype(float)
        return edges

    def _direction(self, place: int, side: int) -> Vector:
        h = np.zeros(len(self.sides))
        h[self.tableau.basis] = -side * rounded(self.tableau.exact[:, place], self.tableau.bits)
        h[self.near[place]] = side
        return h
