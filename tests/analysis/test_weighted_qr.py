"""Projections under graded weights, and what bounds them, against the definitions in many digits."""

from fractions import Fraction

import mpmath as mp
import numpy as np
import pytest

from ridgeless.analysis._slices import residual
from ridgeless.analysis._weight_bounds import WeightBounds
from ridgeless.analysis._weighted_qr import reweighted, weighted_rows

pytestmark = pytest.mark.usefixtures("as_a_user")


def definitions(A, weights):
    """P = W − W Aᵀ(A W Aᵀ)⁻¹A W and L = W Aᵀ(A W Aᵀ)⁻¹, in 600 digits."""
    with mp.workdps(600):
        A, W = mp.matrix(A.tolist()), mp.diag([mp.mpf(float(w)) for w in weights])
        L = W * A.T * (A * W * A.T) ** -1
        return W - L * A * W, L


def as_floats(matrix):
    return np.array(matrix.tolist(), dtype=float)


def drawn(seed, decades):
    rng = np.random.default_rng([seed, 77])
    A = rng.standard_normal((3, 7))
    return A, 10.0 ** rng.uniform(-decades, 0, 7), rng


@pytest.mark.parametrize("decades", [1, 12, 200])
@pytest.mark.parametrize("seed", range(3))
def test_every_entry_keeps_its_digits(seed, decades):
    A, weights, _ = drawn(seed, decades)
    P, L = definitions(A, weights)
    found = weighted_rows(A, weights, 3)
    for i in range(7):
        column = found.free_part(np.eye(7)[i])
        np.testing.assert_allclose(column, as_floats(P[:, i]).ravel(), rtol=1e-10)
    for i in range(3):
        np.testing.assert_allclose(found.lift(np.eye(3)[i]), as_floats(L[:, i]).ravel(), rtol=1e-10)
    half = found.half(found.basis.inner.solve(found.basis.scaled(np.ones(3)))[0])
    with mp.workdps(600):
        ones = mp.matrix([1, 1, 1])
        W = mp.diag([mp.mpf(float(w)) for w in weights])
        rows = mp.matrix(A.tolist())
        wanted = (ones.T * ((rows * W * rows.T) ** -1 * ones))[0]
    assert float(half @ half) == pytest.approx(float(wanted), rel=1e-10)


@pytest.mark.parametrize("decades", [1, 12, 60])
@pytest.mark.parametrize("seed", range(4))
def test_no_weights_in_the_room_pass_its_bounds(seed, decades):
    A, weights, rng = drawn(seed, decades)
    found = weighted_rows(A, weights, 3)
    lower, upper = weights * rng.uniform(0.3, 1, 7), weights * rng.uniform(1, 3, 7)
    room = WeightBounds(found.basis, lower, upper)
    free, seen = 10.0 ** rng.uniform(-3, 3, 4), 10.0 ** rng.uniform(-3, 3, 3)
    of_free, of_seen = room.free(free), room.lift(seen)
    largest = np.zeros(7)
    for _ in range(6):
        within = lower * (upper / lower) ** rng.uniform(0, 1, 7)
        P, L = definitions(A, within)
        signs = rng.choice([-1.0, 1.0], 4), rng.choice([-1.0, 1.0], 3)
        shift = found.basis.joined(np.zeros(3), free * signs[0])
        right = A[:, found.basis.basic] @ (seen * signs[1])
        moved = as_floats(P * mp.matrix(shift.tolist())).ravel()
        lifted = as_floats(L * mp.matrix(right.tolist())).ravel()
        assert np.all(np.abs(moved) <= of_free)
        assert np.all(np.abs(lifted) <= of_seen * (1 + 1e-9))
        largest = np.maximum(largest, np.abs(moved) / of_free)
    # a bound that nothing comes near says nothing
    assert largest.max() > 1e-3


def test_columns_that_depend_on_larger_ones_are_passed_over():
    """Three large columns in a plane, of three equations: the third to choose is the largest of the small ones."""
    A = np.array([[1.0, 0.0, 1.0, 0.3, 0.2], [0.0, 1.0, 1.0, 0.1, -0.4], [0.0, 0.0, 0.0, 1.0, 0.5]])
    rotation = np.linalg.qr(np.random.default_rng(0).standard_normal((3, 3)))[0]
    weights = np.array([1.0, 1.0, 1.0, 1e-100, 1e-90])
    found = weighted_rows(rotation @ A, weights, 3)
    assert sorted(found.basis.basic)[-1] == 4
    assert weighted_rows(rotation @ A, np.array([1.0, 1.0, 1.0, 0.0, 0.0]), 3) is None


def test_whole_numbers_have_fractions():
    rng = np.random.default_rng(4)
    A = rng.integers(-3, 4, (3, 7)).astype(float)
    basis = weighted_rows(A, np.linspace(1, 2, 7), 3).basis
    assert basis.exact.is_exact.all()
    matrix = [[Fraction(int(entry)) for entry in row] for row in A]
    for j, column in enumerate(basis.rest):
        for row in matrix:
            parts = zip(basis.basic, basis.exact.numerators[:, j], strict=True)
            total = sum(row[i] * int(numerator) for i, numerator in parts)
            assert total == int(basis.exact.denominator) * row[column]
    assert not weighted_rows(A + 0.1, np.ones(7), 3).basis.exact.is_exact.any()


def test_a_repeated_column_is_exact_whatever_its_numbers():
    A = np.random.default_rng(5).standard_normal((3, 6))
    A[:, 5] = A[:, 0]
    basis = weighted_rows(A, np.array([9.0, 8.0, 7.0, 1.0, 1.0, 9.0]), 3).basis
    assert basis.exact.is_exact.sum() == 1
    repeat = int(np.flatnonzero(basis.exact.is_exact)[0])
    np.testing.assert_array_equal(basis.error[:, repeat], 0)


def test_t_and_its_error():
    """T + low is right to its bound, far beyond float64; a bound of nothing would be wrong."""
    A = np.random.default_rng(6).standard_normal((4, 9))
    basis = weighted_rows(A, np.linspace(1, 2, 9), 4).basis
    with mp.workdps(60):
        exact = mp.lu_solve(mp.matrix(A[:, basis.basic].tolist()), mp.matrix(A[:, basis.rest[0]].tolist()))
        for i in range(4):
            off = abs(mp.mpf(float(basis.T[i, 0])) + mp.mpf(float(basis.low[i, 0])) - exact[i])
            assert off <= basis.low_error[i, 0] < 1e-22
            assert abs(mp.mpf(float(basis.T[i, 0])) - exact[i]) <= basis.error[i, 0] < 1e-14


def test_weights_that_leave_the_columns_behind():
    A, weights, _ = drawn(0, 1)
    basis = weighted_rows(A, weights, 3).basis
    moved = weights.copy()
    moved[basis.basic[0]] = 0
    assert reweighted(basis, moved) is None


@pytest.mark.parametrize("seed", range(4))
def test_sliced_residuals(seed):
    rng = np.random.default_rng(seed)
    shape = rng.integers(1, 40, 3)
    A, T = rng.standard_normal(shape[:2]), rng.standard_normal(shape[1:]) * 10.0 ** rng.uniform(-6, 6, shape[2])
    right = A @ T
    found, error = residual(A, T, right)
    for i in range(min(3, shape[0])):
        for j in range(min(3, shape[2])):
            total = sum(Fraction(a) * Fraction(b) for a, b in zip(A[i], T[:, j], strict=True))
            off = abs(Fraction(found[i, j]) - (Fraction(right[i, j]) - total))
            assert off <= Fraction(error[i, j])
    unit = shape[1] * np.outer(np.abs(A).max(axis=1), np.abs(T).max(axis=0))
    assert np.all(error <= 1e-23 * unit + 2.0**-51 * np.abs(found))
