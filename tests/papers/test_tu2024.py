"""Tu et al. 2024: every section passes with few seeds, and fails where its law is broken."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.integrate import solve_ivp
from scipy.linalg import sqrtm

from ridgeless.papers import FOUND
from ridgeless.papers.tu2024 import _matrices
from ridgeless.papers.tu2024 import e1_loss_curve as loss_curve
from ridgeless.papers.tu2024 import e2_singular_values as singular_values
from ridgeless.papers.tu2024 import e3_low_rank as low_rank

pytestmark = pytest.mark.usefixtures("as_a_user")
BUDGET = FOUND["tu2024"].budget("seconds", seeds=2)
SECTIONS = {"loss": loss_curve, "modes": singular_values, "rank": low_rank}


@pytest.fixture(scope="module")
def computed(module_as_a_user, computed):
    return computed


def each(**changes):
    """Every scale changed."""
    return lambda found: [
        replace(one, **{name: change(getattr(one, name)) for name, change in changes.items()}) for one in found
    ]


def whole(**changes):
    """A finding changed."""
    return lambda found: each(**changes)([found])[0]


@pytest.mark.parametrize(
    ("name", "change", "statement"),
    [
        ("loss", each(losses=lambda one: 10 * one), "trained loss|/L(0)"),
        ("loss", each(places=lambda one: one**1.5), "slope of log ‖predicted"),
        ("modes", each(misses=lambda one: one**1.5), "slope of log ‖A − predicted‖"),
        ("modes", each(halves=lambda one: 1.2 * one), "over the law"),
        ("modes", lambda found: [replace(one, spread=found[-1].spread) for one in found], "smallest singular value"),
        ("rank", whole(trained=lambda one: one[:, ::-1]), "smallest c over the cut"),
        ("rank", whole(trained=lambda one: one[:, ::-1]), "least error at the largest c"),
        ("rank", whole(predicted=lambda one: 1.2 * one), "trained over predicted"),
    ],
)
def test_a_broken_law_fails(name, change, statement, computed, failed):
    found = computed[name]
    assert failed(SECTIONS[name].section(found)) == []
    assert any(statement in told for told in failed(SECTIONS[name].section(change(found))))


@pytest.mark.parametrize("scale", [0.01, 1.0, 30.0])
def test_the_closed_form_solves_the_printed_equation(scale):
    """Ȧ = −[√(AAᵀ + c²I)·G + G·√(AᵀA + c²I)] as a matrix equation, from A = 0."""
    target = _matrices.drawn_target(0, 4, np.array([1.3, 0.4]))
    T, eye = target.matrix, scale**2 * np.eye(4)

    def velocity(_, flat):
        A = flat.reshape(4, 4)
        G = A - T
        return -(sqrtm(A @ A.T + eye) @ G + G @ sqrtm(A.T @ A + eye)).real.ravel()

    times = np.linspace(0, 2 * _matrices.half_time(0.4, scale), 7)
    found = solve_ivp(velocity, (0, times[-1]), np.zeros(16), t_eval=times, rtol=1e-9, atol=1e-11)
    np.testing.assert_allclose(target.predicted(times, scale).reshape(7, 16).T, found.y, atol=1e-6)


def test_the_mixed_dynamics_from_zero_are_the_closed_form():
    target, times = _matrices.drawn_target(2, 5, np.array([1.1, 0.3])), np.linspace(0, 4, 5)
    found = _matrices.mixed(target.matrix, 0.2, np.zeros((5, 5)), times)
    np.testing.assert_allclose(found, target.predicted(times, 0.2), atol=1e-5)


def test_a_wide_network_follows_the_mixed_dynamics_from_where_it_starts():
    """At c = 3 the start is as large as the target; of another c the dynamics are others."""
    T, times = _matrices.drawn_target(3, 6, np.array([1.0, 0.5])).matrix, np.linspace(0, 0.5, 6)
    found = _matrices.trained(T, 3.0, 4096, times, seed=7)
    start = _matrices.starting_point(6, 3.0, 4096, seed=7)
    np.testing.assert_allclose(found[0], start)
    apart = [np.abs(found - _matrices.mixed(T, scale, start, times)).max() for scale in (3.0, 2.0)]
    assert apart[0] < 0.02 < 0.05 < apart[1]


def test_half_times_in_both_regimes():
    assert _matrices.half_time(1.0, 1e4) == pytest.approx(np.log(2) / 2e4, rel=1e-3)
    assert _matrices.half_time(2.0, 1e-9) == pytest.approx(np.log(2 * 2.0 / 1e-9) / 4, rel=1e-9)


def test_training_of_matrices_is_gradient_flow_and_keeps_the_balance():
    """W₂ᵀW₂ − W₁W₁ᵀ is conserved: the same A(t) by an adaptive integrator."""
    T = _matrices.drawn_target(1, 3, np.array([1.0, 0.5])).matrix
    times = np.array([0.0, 0.7, 2.0])
    found = _matrices.trained(T, 0.1, 5, times, seed=4)
    start = np.sqrt(0.1 / 5) * np.random.default_rng([_matrices._PAPER, 4]).standard_normal((2, 3, 5))

    def velocity(_, flat):
        second, first = flat.reshape(2, 3, 5)
        misfit = second @ first.T - T
        return -np.stack([misfit @ first, misfit.T @ second]).ravel()

    exact = solve_ivp(velocity, (0, 2.0), start.ravel(), t_eval=times, rtol=1e-10, atol=1e-12)
    for A, flat in zip(found, exact.y.T, strict=True):
        second, first = flat.reshape(2, 3, 5)
        np.testing.assert_allclose(A, second @ first.T, atol=1e-6)


def test_the_dynamics_of_another_scale_are_refuted(monkeypatch, failed):
    """Were c twice as large in the prediction, no curve would fit."""
    true = _matrices.half_time
    monkeypatch.setattr(singular_values, "half_time", lambda size, scale: true(size, 2 * scale))
    told = failed(singular_values.section(singular_values.run(FOUND["tu2024"].budget("seconds", seeds=1), print)))
    assert "time of half a singular value over the law, c = 0.1" in told


def test_a_path_that_never_rises_has_no_half_time():
    assert np.isnan(singular_values._half(np.arange(3.0), np.zeros(3), 1.0))
