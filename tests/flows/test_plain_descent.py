"""A flow that calls itself plain descent steps along the gradient alone: seen in the ratios of two layers."""

import numpy as np
import pytest

import ridgeless as rl
from ridgeless.flows import FOUND

FLOWS = [flow for kind in FOUND.values() for flow in kind.examples()]
PLAIN = [flow for flow in FLOWS if flow.is_plain_descent]
NETWORK = rl.networks.Product(2)


def departure(flow, steps=4):
    """How far the steps are from w_1 ± w_2 ← (w_1 ± w_2)·(1 ∓ ηg) with ηg in the row space of A."""
    rng = np.random.default_rng(0)
    system = rl.LinearSystem(rng.standard_normal((3, 8)), rng.standard_normal(3))
    theta0 = rl.inits.Gaussian(0.5)(NETWORK, system, 1)
    ends = [rl.train(system, NETWORK, theta0, flow.limited_to(count)).theta for count in range(1, steps + 1)]
    layers = np.array([theta["layers"] for theta in (theta0, *ends)])
    sums, differences = layers[:, 0] + layers[:, 1], layers[:, 0] - layers[:, 1]
    pulls = 1 - sums[1:] / sums[:-1]
    others = differences[1:] / differences[:-1] - 1
    outside = np.array([system.project_null(pull) for pull in pulls])
    assert np.abs(pulls).max() > 1e-6
    return float(np.maximum(np.abs(pulls - others), np.abs(outside)).max() / np.abs(pulls).max())


@pytest.mark.parametrize("flow", PLAIN, ids=repr)
def test_plain_descent_steps_along_the_gradient(flow):
    assert departure(flow) < 1e-9


@pytest.mark.parametrize("flow", [rl.flows.GradientDescent(momentum=0.9), rl.flows.Adam()], ids=repr)
def test_other_methods_do_not_and_do_not_say_so(flow):
    assert not flow.is_plain_descent
    assert departure(flow) > 1e-6


def test_some_flows_are_plain():
    assert {type(flow) for flow in PLAIN} >= {rl.flows.GradientDescent, rl.flows.StochasticGradientDescent}
