"""A homotopy followed from an easy problem to the one that is asked: predict, correct, and go back where that fails.

This is the one loop of the package that follows a path in t from 0 to 1. What a problem is, how the next point is
predicted and how it is corrected is left to a `Family`.
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
    """A solution of one problem of the family, or what is near to one."""

    @property
    def nu(self) -> Any:
        """ν, from which a later run can go on."""
        ...

    @property
    def error(self) -> float:
        """How far it is from solving its problem, without units."""
        ...


P = TypeVar("P", bound=Position)
Told = Callable[[Any, int], None]


@dataclass(frozen=True, eq=False)
class Corrected(Generic[P]):
    """What a corrector made of a prediction.

    Attributes:
        point: where it ended.
        steps: what it took.
        outcome: how it ended.
        is_on_path: whether the homotopy can go on from the point; at t = 1, whether no shorter stage would help.
    """

    point: P
    steps: int
    outcome: Outcome
    is_on_path: bool


@runtime_checkable
class Family(Protocol[P]):
    """Problems for 0 ≤ t ≤ 1, of which the one at t = 1 is asked."""

    def predict(self, t: float, point: P, stage: float) -> tuple[float, P] | None:
        """A point at a later t, at most a stage ahead, from which the corrector may set out; None where none is."""
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
    """t, or 1 where it misses 1 by rounding."""
    return 1.0 if t > 1 - TOLERANCES.near else t


def follow(
    family: Family[P], begin: P, state: HomotopyState, shortest: float, most_steps: int, watch: Monitor
) -> Followed[P]:
    """The solution at t = 1, or as far as the homotopy could be followed.

    Args:
        family: the problems.
        begin: a point near the solution at `state.t`.
        state: where to begin: t, the length of the first stage, and the steps taken before.
        shortest: a stage shorter than this one is not tried.
        most_steps: after which the homotopy is given up.
        watch: is told of every step.
    """
    t, stage, steps = state.t, state.stage, state.steps

    def told(at: float) -> Told:
        return lambda point, taken: watch.tell(HomotopyState(at, point.nu, stage, steps + taken), point.error)

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
