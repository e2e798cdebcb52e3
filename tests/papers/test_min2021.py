"""Min et al. 2021: every section passes with few seeds, and fails where its law is broken."""

from dataclasses import replace

import numpy as np
import pytest

from ridgeless.certificates import convergence_rate
from ridgeless.papers._experiments import dense, instances
from ridgeless.papers.min2021 import e1_rate as rate
from ridgeless.papers.min2021 import e2_invariant_set as invariant
from ridgeless.papers.min2021 import e3_width as width

SECTIONS = {"rate": rate, "invariant set": invariant, "width": width}


@pytest.fixture(scope="module")
def computed():
    """Name ↦ what the trainings of a section gave; each is run once."""
    known = {}

    def compute(name):
        if name not in known:
            known[name] = SECTIONS[name].run(3, print)
        return known[name]

    return compute


@pytest.mark.parametrize("name", SECTIONS)
def test_every_claim_passes(name, computed, keeps_the_laws_of_sections, failed):
    section = SECTIONS[name].section(computed(name))
    assert failed(section) == []
    keeps_the_laws_of_sections(section)


@pytest.mark.parametrize(
    ("name", "changes", "statement"),
    [
        ("rate", {"certified": lambda one: 1.01 * one.slowest}, "largest shortfall"),
        ("rate", {"excess": lambda one: one.excess + 1.0}, "largest excess"),
        ("rate", {"certified": lambda one: 0.5 * one.certified}, "final rate over the certified one"),
        ("invariant set", {"inside": lambda one: one.inside + 1e-9}, "from the invariant set"),
        ("invariant set", {"strayed": lambda one: one.strayed + 1e-9}, "at the end of those"),
        ("invariant set", {"beside": lambda one: one.beside * invariant.DISTANCES**1e-3}, "slope of log gap"),
        ("invariant set", {"law": lambda one: 1.001 * one.law}, "over its prediction"),
        ("width", {"gaps": lambda one: one.gaps * width.WIDTHS**0.2}, "slope of log gap"),
        ("width", {"wide": lambda one: 2 * one.wide}, "over its prediction"),
        ("width", {"violations": lambda one: one.violations * width.WIDTHS**0.2}, "distance of the start"),
    ],
)
def test_a_broken_law_fails(name, changes, statement, computed, failed):
    found = computed(name)
    broken = replace(found, **{field: change(found) for field, change in changes.items()})
    assert any(statement in told for told in failed(SECTIONS[name].section(broken)))


@pytest.mark.parametrize("imbalance", [0.1, 30.0])
def test_a_start_has_the_imbalance_asked_for(imbalance):
    for one in instances(rate._EXPERIMENT, 3):
        theta0 = rate.start(one, imbalance)
        matrix, vector = theta0["W"][0], theta0["w"]
        found = np.linalg.eigvalsh(np.outer(vector, vector) - matrix.T @ matrix)[-1]
        assert found == pytest.approx(imbalance, rel=1e-10)
        least = np.linalg.svd(one.system.A, compute_uv=False)[-1]
        assert convergence_rate(one.system, dense(1), theta0) == pytest.approx(2 * least**2 * imbalance, rel=1e-9)


def test_the_parts_of_a_start_add_up_and_meet_the_conditions():
    one = instances(invariant._EXPERIMENT, 1)[0]
    repaired, across, along = invariant.parts(one)
    inside = {"W": [repaired["W"][0] + across], "w": repaired["w"]}
    beside = {"W": [repaired["W"][0] + across + along], "w": repaired["w"]}
    assert np.linalg.norm(one.system.A @ (across + along)) < 1e-13
    assert invariant.orthogonality(one, inside) < 1e-13
    assert invariant.orthogonality(one, beside) > 0.1
