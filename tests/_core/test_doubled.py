"""Doubled precision beside exact rational numbers."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ridgeless._core import doubled

ordinary = st.floats(min_value=-1e100, max_value=1e100, allow_nan=False).filter(lambda a: a == 0 or abs(a) > 1e-100)


@given(ordinary, ordinary)
def test_the_error_of_a_sum_is_exact(a, b):
    high, low = doubled.two_sum(a, b)
    assert Fraction(float(high)) + Fraction(float(low)) == Fraction(a) + Fraction(b)


@given(ordinary, ordinary)
def test_the_error_of_a_product_is_exact(a, b):
    high, low = doubled.two_product(a, b)
    assert Fraction(float(high)) + Fraction(float(low)) == Fraction(a) * Fraction(b)


def exact(A, x):
    return [sum((Fraction(a) * Fraction(v) for a, v in zip(row, x, strict=True)), Fraction(0)) for row in A.tolist()]


@pytest.mark.parametrize("columns", [1, 2, 3, 7, 64, 101])
@pytest.mark.parametrize("spread", [0, 8, 40])
def test_products_are_within_their_bound(columns, spread):
    rng = np.random.default_rng(columns + spread)
    A = rng.standard_normal((4, columns)) * 10.0 ** rng.uniform(-spread, spread, (4, columns))
    x = rng.standard_normal(columns) * 10.0 ** rng.uniform(-spread, spread, columns)
    # The last term cancels the others, so that float64 would keep no digit.
    x[-1], A[:, -1] = 1.0, -(A[:, :-1] @ x[:-1])
    found, bound = doubled.product(A, x), doubled.product_error(np.abs(A) @ np.abs(x), columns)
    for i, wanted in enumerate(exact(A, x.tolist())):
        assert abs(Fraction(found.high[i]) + Fraction(found.low[i]) - wanted) <= Fraction(bound[i])


def test_residuals_of_long_systems_are_taken_in_pieces(monkeypatch):
    rng = np.random.default_rng(3)
    A, x, low = rng.standard_normal((7, 30)), rng.standard_normal(30), 1e-17 * rng.standard_normal(30)
    b = A @ x
    at_once = doubled.misfit(A, x, b, low)
    monkeypatch.setattr(doubled, "_CHUNK", 60)
    assert np.array_equal(doubled.misfit(A, x, b, low), at_once)
    wanted = [
        float(a + c - Fraction(r)) for a, c, r in zip(exact(A, x.tolist()), exact(A, low.tolist()), b, strict=True)
    ]
    np.testing.assert_allclose(at_once, wanted, rtol=1e-12, atol=0)


def test_float64_alone_misses_these_bounds():
    rng = np.random.default_rng(0)
    A, x = rng.standard_normal((50, 40)), rng.standard_normal(40)
    bound = doubled.product_error(np.abs(A) @ np.abs(x), 40)
    errors = [abs(Fraction(a) - wanted) for a, wanted in zip(A @ x, exact(A, x.tolist()), strict=True)]
    assert sum(error > Fraction(size) for error, size in zip(errors, bound, strict=True)) > 40


def test_an_empty_sum_is_zero():
    assert doubled.total(np.zeros((2, 0))).high.tolist() == [0.0, 0.0]
