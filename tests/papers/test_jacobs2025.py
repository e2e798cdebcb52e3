"""Jacobs et al. 2025: every section passes with few seeds, and fails where its law is broken."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.integrate import quad

import ridgeless as rl
from ridgeless.papers import FOUND
from ridgeless.papers.jacobs2025 import e1_schedules as schedules
from ridgeless.papers.jacobs2025 import e2_then_off as then_off

pytestmark = pytest.mark.usefixtures("as_a_user")
BUDGET = FOUND["jacobs2025"].budget("seconds", seeds=1)
SECTIONS = {"schedules": schedules, "then off": then_off}


@pytest.fixture(scope="module")
def computed(module_as_a_user, computed):
    return computed


@pytest.mark.parametrize(
    ("name", "changes", "statement"),
    [
        ("schedules", {"products": lambda one: one.products + 1e-4}, "less 1, all schedules"),
        ("schedules", {"limits": lambda one: one.limits + 1e-4}, "from the shrunk start, all"),
        ("schedules", {"unshrunk": lambda one: one.unshrunk / 100}, "from the start itself"),
        ("schedules", {"steps": lambda one: one.steps**2}, "slope of the deviation"),
        ("then off", {"predicted": lambda one: 1.1 * one.predicted}, "log of the error"),
        ("then off", {"without": lambda one: one.off[:, -1]}, "longest decay over that without"),
        ("then off", {"norms": lambda one: one.norms + 0.1}, "least of A x = b"),
        ("then off", {"off": lambda one: one.off[:, ::-1]}, "the error falls"),
        ("then off", {"lasso": lambda one: one.lasso + 0.01}, "Lasso"),
        ("then off", {"kept": lambda one: one.off[:, -1]}, "kept on over that"),
    ],
)
def test_a_broken_law_fails(name, changes, statement, computed, failed):
    found = computed[name]
    assert failed(SECTIONS[name].section(found)) == []
    broken = replace(found, **{field: change(found) for field, change in changes.items()})
    assert any(statement in told for told in failed(SECTIONS[name].section(broken)))


@pytest.mark.parametrize("name", list(schedules.SCHEDULES))
def test_every_schedule_has_the_integral_one(name):
    assert quad(schedules.SCHEDULES[name], 0, 1, points=[0.5])[0] == pytest.approx(1)


def test_without_decay_the_weights_keep_their_balance():
    system = rl.LinearSystem(np.array([[1.0, 0.5, -0.3]]), np.array([1.0]))
    start = {"layers": np.array([[0.9, 0.5, 0.2], [0.1, -0.3, 0.6]])}
    found = schedules.with_decay(system, start, schedules.SCHEDULES["constant"], 0.0)
    np.testing.assert_allclose(schedules.balance(found), schedules.balance(start), rtol=1e-8)


def test_an_integral_that_is_wrong_is_refuted(monkeypatch, failed):
    """Were a schedule to decay a tenth more than it says, neither law would hold."""
    wrong = {**schedules.SCHEDULES, "falling": lambda part: 2.2 * (1 - part)}
    monkeypatch.setattr(schedules, "SCHEDULES", wrong)
    told = failed(schedules.section(schedules.run(FOUND["jacobs2025"].budget("seconds", seeds=1), print)))
    assert told == [
        "|u² − v²| over |u₀² − v₀²|·exp(−2∫λ), less 1, all schedules",
        "‖x∞ − limit‖/‖limit‖ from the shrunk start, all schedules",
    ]
