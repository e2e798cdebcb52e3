"""Conjugate gradients: a step for each singular value, and the end of gradient descent."""

import numpy as np
import pytest
from hypothesis import given, strategies

import ridgeless as rl

UNKNOWNS = 12

pytestmark = pytest.mark.usefixtures("as_a_user")


def of_singular_values(values, seed, scale=1.0):
    rng = np.random.default_rng(np.random.SeedSequence([seed, 11]))
    left = np.linalg.qr(rng.standard_normal((len(values), len(values))))[0]
    right = np.linalg.qr(rng.standard_normal((UNKNOWNS, len(values))))[0]
    A = scale * (left * np.array(values)) @ right.T
    return rl.LinearSystem(A, A @ rng.standard_normal(UNKNOWNS))


@given(
    values=strategies.lists(strategies.sampled_from([1.0, 2.0, 3.0, 5.0]), min_size=6, max_size=6),
    seed=strategies.integers(0, 99),
    scale=strategies.sampled_from([1e-6, 1.0, 1e6]),
)
def test_a_step_for_each_distinct_singular_value(values, seed, scale):
    """And the end is the solution nearest to the start, whatever the units."""
    system = of_singular_values(values, seed, scale)
    start = np.random.default_rng(seed).standard_normal(UNKNOWNS)
    found = rl.train(system, rl.networks.Direct(), {"x": start}, rl.flows.ConjugateGradient(), tol=1e-10)
    assert found.success, found
    assert found.stats["steps"] == len(set(values))
    np.testing.assert_allclose(found.x, system.min_norm() + system.project_null(start), atol=1e-9)
    assert "step_size" not in found.stats
    assert found.method.endswith("by conjugate gradients")


def test_it_is_the_method_of_hestenes_and_stiefel():
    """Step by step against SciPy's, on the normal equations."""
    from scipy.sparse.linalg import cg

    system = of_singular_values([1.0, 1.5, 2.0, 3.0, 4.0, 6.0], 0)
    iterates = []
    cg(system.A.T @ system.A, system.A.T @ system.b, rtol=0, maxiter=4, callback=lambda x: iterates.append(x.copy()))
    for steps, wanted in enumerate(iterates, start=1):
        flow = rl.flows.ConjugateGradient(max_steps=steps)
        found = rl.train(system, rl.networks.Direct(), {"x": np.zeros(UNKNOWNS)}, flow, tol=1e-14)
        np.testing.assert_allclose(found.x, wanted, rtol=1e-10, atol=1e-12)


@pytest.mark.slow
def test_dependent_equations_and_other_linear_networks():
    system = of_singular_values([1.0, 2.0, 3.0], 1)
    A = np.vstack([system.A, system.A[0] + system.A[1]])
    repeated = rl.LinearSystem(A, A @ system.min_norm())
    for network in (rl.networks.Direct(), rl.networks.Dense(0), rl.networks.Difference(1)):
        found = rl.train(repeated, network, rl.inits.Gaussian(1.0), rl.flows.ConjugateGradient(), tol=1e-10)
        assert found.success
        exact = rl.limit(repeated, network, rl.inits.Gaussian(1.0))
        np.testing.assert_allclose(found.x, exact.x, atol=1e-8)


def test_networks_of_higher_degree_are_refused():
    system = of_singular_values([1.0, 2.0], 0)
    for network in (rl.networks.Difference(2), rl.networks.Dense(1, 2)):
        assert not rl.flows.ConjugateGradient().settles_on(network)
        for call in (
            lambda network: rl.train(system, network, rl.inits.Gaussian(1.0), rl.flows.ConjugateGradient()),
            lambda network: rl.train_batch(system, network, [rl.inits.Gaussian(1.0)], rl.flows.ConjugateGradient()),
        ):
            with pytest.raises(rl.InvalidInputError, match=r"not quadratic.*rl\.networks\.Direct"):
                call(network)


def test_numbers_beyond_float64_are_told():
    system = rl.LinearSystem(np.array([[1e90, 2e90]]), np.array([1e90]))
    found = rl.train(system, rl.networks.Direct(), {"x": np.array([1e80, 0.0])}, rl.flows.ConjugateGradient())
    assert found.status is rl.Status.DIVERGED
    assert "divide A and b" in found.message


def test_budgets_that_are_none():
    for bad in (0, -1, 2.5, True, None):
        with pytest.raises(rl.InvalidInputError, match=r"flows\.ConjugateGradient.*max_steps"):
            rl.flows.ConjugateGradient(max_steps=bad)
