"""The walk from saddle to saddle in rational numbers: exact, and slow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from ridgeless.errors import InvalidInputError

Vector = list[Fraction]
Rows = list[Vector]


@dataclass(frozen=True)
class ExactPath:
    """The saddles of a vanishing start, in rational numbers.

    Attributes:
        at: when each saddle is reached; 0 for the first one, x = 0.
        coordinate: which coordinate's arrival led to it; −1 for the first.
        points: the saddles; the last one solves A x = b.
    """

    at: tuple[Fraction, ...]
    coordinate: tuple[int, ...]
    points: tuple[tuple[Fraction, ...], ...]

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
    """`rl.inits.Vanishing` in exact arithmetic, for small systems: saddles, jump times and the limit.

    The plain algorithm, without factorisations to update and without screening, so that it is also an oracle for the
    fast one. What it cannot decide, two coordinates that arrive at once, it refuses.

    Args:
        A: rows of integers, fractions, or text such as "7/10"; a float stands for its exact binary value.
        b: right-hand side.
        positive: edges p_i of the boxes −n_i ≤ s_i ≤ p_i; 1 unless given, which is the time unit of `Product(2)`.
        negative: edges n_i.

    Raises:
        InvalidInputError: no numbers, shapes that do not fit, a tie, or no solution.

    Source: Pesme and Flammarion 2023, arXiv 2304.00488, Algorithm 1; Zhao et al. 2026, arXiv 2607.12332.

    Example:
        >>> path = rational_saddles([[1, "1/2", "7/10", 0], ["1/2", 1, "1/10", "7/10"]], [1, 0])
        >>> [str(entry) for entry in path.x]
        ['0', '0', '10/7', '-10/49']
        >>> path.coordinate, [str(time) for time in path.at]
        ((-1, 0, 2, 3), ['0', '1', '4', '276/49'])
    """
    rows, right = _numbers(A, "A"), _numbers([b], "b")[0]
    if len(rows) != len(right) or len({len(row) for row in rows}) != 1:
        raise InvalidInputError(
            f"rational_saddles: A has rows of lengths {[len(row) for row in rows]}, and b has {len(right)} entries; "
            "pass one entry of b for each row, and rows of one length."
        )
    ones = [1] * len(rows[0])
    edges = [_numbers([ones if side is None else side], "edges")[0] for side in (positive, negative)]
    if any(len(side) != len(ones) or min(side) <= 0 for side in edges):
        raise InvalidInputError("rational_saddles: positive and negative need one number above 0 for each unknown.")
    return _walk(rows, right, edges[0], edges[1])


def _walk(rows: Rows, right: Vector, positive: Vector, negative: Vector) -> ExactPath:
    unknowns = len(rows[0])
    s, x, signs = [Fraction(0)] * unknowns, [Fraction(0)] * unknowns, [0] * unknowns
    at, coordinates, points = [Fraction(0)], [-1], [tuple(x)]
    while any(residual := _residual(rows, right, x)):
        u = [sum((row[i] * r for row, r in zip(rows, residual, strict=True)), Fraction(0)) for i in range(unknowns)]
        delays = {
            i: ((positive[i] - s[i]) / u[i] if u[i] > 0 else (negative[i] + s[i]) / -u[i])
            for i in range(unknowns)
            if u[i]
        }
        if not delays:
            raise InvalidInputError("rational_saddles: b lies outside the range of A; no x solves A x = b.")
        delay = min(delays.values())
        arriving = [i for i, each in delays.items() if each == delay]
        if len(arriving) > 1:
            raise InvalidInputError(f"rational_saddles: coordinates {arriving} arrive at once; perturb A or b.")
        s = [value + delay * speed for value, speed in zip(s, u, strict=True)]
        signs[arriving[0]] = 1 if u[arriving[0]] > 0 else -1
        x = _fit(rows, right, x, signs, arriving[0])
        signs = [sign if x[i] else 0 for i, sign in enumerate(signs)]
        at.append(at[-1] + delay)
        coordinates.append(arriving[0])
        points.append(tuple(x))
    return ExactPath(tuple(at), tuple(coordinates), tuple(points))


def _fit(rows: Rows, right: Vector, x: Vector, signs: list[int], entering: int) -> Vector:
    """Least squares with the signs given, from a point that has them (Lawson and Hanson 1974)."""
    at_edge = [i for i, sign in enumerate(signs) if sign]
    free = [i for i in at_edge if x[i] or i == entering]
    while True:
        fit = _least_squares(rows, right, free)
        wrong = [i for i in free if fit[i] * signs[i] < 0]
        if wrong:
            share = min(x[i] / (x[i] - fit[i]) for i in wrong)
            x = [here + share * (there - here) for here, there in zip(x, fit, strict=True)]
            free = [i for i in free if x[i]]
            continue
        x, residual = fit, _residual(rows, right, fit)
        pushes = {i: signs[i] * _push(rows, residual, i) for i in at_edge if i not in free}
        pushed = [i for i, push in pushes.items() if push > 0]
        if not pushed:
            return x
        free.append(max(pushed, key=lambda i: pushes[i]))


def _least_squares(rows: Rows, right: Vector, free: list[int]) -> Vector:
    """The x with ‖A x − b‖ least among those that are 0 outside `free`, by its normal equations."""
    gram = [[sum((row[i] * row[j] for row in rows), Fraction(0)) for j in free] for i in free]
    pulled = [_push(rows, right, i) for i in free]
    solution = _solved([[*line, value] for line, value in zip(gram, pulled, strict=True)])
    x = [Fraction(0)] * len(rows[0])
    for i, value in zip(free, solution, strict=True):
        x[i] = value
    return x


def _solved(table: Rows) -> Vector:
    """Gauss and Jordan on a regular system with its right-hand side as the last column."""
    size = len(table)
    for k in range(size):
        pivot = next(i for i in range(k, size) if table[i][k])
        table[k], table[pivot] = table[pivot], table[k]
        table[k] = [value / table[k][k] for value in table[k]]
        for i in range(size):
            if i != k and table[i][k]:
                table[i] = [a - table[i][k] * c for a, c in zip(table[i], table[k], strict=True)]
    return [line[-1] for line in table]


def _push(rows: Rows, residual: Vector, i: int) -> Fraction:
    """(Aᵀ r)_i."""
    return sum((row[i] * r for row, r in zip(rows, residual, strict=True)), Fraction(0))


def _residual(rows: Rows, right: Vector, x: Vector) -> Vector:
    return [r - sum(a * value for a, value in zip(row, x, strict=True)) for row, r in zip(rows, right, strict=True)]


def _numbers(rows: Sequence[Sequence[Any]], what: str) -> Rows:
    try:
        return [[Fraction(entry) for entry in row] for row in rows]
    except (TypeError, ValueError, OverflowError, ZeroDivisionError) as error:
        raise InvalidInputError(
            f"rational_saddles: {what} holds something that is no rational number ({error}); type integers, floats, "
            'or text such as "7/10".'
        ) from error
