"""Berthier 2026: every section passes with few seeds, and fails where its law is broken."""

from dataclasses import replace

import numpy as np
import pytest

from ridgeless.papers import FOUND
from ridgeless.papers._saddles import Saddles
from ridgeless.papers.berthier2026 import e1_saddles as saddles
from ridgeless.papers.berthier2026 import e2_gradient_flow as gradient_flow
from ridgeless.papers.berthier2026._systems import gaussian, path_of, suboptimality

BUDGET = FOUND["berthier2026"].budget("seconds", seeds=1)


@pytest.fixture(scope="module")
def averages():
    return saddles.run(BUDGET, print)


@pytest.fixture(scope="module")
def flows():
    return gradient_flow.run(BUDGET, print)


def test_averages_over_saddles_are_the_lasso_path_where_it_is_monotone(averages, failed):
    assert failed(saddles.section(averages)) == []
    told = failed(saddles.section(replace(averages, exact=averages.exact + 1e-6)))
    assert told == ["suboptimality of the average over saddles, monotone paths"]
    told = failed(saddles.section(replace(averages, is_monotone=0.8 * averages.is_monotone)))
    assert told == list(FOUND["berthier2026"].misses)


def test_the_assumption_matters(averages):
    """Averages over saddles miss Lasso paths that are not monotone."""
    assert averages.others.min() > 1e-6


def test_averages_of_gradient_flow_tend_to_the_lasso_path(flows, failed):
    assert failed(gradient_flow.section(flows)) == []
    for change in (lambda one: one.excess * one.logs**2, lambda one: one.excess + 0.1):
        broken = [replace(one, excess=change(one)) for one in flows]
        assert len(failed(gradient_flow.section(broken))) >= len(flows)


@pytest.mark.parametrize(("name", "pace"), [("u∘v", 4.0), ("u∘u", 2.0)])
def test_a_clock_of_another_pace_is_refuted(name, pace, monkeypatch, failed):
    """Were s = 4t/log(1/ε) for u∘v, as it is for u∘u, or the other way round, the averages would be elsewhere."""
    wrong = {name: replace(gradient_flow.TRAININGS[name], pace=pace)}
    monkeypatch.setattr(gradient_flow, "TRAININGS", wrong)
    assert failed(gradient_flow.section(gradient_flow.run(BUDGET, print)))


def test_an_average_is_a_sum_over_saddles():
    path = Saddles(np.array([0.0, 1.0, 3.0]), np.array([[0.0], [2.0], [5.0]]))
    for time, expected in ((0.5, 0.0), (2.0, 1.0), (3.0, 4 / 3), (5.0, 14 / 5)):
        assert saddles.average(path, time)[0] == pytest.approx(expected)


def test_only_the_minimiser_is_optimal():
    system = gaussian(0)
    A, path = np.asarray(system.A), path_of(system, 1e-3)
    penalty = 0.3 * path.penalties[0]
    best = path.at(penalty)
    assert suboptimality(A, system.b, best, best, penalty) == 0
    assert suboptimality(A, system.b, best + 0.01, best, penalty) > 1e-5
