"""HaoChen et al. 2021: every section passes with few seeds, and fails where its law is broken."""

from dataclasses import replace

import numpy as np
import pytest

from ridgeless.papers import FOUND
from ridgeless.papers.haochen2021 import _noise
from ridgeless.papers.haochen2021 import e1_recovery as recovery
from ridgeless.papers.haochen2021 import e2_law as law
from ridgeless.papers.haochen2021 import e3_all_labels as all_labels

pytestmark = pytest.mark.usefixtures("as_a_user")
BUDGET = FOUND["haochen2021"].budget("seconds", seeds=2)
SECTIONS = {"recovery": recovery, "law": law, "all labels": all_labels}
TINY = _noise.Setup(3, 7, 2, (4, 4), (0.05, 0.01))


@pytest.fixture(scope="module")
def computed(module_as_a_user, computed):
    return computed


@pytest.mark.parametrize(
    ("name", "changes", "statement"),
    [
        ("recovery", {"descent": lambda one: one.descent / 1e3}, "error of gradient descent over ‖x*‖²"),
        ("recovery", {"off_limit": lambda one: one.off_limit + 1e-5}, "‖limit‖ of gradient descent"),
        ("recovery", {"labels": lambda one: one.labels[:, ::-1]}, "label noise over ‖x*‖²"),
        ("recovery", {"labels": lambda one: one.labels[:, ::-1]}, "label noise over that of descent"),
        ("recovery", {"gaussian": lambda one: one.labels}, "error with Gaussian noise"),
        ("law", {"outside": lambda one: one.outside + 1e-8}, "across the rows"),
        ("law", {"tilts": lambda one: 2 * one.tilts}, "tilt over that of the law"),
        ("law", {"predicted": lambda one: one.predicted[:, ::-1]}, "log of the error"),
        ("all labels", {"shrinking": lambda one: one.shrinking / 2}, "change of P_N log|u|"),
        ("all labels", {"plain": lambda one: one.plain / 1e3}, "error of gradient descent alone"),
        ("all labels", {"noisy": lambda one: one.plain}, "error after label noise"),
    ],
)
def test_a_broken_law_fails(name, changes, statement, computed, failed):
    found = computed[name]
    assert failed(SECTIONS[name].section(found)) == []
    broken = replace(found, **{field: change(found) for field, change in changes.items()})
    assert any(statement in told for told in failed(SECTIONS[name].section(broken)))


def test_the_law_of_another_noise_is_refuted(monkeypatch, failed):
    """Were the noise half as large, the start would shrink at a quarter of the rate."""
    true = _noise.law
    monkeypatch.setattr(law, "law", lambda given, clock: true(given, clock) / 4)
    told = failed(law.section(law.run(BUDGET, print)))
    assert {statement.split(",")[0] for statement in told} >= {
        "tilt over that of the law",
        "log of the error over that of the limit from the shrunk start",
    }


def test_a_step_is_that_of_the_printed_loss():
    """¼·(b_k − a_k·v²)², averaged over equations, with one label perturbed, by finite differences."""
    given = _noise.designs(1, TINY)
    path = _noise.descend(given, TINY.sizes, [1, 2], seed=5, on_label=0.7)
    rng, A, v, h = np.random.default_rng([_noise._PAPER, 5]), given.A[0], np.full(7, _noise.START), 1e-6
    for reached in path.v[:, 0]:
        drawn, noise = int(rng.integers(3, size=1)[0]), 0.7 * rng.standard_normal(1)[0]

        def loss(w, drawn=drawn, noise=noise):
            own = given.b[0] - A @ (w * w)
            return np.mean(own**2) / 4 + ((own[drawn] + noise) ** 2 - own[drawn] ** 2) / 4

        gradient = [(loss(v + h * unit) - loss(v - h * unit)) / (2 * h) for unit in np.eye(7)]
        v = v - TINY.step_sizes[0] * np.array(gradient)
        np.testing.assert_allclose(reached, v, atol=1e-8)


def test_the_steps_of_a_setup():
    assert TINY.sizes.tolist() == [0.05] * 4 + [0.01] * 4
    assert TINY.clock(6) == pytest.approx(4 * 0.05**2 + 2 * 0.01**2)
    assert len(_noise.FULL.sizes) == 300_000


def test_noise_on_the_weights_moves_them_by_its_size():
    given = _noise.designs(2, TINY)
    still = _noise.Designs(given.A, given.A @ np.ones(7), given.truth)
    path = _noise.descend(still, np.array([0.1]), [1], seed=1, on_weights=2.0)
    rng = np.random.default_rng([_noise._PAPER, 1])
    np.testing.assert_allclose(path.v[0], 1 - 0.2 * rng.standard_normal((2, 7)), atol=1e-12)
    assert not path.tilt.any() or np.abs(path.tilt).max() < 1e-20
