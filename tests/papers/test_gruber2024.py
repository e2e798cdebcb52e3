"""Gruber and Avron 2024: every section passes with few seeds, and fails where its law is broken."""

import dataclasses
import importlib
from dataclasses import replace

import numpy as np
import pytest

from ridgeless.papers import FOUND
from ridgeless.papers._derivatives import layers_of, orders
from ridgeless.papers._experiments import dense, instances
from ridgeless.papers.gruber2024 import e01_scale as scale
from ridgeless.papers.gruber2024 import e02_null_component as null
from ridgeless.papers.gruber2024 import e03_bi_optimal as optimal
from ridgeless.papers.gruber2024 import e04_closed_forms as limits
from ridgeless.papers.gruber2024 import e05_width as width
from ridgeless.papers.gruber2024 import e06_optimizers as optimisers
from ridgeless.papers.gruber2024 import e07_lazy as lazy
from ridgeless.papers.gruber2024 import e08_step_size as step_size
from ridgeless.papers.gruber2024 import e09_weight_decay as decay
from ridgeless.papers.gruber2024 import e10_sharpness as sharpness

# Starts that need no program beyond those of h = 1 and h = 2, but for one of orthogonal layers.
_FEW_CASES = (
    "regression, h = 0",
    "P_A W_1 = 0, h = 1",
    "rank-one chain, h = 1",
    "rank-one chain, h = 2",
    "W_1 in the row space, h = 1",
    "bi-optimal: W = 0, h = 1",
    "identity layers, h = 1",
    "orthogonal, L = 1, w trained",
)


@pytest.fixture(scope="module")
def computed():
    """Name ↦ what the trainings of a section gave, with few seeds, depths and steps; each is run once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(step_size, "_HIDDEN", 2)
        patch.setattr(step_size, "LONG_STEPS", np.linspace(0.5, 3.5, 7))
        known = {}

        def compute(name):
            if name not in known:
                known[name] = _RUNS[name]()
            return known[name]

        yield compute


_RUNS = {
    "E1": lambda: scale.run(3, print, (1, 2)),
    "E2": lambda: null.run(2, print),
    "E3": lambda: optimal.run(3, print),
    "E4": lambda: limits.run(2, print, [case for case in limits.cases((1,)) if case.name in _FEW_CASES]),
    "E5": lambda: width.run(3, print),
    "E6": lambda: optimisers.run(2, print),
    "E7": lambda: lazy.run(3, print, (1,)),
    "E8": lambda: step_size.run(3, print),
    "E9": lambda: decay.run(2, print),
    "E10": lambda: sharpness.run(3, print, (1, 2)),
}
# Those whose trainings take most of a minute to compile and run.
_SLOW = {"E1", "E3", "E4", "E6", "E8", "E10"}
_SECTIONS = {
    "E1": scale.section,
    "E2": null.section,
    "E3": optimal.section,
    "E4": limits.section,
    "E5": width.section,
    "E6": optimisers.section,
    "E7": lazy.section,
    "E8": step_size.section,
    "E9": decay.section,
    "E10": sharpness.section,
}


def marked(name):
    return [pytest.mark.slow] if name in _SLOW else []


@pytest.mark.parametrize("name", [pytest.param(name, marks=marked(name)) for name in _RUNS])
def test_every_claim_passes(name, computed, keeps_the_laws_of_sections, failed):
    section = _SECTIONS[name](computed(name))
    assert section.name == name
    assert failed(section) == []
    keeps_the_laws_of_sections(section)


def changed(**changes):
    """A run, or each of several, with some of its arrays replaced."""

    def change(found):
        if isinstance(found, list):
            return [change(one) for one in found]
        return replace(found, **{name: made(found) for name, made in changes.items()})

    return change


def swapped(found):
    """W = 0 ends as W = AᵀM does."""
    return {**found, "W = 0": found["W = AᵀM"]}


def halved(found):
    """W = AᵀM ends twice as near to optimal."""
    return {**found, "W = AᵀM": changed(matrix=lambda one: 0.5 * one.matrix)(found["W = AᵀM"])}


def prescribed(**changes):
    """What the recipes of E4 deliver, with some of its arrays replaced."""
    return lambda found: (found[0], changed(**changes)(found[1]))


def compared(**changes):
    """What the closed forms of E4 are compared with, with some of its arrays replaced."""
    return lambda found: ([changed(**changes)(one) for one in found[0]], found[1])


def of_kind(stays, **changes):
    """The optimisers that keep to the row space, or those that do not, with some of their arrays replaced."""
    return lambda found: [changed(**changes)(one) if one.method.stays is stays else one for one in found]


_BROKEN = [
    ("E1", changed(hidden=lambda one: one.hidden + 1), "‖q∞‖/‖A⁺b‖^(h/(h+1))"),
    ("E2", changed(gaps=lambda one: one.gaps * one.sizes**1e-4), "slope of log gap"),
    ("E2", changed(gaps=lambda one: one.gaps * one.sizes ** (0.01 * np.arange(5))), "R²"),
    ("E2", changed(identity=lambda one: one.identity + 1e-8), "P_N W_1(0)q∞"),
    ("E2", changed(predicted=lambda one: one.predicted * 1.001), "gap over its prediction"),
    ("E3", swapped, "misfit of W from W = 0"),
    ("E3", halved, "half of W or more"),
    ("E4", compared(errors=lambda one: one.errors + 1e-7), "relative distance to the closed form"),
    ("E4", compared(errors=lambda one: one.errors + np.nan), "relative distance to the closed form"),
    ("E4", prescribed(landing=lambda one: one.landing + 1e-7), "Landing"),
    ("E4", prescribed(misses=lambda one: one.misses + 1e-7), "BiOptimal"),
    ("E5", changed(gaps=lambda one: one.gaps * width.WIDTHS**-0.1), "slope of log gap"),
    ("E5", changed(wide=lambda one: 1.5 * one.wide), "gap over its prediction"),
    ("E6", of_kind(True, drifts=lambda one: one.drifts + 1e-11), "‖P_N ΔW_1‖, gradient descent"),
    ("E6", of_kind(False, drifts=lambda one: 1e-9 * one.drifts), "‖P_N ΔW_1‖, Adam"),
    ("E6", of_kind(False, untold=lambda one: 1e-9 * one.untold), "P_N W_1(0) q‖/‖A⁺b‖, AdaGrad"),
    ("E6", of_kind(True, untold=lambda one: one.untold + 1e-11), "P_N W_1(0) q‖/‖A⁺b‖, Muon"),
    ("E7", changed(errors=lambda one: one.errors * lazy.ALPHAS**0.1), "slope of log"),
    ("E7", changed(constants=lambda one: 1.1 * one.constants), "over its predicted limit"),
    ("E7", changed(distances=lambda one: 1e-2 * one.distances), "lazy is not min-norm"),
    ("E7", changed(row_space=lambda one: one.row_space + 1e-9), "M₀ ∝ I"),
    ("E8", changed(short=lambda one: 1 + (one.short - 1) * step_size.SHORT_STEPS**0.1), "slope of log"),
    ("E8", changed(first_order=lambda one: 1.2 * one.first_order), "over its prediction"),
    ("E8", changed(sharpness=lambda one: 1.5 * one.sharpness), "largest excess"),
    ("E8", changed(long=lambda one: np.sort(one.long)), "not monotone"),
    ("E9", changed(ratios=lambda one: one.ratios**1.001), "(1 − ηλ)^k"),
    ("E9", changed(gaps=lambda one: one.gaps + 1e-6), "gap over its prediction"),
    ("E10", changed(predicted_sharpness=lambda one: 1.001 * one.predicted_sharpness), "sharpness over"),
    ("E10", changed(predicted_rate=lambda one: 1.05 * one.predicted_rate), "final rate over"),
]


@pytest.mark.parametrize(
    ("name", "broken", "statement"), [pytest.param(*case, marks=marked(case[0])) for case in _BROKEN]
)
def test_a_broken_law_fails(name, broken, statement, computed, failed):
    assert any(statement in told for told in failed(_SECTIONS[name](broken(computed(name)))))


@pytest.mark.slow
def test_a_wrong_exponent_of_the_scale_fails(computed, monkeypatch, failed):
    found = computed("E1")
    monkeypatch.setattr(scale, "SCALES", scale.SCALES**1.1)
    assert {"slope of log gap against log scale, h = 1", "slope of log gap against log scale, h = 2"} <= set(
        failed(scale.section(found))
    )


def test_a_wrong_closed_form_fails():
    """A chain ends beside A⁺b, whoever says otherwise."""
    chain = next(case for case in limits.cases(()) if case.name == "rank-one chain, h = 1")
    wrong = dataclasses.replace(chain, known=lambda one: one.system.min_norm())
    assert limits.compare(chain, 1).errors.max() < 1e-10
    assert limits.compare(wrong, 1).errors.max() > 1e-2


def test_the_scales_and_the_seeds_are_those_of_the_claims():
    assert (scale.SCALES[0], round(scale.SCALES[-1], 12)) == (1e-3, 2e-2)
    assert len(instances(1, 20)) == 20
    assert len({one.seed for one in instances(1, 20)}) == 20


def test_an_instance_does_not_depend_on_how_many_there_are():
    few, many = instances(2, 2), instances(2, 5)
    for one, other in zip(few, many, strict=False):
        np.testing.assert_array_equal(one.system.A, other.system.A)
        assert one.seed == other.seed


def test_the_hessian_is_that_of_central_differences():
    one = instances(10, 1)[0]
    rng = np.random.default_rng(0)
    theta = {"W": [rng.standard_normal((9, 9))], "w": rng.standard_normal(9)}
    like = layers_of(theta)
    weights = sharpness.flat(like)
    direction = rng.standard_normal(len(weights))

    def loss(step):
        layers = sharpness.unflat(weights + step * direction, like)
        return float(np.sum((one.system.A @ orders(layers, layers)[0] - one.system.b) ** 2)) / 2

    curvature = (loss(1e-4) - 2 * loss(0.0) + loss(-1e-4)) / 1e-8
    found = sharpness.hessian(one.system, theta)
    np.testing.assert_allclose(found, found.T, atol=1e-10)
    assert direction @ found @ direction == pytest.approx(curvature, rel=1e-5)


def test_the_modified_flow_without_a_step_is_gradient_flow():
    """Barrett and Dherin's flow for step 0 ends where the trained network does."""
    one = instances(8, 1, length=2.0)[0]
    theta0 = limits.inits.Gaussian(1.5)(dense(2), one.system, one.seed)
    trained = one.trained_in_full(dense(2), theta0, 1e-9).x
    np.testing.assert_allclose(step_size.modified_end(one.system, theta0, 0.0), trained, atol=1e-6)


def test_the_paper_yields_its_sections_in_order(monkeypatch):
    """E1 to E10, then the two paradoxes; each is told the seeds, and nothing runs before it is asked for."""
    order = (
        "e01_scale e02_null_component e03_bi_optimal e04_closed_forms e05_width e06_optimizers e07_lazy e08_step_size "
        "e09_weight_decay e10_sharpness e11_optimization_paradox e12_generalization_paradox"
    )
    ran = []
    for name in order.split():
        module = importlib.import_module(f"ridgeless.papers.gruber2024.{name}")
        monkeypatch.setattr(module, "run", lambda seeds, progress, name=name: ran.append((name, seeds)))
        monkeypatch.setattr(module, "section", lambda found: found)
    kind = FOUND["gruber2024"]
    sections = kind().sections(kind.budget("minutes", seeds=3))
    assert ran == []
    next(sections)
    assert ran == [("e01_scale", 3)]
    list(sections)
    assert ran == [(name, 3) for name in order.split()]
