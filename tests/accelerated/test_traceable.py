"""The limit inside JAX: its value against NumPy's, its derivative against differences and `rl.sensitivity`."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import ridgeless as rl
from ridgeless.errors import InvalidInputError, NoExactLimit

NETWORKS = [rl.networks.Difference(depth=2), rl.networks.Product(depth=2), rl.networks.TwoBranch(depth=2)]
NETWORKS += [rl.networks.Power(depth=2)]
# Products are differences in other weights, and take a compiler longest.
SWEPT = [pytest.param(each, marks=pytest.mark.slow if each == NETWORKS[1] else []) for each in NETWORKS]
EQUATIONS, UNKNOWNS = 3, 8

pytestmark = pytest.mark.usefixtures("as_a_user")


@pytest.fixture(autouse=True)
def double_precision():
    with jax.enable_x64(True):
        yield


def drawn(network, scale):
    rng = np.random.default_rng([network.homogeneity, 23])
    A, x = rng.standard_normal((EQUATIONS, UNKNOWNS)), rng.standard_normal(UNKNOWNS)
    system = rl.LinearSystem(A, A @ (np.abs(x) if isinstance(network, rl.networks.Power) else x))
    theta0 = rl.inits.Constant(scale)(network, system)
    return system, {name: value * rng.uniform(0.5, 2.0, value.shape) for name, value in theta0.items()}


def traced(network, system, theta0):
    return rl.accelerated.traceable_limit(
        network, jnp.array(system.A), jnp.array(system.b), {name: jnp.array(value) for name, value in theta0.items()}
    )


@pytest.mark.parametrize("scale", [1.0, 1e-3, 1e-8])
@pytest.mark.parametrize("network", SWEPT, ids=repr)
def test_value_and_gradient(network, scale):
    system, theta0 = drawn(network, scale)
    exact = rl.limit(system, network, theta0)
    found = np.asarray(traced(network, system, theta0))
    assert np.linalg.norm(found - exact.x) <= 1e-10 * np.linalg.norm(exact.x)

    cotangent = np.random.default_rng(1).standard_normal(UNKNOWNS)

    def pulled(A, b, logs):
        start = {name: jnp.sign(theta0[name]) * jnp.exp(value) for name, value in logs.items()}
        return jnp.dot(cotangent, rl.accelerated.traceable_limit(network, A, b, start))

    with np.errstate(divide="ignore"):
        logs = {name: jnp.log(jnp.abs(jnp.array(value))) for name, value in theta0.items()}
    by_A, by_b, by_logs = jax.grad(pulled, (0, 1, 2))(jnp.array(system.A), jnp.array(system.b), logs)
    wanted = rl.sensitivity(exact).vjp(cotangent)
    assert np.linalg.norm(by_A - wanted["A"]) <= 1e-8 * np.linalg.norm(wanted["A"])
    assert np.linalg.norm(by_b - wanted["b"]) <= 1e-8 * np.linalg.norm(wanted["b"])
    for name, gradient in by_logs.items():
        expected = wanted[f"log_{name}0"]
        assert np.linalg.norm(gradient - expected) <= 1e-8 * np.linalg.norm(expected) + 1e-12


@pytest.mark.parametrize("scale", [1.0, 1e-3, 1e-8])
def test_differences_of_the_traced_function_itself(scale):
    network = NETWORKS[0]
    system, theta0 = drawn(network, scale)
    rng = np.random.default_rng(2)
    tangents = [rng.standard_normal(shape) for shape in ((EQUATIONS, UNKNOWNS), (EQUATIONS,), (UNKNOWNS,))]

    def x_of(A, b, logs):
        return rl.accelerated.traceable_limit(network, A, b, {"u": jnp.exp(logs), "v": jnp.array(theta0["v"])})

    at = [jnp.array(system.A), jnp.array(system.b), jnp.log(jnp.array(theta0["u"]))]
    for index, tangent in enumerate(tangents):
        only = [tangent if place == index else np.zeros_like(value) for place, value in enumerate(tangents)]
        forward = jax.jvp(x_of, at, [jnp.array(each) for each in only])[1]
        measured = 0.0
        for k, weight in ((1, 3 / 4), (2, -3 / 20), (3, 1 / 60)):
            for side in (1, -1):
                there = [value + side * k * 1e-3 * each for value, each in zip(at, only, strict=True)]
                measured = measured + side * weight / 1e-3 * np.asarray(x_of(*there))
        noise = 1e-10 * np.linalg.norm(x_of(*at))
        assert np.linalg.norm(forward - measured) <= 1e-6 * np.linalg.norm(measured) + noise


@pytest.mark.slow
def test_lanes():
    network = NETWORKS[0]
    system, _ = drawn(network, 1.0)
    A, b = jnp.array(system.A), jnp.array(system.b)

    def first(log_scale):
        start = jnp.exp(log_scale) * jnp.ones(UNKNOWNS)
        return rl.accelerated.traceable_limit(network, A, b, {"u": start, "v": start})[0]

    logs = jnp.log(jnp.array([1.0, 0.1, 1e-4]))
    singly = [float(jax.grad(first)(each)) for each in logs]
    np.testing.assert_allclose(jax.vmap(jax.grad(first))(logs), singly, rtol=1e-9)


@pytest.mark.slow
def test_second_derivatives():
    network = NETWORKS[0]
    system, _ = drawn(network, 1.0)
    A, b = jnp.array(system.A), jnp.array(system.b)

    def first(log_scale):
        start = jnp.exp(log_scale) * jnp.ones(UNKNOWNS)
        return rl.accelerated.traceable_limit(network, A, b, {"u": start, "v": start})[0]

    logs = jnp.log(jnp.array([1.0]))
    curved = float(jax.grad(jax.grad(first))(logs[0]))
    step = 1e-4
    measured = float(jax.grad(first)(logs[0] + step) - jax.grad(first)(logs[0] - step)) / (2 * step)
    assert curved == pytest.approx(measured, rel=1e-5)


def test_zeros_stay_zeros_and_harm_no_gradient():
    network = NETWORKS[0]
    system, theta0 = drawn(network, 0.3)
    theta0["u"][0] = theta0["v"][0] = theta0["v"][1] = 0.0
    system = rl.LinearSystem(system.A, system.A[:, 2:] @ np.ones(UNKNOWNS - 2))
    found = traced(network, system, theta0)
    np.testing.assert_allclose(found, rl.limit(system, network, theta0).x, rtol=1e-9, atol=1e-12)
    total = jax.grad(lambda start: jnp.sum(traced(network, system, start) ** 2))
    gradient = total({name: jnp.array(value) for name, value in theta0.items()})
    assert all(np.isfinite(value).all() for value in gradient.values())
    assert gradient["u"][0] == 0


def test_a_lane_that_fails_is_nan(monkeypatch):
    from ridgeless.accelerated import _homotopy

    monkeypatch.setattr(_homotopy, "_MOST_TURNS", 3)
    system, theta0 = drawn(NETWORKS[0], 1e-8)
    # another shape, and so another program
    short = rl.LinearSystem(system.A[:2], system.b[:2])
    assert np.isnan(traced(NETWORKS[0], short, theta0)).all()


def test_refusals():
    system, theta0 = drawn(NETWORKS[0], 0.1)
    for network in (rl.networks.Difference(depth=3), rl.networks.Direct()):
        with pytest.raises(NoExactLimit, match="no mirror map of two exponentials"):
            traced(network, system, theta0)
    with jax.enable_x64(False), pytest.raises(InvalidInputError, match="double precision is needed"):
        traced(NETWORKS[0], system, theta0)


@pytest.mark.parametrize("scale", [1e-8, 1e-30, 1e-100])
def test_at_a_vertex_no_digits_are_lost(scale):
    """Where f' spans 400 orders, against `rl.sensitivity`, whose bounds many digits have tested."""
    network, A = NETWORKS[0], np.array([[1.0, 2.0, 0.3], [-1.0, 0.5, 0.2]])
    system = rl.LinearSystem(A, A @ np.array([1.0, -2.0, 0.0]))
    exact = rl.sensitivity(rl.limit(system, network, rl.inits.Constant(scale)))
    change = np.array([[0.3, -0.2, 0.1], [0.5, 0.4, -0.6]])

    def x_of(A, logs):
        return rl.accelerated.traceable_limit(
            network, A, jnp.array(system.b), {"u": jnp.exp(logs), "v": scale * jnp.ones(3)}
        )

    at = (jnp.array(A), jnp.log(scale * jnp.ones(3)))
    by_A = jax.jvp(x_of, at, (jnp.array(change), jnp.zeros(3)))[1]
    by_start = jax.jvp(x_of, at, (jnp.zeros((2, 3)), jnp.eye(3)[0]))[1]
    np.testing.assert_allclose(by_A, exact.jvp(A=change), rtol=1e-10)
    np.testing.assert_allclose(by_start, exact.jvp(log_u0=np.eye(3)[0]), rtol=1e-10)


def test_tied_columns_beside_smaller_ones():
    """Two equal columns carry b; of the others, the largest decides what they leave of two equations."""
    network = NETWORKS[0]
    A = np.array([[1.0, 1.0, 0.4, -0.2], [2.0, 2.0, -0.3, 0.7]])
    system = rl.LinearSystem(A, A @ np.array([0.6, 0.6, 1e-4, 0.0]))
    exact = rl.sensitivity(rl.limit(system, network, rl.inits.Constant(1e-4)))

    def x_of(b):
        start = 1e-4 * jnp.ones(4)
        return rl.accelerated.traceable_limit(network, jnp.array(A), b, {"u": start, "v": start})

    change = np.array([1.0, -0.5])
    found = jax.jvp(x_of, (jnp.array(system.b),), (jnp.array(change),))[1]
    np.testing.assert_allclose(found, exact.jvp(b=change), rtol=1e-6)
