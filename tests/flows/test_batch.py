"""Training in batches: each training is the one that `train` alone would give, whatever stands beside it."""

import numpy as np
import pytest

import ridgeless as rl

EQUATIONS, UNKNOWNS = 4, 10
DESCENT = rl.flows.GradientDescent(max_steps=3000)
DENSE = rl.networks.Dense(hidden=1, width=3)

pytestmark = pytest.mark.usefixtures("as_a_user")


def drawn(seed=0):
    rng = np.random.default_rng(np.random.SeedSequence([seed, 77]))
    A = rng.standard_normal((EQUATIONS, UNKNOWNS)) / np.sqrt(UNKNOWNS)
    return rl.LinearSystem(A, rng.standard_normal(EQUATIONS))


def one_by_one(system, network, inits, flow, tol=1e-8, seeds=(0,)):
    return [rl.train(system, network, init, flow, tol, seed) for init in inits for seed in seeds]


@pytest.mark.parametrize(
    ("network", "flow"),
    [
        (DENSE, DESCENT),
        (DENSE, rl.flows.GradientDescent(momentum=0.9, max_steps=3000)),
        (DENSE, rl.flows.StochasticGradientDescent(batch=2, max_steps=3000)),
        (DENSE, rl.flows.Adam(max_steps=3000)),
        (DENSE, rl.flows.AdaGrad(max_steps=3000)),
        (DENSE, rl.flows.Muon(max_steps=300)),
        (DENSE, rl.flows.DecayThenOff(0.1, 50, DESCENT)),
        (DENSE, rl.flows.WeightDecay(decay=0.1, max_steps=500)),
        *[
            pytest.param(network, flow, marks=pytest.mark.slow)
            for network, flow in (
                (DENSE, rl.flows.ClippedDescent(threshold=0.3, max_steps=3000)),
                # Before they hover: there rounding grows, and a batch ends elsewhere within the hovering.
                (DENSE, rl.flows.NormalizedDescent(0.05, 0.99, max_steps=20)),
                (rl.networks.Difference(2), rl.flows.Nesterov(max_steps=3000)),
                (rl.networks.Difference(2), rl.flows.RMSprop(0.01, 0.99, max_steps=20)),
            )
        ],
        (rl.networks.Direct(), rl.flows.ConjugateGradient()),
        (rl.networks.Direct(), rl.flows.MirrorDescent()),
        (rl.networks.Difference(2), DESCENT),
        (rl.networks.Lazy(DENSE, 10.0), DESCENT),
        (rl.networks.Dense(hidden=0), DESCENT),
        (rl.networks.Direct(), rl.flows.GradientFlow()),
        (rl.networks.Orthogonal(2), rl.flows.RiemannianDescent(max_steps=500)),
    ],
    ids=repr,
)
def test_each_as_if_alone(network, flow):
    system = drawn()
    inits = [rl.inits.Gaussian(0.3), rl.inits.Gaussian(1.0)]
    alone = one_by_one(system, network, inits, flow, seeds=(3, 4))
    batch = rl.train_batch(system, network, inits, flow, seeds=(3, 4))
    assert len(batch) == 4
    for one, other in zip(batch, alone, strict=True):
        assert one.status == other.status
        assert one.stats["steps"] == other.stats["steps"]
        np.testing.assert_allclose(one.x, other.x, rtol=0, atol=1e-11 * np.linalg.norm(other.x))
        np.testing.assert_allclose(one.history.at, other.history.at, rtol=1e-12)
        np.testing.assert_allclose(one.history.loss, other.history.loss, rtol=1e-6, atol=1e-20)
        np.testing.assert_allclose(one.residual, other.residual, rtol=1e-3, atol=1e-14)


def test_neighbours_of_every_shape_and_fate():
    """Two widths, a saddle, a divergence and a start that is solved already, in one call."""
    system = drawn(1)
    network = rl.networks.Dense(hidden=1)
    rng = np.random.default_rng(5)

    def start(width, scale):
        return {"W": [scale * rng.standard_normal((UNKNOWNS, width))], "w": scale * rng.standard_normal(width)}

    solved = {"W": [np.outer(system.min_norm(), [1.0, 0.0])], "w": np.array([1.0, 0.0])}
    saddle = {"W": [np.zeros((UNKNOWNS, 3))], "w": np.zeros(3)}
    inits = [start(3, 0.5), saddle, start(5, 0.4), start(3, 30.0), solved, start(5, 0.6)]
    flow = rl.flows.GradientDescent(step_size=0.05, max_steps=20_000)
    batch = rl.train_batch(system, network, inits, flow)
    statuses = [one.status.name for one in batch]
    assert statuses == ["CONVERGED", "STALLED", "CONVERGED", "DIVERGED", "CONVERGED", "CONVERGED"]
    for one, other in zip(batch, one_by_one(system, network, inits, flow), strict=True):
        assert one.status == other.status
        if one.success:
            np.testing.assert_allclose(one.x, other.x, atol=1e-12)
            np.testing.assert_allclose(one.theta["W"][0], other.theta["W"][0], atol=1e-12)


def test_a_lane_that_has_ended_stays_where_it_is():
    """The slow neighbour takes thousands of steps more; the fast one is not moved by them."""
    system = drawn(2)
    inits = [rl.inits.Gaussian(1.0), rl.inits.Gaussian(0.01)]
    fast, slow = rl.train_batch(system, DENSE, inits, rl.flows.GradientDescent(max_steps=50_000))
    alone = rl.train(system, DENSE, inits[0], rl.flows.GradientDescent(max_steps=50_000))
    assert fast.stats["steps"] < slow.stats["steps"]
    assert (fast.success, slow.success) == (True, True)
    np.testing.assert_allclose(fast.x, alone.x, rtol=1e-12)
    np.testing.assert_allclose(system.A @ fast.x, system.A @ alone.x, atol=1e-14)


def test_seeds_of_the_first_init_come_first_and_each_is_on_record():
    system = drawn(3)
    inits = [rl.inits.Gaussian(0.5), rl.inits.RowSpace(0.5)]
    batch = rl.train_batch(system, DENSE, inits, DESCENT, seeds=range(2))
    told = [(one.provenance["configuration"]["init"], one.provenance["seed"]) for one in batch]
    assert told == [(repr(init), seed) for init in inits for seed in (0, 1)]
    gaps = [np.linalg.norm(one.x - system.min_norm()) for one in batch]
    assert max(gaps[2:]) < 1e-6 < min(gaps[:2])


def test_same_seeds_same_bits():
    system = drawn(4)
    inits = [rl.inits.Gaussian(0.5), rl.inits.Gaussian(0.7)]
    first, second = (rl.train_batch(system, DENSE, inits, DESCENT, seeds=(1, 2)) for _ in range(2))
    for one, other in zip(first, second, strict=True):
        np.testing.assert_array_equal(one.x, other.x)
        np.testing.assert_array_equal(one.theta["w"], other.theta["w"])


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"inits": []}, "inits"),
        ({"inits": rl.inits.Gaussian(1.0)}, "inits"),
        ({"inits": [rl.inits.Gaussian(1.0), "Gaussian"]}, "train_batch"),
        ({"seeds": []}, "seeds"),
        ({"seeds": 3}, "seeds"),
        ({"seeds": [0, -1]}, "seed"),
        ({"seeds": [0.5]}, "seed"),
        ({"tol": 0.0}, "tol"),
        ({"flow": "GradientDescent"}, "train_batch"),
        ({"flow": rl.flows.RiemannianFlow()}, "Orthogonal"),
        ({"inits": [rl.inits.Gaussian(1.0), {"w": np.ones(3)}]}, "needs"),
    ],
    ids=str,
)
def test_refusals_come_before_any_training(changed, named, monkeypatch):
    def never(*_):
        raise AssertionError("training began")

    monkeypatch.setattr("ridgeless.flows._batch._train_together", never)
    asked = {"inits": [rl.inits.Gaussian(1.0)], "flow": DESCENT, "tol": 1e-8, "seeds": (0,), **changed}
    with pytest.raises(rl.InvalidInputError, match=named):
        rl.train_batch(drawn(), DENSE, **asked)
