"""Simplex tableau in multiprecision integers: A and b in a basis of A's own columns, K = A_B⁻¹A and β = A_B⁻¹b.

Near the edge of its domain a branch has a slack t far below its start U. In terms of ν that slack is U − aᵀν, a
difference of numbers that agree in all digits of float64 where t < 1e-16·U. Let A_B be n columns of A that form a
basis. Then A x = b reads x_B + K_N x_N = β, and with the slacks t_B as dual variables in the place of ν,

    t_j = τ_j ± K_jᵀ t_B,   τ_j = U_j ∓ K_jᵀ U_B.

All cancellation is confined to τ_j, which depends on the data alone. K, β and τ are computed in integers times 2^−bits,
by iterative refinement with exact misfits. Data are tied where τ_j is 0 to these digits; columns or starts that differ
by one part in 10¹³ are not.

The basis is chosen so that no term |K_pj|·t_p is much larger than t_j. Exchanging j for p wherever one is larger
terminates, since each exchange enlarges |det A_B|/∏t_B by that factor (the maximal-volume pivoting of Goreinov and
Tyrtyshnikov 2001, "The maximal-volume concept", with weights).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import scipy.linalg as sl
from jaxtyping import Float, Int

from ridgeless._core.arrays import Dual, Matrix, Vector
from ridgeless._core.exact.arithmetic import exact_solution, integers, longest, rounded

# Thresholds on a column's distance from the span of those before it, tried in turn until a first basis is complete.
_INDEPENDENT = (1e-4, 1e-8, 1e-13)
# Guard bits beyond those asked for, which exchanges with small pivots use up.
GUARD_BITS = 100
# By which factor a term of a slack may exceed the slack: cancellation loses that many digits.
_LARGEST_TERM = 10.0


@dataclass(frozen=True, eq=False)
class IndependentEquations:
    """Independent equations of A x = b, as stored.

    Attributes:
        rows: (r, d) of A.
        rhs: (r,) of b.
        index: (r,) which equations of A x = b they are.
    """

    rows: Matrix
    rhs: Dual
    index: Int[np.ndarray, " r"]


def independent_rows(
    rows: Matrix, rhs: Dual, rank: int | None = None, sizes: Dual | None = None
) -> IndependentEquations:
    """The equations without those that follow from the others to rounding.

    Args:
        rows: (n, d).
        rhs: (n,).
        rank: how many are independent; found by a pivoted QR unless given.
        sizes: (n,) what each equation is measured in, those of small size being kept first; its length unless given.
    """
    if rank == len(rhs):
        return IndependentEquations(rows, rhs, np.arange(len(rhs)))
    lengths = np.linalg.norm(rows, axis=1) if sizes is None else sizes
    decomposition: Any = sl.qr((rows / np.where(lengths > 0, lengths, 1.0)[:, None]).T, mode="r", pivoting=True)
    triangle, order = decomposition
    if rank is None:
        pivots = np.abs(np.diagonal(triangle))
        rank = int(np.sum(pivots > max(rows.shape) * np.finfo(float).eps * np.max(pivots, initial=0.0)))
    kept = np.sort(order[:rank])
    return IndependentEquations(rows[kept], rhs[kept], kept)


@dataclass(frozen=True, eq=False)
class Tableau:
    """A and b in a basis of columns of A: K = A_B⁻¹A and β = A_B⁻¹b.

    Attributes:
        equations: A x = b.
        basis: (r,) the coordinates of the basis.
        near: (c,) the coordinates whose columns of K are exact; those of the basis are among them.
        exact: (r, c) K on `near`, in integers times 2^−bits.
        exact_rhs: (r,) β, in integers times 2^−bits.
        far: (r, d) K in float64.
        bits: how many bits follow the binary point.
        guard: how many of them exchanges may still use up.
    """

    equations: IndependentEquations
    basis: Int[np.ndarray, " r"]
    near: Int[np.ndarray, " c"]
    exact: np.ndarray
    exact_rhs: np.ndarray
    far: Float[np.ndarray, "r d"]
    bits: int
    guard: int

    @cached_property
    def rows(self) -> Float[np.ndarray, "r d"]:
        """K, each entry rounded once where it is exact."""
        rows = self.far.copy()
        rows[:, self.near] = rounded(self.exact, self.bits)
        return rows

    @cached_property
    def rhs(self) -> Float[np.ndarray, " r"]:
        """β, rounded once."""
        return rounded(self.exact_rhs, self.bits)

    def reduced(self, coordinate: np.ndarray, sign: np.ndarray, start: np.ndarray, held: np.ndarray) -> np.ndarray:
        """τ_j = start_j − sign_j·K_jᵀ held for branches j, rounded once where K is exact.

        Args:
            coordinate: (m,) of each branch.
            sign: (m,).
            start: (m,) U.
            held: (r,) the values of z on the basis at which its slacks are 0.
        """
        reduced = start - sign * (self.far.T @ held)[coordinate]
        position = self._position
        is_near = position[coordinate] >= 0
        scale, (fixed_start, fixed_held) = integers([start[is_near], held])
        products = self.exact.T @ fixed_held
        signs = sign[is_near].astype(int).astype(object)
        left = (fixed_start << self.bits) - signs * products[position[coordinate[is_near]]]
        reduced[is_near] = rounded(left, self.bits + scale)
        return reduced

    def sums_by_start(
        self, asked: np.ndarray, leading: np.ndarray, coordinate: np.ndarray, sign: np.ndarray, start: np.ndarray
    ) -> np.ndarray:
        """The sensitivity of τ_j to the rounding of the starts: Σ |sum of the coefficients of equal starts|·start.

        Starts that differ by a power of two only have the same relative rounding error, and count as equal.

        Args:
            asked: (k,) which branches j.
            leading: (r,) the branches of the basis.
            coordinate: (m,) of each branch.
            sign: (m,).
            start: (m,) U.
        """
        mantissa, exponent = np.frexp(start)
        _, kind = np.unique(mantissa, return_inverse=True)
        kind, exponent = kind.ravel(), exponent - exponent.min()
        one, sums = 1 << self.bits, np.zeros(len(asked))
        for place, branch in enumerate(asked.tolist()):
            shares = self.exact[:, self._position[coordinate[branch]]]
            found = {int(kind[branch]): one << int(exponent[branch])}
            for each, share in zip(leading.tolist(), shares.tolist(), strict=True):
                part = int(sign[branch] * sign[each]) * share << int(exponent[each])
                found[int(kind[each])] = found.get(int(kind[each]), 0) - part
            unit = {int(kind[i]): float(np.ldexp(start[i], -exponent[i])) for i in [branch, *leading.tolist()]}
            sums[place] = sum(abs(total) / one * unit[key] for key, total in found.items())
        return sums

    @cached_property
    def is_far(self) -> np.ndarray:
        """(d,) whether the column of K of a coordinate is known in float64 only."""
        return self._position < 0

    @cached_property
    def _position(self) -> np.ndarray:
        """(d,) the position of a coordinate in `near`; −1 where it is not there."""
        position = np.full(self.equations.rows.shape[1], -1)
        position[self.near] = np.arange(len(self.near))
        return position

    def exchanged(self, row: int, coordinate: int) -> Tableau:
        """The tableau after one pivot: a near coordinate enters the basis, and the coordinate of that row leaves it."""
        column = self.exact[:, self._position[coordinate]].copy()
        pivot = column[row]
        exact, rhs = _eliminated(self.exact, self.exact_rhs, column, row, self.bits)
        shares = rounded(column, self.bits)
        line = self.far[row] / shares[row]
        far = self.far - shares[:, None] * line
        far[row] = line
        basis = self.basis.copy()
        basis[row] = coordinate
        lost = longest(column) - abs(int(pivot)).bit_length()
        return replace(self, basis=basis, exact=exact, exact_rhs=rhs, far=far, guard=self.guard - lost)

    def renewed(self) -> Tableau | None:
        """The same tableau with all digits recomputed; None where the basis is too nearly dependent."""
        return _on_basis(self.equations, self.basis, self.near, self.bits - GUARD_BITS)

    def sorted_by(self, weight: Vector) -> Tableau | None:
        """The tableau in a basis where no |K_pj|·weight_p is far above weight_j; None where its digits do not suffice.

        Args:
            weight: (d,) of each coordinate; coordinates of small weight are preferred for the basis.
        """
        tableau = self
        if not np.isfinite(weight[self.near]).all() or not np.all(weight[self.near] > 0):
            return None
        while True:
            shares = np.abs(tableau.rows[:, tableau.near])
            ratio = shares * weight[tableau.basis][:, None] / weight[tableau.near]
            row, position = np.unravel_index(int(np.argmax(ratio)), ratio.shape)
            if ratio[row, position] <= _LARGEST_TERM:
                return tableau
            tableau = tableau.exchanged(int(row), int(tableau.near[position]))
            if tableau.guard < 0:
                tableau = tableau.renewed()
            if tableau is None:
                return None


def tableau_of(equations: IndependentEquations, order: np.ndarray, near: np.ndarray, bits: int) -> Tableau | None:
    """The tableau in a basis of columns that come early in `order`; None where float64 finds no basis.

    Args:
        equations: A x = b, r independent rows.
        order: the coordinates, those preferred for the basis first.
        near: the coordinates whose columns of K are to be exact.
        bits: how many bits follow the binary point, beside the guard bits.
    """
    basis = _first_basis(equations.rows, order)
    return None if basis is None else _on_basis(equations, basis, np.union1d(near, basis), bits)


def _on_basis(equations: IndependentEquations, basis: np.ndarray, near: np.ndarray, bits: int) -> Tableau | None:
    """The tableau in this basis, which is part of `near`; None where its columns are too nearly dependent."""
    held = equations.rows[:, basis]
    wanted = np.column_stack([equations.rows[:, near], equations.rhs])
    solved = exact_solution(held, wanted, bits + GUARD_BITS)
    if solved is None:
        return None
    far = np.linalg.solve(held, equations.rows)
    exact, lost = solved
    return Tableau(equations, basis, near, exact[:, :-1], exact[:, -1], far, bits + GUARD_BITS, GUARD_BITS - lost)


def _first_basis(rows: Matrix, order: np.ndarray) -> np.ndarray | None:
    """The coordinates of r independent columns, by Gram–Schmidt in the given order."""
    count = len(rows)
    # Rows are scaled to one size, so that no single equation dominates the distances from a span.
    rows = rows / np.max(np.abs(rows), axis=1, initial=0.0)[:, None]
    sizes = np.linalg.norm(rows, axis=0)
    directions = np.empty((count, count), order="F")
    basis: list[int] = []
    for least in _INDEPENDENT:
        for coordinate in order.tolist():
            if len(basis) == count:
                return np.array(basis)
            if sizes[coordinate] == 0 or coordinate in basis:
                continue
            Q, rest = directions[:, : len(basis)], rows[:, coordinate] / sizes[coordinate]
            for _ in range(2):
                rest = rest - Q @ (Q.T @ rest)
            left = float(np.linalg.norm(rest))
            if left > least:
                directions[:, len(basis)] = rest / left
                basis.append(coordinate)
    return np.array(basis) if len(basis) == count else None


def _eliminated(
    exact: np.ndarray, rhs: np.ndarray, column: np.ndarray, row: int, bits: int
) -> tuple[np.ndarray, np.ndarray]:
    """One step of Gauss–Jordan elimination: the column becomes a unit vector."""
    pivot = column[row]
    line, value = (exact[row] << bits) // pivot, (rhs[row] << bits) // pivot
    exact, rhs = exact - (np.outer(column, line) >> bits), rhs - (column * value >> bits)
    exact[row], rhs[row] = line, value
    return exact, rhs
