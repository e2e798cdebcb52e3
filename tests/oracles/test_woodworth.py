"""Kernel and rich regimes (Woodworth et al. 2020): the figures' reference values, from the limit, to 5 %.

X of 100 rows and 1000 columns N(0, 1), five entries 1/√5, label noise of deviation 0.1, means over three seeds. The
values were computed once by an independent exact dual solver; ‖x − x*‖² is the population error, and the excess is
‖x‖₁ over the least ‖x‖₁ that solves the system, in its unit.
"""

import numpy as np
import pytest
import scipy.optimize

import ridgeless as rl

# depth, scale, error, excess
RICH = [
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
LEAST_L1_ERROR, LEAST_L1 = 0.0074, 2.71
LEAST_L2_ERROR, LEAST_L2_L1 = 0.878, 8.55


@pytest.fixture(scope="module")
def systems():
    """Drawn here in the order X, support, noise, from default_rng(seed), as the reference values were."""
    return [drawn(np.random.default_rng(seed)) for seed in range(3)]


def drawn(rng):
    X, support = rng.standard_normal((100, 1000)), rng.choice(1000, 5, replace=False)
    truth = np.zeros(1000)
    truth[support] = 1 / np.sqrt(5)
    return rl.LinearSystem(X, X @ truth + 0.1 * rng.standard_normal(100), truth)


@pytest.fixture(scope="module")
def least(systems):
    """The solutions of least ‖x‖₁, by HiGHS."""
    found = []
    for system in systems:
        A = system.A
        program = scipy.optimize.linprog(np.ones(2000), A_eq=np.hstack([A, -A]), b_eq=system.b, method="highs-ds")
        assert program.status == 0
        found.append(program.x[:1000] - program.x[1000:])
    return found


def errors(systems, answers):
    return np.mean([np.sum((x - system.truth) ** 2) for system, x in zip(systems, answers, strict=True)])


def test_the_problem_of_the_library_is_the_same_but_for_its_streams():
    problem = rl.systems.GaussianSparse(noise=0.1)
    found = problem.system(0)
    wanted = drawn(np.random.default_rng(np.random.SeedSequence(0, spawn_key=problem.stream)))
    np.testing.assert_array_equal(found.A, wanted.A)
    np.testing.assert_array_equal(found.truth, wanted.truth)
    assert np.std(found.b - wanted.A @ wanted.truth) == pytest.approx(
        np.std(wanted.b - wanted.A @ wanted.truth), rel=0.2
    )


def test_least_l1(systems, least):
    assert errors(systems, least) == pytest.approx(LEAST_L1_ERROR, rel=0.05)
    assert np.mean([np.abs(x).sum() for x in least]) == pytest.approx(LEAST_L1, rel=0.01)


def test_least_l2(systems):
    answers = [rl.limit(system, rl.networks.Direct(), {"x": np.zeros(1000)}).x for system in systems]
    assert errors(systems, answers) == pytest.approx(LEAST_L2_ERROR, rel=0.01)
    assert np.mean([np.abs(x).sum() for x in answers]) == pytest.approx(LEAST_L2_L1, rel=0.01)


@pytest.mark.parametrize(("depth", "scale", "error", "excess"), RICH)
def test_reference_values(depth, scale, error, excess, systems, least, as_a_user):
    network, init = rl.networks.Difference(depth), rl.inits.Constant(scale)
    answers = [rl.limit(system, network, init) for system in systems]
    assert all(found.success for found in answers)
    assert errors(systems, [found.x for found in answers]) == pytest.approx(error, rel=0.05)
    norms = [np.abs(found.x).sum() / np.abs(x).sum() - 1 for found, x in zip(answers, least, strict=True)]
    assert np.mean(norms) == pytest.approx(excess, rel=0.05)
