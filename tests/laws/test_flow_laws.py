"""Laws of training, over every flow found: the loss falls, the same seed gives the same bits, trouble has a name."""

import jax
import numpy as np
import pytest

import ridgeless as rl
from ridgeless.flows import FOUND
from ridgeless.networks import FOUND as NETWORKS

EQUATIONS, UNKNOWNS = 6, 20
FLOWS = [flow for kind in FOUND.values() for flow in kind.examples()]
# Every pair of a flow and a network is compiled for itself: these two flows on all networks, others on two of each.
EVERYWHERE = (rl.flows.GradientFlow, rl.flows.GradientDescent)


def plain(kind):
    """A network of the class without arguments, or its first example where it needs some."""
    try:
        return kind()
    except rl.errors.InvalidInputError:
        return kind.examples()[0]


def trained_by(flow):
    """One network of each class that the flow trains."""
    return [network for kind in NETWORKS.values() if flow.settles_on(network := plain(kind))]


def tried_on(flow):
    """The networks that it trains; one that settles on none is tried on a diagonal one, and hovers."""
    return trained_by(flow) or [rl.networks.Difference(2)]


def pairs(flows, most=None, by=trained_by):
    """Each flow with so many of its networks."""
    chosen = [
        pytest.param(flow, network, marks=[] if isinstance(flow, EVERYWHERE) or place < 2 else pytest.mark.slow)
        for flow in flows
        for place, network in enumerate(by(flow)[:most])
    ]
    return pytest.mark.parametrize(("flow", "network"), chosen, ids=repr)


def drawn(seed=0):
    rng = np.random.default_rng([seed, EQUATIONS])
    return rl.LinearSystem(rng.standard_normal((EQUATIONS, UNKNOWNS)), rng.standard_normal(EQUATIONS))


def begun(network, seed=0):
    return rl.inits.Gaussian(0.5)(network, drawn(), seed)


@pytest.fixture
def reachable(solvable):
    """(network, seed) ↦ theta0 and a system that training from it can solve, whatever signs it locks."""

    def make(network, seed=0):
        theta0 = begun(network, seed)
        return theta0, solvable(network, theta0, drawn().A, seed)

    return make


@pytest.mark.parametrize("name", FOUND)
def test_every_flow_brings_examples_that_train_some_network(name):
    for flow in FOUND[name].examples():
        assert type(flow) is FOUND[name]
        assert trained_by(flow) or not flow.rests_at_solutions


@pairs(FLOWS)
def test_training_solves_the_system_and_the_loss_falls(network, flow, reachable):
    theta0, system = reachable(network)
    found = rl.train(system, network, theta0, flow, tol=1e-6, seed=3)
    assert found.success, found
    assert found.residual <= 1e-6
    assert system.residual(found.x) == pytest.approx(found.residual, rel=1e-6, abs=1e-14)
    if flow.never_rises:
        assert np.all(np.diff(found.history.loss) <= 1e-9 * found.history.loss[0])
    assert found.history.loss[-1] < 1e-6 * found.history.loss[0]
    assert np.all(np.diff(found.history.at) > 0)


@pytest.mark.parametrize("flow", [flow for flow in FLOWS if not trained_by(flow)], ids=repr)
def test_a_flow_that_never_settles_says_so(flow, reachable):
    """No success, a residual above the tolerance, and what to type for a solution."""
    (network,) = tried_on(flow)
    theta0, system = reachable(network)
    found = rl.train(system, network, theta0, flow, tol=1e-6)
    assert found.status in (rl.Status.MAX_STEPS, rl.Status.STALLED)
    assert not found.success
    assert found.residual > 1e-6
    assert "found.theta" in found.message
    assert found.history.loss[-1] < 0.1 * found.history.loss[0]
    solved = rl.train(system, network, found.theta, rl.flows.GradientDescent(), tol=1e-6)
    assert solved.success


@pytest.mark.parametrize("flow", [flow for flow in FLOWS if not flow.rests_at_solutions], ids=repr)
def test_a_solved_start_is_left(flow):
    network = next(iter(tried_on(flow)))
    theta0 = begun(network)
    start = np.asarray(network(theta0))
    found = rl.train(rl.LinearSystem(drawn().A, drawn().A @ start), network, theta0, flow)
    assert np.linalg.norm(found.x - start) > 1e-6 * np.linalg.norm(start)


@pairs(FLOWS, most=1, by=tried_on)
def test_same_seed_same_bits(network, flow, reachable):
    _, system = reachable(network)
    first, second, other = (
        rl.train(system, network, rl.inits.Gaussian(0.5), flow, tol=1e-6, seed=seed).x for seed in (5, 5, 6)
    )
    assert np.array_equal(first, second)
    assert not np.array_equal(first, other)


@pairs(FLOWS, most=1, by=tried_on)
def test_nothing_returned_is_a_jax_array_and_x64_is_left_alone(network, flow, reachable):
    theta0, system = reachable(network)
    before = jax.config.jax_enable_x64
    found = rl.train(system, network, theta0, flow, tol=1e-6)
    leaves = jax.tree.leaves([found.x, found.theta, found.dual, found.history.loss, found.stats])
    assert not any(isinstance(leaf, jax.Array) for leaf in leaves)
    assert found.x.dtype == np.float64
    assert jax.config.jax_enable_x64 == before
    assert jax.numpy.ones(1).dtype == jax.numpy.float32


@pairs([flow for flow in FLOWS if flow.rests_at_solutions], most=1)
def test_a_solved_start_stays(network, flow):
    theta0 = begun(network)
    start = np.asarray(network(theta0))
    found = rl.train(rl.LinearSystem(drawn().A, drawn().A @ start), network, theta0, flow)
    assert found.success
    assert found.stats["steps"] == 0
    # To the bit, but where x was taken apart into what the equations see and what they do not.
    np.testing.assert_allclose(found.x, start, rtol=0, atol=8 * np.finfo(float).eps * np.linalg.norm(start))


@pytest.mark.parametrize("flow", [flow for flow in FLOWS if flow.settles_on(rl.networks.Direct())], ids=repr)
def test_zero_right_hand_side(flow):
    """Plain regression towards 0: the start loses what the equations see of it."""
    system, start = rl.LinearSystem(drawn().A, np.zeros(EQUATIONS)), np.ones(UNKNOWNS)
    found = rl.train(system, rl.networks.Direct(), {"x": start}, flow, tol=1e-9)
    assert found.success
    if flow.keeps_row_space:
        np.testing.assert_allclose(found.x, system.project_null(start), atol=1e-7)


@pytest.mark.parametrize("flow", [flow for flow in FLOWS if flow.keeps_row_space], ids=repr)
def test_what_no_equation_sees_of_the_first_layer_stays(flow):
    """Trained whole: the reduced problem, which takes it for granted, is not asked."""
    network, system = rl.networks.Dense(hidden=1, width=6), drawn()
    theta0 = begun(network)
    theta = flow.run(network.problem(system, theta0), None, 1e-6).theta
    kept, before = (system.project_null(each["W"][0]) for each in (theta, theta0))
    np.testing.assert_allclose(kept, before, rtol=0, atol=1e-12 * np.linalg.norm(before))
    assert np.linalg.norm(theta["W"][0] - theta0["W"][0]) > 1e-3


@pairs([flow.limited_to(3) for flow in FLOWS], most=1, by=tried_on)
def test_the_end_of_the_budget_is_a_status(network, flow, reachable):
    theta0, system = reachable(network)
    found = rl.train(system, network, theta0, flow, tol=1e-12)
    assert found.status is rl.Status.MAX_STEPS
    assert not found.success
    assert "budget" in found.message


@pairs([flow for flow in FLOWS if flow.is_continuous])
def test_gradient_flow_keeps_what_it_conserves(network, flow, reachable):
    theta0, system = reachable(network)
    found = rl.train(system, network, theta0, flow, tol=1e-8)
    if found.theta is None:
        return  # dual coordinates have no weights
    drift = rl.certificates.conservation(system, network, theta0, found.theta)
    assert bool(drift) == (network.homogeneity is not None)
    assert max(drift.values(), default=0.0) < 1e-7, drift


@pytest.mark.parametrize("flow", FLOWS, ids=repr)
def test_layers_that_a_flow_would_spoil_are_refused(flow):
    """Orthogonal layers by methods for free weights, free weights by methods for orthogonal layers."""
    orthogonal = rl.networks.Orthogonal()
    network = rl.networks.Direct() if flow.settles_on(orthogonal) else orthogonal
    with pytest.raises(rl.errors.InvalidInputError, match="type"):
        rl.train(drawn(), network, rl.inits.Gaussian(0.5), flow)


def test_gradient_descent_breaks_what_flow_conserves():
    system, network = drawn(), rl.networks.Difference(2)
    start = begun(network, 1)
    found = rl.train(system, network, start, rl.flows.GradientDescent())
    drift = rl.certificates.conservation(system, network, start, found.theta)
    assert drift["u·v"] > 1e-6
