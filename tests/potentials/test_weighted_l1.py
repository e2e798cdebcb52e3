"""The weighted ℓ1 norm: its value, its conjugate, and its box."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ridgeless.potentials import WeightedL1

seeds = st.integers(0, 2**32 - 1)


def drawn(seed, unknowns=7):
    rng = np.random.default_rng(seed)
    norm = WeightedL1(*10 ** rng.uniform(-3, 3, (2, unknowns)))
    return rng, norm, rng.standard_normal(unknowns) * rng.integers(0, 2, unknowns)


@given(seed=seeds)
def test_it_is_a_norm_but_for_symmetry(seed):
    rng, norm, x = drawn(seed)
    y, factor = rng.standard_normal(7), rng.uniform(0, 10)
    assert norm.value(np.zeros(7)) == 0
    np.testing.assert_allclose(norm.value(factor * x), factor * norm.value(x), rtol=1e-13)
    assert norm.value(x + y) <= (norm.value(x) + norm.value(y)) * (1 + 1e-13)


@given(seed=seeds)
def test_it_is_the_support_function_of_its_box(seed):
    _, norm, x = drawn(seed)
    edge = np.where(x > 0, norm.positive, -norm.negative)
    np.testing.assert_allclose(norm.value(x), x @ edge, rtol=1e-13)
    assert norm.conjugate(edge) == 0
    assert norm.conjugate(1.001 * edge) == np.inf
    np.testing.assert_allclose(norm.reach(edge), 1.0, rtol=1e-15)


@given(seed=seeds)
def test_the_gradient_is_the_slope(seed):
    _, norm, x = drawn(seed)
    slope = norm.gradient(x)
    assert np.array_equal(np.isnan(slope), x == 0)
    for i in np.flatnonzero(x):
        step = np.zeros(7)
        step[i] = 1e-3 * x[i]
        np.testing.assert_allclose((norm.value(x + step) - norm.value(x - step)) / (2 * step[i]), slope[i], rtol=1e-6)


def test_a_locked_sign_costs_infinitely_much():
    norm = WeightedL1(np.array([1.0, np.inf]), np.array([np.inf, 2.0]))
    assert norm.value(np.array([3.0, -1.0])) == 5.0
    assert norm.value(np.array([-1e-300, 0.0])) == np.inf
    assert np.isnan(norm.gradient(np.array([-1.0, 1.0]))).all()
    assert norm.excess(np.array([-1e300, 1e300])) <= 0
    assert np.array_equal(norm.restricted(np.array([False, True])).negative, [2.0])


def test_the_mirror_map_is_0_inside_and_unknown_on_the_edge():
    norm = WeightedL1(np.ones(4), np.full(4, 2.0))
    found = norm.conjugate_gradient(np.array([0.5, 1.0, 1.5, -2.5]))
    np.testing.assert_array_equal(found, [0.0, np.nan, np.inf, -np.inf])
