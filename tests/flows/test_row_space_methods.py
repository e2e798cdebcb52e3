"""Methods whose steps are sums of gradients end where gradient descent does: momentum, clipped, normalised steps.

On `Direct` and from starts in the row space exactly, on deeper networks up to the length of their steps.
"""

import numpy as np
import pytest

import ridgeless as rl
from ridgeless.limits import minimise
from ridgeless.potentials import Bias, Hypentropy

EQUATIONS, UNKNOWNS = 6, 20
NORMALIZED = rl.flows.NormalizedDescent(0.05, step_decay=0.998)
CLIPPED = rl.flows.ClippedDescent(threshold=0.2)
METHODS = [
    CLIPPED,
    *[
        pytest.param(flow, marks=pytest.mark.slow)
        for flow in (rl.flows.Nesterov(momentum=0.0), rl.flows.GradientDescent(momentum=0.9))
    ],
    rl.flows.Nesterov(),
    NORMALIZED,
]

SLOWER = [rl.flows.GradientDescent(momentum=0.9), rl.flows.Nesterov(), NORMALIZED]

pytestmark = pytest.mark.usefixtures("as_a_user")


@pytest.mark.parametrize("flow", METHODS, ids=repr)
def test_regression_ends_at_the_solution_nearest_to_the_start(flow, drawn):
    """At A⁺b + P_N x₀, whatever scales the gradient."""
    system, start = drawn(0), np.random.default_rng(1).standard_normal(UNKNOWNS)
    found = rl.train(system, rl.networks.Direct(), {"x": start}, flow, tol=1e-10)
    assert found.success, found
    np.testing.assert_allclose(found.x, system.min_norm() + system.project_null(start), atol=1e-8)


def test_a_method_that_scales_entries_ends_elsewhere(drawn):
    system, start = drawn(0), np.random.default_rng(1).standard_normal(UNKNOWNS)
    for flow in (rl.flows.Adam(0.01), rl.flows.RMSprop(0.02, 0.998), rl.flows.SignDescent(0.02, 0.998)):
        found = rl.train(system, rl.networks.Direct(), {"x": start}, flow, tol=1e-6)
        assert found.success, found
        assert np.linalg.norm(found.x - system.min_norm() - system.project_null(start)) > 0.1


@pytest.mark.parametrize("flow", [CLIPPED, *[pytest.param(flow, marks=pytest.mark.slow) for flow in SLOWER]], ids=repr)
def test_a_first_layer_in_the_row_space_leads_to_the_shortest_solution(flow, drawn):
    system = drawn(1)
    found = rl.train(system, rl.networks.Dense(1, 3), rl.inits.RowSpace(0.7), flow, tol=1e-9)
    assert found.success, found
    np.testing.assert_allclose(found.x, system.min_norm(), atol=1e-7)


@pytest.mark.parametrize("flow", [NORMALIZED, rl.flows.LabelNoise(0.1)], ids=["normalised", "label noise"])
def test_what_no_equation_sees_of_the_first_layer_stays(flow, drawn):
    """Of methods that are trained whole; of the others a law tells."""
    system, network = drawn(1), rl.networks.Dense(1, 3)
    theta0 = rl.inits.Gaussian(0.7)(network, system, 0)
    theta = rl.train(system, network, theta0, flow.limited_to(2000), tol=1e-6).theta
    kept, before = (np.column_stack([system.project_null(c) for c in each["W"][0].T]) for each in (theta, theta0))
    np.testing.assert_allclose(kept, before, rtol=0, atol=1e-12)
    assert np.linalg.norm(theta["W"][0] - theta0["W"][0]) > 1e-2


@pytest.mark.parametrize(
    "made",
    [
        lambda step: rl.flows.Nesterov(step),
        pytest.param(lambda step: rl.flows.NormalizedDescent(10 * step, step_decay=1 - step), marks=pytest.mark.slow),
        pytest.param(lambda step: rl.flows.ClippedDescent(10 * step, threshold=0.3), marks=pytest.mark.slow),
        pytest.param(lambda step: rl.flows.GradientDescent(step, momentum=0.9), marks=pytest.mark.slow),
    ],
    ids=["Nesterov", "normalised", "clipped", "heavy ball"],
)
def test_deeper_networks_end_at_the_limit_of_gradient_flow_up_to_the_step(made, drawn):
    """Within O(η): a quarter of the step, a quarter of the distance."""
    system, network, init = drawn(0), rl.networks.Difference(2), rl.inits.Gaussian(0.5)
    exact, distances = rl.limit(system, network, init).x, []
    for step in (2e-3, 5e-4):
        found = rl.train(system, network, init, made(step), tol=1e-9)
        assert found.success, found
        distances.append(np.linalg.norm(found.x - exact))
    order = np.log(distances[0] / distances[1]) / np.log(4)
    assert 0.9 < order < 1.1
    assert distances[1] < 0.03


def followed(system, start, step, momentum):
    """Heavy ball on u∘v in p = u + v and m = u − v: x, |p·m| as its identity has it, and the tilt.

    Each of p and m takes the steps ρ_k = p_(k+1)/p_k with ρ_k − 1 = β(1 − 1/ρ_(k−1)) − ηg_k, and +ηg_k for m. So
    log|p_∞/p₀| = −η/(1 − β)·Σg_k + Σ[log|ρ_k| − (ρ_k − 1 − β(1 − 1/ρ_(k−1)))/(1 − β)], and Σg_k lies in row(A).
    """
    A, b = np.asarray(system.A), system.b
    sides = np.array([start["layers"][0] + start["layers"][1], start["layers"][0] - start["layers"][1]])
    first, velocity, before = sides, np.zeros_like(sides), np.ones_like(sides)
    sums = np.zeros_like(sides)
    for _ in range(6000):
        slope = A.T @ (A @ (sides[0] ** 2 - sides[1] ** 2) / 4 - b)
        velocity = momentum * velocity + np.array([slope, -slope]) * sides
        ratio = (sides - step * velocity) / sides
        sums += np.log(np.abs(ratio)) - (ratio - 1 - momentum * (1 - 1 / before)) / (1 - momentum)
        sides, before = sides - step * velocity, ratio
    x = (sides[0] ** 2 - sides[1] ** 2) / 4
    return (
        x,
        np.abs(first[0] * first[1]) * np.exp(sums.sum(axis=0)),
        np.log(np.abs(first[0] / first[1])) + sums[0] - sums[1],
    )


@pytest.mark.parametrize(("step", "momentum"), [(1e-2, 0.5), (2e-2, 0.9), (1e-2, 0.0)])
def test_heavy_ball_minimises_a_potential_of_another_scale_and_tilt(step, momentum, drawn):
    """Exactly, at every step size: what momentum does to the bias is told by the two sums along the way."""
    system, network = drawn(0), rl.networks.Product(2)
    rng = np.random.default_rng(1)
    start = {"layers": [rng.uniform(0.2, 1, UNKNOWNS), rng.uniform(1.2, 1.6, UNKNOWNS)]}
    flow = rl.flows.GradientDescent(step, momentum=momentum)
    found = rl.train(system, network, start, flow, tol=1e-12)
    x, scale, tilt = followed(system, start, step, momentum)
    np.testing.assert_allclose(found.x, x, atol=1e-10)
    bias = Bias(Hypentropy(scale / 2, rate=2.0), tilt / 2, "the identity of heavy ball")
    np.testing.assert_allclose(found.x, minimise(system, bias, 1e-13).x, atol=1e-10)
    assert rl.certify(system, found.x, bias).verdict is rl.certificates.Verdict.CERTIFIED
    # The theorem of gradient flow is refuted by as much as momentum and steps have moved the end.
    moved = np.linalg.norm(found.x - rl.limit(system, network, start).x)
    assert moved > (1.5 if step / (1 - momentum) > 0.1 else 1e-3)


def test_momentum_that_is_none():
    for bad in (-0.1, 1.0, 2, np.nan, "much", True, None):
        with pytest.raises(rl.InvalidInputError, match="momentum"):
            rl.flows.Nesterov(momentum=bad)
    for bad in (0.0, -1.0, np.nan, "much", None):
        with pytest.raises(rl.InvalidInputError, match="threshold"):
            rl.flows.ClippedDescent(threshold=bad)


def test_no_step_is_longer_than_the_threshold_allows(drawn):
    system = drawn(2)
    for steps in (1, 5):
        flow = rl.flows.ClippedDescent(0.1, threshold=0.5, max_steps=steps)
        found = rl.train(system, rl.networks.Direct(), {"x": np.zeros(UNKNOWNS)}, flow, tol=1e-12)
        assert np.linalg.norm(found.x) <= 0.05 * steps * (1 + 1e-12)
        assert np.linalg.norm(found.x) > 0.04 * steps
