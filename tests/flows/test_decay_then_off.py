"""Weight decay on W_1 for a while: P_N W_1 shrinks by (1 − ηλ) a step, and nothing else is changed in kind."""

import dataclasses

import numpy as np
import pytest

import ridgeless as rl
from ridgeless.errors import InvalidInputError

EQUATIONS, UNKNOWNS = 4, 9
NETWORK = rl.networks.Dense(1, 2)
DESCENT = rl.flows.GradientDescent(step_size=0.05)

pytestmark = pytest.mark.usefixtures("as_a_user")


def drawn(seed, rank=3):
    rng = np.random.default_rng(np.random.SeedSequence([seed, 115]))
    left, _, right = np.linalg.svd(rng.standard_normal((EQUATIONS, UNKNOWNS)), full_matrices=False)
    A = left * np.where(np.arange(EQUATIONS) < rank, np.linspace(1, 0.5, EQUATIONS), 0) @ right
    return rl.LinearSystem(A, A @ rng.standard_normal(UNKNOWNS))


def null_part(system, theta):
    return theta["W"][0] - np.linalg.pinv(system.A, rcond=1e-10) @ (system.A @ theta["W"][0])


@pytest.mark.parametrize("alpha", [None, 4.0])
@pytest.mark.parametrize(("decay", "steps"), [(0.1, 1), (0.1, 100), (1.0, 100), (19.0, 3)])
def test_the_null_part_shrinks_by_the_ratio(decay, steps, alpha):
    """Exactly, whatever the network is trained towards."""
    system = drawn(0)
    network = NETWORK if alpha is None else rl.networks.Lazy(NETWORK, alpha)
    theta0 = rl.inits.Gaussian(1.0)(network, system, 1)
    found = rl.train(system, network, theta0, rl.flows.DecayThenOff(decay, steps, DESCENT), tol=1e-11)
    assert found.success, found
    wanted = (1 - 0.05 * decay) ** steps * null_part(system, theta0)
    np.testing.assert_allclose(null_part(system, found.theta), wanted, rtol=1e-10, atol=1e-14)
    np.testing.assert_allclose(network(found.theta), found.x, atol=1e-13)
    assert found.residual <= 1e-11


def test_a_long_decay_ends_at_the_shortest_solution():
    system = drawn(1)
    gaps = []
    for steps in (1, 200, 1000):
        flow = rl.flows.DecayThenOff(1.0, steps, DESCENT)
        found = rl.train(system, NETWORK, rl.inits.Gaussian(1.0), flow, tol=1e-12)
        gaps.append(np.linalg.norm(found.x - system.min_norm()))
    assert gaps[0] > 0.1
    assert gaps[1] < 1e-2 * gaps[0]
    assert gaps[2] < 1e-10


def test_steps_are_counted_and_the_method_is_told():
    system = drawn(2)
    found = rl.train(system, NETWORK, rl.inits.Gaussian(1.0), rl.flows.DecayThenOff(0.2, 37, DESCENT), tol=1e-6)
    assert found.stats["steps"] > 37
    assert found.stats["step_size"] == 0.05
    assert "after 37 steps with decay 0.2 on W_1" in found.method
    assert found.method.count("step 0.05") == 1


def test_the_default_step_is_that_of_descent_and_both_parts_share_it():
    system, theta0 = drawn(3), rl.inits.Gaussian(1.0)(NETWORK, drawn(3), 0)
    step = DESCENT.run(NETWORK.problem(system, theta0), None, 1e-8).stats["step_size"]
    assert step == 0.05
    flow = rl.flows.DecayThenOff(0.2, 10)
    found = rl.train(system, NETWORK, theta0, flow)
    plain = rl.train(system, NETWORK, theta0, rl.flows.GradientDescent())
    assert found.stats["step_size"] == pytest.approx(plain.stats["step_size"], rel=1e-4)
    ratio = (1 - 0.2 * found.stats["step_size"]) ** 10
    np.testing.assert_allclose(
        null_part(system, found.theta), ratio * null_part(system, theta0), rtol=1e-10, atol=1e-14
    )


def test_decay_may_lower_a_start_that_solves_already():
    """The first part ends by its count of steps, however small the residual is."""
    system, theta0 = drawn(4), rl.inits.Gaussian(1.0)(NETWORK, drawn(4), 0)
    solved = rl.train(system, NETWORK, theta0, DESCENT, tol=1e-12)
    found = rl.train(system, NETWORK, solved.theta, rl.flows.DecayThenOff(0.3, 50, DESCENT), tol=1e-12)
    assert found.stats["steps"] > 50
    ratio = (1 - 0.3 * 0.05) ** 50
    wanted = ratio * null_part(system, solved.theta)
    np.testing.assert_allclose(null_part(system, found.theta), wanted, rtol=1e-9, atol=1e-13)
    assert np.linalg.norm(found.x - system.min_norm()) < np.linalg.norm(solved.x - system.min_norm())


def test_what_happens_to_the_second_part_is_the_status():
    system = drawn(5)
    for then, status in (
        (dataclasses.replace(DESCENT, max_steps=3), rl.Status.MAX_STEPS),
        (rl.flows.GradientDescent(step_size=3.0), rl.Status.DIVERGED),
    ):
        found = rl.train(system, NETWORK, rl.inits.Gaussian(1.0), rl.flows.DecayThenOff(0.1, 20, then), tol=1e-12)
        assert found.status is status
        assert not found.success


def test_a_start_at_rest_stays_there():
    system = drawn(6)
    theta0 = {"W": [np.zeros((UNKNOWNS, 2))], "w": np.zeros(2)}
    found = rl.train(system, NETWORK, theta0, rl.flows.DecayThenOff(0.1, 20, DESCENT))
    assert found.status is rl.Status.STALLED
    assert "stationary point" in found.message


def test_networks_without_a_first_layer():
    system = drawn(8)
    for network in (rl.networks.Direct(), rl.networks.Dense(0), rl.networks.Difference(2), rl.networks.Orthogonal(1)):
        with pytest.raises(InvalidInputError, match=r"no W_1 to decay; type rl\.networks\.Dense\(hidden=1\)"):
            rl.train(system, network, rl.inits.Gaussian(0.5), rl.flows.DecayThenOff())


def test_a_decay_that_wipes_out_the_layer():
    with pytest.raises(InvalidInputError, match="type a decay below 20"):
        rl.train(drawn(9), NETWORK, rl.inits.Gaussian(1.0), rl.flows.DecayThenOff(20.0, 5, DESCENT))


def test_settings_that_are_none():
    for bad in (0.0, -1.0, np.nan, "much", None):
        with pytest.raises(InvalidInputError, match="decay"):
            rl.flows.DecayThenOff(decay=bad)
    for bad in (0, -1, 2.5, True, None):
        with pytest.raises(InvalidInputError, match="steps"):
            rl.flows.DecayThenOff(steps=bad)
    for bad in (rl.flows.Adam(), rl.flows.GradientFlow(), None, 3):
        with pytest.raises(InvalidInputError, match=r"rl\.flows\.GradientDescent"):
            rl.flows.DecayThenOff(then=bad)
    flow = rl.flows.DecayThenOff(0.3, 7, DESCENT)
    names = {"DecayThenOff": rl.flows.DecayThenOff, "GradientDescent": rl.flows.GradientDescent}
    assert eval(repr(flow), names) == flow
