"""Factorisation of A·diag(f')·Aᵀ for weights f' that differ by any number of orders of magnitude.

With as many columns S as there are equations, A = A_S·[I, T]: what A does not see is spanned by N = [−T; I]. Where S
holds the largest weights, everything that a limit is asked for is a sum in which nothing large cancels:

    dx_S = f'_S·κ,  dx_R = f'_R·(ψ + Tᵀκ),  (f'_S + T f'_R Tᵀ)·κ = y − T f'_R ψ,  y = A_S⁻¹·right,  ψ = Nᵀ·shift

is the solution of A dx = right, dx/f' − shift ∈ row(A). A weight of 1e-240 beside one of 1 keeps its digits.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import scipy.linalg as sl
from jaxtyping import Bool, Float, Int

from ridgeless._core import doubled
from ridgeless._core.arrays import Dual, Matrix, Vector
from ridgeless.analysis._slices import residual

EPS = float(np.finfo(float).eps)
# A column this near to the span of others, relative to itself and per equation, is in it to rounding.
_DEPENDENT = 16 * EPS
_REFINEMENTS = 2
# Sums of whole numbers are exact in float64 below this; a determinant is rounded to the whole one well before.
_EXACT = 2.0**53
_LARGEST_DETERMINANT = 2.0**20

Basic = Float[np.ndarray, " r"]
Rest = Float[np.ndarray, " m"]


class Fractions(NamedTuple):
    """T as whole numbers over one whole number, for columns where that is exact.

    Attributes:
        numerators: (r, m) whole; 0 where T is no such fraction.
        denominator: whole.
        is_exact: (m,) for which columns.
    """

    numerators: Float[np.ndarray, "r m"]
    denominator: float
    is_exact: Bool[np.ndarray, " m"]


@dataclass(frozen=True, eq=False)
class Inverse:
    """A square matrix C and its computed inverse X, with bounds.

    With E = I − C X, C⁻¹ = X(I − E)⁻¹, so that for |v| ≤ m

        |C⁻¹v| ≤ |X|(I − |E|)⁻¹m ≤ |X|(m + |E|·1·max(m)/(1 − ‖E‖)).
    """

    matrix: Float[np.ndarray, "r r"]
    computed: Float[np.ndarray, "r r"]

    def solve(self, right: Basic) -> tuple[Basic, Basic]:
        """C⁻¹·right, and a bound on its error, entry by entry, by what it misses of the right side."""
        solution = self.computed @ right
        for _ in range(_REFINEMENTS):
            solution = solution - self.computed @ doubled.misfit(self.matrix, solution, right)
        left = doubled.misfit(self.matrix, solution, right)
        size = np.abs(self.matrix) @ np.abs(solution) + np.abs(right)
        missed = np.abs(left) * (1 + EPS) + doubled.product_error(size, len(self.matrix))
        return solution, self.bound(missed) + EPS * np.abs(solution)

    def solve_columns(self, right: Float[np.ndarray, "r m"]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """C⁻¹·right as a sum of two arrays, the second below the rounding of the first, and a bound on its error."""
        solution, low = self.computed @ right, np.zeros_like(right)
        for _ in range(_REFINEMENTS):
            solution, low = doubled.two_sum(solution, low + self.computed @ residual(self.matrix, solution, right)[0])
        left, left_error = residual(self.matrix, solution, right)
        # the correction itself, to the digits of float64
        low = self.computed @ left
        low = low + self.computed @ (left - self.matrix @ low)
        size = np.abs(self.matrix) @ np.abs(low) + np.abs(left)
        missed = np.abs(left - self.matrix @ low) + rounding(len(self.matrix)) * size + left_error
        return solution, low, self.bound(missed)

    def bound(self, sizes: np.ndarray) -> np.ndarray:
        """Bound on |C⁻¹v| for |v| ≤ sizes; infinite where C is singular to rounding."""
        sums = self._off.max(initial=0.0)
        if not sums < 1:
            return np.full_like(sizes, np.inf)
        spread = np.multiply.outer(self._off, sizes.max(axis=0, initial=0.0)) / (1 - sums)
        return np.abs(self.computed) @ (sizes + spread)

    @cached_property
    def transposed(self) -> Inverse:
        """The same of Cᵀ."""
        return Inverse(self.matrix.T, self.computed.T)

    @cached_property
    def _off(self) -> Basic:
        """The row sums of |E| at most."""
        missed = np.abs(np.eye(len(self.matrix)) - self.matrix @ self.computed)
        size = np.abs(self.matrix) @ np.abs(self.computed)
        return np.sum(missed + rounding(len(self.matrix)) * size, axis=1)


@dataclass(frozen=True, eq=False)
class Basis:
    """A = A_S·[I, T] on independent equations, with bounds on T.

    Attributes:
        rows: (r, d) the equations, each multiplied by a power of two that brings its largest entry near 1.
        equations: (r,) which equations of A these are.
        row_scales: (r,) those powers of two.
        basic: (r,) S.
        rest: (m,) the other columns, R.
        inner: A_S and its inverse.
        T: (r, m) with A_S T = A_R.
        low: (r, m) what T has lost by rounding.
        low_error: (r, m) bound on the error of T + low.
        exact: T without any rounding, where it is known so.
    """

    rows: Float[np.ndarray, "r d"]
    equations: Int[np.ndarray, " r"]
    row_scales: Basic
    basic: Int[np.ndarray, " r"]
    rest: Int[np.ndarray, " m"]
    inner: Inverse
    T: Float[np.ndarray, "r m"]
    low: Float[np.ndarray, "r m"]
    low_error: Float[np.ndarray, "r m"]
    exact: Fractions

    @cached_property
    def error(self) -> Float[np.ndarray, "r m"]:
        """Bound on the error of T alone."""
        return np.abs(self.low) + self.low_error

    @cached_property
    def sizes(self) -> Float[np.ndarray, "r m"]:
        """|T| and its error together."""
        return np.abs(self.T) + self.error

    def scaled(self, right: Dual) -> Basic:
        """The right sides of the chosen equations, scaled as these are."""
        return self.row_scales * right[self.equations]

    def free(self, vector: Vector) -> tuple[Rest, Rest]:
        """Nᵀ·vector = vector_R − Tᵀ·vector_S, and a bound on its error, in doubled precision."""
        inner, outer = vector[self.basic], vector[self.rest]
        size = np.abs(outer) + np.abs(self.T.T) @ np.abs(inner)
        found = -doubled.misfit(self.T.T, inner, outer) - self.low.T @ inner
        error = self.low_error.T @ np.abs(inner) + doubled.product_error(size, len(inner)) + EPS * np.abs(found)
        return found, error + rounding(len(inner)) * (np.abs(self.low.T) @ np.abs(inner))

    def free_size(self, sizes: Vector) -> Rest:
        """Bound on |Nᵀ·vector| for |vector| ≤ sizes."""
        return sizes[self.rest] + self.sizes.T @ sizes[self.basic]

    def joined(self, inner: Basic, outer: Rest) -> Vector:
        """The vector with these entries in S and R."""
        vector = np.empty(self.rows.shape[1])
        vector[self.basic], vector[self.rest] = inner, outer
        return vector


class Moves(NamedTuple):
    """A solution of A dx = right, dx/f' − shift ∈ row(A).

    Attributes:
        dx: (d,).
        pull: (d,) dx/f', which is told where both underflow.
    """

    dx: Vector
    pull: Vector


@dataclass(frozen=True, eq=False)
class WeightedRows:
    """A·diag(f')·Aᵀ, factorised on the columns with the largest weights.

    Attributes:
        basis: the columns.
        weights: f' (d,).
        root: (r,) √f' in S.
        factor: the lower Cholesky factor of I + M Mᵀ with M = f'_S^(−1/2) T f'_R^(1/2), whose rows are as graded
            as the weights.
    """

    basis: Basis
    weights: Vector
    root: Basic
    factor: Float[np.ndarray, "r r"]

    def moves(self, seen: Basic, free: Rest) -> Moves:
        """The dx with A_S⁻¹A dx = seen and Nᵀ(dx/f') = free."""
        basis, outer = self.basis, self.weights[self.basis.rest]
        right = (seen - basis.T @ (outer * free)) / self.root
        pull = sl.cho_solve((self.factor, True), right) / self.root
        others = free + basis.T.T @ pull
        dx = basis.joined(self.root * (self.root * pull), outer * others)
        return Moves(dx, basis.joined(pull, others))

    def half(self, seen: Float[np.ndarray, "r *k"]) -> Float[np.ndarray, "r *k"]:
        """A vector whose squared norm is rightᵀ (A f' Aᵀ)⁻¹ right, for seen = A_S⁻¹·right."""
        return sl.solve_triangular(self.factor, (seen.T / self.root).T, lower=True)

    def lift(self, right: Dual) -> Vector:
        """The x' with A x' = right of least ‖x'/√f'‖."""
        return self.moves(self.basis.inner.solve(self.basis.scaled(right))[0], np.zeros(len(self.basis.rest))).dx

    def free_part(self, vector: Vector) -> Vector:
        """The projection of f'·vector on the null space of A, orthogonal in the metric 1/f'."""
        return self.moves(np.zeros(len(self.root)), self.basis.free(vector)[0]).dx


def rounding(terms: int) -> float:
    """Bound on the relative rounding error of a sum of that many products and a few operations around it."""
    return 2 * EPS * (terms + 4)


def weighted_rows(rows: Matrix, weights: Vector, rank: int) -> WeightedRows | None:
    """The factorisation for A (n, d) of that rank and f' ≥ 0; None where f' leaves fewer independent columns."""
    basis = _basis(rows, np.sqrt(weights), rank)
    return None if basis is None else reweighted(basis, weights)


def reweighted(basis: Basis, weights: Vector) -> WeightedRows | None:
    """The same columns under other weights; None where these are too far from those that chose the columns."""
    inner, outer = np.sqrt(weights[basis.basic]), np.sqrt(weights[basis.rest])
    if not inner.all():
        return None
    with np.errstate(over="ignore", invalid="ignore"):
        M = basis.T * outer / inner[:, None]
        gram = np.eye(len(inner)) + M @ M.T
    if not np.isfinite(gram).all():
        return None
    return WeightedRows(basis, weights, inner, sl.cholesky(gram, lower=True))


def _basis(A: Matrix, root: Vector, rank: int) -> Basis | None:
    scales = _power_of_two(np.max(np.abs(A), axis=1, initial=0.0))
    scaled = scales[:, None] * A
    equations = np.arange(len(A))
    if rank < len(A):
        decomposition: Any = sl.qr(scaled.T, mode="r", pivoting=True)
        equations = np.sort(decomposition[1][:rank])
    rows = scaled[equations]
    basic = _largest_independent(rows, root)
    if basic is None:
        return None
    rest = np.setdiff1d(np.arange(A.shape[1]), basic)
    column_scales = _power_of_two(np.max(np.abs(rows[:, basic]), axis=0))
    try:
        scaled_inverse = np.linalg.inv(rows[:, basic] * column_scales)
    except np.linalg.LinAlgError:
        return None
    inner = Inverse(rows[:, basic], column_scales[:, None] * scaled_inverse)
    T, low, error = inner.solve_columns(rows[:, rest])
    # An entry that may be 0 is: times the ratio of two weights, its rounding would be all there is.
    is_noise = np.abs(T + low) <= error
    T, low, error = np.where(is_noise, 0.0, T), np.where(is_noise, 0.0, low), np.where(is_noise, 2 * error, error)
    exact = _fractions(A[np.ix_(equations, basic)], A[np.ix_(equations, rest)], T)
    quotients = exact.numerators / exact.denominator
    # the quotient's rounding: numerators − denominator·quotient is a float, exactly
    high, rest_of = doubled.two_product(quotients, exact.denominator)
    remainders = ((exact.numerators - high) - rest_of) / exact.denominator
    T, low = np.where(exact.is_exact, quotients, T), np.where(exact.is_exact, remainders, low)
    error = np.where(exact.is_exact, EPS * np.abs(remainders), error)
    return Basis(rows, equations, scales[equations], basic, rest, inner, T, low, error, exact)


def _fractions(
    inner: Float[np.ndarray, "r r"], columns: Float[np.ndarray, "r m"], T: Float[np.ndarray, "r m"]
) -> Fractions:
    """Repeated columns are a column of S; on whole numbers T is whole over the determinant (Cramer's rule)."""
    is_whole = np.array_equal(inner, np.round(inner)) and np.array_equal(columns, np.round(columns))
    determinant = abs(np.round(np.linalg.det(inner))) if is_whole else 1.0
    denominator = float(determinant) if 1 <= determinant <= _LARGEST_DETERMINANT else 1.0
    numerators = np.round(denominator * T)
    with np.errstate(all="ignore"):
        is_safe = np.abs(inner) @ np.abs(numerators) + denominator * np.abs(columns) < _EXACT
        is_equal = np.all((inner @ numerators == denominator * columns) & is_safe, axis=0)
    # a single product by 1 is exact whatever the numbers
    is_repeat = (np.abs(numerators).sum(axis=0) == 1) & (denominator == 1)
    is_exact = is_equal & (is_whole | is_repeat)
    return Fractions(np.where(is_exact, numerators, 0.0), denominator, is_exact)


def _largest_independent(rows: Matrix, root: Vector) -> np.ndarray | None:
    """As many columns as rows, each the largest when weighted of what those before leave of the columns.

    Columns that those before leave nothing of but rounding are passed over, however large their weights.
    """
    count, weighted = len(rows), rows * root
    decomposition: Any = sl.qr(weighted, mode="r", pivoting=True)
    left, order = np.abs(np.diagonal(decomposition[0])), decomposition[1][:count]
    tolerance = _DEPENDENT * count
    if np.all(left > tolerance * np.linalg.norm(weighted[:, order], axis=0)):
        return order.astype(np.int64)
    remaining, sizes = rows.copy(), np.linalg.norm(rows, axis=0)
    chosen: list[int] = []
    for _ in range(count):
        lengths = np.linalg.norm(remaining, axis=0)
        scores = np.where(lengths > tolerance * sizes, root * lengths, 0.0)
        best = int(np.argmax(scores))
        if scores[best] == 0:
            return None
        chosen.append(best)
        direction = remaining[:, best] / lengths[best]
        for _ in range(2):
            remaining -= np.outer(direction, direction @ remaining)
    return np.array(chosen)


def _power_of_two(sizes: np.ndarray) -> np.ndarray:
    """The power of two that brings each size near 1; 1 for 0."""
    return np.ldexp(1.0, -np.frexp(np.where(sizes > 0, sizes, 1.0))[1])
