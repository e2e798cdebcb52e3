"""`solution.invariants`: what exact gradient flow conserves, at both ends of a training, and how far it drifted."""

import numpy as np
import pytest
from scipy.sparse.linalg import aslinearoperator

import ridgeless as rl

EQUATIONS, UNKNOWNS = 4, 9
NETWORK = rl.networks.Dense(2, 9)
BALANCES = ["W_1ᵀW_1 − W_2W_2ᵀ", "W_2ᵀW_2 − W_3W_3ᵀ"]
WEIGHTS = rl.flows.GradientFlow(coordinates="weights")

pytestmark = pytest.mark.usefixtures("as_a_user")


def drawn(seed):
    rng = np.random.default_rng(np.random.SeedSequence([seed, 116]))
    left, _, right = np.linalg.svd(rng.standard_normal((EQUATIONS, UNKNOWNS)), full_matrices=False)
    A = (left * np.linspace(1, 0.5, EQUATIONS)) @ right
    return rl.LinearSystem(A, A @ rng.standard_normal(UNKNOWNS))


def trained(flow, seed=0, network=NETWORK, tol=1e-8):
    return rl.train(drawn(seed), network, rl.inits.Gaussian(1.0), flow, tol=tol, seed=seed)


def test_they_are_those_of_the_network_at_both_ends():
    """Typed out: P_N W_1, and the balance of each pair of layers, with W_3 = w."""
    found = trained(rl.flows.GradientDescent(step_size=0.05))
    null = np.eye(UNKNOWNS) - np.linalg.pinv(found.system.A) @ found.system.A
    for end, theta in (("initial", found.theta0), ("final", found.theta)):
        first, second, vector = *theta["W"], theta["w"]
        wanted = {
            "P_N W_1": null @ first,
            BALANCES[0]: first.T @ first - second @ second.T,
            BALANCES[1]: second.T @ second - np.outer(vector, vector),
        }
        assert list(found.invariants) == list(wanted)
        for name, value in wanted.items():
            np.testing.assert_allclose(getattr(found.invariants[name], end), value, rtol=0, atol=1e-13)


def test_drift_is_the_norm_of_the_change():
    found = trained(rl.flows.GradientDescent(step_size=0.05))
    for initial, final, drift in found.invariants.values():
        assert drift == pytest.approx(np.linalg.norm(final - initial), rel=1e-12, abs=1e-15)


@pytest.mark.parametrize(
    ("flow", "keeps_null_part", "keeps_balance"),
    [
        (WEIGHTS, True, True),
        (rl.flows.GradientDescent(step_size=0.05), True, False),
        (rl.flows.GradientDescent(step_size=0.05, momentum=0.6), True, False),
        (rl.flows.StochasticGradientDescent(batch=2, step_size=0.03), True, False),
        (rl.flows.Muon(step_size=1e-2, max_steps=300), True, False),
        (rl.flows.Adam(step_size=1e-2), False, False),
        (rl.flows.AdaGrad(step_size=0.1), False, False),
        (rl.flows.DecayThenOff(0.1, 50, rl.flows.GradientDescent(step_size=0.05)), False, False),
    ],
    ids=repr,
)
def test_which_method_keeps_what(flow, keeps_null_part, keeps_balance):
    invariants = trained(flow).invariants
    null_drift = invariants["P_N W_1"].drift / np.linalg.norm(invariants["P_N W_1"].initial)
    # three hundred steps, each rounded, leave 1e-13 of it
    assert null_drift < 1e-12 if keeps_null_part else null_drift > 1e-3
    for name in BALANCES:
        drift = invariants[name].drift / np.linalg.norm(invariants[name].initial)
        assert drift < 1e-8 if keeps_balance else drift > 1e-4


def test_the_drift_of_the_balance_grows_with_the_step():
    drifts = [trained(rl.flows.GradientDescent(step_size=step)).invariants[BALANCES[1]].drift for step in (0.04, 0.02)]
    assert drifts[0] / drifts[1] == pytest.approx(2, rel=0.1)


def test_other_networks_have_others():
    assert list(trained(rl.flows.GradientDescent(), network=rl.networks.Direct()).invariants) == ["P_N x"]
    diagonal = trained(rl.flows.GradientDescent(step_size=1e-2, max_steps=200), network=rl.networks.Difference(2))
    assert list(diagonal.invariants) == ["u·v"]
    assert 0 < diagonal.invariants["u·v"].drift < 1
    lazy = trained(rl.flows.GradientDescent(step_size=0.05), network=rl.networks.Lazy(NETWORK, 5.0))
    assert list(lazy.invariants) == ["P_N W_1", *BALANCES]
    assert lazy.invariants["P_N W_1"].drift < 1e-13


def test_entries_that_are_infinite_at_an_end_are_left_out():
    """u^(2−D) of a weight that is 0 stays infinite: the drift is that of the others."""
    system, network = drawn(3), rl.networks.Difference(3)
    theta0 = {"u": np.full(UNKNOWNS, 0.5), "v": np.concatenate([[0.0], np.full(UNKNOWNS - 1, 0.5)])}
    found = rl.train(system, network, theta0, rl.flows.GradientDescent(step_size=1e-2, max_steps=50), tol=1e-12)
    (kept,) = found.invariants.values()
    assert np.isinf(kept.initial[0])
    assert np.isinf(kept.final[0])
    assert kept.drift == pytest.approx(np.linalg.norm(kept.final[1:] - kept.initial[1:]))


def test_there_are_none_where_no_weights_were_trained():
    system = drawn(4)
    assert rl.limit(system, NETWORK, rl.inits.RowSpace(1.0)).invariants == {}
    dual = rl.flows.GradientFlow(coordinates="dual")
    assert rl.train(system, rl.networks.Difference(2), rl.inits.Constant(0.5), dual).invariants == {}
    assert rl.lazy_limit(system, NETWORK, rl.inits.Gaussian(1.0)).invariants == {}


def test_a_start_at_rest_has_them_too():
    system = drawn(5)
    theta0 = {"W": [np.zeros((UNKNOWNS, UNKNOWNS))] * 2, "w": np.zeros(UNKNOWNS)}
    found = rl.train(system, NETWORK, theta0, rl.flows.GradientDescent(step_size=0.05))
    assert {each.drift for each in found.invariants.values()} == {0.0}


def test_they_survive_a_file(tmp_path):
    found = trained(rl.flows.GradientDescent(step_size=0.05))
    loaded = rl.load(found.save(tmp_path / "run.npz"))
    for name, kept in found.invariants.items():
        np.testing.assert_array_equal(loaded.invariants[name].initial, kept.initial)
        assert loaded.invariants[name].drift == kept.drift
    operator = rl.LinearSystem(aslinearoperator(found.system.A), found.system.b)
    start = found.theta0
    other = rl.train(operator, NETWORK, start, rl.flows.GradientDescent(step_size=0.05))
    assert other.invariants["P_N W_1"].drift < 1e-12
    assert rl.load(other.save(tmp_path / "operator.npz")).invariants == {}


def test_they_are_what_the_certificate_measures_without_units():
    found = trained(rl.flows.GradientDescent(step_size=0.05))
    drifts = rl.certificates.conservation(found.system, NETWORK, found.theta0, found.theta)
    for name, kept in found.invariants.items():
        assert drifts[name] == pytest.approx(kept.drift / np.linalg.norm(kept.initial), rel=1e-9, abs=1e-15)
