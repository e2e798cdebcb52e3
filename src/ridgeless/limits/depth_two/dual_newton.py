"""Damped Newton's method on the dual of a depth-2 limit, with continuation in the scale of the initialization.

The equations are A x(z; t) = b with z = Aᵀν and x_i = exp(p_i + c z_i) − exp(m_i − c z_i). The log-amplitudes p and m
are linear in t: at t = 0 they are the log of the size of the solution, where the problem is nearly linear; at t = 1
they are those of the initialization. In these coordinates the path is almost straight, so that even a scale of 1e-100
takes only a few stages. A `DualProblem` decides how A is accessed: as an array, by products, or by blocks of columns.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol, runtime_checkable

import numpy as np

from ridgeless._core import progress
from ridgeless._core.arrays import Dual
from ridgeless.limits.checkpoint import HomotopyState, Monitor
from ridgeless.limits.homotopy import Corrected, Followed, Told, end_of, follow
from ridgeless.limits.line_search import Lengthening, Line, line_search
from ridgeless.limits.tolerances import TOLERANCES
from ridgeless.potentials.minimum import Outcome


@dataclass(frozen=True, eq=False)
class Iterate:
    """An iterate of Newton's method.

    Attributes:
        t: how far along the homotopy.
        nu: ν.
        misfit: A x − b there, in the problem's own coordinates.
        error: its relative norm; infinite where x is not finite.
        details: data that the problem needs for the Hessian there; None where only the misfit was computed.
    """

    t: float
    nu: Dual
    misfit: Dual
    error: float
    details: Any


@dataclass(frozen=True, eq=False)
class Step:
    """A direction (dt, dν) from an iterate, per unit of step length."""

    dt: float
    nu: Dual

    def end(self, iterate: Iterate, length: float) -> tuple[float, Dual]:
        """t and ν at a length."""
        return end_of(iterate.t + length * self.dt), iterate.nu + length * self.nu


@runtime_checkable
class IterateLine(Line, Protocol):
    """The iterates along a step."""

    @property
    def longest(self) -> float:
        """The first length to try: 1, or less where an exponent would change by more than the range of float64."""
        ...

    def errors(self, lengths: Sequence[float]) -> Sequence[float]:
        """The errors at several lengths."""
        ...

    def at(self, length: float) -> Iterate:
        """The iterate at one length."""
        ...


@dataclass(frozen=True, eq=False)
class ReadLine:
    """The iterates along a step when each trial length needs a product with A; slopes come from the misfits.

    Attributes:
        step: the step.
        read: computes the iterates at several lengths; the first one includes its `details`.
        lengths_at_once: how many lengths cost hardly more than one.
        seen: the iterates computed so far, by length.
    """

    step: Step
    read: Callable[[Sequence[float]], list[Iterate]]
    lengths_at_once: int = 1
    seen: dict[float, Iterate] = field(default_factory=dict)

    @property
    def longest(self) -> float:  # noqa: D102
        return 1.0

    def slopes(self, lengths: Sequence[float]) -> list[float]:  # noqa: D102
        with np.errstate(over="ignore", invalid="ignore"):
            return [float(each.misfit @ self.step.nu) for each in self._read(lengths)]

    def errors(self, lengths: Sequence[float]) -> list[float]:  # noqa: D102
        return [each.error for each in self._read(lengths)]

    def at(self, length: float) -> Iterate:  # noqa: D102
        found = self.seen.get(length)
        return found if found is not None and found.details is not None else self._read([length])[0]

    def _read(self, lengths: Sequence[float]) -> list[Iterate]:
        found = self.read(lengths)
        self.seen.update(zip(lengths, found, strict=True))
        return found


@runtime_checkable
class Hessian(Protocol):
    """A method of solving with H = A diag(dx/dz) Aᵀ, exactly or approximately, that adapts after every step.

    Attributes:
        idle_steps: near the solution, after this many consecutive steps without progress, Newton's method stops.
    """

    @property
    def idle_steps(self) -> float:
        """The number of consecutive steps without progress."""
        ...

    def solve(self, iterate: Iterate, rhs: Dual) -> Dual:
        """An approximation to H⁻¹·rhs, of an accuracy chosen by the solver; not finite where H is singular."""
        ...

    def learn(self, iterate: Iterate, line: Any, length: float, new: Iterate) -> Hessian:
        """The method for the next step, after one from `iterate` of this length along the line led to `new`."""
        ...


@dataclass(frozen=True)
class Rules:
    """The parameters of the continuation, chosen by how expensive a product with A is.

    Attributes:
        predicted: the largest residual at which a prediction is accepted: before the last stage, and in the last stage.
        corrected: the error to which a stage before the last is corrected.
        steps: the most Newton steps in an intermediate stage, and in the first or last one.
        shorter: the factor by which the stage is shortened when a prediction is not good enough.
        lengthening: when unit steps are extended.
        last_is_final: whether the end of the stage at t = 1 is accepted whatever its residual.
    """

    predicted: tuple[float, float]
    corrected: float
    steps: tuple[int, int]
    shorter: float
    lengthening: Lengthening
    last_is_final: bool


@runtime_checkable
class NewtonProblem(Protocol):
    """A convex dual as Newton's method sees it: its iterates along a line, and its Hessian.

    Attributes:
        rules: when unit steps are extended; a homotopy asks them for more.
    """

    rules: ClassVar[Rules]

    def line(self, iterate: Iterate, step: Step) -> IterateLine:
        """The iterates along a step."""
        ...

    def hessian(self, wanted: float) -> Hessian:
        """The method to begin with, where the error is to fall to `wanted`."""
        ...


@runtime_checkable
class DualProblem(NewtonProblem, Protocol):
    """The duals along a homotopy: access to A, and what its cost asks of the continuation.

    Attributes:
        rules: how far predictions are trusted, and corrected.
    """

    def at(self, t: float, nu: Dual) -> Iterate:
        """The iterate at t and ν."""
        ...

    def tangent(self, iterate: Iterate) -> Dual:
        """dν/dt along the homotopy."""
        ...


@dataclass(frozen=True, eq=False)
class ScaleFamily:
    """The depth-2 problems along the homotopy in the scale, each solved by damped Newton on its dual."""

    problem: DualProblem
    tol: float

    def predict(self, t: float, point: Iterate, stage: float) -> tuple[float, Iterate] | None:
        """The longest trial stage along the tangent whose predicted residual is small enough for the corrector."""
        rules = self.problem.rules
        tangent = self.problem.tangent(point)
        line = self.problem.line(point, Step(stage, stage * tangent))
        length = 1.0
        at_once = 1
        # The end of the way may be nearer than the shortest stage.
        while length * stage >= min(TOLERANCES.shortest_stage, stage):
            lengths = [length * rules.shorter**power for power in range(at_once)]
            for each, error in zip(lengths, line.errors(lengths), strict=True):
                if error <= rules.predicted[end_of(t + each * stage) >= 1]:
                    found = line.at(each)
                    return found.t, found
            length, at_once = lengths[-1] * rules.shorter, line.lengths_at_once
        return None

    def correct(self, t: float, point: Iterate, tell: Told) -> Corrected[Iterate]:
        """Newton to the error that the stage asks for."""
        rules, is_last = self.problem.rules, t >= 1
        wanted = self.tol if is_last else rules.corrected
        # The first stage, like the last, may begin far from its solution and is allowed more steps.
        found, steps, outcome = newton(self.problem, point, wanted, rules.steps[t in (0.0, 1.0)], tell)
        is_there = found.error <= wanted or (is_last and (rules.last_is_final or found.error <= TOLERANCES.near))
        return Corrected(found, steps, outcome, is_there)


def solve_along(problem: DualProblem, begin: HomotopyState, tol: float, watch: Monitor) -> Followed[Iterate]:
    """The solution of a depth-2 problem along the homotopy in the scale, from where `begin` says."""
    family = ScaleFamily(problem, tol)
    return follow(family, problem.at(begin.t, begin.nu), begin, TOLERANCES.shortest_stage, TOLERANCES.most_steps, watch)


def newton(
    problem: NewtonProblem, iterate: Iterate, wanted: float, allowed: int, tell: Told | None = None
) -> tuple[Iterate, int, Outcome]:
    """Damped Newton on a convex dual.

    Args:
        problem: the dual problem.
        iterate: where to begin.
        wanted: the error to reach.
        allowed: the number of steps; a few more where the iterate is near.
        tell: called with each iterate, the first one included, and the steps so far.

    Returns:
        The last iterate, the number of steps, and how it ended.
    """
    hessian = problem.hessian(wanted)
    steps, idle, is_gaining = 0, 0, True
    while True:
        progress.tell("Newton step", steps, residual=float(iterate.error))
        if tell is not None:
            tell(iterate, steps)
        if iterate.error <= wanted:
            return iterate, steps, Outcome.REACHED
        if not np.isfinite(iterate.error):
            return iterate, steps, Outcome.SINGULAR
        if steps >= allowed + (TOLERANCES.few_steps if iterate.error <= TOLERANCES.near else 0):
            return iterate, steps, Outcome.OUT_OF_STEPS
        direction = -hessian.solve(iterate, iterate.misfit)
        if not np.isfinite(direction).all():
            return iterate, steps, Outcome.SINGULAR
        line = problem.line(iterate, Step(0.0, direction))
        slope = float(iterate.misfit @ direction)
        length = line_search(line, slope, line.longest, problem.rules.lengthening if is_gaining else None)
        if length == 0:
            return iterate, steps, Outcome.NO_DECREASE
        new = line.at(length)
        steps += 1
        if length == 1 and iterate.error < TOLERANCES.near and new.error >= iterate.error:
            idle += 1
            if idle >= hessian.idle_steps:
                return new, steps, Outcome.ROUNDED
        else:
            idle = 0
        hessian = hessian.learn(iterate, line, length, new)
        is_gaining = new.error < TOLERANCES.half * iterate.error
        iterate = new
