"""The dual equations A f(Aᵀν) = b in ball arithmetic, and the linear algebra of a Newton step on them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import flint
import numpy as np

from ridgeless._core.arrays import Matrix, Vector
from ridgeless._core.balls import Ball, BallMap


@dataclass(frozen=True, eq=False)
class BallEquations:
    """A and b as stored, restricted to the unknowns that can move.

    Attributes:
        A: (n, m) in float64, of full row rank.
        b: (n,) as exact balls.
    """

    A: Matrix
    b: Sequence[Ball]

    @cached_property
    def rows(self) -> flint.arb_mat:
        """A as an exact ball matrix."""
        return flint.arb_mat([[flint.arb(entry) for entry in row] for row in self.A.tolist()])

    @cached_property
    def columns(self) -> flint.arb_mat:
        """Aᵀ as an exact ball matrix."""
        return self.rows.transpose()

    def rhs(self) -> flint.arb_mat:
        """b as a column at the working precision."""
        return column(self.b)


@dataclass(frozen=True, eq=False)
class BallPoint:
    """A dual point and the values of the equations there.

    Attributes:
        nu: (n, 1) ν, as midpoints of radius 0.
        z: (m,) Aᵀν.
        entries: (m,) f(z).
        slopes: (m,) f'(z) > 0.
        misfit: (n, 1) A f(z) − b, the gradient of the dual objective.
    """

    nu: flint.arb_mat
    z: list[Ball]
    entries: list[Ball]
    slopes: list[Ball]
    misfit: flint.arb_mat


def ball_point(equations: BallEquations, maps: Sequence[BallMap], nu: flint.arb_mat) -> BallPoint | None:
    """The values of the equations at ν; None where some z is not proved to lie inside the domain of its map."""
    z = (equations.columns * nu).entries()
    pairs = [each.at(point) for each, point in zip(maps, z, strict=True)]
    if not all(entry.is_finite() and slope.is_finite() and slope > 0 for entry, slope in pairs):
        return None
    entries, slopes = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    return BallPoint(nu, z, entries, slopes, equations.rows * column(entries) - equations.rhs())


def weighted_gram(equations: BallEquations, weights: Sequence[Ball]) -> flint.arb_mat:
    """The midpoints of A diag(weights) Aᵀ."""
    scaled = [
        [weight * entry for entry in row]
        for weight, row in zip([weight.mid() for weight in weights], equations.columns.tolist(), strict=True)
    ]
    return (equations.rows * flint.arb_mat(scaled)).mid()


def approximate_solution(gram: flint.arb_mat, rhs: flint.arb_mat) -> flint.arb_mat | None:
    """An approximate solution of gram·y = rhs, without error bounds; None where elimination breaks down.

    Rows and columns are first scaled so that the diagonal of gram is 1.
    """
    sizes = [gram[i, i] for i in range(gram.nrows())]
    if not all(size > 0 for size in sizes):
        return None
    units = [size.rsqrt().mid() for size in sizes]
    even = flint.arb_mat(
        [[unit * other * entry for other, entry in zip(units, row, strict=True)]
         for unit, row in zip(units, gram.tolist(), strict=True)]
    ).mid()  # fmt: skip
    target = column([unit * value for unit, value in zip(units, rhs.mid().entries(), strict=True)]).mid()
    try:
        solution = even.solve(target, algorithm="approx").mid().entries()
    except ZeroDivisionError:
        return None
    if not all(value.is_finite() for value in solution):
        return None
    return column([unit * value for unit, value in zip(units, solution, strict=True)]).mid()


def column(values: Sequence[Ball]) -> flint.arb_mat:
    """A column vector of balls."""
    return flint.arb_mat(len(values), 1, list(values))


def inner(one: flint.arb_mat, two: flint.arb_mat) -> Ball:
    """The scalar product of two column vectors."""
    return (one.transpose() * two)[0, 0]


def logarithms(values: Sequence[Ball]) -> Vector:
    """Natural logarithms of the midpoints, which may lie beyond the range of float64."""
    return np.array([_log(value) for value in values])


def _log(value: Ball) -> float:
    mantissa, exponent = value.mid().man_exp()
    size = abs(int(mantissa))
    bits = size.bit_length()
    if not bits:
        return -np.inf
    return float(np.log(size / (1 << bits)) + (int(exponent) + bits) * np.log(2.0))
