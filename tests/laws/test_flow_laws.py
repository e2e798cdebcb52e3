"""Laws of training, over every flow found: the loss falls, the same seed gives the same bits, trouble has a name."""

import jax
import numpy as np
import pytest

import ridgeless as rl
from ridgeless.flows import FOUND

EXAMPLES = {
    "GradientDescent": [
        rl.flows.GradientDescent(max_steps=20_000),
        rl.flows.GradientDescent(momentum=0.9, max_steps=20_000),
    ],
    "GradientFlow": [
        rl.flows.GradientFlow(),
        rl.flows.GradientFlow(coordinates="weights"),
    ],
}
FLOWS = [flow for flows in EXAMPLES.values() for flow in flows]
NETWORKS = [
    rl.networks.Direct(),
    rl.networks.Difference(depth=2),
    rl.networks.Difference(depth=3),
    rl.networks.Product(depth=2),
    rl.networks.TwoBranch(depth=2),
    rl.networks.Dense(hidden=1, width=8),
    rl.networks.Dense(hidden=2, width=(6, 4)),
]


def drawn(seed=0, equations=6, unknowns=20):
    rng = np.random.default_rng(seed)
    return rl.LinearSystem(rng.standard_normal((equations, unknowns)), rng.standard_normal(equations))


def test_every_flow_has_an_example():
    assert set(EXAMPLES) == set(FOUND)


@pytest.mark.parametrize("flow", FLOWS, ids=repr)
@pytest.mark.parametrize("network", NETWORKS, ids=repr)
def test_training_solves_the_system_and_the_loss_falls(network, flow):
    system = drawn()
    found = rl.train(system, network, rl.inits.Gaussian(0.5), flow, tol=1e-6, seed=3)
    assert found.success, found
    assert found.residual <= 1e-6
    assert system.residual(found.x) == pytest.approx(found.residual, rel=1e-6, abs=1e-14)
    if "momentum" not in found.method:
        assert np.all(np.diff(found.history.loss) <= 1e-9 * found.history.loss[0])
    assert found.history.loss[-1] < 1e-6 * found.history.loss[0]
    assert np.all(np.diff(found.history.at) > 0)


@pytest.mark.parametrize("flow", FLOWS, ids=repr)
@pytest.mark.parametrize("network", NETWORKS[1:6:4], ids=repr)
def test_same_seed_same_bits(network, flow):
    first, second = (rl.train(drawn(), network, rl.inits.Gaussian(0.5), flow, tol=1e-6, seed=seed).x for seed in (5, 5))
    other = rl.train(drawn(), network, rl.inits.Gaussian(0.5), flow, tol=1e-6, seed=6).x
    assert np.array_equal(first, second)
    assert not np.array_equal(first, other)


@pytest.mark.parametrize("flow", FLOWS, ids=repr)
def test_nothing_returned_is_a_jax_array_and_x64_is_left_alone(flow):
    before = jax.config.jax_enable_x64
    found = rl.train(drawn(), rl.networks.Difference(2), rl.inits.Constant(0.5), flow, tol=1e-6)
    leaves = jax.tree.leaves([found.x, found.theta, found.dual, found.history.loss, found.stats])
    assert not any(isinstance(leaf, jax.Array) for leaf in leaves)
    assert found.x.dtype == np.float64
    assert jax.config.jax_enable_x64 == before
    assert jax.numpy.ones(1).dtype == jax.numpy.float32


@pytest.mark.parametrize("flow", FLOWS, ids=repr)
def test_a_solved_start_stays(flow):
    system = drawn()
    start = {"x": system.min_norm() + system.project_null(np.ones(20))}
    found = rl.train(system, rl.networks.Direct(), start, flow)
    assert found.success
    assert found.stats["steps"] == 0
    np.testing.assert_array_equal(found.x, start["x"])


@pytest.mark.parametrize("flow", FLOWS, ids=repr)
def test_zero_right_hand_side(flow):
    system = rl.LinearSystem(drawn().A, np.zeros(6))
    found = rl.train(system, rl.networks.Direct(), {"x": np.ones(20)}, flow, tol=1e-9)
    assert found.success
    np.testing.assert_allclose(found.x, system.project_null(np.ones(20)), atol=1e-7)


@pytest.mark.parametrize(
    "flow",
    [
        rl.flows.GradientDescent(max_steps=3),
        rl.flows.GradientFlow(max_steps=3),
        rl.flows.GradientFlow(coordinates="weights", max_steps=3),
    ],
    ids=repr,
)
def test_the_end_of_the_budget_is_a_status(flow):
    found = rl.train(drawn(), rl.networks.Difference(2), rl.inits.Constant(0.01), flow, tol=1e-12)
    assert found.status is rl.Status.MAX_STEPS
    assert not found.success
    assert "budget" in found.message


@pytest.mark.parametrize("network", NETWORKS[1:], ids=repr)
def test_gradient_flow_keeps_what_it_conserves(network):
    system = drawn()
    start = rl.inits.Gaussian(0.5)(network, system, 1)
    flow = rl.flows.GradientFlow(coordinates="weights")
    found = rl.train(system, network, start, flow, tol=1e-8)
    drift = rl.certificates.conservation(system, network, start, found.theta)
    assert drift
    assert max(drift.values()) < 1e-7, drift


def test_gradient_descent_breaks_what_flow_conserves():
    system, network = drawn(), rl.networks.Difference(2)
    start = rl.inits.Gaussian(0.5)(network, system, 1)
    found = rl.train(system, network, start, rl.flows.GradientDescent())
    drift = rl.certificates.conservation(system, network, start, found.theta)
    assert drift["u·v"] > 1e-6
