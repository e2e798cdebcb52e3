"""Li et al. 2021: every section passes with few seeds, and fails where its law is broken."""

from dataclasses import replace

import numpy as np
import pytest

from ridgeless.papers import FOUND
from ridgeless.papers.li2021 import e1_depth as depth
from ridgeless.papers.li2021 import e2_incremental as incremental
from ridgeless.papers.li2021 import e3_large_starts as large

BUDGET = FOUND["li2021"].budget("seconds", seeds=2)
SECTIONS = {"depth": depth, "incremental": incremental, "large": large}


def deeper(name, factor):
    """A change of the deepest network alone."""
    return lambda found: [*found[:-1], replace(found[-1], **{name: factor * getattr(found[-1], name)})]


@pytest.mark.parametrize(
    ("name", "change", "statement"),
    [
        ("depth", deeper("last", 0.2), "steps between"),
        ("depth", deeper("first", 3.0), "last good step"),
        ("depth", deeper("largest", 0.01), "largest start"),
        ("incremental", deeper("times", 1.05), "over those of the law"),
        ("incremental", lambda found: [replace(one, times=one.times[:, ::-1]) for one in found], "their half first"),
        ("incremental", lambda found: found[::-1], "from a tenth to nine tenths"),
        ("large", lambda found: [replace(one, misses=one.misses * large.STARTS**0.1) for one in found], "slope"),
        ("large", deeper("misses", 1e5), "relative distance"),
    ],
)
def test_a_broken_law_fails(name, change, statement, computed, failed):
    found = computed[name]
    assert failed(SECTIONS[name].section(found)) == []
    assert any(statement in told for told in failed(SECTIONS[name].section(change(found))))


def test_what_is_never_good_has_no_window():
    assert np.isnan(depth.window(np.array([1, 2]), np.ones(2))).all()
    assert np.isnan(depth.largest_start(np.ones(len(depth.STARTS))))
    assert depth.largest_start(np.zeros(len(depth.STARTS))) == depth.STARTS[-1]


def test_the_largest_start_is_interpolated_in_logarithms():
    least = np.where(depth.STARTS < 1e-3, depth.GOOD / 10, depth.GOOD * 10)
    place = int(np.argmax(least > depth.GOOD))
    expected = np.sqrt(depth.STARTS[place - 1] * depth.STARTS[place])
    assert depth.largest_start(least) == pytest.approx(expected)


@pytest.mark.parametrize("deep", [2, 3, 4])
def test_the_law_of_one_entry_by_euler_steps(deep):
    """x' = 2D²·x^(2−2/D)·(w − x), in small steps of the weight."""
    weight, fine, truth, count = incremental.START ** (1 / deep), incremental.STEP / 20, 2.0, 0
    while weight**deep < 0.5 * truth:
        weight += fine * 2 * deep * weight ** (deep - 1) * (truth - weight**deep)
        count += 1
    assert incremental.law(deep, truth, 0.5) == pytest.approx(count / 20, rel=2e-3)
