"""Each row of the table of separable networks against gradient flow on the weights, from random starts."""

import numpy as np
import pytest

import ridgeless as rl

pytestmark = pytest.mark.usefixtures("as_a_user")

ROWS, UNKNOWNS = 4, 10
NETWORKS = (
    [rl.networks.Difference(depth) for depth in (2, 3, 4, 5)]
    + [rl.networks.Power(depth) for depth in (2, 3, 4, 5)]
    + [rl.networks.Product(depth) for depth in (2, 3, 4, 5)]
    + [rl.networks.TwoBranch(depth) for depth in (2, 3, 4)]
)


def start(network, seed):
    """Weights of all sizes and signs; every third seed has zeros, and layers of one size, that lock or freeze."""
    rng = np.random.default_rng([seed, 3])
    theta = rl.inits.Gaussian(1.0)(network, rl.LinearSystem(np.ones((1, UNKNOWNS)), np.ones(1)), seed)
    theta = {name: np.sign(array) * (0.2 + 0.5 * np.abs(array)) for name, array in theta.items()}
    if seed % 3 == 2:
        for array in theta.values():
            array[..., 0] = 0.0
            if array.ndim == 2:
                array[0, 1:4], array[1, 2] = 0.0, 0.0
                array[1, 4:6] = array[0, 4:6]
            else:
                array[rng.integers(1, UNKNOWNS)] = 0.0
    return theta


def agree(network, seed, solvable):
    theta0 = start(network, seed)
    A = np.random.default_rng([seed, ROWS]).standard_normal((ROWS, UNKNOWNS))
    system = solvable(network, theta0, A / np.linalg.norm(A, 2), seed)
    found = rl.limit(system, network, theta0)
    flow = rl.train(system, network, theta0, rl.flows.GradientFlow(coordinates="weights"), tol=1e-10)
    assert flow.success, flow
    assert found.success, found
    assert np.linalg.norm(found.x - flow.x) <= 1e-8 * np.linalg.norm(flow.x)


# One of each kind: every one of the others takes a compiler as long.
FAST = [rl.networks.Difference(3), rl.networks.Power(4), rl.networks.Product(3), rl.networks.TwoBranch(3)]


@pytest.mark.parametrize(
    "network", [pytest.param(each, marks=[] if each in FAST else pytest.mark.slow) for each in NETWORKS], ids=repr
)
def test_one_start(network, solvable):
    agree(network, NETWORKS.index(network), solvable)


@pytest.mark.slow
@pytest.mark.parametrize("network", NETWORKS, ids=repr)
def test_twenty_starts(network, solvable):
    for seed in range(20):
        agree(network, seed, solvable)
