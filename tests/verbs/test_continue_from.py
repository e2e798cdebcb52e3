"""A second phase from the end of a first one: exact limits chained are trainings chained."""

import dataclasses

import numpy as np
import pytest

import ridgeless as rl
from ridgeless.errors import IncompatibleInitError, InvalidInputError, RidgelessError

pytestmark = pytest.mark.usefixtures("as_a_user")

N = rl.networks
WEIGHTS = rl.flows.GradientFlow(coordinates="weights")
UNKNOWNS = 8
FAST = [N.Difference(2), N.Product(3)]
SLOW = [
    *(kind(depth) for kind in (N.Difference, N.Power, N.Product) for depth in (1, 2, 3, 4)),
    *(N.Direct(), N.TwoBranch(1), N.TwoBranch(2), N.Dense(0), N.Difference(5)),
    *(N.Lazy(inner, alpha=3.0) for inner in (N.Difference(2), N.Product(3))),
]
EACH = [*FAST, *(pytest.param(each, marks=pytest.mark.slow) for each in SLOW if each not in FAST)]


def matrices(seed=0):
    rng = np.random.default_rng([seed, UNKNOWNS])
    return [rng.standard_normal((rows, UNKNOWNS)) / 3 for rows in (3, 2)]


def probe():
    return rl.LinearSystem(matrices()[0], np.ones(3))


@pytest.fixture
def phases(solvable):
    """(network, scale, seed) ↦ a start, and two systems that training from it can solve one after the other."""

    def make(network, scale=0.3, seed=1):
        theta0 = rl.inits.Gaussian(scale)(network, probe(), seed)
        return theta0, *(solvable(network, theta0, A, seed + k) for k, A in enumerate(matrices(seed)))

    return make


def apart(one, other):
    return np.linalg.norm(one - other) / np.linalg.norm(other)


def chained(network, theta0, first, second):
    """The limit of the second phase by two theorems."""
    ended = rl.limit(first, network, theta0)
    return rl.limit(second, network, rl.continue_from(ended, second))


def chained_by_training(network, theta0, first, second):
    """Its end by two trainings of the weights, which share no formula with the theorems."""
    ended = rl.train(first, network, theta0, WEIGHTS, tol=1e-11)
    return ended, rl.train(second, network, rl.continue_from(ended, second), WEIGHTS, tol=1e-10)


@pytest.mark.parametrize("network", EACH, ids=repr)
def test_limits_chained_are_trainings_chained(network, phases):
    theta0, first, second = phases(network)
    found = chained(network, theta0, first, second)
    ended, trained = chained_by_training(network, theta0, first, second)
    assert found.success
    assert trained.success
    assert apart(found.x, trained.x) < 1e-8
    weights = rl.continue_from(rl.limit(first, network, theta0), second).theta
    for name in theta0:
        np.testing.assert_allclose(weights[name], ended.theta[name], atol=1e-8)
    # The first phase counts: from theta0 the second system has another limit.
    assert apart(rl.limit(second, network, theta0).x, trained.x) > 1e-3


@pytest.mark.parametrize("spoil", ["twice the knee", "branches that are swapped", "the start again"])
def test_broken_weights_are_told_apart(spoil, phases, monkeypatch):
    network = N.Difference(2)
    theta0, first, second = phases(network)
    true = network.weights_at

    def broken(self, theta0, x):
        found = true(theta0, x)
        if spoil == "twice the knee":
            return {**found, "v": 2 * found["v"]}
        return theta0 if spoil == "the start again" else {"u": found["v"], "v": found["u"]}

    monkeypatch.setattr(N.Difference, "weights_at", broken)
    ended = rl.train(first, network, theta0, WEIGHTS, tol=1e-11)
    trained = rl.train(second, network, rl.continue_from(ended, second), WEIGHTS, tol=1e-10)
    assert apart(chained(network, theta0, first, second).x, trained.x) > 1e-4


@pytest.mark.parametrize("scale", [1.0, 1e-2])
@pytest.mark.parametrize("seed", range(3))
def test_x_is_kept_and_so_is_what_flow_conserves(found_network, starts, solvable, scale, seed):
    system = rl.LinearSystem(matrices(seed)[0], np.ones(3))
    for theta0 in starts(found_network, system, seed, scale).values():
        if found_network.bias(theta0, system) is None:
            continue
        here = solvable(found_network, theta0, system.A, seed)
        ended = rl.limit(here, found_network, theta0)
        try:
            theta = rl.continue_from(ended, here)(found_network, here)
        except InvalidInputError as refusal:
            assert "rl.flows.GradientFlow" in str(refusal)  # noqa: PT017 - most networks tell their weights
            continue
        np.testing.assert_allclose(found_network(theta), ended.x, rtol=1e-10, atol=1e-13 * np.abs(ended.x).max())
        before, after = (found_network.invariants(each, here) for each in (theta0, theta))
        for name, start in before.items():
            known = np.isfinite(start)
            np.testing.assert_array_equal(np.isfinite(after[name]), known)
            np.testing.assert_allclose(after[name][known], start[known], rtol=1e-6, atol=1e-9)


def test_dual_coordinates_have_no_weights_and_end_at_the_same_ones(phases):
    network = N.Difference(3)
    theta0, first, second = phases(network)
    by_flow = rl.train(first, network, theta0, rl.flows.GradientFlow(), tol=1e-11)
    assert by_flow.theta is None
    one, other = (rl.continue_from(each, second).theta for each in (by_flow, rl.limit(first, network, theta0)))
    np.testing.assert_allclose(one["u"], other["u"], rtol=1e-7)


def test_starts_as_small_as_1e_40(phases):
    """u·v = 1e-80 is kept, and the second limit is that of the knee 1e-80 and the new tilt."""
    network = N.Difference(2)
    first, second = (rl.LinearSystem(A, A @ np.eye(UNKNOWNS)[k]) for k, A in enumerate(matrices()))
    ended = rl.limit(first, network, rl.inits.Constant(1e-40))
    theta = rl.continue_from(ended, second)(network, second)
    np.testing.assert_allclose(theta["u"] * theta["v"], 1e-80, rtol=1e-12)
    tilt = first.rmatvec(ended.dual)  # z of the first phase: u = u₀·exp(2z)
    np.testing.assert_allclose(np.log(theta["u"] / 1e-40), 2 * tilt, rtol=1e-9, atol=1e-9)
    assert rl.certify(rl.limit(second, network, rl.continue_from(ended, second))).verdict == "certified"


def test_the_same_system_again_changes_nothing(phases):
    theta0, first, _ = phases(N.Difference(3))
    ended = rl.limit(first, N.Difference(3), theta0)
    again = rl.limit(first, N.Difference(3), rl.continue_from(ended, first))
    assert apart(again.x, ended.x) < 1e-10


def test_a_function_and_a_recorded_loop_go_on_from_their_weights():
    network = N.Function.examples()[0]
    first, second = (rl.LinearSystem(A, A.sum(axis=1)) for A in matrices())
    flow = rl.flows.GradientDescent(max_steps=300)
    ended = rl.train(first, network, rl.inits.Gaussian(0.5), flow)
    found = rl.train(second, network, rl.continue_from(ended, second), flow)
    np.testing.assert_array_equal(found.theta0["W"], ended.theta["W"])
    with rl.record(first, network) as run:
        run(ended.theta)
    np.testing.assert_array_equal(rl.continue_from(run.solution, second).theta["w"], ended.theta["w"])


def test_what_is_continued_says_from_where(phases):
    theta0, first, second = phases(N.Difference(2))
    init = rl.continue_from(rl.limit(first, N.Difference(2), theta0), second)
    assert "Difference(depth=2)" in init.origin
    with pytest.raises(IncompatibleInitError, match=r"inits.Weights"):
        init(N.Power(2), second)


class TestRefusals:
    def refused(self, match, solution, system=None):
        with pytest.raises(InvalidInputError, match=f"^continue_from: .*({match})"):
            rl.continue_from(solution, probe() if system is None else system)

    def test_arguments(self):
        self.refused("solution is a dict", {})
        ended = rl.limit(probe(), N.Direct(), rl.inits.Constant(1.0))
        self.refused("system is a list", ended, [1.0])
        self.refused("8 unknowns and the new system 2", ended, rl.LinearSystem(np.ones((1, 2)), np.ones(1)))

    def test_x_that_does_not_tell_the_weights(self):
        dense = rl.limit(probe(), N.Dense(hidden=1), rl.inits.RowSpace(0.5))
        self.refused(r"x alone does not tell the weights of Dense.*GradientFlow", dense)
        self.refused("x alone", rl.limit(probe(), N.TwoBranch(3), rl.inits.Constant(0.5)))
        self.refused("vanishing start", rl.limit(probe(), N.Difference(2), rl.inits.Vanishing()))
        self.refused("lazy training", rl.lazy_limit(probe(), N.Difference(2), rl.inits.Constant(0.5)))

    def test_layers_that_float64_cannot_tell_apart(self):
        small = rl.limit(probe(), N.Product(2), rl.inits.Constant(1e-9))
        assert small.success
        self.refused("less than float64 holds.*GradientFlow", small)

    def test_a_weight_that_infinite_time_brings_to_0(self):
        """x_1 + x_2 = 1 and x_1 = 1 leave x_2 nothing but 0, where its sign is locked."""
        A = np.zeros((2, UNKNOWNS))
        A[0, :2], A[1, 0] = 1.0, 1.0
        forced = rl.limit(rl.LinearSystem(A, np.ones(2)), N.Power(2), rl.inits.Constant(0.5))
        assert forced.success
        self.refused("end at 0", forced)

    def test_weights_that_are_not_finite(self):
        flow = rl.flows.GradientDescent(max_steps=3)
        ended = rl.train(probe(), N.Difference(3), rl.inits.Constant(1.0), flow)
        lost = {**ended.theta, "u": np.full(UNKNOWNS, np.nan)}
        self.refused("not finite", dataclasses.replace(ended, theta=lost))

    def test_a_limit_that_was_not_reached(self):
        ended = rl.limit(probe(), N.Difference(2), rl.inits.Constant(0.1))
        self.refused("STALLED", dataclasses.replace(ended, status=rl.Status.STALLED))

    def test_refusals_are_ridgeless_errors(self):
        with pytest.raises(RidgelessError):
            rl.continue_from(None, probe())
