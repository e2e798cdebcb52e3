"""The loop that follows a homotopy, on scalar problems whose solutions are known, and on correctors that fail."""

from dataclasses import dataclass, field, replace

import numpy as np
import pytest

import ridgeless as rl
from ridgeless.limits import Outcome
from ridgeless.limits.checkpoint import UNWATCHED, HomotopyState, Monitor, fresh_state
from ridgeless.limits.depth_two.dense import DenseDual
from ridgeless.limits.depth_two.dual_newton import ScaleFamily
from ridgeless.limits.depth_two.exponentials import exponentials, from_nearly_linear
from ridgeless.limits.homotopy import Corrected, follow
from ridgeless.limits.minimisation import Minimisation
from ridgeless.limits.separable import goal_of
from ridgeless.limits.tolerances import TOLERANCES


@dataclass(frozen=True)
class Root:
    """A number that is to be t², and how far it is from that."""

    nu: np.ndarray
    error: float


@dataclass
class Squares:
    """The problems ν = t², each corrected in `steps` steps; a prediction further off than `reach` is not corrected."""

    reach: float = np.inf
    steps: int = 1
    stages: list = field(default_factory=list)

    def predict(self, t, point, stage):
        there = min(t + stage, 1.0)
        self.stages.append(there - t)
        return there, Root(point.nu, abs(float(point.nu[0]) - there**2))

    def correct(self, t, point, tell):
        if point.error > self.reach:
            return Corrected(point, self.steps, Outcome.NO_DECREASE, is_on_path=False)
        found = Root(np.array([t**2]), 0.0)
        tell(found, self.steps)
        return Corrected(found, self.steps, Outcome.REACHED, is_on_path=True)


ORIGIN = Root(np.zeros(1), 0.0)


def followed(family, state=None, shortest=1e-4, most_steps=1000, watch=UNWATCHED):
    return follow(family, ORIGIN, state or fresh_state(1), shortest, most_steps, watch)


def test_one_stage_is_enough_where_the_corrector_bears_it():
    found = followed(Squares())
    assert (found.t, found.outcome, found.steps) == (1.0, Outcome.REACHED, 2)
    assert found.point.nu == 1.0


def test_stages_are_shortened_until_the_corrector_bears_them_and_grow_again():
    family = Squares(reach=0.1)
    found = followed(family)
    assert (found.t, found.outcome) == (1.0, Outcome.REACHED)
    failed = [short / long for long, short in zip(family.stages, family.stages[1:], strict=False) if short < long]
    assert failed[0] == pytest.approx(TOLERANCES.shorter)
    assert any(after > before for before, after in zip(family.stages, family.stages[1:], strict=False))


def test_hard_stages_are_not_followed_by_longer_ones():
    family = Squares(reach=0.1, steps=TOLERANCES.few_steps + 1)
    followed(family)
    assert all(after <= before * (1 + 1e-12) for before, after in zip(family.stages, family.stages[1:], strict=False))


def test_a_corrector_that_never_succeeds_ends_it_where_it_stood():
    found = followed(Squares(reach=1e-12))
    assert (found.t, found.outcome) == (0.0, Outcome.STAGES_TOO_SHORT)
    assert found.point.nu == 0.0


def test_steps_that_run_out_say_so():
    found = followed(Squares(reach=0.01), most_steps=5)
    assert found.outcome is Outcome.OUT_OF_STEPS
    assert found.t < 1
    assert found.point.nu == pytest.approx(found.t**2)


def test_a_prediction_that_is_never_good_enough_ends_it():
    family = Squares()
    family.predict = lambda t, point, stage: None
    assert followed(family).outcome is Outcome.STAGES_TOO_SHORT


def test_it_goes_on_from_where_it_was():
    found = followed(Squares(), HomotopyState(0.5, np.array([0.25]), 0.1, steps=7))
    assert (found.t, found.steps) == (1.0, 7 + 4)


def test_progress_counts_all_steps_and_tells_t():
    heard = []
    followed(Squares(reach=0.3), watch=Monitor(heard.append))
    assert [each.steps for each in heard] == sorted(each.steps for each in heard)
    assert heard[-1].share == 1.0
    assert all(0 <= each.share <= 1 for each in heard)


def test_an_end_that_is_nearer_than_the_shortest_stage_is_reached():
    """A stage may end just before the whole way does: what is left is then shorter than any stage that is tried."""
    rng = np.random.default_rng(0)
    A = rng.standard_normal((5, 20))
    system, network = rl.LinearSystem(A, A @ rng.standard_normal(20)), rl.networks.Difference(2)
    bias = network.bias(rl.inits.Constant(1e-3)(network, system, 0), system)
    goal = goal_of(Minimisation(system, bias, 1e-10))
    homotopy = from_nearly_linear(exponentials(bias.potential.branches(bias.offset), 20), goal.reference)
    family = ScaleFamily(DenseDual(goal, homotopy), goal.tol)
    left = TOLERANCES.shortest_stage / 2
    near = family.correct(1 - left, family.problem.at(0.0, np.zeros(5)), lambda *_: None).point
    assert near.t == 0.0
    found = family.predict(1 - left, replace(near, t=1 - left), left)
    assert found is not None
    assert found[0] == 1.0
