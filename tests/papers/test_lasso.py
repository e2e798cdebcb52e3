"""The Lasso path: optimal at every penalty, and the path of scikit-learn."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ridgeless.papers._lasso import LassoPath, lasso_path, objective


def drawn(seed, n, d):
    rng = np.random.default_rng(seed)
    return rng.standard_normal((n, d)), rng.standard_normal(n)


def violation(A, b, x, penalty, is_signed=True):
    """How far x is from the conditions of optimality, in units of λ."""
    pull = A.T @ (b - A @ x) / penalty
    over = np.max(np.abs(pull) if is_signed else pull) - 1
    return max(over, np.abs(x).sum() - pull @ x, 0.0 if is_signed else -x.min())


@given(st.integers(0, 10**6), st.integers(1, 6), st.integers(1, 9), st.floats(1e-3, 1.5), st.booleans())
def test_every_point_is_optimal(seed, n, d, part, is_signed):
    A, b = drawn(seed, n, d)
    pull = A.T @ b
    first = np.max(np.abs(pull) if is_signed else pull)
    if first <= 0:
        return
    path = lasso_path(A, b, 1e-3 * first, is_signed)
    assert path.penalties[0] == pytest.approx(first)
    assert np.all(np.diff(path.penalties) < 0)
    assert violation(A, b, path.at(part * first), max(part, 1e-3) * first, is_signed) < 1e-8


@pytest.mark.parametrize("is_signed", [True, False])
def test_the_last_point_is_optimal_wherever_the_path_is_cut(is_signed):
    """An entry that would leave only below the last λ is still there."""
    for seed in range(20):
        A, b = drawn(seed, 6, 12)
        for least in (0.05, 0.2, 0.6):
            path = lasso_path(A, b, least, is_signed)
            if path.penalties[-1] == least:
                assert violation(A, b, path.points[-1], least, is_signed) < 1e-8


def test_a_point_beside_the_path_is_not_optimal():
    A, b = drawn(0, 4, 6)
    path = lasso_path(A, b, 0.01)
    assert violation(A, b, path.at(0.1) + 1e-4, 0.1) > 1e-5
    assert objective(A, b, path.at(0.1) + 1e-4, 0.1) > objective(A, b, path.at(0.1), 0.1)


def test_the_path_of_scikit_learn():
    linear_model = pytest.importorskip("sklearn.linear_model")
    for seed in range(5):
        A, b = drawn(seed, 6, 12)
        alphas, _, coefficients = linear_model.lars_path(A, b, method="lasso")
        path = lasso_path(A, b, 1e-3)
        for alpha, x in zip(alphas * len(b), coefficients.T, strict=True):  # it divides the loss by n
            if alpha > 1e-3:
                np.testing.assert_allclose(path.at(alpha), x, atol=1e-10)


def test_monotone_is_told_from_what_is_not():
    penalties = np.array([1.0, 0.5, 0.25])
    rising = LassoPath(penalties, np.array([[0.0, 0.0], [1.0, -1.0], [1.0, -2.0]]))
    falling_back = LassoPath(penalties, np.array([[0.0, 0.0], [1.0, -1.0], [0.4, -2.0]]))
    assert rising.is_monotone
    assert not falling_back.is_monotone
