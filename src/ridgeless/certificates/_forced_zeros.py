"""Unknowns that A x = b and locked signs force to 0, proved by Farkas' lemma in rational arithmetic."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import flint
import numpy as np
import scipy.optimize
from jaxtyping import Bool

from ridgeless._core.arrays import Dual, Matrix, Vector
from ridgeless.certificates._exact_rows import whole_row
from ridgeless.errors import NoEnclosureError

# No zero is forced where a solution has all signs by this margin, relative to the largest entry of A⁺b.
_CLEARLY_INSIDE = 1e-6
# A violation of this size, above HiGHS's tolerance of 1e-7, is checked exactly.
_CLEARLY_BELOW = 1e-6


def forced_zeros(A: Matrix, b: Dual, signs: Vector) -> Bool[np.ndarray, " m"]:
    """Unknowns that are 0 in every solution with these signs, each proved by a combination of equations.

    Let y satisfy b·y = 0, (Aᵀy)_i = 0 where the sign is open and sign_i·(Aᵀy)_i ≥ 0 where it is locked. Then
    0 = b·y = Σ x_i·(Aᵀy)_i is a sum of nonnegative terms, and x_i = 0 wherever (Aᵀy)_i ≠ 0. A linear program in
    float64 finds such a y, which is then replaced by an exact rational one nearby and checked.

    Args:
        A: (n, m).
        b: (n,).
        signs: (m,) +1 or −1 where a sign is locked, 0 where both are open.

    Returns:
        (m,) a mask; all False where nothing is proved.

    Raises:
        NoEnclosureError: it is proved that no solution has these signs.
    """
    if not signs.any() or _is_inside(A, b, signs):
        return np.zeros(len(signs), dtype=bool)
    guess = _combination(A, b, signs)
    return np.zeros(len(signs), dtype=bool) if guess is None else _proved(A, b, signs, *guess)


def _is_inside(A: Matrix, b: Dual, signs: Vector) -> bool:
    """Whether a linear program finds a solution that has every locked sign by a margin."""
    unit = float(np.abs(np.linalg.lstsq(A, b, rcond=None)[0]).max())
    if unit == 0:
        return False
    locked = np.flatnonzero(signs)
    rows = np.abs(A).max(axis=1)
    even, rhs = A / rows[:, None], b / rows / unit
    sides = np.zeros((len(locked), A.shape[1] + 1))
    sides[np.arange(len(locked)), locked], sides[:, -1] = -signs[locked], 1.0
    program = scipy.optimize.linprog(
        np.append(np.zeros(A.shape[1]), -1.0),
        A_ub=sides,
        b_ub=np.zeros(len(locked)),
        A_eq=np.column_stack([even, np.zeros(len(b))]),
        b_eq=rhs,
        bounds=[(None, None)] * A.shape[1] + [(None, 1.0)],
        method="highs",
    )
    return program.status == 0 and float(program.x[-1]) > _CLEARLY_INSIDE


def _combination(A: Matrix, b: Dual, signs: Vector) -> tuple[Dual, Bool[np.ndarray, " m"]] | None:
    """A y in float64 that exposes as many zeros as possible, and the mask of these zeros; None where it finds none."""
    rows, columns = np.abs(A).max(axis=1), np.abs(A).max(axis=0)
    even = A / rows[:, None] / np.where(columns > 0, columns, 1.0)
    rhs = b / rows
    rhs = rhs / (np.abs(rhs).max() or 1.0)
    locked = np.flatnonzero(signs)
    equal = np.vstack([even[:, signs == 0].T, rhs[None]])
    found = _most_positive(signs[locked, None] * even[:, locked].T, equal)
    if found is None:
        return None
    zeros = np.zeros(len(signs), dtype=bool)
    zeros[locked] = found[1]
    return (found[0] / rows, zeros) if zeros.any() else None


def _most_positive(M: np.ndarray, equal: np.ndarray) -> tuple[np.ndarray, np.ndarray] | None:
    """A y with M y ≥ 0 and equal·y = 0 for which most entries of M y are positive, and the mask of these entries.

    The linear program maximises Σ s_i over 0 ≤ s ≤ 1 with s ≤ M y; None where HiGHS fails.
    """
    rows, count = M.shape
    program = scipy.optimize.linprog(
        np.concatenate([np.zeros(count), -np.ones(rows)]),
        A_ub=np.hstack([-M, np.eye(rows)]),
        b_ub=np.zeros(rows),
        A_eq=np.hstack([equal, np.zeros((len(equal), rows))]),
        b_eq=np.zeros(len(equal)),
        bounds=[(None, None)] * count + [(0.0, 1.0)] * rows,
        method="highs",
    )
    return (program.x[:count], program.x[count:] > 0.5) if program.status == 0 else None


def _proved(A: Matrix, b: Dual, signs: Vector, guess: Dual, zeros: Bool[np.ndarray, " m"]) -> Bool[np.ndarray, " m"]:
    """The zeros that an exact y proves, among those that a y near the guess would prove if b changed by its rounding.

    Raises:
        NoEnclosureError: a y proves that no solution has the signs: 0 > b·y = Σ x_i·(Aᵀy)_i ≥ 0.
    """
    basis = _null_space([whole_row(column) for column in A[:, ~zeros].T if column.any()], len(b))
    if not basis:
        return np.zeros(len(signs), dtype=bool)
    index = np.flatnonzero(zeros)
    sizes = [[_inner(A[:, i], vector) * int(signs[i]) for vector in basis] for i in index]
    values = [_inner(b, vector) for vector in basis]
    if all(value == 0 for value in values):
        return _checked(A, b, signs, zeros, guess)
    M = np.array([[float(size) for size in row] for row in sizes])
    unit = max(abs(value) for value in values)
    beta = np.array([float(value / unit) for value in values])
    vectors = np.array([[float(entry) for entry in vector] for vector in basis]).T
    _refuse_contradiction(A, b, signs, index, M, beta, vectors)
    found = _most_positive(M, beta[None])
    fewer = np.zeros(len(signs), dtype=bool)
    if found is None:
        return fewer
    fewer[index] = found[1]
    return _checked(A, b, signs, fewer, vectors @ found[0])


def _refuse_contradiction(
    A: Matrix, b: Dual, signs: Vector, index: np.ndarray, M: np.ndarray, beta: np.ndarray, vectors: np.ndarray
) -> None:
    """Raise where some y has sign_i·(Aᵀy)_i ≥ 0 for all locked signs, 0 for open ones, and b·y < 0."""
    bounds: Any = [(-1.0, 1.0)] * len(beta)
    program = scipy.optimize.linprog(beta, A_ub=-M, b_ub=np.zeros(len(M)), bounds=bounds, method="highs")
    if program.status != 0 or program.fun > -_CLEARLY_BELOW:
        return
    strict = np.zeros(len(signs), dtype=bool)
    strict[index[M @ program.x > _CLEARLY_BELOW]] = True
    y = _exact_near([whole_row(c) for c in A[:, ~strict].T if c.any()], vectors @ program.x)
    if y is None or _inner(b, y) >= 0 or any(_inner(A[:, i], y) * int(signs[i]) < 0 for i in np.flatnonzero(strict)):
        return
    terms = max(abs(float(value * exact)) for value, exact in zip(map(Fraction, b.tolist()), y, strict=True))
    share = -float(_inner(b, y)) / terms
    raise NoEnclosureError(
        "certificates.enclose: no solution has the signs that the start locks, for b as it is stored: a combination of "
        f"equations with coefficients of these signs has a right-hand side below 0, by {share:.1e} of its largest term."
    )


def _checked(A: Matrix, b: Dual, signs: Vector, zeros: Bool[np.ndarray, " m"], guess: Dual) -> Bool[np.ndarray, " m"]:
    """The zeros among `zeros` that an exact y near the guess proves."""
    found = np.zeros(len(signs), dtype=bool)
    if not zeros.any():
        return found
    others = np.column_stack([A[:, ~zeros], b])
    y = _exact_near([whole_row(column) for column in others.T if column.any()], guess)
    if y is None:
        return found
    for index in np.flatnonzero(zeros):
        size = _inner(A[:, index], y) * int(signs[index])
        if size < 0:
            return np.zeros(len(signs), dtype=bool)
        found[index] = size != 0
    return found


def _exact_near(lines: list[list[int]], guess: Dual) -> list[Fraction] | None:
    """A rational y near the guess with line·y = 0 for each line; None where only y = 0 has it."""
    basis = _null_space(lines, len(guess))
    if not basis:
        return None
    columns = np.array([[float(entry) for entry in vector] for vector in basis]).T
    shares = [Fraction(float(share)) for share in np.linalg.lstsq(columns, guess, rcond=None)[0]]
    return [sum((s * v[k] for s, v in zip(shares, basis, strict=True)), Fraction(0)) for k in range(len(guess))]


def _inner(values: np.ndarray, vector: list[Fraction]) -> Fraction:
    return sum((Fraction(value) * entry for value, entry in zip(values.tolist(), vector, strict=True)), Fraction(0))


def _null_space(lines: list[list[int]], width: int) -> list[list[Fraction]]:
    """A rational basis of the y with line·y = 0 for each line, each vector divided by its largest entry."""
    if not lines:
        return [[Fraction(int(k == j)) for k in range(width)] for j in range(width)]
    matrix = flint.fmpz_mat(len(lines), width, [entry for line in lines for entry in line])
    found, nullity = matrix.nullspace()
    basis = []
    for j in range(nullity):
        vector = [int(found[k, j]) for k in range(width)]
        largest = max(map(abs, vector))
        basis.append([Fraction(entry, largest) for entry in vector])
    return basis
