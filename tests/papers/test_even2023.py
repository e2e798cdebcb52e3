"""Even et al. 2023: every section passes with few seeds, and fails where its law is broken."""

from dataclasses import replace

import numpy as np
import pytest

import ridgeless as rl
from ridgeless.papers import FOUND
from ridgeless.papers.even2023 import _descent
from ridgeless.papers.even2023 import e1_identity as identity
from ridgeless.papers.even2023 import e2_step_size as step_size
from ridgeless.papers.even2023 import e3_stochastic_flow as stochastic_flow

pytestmark = pytest.mark.usefixtures("as_a_user")
BUDGET = FOUND["even2023"].budget("seconds", seeds=1)
SECTIONS = {"identity": identity, "step size": step_size, "stochastic flow": stochastic_flow}


@pytest.fixture(scope="module")
def computed(module_as_a_user, computed):
    return computed


def each(**changes):
    """Both methods changed."""
    return lambda found: [
        replace(one, **{name: change(getattr(one, name)) for name, change in changes.items()}) for one in found
    ]


def in_sweeps(method, **changes):
    """One method of E2 changed."""
    return lambda found: replace(
        found, sweeps=[each(**changes)([one])[0] if one.name == method else one for one in found.sweeps]
    )


@pytest.mark.parametrize(
    ("name", "change", "statement"),
    [
        ("identity", each(products=lambda one: one + 1e-8), "less 1, GD"),
        ("identity", each(from_gains=lambda one: one + 1e-8), "gains and tilts, SGD"),
        ("identity", each(predicted=lambda one: one + 1e-6), "by rl.predict, GD"),
        ("identity", each(uncorrected=lambda one: one * 1e-9), "over that of the corrected one, SGD"),
        ("step size", in_sweeps("GD", norms=lambda one: 2 - one), "‖x∞‖₁ over that of gradient flow, GD"),
        ("step size", in_sweeps("GD", errors=lambda one: one / 10), "error over that of gradient flow, GD"),
        ("step size", in_sweeps("GD", norms=lambda one: one[:, ::-1]), "of the bound over that at half"),
        ("step size", in_sweeps("SGD", norms=lambda one: 2 - one), "‖x∞‖₁ over that of gradient flow, SGD"),
        ("step size", in_sweeps("SGD", errors=lambda one: 10 * one), "error over that of gradient flow, SGD"),
        ("step size", in_sweeps("SGD", errors=lambda one: 10 * one), "the error of SGD is below"),
        ("step size", in_sweeps("GD", on=lambda one: one / 10), "at half the bound, GD"),
        ("step size", in_sweeps("SGD", on=lambda one: 3 * one), "at half the bound, SGD"),
        ("stochastic flow", lambda found: replace(found, laws=1.5 * found.laws), "over that of the law"),
        ("stochastic flow", lambda found: replace(found, gains=found.gains**1.3), "slope of log gain"),
        ("stochastic flow", lambda found: replace(found, left=10 * found.left), "loss at the end"),
    ],
)
def test_a_broken_law_fails(name, change, statement, computed, failed):
    found = computed[name]
    assert failed(SECTIONS[name].section(found)) == []
    assert any(statement in told for told in failed(SECTIONS[name].section(change(found))))


@pytest.mark.parametrize("method", ["GD", "SGD"])
@pytest.mark.parametrize("place", ["on", "off"])
def test_another_gradient_at_the_start_fails(method, place, computed, failed):
    found = computed["step size"]
    broken = replace(found, first={**found.first, (method, place): 2 * found.first[method, place]})
    (told,) = failed(step_size.section(broken))
    assert told.startswith(f"g_i² at x = 0 {place} the support, {method}")


@pytest.mark.parametrize("rng", [None, np.random.default_rng(1)])
def test_a_step_is_that_of_the_weights(rng):
    """u and v moved by hand along −∂L/∂u and −∂L/∂v."""
    given, scale, size = _descent.regressions(9, 1, 4, 6, 2), 0.7, 0.05
    layers = _descent.start_at(scale, 6)["layers"]
    again = None if rng is None else np.random.default_rng(1)
    ends = _descent.descend(given, scale, np.array([[size]]), 5, rng)
    A, b = given.A[0], given.b[0]
    for _ in range(5):
        rows = slice(None) if again is None else [int(again.integers(4, size=1)[0])]
        u, v = layers
        g = A[rows].T @ (A[rows] @ (u * v) - b[rows]) / len(A[rows])
        layers = np.stack([u - size * g * v, v - size * g * u])
    np.testing.assert_allclose(ends.x[0, :, 0], layers[0] * layers[1], rtol=1e-12)
    np.testing.assert_allclose(np.abs(ends.p * ends.m)[0, :, 0], np.abs(layers[0] ** 2 - layers[1] ** 2), rtol=1e-12)


def test_the_effective_start_without_steps_is_the_start():
    given = _descent.regressions(9, 1, 4, 6, 2)
    ends = _descent.descend(given, 0.5, np.array([[0.1]]), 0)
    start = ends.effective_start(0.5, 0, 0)
    np.testing.assert_allclose(start["layers"], _descent.start_at(0.5, 6)["layers"], atol=1e-15)


def test_descents_that_diverge_have_no_limit():
    given = _descent.regressions(9, 1, 4, 6, 2)
    ends = _descent.descend(given, 0.5, np.array([[50.0]]), 2_000)
    assert np.isnan(ends.limit_from_gains(given.system(0), 0.5, 0, 0)).all()


def test_the_bounds_are_those_of_the_hessian_at_the_truth():
    given = _descent.regressions(9, 1, 4, 6, 2)
    whole, single = given.stability_bounds()
    system = given.system(0)
    u = np.sqrt(given.truth)
    jacobian = np.hstack([np.asarray(system.A) * u, np.asarray(system.A) * u])
    assert whole[0] == pytest.approx(2 / np.linalg.norm(jacobian, 2) ** 2)
    assert single[0] == pytest.approx(2 / (np.max(np.sum(jacobian**2, axis=1)) * 4))


def test_step_sizes_beside_the_prediction_are_refuted(monkeypatch, failed):
    """Were the limit taken from the start of another scale, the identity would not hold."""
    monkeypatch.setattr(identity, "predict", lambda found: rl.limit(found.system, found.network, found.theta0))
    told = failed(identity.section(identity.run(FOUND["even2023"].budget("seconds", seeds=1), print)))
    assert "‖x − limit‖/‖x‖, start by rl.predict, GD" in told
    assert "distance of the limit of gradient flow over that of the corrected one, GD, least over seeds" in told
