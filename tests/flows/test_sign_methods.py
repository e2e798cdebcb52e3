"""Methods that scale every entry by itself: what they conserve, and the one case in which their end has a formula."""

import numpy as np
import pytest

import ridgeless as rl

EQUATIONS, UNKNOWNS = 6, 20
STEP = 0.01
# Steps of this many kinds: all may move a weight by far more than the answer asks.
SHRINKING = [
    rl.flows.SignDescent,
    *[pytest.param(kind, marks=pytest.mark.slow) for kind in (rl.flows.NormalizedDescent, rl.flows.RMSprop)],
]

pytestmark = pytest.mark.usefixtures("as_a_user")


def spread(theta):
    """|u| − |v| of each coordinate."""
    first, second = theta["layers"]
    return np.abs(first) - np.abs(second)


@pytest.mark.parametrize("step", [0.05, 0.01])
def test_sign_descent_on_a_product_keeps_the_difference_of_sizes(step, drawn):
    """Exactly, at every step size, while no weight crosses 0; here the first layer is far from it."""
    system, rng = drawn(0), np.random.default_rng(3)
    first = rng.uniform(3, 4, UNKNOWNS)
    theta0 = {"layers": [first, np.sign(system.truth) / 3 + rng.choice([-1.0, 1.0], UNKNOWNS)]}
    flow = rl.flows.SignDescent(step, step_decay=1.0, max_steps=15)
    found = rl.train(system, rl.networks.Product(2), theta0, flow, tol=1e-12)
    assert found.stats["steps"] == 15
    for before, after in zip(theta0["layers"], found.theta["layers"], strict=True):
        np.testing.assert_array_equal(np.sign(before), np.sign(after))
    np.testing.assert_allclose(spread(found.theta), spread(theta0), atol=1e-13)
    # Gradient flow conserves another quantity, which sign descent changes.
    before, after = (np.square(theta["layers"][0]) - np.square(theta["layers"][1]) for theta in (theta0, found.theta))
    assert np.abs(after - before).max() > 0.1


@pytest.mark.parametrize("step", [1e-2, 1e-3])
def test_each_crossing_of_zero_costs_at_most_two_steps(step, drawn):
    """Counted step by step here, and seen at the end of the flow."""
    system, rng = drawn(0), np.random.default_rng(3)
    theta0 = {"layers": [rng.uniform(0.3, 1, UNKNOWNS), rng.uniform(1.5, 2, UNKNOWNS)]}
    first, second = theta0["layers"]
    crossings = np.zeros(UNKNOWNS)
    for _ in range(int(8 / step)):
        slope = system.A.T @ (system.A @ (first * second) - system.b)
        moved = first - step * np.sign(slope * second), second - step * np.sign(slope * first)
        crossings += (np.sign(moved[0]) != np.sign(first)) | (np.sign(moved[1]) != np.sign(second))
        first, second = moved
    drift = np.abs(spread({"layers": [first, second]}) - spread(theta0))
    assert (drift <= 2 * step * crossings + 1e-11).all()
    assert (crossings > 0).sum() >= 2
    assert drift.max() > 1e-3 * step
    flow = rl.flows.SignDescent(step, max_steps=int(8 / step))
    found = rl.train(system, rl.networks.Product(2), theta0, flow, tol=1e-12)
    assert np.median(np.abs(spread(found.theta) - spread(theta0))) < 1e-11


def test_sign_descent_on_a_difference_keeps_the_sum_of_sizes(drawn):
    """So x = (|u₀| + |v₀|)·(|u| − |v|): where gradient flow grows x exponentially, sign flow does so linearly."""
    system, rng = drawn(0), np.random.default_rng(4)
    theta0 = {"u": rng.uniform(1, 2, UNKNOWNS), "v": rng.uniform(1, 2, UNKNOWNS)}
    flow = rl.flows.SignDescent(STEP, step_decay=0.999, max_steps=20_000)
    found = rl.train(system, rl.networks.Difference(2), theta0, flow, tol=1e-5)
    assert found.success, found
    sums = theta0["u"] + theta0["v"]
    np.testing.assert_allclose(np.abs(found.theta["u"]) + np.abs(found.theta["v"]), sums, atol=1e-12)
    np.testing.assert_allclose(found.x, sums * (np.abs(found.theta["u"]) - np.abs(found.theta["v"])), atol=1e-12)
    drift = rl.certificates.conservation(system, rl.networks.Difference(2), theta0, found.theta)
    assert drift["u·v"] > 0.01


def aligned(seed, equations=3):
    """A system with A·sign(Aᵀb) = c·b, and sign(Aᵀb)/c, which solves it."""
    rng = np.random.default_rng(np.random.SeedSequence([seed, 10]))
    b, signs = rng.standard_normal(equations), rng.choice([-1.0, 1.0], UNKNOWNS)
    A = (np.outer(b, rng.uniform(0.5, 1.5, UNKNOWNS)) + 0.3 * rng.standard_normal((equations, UNKNOWNS))) * signs
    factor = b @ (A @ signs) / (b @ b)
    A += np.outer(factor * b - A @ signs, signs) / UNKNOWNS
    np.testing.assert_array_equal(np.sign(A.T @ b), signs)
    np.testing.assert_allclose(A @ signs, factor * b, atol=1e-12)
    return rl.LinearSystem(A, b), signs / factor


@pytest.mark.parametrize(
    "flow",
    [rl.flows.SignDescent(STEP, 0.99), rl.flows.RMSprop(STEP, 0.99), rl.flows.Adam(STEP)],
    ids=["SignDescent", "RMSprop", "Adam"],
)
@pytest.mark.parametrize("seed", [0, pytest.param(1, marks=pytest.mark.slow)])
def test_the_end_of_aligned_data_is_one_size_with_the_signs_of_the_gradient(flow, seed):
    """Wilson et al. 2017, Lemma 3.1: x∞ = sign(Aᵀb)/c, where gradient descent ends at A⁺b."""
    system, predicted = aligned(seed)
    start = {"x": np.zeros(UNKNOWNS)}
    found = rl.train(system, rl.networks.Direct(), start, flow, tol=1e-8)
    assert found.success, found
    np.testing.assert_allclose(found.x, predicted, atol=1e-6 * np.abs(predicted).max())
    other = rl.train(system, rl.networks.Direct(), start, rl.flows.GradientDescent(), tol=1e-8)
    np.testing.assert_allclose(other.x, system.min_norm(), atol=1e-7)
    assert np.abs(other.x - predicted).max() > 0.1 * np.abs(predicted).max()


def test_an_accumulator_that_begins_above_zero_breaks_the_formula():
    system, predicted = aligned(0)
    found = rl.train(system, rl.networks.Direct(), {"x": np.zeros(UNKNOWNS)}, rl.flows.AdaGrad(0.05), tol=1e-8)
    assert found.success
    assert np.abs(found.x - predicted).max() > 0.01 * np.abs(predicted).max()


@pytest.mark.parametrize("kind", SHRINKING)
def test_steps_of_one_length_hover_and_say_so(kind, drawn):
    """At a residual that falls with the step, roughly in proportion."""
    system, levels = drawn(1), []
    assert not kind().settles_on(rl.networks.Direct())
    for step in (1e-2, 2e-3):
        flow = kind(step_size=step, max_steps=4000)
        found = rl.train(system, rl.networks.Direct(), {"x": np.zeros(UNKNOWNS)}, flow, tol=1e-9)
        assert found.status is rl.Status.MAX_STEPS
        assert f"rl.flows.{kind.__name__}(step_size={step:g}, step_decay=0.999)" in found.message
        levels.append(found.residual)
    assert 1.5 < levels[0] / levels[1] < 15


@pytest.mark.parametrize("kind", SHRINKING)
def test_steps_that_shrink_too_soon_are_told(kind, drawn):
    system = drawn(1)
    flow = kind(step_size=1e-3, step_decay=0.5)
    alone = rl.train(system, rl.networks.Direct(), {"x": np.zeros(UNKNOWNS)}, flow, tol=1e-9)
    (batched,) = rl.train_batch(system, rl.networks.Direct(), [{"x": np.zeros(UNKNOWNS)}], flow, tol=1e-9)
    for found in (alone, batched):
        assert found.status is rl.Status.STALLED
        assert not found.success
        assert f"rl.flows.{kind.__name__}(step_size=0.001, step_decay=0.75)" in found.message


@pytest.mark.parametrize("kind", SHRINKING)
def test_schedules_that_are_none(kind):
    for bad in (0.0, -0.5, 1.001, np.nan, "slow", None):
        with pytest.raises(rl.InvalidInputError, match=rf"flows\.{kind.__name__}.*step_decay"):
            kind(step_decay=bad)
    for bad in (0.0, 1.0, 1.5, np.nan, "long", None):
        with pytest.raises(rl.InvalidInputError, match=r"flows\.RMSprop.*decay"):
            rl.flows.RMSprop(decay=bad)
