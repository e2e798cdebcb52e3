"""What a training tells when asked: the theorem, the weights, the norms of its history; and nothing of it before."""

import copy
import dataclasses
import pickle

import numpy as np
import pytest

import ridgeless as rl
from ridgeless._core.on_demand import is_pending, revised
from ridgeless.networks._dense import theorem

pytestmark = pytest.mark.usefixtures("as_a_user")

NETWORK = rl.networks.Dense(hidden=1, width=3)
DESCENT = rl.flows.GradientDescent(max_steps=30)
AWAITED = [("bias", None), ("theta", None), ("l1_norm", "history"), ("l2_norm", "history")]


def drawn():
    rng = np.random.default_rng(41)
    return rl.LinearSystem(rng.standard_normal((3, 20)), rng.standard_normal(3))


def trained(init=None, flow=DESCENT):
    return rl.train(drawn(), NETWORK, init or rl.inits.RowSpace(0.5), flow, seed=2)


def holder_of(found, name):
    return found if name is None else getattr(found, name)


@pytest.fixture
def searches(monkeypatch):
    """The starts that a theorem was looked for."""
    seen, search = [], theorem.theorem

    def counted(theta0, system):
        seen.append(theta0)
        return search(theta0, system)

    monkeypatch.setattr(theorem, "theorem", counted)
    return seen


def test_descent_looks_for_no_theorem_until_asked_and_then_once(searches):
    found = trained()
    assert "solution.bias tells" in repr(found)
    assert not searches
    assert isinstance(found.bias, rl.potentials.Bias)
    assert found.bias is found.bias
    assert len(searches) == 1
    assert "implicit bias: Quadratic" in repr(found)
    np.testing.assert_array_equal(found.bias.offset, NETWORK.bias(found.theta0, found.system).offset)


def test_a_start_without_a_theorem_has_none():
    found = trained(rl.inits.Gaussian(0.5))
    assert found.bias is None
    assert "implicit bias" not in repr(found)


def test_batches_wait_too(searches):
    batch = rl.train_batch(drawn(), NETWORK, [rl.inits.RowSpace(0.5)], DESCENT, seeds=range(3))
    assert not searches
    assert all(is_pending(one, "theta") and is_pending(one, "bias") for one in batch)
    assert all(one.bias is not None for one in batch)
    assert len(searches) == 3


def test_flow_is_compared_with_the_theorem_unasked_where_there_may_be_one(searches):
    flow = rl.flows.GradientFlow()
    assert trained(rl.inits.Gaussian(0.5), flow).success
    assert not searches  # inner products of columns have ruled it out
    found = trained(rl.inits.RowSpace(0.5), flow)
    assert found.success
    assert len(searches) == 1
    assert not is_pending(found, "bias")


@pytest.mark.parametrize(("name", "holder"), AWAITED)
def test_what_is_awaited(name, holder):
    assert is_pending(holder_of(trained(), holder), name)


def test_the_norms_are_those_of_the_weights():
    found = trained(flow=rl.flows.GradientDescent(max_steps=1))
    ends = [NETWORK(theta) for theta in (found.theta0, found.theta)]
    np.testing.assert_allclose(found.history.l1_norm, [np.abs(x).sum() for x in ends], rtol=1e-14)
    np.testing.assert_allclose(found.history.l2_norm, [np.linalg.norm(x) for x in ends], rtol=1e-14)
    np.testing.assert_allclose(NETWORK(found.theta), found.x, atol=1e-15)


@pytest.mark.parametrize("carry", [copy.copy, copy.deepcopy, lambda found: pickle.loads(pickle.dumps(found))])
def test_copies_tell_the_same(carry):
    found = trained()
    other = carry(found)
    assert is_pending(other, "bias")
    np.testing.assert_array_equal(other.bias.offset, found.bias.offset)
    np.testing.assert_array_equal(other.theta["w"], found.theta["w"])
    np.testing.assert_array_equal(other.history.l1_norm, found.history.l1_norm)


def test_files_hold_what_nobody_has_asked_for(tmp_path):
    found = trained()
    other = rl.load(found.save(tmp_path / "found"))
    assert not is_pending(other, "bias")
    np.testing.assert_array_equal(other.bias.offset, found.bias.offset)
    np.testing.assert_array_equal(other.theta["W"][0], found.theta["W"][0])
    np.testing.assert_array_equal(other.history.l2_norm, found.history.l2_norm)


def test_replacing_computes_and_revising_does_not():
    found = trained()
    later = revised(found, message="later")
    assert (later.message, is_pending(later, "bias"), is_pending(later, "theta")) == ("later", True, True)
    now = dataclasses.replace(found, message="now")
    assert (now.message, is_pending(now, "bias")) == ("now", False)
    assert revised(now, message="again").bias is now.bias


def test_a_limit_has_its_theorem_at_hand():
    found = rl.limit(drawn(), rl.networks.Difference(2), rl.inits.Constant(0.1))
    assert not is_pending(found, "bias")
    assert found.theta is None


def test_the_end_of_the_budget_says_what_is_true_with_and_without_a_theorem():
    for init in (rl.inits.RowSpace(0.5), rl.inits.Gaussian(0.5)):
        message = trained(init, rl.flows.GradientDescent(max_steps=2)).message
        assert "budget of 2 steps ended at residual" in message
        assert "Type a larger max_steps. rl.limit gives the end of gradient flow without training where a" in message
        assert "says why where none does" in message
