"""Whether some direction out of x costs no more than x, among those in which A x stays: by the simplex method, exactly.

Out of x with support S go the h with A h = 0; their cost is Σ_S ±p_i·h_i, and p_i·|h_i| elsewhere. x is the only
minimiser of the weighted ℓ1 norm where every h ≠ 0 costs more than 0, which is so where some ν is on the edge on S and
strictly within it elsewhere. The simplex method finds the cheapest h in a cone: every pivot but the last one keeps
h = 0, so that only signs of numbers count, and these are exact (Bland 1977, "New finite pivoting rules for the simplex
method", for which indices enter and leave).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ridgeless._core.arrays import Matrix, Vector
from ridgeless._core.exact.arithmetic import integers, rounded
from ridgeless._core.exact.table import Table, independent_rows, tabled

# Numbers are exact to so many bits, and 0 where half of them are: what differs in float64 data differs by more.
_BITS = 480
_PIVOTS_PER_COLUMN = 20
# Work (rows²·columns) up to which all columns take part; beyond it those near their edges, which others cannot help.
_MOST_WORK = 3_000_000
_NEAR_EDGE = 1e-6


@dataclass(frozen=True, eq=False)
class Direction:
    """The answer.

    Attributes:
        h: (d,) a direction that costs no more than 0; None where each costs more, and x is the only minimiser.
        slope: its cost, 0 or below; 0 only where it is, in the numbers as stored.
        edges: (d,) +1 or −1 where a move up, or down, costs nothing by some ν that is within all edges; 0 elsewhere.
    """

    h: Vector | None
    slope: float
    edges: Vector


def cheapest_direction(A: Matrix, x: Vector, positive: Vector, negative: Vector, s: Vector) -> Direction | None:
    """A direction out of x that costs no more than 0, or none.

    Args:
        A: (n, d).
        x: (d,) the columns of its support are independent.
        positive: (d,) prices of h_i > 0; infinite where there are none.
        negative: (d,) prices of h_i < 0.
        s: (d,) Aᵀν for some ν that is about on the edge on the support: where to begin.

    Returns:
        None where float64 finds no basis to begin with, or digits run out.

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
    is_small = len(equations.right) ** 2 * len(usable) <= _MOST_WORK
    near = usable if is_small else np.union1d(support, usable[reach[usable] >= 1 - _NEAR_EDGE])
    table = tabled(equations, order, near, _BITS)
    table = None if table is None else _with(table, support)
    if table is None:
        return None
    sides = np.where(x != 0, np.sign(x), np.where(s / positive >= -s / negative, 1.0, -1.0))
    sides = np.where(np.isfinite(positive), np.where(np.isfinite(negative), sides, 1.0), -1.0)
    return _Simplex(table, support, positive, negative, sides).solved()


def _with(table: Table, support: np.ndarray) -> Table | None:
    """The table with the support in its basis."""
    for coordinate in np.setdiff1d(support, table.basis).tolist():
        shares = np.abs(table.rows[:, coordinate])
        shares[np.isin(table.basis, support)] = 0.0
        if not shares.any():
            return None
        table = table.exchanged(int(np.argmax(shares)), coordinate)
    return table if table.guard >= 0 else table.renewed()


class _Simplex:
    """The table, and on which side of 0 the coordinates of its basis may move."""

    def __init__(self, table: Table, support: np.ndarray, positive: Vector, negative: Vector, sides: Vector) -> None:
        self.table = table
        self.is_free = np.zeros(len(sides), dtype=bool)
        self.is_free[support] = True
        self.sides = sides.astype(int).astype(object)
        self.near = table.near
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
            moved = self.table.exchanged(row, int(self.near[place]))
            moved = moved if moved.guard >= 0 else moved.renewed()
            if moved is None:
                return None
            self.table = moved
        return None

    @property
    def _bits(self) -> int:
        return self.table.bits + self.scale

    def _costs(self) -> np.ndarray:
        """(2, c) what a move up, and one down, costs, in units of 2^−bits; exactly 0 where it is."""
        table = self.table
        held = np.searchsorted(self.near, table.basis)
        own = self.sides[table.basis]
        paid = own * np.where(own > 0, self.prices[0, held], self.prices[1, held])
        pulled = paid @ table.exact
        costs = (self.prices << table.bits) - np.stack([pulled, -pulled])
        costs[:, held] = 0
        costs[np.abs(costs) < (1 << (self._bits - _BITS // 2))] = 0
        return costs

    def _entering(self, costs: np.ndarray) -> tuple[int, int] | None:
        """The first coordinate that pays for its move; where none does, the first that makes Σ|h| grow at no cost."""
        is_basic = np.isin(self.near, self.table.basis)
        cheap = (costs < 0) & self.is_priced & ~is_basic
        if not cheap.any():
            cheap = (costs == 0) & self.is_priced & ~is_basic
            cheap &= self._gains() > 0
        if not cheap.any():
            return None
        place = int(np.argmax(cheap.any(axis=0)))
        return place, 1 if cheap[0, place] else -1

    def _gains(self) -> np.ndarray:
        """(2, c) by how much Σ|h| off the support grows with a move up, or down."""
        table = self.table
        counted = np.where(self.is_free[table.basis], 0, self.sides[table.basis]).astype(object)
        pulled = counted @ table.exact
        gains = (1 << table.bits) - np.stack([pulled, -pulled])
        gains[np.abs(gains) < (1 << (table.bits - _BITS // 2))] = 0
        return gains

    def _blocking(self, place: int, side: int) -> int | None:
        """The row of the first coordinate, off the support, that the move would take to the wrong side of 0."""
        table = self.table
        moves = side * table.exact[:, place] * self.sides[table.basis]
        is_blocking = (moves > (1 << (table.bits - _BITS // 2))) & ~self.is_free[table.basis]
        rows = np.flatnonzero(is_blocking.astype(bool))
        return int(rows[np.argmin(table.basis[rows])]) if len(rows) else None

    def _edges(self, costs: np.ndarray) -> Vector:
        edges = np.zeros(len(self.sides))
        free = (costs == 0) & self.is_priced
        edges[self.near] = np.where(free[0], 1.0, np.where(free[1], -1.0, 0.0))
        edges[self.table.basis] = self.sides[self.table.basis].astype(float)
        return edges

    def _direction(self, place: int, side: int) -> Vector:
        h = np.zeros(len(self.sides))
        h[self.table.basis] = -side * rounded(self.table.exact[:, place], self.table.bits)
        h[self.near[place]] = side
        return h
