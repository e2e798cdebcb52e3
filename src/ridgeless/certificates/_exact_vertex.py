"""The limit of vanishing starts as an exact vertex: min Σ p_i·x_i⁺ + n_i·x_i⁻ over A x = b, in rational arithmetic."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import flint
import numpy as np
import scipy.optimize

from ridgeless._core.arrays import Dual, Matrix, Vector
from ridgeless._core.balls import Ball
from ridgeless.certificates._ball_proof import heavy_columns
from ridgeless.certificates._exact_rows import rational
from ridgeless.errors import NoEnclosureError

# Entries above this part of the largest form the first guess of the support; smaller ones are added where needed.
_PRESENT = 1e-9
_CALL = "certificates.enclose"


@dataclass(frozen=True, eq=False)
class Prices:
    """The weights of a weighted ℓ1 norm as balls, one for each sign of each entry; infinite for a locked-out sign.

    Attributes:
        positive: (d,) of x_i > 0.
        negative: (d,) of x_i < 0.
    """

    positive: Sequence[Ball]
    negative: Sequence[Ball]

    def restricted(self, keep: np.ndarray) -> Prices:
        """The prices of the entries that a mask keeps."""
        index = [int(k) for k in np.flatnonzero(keep)]
        return Prices([self.positive[k] for k in index], [self.negative[k] for k in index])

    def floats(self) -> tuple[Vector, Vector]:
        """Both sides in float64."""
        return np.array([float(p) for p in self.positive]), np.array([float(p) for p in self.negative])


def vertex(A: Matrix, b: Dual, prices: Prices, x: Vector) -> list[flint.fmpq]:
    """The unique minimiser in rational numbers: x_S from A x = b on a support S, and a dual that proves it optimal.

    By strict complementary slackness it is the only minimiser where A_S has independent columns, x_S has the signs of
    its prices s_S, and some ν has (Aᵀν)_S = s_S and −n_i < (Aᵀν)_i < p_i outside S. The support is guessed from x in
    float64, and extended where the last bits of b need more entries. The proof is in rational numbers and, where prices
    are irrational, in ball arithmetic.

    Args:
        A: (n, d) of full row rank.
        b: (n,).
        prices: of both signs.
        x: (d,) near the vertex.

    Raises:
        NoEnclosureError: the proof fails: the minimiser is not unique, or x is far from it.
    """
    upper, lower = prices.floats()
    support = [int(index) for index in np.flatnonzero(np.abs(x) > _PRESENT * np.abs(x).max(initial=0.0))]
    for _ in range(len(b) + 1):
        entries, left = _solved(A, b, support)
        if not any(left):
            break
        support = sorted({*support, *_further_support(A, left, upper, lower, support, x)})
    else:
        raise NoEnclosureError(f"{_CALL}: no support near x solves the system exactly.")
    pairs = [(index, entry) for index, entry in zip(support, entries, strict=True) if entry != 0]
    support = [index for index, _ in pairs]
    signs = [1 if entry > 0 else -1 for _, entry in pairs]
    _prove_dual(A, prices, support, signs)
    full = [flint.fmpq(0)] * A.shape[1]
    for index, entry in pairs:
        full[index] = entry
    return full


def near_vertex(A: Matrix, b: Dual, prices: Prices) -> Vector:
    """A minimiser in float64, by a linear program."""
    upper, lower = prices.floats()
    ups, downs = np.flatnonzero(np.isfinite(upper)), np.flatnonzero(np.isfinite(lower))
    rows = np.abs(A).max(axis=1)
    even, rhs = A / rows[:, None], b / rows
    program = scipy.optimize.linprog(
        np.concatenate([upper[ups], lower[downs]]),
        A_eq=np.hstack([even[:, ups], -even[:, downs]]),
        b_eq=rhs / (np.abs(rhs).max() or 1.0),
        method="highs-ds",
    )
    if program.status != 0:
        raise NoEnclosureError(f"{_CALL}: no solution has the signs that the start leaves open: {program.message}")
    x = np.zeros(A.shape[1])
    np.add.at(x, ups, program.x[: len(ups)])
    np.subtract.at(x, downs, program.x[len(ups) :])
    return x


def _solved(A: Matrix, b: Dual, support: list[int]) -> tuple[list[flint.fmpq], list[flint.fmpq]]:
    """x_S from as many independent rows, and b − A_S x_S for all rows, both exact."""
    columns = [[rational(float(entry)) for entry in row] for row in A[:, support]]
    rhs = [rational(float(value)) for value in b]
    if not support:
        return [], rhs
    rows = _square_rows(A, support)
    square = flint.fmpq_mat(len(rows), len(rows), [columns[row][k] for row in rows for k in range(len(support))])
    try:
        entries = square.solve(flint.fmpq_mat(len(rows), 1, [rhs[row] for row in rows])).entries()
    except ZeroDivisionError as error:
        raise NoEnclosureError(f"{_CALL}: the support's columns are dependent: the limit is not unique.") from error
    left = [
        value - sum((a * entry for a, entry in zip(row, entries, strict=True)), flint.fmpq(0))
        for row, value in zip(columns, rhs, strict=True)
    ]
    return list(entries), left


def _square_rows(A: Matrix, support: list[int]) -> list[int]:
    """As many rows as the support has entries, on which the columns of the support are independent."""
    rows = heavy_columns(np.ascontiguousarray(A[:, support].T), np.zeros(A.shape[0]))
    if rows is None or len(support) > A.shape[0]:
        raise NoEnclosureError(f"{_CALL}: the columns of the support depend on each other: the limit is not unique.")
    return rows


def _further_support(
    A: Matrix, left: Sequence[flint.fmpq], upper: Vector, lower: Vector, support: list[int], x: Vector
) -> list[int]:
    """Further entries for the support: those of the cheapest correction of the misfit `left`, by a linear program."""
    largest = max(abs(value) for value in left)
    rhs = np.array([float(flint.arb(value / largest)) for value in left])
    costs = np.where(x > 0, upper, -lower)[support]
    if not np.isfinite(costs).all():
        raise NoEnclosureError(f"{_CALL}: x has a sign that the direction locks out.")
    free = [k for k in range(A.shape[1]) if k not in set(support)]
    ups, downs = [k for k in free if np.isfinite(upper[k])], [k for k in free if np.isfinite(lower[k])]
    program = scipy.optimize.linprog(
        np.concatenate([costs, upper[ups], lower[downs]]),
        A_eq=np.hstack([A[:, support], A[:, ups], -A[:, downs]]),
        b_eq=rhs,
        bounds=[(None, None)] * len(support) + [(0, None)] * (len(ups) + len(downs)),
        method="highs-ds",
    )
    if program.status != 0:
        raise NoEnclosureError(f"{_CALL}: the support of x cannot be completed to a vertex: {program.message}")
    moved = program.x[len(support) :]
    taken = np.flatnonzero(moved > _PRESENT * moved.max(initial=0.0))
    return [(ups + downs)[k] for k in taken]


def _prove_dual(A: Matrix, prices: Prices, support: list[int], signs: list[int]) -> None:
    """Raise unless some ν attains the prices of the support and is strictly below all others."""
    wanted = [
        prices.positive[index] if sign > 0 else -prices.negative[index]
        for index, sign in zip(support, signs, strict=True)
    ]
    if not all(price.is_finite() for price in wanted):
        raise NoEnclosureError(f"{_CALL}: the vertex has a sign that the start locks out.")
    nu = [flint.arb(value) for value in _interior_dual(A, prices, support, signs)]
    columns = flint.arb_mat([[flint.arb(entry) for entry in row] for row in A.T.tolist()])
    if support:
        rows = _square_rows(A, support)
        misses = [
            price - sum((columns[index, row] * nu[row] for row in range(len(nu))), flint.arb(0))
            for index, price in zip(support, wanted, strict=True)
        ]
        square = flint.arb_mat(len(rows), len(rows), [columns[index, row] for index in support for row in rows])
        for row, change in zip(rows, square.solve(flint.arb_mat(len(rows), 1, misses)).entries(), strict=True):
            nu[row] += change
    z = (columns * flint.arb_mat(len(nu), 1, nu)).entries()
    for index in set(range(A.shape[1])) - set(support):
        if not (z[index] < prices.positive[index] and -z[index] < prices.negative[index]):
            raise NoEnclosureError(
                f"{_CALL}: no dual leaves x[{index}] strictly at 0: the limit is not unique, or x is not it."
            )


def _interior_dual(A: Matrix, prices: Prices, support: list[int], signs: list[int]) -> Dual:
    """A ν in float64 that attains the prices of the support and maximises the least relative slack of the others."""
    upper, lower = prices.floats()
    rows, others = np.abs(A).max(axis=1), np.setdiff1d(np.arange(A.shape[1]), support)
    even = (A / rows[:, None]).T
    ups, downs = others[np.isfinite(upper[others])], others[np.isfinite(lower[others])]
    wanted = np.where(np.array(signs) > 0, upper[support], -lower[support]) if support else np.zeros(0)
    sides = np.vstack([np.column_stack([even[ups], upper[ups]]), np.column_stack([-even[downs], lower[downs]])])
    program = scipy.optimize.linprog(
        np.append(np.zeros(len(rows)), -1.0),
        A_ub=sides,
        b_ub=np.concatenate([upper[ups], lower[downs]]),
        A_eq=np.column_stack([even[support], np.zeros(len(support))]) if support else None,
        b_eq=wanted if support else None,
        bounds=[(None, None)] * len(rows) + [(None, 1.0)],
        method="highs",
    )
    if program.status != 0:
        raise NoEnclosureError(f"{_CALL}: no dual proves the vertex near x: {program.message}")
    return program.x[:-1] / rows
