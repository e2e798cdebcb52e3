"""Raking is the limit of `Power(2)` started at √seed: against iterative proportional fitting."""

from itertools import pairwise

import numpy as np
import pytest

import ridgeless as rl

RNG = np.random.default_rng(9)


def margins(shape):
    rows, columns = shape
    return np.vstack([np.kron(np.eye(rows), np.ones(columns)), np.kron(np.ones(rows), np.eye(columns))])


def raked(seed, rows, columns):
    system = rl.LinearSystem(margins(seed.shape), np.concatenate([rows, columns]))
    return rl.limit(system, rl.networks.Power(2), {"u": np.sqrt(seed.ravel())})


def iterative_proportional_fitting(seed, rows, columns, sweeps):
    fitted = seed.copy()
    for _ in range(sweeps):
        fitted = fitted * (rows / fitted.sum(axis=1))[:, None]
        fitted = fitted * columns / fitted.sum(axis=0)
    return fitted


def tables(shape):
    seed = RNG.integers(2, 60, shape).astype(float)
    population = seed * RNG.uniform(5, 90, (shape[0], 1)) * RNG.uniform(0.3, 3, shape)
    return seed, population.sum(axis=1), population.sum(axis=0)


@pytest.mark.parametrize("shape", [(2, 2), (2, 3), (4, 5), (6, 3), (10, 12)])
def test_both_find_the_same_table(shape):
    seed, rows, columns = tables(shape)
    found = raked(seed, rows, columns)
    loop = iterative_proportional_fitting(seed, rows, columns, 500)
    assert rl.certify(found).verdict.value == "certified"
    np.testing.assert_allclose(found.x.reshape(shape), loop, rtol=1e-8)


def test_the_loop_is_nearer_with_every_sweep():
    seed, rows, columns = tables((4, 5))
    exact = raked(seed, rows, columns).x.reshape(seed.shape)
    away = [np.abs(iterative_proportional_fitting(seed, rows, columns, k) - exact).max() for k in range(1, 6)]
    assert all(later < 0.9 * earlier for earlier, later in pairwise(away))


def test_the_odds_ratios_of_the_seed_stay():
    seed, rows, columns = tables((3, 4))

    def odds(table):
        return table[0, 0] * table[1, 1] / (table[0, 1] * table[1, 0])

    assert odds(raked(seed, rows, columns).x.reshape(3, 4)) == pytest.approx(odds(seed), rel=1e-8)


def test_zeros_of_the_seed_stay_zeros():
    seed, rows, columns = tables((3, 4))
    seed[1, 2] = 0.0
    found = raked(seed, rows, columns).x.reshape(3, 4)
    assert found[1, 2] == 0
    np.testing.assert_allclose(found, iterative_proportional_fitting(seed, rows, columns, 2000), rtol=1e-7)


def test_margins_that_contradict_each_other_are_refused():
    seed, rows, columns = tables((3, 4))
    with pytest.raises(rl.errors.InconsistentSystemError, match="equation"):
        raked(seed, rows, 2 * columns)
