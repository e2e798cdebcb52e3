"""The only loop of training: snapshots at marks on a logarithmic clock, and the decision when to stop.

A `Method` says where it begins, when its marks are, and how to move on to the next one; everything else is written
here once. Stopping looks at the residual and never at the velocity: a small start rests near a saddle for long.
"""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, ClassVar

import numpy as np

from ridgeless._core.arrays import Dual, Vector
from ridgeless._core.marks import MARKS_PER_DECADE
from ridgeless._core.on_demand import Pending
from ridgeless._core.progress import tell
from ridgeless.flows._stopwatch import Stopwatch
from ridgeless.flows.base import Run
from ridgeless.networks import Theta, TrainingProblem
from ridgeless.networks.base import Points
from ridgeless.solution import History, Status

_LIFTED_AT_ONCE = 8
_AT_REST = (
    "The start is a stationary point: every gradient vanishes there though Ax ≠ b, and training never leaves it. "
    "Start with at most one layer at 0."
)

LONGER = "Type a larger max_steps."
BROKEN = "The integrator broke down: its steps became too small or not finite."
# The first mark of a flow, in units of its fastest time scale.
_FIRST_MARK = 1e-2
# x settles after Ax does: a flow goes on to a hundredth of the residual asked for, but not below rounding.
_AIM = 0.01
_FINEST_AIM = 1e-13
_WITHOUT_TRAINING = (
    "rl.limit gives the end of gradient flow without training where a theorem covers the start, and says why where "
    "none does."
)


@dataclass(frozen=True)
class Snapshot:
    """Training at one moment.

    Attributes:
        at: time or step.
        point: what tells the current x, in the problem's terms.
        steps: steps taken so far.
        state: what the method needs to go on.
        trouble: why it cannot go on, or "".
        status: the status that the trouble amounts to.
        told: what else the method tells of this moment, by name.
    """

    at: float
    point: np.ndarray
    steps: int
    state: Any
    trouble: str = ""
    status: Status = Status.STALLED
    told: Mapping[str, float] = field(default_factory=dict)


# Where training is, and the mark that it should come to.
Request = tuple[Snapshot, float]


class Method(ABC):
    """One way to train on one problem.

    Attributes:
        clock: the unit of marks, "time" or "step".
        goal: what is trained, and how far.
        label: the method and its settings, in a few words.
        state0: what the method needs for its first step.
    """

    clock: ClassVar[str] = "time"
    goal: Target
    label: str
    state0: Any

    @property
    def problem(self) -> TrainingProblem:
        """The problem that is trained."""
        return self.goal.problem

    @property
    def stats(self) -> dict[str, float | int]:
        """Entries of `Run.stats` beside steps and seconds."""
        return {}

    def begin(self) -> Snapshot:
        """Training before its first step."""
        return Snapshot(0.0, self.problem.point(self.problem.theta0), 0, self.state0)

    @abstractmethod
    def marks(self) -> Iterator[float]:
        """The times or steps of snapshots; the end of the iterator is the end of the budget."""

    @abstractmethod
    def advance(self, snapshot: Snapshot, mark: float) -> Snapshot:
        """Move on to the mark, or to the moment before it when the aim is met or trouble comes."""

    def lost(self) -> str:
        """The message where the loss has left the finite numbers."""
        return "The weights left the finite numbers."

    def advice(self, losses: list[float]) -> str:  # noqa: ARG002 - a flow never swings
        """The advice where the budget ended with these losses so far."""
        return LONGER

    @abstractmethod
    def theta(self, last: Snapshot) -> Theta | None:
        """The weights of a snapshot, as NumPy arrays; None where a method has none."""

    def dual(self, last: Snapshot) -> Dual | None:  # noqa: ARG002 - weights have no ν
        """The ν of a snapshot; None where a method moves weights."""
        return None

    def run_of(self, ended: Ended, seconds: dict[str, float]) -> Run:
        """The run that an outcome of the loop amounts to."""
        theta = self.theta(ended.last)
        return Run(
            ended.x,
            ended.status,
            ended.message,
            ended.history,
            self.label,
            theta=None if theta is None else LiftedWeights(self.problem, theta),
            dual=self.dual(ended.last),
            stats={"steps": ended.last.steps, **seconds, **self.stats},
        )


@dataclass(frozen=True)
class Target:
    """The problem to train, and the residual to reach.

    Attributes:
        problem: what is trained.
        tol: the residual asked for.
        aim: the residual to train on to, at most tol: x settles later than Ax.
    """

    problem: TrainingProblem
    tol: float
    aim: float

    @classmethod
    def of_flow(cls, problem: TrainingProblem, tol: float) -> Target:
        """The target of gradient flow, whose aim is finer than the residual asked for."""
        return cls(problem, tol, aim=min(tol, max(_AIM * tol, _FINEST_AIM)))

    def residual(self, point: np.ndarray) -> float:
        """‖Ax − b‖ without units."""
        return self.problem.residual(point)


@dataclass(frozen=True)
class Ended:
    """The outcome of the training loop.

    Attributes:
        last: the last snapshot.
        status: how it ended.
        message: its sentence.
        x: (d,) the answer.
        history: log-spaced snapshots.
        lift_s: seconds that it took to tell x from the points.
    """

    last: Snapshot
    status: Status
    message: str
    x: Vector
    history: History
    lift_s: float


def driven(method: Method, max_steps: int, watch: Stopwatch) -> Run:
    """Train by a method that is set up, and tell the seconds of its set-up from those of its steps."""
    watch.start()
    ended = _drive(method, max_steps)
    return method.run_of(ended, watch.seconds(ended.lift_s))


def _drive(method: Method, max_steps: int) -> Ended:
    with np.errstate(over="ignore", invalid="ignore"):
        loop = training(method, max_steps)
        try:
            request = next(loop)
            while True:
                request = loop.send(method.advance(*request))
        except StopIteration as end:
            return end.value


def numbers_along(method: Method, max_steps: int, look: Callable[[Any], float]) -> tuple[Vector, Vector]:
    """Train, with a number taken of the weights at each snapshot: (times or steps, numbers)."""
    snapshot = method.begin()
    at, numbers = [snapshot.at], [look(method.problem.theta0)]
    with np.errstate(over="ignore", invalid="ignore"):
        loop = training(method, max_steps)
        try:
            request = next(loop)
            while True:
                snapshot = method.advance(*request)
                at.append(snapshot.at)
                numbers.append(look(method.theta(snapshot)))
                request = loop.send(snapshot)
        except StopIteration:
            return np.array(at), np.array(numbers)


def training(method: Method, max_steps: int) -> Generator[Request, Snapshot, Ended]:
    """The loop, to the aim, to trouble, or to the end of the budget of steps.

    A generator: it asks for the state at a mark, is sent it, and decides, so that many can run side by side.
    """
    goal, snapshot = method.goal, method.begin()
    log, points, told = [_entry(snapshot, goal)], [snapshot.point], [snapshot.told]
    status, message = _verdict(method, snapshot, log, goal)
    for mark in method.marks():
        if status is not None:
            break
        if mark <= snapshot.at:
            continue  # an integrator with steps of its own is past it already
        tell("step", snapshot.steps, residual=log[-1][2])
        snapshot = yield snapshot, mark
        log.append(_entry(snapshot, goal))
        points.append(snapshot.point)
        told.append(snapshot.told)
        status, message = _verdict(method, snapshot, log, goal)
        if status is None and snapshot.steps >= max_steps:
            break
    residual = log[-1][2]
    if status is None and residual <= goal.tol:
        status, message = Status.CONVERGED, _sentence(Status.CONVERGED, residual)
    if status is None:
        status = Status.MAX_STEPS
        message = (
            f"The budget of {max_steps} steps ended at residual {residual:.1e} (asked: {goal.tol:.0e}). "
            f"{method.advice([entry[1] for entry in log])} {_WITHOUT_TRAINING}"
        )
    return _ended(method.clock, snapshot, (status, message), _Record(log, points, told), goal)


def run_at_rest(goal: Target, clock: str, method: str) -> Run:
    """The run from a stationary point: solved already, or stalled for ever."""
    problem = goal.problem
    snapshot = Snapshot(0.0, problem.point(problem.theta0), 0, None)
    residual = goal.residual(snapshot.point)
    status = Status.CONVERGED if residual <= goal.tol else Status.STALLED
    message = _sentence(status, residual) if status is Status.CONVERGED else _AT_REST
    record = _Record([_entry(snapshot, goal)], [snapshot.point], [snapshot.told])
    ended = _ended(clock, snapshot, (status, message), record, goal)
    stats = {"steps": 0, "run_s": 0.0, "compile_s": 0.0}
    return Run(
        ended.x, status, message, ended.history, method, theta=LiftedWeights(problem, problem.theta0), stats=stats
    )


def flow_marks(curvature: float) -> Iterator[float]:
    """The marks of a flow whose fastest time scale is 1/curvature."""
    return log_times(_FIRST_MARK / curvature if curvature > 0 else 1.0)


def log_times(first: float) -> Iterator[float]:
    """first·10^(k/8), as far as there are numbers."""
    decades = 308 - max(np.log10(first), 0.0)
    return (first * 10 ** (k / MARKS_PER_DECADE) for k in range(int(MARKS_PER_DECADE * decades)))


def _verdict(
    method: Method, snapshot: Snapshot, log: list[tuple[float, float, float]], goal: Target
) -> tuple[Status | None, str]:
    residual = log[-1][2]
    if np.isfinite(residual) and residual <= goal.aim:
        return Status.CONVERGED, _sentence(Status.CONVERGED, residual)
    if not np.isfinite(log[-1][1]):
        return Status.DIVERGED, method.lost()
    if snapshot.trouble:
        if np.isfinite(residual) and residual <= goal.tol:
            return Status.CONVERGED, _sentence(Status.CONVERGED, residual)
        return snapshot.status, snapshot.trouble
    return None, ""


def _sentence(status: Status, residual: float) -> str:
    return f"Training ended at residual {residual:.1e}; {status.value}."


def _entry(snapshot: Snapshot, goal: Target) -> tuple[float, float, float]:
    """(time or step, loss ½‖Ax − b‖², residual) of a snapshot."""
    problem = goal.problem
    distance = problem.misfit(snapshot.point)
    misfit = problem.unit * distance
    loss = misfit * misfit / 2  # a power of a float that overflows is an exception, a product is infinite
    return snapshot.at, loss, problem.relative(distance)


@dataclass(frozen=True, eq=False)
class _Record:
    """What was noted at every snapshot.

    Attributes:
        log: (time or step, loss, residual).
        points: what tells x.
        told: what else the method told.
    """

    log: list[tuple[float, float, float]]
    points: list[np.ndarray]
    told: list[Mapping[str, float]]


def _ended(clock: str, last: Snapshot, verdict: tuple[Status, str], record: _Record, goal: Target) -> Ended:
    """The outcome with x and its history; the norms of a reduced problem's x are computed when asked for."""
    points = record.points
    began = time.perf_counter()
    x = goal.problem.answers(points[-1][None])[0].copy()
    lifted = _Lifted(goal.problem, np.stack(points))
    norms: tuple[Any, Any] = (_Norm(lifted, 1), _Norm(lifted, 2))
    if len(points[-1]) >= len(x):
        # Points as long as x are not worth being kept.
        norms = lifted.norms
    lift_s = time.perf_counter() - began
    at, loss, residual = (np.array(column) for column in zip(*record.log, strict=True))
    further = {name: np.array([told[name] for told in record.told]) for name in record.told[0]}
    return Ended(last, *verdict, x, History(clock, at, loss, residual, *norms, further=further), lift_s)


@dataclass(frozen=True, eq=False)
class _Lifted:
    """The norms of x at all snapshots, computed from their points at once."""

    problem: TrainingProblem
    points: Points

    @cached_property
    def norms(self) -> tuple[Vector, Vector]:
        """‖x‖₁ and ‖x‖₂ of each."""
        norms = []
        for first in range(0, len(self.points), _LIFTED_AT_ONCE):
            answers = self.problem.answers(self.points[first : first + _LIFTED_AT_ONCE])
            norms += [(float(np.abs(answer).sum()), float(np.linalg.norm(answer))) for answer in answers]
        l1_norm, l2_norm = np.array(norms).T.copy()
        return l1_norm, l2_norm


@dataclass(frozen=True, eq=False)
class _Norm(Pending):
    lifted: _Lifted
    order: int

    def value(self) -> Vector:
        return self.lifted.norms[self.order - 1]


@dataclass(frozen=True, eq=False)
class LiftedWeights(Pending):
    """The weights that those of a reduced problem stand for, computed when they are asked for."""

    problem: TrainingProblem
    theta: Theta

    def value(self) -> Theta:
        """All weights, in the form of theta0."""
        return self.problem.weights(self.theta)
