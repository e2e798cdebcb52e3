"""Laws of training, over every flow found: the loss falls, the same seed gives the same bits, trouble has a name."""

import dataclasses

import jax
import numpy as np
import pytest

import ridgeless as rl
from ridgeless.flows import FOUND

EXAMPLES = {
    "AdaGrad": [rl.flows.AdaGrad(step_size=0.05, max_steps=20_000)],
    "Adam": [rl.flows.Adam(step_size=0.01, max_steps=20_000)],
    "DecayThenOff": [rl.flows.DecayThenOff(decay=0.1, steps=50)],
    "GradientDescent": [
        rl.flows.GradientDescent(max_steps=20_000),
        rl.flows.GradientDescent(momentum=0.9, max_steps=20_000),
    ],
    "GradientFlow": [
        rl.flows.GradientFlow(),
        rl.flows.GradientFlow(coordinates="weights"),
    ],
    "Muon": [rl.flows.Muon(step_size=1e-3, max_steps=20_000)],
    "RiemannianDescent": [rl.flows.RiemannianDescent(max_steps=20_000)],
    "RiemannianFlow": [rl.flows.RiemannianFlow()],
    "StochasticGradientDescent": [rl.flows.StochasticGradientDescent(batch=3, max_steps=100_000)],
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
# What only Riemannian flows train, and what they train only.
ORTHOGONAL = [rl.networks.Orthogonal(depth=2), rl.networks.Orthogonal(depth=1, train_vector=False)]


DENSE = [network for network in NETWORKS if isinstance(network, rl.networks.Dense)]
# On matrices every step of Muon is as long as its step size: it hovers where others settle.
ONLY = {
    "DecayThenOff": DENSE,
    "Muon": NETWORKS[:3],
    "RiemannianDescent": ORTHOGONAL,
    "RiemannianFlow": ORTHOGONAL,
}
LEAVES_THE_ROW_SPACE = {"AdaGrad", "Adam", "Muon"}


def name_of(flow):
    return type(flow).__name__


def networks_of(flow):
    return ONLY.get(name_of(flow), NETWORKS)


def with_budget(flow, steps):
    if name_of(flow) == "DecayThenOff":
        return dataclasses.replace(flow, steps=1, then=dataclasses.replace(flow.then, max_steps=steps))
    return dataclasses.replace(flow, max_steps=steps)


def never_rises(flow):
    """Whether every step is downhill: no memory, no noise, no steps by entry."""
    is_plain = name_of(flow) == "GradientDescent" and not flow.momentum
    return is_plain or name_of(flow) in {"GradientFlow", "RiemannianDescent", "RiemannianFlow"}


def pairs(flows, chosen=slice(None)):
    return pytest.mark.parametrize(
        ("flow", "network"), [(flow, network) for flow in flows for network in networks_of(flow)[chosen]], ids=repr
    )


def init_of(network):
    """A fixed w has to be as long as the shortest solution."""
    return rl.inits.Gaussian(2.0 if network == ORTHOGONAL[1] else 0.5)


def at(x, flow):
    """A network that the flow trains, and weights that stand for x."""
    if "Riemannian" in repr(flow):
        return rl.networks.Orthogonal(train_vector=False), {"Q": [np.eye(len(x))], "w": x}
    if name_of(flow) == "DecayThenOff":
        return rl.networks.Dense(1), {"W": [np.outer(x, [1.0, 0.0])], "w": np.array([1.0, 0.0])}
    return rl.networks.Direct(), {"x": x}


def drawn(seed=0, equations=6, unknowns=20):
    rng = np.random.default_rng(seed)
    return rl.LinearSystem(rng.standard_normal((equations, unknowns)), rng.standard_normal(equations))


def test_every_flow_has_an_example():
    assert set(EXAMPLES) == set(FOUND)


@pairs(FLOWS)
def test_training_solves_the_system_and_the_loss_falls(network, flow):
    system = drawn()
    found = rl.train(system, network, init_of(network), flow, tol=1e-6, seed=3)
    assert found.success, found
    assert found.residual <= 1e-6
    assert system.residual(found.x) == pytest.approx(found.residual, rel=1e-6, abs=1e-14)
    if never_rises(flow):
        assert np.all(np.diff(found.history.loss) <= 1e-9 * found.history.loss[0])
    assert found.history.loss[-1] < 1e-6 * found.history.loss[0]
    assert np.all(np.diff(found.history.at) > 0)


@pairs(FLOWS, chosen=slice(1, 6, 4))
def test_same_seed_same_bits(network, flow):
    first, second = (rl.train(drawn(), network, init_of(network), flow, tol=1e-6, seed=seed).x for seed in (5, 5))
    other = rl.train(drawn(), network, init_of(network), flow, tol=1e-6, seed=6).x
    assert np.array_equal(first, second)
    assert not np.array_equal(first, other)


@pairs(FLOWS, chosen=slice(1, 2))
def test_nothing_returned_is_a_jax_array_and_x64_is_left_alone(network, flow):
    before = jax.config.jax_enable_x64
    found = rl.train(drawn(), network, init_of(network), flow, tol=1e-6)
    leaves = jax.tree.leaves([found.x, found.theta, found.dual, found.history.loss, found.stats])
    assert not any(isinstance(leaf, jax.Array) for leaf in leaves)
    assert found.x.dtype == np.float64
    assert jax.config.jax_enable_x64 == before
    assert jax.numpy.ones(1).dtype == jax.numpy.float32


@pytest.mark.parametrize("flow", [flow for flow in FLOWS if name_of(flow) != "DecayThenOff"], ids=repr)
def test_a_solved_start_stays(flow):
    system = drawn()
    solution = system.min_norm() + system.project_null(np.ones(20))
    found = rl.train(system, *at(solution, flow), flow)
    assert found.success
    assert found.stats["steps"] == 0
    np.testing.assert_array_equal(found.x, solution)


@pytest.mark.parametrize("flow", FLOWS, ids=repr)
def test_zero_right_hand_side(flow):
    system = rl.LinearSystem(drawn().A, np.zeros(6))
    network, start = at(np.ones(20), flow)
    found = rl.train(system, network, start, flow, tol=1e-9)
    assert found.success
    if name_of(flow) in LEAVES_THE_ROW_SPACE | {"DecayThenOff"}:
        return  # no law says where these end
    kept = system.project_null(np.ones(20))
    # A sphere keeps the norm of x as well, not only the direction of its null part.
    wanted = kept if network == rl.networks.Direct() else np.sqrt(20) * kept / np.linalg.norm(kept)
    np.testing.assert_allclose(found.x, wanted, atol=1e-7)


@pairs([with_budget(flow, 3) for flow in FLOWS], chosen=slice(1, 2))
def test_the_end_of_the_budget_is_a_status(network, flow):
    found = rl.train(drawn(), network, init_of(network), flow, tol=1e-12)
    assert found.status is rl.Status.MAX_STEPS
    assert not found.success
    assert "budget" in found.message


@pairs([rl.flows.GradientFlow(coordinates="weights"), rl.flows.RiemannianFlow()])
def test_gradient_flow_keeps_what_it_conserves(network, flow):
    system = drawn()
    start = init_of(network)(network, system, 1)
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
