"""Training on several systems at once agrees with training on each alone."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ridgeless as rl
from ridgeless.verbs.train import Case, train_together

FLOWS = {
    "gradient descent": rl.flows.GradientDescent(max_steps=300),
    "Adam": rl.flows.Adam(max_steps=300),
    "mini-batches": rl.flows.StochasticGradientDescent(max_steps=300),
    "gradient flow": rl.flows.GradientFlow(max_steps=300),
}


def drawn(seed, equations=4, unknowns=9):
    return rl.systems.GaussianSparse(equations, unknowns, 1).system(seed)


def case(system, flow, seed, scale=0.3, network=None):
    return Case(system, network or rl.networks.Difference(), rl.inits.Gaussian(scale), flow, seed)


def alone(each, tol):
    return rl.train(each.system, each.network, each.init, each.flow, tol=tol, seed=each.seed)


def check(cases, tol=1e-6):
    for found, each in zip(train_together(cases, tol, "test"), cases, strict=True):
        wanted = alone(each, tol)
        assert found.system is each.system
        assert found.status is wanted.status
        assert found.stats["steps"] == wanted.stats["steps"]
        assert np.allclose(found.x, wanted.x, rtol=1e-8, atol=1e-12)
        assert found.provenance["seed"] == each.seed


@pytest.mark.parametrize("flow", FLOWS.values(), ids=FLOWS)
def test_every_system_has_its_own_number_of_lanes(flow):
    first, second, third = (drawn(seed) for seed in range(3))
    # Three lanes, one and two, not in the order of their systems.
    lanes = [(first, 0), (second, 0), (first, 1), (third, 5), (first, 2), (third, 6)]
    check([case(system, flow, seed) for system, seed in lanes])


def test_right_hand_sides_of_one_matrix():
    system = drawn(0)
    others = [system, system.with_right(2 * system.b), system.with_right(np.ones(4))]
    check([case(each, FLOWS["gradient descent"], 1) for each in others])


def test_other_shapes_networks_and_steps():
    flows = [rl.flows.GradientDescent(step_size=step, max_steps=100) for step in (0.01, 0.03)]
    cases = [case(drawn(0, *shape), flow, 0) for shape in ((4, 9), (3, 12)) for flow in flows]
    cases.append(case(drawn(1), flows[0], 0, network=rl.networks.Power(3)))
    check(cases)


def test_one_that_diverges_stops_no_other():
    wild = rl.flows.GradientDescent(step_size=50.0, max_steps=100)
    calm = rl.flows.GradientDescent(step_size=0.01, max_steps=100)
    found = train_together([case(drawn(0), wild, 0), case(drawn(0), calm, 0)], 1e-6, "test")
    assert found[0].status is rl.Status.DIVERGED
    assert found[1].status is rl.Status.MAX_STEPS
    assert np.isfinite(found[1].x).all()


@settings(max_examples=3)
@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 3)), min_size=1, max_size=7))
def test_any_lanes(lanes):
    systems = [drawn(seed) for seed in range(3)]
    check([case(systems[system], FLOWS["gradient descent"], seed) for system, seed in lanes])
