"""What finite steps do to two diagonal layers, against sums along the steps; the flow map, against mirror maps.

Each network is typed here once more: the gradient of its weights, and the two amplitudes of x = p² − m².
"""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import ridgeless as rl
from ridgeless.networks import FOUND


def difference_step(theta, pull):
    return {"u": theta["u"] - 2 * pull * theta["u"], "v": theta["v"] + 2 * pull * theta["v"]}


def power_step(theta, pull):
    return {"u": theta["u"] - 2 * pull * theta["u"]}


def pair_step(layers, pull):
    return layers - pull * layers[::-1]


def product_step(theta, pull):
    return {"layers": pair_step(theta["layers"], pull)}


def two_branch_step(theta, pull):
    return {"plus": pair_step(theta["plus"], pull), "minus": pair_step(theta["minus"], -pull)}


def pair(layers):
    return np.abs(layers[0] + layers[1]) / 2, np.abs(layers[0] - layers[1]) / 2


def two_branch_amplitudes(theta):
    (grows, shrinks), (shrinks_too, grows_too) = pair(theta["plus"]), pair(theta["minus"])
    return np.hypot(grows, grows_too), np.hypot(shrinks, shrinks_too)


# network: (step along −JᵀAᵀ(ηr), amplitudes p and m of x = p² − m², κ)
TYPED = {
    rl.networks.Difference(2): (difference_step, lambda theta: (np.abs(theta["u"]), np.abs(theta["v"])), 2),
    rl.networks.Product(2): (product_step, lambda theta: pair(theta["layers"]), 1),
    rl.networks.TwoBranch(2): (two_branch_step, two_branch_amplitudes, 1),
}
EVERY = {**TYPED, rl.networks.Power(2): (power_step, lambda theta: (np.abs(theta["u"]), 0 * theta["u"]), 2)}
typed = pytest.mark.parametrize("network", TYPED, ids=repr)
every = pytest.mark.parametrize("network", EVERY, ids=repr)


def walked(network, system, theta, steps, size, rng):
    """Plain descent along any r; η·Aᵀr of each step."""
    pulls = []
    for _ in range(steps):
        pull = size * system.rmatvec(rng.standard_normal(system.shape[0]))
        theta = EVERY[network][0](theta, pull)
        pulls.append(pull)
    return theta, np.array(pulls)


def posed(seed, equations=4, unknowns=9):
    rng = np.random.default_rng(seed)
    return rl.LinearSystem(rng.standard_normal((equations, unknowns)), rng.standard_normal(equations)), rng


@typed
@given(st.integers(0, 10**6), st.integers(1, 6), st.integers(1, 40), st.sampled_from([1e-3, 0.03, 0.3]))
def test_scale_and_tilt_are_the_sums_along_the_steps(network, seed, equations, steps, size):
    system, rng = posed(seed, equations)
    theta0 = rl.inits.Gaussian(0.5)(network, system, seed)
    _, amplitudes, kappa = TYPED[network]
    theta, pulls = walked(network, system, theta0, steps, size, rng)
    start = network.effective_start(theta0, theta, system)
    (p0, m0), (p, m) = amplitudes(theta0), amplitudes(start)
    gain = -np.log(np.abs(1 - (kappa * pulls) ** 2)).sum(axis=0)
    tilt = np.sum(np.log(np.abs((1 - kappa * pulls) / (1 + kappa * pulls))) + 2 * kappa * pulls, axis=0)
    # float64 loses what w_1 − w_2 cancels.
    lost = 1e-13 * (p / m + m / p).max() * np.exp(np.abs(tilt).max() + np.abs(kappa * pulls.sum(axis=0)).max())
    np.testing.assert_allclose(np.log(p * m) - np.log(p0 * m0), -gain, atol=1e-10 + lost)
    np.testing.assert_allclose(np.log(p / m) - np.log(p0 / m0), system.project_null(tilt), atol=1e-10 + lost)


@given(st.integers(0, 10**6), st.integers(1, 6), st.sampled_from([1e-3, 0.03, 0.3]))
def test_a_coordinate_of_one_sign_has_a_tilt_and_no_scale(seed, equations, size):
    network = rl.networks.Power(2)
    system, rng = posed(seed, equations)
    theta0 = rl.inits.Gaussian(0.5)(network, system, seed)
    theta, pulls = walked(network, system, theta0, 20, size, rng)
    start = network.effective_start(theta0, theta, system)
    tilt = np.sum(2 * np.log(np.abs(1 - 2 * pulls)) + 4 * pulls, axis=0)
    moved = 2 * np.log(np.abs(start["u"] / theta0["u"]))
    np.testing.assert_allclose(moved, system.project_null(tilt), atol=1e-10)


@every
def test_steps_outside_the_row_space_are_no_plain_descent(network):
    """The checker rejects a method that scales every entry by its own number."""
    system, rng = posed(3)
    theta0 = rl.inits.Gaussian(0.5)(network, system, 1)
    theta, pulls = theta0, []
    for _ in range(10):
        pull = 0.1 * system.rmatvec(rng.standard_normal(4)) * rng.uniform(0.5, 1.5, 9)
        theta = EVERY[network][0](theta, pull)
        pulls.append(pull)
    _, amplitudes, kappa = EVERY[network]
    start = network.effective_start(theta0, theta, system)
    rises = [np.log(amplitudes(each)[0]) for each in (theta0, start)]
    growth = np.sum(np.log(np.abs(1 - kappa * np.array(pulls))) + kappa * np.array(pulls), axis=0)
    assert np.abs(system.project_null(rises[1] - rises[0] - growth)).max() > 1e-2


@every
def test_the_flow_map_moves_x_along_the_mirror_map(network):
    system, rng = posed(0)
    theta = rl.inits.Gaussian(0.5)(network, system, 2)
    bias = network.bias(theta, system)
    z = 0.3 * rng.standard_normal(9)
    wanted = bias.potential.conjugate_gradient(bias.offset + z)
    np.testing.assert_allclose(network(network.flow_map(theta, z)), wanted, rtol=1e-12, atol=1e-14)


@every
def test_flow_from_the_effective_start_passes_through_the_weights(network):
    """The identity bears on x: some z in the row space carries the effective start's x to that of the last step."""
    system, rng = posed(5)
    theta0 = rl.inits.Gaussian(0.5)(network, system, 0)
    theta, _ = walked(network, system, theta0, 30, 0.05, rng)
    start = network.effective_start(theta0, theta, system)
    bias = network.bias(start, system)
    z = bias.potential.gradient(np.asarray(network(theta))) - bias.offset
    assert np.abs(z).max() > 0.1
    np.testing.assert_allclose(system.project_null(z), 0, atol=1e-11)


def test_locked_signs_and_frozen_coordinates_stay_so():
    network, system = rl.networks.Product(2), posed(1)[0]
    layers = np.random.default_rng(0).standard_normal((2, 9))
    layers[1, 0], layers[1, 1], layers[:, 2] = layers[0, 0], -layers[0, 1], 0.0
    theta0 = {"layers": layers}
    theta, _ = walked(network, system, theta0, 10, 0.05, np.random.default_rng(1))
    start = network.effective_start(theta0, theta, system)["layers"]
    assert start[0, 0] == start[1, 0]
    assert start[0, 1] == -start[1, 1]
    assert not start[:, 2].any()


@pytest.mark.parametrize(
    "network",
    [rl.networks.Direct(), rl.networks.Dense(0), *(FOUND[type(each).__name__](1) for each in EVERY)],
    ids=repr,
)
def test_one_layer_forgets_its_steps(network):
    system, _ = posed(0)
    theta0, theta = (rl.inits.Gaussian(1.0)(network, system, seed) for seed in (0, 1))
    assert network.effective_start(theta0, theta, system) is theta0


@pytest.mark.parametrize(
    "network", [rl.networks.Difference(3), rl.networks.Product(4), rl.networks.Dense(1, 3), rl.networks.Orthogonal()]
)
def test_where_no_identity_is_known_there_is_no_effective_start(network):
    system, _ = posed(0)
    theta0 = rl.inits.Gaussian(1.0)(network, system, 0)
    assert network.effective_start(theta0, theta0, system) is None
