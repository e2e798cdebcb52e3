"""The predicted jump times are those of gradient flow that SciPy integrates, ever better as the start vanishes."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp
from scipy.optimize import brentq

import ridgeless as rl

TRUTH = np.array([1.0, 0.0, 0.0, -0.7, 0.0])


def system():
    rng = np.random.default_rng(5)
    A = np.linalg.qr(rng.standard_normal((5, 4)))[0].T * np.array([1.0, 1.2, 0.9, 1.1])[:, None]
    return rl.LinearSystem(A, A @ TRUTH)


def measured(depth, scale, saddles):
    """Times at which x_j of the true flow crosses half of its value on the saddle that it jumps to: x = u^D − v^D.

    For D = 2 the flow is ν' = b − A x with x = 2·scale²·sinh(4Aᵀν), which no overflow and no small weight disturbs.
    """
    A, b = system().A, system().b

    def x(nu):
        z = A.T @ nu
        if depth == 2:
            big = 4 * np.abs(z) + 2 * np.log(scale)
            return np.sign(z) * (np.exp(np.minimum(big, 50.0)) - scale**4 * np.exp(-np.minimum(big, 50.0)))
        floor = 1e-3 * scale
        up = np.maximum(scale ** (2 - depth) - depth * (depth - 2) * z, floor)
        down = np.maximum(scale ** (2 - depth) + depth * (depth - 2) * z, floor)
        return up ** (-depth / (depth - 2)) - down ** (-depth / (depth - 2))

    end = 1.5 * saddles.at[-1] * (np.log(1 / scale) if depth == 2 else scale ** (2 - depth))
    flow = solve_ivp(
        lambda _, nu: b - A @ x(nu),
        (0, end),
        np.zeros(len(b)),
        method="Radau",
        rtol=1e-9,
        atol=1e-11,
        dense_output=True,
    )
    points, crossings = saddles.points.toarray(), []
    for k, j in enumerate(saddles.coordinate[1:], start=1):
        times = np.linspace(0, end, 4000)
        above = np.array([abs(x(flow.sol(t))[j]) > abs(points[k, j]) / 2 for t in times])
        first = int(np.argmax(above))
        crossings.append(
            brentq(lambda t: abs(x(flow.sol(t))[j]) - abs(points[k, j]) / 2, times[first - 1], times[first])  # noqa: B023
        )
    return np.array(crossings)


@pytest.mark.parametrize(("depth", "scales"), [(2, (1e-8, 1e-24)), (3, (1e-2, 1e-3))])
def test_training_jumps_when_it_is_predicted(depth, scales):
    limit = rl.limit(system(), rl.networks.Difference(depth=depth), rl.inits.Vanishing())
    errors = []
    for scale in scales:
        found, wanted = rl.plots.jump_times(limit, scale), measured(depth, scale, limit.history)
        assert len(found) == len(limit.history.at) - 1
        errors.append(np.max(np.abs(found / wanted - 1)))
    assert errors[1] < errors[0] / 2
    assert errors[1] < 0.05


def test_steps_are_time_over_step_size():
    limit = rl.limit(system(), rl.networks.Difference(depth=2), rl.inits.Vanishing())
    times, steps = rl.plots.jump_times(limit, 1e-4), rl.plots.jump_times(limit, 1e-4, step_size=0.02)
    np.testing.assert_allclose(steps, times / 0.02, rtol=1e-14)


@pytest.mark.usefixtures("as_a_user")
@pytest.mark.parametrize("numbers", [(1.0, None), (0.0, None), (np.nan, None), (1e-3, 0.0), (1e-3, np.inf)])
def test_numbers_out_of_range_are_refused(numbers):
    limit = rl.limit(system(), rl.networks.Difference(depth=2), rl.inits.Vanishing())
    with pytest.raises(rl.InvalidInputError, match="type that of"):
        rl.plots.jump_times(limit, *numbers)


def test_a_limit_without_saddles_is_refused():
    limit = rl.limit(system(), rl.networks.Difference(depth=2), rl.inits.Constant(0.1))
    with pytest.raises(rl.InvalidInputError, match="Vanishing"):
        rl.plots.jump_times(limit, 1e-3)
