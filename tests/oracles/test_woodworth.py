"""Reference values of Woodworth et al. 2020, Figure 1: computed elsewhere, three seeds, D = 2 and 3."""

import numpy as np
import pytest
import scipy.optimize

import ridgeless as rl

SEEDS = (0, 1, 2)
# depth, scale, mean ‖x − x*‖², mean excess of ‖x‖₁ over the least ℓ1 norm
REFERENCE = [
    (2, 3.0, 0.878, 2.155),
    (2, 1.0, 0.878, 2.155),
    (2, 0.3, 0.874, 2.149),
    (2, 0.1, 0.703, 1.814),
    (2, 0.03, 0.138, 0.547),
    (2, 0.01, 0.0252, 0.134),
    (2, 1e-3, 0.0093, 0.0219),
    (2, 1e-4, 0.0078, 0.0079),
    (2, 1e-6, 0.0072, 0.0025),
    (3, 1.0, 0.878, 2.155),
    (3, 0.5, 0.874, 2.147),
    (3, 0.3, 0.795, 1.997),
    (3, 0.2, 0.427, 1.286),
    (3, 0.1, 0.0262, 0.216),
    (3, 0.05, 0.0068, 0.0487),
]


@pytest.fixture(scope="module")
def systems():
    problem = rl.systems.FOUND["GaussianSparse"](equations=100, unknowns=1000, nonzeros=5, noise=0.1)
    return [problem.system(seed) for seed in SEEDS]


@pytest.fixture(scope="module")
def least_norms(systems):
    programs = [
        scipy.optimize.linprog(
            np.ones(2000), A_eq=np.hstack([system.A, -system.A]), b_eq=system.b, bounds=(0, None), method="highs"
        )
        for system in systems
    ]
    return [program.fun for program in programs]


def test_the_systems_are_drawn_as_stated(systems):
    rng = np.random.default_rng(np.random.SeedSequence(1))
    X = rng.standard_normal((100, 1000))
    truth = np.zeros(1000)
    truth[rng.choice(1000, 5, replace=False)] = 1 / np.sqrt(5)
    np.testing.assert_array_equal(systems[1].A, X)
    np.testing.assert_array_equal(systems[1].truth, truth)
    np.testing.assert_allclose(systems[1].b, X @ truth + 0.1 * rng.standard_normal(100), rtol=0, atol=1e-12)


def test_the_ends_of_the_range(systems, least_norms):
    shortest = [system.min_norm() for system in systems]
    errors = [np.sum((x - system.truth) ** 2) for x, system in zip(shortest, systems, strict=True)]
    assert np.mean(least_norms) == pytest.approx(2.71, rel=0.01)
    assert np.mean([np.abs(x).sum() for x in shortest]) == pytest.approx(8.55, rel=0.01)
    assert np.mean(errors) == pytest.approx(0.878, rel=0.01)


@pytest.mark.parametrize(("depth", "scale", "error", "excess"), REFERENCE)
def test_reference_values_to_five_percent(systems, least_norms, depth, scale, error, excess):
    found = [rl.limit(system, rl.networks.Difference(depth), rl.inits.Constant(scale)) for system in systems]
    assert all(rl.certify(solution).verdict == "certified" for solution in found)
    errors = [np.sum((solution.x - solution.system.truth) ** 2) for solution in found]
    excesses = [np.abs(solution.x).sum() / least - 1 for solution, least in zip(found, least_norms, strict=True)]
    assert np.mean(errors) == pytest.approx(error, rel=0.05)
    assert np.mean(excesses) == pytest.approx(excess, rel=0.05)
