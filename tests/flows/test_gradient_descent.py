"""Gradient descent: its steps are the textbook's, its end is the status's, its default step is stable."""

import re

import numpy as np
import pytest

import ridgeless as rl
from ridgeless.flows import _jax


def system_of(seed=0, n=5, d=16):
    rng = np.random.default_rng(seed)
    return rl.LinearSystem(rng.standard_normal((n, d)), rng.standard_normal(n))


@pytest.mark.parametrize("momentum", [0.0, 0.7])
def test_steps_equal_a_loop_in_numpy(momentum):
    system, network = system_of(), rl.networks.Difference(3)
    theta = rl.inits.Gaussian(0.7)(network, system, 2)
    step, count = 1e-3, 57
    u, v = theta["u"].copy(), theta["v"].copy()
    velocity_u, velocity_v = np.zeros_like(u), np.zeros_like(v)
    for _ in range(count):
        pull = system.A.T @ (system.A @ (u**3 - v**3) - system.b)
        velocity_u = momentum * velocity_u + 3 * u**2 * pull
        velocity_v = momentum * velocity_v - 3 * v**2 * pull
        u, v = u - step * velocity_u, v - step * velocity_v
    flow = rl.flows.GradientDescent(step_size=step, momentum=momentum, max_steps=count)
    found = rl.train(system, network, theta, flow, tol=1e-12)
    assert found.stats["steps"] == count
    np.testing.assert_allclose(found.theta["u"], u, rtol=1e-12)
    np.testing.assert_allclose(found.theta["v"], v, rtol=1e-12)


def test_plain_regression_ends_at_the_projection_of_its_start():
    system = system_of()
    start = np.random.default_rng(1).standard_normal(16)
    found = rl.train(system, rl.networks.Direct(), {"x": start}, rl.flows.GradientDescent(), tol=1e-12)
    np.testing.assert_allclose(found.x, system.min_norm() + system.project_null(start), atol=1e-10)


@pytest.mark.parametrize(
    "network", [rl.networks.Direct(), rl.networks.Difference(2), rl.networks.Dense(1, 5)], ids=repr
)
def test_too_long_a_step_diverges_and_the_message_names_half_of_it(network):
    system = system_of()
    stable = rl.train(system, network, rl.inits.Gaussian(0.5), rl.flows.GradientDescent()).stats["step_size"]
    step = 50 * stable
    found = rl.train(system, network, rl.inits.Gaussian(0.5), rl.flows.GradientDescent(step_size=step))
    assert found.status is rl.Status.DIVERGED
    assert not found.success
    named = float(re.search(r"step_size=([^)]+)\)", found.message).group(1))
    assert named == pytest.approx(step / 2, rel=1e-4)


def test_halving_as_told_leads_to_a_step_that_converges():
    system, network = system_of(), rl.networks.Difference(2)
    flow = rl.flows.GradientDescent(step_size=10.0)
    for _ in range(40):
        found = rl.train(system, network, rl.inits.Gaussian(0.5), flow)
        if found.success:
            break
        flow = rl.flows.GradientDescent(step_size=float(re.search(r"step_size=([^)]+)\)", found.message).group(1)))
    assert found.success, found


def test_the_default_step_is_half_the_stability_bound_of_plain_regression():
    system = system_of()
    found = rl.train(system, rl.networks.Direct(), {"x": np.zeros(16)}, rl.flows.GradientDescent())
    assert found.stats["step_size"] == pytest.approx(1 / np.linalg.norm(system.A, 2) ** 2, rel=1e-3)


def test_sharpness_is_the_largest_eigenvalue_of_the_hessian():
    system, network = system_of(), rl.networks.Difference(2)
    theta = rl.inits.Gaussian(1.0)(network, system, 4)
    u, v, A = theta["u"], theta["v"], system.A
    pull = A.T @ (A @ (u**2 - v**2) - system.b)
    jacobian = np.hstack([A * (2 * u), -A * (2 * v)])
    hessian = jacobian.T @ jacobian + np.diag(np.concatenate([2 * pull, -2 * pull]))
    expected = np.abs(np.linalg.eigvalsh(hessian)).max()
    with _jax.double_precision():
        arrays = _jax.to_jax((theta, A, system.b))
        assert _jax.sharpness(network, *arrays) == pytest.approx(expected, rel=1e-3)


def test_a_program_is_compiled_once_per_shape():
    network, flow = rl.networks.Difference(2), rl.flows.GradientDescent(max_steps=50)
    first = rl.train(system_of(0, 4, 11), network, rl.inits.Constant(0.1), flow)
    second = rl.train(system_of(1, 4, 11), network, rl.inits.Constant(0.3), flow)
    third = rl.train(system_of(1, 4, 12), network, rl.inits.Constant(0.3), flow)
    assert first.stats["compile_s"] > 0
    assert second.stats["compile_s"] == 0
    assert third.stats["compile_s"] > 0


def test_one_equation_of_momentum():
    # heavy ball on x²/2 has the closed recursion x_{k+1} = x_k − η v_k, v_k = β v_{k−1} + x_k
    system = rl.LinearSystem(np.array([[1.0, 0.0]]), np.array([0.0]))
    flow = rl.flows.GradientDescent(step_size=0.5, momentum=0.5, max_steps=2)
    found = rl.train(system, rl.networks.Direct(), {"x": np.array([1.0, 7.0])}, flow, tol=1e-9)
    np.testing.assert_allclose(found.x, [0.0, 7.0], atol=1e-15)
