"""Vaskevicius et al. 2019: every section passes but for its miss, and fails where its law is broken."""

from dataclasses import replace

import numpy as np
import pytest

from ridgeless.papers import FOUND
from ridgeless.papers.vaskevicius2019 import e1_scale as scale
from ridgeless.papers.vaskevicius2019 import e2_signal as signal
from ridgeless.papers.vaskevicius2019 import e3_steps as steps
from ridgeless.papers.vaskevicius2019._designs import rademacher

BUDGET = FOUND["vaskevicius2019"].budget("seconds")
MISSES = set(FOUND["vaskevicius2019"].misses)
SECTIONS = {"scale": scale, "signal": signal, "steps": steps}


def failed(section):
    return {claim.statement for claim in section.claims if replace(claim, band=None).failed}


@pytest.mark.parametrize(
    ("name", "changes", "statement"),
    [
        ("scale", {"errors": lambda one: one.errors[::-1]}, "α = 1e-4 over α = 1e-2"),
        ("scale", {"outside": lambda one: one.outside[:, ::-1]}, "falls with each smaller α"),
        ("scale", {"errors": lambda one: [np.sort(each)[:, ::-1] for each in one.errors]}, "after the last step"),
        ("signal", {"lasso": lambda one: one.lasso / 10}, "error of the Lasso"),
        ("signal", {"descent": lambda one: 1.2 * one.descent}, "over that of least squares, σ = 0.05"),
        ("signal", {"descent": lambda one: 20 * one.descent}, "over that of the Lasso, σ = 0.12"),
        ("steps", {"constant": lambda one: one.constant * one.ratios**0.3}, "one step size"),
        ("steps", {"growing": lambda one: one.growing * one.ratios**0.5}, "min|w|, growing steps"),
        ("steps", {"growing": lambda one: 3 * one.growing}, "steps with growing steps"),
    ],
)
def test_a_broken_law_fails(name, changes, statement, computed):
    found = computed[name]
    assert failed(SECTIONS[name].section(found)) <= MISSES
    broken = replace(found, **{field: change(found) for field, change in changes.items()})
    assert any(statement in told for told in failed(SECTIONS[name].section(broken)) - MISSES)


def test_the_oracle_is_least_squares_on_the_support():
    one = rademacher(9, 0, 30, 80, np.array([1.0, -2.0]))
    assert one.support.tolist() == [0, 1]
    assert one.least_squares_error(0.0) < 1e-25
    columns = one.design[:, :2]
    found = np.linalg.solve(columns.T @ columns, columns.T @ one.labels(0.5))
    assert one.least_squares_error(0.5) == pytest.approx(np.sum((found - [1.0, -2.0]) ** 2))


def test_steps_that_never_find_the_truth_are_not_known(monkeypatch):
    monkeypatch.setattr(steps, "_MOST_STEPS", 3)
    assert np.isnan(steps.steps_with(rademacher(9, 0, 30, 80, np.ones(2)), np.inf))
