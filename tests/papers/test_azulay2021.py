"""Azulay et al. 2021: every section passes with few seeds, and fails where its law is broken."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.integrate import quad

from ridgeless.papers._experiments import instances
from ridgeless.papers.azulay2021 import e1_diagonal as diagonal
from ridgeless.papers.azulay2021 import e2_one_neuron as neuron
from ridgeless.papers.azulay2021 import e3_population_error as error
from ridgeless.potentials import Radial


@pytest.fixture(scope="module")
def branches():
    return diagonal.run(2, print)


@pytest.fixture(scope="module")
def neurons():
    return neuron.run(2, print)


@pytest.fixture(scope="module")
def errors():
    return error.run(2, print, (0.0, 0.9))


def test_the_diagonal_network_minimises_the_potential_of_its_scale_and_shape(
    branches, keeps_the_laws_of_sections, failed
):
    section = diagonal.section(branches)
    assert failed(section) == []
    keeps_the_laws_of_sections(section)


@pytest.mark.parametrize(
    ("changes", "statement"),
    [
        ({"stationarity": lambda one: one.stationarity + 1e-7}, "at the end of training"),
        ({"measured": lambda one: one.measured * 1.001}, "read off the solution"),
        ({"distances": lambda one: one.distances * diagonal.REACHED**0.1}, "slope of log"),
        ({"law": lambda one: 1.1 * one.law}, "over its leading order"),
    ],
)
def test_a_broken_law_of_branches_fails(branches, changes, statement, failed):
    broken = replace(branches, **{name: change(branches) for name, change in changes.items()})
    assert any(statement in told for told in failed(diagonal.section(broken)))


def test_the_formula_without_the_shape_is_refuted(branches, monkeypatch, failed):
    """Were k = 4α, as from a balanced start, E1 would fail."""
    monkeypatch.setattr(diagonal, "strength", lambda scale, shape: 4 * scale)
    assert "k read off the solution over 4α(1 + s²)/(1 − s²), less 1" in failed(diagonal.section(branches))


def test_the_potential_of_branches_has_the_gradient_that_is_used():
    """q_k(x) = ∫ of its gradient from 0."""
    for k, x in [(0.4, 1.3), (7.0, -0.2), (1e-3, 0.5)]:
        printed = k / 4 * (1 - np.sqrt(1 + 4 * x**2 / k**2) + 2 * x / k * np.arcsinh(2 * x / k))
        area = quad(lambda t, k=k: float(diagonal.gradient(np.array([t]), k)[0]), 0, x)[0]
        assert area == pytest.approx(printed, rel=1e-8)


def test_one_neuron_minimises_its_potential(neurons, keeps_the_laws_of_sections, failed):
    section = neuron.section(neurons)
    assert failed(section) == []
    keeps_the_laws_of_sections(section)


@pytest.mark.parametrize("name", ["stationarity", "misses", "closed"])
def test_a_broken_law_of_neurons_fails(neurons, name, failed):
    broken = [replace(one, **{name: getattr(one, name) + 1e-5}) for one in neurons]
    assert len(failed(neuron.section(broken))) == len(neurons)


def test_a_potential_of_another_imbalance_is_refuted():
    """The trained neuron is no stationary point of the q of twice its δ."""
    system = instances(neuron._EXPERIMENT, 1)[0].system
    rng = np.random.default_rng(0)
    start = 0.1 * rng.standard_normal(9)
    right, wrong = (neuron.NeuronPotential(delta, start) for delta in (0.2, 0.4))
    end = neuron.minimiser(system, right)
    assert np.linalg.norm(system.project_null(right.gradient(end))) < 1e-8
    assert np.linalg.norm(system.project_null(wrong.gradient(end))) > 1e-4


@pytest.mark.parametrize("delta", [0.0, 0.3, 2.0])
def test_the_potential_of_a_neuron_is_radial_with_a_tilt(delta):
    """∇q = (3/2)(∇φ(‖x‖) − ∇φ(‖x₀‖)), with φ the potential of the limits: without its time of its own, the same."""
    rng = np.random.default_rng(1)
    start, x = rng.standard_normal(5), rng.standard_normal(5)
    radial = Radial(np.array([delta]))
    expected = 1.5 * (radial.gradient(x) - radial.gradient(start))
    np.testing.assert_allclose(neuron.NeuronPotential(delta, start).gradient(x), expected, atol=1e-13)


@pytest.mark.slow
def test_the_error_depends_on_scale_and_shape_through_one_number(errors, keeps_the_laws_of_sections, failed):
    section = error.section(errors)
    assert failed(section) == []
    keeps_the_laws_of_sections(section)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("changes", "statement"),
    [
        ({"misses": lambda one: one.misses + 1e-5}, "end of the balanced start"),
        ({"trained": lambda one: np.roll(one.trained, 1 if one.shape == 0 else 0, axis=1)}, "decades of α"),
    ],
)
def test_a_broken_law_of_errors_fails(errors, changes, statement, failed):
    broken = [replace(one, **{name: change(one) for name, change in changes.items()}) for one in errors]
    assert any(statement in told for told in failed(error.section(broken)))
