"""Zeros that the equations force: against one linear program for each coordinate, and against their own proof."""

from fractions import Fraction

import numpy as np
import pytest
import scipy.optimize
from hypothesis import given, settings
from hypothesis import strategies as st

import ridgeless as rl
from ridgeless.errors import InvalidInputError
from ridgeless.systems.forced_zeros import forced_zeros

EPS = np.finfo(float).eps


def design(seed):
    """Rows of 0, ±1, 2, some of them repeated; x sparse, with locked and free coordinates."""
    rng = np.random.default_rng([seed, 12])
    rows, columns = int(rng.integers(3, 9)), int(rng.integers(9, 16))
    A = rng.choice([0.0, 0.0, 1.0, 1.0, 2.0, -1.0 if seed % 2 else 1.0], (rows, columns))
    signs = rng.choice([1.0, 1.0, 1.0, -1.0, 0.0], columns) if seed % 3 else np.ones(columns)
    x = np.where(rng.random(columns) < 0.25, rng.integers(1, 9, columns), 0.0)
    return A, x * np.where(signs == 0, rng.choice([-1, 1], columns), signs), signs


def tomography(seed, size=6, lit=4):
    """Sums along rows, columns and diagonals of a picture with few bright pixels."""
    rng = np.random.default_rng([seed, size])
    x = np.zeros((size, size))
    x.flat[rng.choice(size * size, lit, replace=False)] = rng.integers(1, 9, lit)
    index = np.arange(size * size).reshape(size, size)
    rays = [*index, *index.T, *(np.diagonal(index, k) for k in range(1 - size, size))]
    A = np.zeros((len(rays), size * size))
    for row, ray in zip(A, rays, strict=True):
        row[ray] = 1.0
    return A, x.ravel()


def zeros_by_programs(A, b, signs):
    """A locked coordinate is forced where even the largest |x_i| is 0: one linear program each."""
    bounds = [(0, None) if sign > 0 else (None, 0) if sign < 0 else (None, None) for sign in signs]
    mask = np.zeros(len(signs), dtype=bool)
    for i in np.flatnonzero(signs):
        costs = np.zeros(len(signs))
        costs[i] = -signs[i]
        program = scipy.optimize.linprog(costs, A_eq=A, b_eq=b, bounds=bounds, method="highs")
        mask[i] = program.status == 0 and -program.fun < 1e-7
    return mask


def proves(A, b, signs, found):
    """Whether the exposing vector shows the mask to be 0 for every solution, to the rounding of products."""
    w = found.exposing
    pulls, noise = signs * (A.T @ w), 256 * EPS * (np.abs(A).T @ np.abs(w))
    inside = np.where(signs == 0, np.abs(A.T @ w), np.abs(pulls))[~found.mask]
    is_level = abs(b @ w) <= 256 * EPS * (np.abs(b) @ np.abs(w))
    return bool(np.all(pulls[found.mask] > noise[found.mask]) and np.all(inside <= noise[~found.mask]) and is_level)


@pytest.mark.parametrize("seed", range(40))
def test_against_linear_programs(seed):
    A, x, signs = design(seed)
    found = forced_zeros(rl.LinearSystem(A, A @ x), signs)
    np.testing.assert_array_equal(found.mask, zeros_by_programs(A, A @ x, signs))
    assert not found.mask.any() or proves(A, A @ x, signs, found)
    assert found.backward_error <= 1e-15
    assert not found.point[found.mask].any()
    assert np.all(signs * found.point >= 0)


def test_the_designs_above_force_some_and_spare_some():
    counts = [forced_zeros(rl.LinearSystem(A, A @ x), signs).mask.mean() for A, x, signs in map(design, range(40))]
    assert sum(count == 0 for count in counts) >= 5
    assert sum(0 < count < 0.7 for count in counts) >= 5


@pytest.mark.parametrize("lit", [3, 6, 12])
def test_dark_rays(lit):
    for seed in range(4):
        A, x = tomography(seed, lit=lit)
        found = forced_zeros(rl.LinearSystem(A, A @ x), np.ones(36))
        np.testing.assert_array_equal(found.mask, zeros_by_programs(A, A @ x, np.ones(36)))
        assert proves(A, A @ x, np.ones(36), found)
        assert found.bound[found.mask].max() < 1e-11
        assert np.isinf(found.bound[~found.mask]).all()


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.integers(0, 2))
def test_units_order_and_sides_do_not_matter(seed, kind):
    A, x, signs = design(seed)
    mask = forced_zeros(rl.LinearSystem(A, A @ x), signs).mask
    rng = np.random.default_rng(seed)
    if kind == 0:  # rows and columns in other units
        rows, columns = 10.0 ** rng.uniform(-6, 6, len(A)), 10.0 ** rng.uniform(-3, 3, len(x))
        other, signs_there, order = A * rows[:, None] * columns, signs, np.arange(len(x))
        right = rows * (A @ x)
    elif kind == 1:  # coordinates in another order
        order = rng.permutation(len(x))
        other, signs_there, right = A[:, order], signs[order], A @ x
    else:  # the other side of 0
        turned = rng.choice([-1.0, 1.0], len(x))
        other, signs_there, right, order = A * turned, signs * turned, A @ x, np.arange(len(x))
    found = forced_zeros(rl.LinearSystem(other, right), signs_there)
    np.testing.assert_array_equal(found.mask, mask[order])


@pytest.mark.parametrize("equations", [6, 8, 10, 12, 16, 20, 30])
def test_sums_of_exponentials(equations):
    """Two decays among 40 are the only nonnegative ones with their sum, at conditions from 1e4 to beyond 1e17."""
    times = np.linspace(0, 1, equations)
    A = np.exp(-np.outer(times, np.linspace(0.5, 8, 40)))
    x = np.zeros(40)
    x[[5, 30]] = 1.0, 2.0
    found = forced_zeros(rl.LinearSystem(A, A @ x), np.ones(40))
    np.testing.assert_array_equal(np.flatnonzero(~found.mask), [5, 30])
    np.testing.assert_allclose(found.point, x, rtol=0, atol=1e-14)
    assert found.bound[found.mask].max() <= 1e-8
    assert proves(A, A @ x, np.ones(40), found)


def test_a_point_in_rational_numbers():
    """Integers up to 9: the point solves the equations exactly where its entries are integers as well."""
    A, x = tomography(3, lit=3)
    found = forced_zeros(rl.LinearSystem(A, A @ x), np.ones(36))
    exact = [Fraction(value).limit_denominator(1000) for value in found.point.tolist()]
    for row, right in zip(A, A @ x, strict=True):
        assert sum(Fraction(int(a)) * value for a, value in zip(row, exact, strict=True)) == Fraction(int(right))


def test_nothing_is_forced_inside_the_cone():
    rng = np.random.default_rng(0)
    A = rng.standard_normal((10, 30))
    assert not forced_zeros(rl.LinearSystem(A, A @ rng.uniform(0.1, 1.0, 30)), np.ones(30)).mask.any()
    assert not forced_zeros(rl.LinearSystem(A, A @ rng.standard_normal(30)), np.zeros(30)).mask.any()


@pytest.mark.parametrize("miss", [1e-2, 1e-5, 1e-8])
def test_a_witness_where_no_solution_has_the_signs(miss):
    A, x = tomography(1)
    b = A @ x
    b[np.flatnonzero(b == 0)[0]] = -miss
    found = forced_zeros(rl.LinearSystem(A, b), np.ones(36))
    assert not found.mask.any()
    assert found.backward_error > 1e-10
    r = found.witness
    assert np.max(A.T @ r) <= 1e-13 * np.linalg.norm(r)
    assert b @ r > 0


def test_b_within_its_rounding_counts_as_met():
    A, x = tomography(2)
    A = A * (1 + np.random.default_rng(0).random(A.shape))
    exact = forced_zeros(rl.LinearSystem(A, A @ x), np.ones(36))
    shaken = A @ x * (1 + 4 * EPS * np.random.default_rng(1).choice([-1, 1], len(A)))
    found = forced_zeros(rl.LinearSystem(A, shaken), np.ones(36))
    np.testing.assert_array_equal(found.mask, exact.mask)
    assert exact.mask.sum() > 20


def test_the_proof_above_can_fail():
    A, x = tomography(0)
    b, signs = A @ x, np.ones(36)
    found = forced_zeros(rl.LinearSystem(A, b), signs)
    assert proves(A, b, signs, found)
    lit = found.mask.copy()
    lit[np.flatnonzero(x)[0]] = True
    broken = type(found)(lit, found.exposing, found.bound, found.point, found.backward_error, found.witness)
    assert not proves(A, b, signs, broken)
    assert not proves(A, b + 1e-9, signs, found)


@pytest.mark.parametrize("signs", [np.ones(3), np.full(36, 0.5), np.full(36, np.nan)])
def test_signs_are_checked(signs):
    A, x = tomography(0)
    with pytest.raises(InvalidInputError, match="signs"):
        forced_zeros(rl.LinearSystem(A, A @ x), signs)
