"""Unknowns that the equations and locked signs force to 0, proved in rational numbers."""

from __future__ import annotations

from fractions import Fraction

import flint
import numpy as np
import scipy.optimize
from jaxtyping import Bool

from ridgeless.arrays import Dual, Matrix, Vector
from ridgeless.certificates._exact_rows import whole_row

# Where a solution has all signs by this much, in units of the least-norm solution's largest entry, none is forced.
_CLEARLY_INSIDE = 1e-6


def forced_zeros(A: Matrix, b: Dual, signs: Vector) -> Bool[np.ndarray, " m"]:
    """Unknowns that are 0 in every solution with these signs, each proved by a combination of equations.

    Let y satisfy b·y = 0, (Aᵀy)_i = 0 where the sign is open and sign_i·(Aᵀy)_i ≥ 0 where it is locked. Then
    0 = b·y = Σ x_i·(Aᵀy)_i is a sum of terms that are not negative, and x_i = 0 wherever (Aᵀy)_i ≠ 0. A linear
    program in float64 finds such a y; it is then made exact, in whole numbers, and checked as such.

    Args:
        A: (n, m).
        b: (n,).
        signs: (m,) +1 or −1 where a sign is locked, 0 where both are open.

    Returns:
        A mask; all False where nothing is proved.
    """
    if not signs.any() or _is_inside(A, b, signs):
        return np.zeros(len(signs), dtype=bool)
    guess = _combination(A, b, signs)
    return np.zeros(len(signs), dtype=bool) if guess is None else _proved(A, b, signs, *guess)


def _is_inside(A: Matrix, b: Dual, signs: Vector) -> bool:
    """Whether a solution is found that has every locked sign by a margin."""
    unit = float(np.abs(np.linalg.lstsq(A, b, rcond=None)[0]).max())
    if unit == 0:
        return False
    locked = np.flatnonzero(signs)
    rows = np.abs(A).max(axis=1)
    even, right = A / rows[:, None], b / rows / unit
    sides = np.zeros((len(locked), A.shape[1] + 1))
    sides[np.arange(len(locked)), locked], sides[:, -1] = -signs[locked], 1.0
    program = scipy.optimize.linprog(
        np.append(np.zeros(A.shape[1]), -1.0),
        A_ub=sides,
        b_ub=np.zeros(len(locked)),
        A_eq=np.column_stack([even, np.zeros(len(b))]),
        b_eq=right,
        bounds=[(None, None)] * A.shape[1] + [(None, 1.0)],
        method="highs",
    )
    return program.status == 0 and float(program.x[-1]) > _CLEARLY_INSIDE


def _combination(A: Matrix, b: Dual, signs: Vector) -> tuple[Dual, Bool[np.ndarray, " m"]] | None:
    """A y that proves as many zeros as can be, in float64, and which they are."""
    rows, columns = np.abs(A).max(axis=1), np.abs(A).max(axis=0)
    even = A / rows[:, None] / np.where(columns > 0, columns, 1.0)
    right = b / rows
    right = right / (np.abs(right).max() or 1.0)
    locked, count = np.flatnonzero(signs), len(b)
    below = np.hstack([-(signs[locked, None] * even[:, locked].T), np.eye(len(locked))])
    equal = np.vstack([even[:, signs == 0].T, right[None]])
    program = scipy.optimize.linprog(
        np.concatenate([np.zeros(count), -np.ones(len(locked))]),
        A_ub=below,
        b_ub=np.zeros(len(locked)),
        A_eq=np.hstack([equal, np.zeros((len(equal), len(locked)))]),
        b_eq=np.zeros(len(equal)),
        bounds=[(None, None)] * count + [(0.0, 1.0)] * len(locked),
        method="highs",
    )
    if program.status != 0:
        return None
    zeros = np.zeros(len(signs), dtype=bool)
    zeros[locked] = program.x[count:] > 0.5
    return (program.x[:count] / rows, zeros) if zeros.any() else None


def _proved(A: Matrix, b: Dual, signs: Vector, guess: Dual, zeros: Bool[np.ndarray, " m"]) -> Bool[np.ndarray, " m"]:
    """The zeros that an exact y near the guess proves."""
    others = np.column_stack([A[:, ~zeros], b])
    lines = [whole_row(column) for column in others.T if column.any()]
    basis = _null_space(lines, len(b))
    nothing = np.zeros(len(signs), dtype=bool)
    if not basis:
        return nothing
    columns = np.array([[float(entry) for entry in vector] for vector in basis]).T
    shares = [Fraction(float(share)) for share in np.linalg.lstsq(columns, guess, rcond=None)[0]]
    y = [sum((s * v[k] for s, v in zip(shares, basis, strict=True)), Fraction(0)) for k in range(len(b))]
    found = nothing.copy()
    for index in np.flatnonzero(zeros):
        size = sum((Fraction(float(a)) * value for a, value in zip(A[:, index], y, strict=True)), Fraction(0))
        if int(signs[index]) * size < 0:
            return nothing
        found[index] = size != 0
    return found


def _null_space(lines: list[list[int]], width: int) -> list[list[Fraction]]:
    """Exact y with line·y = 0 for each line, each basis vector divided by its largest entry."""
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
