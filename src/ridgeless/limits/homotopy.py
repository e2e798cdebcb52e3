"""Predictor–corrector continuation (a homotopy method) in a parameter t from 0 to 1, with adaptive stage length.

The problem at t = 0 is easy, and the problem at t = 1 is the one to solve. The loop predicts a solution at a larger t,
corrects it, and tries a shorter stage where the correction fails. A `Family` defines the problems, the predictor and
the corrector. `accelerated` has the same loop for programs that JAX traces.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar, runtime_checkable

from ridgeless.limits.checkpoint import HomotopyState, Monitor
from ridgeless.limits.tolerances import TOLERANCES
from ridgeless.potentials.minimum import Outcome


@runtime_checkable
class Position(Protocol):
    """An exact or approximate solution of one problem of the family."""

    @property
    def nu(self) -> Any:
        """ν, from which a later run can go on."""
        ...

    @property
    def error(self) -> float:
        """The residual of its problem, relative to the size of the data."""
        ...


P = TypeVar("P", bound=Position)
Told = Callable[[Any, int], None]


@dataclass(frozen=True, eq=False)
class Corrected(Generic[P]):
    """The result of correcting a prediction.

    Attributes:
        point: the last iterate.
        steps: the number of corrector steps.
        outcome: why the corrector stopped.
        is_on_path: whether the point is accurate enough to continue from; at t = 1, whether to accept it as the result.
    """

    point: P
    steps: int
    outcome: Outcome
    is_on_path: bool


@runtime_checkable
class Family(Protocol[P]):
    """Problems for 0 ≤ t ≤ 1, of which the one at t = 1 is asked."""

    def predict(self, t: float, point: P, stage: float) -> tuple[float, P] | None:
        """A larger t, at most t + stage, and a starting point for the corrector there; None if none was found."""
        ...

    def correct(self, t: float, point: P, tell: Told) -> Corrected[P]:
        """The solution at t near a point; `tell` is called with every point on the way and the steps so far."""
        ...


@dataclass(frozen=True, eq=False)
class Followed(Generic[P]):
    """How far a homotopy was followed: t, the point there, all steps, and how it ended."""

    t: float
    point: P
    steps: int
    outcome: Outcome


def end_of(t: float) -> float:
    """t, or exactly 1 where t is above 1 − 1e-9."""
    return 1.0 if t > 1 - TOLERANCES.near else t


def follow(
    family: Family[P], begin: P, state: HomotopyState, shortest: float, most_steps: int, watch: Monitor
) -> Followed[P]:
    """The solution at t = 1, or as far as the homotopy could be followed.

    Args:
        family: the problems.
        begin: a point near the solution at `state.t`.
        state: where to begin: t, the length of the first stage, and the steps taken before.
        shortest: the homotopy is given up after a stage shorter than this has failed.
        most_steps: the number of corrector steps after which the homotopy is given up.
        watch: is told of every step.
    """
    t, stage, steps = state.t, state.stage, state.steps

    def told(at: float) -> Told:
        return lambda point, taken: watch.tell(HomotopyState(at, point.nu, stage, steps + taken), point.error)

    # The easy problem at t = 0 may be solved roughly: the first prediction tells whether it was solved well enough.
    found = family.correct(t, begin, told(t))
    steps += found.steps
    point, outcome = found.point, found.outcome
    while t < 1 and steps < most_steps:
        ahead = family.predict(t, point, min(stage, 1 - t))
        if ahead is None:
            return Followed(t, point, steps, Outcome.STAGES_TOO_SHORT)
        there, predicted = ahead
        found = family.correct(there, predicted, told(there))
        steps += found.steps
        if found.is_on_path:
            stage = (there - t) * (TOLERANCES.longer if found.steps <= TOLERANCES.few_steps else 1.0)
            t, point, outcome = there, found.point, found.outcome
        elif there - t < shortest:
            return Followed(t, point, steps, Outcome.STAGES_TOO_SHORT)
        else:
            stage = TOLERANCES.shorter * (there - t)
    return Followed(t, point, steps, outcome if t >= 1 else Outcome.OUT_OF_STEPS)
