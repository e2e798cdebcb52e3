"""The only loop of training: marks on a logarithmic clock, snapshots, and the decision when to stop.

A method says where it begins, when its marks are, and how to move on to the next one; everything else is written
here once. Stopping looks at the residual and never at the velocity: a small start rests near a saddle for long.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np

from ridgeless.arrays import Vector, norm
from ridgeless.flows.base import Run
from ridgeless.solution import History, Status
from ridgeless.systems import LinearSystem

_MARKS_PER_DECADE = 8
_AT_REST = (
    "The start is a stationary point: every gradient vanishes there though Ax ≠ b, and training never leaves it. "
    "Start with at most one layer at 0."
)


@dataclass(frozen=True)
class Snapshot:
    """Training at one moment.

    Attributes:
        at: time or step.
        x: (d,) the current answer.
        steps: steps taken so far.
        state: what the method needs to go on.
        trouble: why it cannot go on, or "".
        status: the status that the trouble amounts to.
    """

    at: float
    x: Vector
    steps: int
    state: Any
    trouble: str = ""
    status: Status = Status.STALLED


@runtime_checkable
class Method(Protocol):
    """One way to train on one problem."""

    clock: str

    def begin(self) -> Snapshot:
        """Training before its first step."""
        ...

    def marks(self) -> Iterator[float]:
        """When to look, in units of the clock; the end of the iterator is the end of the budget."""
        ...

    def advance(self, snapshot: Snapshot, mark: float) -> Snapshot:
        """Move on to the mark, or to the moment before it when the aim is met or trouble comes."""
        ...

    def is_rising(self, losses: list[float]) -> str:
        """Why the losses so far, the last one last, mean divergence; "" where they do not."""
        ...


@dataclass(frozen=True)
class Target:
    """When training has arrived.

    Attributes:
        system: what is trained on.
        tol: the residual asked for.
        aim: the residual to train on to, at most tol: x settles later than Ax.
        reference: what residuals are measured in: ‖b‖, or ‖A‖_F·‖x₀‖ for b = 0.
    """

    system: LinearSystem
    tol: float
    aim: float
    reference: float

    def residual(self, x: Vector) -> float:
        """‖Ax − b‖ without units; 0 where both it and the reference vanish."""
        misfit = norm(self.system.matvec(x) - self.system.b)
        return misfit / self.reference if self.reference > 0 else (0.0 if misfit == 0 else np.inf)


def target(system: LinearSystem, start: Vector, tol: float, aim: float) -> Target:
    """The target of training from x₀ = `start`."""
    size = norm(system.b)
    reference = size if size > 0 else system.frobenius_norm * float(np.linalg.norm(start))
    return Target(system, tol, aim, reference)


def drive(method: Method, goal: Target, max_steps: int) -> tuple[Snapshot, Status, str, History]:
    """Train until the aim is met, trouble comes, or the budget of steps ends.

    Returns:
        The last snapshot, the status, its sentence, and the history.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        snapshot = method.begin()
        log = [_entry(snapshot, goal)]
        status, message = _verdict(method, snapshot, log, goal)
        for mark in method.marks():
            if status is not None:
                break
            if mark <= snapshot.at:
                continue  # an integrator with steps of its own is past it already
            snapshot = method.advance(snapshot, mark)
            log.append(_entry(snapshot, goal))
            status, message = _verdict(method, snapshot, log, goal)
            if status is None and snapshot.steps >= max_steps:
                break
    residual = log[-1][2]
    if status is None and residual <= goal.tol:
        status, message = Status.CONVERGED, _sentence(Status.CONVERGED, residual)
    if status is None:
        status = Status.MAX_STEPS
        message = (
            f"The budget of {max_steps} steps ended at residual {residual:.1e} (asked: {goal.tol:.0e}). Give it a "
            "larger max_steps, or take the exact end from rl.limit."
        )
    return snapshot, status, message, _history(method.clock, log)


def rest(goal: Target, theta0: Any, start: Vector, clock: str, method: str) -> Run:
    """The run from a stationary point: solved already, or stalled for ever."""
    snapshot = Snapshot(0.0, start, 0, None)
    history = _history(clock, [_entry(snapshot, goal)])
    residual = float(history.residual[0])
    status = Status.CONVERGED if residual <= goal.tol else Status.STALLED
    message = _sentence(status, residual) if status is Status.CONVERGED else _AT_REST
    stats = {"steps": 0, "run_s": 0.0, "compile_s": 0.0}
    return Run(start, status, message, history, method, theta=theta0, stats=stats)


def log_times(first: float) -> Iterator[float]:
    """first·10^(k/8), as far as there are numbers."""
    decades = 308 - max(np.log10(first), 0.0)
    return (first * 10 ** (k / _MARKS_PER_DECADE) for k in range(int(_MARKS_PER_DECADE * decades)))


def log_steps(last: int) -> Iterator[int]:
    """1, 2, 3, 4, 6, 7, 10 … and `last`: whole numbers, eight a decade."""
    step = 0
    for k in itertools.count():
        new = round(10 ** (k / _MARKS_PER_DECADE))
        if new >= last:
            break
        if new > step:
            step = new
            yield step
    yield last


def _verdict(
    method: Method, snapshot: Snapshot, log: list[tuple[float, ...]], goal: Target
) -> tuple[Status | None, str]:
    residual = log[-1][2]
    if np.isfinite(residual) and residual <= goal.aim:
        return Status.CONVERGED, _sentence(Status.CONVERGED, residual)
    rising = method.is_rising([entry[1] for entry in log])
    if rising:
        return Status.DIVERGED, rising
    if snapshot.trouble:
        if np.isfinite(residual) and residual <= goal.tol:
            return Status.CONVERGED, _sentence(Status.CONVERGED, residual)
        return snapshot.status, snapshot.trouble
    return None, ""


def _sentence(status: Status, residual: float) -> str:
    return f"Training ended at residual {residual:.1e}; {status.value}."


def _entry(snapshot: Snapshot, goal: Target) -> tuple[float, ...]:
    misfit = goal.system.matvec(snapshot.x) - goal.system.b
    loss = float(misfit @ misfit) / 2
    return (
        snapshot.at,
        loss,
        goal.residual(snapshot.x),
        float(np.abs(snapshot.x).sum()),
        float(np.linalg.norm(snapshot.x)),
    )


def _history(clock: str, log: list[tuple[float, ...]]) -> History:
    at, loss, residual, l1_norm, l2_norm = (np.array(column) for column in zip(*log, strict=True))
    return History(clock, at, loss, residual, l1_norm, l2_norm)
