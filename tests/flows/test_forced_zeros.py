"""Entries that the equations force to 0 fall as a power of time; flow in the weights follows them to the end."""

import numpy as np
import pytest

import ridgeless as rl
from ridgeless.flows._implicit import ImplicitFlow

pytestmark = pytest.mark.usefixtures("as_a_user")

WEIGHTS, DUAL = (rl.flows.GradientFlow(coordinates=name, max_steps=40_000) for name in ("weights", "dual"))
# x = (0, ½) is the only solution of the first; in the second 0 = x_1 + x_2 forces both, and x_2 disturbs the others.
EDGE = rl.LinearSystem([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], [1.0, 2.0, 3.0])
COUPLED = rl.LinearSystem([[1.0, 1.0, 0.0, 0.0, 0.0], [0.0, 1.0, 2.0, 1.0, 0.5]], [0.0, 1.0])


def start(network, unknowns):
    if isinstance(network, rl.networks.Product):
        return {"layers": np.full((network.depth, unknowns), 0.3)}
    return rl.inits.Constant(0.3)


@pytest.mark.parametrize(
    ("system", "network"),
    [
        (EDGE, rl.networks.Power(2)),
        (COUPLED, rl.networks.Product(2)),
        pytest.param(COUPLED, rl.networks.Power(4), marks=pytest.mark.slow),
        pytest.param(EDGE, rl.networks.Power(3), marks=pytest.mark.slow),
        pytest.param(COUPLED, rl.networks.Product(3), marks=pytest.mark.slow),
    ],
    ids=repr,
)
def test_weights_end_where_the_dual_does(system, network):
    """By an integrator that shares no formula with the other, and against the noise of A x − b."""
    ends = [rl.train(system, network, start(network, system.shape[1]), flow) for flow in (WEIGHTS, DUAL)]
    assert all(found.success for found in ends), ends
    assert ends[0].stats["steps"] < 30_000
    assert ends[0].history.at[-1] > 1e8
    np.testing.assert_allclose(ends[0].x, ends[1].x, atol=2e-9)
    zeros = slice(1) if system is EDGE else slice(2)
    assert np.all(ends[0].x[zeros] < 1e-8)
    assert np.all(ends[0].x[zeros] > 0)


@pytest.mark.parametrize("depth", [2, pytest.param(3, marks=pytest.mark.slow)])
def test_the_fall_is_the_power_of_time_that_theory_says(depth):
    """0 = x_1 + x_2 apart from 3 = 2 x_3: u' = −2D·u^(2D−1) by hand, beside an equation that makes the flow stiff."""
    system = rl.LinearSystem([[1.0, 1.0, 0.0], [0.0, 0.0, 2.0]], [0.0, 3.0])
    history = rl.train(system, rl.networks.Power(depth), rl.inits.Constant(0.5), WEIGHTS).history
    inverse = 0.5 ** (2 - 2 * depth) + 2 * depth * (2 * depth - 2) * history.at
    wanted = 2 * inverse ** (-depth / (2 * depth - 2)) / 3
    late = history.at > 100
    assert np.sum(late) > 40
    np.testing.assert_allclose(history.residual[late], wanted[late], rtol=1e-7)


def test_where_rounding_is_small_the_tolerance_is_what_was_asked():
    """A stiff linear flow: two rates, 1 and 10⁶, against exponentials."""
    rates = np.array([1.0, 1e6])
    flow = ImplicitFlow(lambda y: -rates * y, lambda _: -np.diag(rates), 0.0, np.array([1.0, 1.0]), 1e-10, 1e-14)
    while flow.solver.t < 5:
        assert flow.step()
        assert np.all(flow.solver.atol < 1e-12)
    np.testing.assert_allclose(flow.solver.y, [np.exp(-flow.solver.t), 0.0], atol=1e-8)


def test_a_velocity_that_ends_breaks_the_integrator():
    """Constant up to y = 2, and no number beyond."""
    flow = ImplicitFlow(
        lambda y: np.where(y < 2, 1.0, np.nan), lambda _: np.zeros((1, 1)), 0.0, np.array([1.0]), 1e-10, 1e-14
    )
    fine = True
    while fine and flow.solver.t < 2:
        fine = flow.step()
    assert not fine
    assert flow.solver.t == pytest.approx(1.0)
