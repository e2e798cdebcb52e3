"""Anguita et al. 2026: every section passes with few seeds, and fails where its law is broken."""

from dataclasses import replace

import numpy as np
import pytest

import ridgeless as rl
from ridgeless.papers import FOUND
from ridgeless.papers.anguita2026 import _phases
from ridgeless.papers.anguita2026 import e1_two_phases as two_phases
from ridgeless.papers.anguita2026 import e2_regimes as regimes

pytestmark = pytest.mark.usefixtures("as_a_user")
BUDGET = FOUND["anguita2026"].budget("seconds", seeds=1)
SECTIONS = {"phases": two_phases, "regimes": regimes}


@pytest.fixture(scope="module")
def computed(module_as_a_user, computed):
    return computed


def each(**changes):
    """Every start changed."""
    return lambda found: [
        replace(one, **{name: change(getattr(one, name)) for name, change in changes.items()}) for one in found
    ]


def errors(task, name, change):
    """The errors of one task and start changed."""
    return lambda found: replace(found, errors={**found.errors, (task, name): change(found.errors[task, name])})


def distances(factor):
    return lambda found: replace(found, from_lazy={name: factor * one for name, one in found.from_lazy.items()})


SMALLER = "first layer smaller"


@pytest.mark.parametrize(
    ("name", "change", "statement"),
    [
        ("phases", each(features=lambda one: one + 1e-4), "difference of features"),
        ("phases", each(tuned=lambda one: one + 1e-4), "of fine-tuning, balanced"),
        ("phases", each(slopes=lambda one: one + 0.3), "slope of log k"),
        ("regimes", distances(1e3), "lazy:"),
        ("regimes", distances(1e-3), "not lazy:"),
        ("regimes", errors(_phases.TASKS[2], SMALLER, lambda one: one[:, ::-1]), "new features:"),
        ("regimes", errors(_phases.TASKS[1], SMALLER, lambda one: one + 1), "reuse:"),
        ("regimes", errors(_phases.TASKS[2], "balanced", lambda one: one / 100), "price of reuse:"),
        ("regimes", errors(_phases.TASKS[0], SMALLER, lambda one: 10 * one), "refinement:"),
    ],
)
def test_a_broken_law_fails(name, change, statement, computed, failed):
    found = computed[name]
    assert failed(SECTIONS[name].section(found)) == []
    assert any(statement in told for told in failed(SECTIONS[name].section(change(found))))


@pytest.mark.parametrize("relative", [-0.9, 0.0, 0.7])
def test_the_features_are_what_gradient_flow_leaves(relative):
    """u² − v² stays ρs in both branches, and u⁺∘v⁺ − u⁻∘v⁻ is x."""
    x, scale = np.array([-1.5, 0.0, 0.02, 3.0]), 0.4
    plus, minus = _phases.features(x, scale, relative)
    first, second = (np.sqrt(np.maximum(one**2 - relative * scale, 0)) for one in (plus, minus))
    signs = np.array([[1, 1], [1, -1], [-1, 1], [-1, -1]])
    reached = signs[:, :1] * plus * first + signs[:, 1:] * minus * second
    np.testing.assert_allclose(np.min(np.abs(reached - x), axis=0), 0, atol=1e-12)
    law = np.hypot(x, scale) + relative * scale
    np.testing.assert_allclose(plus**2 + minus**2, law, rtol=1e-12)


def test_a_start_is_at_zero_and_has_its_scales():
    theta = _phases.start(3, 2.0, -0.5)
    assert not np.asarray(_phases.NETWORK(theta)).any()
    u, v = theta["plus"][:, 0]
    assert (u**2 + v**2, u**2 - v**2) == pytest.approx((2.0, -1.0))


def test_tasks_share_their_features():
    first, after = _phases.tasks(4, _phases.Sizes(12, 8, 5, 4, 2))
    supports = {name: set(np.flatnonzero(one.truth)) for name, one in after.items()}
    old = set(np.flatnonzero(first.truth))
    some, every, new = (supports[name] for name in _phases.TASKS)
    assert some < every == old
    assert not new & old
    assert isinstance(first, rl.LinearSystem)


def test_features_of_another_scale_are_refuted(monkeypatch, failed):
    """Were the start twice as large in the closed form, fine-tuning would end elsewhere."""
    true = _phases.features
    monkeypatch.setattr(two_phases, "features", lambda x, scale, relative: true(x, 2 * scale, relative))
    told = failed(two_phases.section(two_phases.run(FOUND["anguita2026"].budget("seconds", seeds=1), print)))
    assert "difference of features by closed form, limit and training, first layer larger" in told
