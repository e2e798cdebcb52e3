"""Gradient flow: both coordinates, their refusals, and the closed form of plain regression."""

import numpy as np
import pytest
import scipy.linalg

import ridgeless as rl
from ridgeless.flows._driver import log_times
from ridgeless.flows._dual import LowestResidual


def system_of(seed=0, n=5, d=16):
    rng = np.random.default_rng(seed)
    return rl.LinearSystem(rng.standard_normal((n, d)), rng.standard_normal(n))


@pytest.mark.parametrize(("coordinates", "accuracy"), [("dual", 1e-5), ("weights", 1e-9)])
def test_history_follows_the_closed_form_of_plain_regression(coordinates, accuracy):
    system = system_of()
    found = rl.train(system, rl.networks.Direct(), {"x": np.zeros(16)}, rl.flows.GradientFlow(coordinates), tol=1e-9)
    gram = system.A @ system.A.T
    for at, loss in zip(found.history.at, found.history.loss, strict=True):
        misfit = scipy.linalg.expm(-gram * at) @ system.b
        assert loss == pytest.approx(misfit @ misfit / 2, rel=0, abs=accuracy * found.history.loss[0])
    assert found.history.clock == "time"


@pytest.mark.parametrize("network", [rl.networks.Dense(1), rl.networks.Dense(2, 3)], ids=repr)
def test_no_dual_coordinates_is_an_error_that_says_what_to_type(network):
    with pytest.raises(rl.errors.NoDualCoordinatesError, match='coordinates="weights"'):
        rl.train(system_of(), network, rl.inits.Imbalanced(0.5, 0.3), rl.flows.GradientFlow("dual"))


def test_auto_takes_dual_where_it_exists_and_weights_elsewhere():
    flow = rl.flows.GradientFlow()
    dual = rl.train(system_of(), rl.networks.Difference(2), rl.inits.Constant(0.1), flow)
    weights = rl.train(system_of(), rl.networks.Dense(hidden=1, width=5), rl.inits.Gaussian(0.5), flow)
    assert "dual" in dual.method
    assert dual.theta is None
    assert "weight" in weights.method
    assert weights.dual is None
    assert dual.success
    assert weights.success


def test_the_dual_of_the_flow_certifies_its_end():
    found = rl.train(
        system_of(), rl.networks.Difference(3), rl.inits.Constant(0.1), rl.flows.GradientFlow("dual"), tol=1e-10
    )
    z = found.bias.offset + found.system.A.T @ found.dual
    np.testing.assert_allclose(found.bias.potential.conjugate_gradient(z), found.x, rtol=1e-10)
    assert rl.certify(found).verdict == "certified"


@pytest.mark.parametrize("scale", [1e-4, 1e-10, 1e-20, 1e-40])
@pytest.mark.parametrize(
    "network", [rl.networks.Difference(2), rl.networks.TwoBranch(2), rl.networks.Product(2)], ids=repr
)
def test_dual_flow_meets_the_limit_at_tiny_scales(network, scale):
    system = system_of(3, 8, 30)
    exact = rl.limit(system, network, rl.inits.Constant(scale))
    found = rl.train(system, network, rl.inits.Constant(scale), rl.flows.GradientFlow("dual"), tol=1e-10)
    assert exact.success
    assert found.success, found
    assert np.linalg.norm(found.x - exact.x) <= 1e-8 * np.linalg.norm(exact.x)


@pytest.mark.slow
def test_a_dual_flow_that_runs_out_of_digits_says_so():
    system = system_of(3, 8, 30)
    found = rl.train(system, rl.networks.Difference(4), rl.inits.Constant(1e-7), rl.flows.GradientFlow("dual"))
    assert found.status in (rl.Status.STALLED, rl.Status.MAX_STEPS)
    assert found.residual > 1e-8


def test_a_floor_between_aim_and_tolerance_ends_training():
    """float64 holds x to 4e-12 here: within what was asked, and above what the flow aims at."""
    rng = np.random.default_rng(2)
    A = rng.standard_normal((12, 30))
    system = rl.LinearSystem(A, A @ np.abs(rng.standard_normal(30)))
    network = rl.networks.Difference(4)
    found = rl.train(system, network, rl.inits.Constant(0.005), rl.flows.GradientFlow("dual"), tol=1e-10)
    assert found.success
    assert 1e-12 < found.residual <= 1e-10
    assert found.stats["steps"] < 5_000


def test_the_clock_ends_with_the_numbers():
    for first in (1e-300, 1e-3, 1.0, 1e300):
        times = list(log_times(first))
        assert times[0] == first
        assert np.isfinite(times).all()
        assert times[-1] >= first * 1e7


def test_a_watch_counts_the_steps_since_a_tenth_was_gained():
    watch = LowestResidual().seen(1.0).seen(0.95).seen(0.91)
    assert watch == LowestResidual(1.0, 2)
    assert watch.seen(0.89) == LowestResidual(0.89, 0)


def test_a_stiff_end_is_reached_by_the_implicit_method():
    # Depth 3 from a small start: the metric spans six decades on the way to the solution.
    system = system_of(5, 10, 40)
    found = rl.train(
        system, rl.networks.Difference(3), rl.inits.Gaussian(0.02), rl.flows.GradientFlow("weights"), tol=1e-9
    )
    assert found.success
    assert found.stats["steps"] > 4000
    exact = rl.limit(system, rl.networks.Difference(3), rl.inits.Gaussian(0.02))
    assert np.linalg.norm(found.x - exact.x) <= 1e-8 * np.linalg.norm(exact.x)
    np.testing.assert_allclose(rl.networks.Difference(3)(found.theta), found.x, rtol=1e-12)


@pytest.mark.parametrize("unit", [1e-8, 1e-4, 1e4, 1e8])
def test_the_unit_of_the_equations_is_one_of_time(unit):
    """Time runs like 1/unit²: late times round the first step of an integrator away."""
    rng = np.random.default_rng(7)
    A, b, network = rng.standard_normal((3, 7)), rng.standard_normal(3), rl.networks.Dense(1, 3)
    plain, other = (
        rl.train(rl.LinearSystem(size * A, size * b), network, rl.inits.Gaussian(1.0), rl.flows.GradientFlow())
        for size in (1.0, unit)
    )
    assert other.success
    np.testing.assert_allclose(other.x, plain.x, rtol=0, atol=1e-8 * np.linalg.norm(plain.x))


def test_a_tiny_start_leaves_a_long_plateau():
    """Two hidden layers at 1e-8 rest at 0 until a time of about 1e8, three until 1e16."""
    system = system_of(8, 3, 7)
    found = rl.train(system, rl.networks.Dense(3, 7), rl.inits.Gaussian(1e-8), rl.flows.GradientFlow())
    assert found.success, found
    assert found.history.at[-1] > 1e14
    assert np.linalg.norm(found.x - system.min_norm()) <= 1e-6 * np.linalg.norm(found.x)


def test_an_end_that_exact_flow_does_not_have_is_no_success():
    """Multiples of the identity keep x in the row space, and rounding leaves that set on the way past a saddle."""
    rng = np.random.default_rng(8)
    system = rl.LinearSystem(rng.standard_normal((3, 8)), rng.standard_normal(3))
    network, init = rl.networks.Dense(3, 8), rl.inits.Identity(3.0)
    exact = rl.limit(system, network, init)
    np.testing.assert_allclose(exact.x, system.min_norm(), atol=1e-12)
    found = rl.train(system, network, init, rl.flows.GradientFlow(), tol=1e-10)
    assert found.residual <= 1e-10
    assert np.linalg.norm(system.project_null(found.x)) > 0.1  # or this system shows it no more: take another
    assert found.status is rl.Status.STALLED
    assert "not where exact gradient flow ends" in found.message
