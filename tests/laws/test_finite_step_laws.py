"""Law of effective starts, over every network that has them: flow from there passes through the end of the steps."""

from dataclasses import dataclass

import jax
import numpy as np
import pytest

import ridgeless as rl
from ridgeless.networks import FOUND, Difference

STEPS = 15
ROUNDING = 1e-9


def posed(seed):
    rng = np.random.default_rng(seed)
    return rl.LinearSystem(rng.standard_normal((4, 9)), rng.standard_normal(4)), rng


def has_identity(network):
    system, _ = posed(0)
    theta0 = rl.inits.Gaussian(0.5)(network, system, 0)
    return network.effective_start(theta0, theta0, system) is not None


COVERED = [network for kind in FOUND.values() for network in kind.examples() if has_identity(network)]


def descended(network, system, theta0, rng):
    """Plain descent along any combinations of equations, the gradient by JAX."""

    def pulled(theta, direction):
        return network(theta) @ direction

    with jax.enable_x64(True):
        gradient, theta = jax.jit(jax.grad(pulled)), theta0
        for _ in range(STEPS):
            change = gradient(theta, 0.03 * system.rmatvec(rng.standard_normal(system.shape[0])))
            theta = jax.tree.map(lambda weights, moved: np.asarray(weights) - np.asarray(moved), theta, change)
    return theta


def departure(network, seed):
    """P_N of what the mirror coordinate of x has moved by since the effective start, and P_A of its change of start."""
    system, rng = posed(seed)
    theta0 = rl.inits.Gaussian(0.5)(network, system, seed)
    theta = descended(network, system, theta0, rng)
    start = network.effective_start(theta0, theta, system)
    bias = network.bias(start, system)
    moved = bias.potential.gradient(np.asarray(network(theta))) - bias.offset
    first = network.bias(theta0, system)
    # The row-space part of the mirror coordinate is that of theta0.
    turned = system.project_rows(bias.offset - first.offset)
    return float((np.linalg.norm(system.project_null(moved)) + np.linalg.norm(turned)) / np.linalg.norm(moved))


def test_two_layers_and_one_have_effective_starts():
    assert {type(network).__name__ for network in COVERED} >= {"Direct", "Difference", "Product", "TwoBranch", "Power"}


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("network", COVERED, ids=repr)
def test_flow_from_an_effective_start_passes_through_the_end_of_the_steps(network, seed):
    assert departure(network, seed) < ROUNDING


@dataclass(frozen=True)
class Slow(Difference):
    """Its flow map moves the weights at half of their speed."""

    def flow_map(self, theta, z):
        return super().flow_map(theta, z / 2)


@dataclass(frozen=True)
class Forgetful(Difference):
    """It takes the steps for those of a single layer."""

    def effective_start(self, theta0, theta, system):
        return theta0


@pytest.mark.parametrize("network", [Slow(2), Forgetful(2)], ids=repr)
def test_the_law_rejects_wrong_effective_starts(network):
    assert departure(network, 0) > 1e-3
