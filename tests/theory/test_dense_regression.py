"""No hidden layer: training ends at the Euclidean projection of its start on the solutions, by whatever method.

Every step lies in the row space of A: the null part of the start is frozen, and is the gap to the shortest solution.
"""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import ridgeless as rl

EQUATIONS, UNKNOWNS = 4, 9
NETWORKS = {"Direct": (rl.networks.Direct(), "x"), "Dense(0)": (rl.networks.Dense(0), "w")}
METHODS = {
    "descent": lambda step: rl.flows.GradientDescent(step_size=step),
    "heavy ball": lambda step: rl.flows.GradientDescent(step_size=step, momentum=0.8),
    "mini-batches": lambda step: rl.flows.StochasticGradientDescent(batch=2, step_size=step / 4, seed=3),
    "flow": lambda _: rl.flows.GradientFlow(),
}


def drawn(seed, equations=EQUATIONS, unknowns=UNKNOWNS, rank=None):
    """A x = b with singular values from 1 to ½, the start x₀, and the projectors by SVD."""
    rng = np.random.default_rng(np.random.SeedSequence([seed, 101]))
    rank = min(equations, unknowns) if rank is None else rank
    left = np.linalg.qr(rng.standard_normal((equations, equations)))[0][:, :rank]
    right = np.linalg.qr(rng.standard_normal((unknowns, unknowns)))[0][:, :rank].T
    sizes = np.linspace(1, 0.5, rank)
    system = rl.LinearSystem((left * sizes) @ right, left @ rng.standard_normal(rank))
    return system, rng.standard_normal(unknowns), (left, sizes, right)


def projection(system, start, right):
    """θ* + P_N x₀."""
    shortest = np.linalg.pinv(system.A, rcond=1e-10) @ system.b
    return shortest + start - right.T @ (right @ start)


def theta_of(network, name, start):
    return {"W": [], name: start} if isinstance(network, rl.networks.Dense) else {name: start}


@pytest.mark.parametrize("rank", [4, 3])
@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("method", METHODS)
def test_every_method_ends_at_the_projection_of_its_start(method, network, rank):
    trained, name = NETWORKS[network]
    for seed, share in enumerate((0.2, 0.9, 1.7)):
        system, start, (_, sizes, right) = drawn(seed, rank=rank)
        flow = METHODS[method](share / sizes[0] ** 2)
        found = rl.train(system, trained, theta_of(trained, name, start), flow, tol=2e-13)
        wanted = projection(system, start, right)
        assert found.success, found
        assert np.linalg.norm(found.x - wanted) <= 1e-12 * np.linalg.norm(wanted)
        gap = np.linalg.norm(found.x - system.min_norm())
        assert gap == pytest.approx(np.linalg.norm(start - right.T @ (right @ start)), rel=1e-11)


def test_methods_that_look_at_single_entries_end_elsewhere():
    system, start, (_, _, right) = drawn(5)
    for flow in (rl.flows.Adam(step_size=1e-2), rl.flows.AdaGrad(step_size=0.1)):
        found = rl.train(system, rl.networks.Direct(), {"x": start}, flow, tol=1e-7)
        assert found.success
        assert np.linalg.norm(found.x - projection(system, start, right)) > 0.05


def test_the_error_contracts_by_one_minus_step_times_sigma_squared():
    """b − Ax_k = (I − ηAAᵀ)^k (b − Ax₀): along each left singular vector by its own factor."""
    for seed, share in enumerate((0.2, 0.9, 1.7)):
        system, start, (left, sizes, right) = drawn(seed)
        step = share / sizes[0] ** 2
        solved = projection(system, start, right)
        starts = [start, *(solved + row for row in right)]
        for initial in starts:
            misfit = left.T @ (system.b - system.A @ initial)
            flow = rl.flows.GradientDescent(step_size=step, max_steps=20)
            history = rl.train(system, rl.networks.Direct(), {"x": initial}, flow, tol=1e-12).history
            factors = (1 - step * sizes**2) ** history.at[:, None]
            expected = np.linalg.norm(factors * misfit, axis=1) / np.linalg.norm(system.b)
            np.testing.assert_allclose(history.residual, expected, rtol=1e-9, atol=1e-14)


def test_a_step_beyond_the_bound_diverges():
    system, start, (_, sizes, _) = drawn(0)
    for share, status in ((1.98, rl.Status.CONVERGED), (2.05, rl.Status.DIVERGED)):
        flow = rl.flows.GradientDescent(step_size=share / sizes[0] ** 2)
        assert rl.train(system, rl.networks.Direct(), {"x": start}, flow).status is status


@given(
    st.integers(0, 99),
    st.sampled_from([(1, 2), (2, 9), (5, 6), (8, 40)]),
    st.floats(0.2, 1.0),
    st.floats(1e-6, 1e6),
)
@pytest.mark.usefixtures("as_a_user")
def test_the_limit_at_any_shape_rank_and_scale(seed, shape, share, scale):
    rank = max(1, round(share * shape[0]))
    system, start, (_, _, right) = drawn(seed, *shape, rank=rank)
    assert system.rank == rank
    wanted = projection(system, scale * start, right)
    for network, name in NETWORKS.values():
        found = rl.limit(system, network, theta_of(network, name, scale * start))
        assert np.linalg.norm(found.x - wanted) <= 1e-12 * np.linalg.norm(wanted)
