"""Independent rows of A as stored, and consistency of the dependent ones, in exact integer arithmetic."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import flint
import numpy as np

from ridgeless._core.arrays import Dual, Matrix
from ridgeless._core.exact.arithmetic import integers
from ridgeless.errors import NoEnclosureError

# Rows whose least singular value is above this are independent, since rounding errors are far smaller.
_CLEARLY_INDEPENDENT = 1e-8
# The rank modulo a prime is never too high, and too low with a probability of about n/prime.
_PRIMES = (2**61 - 1, 2**62 - 57, 2**63 - 25)


def independent_rows(A: Matrix, b: Dual, call: str) -> np.ndarray:
    """Indices of a maximal set of independent rows; the others are proved to be combinations of them, b included.

    Raises:
        NoEnclosureError: the equations as stored contradict each other.
    """
    kept = np.flatnonzero(np.abs(A).max(axis=1, initial=0.0) > 0)
    empty = np.setdiff1d(np.arange(len(b)), kept)
    if b[empty].any():
        which = int(empty[np.flatnonzero(b[empty])[0]])
        raise NoEnclosureError(
            f"{call}: equation {which} reads 0 = {b[which]:.3g} on the unknowns that can move: no x solves the system "
            "as it is stored."
        )
    if not len(kept) or _are_clearly_independent(A[kept]):
        return kept
    rows = [whole_row(A[index]) for index in kept]
    for prime in _PRIMES:
        chosen = _pivots(rows, prime)
        if len(chosen) == len(kept):
            return kept
        combinations = _combinations(rows, chosen, prime)
        if combinations is not None:
            _refuse_contradiction(A, b, kept, chosen, combinations, call)
            return kept[chosen]
    raise NoEnclosureError(f"{call}: the rank of A could not be proved.")


def whole_row(row: np.ndarray) -> list[int]:
    """The row as integers, scaled by the smallest suitable power of two."""
    return integers([row])[1][0].tolist()


def rational(value: float) -> flint.fmpq:
    """A float64 as an exact rational number."""
    fraction = Fraction(float(value))
    return flint.fmpq(fraction.numerator, fraction.denominator)


def _are_clearly_independent(A: Matrix) -> bool:
    if A.shape[0] > A.shape[1]:
        return False
    columns = np.abs(A).max(axis=0)
    even = A[:, columns > 0] / columns[columns > 0]
    even = even / np.linalg.norm(even, axis=1)[:, None]
    if even.shape[0] > even.shape[1]:
        return False
    return bool(np.linalg.svd(even, compute_uv=False)[-1] > _CLEARLY_INDEPENDENT)


def _pivots(rows: Sequence[Sequence[int]], prime: int) -> list[int]:
    """The first maximal set of rows that are independent modulo the prime, and therefore independent."""
    count, width = len(rows), len(rows[0])
    turned = flint.nmod_mat(width, count, [rows[i][j] % prime for j in range(width) for i in range(count)], prime)
    reduced, rank = turned.rref()
    found, column = [], 0
    for line in range(rank):
        while int(reduced[line, column]) == 0:
            column += 1
        found.append(column)
        column += 1
    return found


def _combinations(
    rows: Sequence[Sequence[int]], chosen: Sequence[int], prime: int
) -> dict[int, list[flint.fmpq]] | None:
    """The coefficients of each other row as a combination of the chosen ones; None where one is no combination."""
    basis = [rows[index] for index in chosen]
    others = [index for index in range(len(rows)) if index not in set(chosen)]
    places = _pivots(list(zip(*basis, strict=True)), prime)
    size = len(chosen)
    square = flint.fmpz_mat(size, size, [row[place] for place in places for row in basis])
    rhs = flint.fmpz_mat(size, len(others), [rows[other][place] for place in places for other in others])
    solved = flint.fmpq_mat(square).solve(flint.fmpq_mat(rhs))
    entries = [entry for row in basis for entry in row]
    made = solved.transpose() * flint.fmpq_mat(flint.fmpz_mat(size, len(rows[0]), entries))
    for line, other in enumerate(others):
        if any(made[line, place] != entry for place, entry in enumerate(rows[other])):
            return None
    return {other: [solved[k, line] for k in range(size)] for line, other in enumerate(others)}


def _refuse_contradiction(
    A: Matrix, b: Dual, kept: np.ndarray, chosen: Sequence[int], combinations: dict[int, list[flint.fmpq]], call: str
) -> None:
    unit = [_row_unit(A[index]) for index in kept]
    for other, coefficients in combinations.items():
        terms = [c * rational(float(b[kept[k]])) / unit[k] for c, k in zip(coefficients, chosen, strict=True)]
        wanted = rational(float(b[kept[other]])) / unit[other]
        misfit = sum(terms, flint.fmpq(0)) - wanted
        if misfit != 0:
            size = max(abs(float(Fraction(int(t.p), int(t.q)))) for t in [*terms, wanted])
            share = abs(float(Fraction(int(misfit.p), int(misfit.q)))) / size
            raise NoEnclosureError(
                f"{call}: equation {int(kept[other])} is a combination of others, and its b is not: as stored, no x "
                f"solves the system, by {share:.1e} of the largest term. Drop that equation, or make its b agree to "
                "the last bit."
            )


def _row_unit(row: np.ndarray) -> flint.fmpq:
    """The power of two that `whole_row` divides a row by."""
    scale = integers([row])[0]
    return 1 / flint.fmpq(2) ** scale if scale > 0 else flint.fmpq(2) ** -scale
