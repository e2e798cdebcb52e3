"""Label noise: it leads to sparse solutions where gradient descent does not, at the pace that its steps tell."""

import jax
import numpy as np
import pytest

import ridgeless as rl

EQUATIONS, UNKNOWNS = 12, 24
STEP = 0.02
DESCENT = rl.flows.GradientDescent(STEP, max_steps=40_000)

pytestmark = pytest.mark.usefixtures("as_a_user")


def drawn(seed=7):
    rng = np.random.default_rng(seed)
    A = rng.standard_normal((EQUATIONS, UNKNOWNS)) / np.sqrt(EQUATIONS)
    x = np.zeros(UNKNOWNS)
    x[[2, 9]] = 1.0
    return rl.LinearSystem(A, A @ x, x)


def error(system, found):
    return np.linalg.norm(found.x - system.truth)


def test_it_recovers_the_sparse_truth_where_descent_does_not():
    """From a large start (HaoChen et al. 2021): ten times nearer after noise, a thousand times after settling."""
    system, network, start = drawn(), rl.networks.Difference(2), rl.inits.Constant(1.0)
    plain = rl.train(system, network, start, rl.flows.GradientDescent(STEP), tol=1e-7)
    noisy = rl.train(system, network, start, rl.flows.LabelNoise(1.0, DESCENT), tol=1e-7)
    settled = rl.train(system, network, noisy.theta, rl.flows.GradientDescent(STEP), tol=1e-4)
    assert plain.success
    assert error(system, plain) > 0.5
    assert noisy.status is rl.Status.MAX_STEPS
    assert 0.01 < noisy.residual < 0.3
    assert settled.success
    assert error(system, settled) < 1e-2 * error(system, plain)


def test_the_scale_of_the_start_shrinks_at_the_pace_of_the_noise():
    """By η²σ²‖a_i‖² a step in log|p·m|, once the labels are fitted: g_i is σ⟨a_i, s⟩ and what little x moves."""
    system, network, noise, steps = drawn(), rl.networks.Product(2), 0.5, 20_000
    rng = np.random.default_rng(1)
    start = {"layers": [rng.uniform(0.2, 0.4, UNKNOWNS), rng.uniform(1.2, 1.6, UNKNOWNS)]}
    fitted = rl.train(system, network, start, rl.flows.GradientDescent(0.01), tol=1e-8).theta
    flow = rl.flows.LabelNoise(noise, rl.flows.GradientDescent(0.01, max_steps=steps))
    noisy = rl.train(system, network, fitted, flow).theta
    before, after = (np.log(np.abs(theta["layers"][0] ** 2 - theta["layers"][1] ** 2)) for theta in (fitted, noisy))
    wanted = 1e-4 * noise**2 * np.square(system.A).sum(axis=0) * steps
    np.testing.assert_allclose(before - after, wanted, rtol=0.1)


@pytest.mark.slow
def test_regression_hovers_around_the_solution_nearest_to_the_start():
    """Where no weights multiply, noise has no bias: P_N x stays, and the mean over the draws is A⁺b + P_N x₀."""
    system, start = drawn(), np.random.default_rng(3).standard_normal(UNKNOWNS)
    ends = [
        rl.train(system, rl.networks.Direct(), {"x": start}, rl.flows.LabelNoise(0.1, _short(2_000), seed)).x
        for seed in range(40)
    ]
    wanted = system.min_norm() + system.project_null(start)
    spread = np.std(ends, axis=0).max()
    assert spread > 1e-3
    assert np.abs(np.mean(ends, axis=0) - wanted).max() < 5 * spread / np.sqrt(len(ends))
    for end in ends[:3]:
        np.testing.assert_allclose(system.project_null(end), system.project_null(start), atol=1e-12)


def _short(steps):
    return rl.flows.GradientDescent(STEP, max_steps=steps)


def test_a_step_sees_signs_of_the_noise_level():
    """From x = 0: Δx = η·Aᵀ(b + σs), s = ±1."""
    system, start, signs = drawn(), np.zeros(UNKNOWNS), []
    for seed in range(20):
        flow = rl.flows.LabelNoise(0.25, _short(1), seed)
        change = rl.train(system, rl.networks.Direct(), {"x": start}, flow).x
        drawn_now = (np.linalg.lstsq(system.A.T, change / STEP)[0] - system.b) / 0.25
        np.testing.assert_allclose(np.abs(drawn_now), 1, atol=1e-9)
        signs.append(drawn_now)
    assert abs(np.mean(signs)) < 0.2


def test_each_step_draws_anew_and_the_seed_decides():
    system = drawn()
    start = {"x": np.zeros(UNKNOWNS)}
    one, two, other = (
        rl.train(system, rl.networks.Direct(), start, rl.flows.LabelNoise(0.25, _short(30), seed)).x
        for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(one, two)
    assert np.abs(one - other).max() > 1e-4


@pytest.mark.parametrize(
    "by",
    [
        rl.flows.GradientDescent(STEP, max_steps=300),
        *[
            pytest.param(each, marks=pytest.mark.slow)
            for each in (
                rl.flows.Adam(0.01, max_steps=300),
                rl.flows.StochasticGradientDescent(3, STEP, max_steps=300),
                rl.flows.GradientDescent(STEP, momentum=0.5, max_steps=300),
                rl.flows.SignDescent(0.01, max_steps=300),
            )
        ],
    ],
    ids=repr,
)
def test_every_method_in_steps_can_take_them(by):
    """Alone and in a batch alike; without its seed's draws a method would end elsewhere."""
    system, network = drawn(), rl.networks.Difference(2)
    flow = rl.flows.LabelNoise(0.1, by)
    inits = [rl.inits.Constant(0.7), rl.inits.Gaussian(0.5)]
    batch = rl.train_batch(system, network, inits, flow, seeds=(0, 1))
    alone = [rl.train(system, network, init, flow, seed=seed) for init in inits for seed in (0, 1)]
    for one, other in zip(batch, alone, strict=True):
        assert one.status is other.status is rl.Status.MAX_STEPS
        assert "label noise 0.1" in one.message
        assert one.stats["batch"] == 4
        np.testing.assert_allclose(one.x, other.x, rtol=1e-8, atol=1e-9)
        assert not any(isinstance(leaf, jax.Array) for leaf in jax.tree.leaves([one.x, one.theta, one.stats]))
    plain = rl.train(system, network, inits[0], by, tol=1e-13)
    assert np.abs(plain.x - alone[0].x).max() > 1e-5


def test_a_divergence_is_told():
    found = rl.train(drawn(), rl.networks.Difference(2), rl.inits.Constant(1.0), rl.flows.LabelNoise(1.0, _long()))
    assert found.status is rl.Status.DIVERGED
    assert "rl.flows.GradientDescent(step_size=" in found.message


def _long():
    return rl.flows.GradientDescent(5.0)


def test_settings_that_are_none():
    for bad in (0.0, -1.0, np.nan, "much", None):
        with pytest.raises(rl.InvalidInputError, match=r"flows\.LabelNoise.*noise"):
            rl.flows.LabelNoise(noise=bad)
    for bad in (-1, 1.5, "1", None, True):
        with pytest.raises(rl.InvalidInputError, match=r"flows\.LabelNoise.*seed"):
            rl.flows.LabelNoise(seed=bad)
    for bad in (rl.flows.GradientFlow(), rl.flows.LabelNoise(), "Adam", None):
        with pytest.raises(rl.InvalidInputError, match=r"pass a method in steps such as rl\.flows\.GradientDescent"):
            rl.flows.LabelNoise(by=bad)
