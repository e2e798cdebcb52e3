"""Gradient flow in dual coordinates against the weights themselves, and gradient descent against the package's."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp

import ridgeless as rl
from ridgeless.papers._descent import Descent
from ridgeless.papers._trajectories import flow, product, square

TIMES = np.array([1.0, 5.0, 20.0])


def system(seed=0):
    rng = np.random.default_rng(seed)
    A = rng.standard_normal((3, 6))
    return rl.LinearSystem(A, A @ np.abs(rng.standard_normal(6)))


def by_weights(velocity, start, read):
    """x and its average at `TIMES`, by an explicit method on the weights."""
    size = len(read(start))
    found = solve_ivp(
        lambda _, state: np.concatenate([read(state[size:]), velocity(state[size:])]),
        (0.0, TIMES[-1]),
        np.concatenate([np.zeros(size), start]),
        method="DOP853",
        t_eval=TIMES,
        rtol=1e-11,
        atol=1e-13,
    )
    return np.array([read(state[size:]) for state in found.y.T]), found.y[:size].T / TIMES[:, None]


@pytest.mark.parametrize("decay", [0.0, 0.2])
def test_a_product_moves_as_its_weights_do(decay):
    A, b = system().A, system().b

    def velocity(weights):
        u, v = weights.reshape(2, -1)
        gradient = A.T @ (A @ (u * v) - b)
        return -np.concatenate([gradient * v + decay * u, gradient * u + decay * v])

    start = np.concatenate([np.full(6, 0.05), np.zeros(6)])
    x, mean = by_weights(velocity, start, lambda weights: weights[:6] * weights[6:])
    found = flow(system(), product(np.log(0.05), 6, decay), TIMES)
    np.testing.assert_allclose(found.x, x, atol=1e-6)
    np.testing.assert_allclose(found.mean, mean, atol=1e-6)


def test_a_square_moves_as_its_weights_do():
    A, b = system().A, system().b
    x, mean = by_weights(lambda u: -2 * u * (A.T @ (A @ u**2 - b)), np.full(6, 0.05), lambda u: u**2)
    found = flow(system(), square(np.log(0.05), 6), TIMES)
    np.testing.assert_allclose(found.x, x, atol=1e-6)
    np.testing.assert_allclose(found.mean, mean, atol=1e-6)


def test_the_wrong_rate_is_seen():
    found = flow(system(), product(np.log(0.05), 6), TIMES)
    other = flow(system(), product(np.log(0.06), 6), TIMES)
    assert np.abs(found.x - other.x).max() > 1e-3


def test_levels_are_crossed_where_the_loss_has_them():
    one = system()
    start = 0.5 * np.sum(one.b**2)
    found = flow(one, product(np.log(0.05), 6), TIMES, [start / 2, start / 10, -1.0])
    assert np.isnan(found.crossed[2])
    again = flow(one, product(np.log(0.05), 6), found.crossed[:2])
    losses = 0.5 * np.sum((again.x @ one.A.T - one.b) ** 2, axis=1)
    np.testing.assert_allclose(losses, [start / 2, start / 10], rtol=1e-5)


@pytest.mark.parametrize("depth", [2, 3])
def test_descent_is_that_of_the_package(depth):
    """The loss ‖A x − b‖²/n with step η is ½‖A x − b‖² with step 2η/n."""
    one, step, count = system(1), 0.01, 40
    descent = Descent(one.A, one.b[:, None], np.array([0.3]), depth, np.array([step]))
    (x,) = descent.at(np.array([count]))
    method = rl.flows.GradientDescent(step_size=2 * step / 3, max_steps=count)
    found = rl.train(one, rl.networks.Difference(depth), rl.inits.Constant(0.3), method)
    np.testing.assert_allclose(x[:, 0], found.x, rtol=1e-10, atol=1e-12)


def test_columns_do_not_feel_each_other():
    one = system(2)
    scales, steps = np.array([0.1, 0.4]), np.array([0.01, 0.02])
    (both,) = Descent(one.A, np.column_stack([one.b, 2 * one.b]), scales, 2, steps).at(np.array([30]))
    for place, factor in enumerate((1, 2)):
        alone = Descent(one.A, factor * one.b[:, None], scales[[place]], 2, steps[[place]])
        (x,) = alone.at(np.array([30]))
        np.testing.assert_allclose(both[:, place], x[:, 0], rtol=1e-12)
