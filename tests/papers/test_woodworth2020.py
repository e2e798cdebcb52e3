"""Woodworth et al. 2020: every section passes with few seeds, fails where its law is broken, and has known numbers."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.integrate import quad

import ridgeless as rl
from ridgeless.papers import FOUND
from ridgeless.papers.woodworth2020 import e1_potential as potential
from ridgeless.papers.woodworth2020 import e2_enough as enough
from ridgeless.papers.woodworth2020 import e3_population_error as error
from ridgeless.papers.woodworth2020 import e4_samples as samples
from ridgeless.papers.woodworth2020._systems import FULL, noisy_sparse, population_error

BUDGET = FOUND["woodworth2020"].budget("seconds", seeds=2)


@pytest.fixture(scope="module")
def computed():
    return {
        "enough": enough.run(BUDGET, print),
        "error": error.run(BUDGET, print),
        "samples": samples.run(BUDGET, print),
    }


SECTIONS = {"enough": enough, "error": error, "samples": samples}


def trained(depth=3):
    """What E1 finds where all is well, without a training."""
    exact = np.tile(np.linspace(1, 2, 4), (3, 1))
    return potential.Trained(depth, np.zeros((3, 4)), np.zeros((3, 4)), exact, exact)


def test_a_training_beside_its_potential_fails(failed):
    assert failed(potential.section([trained()])) == []
    for name in ("stationarity", "misses"):
        assert len(failed(potential.section([replace(trained(), **{name: np.full((3, 4), 1e-7)})]))) == 1


@pytest.mark.parametrize("depth", [2, 3, 4])
def test_the_potential_is_that_of_the_limit_and_of_no_other_depth(depth):
    rng = np.random.default_rng(0)
    system = rl.LinearSystem(rng.standard_normal((3, 7)), rng.standard_normal(3))
    x = rl.limit(system, rl.networks.Difference(depth), rl.inits.Constant(0.4)).x
    assert potential.stationarity(system, x, 0.4, depth) < 1e-9
    assert potential.stationarity(system, x, 0.4, depth + 1) > 1e-3
    assert potential.stationarity(system, x, 0.5, depth) > 1e-3


def test_the_printed_potential_of_depth_two_has_the_gradient_that_is_used():
    for z in (0.3, 4.0, -2.0):
        printed = 2 - np.sqrt(4 + z**2) + z * np.arcsinh(z / 2)
        area = quad(lambda t: float(potential.potential_gradient(np.array([t]), 1.0, 2)[0]), 0, z)[0]
        assert area == pytest.approx(printed, rel=1e-9)


def regimes(change):
    """Changes of a comparison: each of its depths changed."""
    return {"regimes": lambda one: [change(each) for each in one.regimes]}


def swapped(rows):
    """Two neighbours in the middle of each row exchanged."""
    middle = rows.shape[1] // 2
    order = np.arange(rows.shape[1])
    order[[middle - 1, middle]] = middle, middle - 1
    return rows[:, order]


@pytest.mark.parametrize(
    ("name", "changes", "statement"),
    [
        ("enough", {"rich": lambda one: one.rich + 0.2}, "Theorem 2, ε = 0.1,"),
        ("enough", {"lazy": lambda one: one.lazy + 0.2}, "Theorem 3, ε = 0.1,"),
        ("enough", {"vanishing": lambda one: one.vanishing + 1e-6}, "vanishing starts"),
        ("error", {"shortest": lambda one: 1.1 * one.shortest}, "error over that of A⁺b, α = 10"),
        ("error", regimes(lambda each: replace(each, errors=each.errors + 1)), "error over that of A⁺b, α = 10⁻⁶"),
        ("error", regimes(lambda each: replace(each, excess=each.excess + 0.02)), "ℓ1 excess at α = 0.1"),
        ("error", regimes(lambda each: replace(each, excess=swapped(each.excess))), "never falls"),
        ("error", regimes(lambda each: replace(each, depth={2: 5, 3: 3, 5: 2}[each.depth])), "scale of half"),
        ("error", regimes(lambda each: replace(each, depth={2: 5, 3: 3, 5: 2}[each.depth])), "decades of α"),
        ("samples", {"sparse": lambda one: one.sparse / 2}, "samples at α = 10⁻⁶"),
        ("samples", {"by_scale": lambda one: one.by_scale[:, ::-1]}, "never falls"),
        ("samples", {"most": lambda one: one.most + 1}, "over half the unknowns"),
    ],
)
def test_a_broken_law_fails(name, changes, statement, computed, failed):
    found = computed[name]
    broken = replace(found, **{field: change(found) for field, change in changes.items()})
    assert failed(SECTIONS[name].section(found)) == []
    assert any(statement in told for told in failed(SECTIONS[name].section(broken)))


def test_the_bisection_finds_the_first_that_is_enough():
    whole = rl.LinearSystem(np.eye(9), np.ones(9), np.ones(9))
    assert samples.fewest(whole, lambda system: np.ones(9) * (system.shape[0] >= 6)) == 6
    assert samples.fewest(whole, lambda system: np.zeros(9)) == 9


# ‖x − x*‖² and ‖x∞‖₁/min‖x‖₁ − 1, means over three systems, from an independent dual solver.
KNOWN = {
    2: {3.0: (0.878, 2.155), 0.1: (0.703, 1.814), 0.03: (0.138, 0.547), 0.01: (0.0252, 0.134), 1e-3: (0.0093, 0.0219)},
    3: {0.5: (0.874, 2.147), 0.2: (0.427, 1.286), 0.1: (0.0262, 0.216), 0.05: (0.0068, 0.0487)},
    5: {0.7: (0.874, 2.148), 0.5: (0.772, 1.955), 0.4: (0.359, 1.166)},
}


@pytest.mark.slow
def test_the_known_numbers_come_out():
    systems = [noisy_sparse(seed, FULL) for seed in (0, 1, 2)]
    least = [np.abs(rl.limit(one, rl.networks.Difference(2), rl.inits.Vanishing()).x).sum() for one in systems]
    assert np.mean(least) == pytest.approx(2.71, rel=0.05)
    for depth, table in KNOWN.items():
        paths = [rl.limit_path(one, rl.networks.Difference(depth), list(table)).x for one in systems]
        errors = np.mean(
            [[population_error(one, x) for x in path] for one, path in zip(systems, paths, strict=True)], axis=0
        )
        excess = np.mean([np.abs(path).sum(axis=1) / low - 1 for path, low in zip(paths, least, strict=True)], axis=0)
        np.testing.assert_allclose(np.column_stack([errors, excess]), np.array(list(table.values())), rtol=0.05)
