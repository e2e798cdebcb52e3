"""Combinations of columns beside exact rational numbers."""

from fractions import Fraction

import numpy as np
import pytest

from ridgeless._core.exact.arithmetic import integers
from ridgeless._core.exact.combination import combination


def rational_solution(A, b):
    """Gauss and Jordan in fractions, A square and regular."""
    table = [[Fraction(a) for a in row] + [Fraction(value)] for row, value in zip(A.tolist(), b.tolist(), strict=True)]
    for k in range(len(table)):
        pivot = next(i for i in range(k, len(table)) if table[i][k])
        table[k], table[pivot] = table[pivot], table[k]
        table[k] = [value / table[k][k] for value in table[k]]
        for i in range(len(table)):
            if i != k:
                table[i] = [a - table[i][k] * c for a, c in zip(table[i], table[k], strict=True)]
    return [row[-1] for row in table]


@pytest.mark.parametrize("bits", [60, 300, 1200])
@pytest.mark.parametrize("spread", [0, 6])
def test_weights_have_the_digits_asked_for(bits, spread):
    rng = np.random.default_rng(bits + spread)
    A = rng.standard_normal((5, 5)) * 10.0 ** rng.uniform(-spread, spread, (5, 1))
    b = rng.standard_normal(5)
    found = combination(A, b, bits)
    assert found.is_exact
    for weight, wanted in zip(found.weights, rational_solution(A, b), strict=True):
        assert abs(Fraction(int(weight), 1 << found.bits) - wanted) < Fraction(1, 1 << bits) * max(1, abs(wanted)) * 100


def test_differences_far_below_the_rounding_of_their_terms():
    found = combination(np.array([[1.0]]), np.array([1 + 1e-10]), 300)
    wanted = Fraction(1e240) * (1 - Fraction(1 + 1e-10))
    assert found.difference(1e240, np.array([1e240])) == pytest.approx(float(wanted), rel=1e-15)
    tied = combination(np.array([[1.0, 0.0], [1.0, 2.0]]), np.array([0.5, 1.5]), 900)
    assert tied.difference(1e200, np.array([1e200, 1e200])) == 0.0


@pytest.mark.parametrize("error", [0.0, 1e-13, 1e-6])
def test_columns_outside_the_span_are_told(error):
    """By as little as one unit in the last place."""
    rng = np.random.default_rng(7)
    chosen, weights = rng.integers(-3, 4, (9, 4)).astype(float), rng.integers(-8, 9, 4) / 8
    column = chosen @ weights
    assert combination(chosen, column, 200).is_exact
    column[2] = np.nextafter(column[2] + error, np.inf)
    assert not combination(chosen, column, 200).is_exact


def test_integers_are_exact_whatever_their_exponents():
    values = np.array([[0.1, -3e250, 0.0], [5e-300, 2.0**-1000, -1.0]])
    scale, (whole,) = integers([values])
    for value, number in zip(values.ravel(), whole.ravel(), strict=True):
        assert Fraction(float(value)) == Fraction(int(number)) * Fraction(2) ** -scale


def test_of_no_columns_only_zero_is_a_combination():
    none = np.zeros((3, 0))
    assert combination(none, np.zeros(3), 100).is_exact
    assert not combination(none, np.array([0.0, 1e-300, 0.0]), 100).is_exact


def test_a_column_of_zeros_among_those_chosen_tells_nothing():
    chosen = np.array([[1.0, 0.0], [2.0, 0.0]])
    assert not combination(chosen, np.array([1.0, 2.0]), 100).is_exact
