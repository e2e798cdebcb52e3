"""Constant weight decay: the scale of the start shrinks as told, and training rests at ridge, lasso or their kin."""

import numpy as np
import pytest

import ridgeless as rl

EQUATIONS, UNKNOWNS = 6, 20
DECAY = 0.2

pytestmark = pytest.mark.usefixtures("as_a_user")


def rested(system, network, seed=0, decay=DECAY):
    found = rl.train(system, network, rl.inits.Gaussian(0.7), rl.flows.WeightDecay(decay=decay), tol=1e-8, seed=seed)
    assert not found.success
    return found


def test_regression_comes_to_rest_at_ridge(drawn):
    """From every start: (AᵀA + λI)⁻¹Aᵀb."""
    system = drawn(0)
    ridge = np.linalg.solve(system.A.T @ system.A + DECAY * np.eye(UNKNOWNS), system.A.T @ system.b)
    for seed in range(2):
        found = rested(system, rl.networks.Direct(), seed)
        assert found.status is rl.Status.STALLED
        np.testing.assert_allclose(found.x, ridge, atol=1e-10)


@pytest.mark.parametrize(
    ("network", "price"),
    [
        (rl.networks.Product(2), DECAY),
        pytest.param(rl.networks.Difference(2), DECAY / 2, marks=pytest.mark.slow),
    ],
    ids=repr,
)
def test_diagonal_networks_come_to_rest_at_the_lasso(network, price, drawn):
    """With the weight λ on ‖x‖₁ for u∘v, and λ/2 for u² − v²: the conditions of the lasso, and its solution."""
    from sklearn.linear_model import Lasso

    system = drawn(0)
    found = rested(system, network)
    pull = system.A.T @ (system.b - system.A @ found.x)
    support = np.abs(found.x) > 1e-3
    assert 0 < support.sum() < EQUATIONS
    np.testing.assert_allclose(pull[support], price * np.sign(found.x[support]), rtol=1e-6)
    assert np.abs(pull).max() <= price * (1 + 1e-6)
    model = Lasso(alpha=price / EQUATIONS, fit_intercept=False, tol=1e-14, max_iter=100_000).fit(system.A, system.b)
    np.testing.assert_allclose(found.x, model.coef_, atol=1e-5)


def test_two_dense_layers_come_to_rest_at_the_norm(drawn):
    """At a minimum of ½‖A x − b‖² + λ‖x‖₂: Aᵀ(b − A x) = λ·x/‖x‖."""
    system = drawn(1)
    found = rested(system, rl.networks.Dense(1, 3))
    assert found.status is rl.Status.STALLED
    pull = system.A.T @ (system.b - system.A @ found.x)
    np.testing.assert_allclose(pull, DECAY * found.x / np.linalg.norm(found.x), atol=1e-8)


@pytest.mark.parametrize("steps", [1, 50, 400])
def test_the_scale_of_the_start_shrinks_as_the_identity_has_it(steps, drawn):
    """|p·m| = |p₀·m₀|·∏((1 − ηλ)² − η²g²), to rounding."""
    system, rng, step = drawn(2), np.random.default_rng(1), 0.02
    layers = [rng.uniform(0.2, 1, UNKNOWNS), rng.uniform(1.2, 1.6, UNKNOWNS)]
    flow = rl.flows.WeightDecay(step, DECAY, max_steps=steps)
    found = rl.train(system, rl.networks.Product(2), {"layers": layers}, flow)
    (u, v), factor = layers, np.ones(UNKNOWNS)
    for _ in range(steps):
        slope = system.A.T @ (system.A @ (u * v) - system.b)
        factor *= (1 - step * DECAY) ** 2 - (step * slope) ** 2
        u, v = u - step * (slope * v + DECAY * u), v - step * (slope * u + DECAY * v)
    first, second = found.theta["layers"]
    wanted = (layers[0] ** 2 - layers[1] ** 2) * factor
    np.testing.assert_allclose(first**2 - second**2, wanted, rtol=1e-10, atol=1e-14)


def test_small_steps_shrink_it_exponentially(drawn):
    """At the same time t = kη the distance from |p₀·m₀|·exp(−2λt) falls with η, as the order says."""
    system, rng, time, gaps = drawn(2), np.random.default_rng(1), 4.0, []
    layers = [rng.uniform(0.2, 1, UNKNOWNS), rng.uniform(1.2, 1.6, UNKNOWNS)]
    wanted = np.log(layers[1] ** 2 - layers[0] ** 2) - 2 * DECAY * time
    for step in (4e-3, 1e-3):
        flow = rl.flows.WeightDecay(step, DECAY, max_steps=round(time / step))
        first, second = rl.train(system, rl.networks.Product(2), {"layers": layers}, flow).theta["layers"]
        gaps.append(np.abs(np.log(second**2 - first**2) - wanted).max())
    assert 0.9 < np.log(gaps[0] / gaps[1]) / np.log(4) < 1.1
    assert gaps[1] < 0.05


@pytest.mark.slow
def test_decay_then_descent_ends_at_a_sparser_solution(drawn):
    """What decay took from the scale of the start is gone for good."""
    system, network = drawn(3), rl.networks.Difference(2)
    start = rl.inits.Constant(1.0)(network, system)
    plain = rl.train(system, network, start, rl.flows.GradientDescent(), tol=1e-8)
    decayed = rl.train(system, network, start, rl.flows.WeightDecay(decay=0.05, max_steps=5_000))
    after = rl.train(system, network, decayed.theta, rl.flows.GradientDescent(), tol=1e-8)
    assert plain.success
    assert after.success
    assert np.abs(after.x).sum() < 0.9 * np.abs(plain.x).sum()


def test_the_status_says_whether_the_weights_rest(drawn):
    system = drawn(0)
    short = rl.train(
        system, rl.networks.Direct(), rl.inits.Gaussian(1.0), rl.flows.WeightDecay(decay=DECAY, max_steps=5)
    )
    assert short.status is rl.Status.MAX_STEPS
    assert "still move" in short.message
    # A tolerance that the rest meets: the answer is within it.
    loose = rl.train(system, rl.networks.Direct(), rl.inits.Gaussian(1.0), rl.flows.WeightDecay(decay=1e-5), tol=0.01)
    assert loose.status is rl.Status.CONVERGED
    assert loose.stats["steps"] == 100_000


def test_a_residual_of_zero_on_the_way_is_no_end():
    """One equation, one step of the default size: the loss is 0 to the last bit, and the decay goes on."""
    system = rl.LinearSystem(np.array([[3.0, 4.0]]), np.array([25.0]))
    found = rl.train(system, rl.networks.Direct(), {"x": np.zeros(2)}, rl.flows.WeightDecay(decay=5.0, max_steps=2000))
    np.testing.assert_allclose(found.x, np.array([75.0, 100.0]) / 30, rtol=1e-9)
    assert found.status is rl.Status.STALLED


def test_settings_that_are_none(drawn):
    for bad in (0.0, -1.0, np.nan, "much", None):
        with pytest.raises(rl.InvalidInputError, match=r"flows\.WeightDecay.*decay"):
            rl.flows.WeightDecay(decay=bad)
    with pytest.raises(rl.InvalidInputError, match="type a decay below 20"):
        rl.train(drawn(0), rl.networks.Direct(), rl.inits.Gaussian(1.0), rl.flows.WeightDecay(0.05, decay=20.0))
