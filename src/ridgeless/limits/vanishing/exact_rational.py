"""The saddle-to-saddle path of a vanishing start in exact rational arithmetic: an active-set method for basis pursuit.

It is the plain algorithm, without updated factorisations and without screening: slow, exact, and an oracle for
`saddle_to_saddle`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from ridgeless._core.brief import brief
from ridgeless.errors import InvalidInputError

Vector = list[Fraction]
Rows = list[Vector]


@dataclass(frozen=True)
class ExactPath:
    """The saddles that training from a vanishing start visits, in rational numbers.

    Attributes:
        at: the time at which each saddle is reached; 0 for the first one, x = 0.
        coordinate: the coordinate that reached its edge and so led to the saddle; −1 for the first.
        points: the saddles; the last one solves A x = b.
    """

    at: tuple[Fraction, ...]
    coordinate: tuple[int, ...]
    points: tuple[tuple[Fraction, ...], ...]

    __repr__ = brief

    @property
    def x(self) -> tuple[Fraction, ...]:
        """The last saddle."""
        return self.points[-1]


def rational_saddles(
    A: Sequence[Sequence[Any]],
    b: Sequence[Any],
    positive: Sequence[Any] | None = None,
    negative: Sequence[Any] | None = None,
) -> ExactPath:
    """The limit of `rl.inits.Vanishing` in exact arithmetic, for small systems: saddles, jump times and x.

    This is the plain algorithm, without updated factorisations and without screening, and so an oracle for the fast
    one. It refuses two coordinates that reach their edges at the same time.

    Args:
        A: rows of integers, fractions, or text such as "7/10"; a float counts as its exact binary value.
        b: right-hand side.
        positive: the edges p_i of the box −n_i ≤ s_i ≤ p_i; 1 unless given, which is the time unit of `Product(2)`.
        negative: the edges n_i.

    Raises:
        InvalidInputError: entries that are no numbers, shapes that do not fit, a tie, or no solution.

    Source: Pesme and Flammarion 2023, arXiv 2304.00488, Algorithm 1; Zhao et al. 2026, arXiv 2607.12332.

    Example:
        >>> path = rational_saddles([[1, "1/2", "7/10", 0], ["1/2", 1, "1/10", "7/10"]], [1, 0])
        >>> [str(entry) for entry in path.x]
        ['0', '0', '10/7', '-10/49']
        >>> path.coordinate, [str(time) for time in path.at]
        ((-1, 0, 2, 3), ['0', '1', '4', '276/49'])
    """
    rows, rhs = _fractions(A, "A"), _fractions([b], "b")[0]
    if len(rows) != len(rhs) or len({len(row) for row in rows}) != 1:
        raise InvalidInputError(
            f"rational_saddles: A has rows of lengths {[len(row) for row in rows]}, and b has {len(rhs)} entries; "
            "pass one entry of b for each row, and rows of one length."
        )
    ones = [1] * len(rows[0])
    edges = [_fractions([ones if side is None else side], "edges")[0] for side in (positive, negative)]
    if any(len(side) != len(ones) or min(side) <= 0 for side in edges):
        raise InvalidInputError("rational_saddles: positive and negative need one number above 0 for each unknown.")
    return _follow(rows, rhs, edges[0], edges[1])


def _follow(rows: Rows, rhs: Vector, positive: Vector, negative: Vector) -> ExactPath:
    """The path from x = 0: time passes until s = Aᵀν reaches an edge, then x jumps to the next signed fit."""
    unknowns = len(rows[0])
    s, x, signs = [Fraction(0)] * unknowns, [Fraction(0)] * unknowns, [0] * unknowns
    at, coordinates, points = [Fraction(0)], [-1], [tuple(x)]
    while any(residual := _residual(rows, rhs, x)):
        speeds = [
            sum((row[i] * r for row, r in zip(rows, residual, strict=True)), Fraction(0)) for i in range(unknowns)
        ]
        delays = {
            i: ((positive[i] - s[i]) / speeds[i] if speeds[i] > 0 else (negative[i] + s[i]) / -speeds[i])
            for i in range(unknowns)
            if speeds[i]
        }
        if not delays:
            raise InvalidInputError("rational_saddles: b lies outside the range of A; no x solves A x = b.")
        delay = min(delays.values())
        arriving = [i for i, each in delays.items() if each == delay]
        if len(arriving) > 1:
            raise InvalidInputError(f"rational_saddles: coordinates {arriving} arrive at once; perturb A or b.")
        s = [value + delay * speed for value, speed in zip(s, speeds, strict=True)]
        signs[arriving[0]] = 1 if speeds[arriving[0]] > 0 else -1
        x = _signed_least_squares(rows, rhs, x, signs, arriving[0])
        signs = [sign if x[i] else 0 for i, sign in enumerate(signs)]
        at.append(at[-1] + delay)
        coordinates.append(arriving[0])
        points.append(tuple(x))
    return ExactPath(tuple(at), tuple(coordinates), tuple(points))


def _signed_least_squares(rows: Rows, rhs: Vector, x: Vector, signs: list[int], entering: int) -> Vector:
    """Least squares under sign constraints by the active-set method of Lawson and Hanson (1974), from a feasible x."""
    at_edge = [i for i, sign in enumerate(signs) if sign]
    free = [i for i in at_edge if x[i] or i == entering]
    while True:
        fit = _least_squares(rows, rhs, free)
        wrong = [i for i in free if fit[i] * signs[i] < 0]
        if wrong:
            share = min(x[i] / (x[i] - fit[i]) for i in wrong)
            x = [here + share * (there - here) for here, there in zip(x, fit, strict=True)]
            free = [i for i in free if x[i]]
            continue
        x, residual = fit, _residual(rows, rhs, fit)
        outward_pushes = {i: signs[i] * _correlation(rows, residual, i) for i in at_edge if i not in free}
        pushed = [i for i, push in outward_pushes.items() if push > 0]
        if not pushed:
            return x
        free.append(max(pushed, key=lambda i: outward_pushes[i]))


def _least_squares(rows: Rows, rhs: Vector, free: list[int]) -> Vector:
    """The x that minimises ‖A x − b‖ among those that are 0 outside `free`, by the normal equations."""
    gram = [[sum((row[i] * row[j] for row in rows), Fraction(0)) for j in free] for i in free]
    normal_rhs = [_correlation(rows, rhs, i) for i in free]
    solution = _gauss_jordan([[*line, value] for line, value in zip(gram, normal_rhs, strict=True)])
    x = [Fraction(0)] * len(rows[0])
    for i, value in zip(free, solution, strict=True):
        x[i] = value
    return x


def _gauss_jordan(table: Rows) -> Vector:
    """The solution of a regular system, given with its right-hand side as the last column, by Gauss–Jordan."""
    size = len(table)
    for k in range(size):
        pivot = next(i for i in range(k, size) if table[i][k])
        table[k], table[pivot] = table[pivot], table[k]
        table[k] = [value / table[k][k] for value in table[k]]
        for i in range(size):
            if i != k and table[i][k]:
                table[i] = [a - table[i][k] * c for a, c in zip(table[i], table[k], strict=True)]
    return [line[-1] for line in table]


def _correlation(rows: Rows, residual: Vector, i: int) -> Fraction:
    """(Aᵀ r)_i."""
    return sum((row[i] * r for row, r in zip(rows, residual, strict=True)), Fraction(0))


def _residual(rows: Rows, rhs: Vector, x: Vector) -> Vector:
    """b − A x."""
    return [r - sum(a * value for a, value in zip(row, x, strict=True)) for row, r in zip(rows, rhs, strict=True)]


def _fractions(rows: Sequence[Sequence[Any]], what: str) -> Rows:
    """The entries as fractions, with `what` naming them in an error."""
    try:
        return [[Fraction(entry) for entry in row] for row in rows]
    except (TypeError, ValueError, OverflowError, ZeroDivisionError) as error:
        raise InvalidInputError(
            f"rational_saddles: {what} holds something that is no rational number ({error}); type integers, floats, "
            'or text such as "7/10".'
        ) from error
