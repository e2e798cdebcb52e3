"""Pesme and Flammarion 2023: every section passes with one seed, and fails where its law is broken."""

from dataclasses import replace

import numpy as np
import pytest

import ridgeless as rl
from ridgeless.papers import FOUND
from ridgeless.papers._saddles import successive_saddles
from ridgeless.papers.pesme2023 import e1_recursion as recursion
from ridgeless.papers.pesme2023 import e2_gradient_flow as gradient_flow
from ridgeless.papers.pesme2023 import e3_orthonormal as orthonormal

BUDGET = FOUND["pesme2023"].budget("seconds", seeds=1)


SECTIONS = {"recursion": recursion, "gradient flow": gradient_flow, "orthonormal": orthonormal}


@pytest.mark.parametrize(
    ("name", "changes", "statement"),
    [
        ("recursion", {"differ": lambda one: one.differ + 1}, "jumps by the limit less"),
        ("recursion", {"times": lambda one: one.times + 1e-6}, "difference of a jump time"),
        ("recursion", {"places": lambda one: one.places + 1e-6}, "difference of a saddle"),
        ("recursion", {"norms": lambda one: one.norms + 1e-6}, "least ℓ1 norm"),
        ("gradient flow", {"resting": lambda one: one.resting + 1e-5}, "halfway through"),
        ("gradient flow", {"late": lambda one: one.late * one.logs**0.3}, "largest over jumps"),
        ("gradient flow", {"first": lambda one: one.first * one.logs**0.1}, "first jump"),
        ("gradient flow", {"weights": lambda one: one.weights + 1e-4}, "and weights"),
        ("orthonormal", {"times": lambda one: one.times + 1e-6}, "time of a jump"),
        ("orthonormal", {"entries": lambda one: one.entries + 1e-6}, "cut to its largest"),
        ("orthonormal", {"flowed": lambda one: one.flowed + 1e-3}, "logistic"),
    ],
)
def test_a_broken_law_fails(name, changes, statement, computed, failed):
    found = computed[name]
    assert failed(SECTIONS[name].section(found)) == []
    broken = replace(found, **{field: change(found) for field, change in changes.items()})
    (told,) = failed(SECTIONS[name].section(broken))
    assert statement in told


def test_saddles_of_another_right_hand_side_are_refuted(computed, monkeypatch, failed):
    """Were time counted for 1.01·b, the recursion would not be that of the limit."""
    true = recursion.successive_saddles
    monkeypatch.setattr(recursion, "successive_saddles", lambda A, b: true(A, 1.01 * b))
    told = failed(recursion.section(recursion.run(BUDGET, print)))
    assert {statement.split(",")[0] for statement in told} >= {
        "relative difference of a jump time",
        "‖difference of a saddle‖₁ over the ℓ1 norm of the last",
    }


def test_the_fixture_of_the_general_theory():
    """Zhao et al. 2026: entries 1, 3 and 4 are found, and training ends at (0, 0, 10/7, −10/49)."""
    A, b = np.array([[1.0, 0.5, 0.7, 0.0], [0.5, 1.0, 0.1, 0.7]]), np.array([1.0, 0.0])
    found = successive_saddles(A, b)
    np.testing.assert_allclose(found.points[-1], [0, 0, 10 / 7, -10 / 49], atol=1e-12)
    assert np.flatnonzero(np.any(found.points != 0, axis=0)).tolist() == [0, 2, 3]
    assert found.points[1, 0] != 0
    assert found.points[-1, 0] == 0


def test_a_saddle_fits_best_with_its_signs():
    """No move that keeps the signs lowers the loss: the gradient is 0 on what moved, and does not pull the rest out."""
    system = recursion.gaussian_system(3, 5, 12)
    A, b = np.asarray(system.A), system.b
    found = successive_saddles(A, b)
    for time, x in zip(found.at, found.points, strict=True):
        speed = A.T @ (b - A @ x)
        assert np.abs(speed[x != 0]).max(initial=0.0) < 1e-9
        assert time >= 0
    assert np.abs(A @ found.points[-1] - b).max() < 1e-9
    assert rl.LinearSystem(A, b).residual(found.points[0]) == pytest.approx(1.0)
