"""The gap, split by cause: the parts add up, and a cause that is taken away takes its part with it.

All runs have one shape, so that each method is compiled once.
"""

import dataclasses
import itertools

import numpy as np
import pytest
import scipy.optimize

import ridgeless as rl
from ridgeless.analysis.explain import NoExplanationError, _balanced
from ridgeless.errors import InvalidInputError

EQUATIONS, UNKNOWNS = 4, 9
NETWORK = rl.networks.Dense(2, 9)
CAUSES = ["stopping", "drift", "step size", "imbalance", "null component"]
WEIGHTS = rl.flows.GradientFlow(coordinates="weights")
METHODS = [
    WEIGHTS,
    rl.flows.GradientDescent(step_size=0.02),
    rl.flows.GradientDescent(step_size=0.15),
    rl.flows.GradientDescent(step_size=0.03, momentum=0.7),
    rl.flows.StochasticGradientDescent(batch=2, step_size=0.03, seed=4),
    rl.flows.Adam(step_size=1e-2),
    rl.flows.AdaGrad(step_size=0.1),
    rl.flows.DecayThenOff(0.1, 100, rl.flows.GradientDescent(step_size=0.05)),
]
INITS = [rl.inits.Gaussian(1.0), rl.inits.Gaussian(0.5), rl.inits.Chain(0.7, 1.4), rl.inits.Balanced(0.8)]
TOLERANCES = [0.1, 1e-3, 1e-8, 1e-12]

pytestmark = pytest.mark.usefixtures("as_a_user")


def drawn(seed):
    rng = np.random.default_rng(np.random.SeedSequence([seed, 108]))
    left, _, right = np.linalg.svd(rng.standard_normal((EQUATIONS, UNKNOWNS)), full_matrices=False)
    A = (left * np.linspace(1, 0.5, EQUATIONS)) @ right
    x = rng.standard_normal(UNKNOWNS)
    return rl.LinearSystem(A, A @ x / np.linalg.norm(A @ x))


def adds_up(solution):
    """The explanation, after what holds of every one."""
    explanation = rl.explain(solution)
    gap = solution.x - solution.system.min_norm()
    size = np.linalg.norm(gap)
    assert list(explanation.parts) == CAUSES
    assert explanation.total == pytest.approx(size, rel=1e-12, abs=1e-14)
    assert abs(sum(part.share for part in explanation.parts.values()) - size) <= 1e-8
    assert np.linalg.norm(sum(part.vector for part in explanation.parts.values()) - gap) <= 1e-12 * max(1.0, size)
    for part in explanation.parts.values():
        assert part.share * size == pytest.approx(part.vector @ gap, rel=1e-9, abs=1e-13)
    assert max(explanation.residuals.values()) <= 1e-9
    return explanation


def size_of(explanation, cause):
    """‖part‖/total."""
    return np.linalg.norm(explanation.parts[cause].vector) / explanation.total


def null_projector(system):
    return np.eye(UNKNOWNS) - np.linalg.pinv(system.A) @ system.A


def test_thirty_runs_of_mixed_causes_add_up():
    seen = dict.fromkeys(CAUSES, 0.0)
    for index in range(30):
        rng = np.random.default_rng(np.random.SeedSequence([index, 109]))
        method, init, tol = (choices[rng.integers(len(choices))] for choices in (METHODS, INITS, TOLERANCES))
        explanation = adds_up(rl.train(drawn(index), NETWORK, init, method, tol=tol, seed=index))
        for cause in CAUSES:
            seen[cause] = max(seen[cause], size_of(explanation, cause))
        self_evident = {
            "stopping": tol > 1e-12,
            "drift": isinstance(method, (rl.flows.Adam, rl.flows.AdaGrad, rl.flows.DecayThenOff)),
            "step size": method != WEIGHTS,
            "imbalance": not isinstance(init, rl.inits.Balanced),
            "null component": True,
        }
        for cause, is_there in self_evident.items():
            assert (size_of(explanation, cause) > 1e-6) == is_there or (cause == "stopping" and tol == 1e-8), (
                index,
                cause,
                explanation,
            )
    assert min(seen.values()) > 0.01, seen


class TestEachPart:
    """By its definition, from runs made here."""

    def test_stopping_is_what_more_steps_would_change(self):
        system, theta0 = drawn(40), rl.inits.Gaussian(1.0)(NETWORK, drawn(40), 0)
        short = rl.train(system, NETWORK, theta0, METHODS[1], tol=0.05)
        long = rl.train(system, NETWORK, theta0, METHODS[1], tol=1e-12)
        np.testing.assert_allclose(rl.explain(short).parts["stopping"].vector, short.x - long.x, atol=1e-14)
        assert not rl.explain(long).parts["stopping"].vector.any()

    def test_a_budget_that_ended_is_early_stopping_too(self):
        system = drawn(41)
        for flow in (
            dataclasses.replace(METHODS[1], max_steps=10),
            dataclasses.replace(METHODS[-1], then=dataclasses.replace(METHODS[1], max_steps=10)),
        ):
            short = rl.train(system, NETWORK, rl.inits.Gaussian(1.0), flow)
            assert short.status is rl.Status.MAX_STEPS
            assert size_of(adds_up(short), "stopping") > 0.01

    @pytest.mark.parametrize("method", METHODS[4:], ids=repr)
    def test_drift_is_what_the_null_part_of_the_first_layer_gained(self, method):
        system, theta0 = drawn(42), rl.inits.Gaussian(1.0)(NETWORK, drawn(42), 0)
        end = rl.train(system, NETWORK, theta0, method, tol=1e-12)
        gained = null_projector(system) @ (end.theta["W"][0] - theta0["W"][0])
        wanted = gained @ end.theta["W"][1] @ end.theta["w"]
        np.testing.assert_allclose(rl.explain(end).parts["drift"].vector, wanted, atol=1e-12)

    def test_step_size_is_the_distance_to_the_end_of_flow(self):
        system, theta0 = drawn(43), rl.inits.Gaussian(1.0)(NETWORK, drawn(43), 0)
        flowed = rl.train(system, NETWORK, theta0, WEIGHTS, tol=1e-12).x
        sizes = []
        for step in (0.1, 0.05, 0.025):
            run = rl.train(system, NETWORK, theta0, rl.flows.GradientDescent(step_size=step), tol=1e-12)
            part = rl.explain(run).parts["step size"].vector
            np.testing.assert_allclose(part, run.x - flowed, atol=1e-10)
            sizes.append(np.linalg.norm(part))
        for long, short in itertools.pairwise(sizes):
            assert long / short == pytest.approx(2, rel=0.2)

    @pytest.mark.parametrize("hidden", [1, 2, 4])
    def test_the_null_component_is_that_of_the_balanced_chain(self, hidden):
        """X_bal by SciPy from its equation, and by the limit of a balanced chain with the same initial x."""
        system, network = drawn(44), rl.networks.Dense(hidden, 3)
        theta0 = rl.inits.Gaussian(1.0)(network, system, 1)
        found = _balanced(system, network(theta0), hidden)
        size = np.linalg.norm(network(theta0)) ** (1 / (hidden + 1))
        unit = network(theta0) / np.linalg.norm(network(theta0))
        null, shortest = null_projector(system) @ (size * unit), np.linalg.pinv(system.A) @ system.b
        kappa, target = null @ null, shortest @ shortest
        s = scipy.optimize.brentq(lambda s: (s - kappa) * s**hidden - target, kappa, kappa + target + 1, xtol=1e-15)
        np.testing.assert_allclose(found, shortest + s ** (hidden / 2) * null, rtol=0, atol=1e-12)
        one = np.eye(3)[0]
        matrices = [size * np.outer(unit, one)] + [size * np.outer(one, one)] * (hidden - 1)
        chain = rl.limit(system, network, {"W": matrices, "w": size * one})
        np.testing.assert_allclose(found, chain.x, rtol=0, atol=1e-12)


class TestRemovingACause:
    """Its part falls to 1e-6 of the total or less, from a run that has them all."""

    def mixed(self, seed):
        return drawn(seed), rl.inits.Gaussian(1.0)(NETWORK, drawn(seed), seed), rl.flows.Adam(step_size=1e-2)

    @pytest.mark.parametrize("seed", [50, 51])
    def test_from_a_run_that_has_all(self, seed):
        system, theta0, adam = self.mixed(seed)
        before = adds_up(rl.train(system, NETWORK, theta0, adam, tol=1e-2))
        assert min(size_of(before, cause) for cause in CAUSES) > 1e-3
        descent = rl.flows.GradientDescent(step_size=0.15)
        cures = {
            "stopping": (theta0, adam, 1e-12),
            "drift": (theta0, descent, 1e-2),
            "step size": (theta0, WEIGHTS, 1e-2),
            "imbalance": (self.balanced(theta0), descent, 1e-2),
            "null component": (rl.inits.project_rows(theta0, system), adam, 1e-2),
        }
        for cause, (start, flow, tol) in cures.items():
            after = adds_up(rl.train(system, NETWORK, start, flow, tol=tol))
            assert size_of(after, cause) <= 1e-6, (cause, after)
            others = [other for other in CAUSES if other != cause and not (other == "drift" and flow is not adam)]
            assert max(size_of(after, other) for other in others) > 1e-3

    def balanced(self, theta0):
        """The balanced chain with the same initial x."""
        x0 = NETWORK(theta0)
        size, unit, one = np.linalg.norm(x0) ** (1 / 3), x0 / np.linalg.norm(x0), np.eye(UNKNOWNS)[0]
        return {"W": [size * np.outer(unit, one), size * np.outer(one, one)], "w": size * one}

    def test_without_any_there_is_no_gap(self):
        system = drawn(52)
        theta0 = rl.inits.project_rows(rl.inits.Gaussian(1.0)(NETWORK, system, 0), system)
        explanation = adds_up(rl.train(system, NETWORK, theta0, WEIGHTS, tol=1e-12))
        assert explanation.total < 1e-11
        assert all(np.linalg.norm(part.vector) < 1e-9 for part in explanation.parts.values())


class TestSpecialStarts:
    def test_plain_regression_has_a_null_component_only(self):
        system, network = drawn(60), rl.networks.Dense(0)
        x0 = np.random.default_rng(60).standard_normal(UNKNOWNS)
        theta0 = {"W": [], "w": x0}
        explanation = adds_up(rl.train(system, network, theta0, rl.flows.GradientDescent(step_size=1.5), tol=1e-12))
        null = null_projector(system) @ x0
        np.testing.assert_allclose(explanation.parts["null component"].vector, null, atol=1e-12)
        for cause in CAUSES[:-1]:
            assert size_of(explanation, cause) < 1e-11

    def test_a_start_at_zero_has_no_null_component(self):
        system = drawn(61)
        theta0 = rl.inits.Gaussian(1.0)(NETWORK, system, 1)
        theta0["w"] = np.zeros(UNKNOWNS)
        explanation = adds_up(rl.train(system, NETWORK, theta0, METHODS[1], tol=1e-12))
        assert not explanation.parts["null component"].vector.any()
        assert size_of(explanation, "imbalance") > 0.5

    def test_zero_right_hand_side(self):
        """The shortest solution is 0: the balanced chain keeps its null part and nothing else."""
        system = rl.LinearSystem(drawn(62).A, np.zeros(EQUATIONS))
        explanation = adds_up(rl.train(system, NETWORK, rl.inits.Balanced(0.8), WEIGHTS, tol=1e-12))
        assert size_of(explanation, "imbalance") < 1e-6
        assert explanation.total > 1e-3

    def test_it_prints_on_a_page(self):
        text = repr(rl.explain(rl.train(drawn(63), NETWORK, INITS[0], METHODS[1])))
        assert text.startswith("Explanation: the gap to the minimum-norm solution is ")
        assert [line[2:16].strip() for line in text.splitlines()[1:]] == CAUSES

    def test_a_saved_run_is_explained_like_a_fresh_one(self, tmp_path):
        found = rl.train(drawn(64), NETWORK, INITS[0], METHODS[1], tol=1e-3)
        loaded = rl.load(found.save(tmp_path / "run.npz"))
        before, after = rl.explain(found), rl.explain(loaded)
        for cause in CAUSES:
            np.testing.assert_allclose(after.parts[cause].vector, before.parts[cause].vector, atol=1e-14)


class TestRefusals:
    def test_what_is_no_training(self):
        system = drawn(70)
        for wrong in (None, system, np.ones(UNKNOWNS)):
            with pytest.raises(InvalidInputError, match=r"rl\.train"):
                rl.explain(wrong)
        with pytest.raises(InvalidInputError, match="no training"):
            rl.explain(rl.limit(system, NETWORK, rl.inits.Chain(0.5)))

    def test_other_networks(self):
        found = rl.train(drawn(71), rl.networks.Lazy(NETWORK, 2.0), INITS[0], METHODS[1])
        with pytest.raises(InvalidInputError, match=r"Dense and Direct networks.*Lazy"):
            rl.explain(found)

    def test_a_method_that_does_not_settle(self):
        found = rl.train(drawn(72), NETWORK, INITS[0], rl.flows.GradientDescent(step_size=5.0))
        assert found.status is rl.Status.DIVERGED
        with pytest.raises(NoExplanationError, match=r"run on.*DIVERGED.*step_size=2\.5"):
            rl.explain(found)

    def test_a_start_at_rest(self):
        start = {"W": [np.zeros((UNKNOWNS, UNKNOWNS))] * 2, "w": np.zeros(UNKNOWNS)}
        found = rl.train(drawn(73), NETWORK, start, METHODS[1])
        with pytest.raises(NoExplanationError, match="stationary point"):
            rl.explain(found)


@pytest.mark.parametrize("network", [rl.networks.Direct(), rl.networks.Dense(hidden=0)], ids=repr)
def test_regression_in_dual_coordinates_keeps_no_weights_and_needs_none(network):
    system = drawn(71)
    found = rl.train(system, network, rl.inits.Gaussian(1.0), rl.flows.GradientFlow(), tol=1e-10)
    assert found.theta is None
    explanation = rl.explain(found)
    np.testing.assert_allclose(explanation.parts["null component"].share, explanation.total, rtol=1e-8)
