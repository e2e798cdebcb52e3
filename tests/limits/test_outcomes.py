"""Why a solver stopped: every reason has its words, and a limit that is not reached says which it was."""

from dataclasses import replace

import numpy as np
import pytest

import ridgeless as rl
from ridgeless.limits import Minimum, Outcome
from ridgeless.limits.depth_two.dense import DenseDual
from ridgeless.limits.minimisation import Minimisation
from ridgeless.limits.separable import solve_branches
from ridgeless.limits.tolerances import TOLERANCES


@pytest.fixture
def system():
    rng = np.random.default_rng(0)
    A = rng.standard_normal((5, 12))
    return rl.LinearSystem(A, A @ rng.standard_normal(12))


@pytest.fixture
def tolerance(monkeypatch):
    """Another value for a number of the solvers, for one test."""

    def changed(name, value):
        before = getattr(TOLERANCES, name)
        object.__setattr__(TOLERANCES, name, value)
        undo.append((name, before))

    undo = []
    yield changed
    for name, before in undo:
        object.__setattr__(TOLERANCES, name, before)


@pytest.mark.parametrize("outcome", list(Outcome), ids=lambda outcome: outcome.name)
def test_every_reason_is_a_sentence_with_a_remedy(outcome):
    assert outcome.sentence.endswith(".")
    assert outcome.sentence[0].isupper() or outcome.sentence.startswith("x ")
    assert outcome.remedy.endswith(".") or outcome is Outcome.REACHED
    assert len({each.sentence for each in Outcome}) == len(Outcome)


@pytest.mark.parametrize("outcome", list(Outcome), ids=lambda outcome: outcome.name)
def test_an_undecided_x_stays_undecided_where_rounding_moved_it(outcome):
    assert outcome.or_moved(is_moved=False) is outcome
    moved = outcome.or_moved(is_moved=True)
    assert moved is (outcome if outcome.is_undecided else Outcome.MOVED_BY_ROUNDING)
    assert not (outcome.is_undecided and outcome.asks_certificate)


def limit_of(system, depth=2, scale=0.1):
    return rl.limit(system, rl.networks.Difference(depth), rl.inits.Constant(scale))


def as_found(question, found):
    return found


def test_steps_that_run_out_are_named(system, tolerance, monkeypatch):
    monkeypatch.setattr("ridgeless.limits.minimum.finished", as_found)
    tolerance("least_price", np.inf)  # no vertex is tried
    tolerance("most_steps", 1)
    found = limit_of(system, scale=1e-3)
    assert found.status is rl.Status.STALLED
    assert Outcome.OUT_OF_STEPS.sentence in found.message
    assert Outcome.OUT_OF_STEPS.remedy in found.message


def test_a_homotopy_that_cannot_go_on_is_named(system, tolerance, monkeypatch):
    monkeypatch.setattr("ridgeless.limits.minimum.finished", as_found)
    tolerance("least_price", np.inf)
    monkeypatch.setattr(DenseDual, "rules", replace(DenseDual.rules, predicted=(0.0, 0.0)))
    found = limit_of(system, scale=1e-3)
    assert found.status is rl.Status.STALLED
    assert Outcome.STAGES_TOO_SHORT.sentence in found.message


@pytest.mark.parametrize(
    ("where", "broken", "outcome"),
    [
        ("dense.regularised_solve", lambda gram, rhs: np.full_like(rhs, np.nan), Outcome.SINGULAR),
        ("dual_newton.line_search", lambda *_: 0.0, Outcome.NO_DECREASE),
    ],
)
def test_a_broken_part_is_named(where, broken, outcome, system, monkeypatch):
    """From a start of the size of the solution there is one stage, whose end is the answer."""
    monkeypatch.setattr("ridgeless.limits.minimum.finished", as_found)
    monkeypatch.setattr(f"ridgeless.limits.depth_two.{where}", broken)
    found = limit_of(system, scale=10.0)
    assert found.status is rl.Status.STALLED
    assert outcome.sentence in found.message


def test_branches_of_an_unknown_shape_are_refused(system, as_a_user):
    with pytest.raises(TypeError, match="has registered for branches of the shape str"):
        solve_branches("a shape", Minimisation(system, None, 1e-10), None)


def test_a_certificate_decides_where_rounding_may_have_moved_x(system, monkeypatch):
    """The same x is CONVERGED where it is certified and STALLED, with the bound, where it is not."""
    right = limit_of(system)
    away = system.project_null(np.random.default_rng(1).standard_normal(12))
    for x, status in ((right.x, rl.Status.CONVERGED), (right.x + 1e-3 * away, rl.Status.STALLED)):
        minimum = Minimum(x, right.dual, 1, "as told", Outcome.MOVED_BY_ROUNDING)
        monkeypatch.setattr("ridgeless.limits.minimise", lambda *_, minimum=minimum: minimum)
        found = limit_of(system)
        assert found.status is status
        assert ("enclose" in found.message) is (status is rl.Status.STALLED)
