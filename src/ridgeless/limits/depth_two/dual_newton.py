"""Damped Newton on the dual of a depth-2 limit, and the homotopy in the scale that brings it near.

A x(z; t) = b with z = Aᵀν and x_i = exp(p_i + c z_i) − exp(m_i − c z_i), the logarithms p and m on a straight line from
the size of the solution (t = 0), where the problem is nearly linear, to the start's own (t = 1). In these coordinates
the path is almost straight, so that a scale of 1e-100 is a few stages away. How A is read is left to a `DualProblem`:
an array, products with an operator, or sums over blocks of columns.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol, runtime_checkable

import numpy as np

from ridgeless._core.arrays import Dual
from ridgeless.limits.checkpoint import HomotopyState, Monitor
from ridgeless.limits.homotopy import Corrected, Followed, Told, end_of, follow
from ridgeless.limits.line_search import Lengthening, Line, line_search
from ridgeless.limits.tolerances import TOLERANCES
from ridgeless.potentials.minimum import Outcome


@dataclass(frozen=True, eq=False)
class Iterate:
    """Where Newton stands.

    Attributes:
        t: how far along the homotopy.
        nu: ν.
        misfit: A x − b there, in the problem's own coordinates.
        error: its size without units; infinite where x is not finite.
        details: what the problem keeps to solve with the Hessian there; None where it was read for its misfit alone.
    """

    t: float
    nu: Dual
    misfit: Dual
    error: float
    details: Any


@dataclass(frozen=True, eq=False)
class Step:
    """A direction from an iterate: per unit of length, so much of t and so much of ν."""

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
        """The first length to try: 1, or less where an exponential would rise from the least number to the largest."""
        ...

    def errors(self, lengths: Sequence[float]) -> Sequence[float]:
        """The errors at several lengths."""
        ...

    def at(self, length: float) -> Iterate:
        """The iterate at one length."""
        ...


@dataclass(frozen=True, eq=False)
class ReadLine:
    """The iterates along a step where every length is read from A: slopes are those of the misfits.

    Attributes:
        step: the step.
        read: the iterates at several lengths; the first one can be solved from.
        lengths_at_once: how many lengths cost hardly more than one.
        seen: what was read.
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
    """How H = A diag(dx/dz) Aᵀ is solved with: a policy that learns from the steps that it gave.

    Attributes:
        idle_steps: so many steps in a row that gain nothing, near the solution, mean that rounding is met.
    """

    @property
    def idle_steps(self) -> float:
        """See above."""
        ...

    def solve(self, iterate: Iterate, rhs: Dual) -> Dual:
        """H⁻¹·rhs, as accurately as the policy holds to be worth it; not finite where H is singular."""
        ...

    def learn(self, iterate: Iterate, line: Any, length: float, new: Iterate) -> Hessian:
        """The policy for the next step, after one from `iterate` of this length along the line led to `new`."""
        ...


@dataclass(frozen=True)
class Rules:
    """How a homotopy is followed: what reading A costs decides.

    Attributes:
        predicted: the largest error of a prediction that the corrector sets out from; before the last stage, and in it.
        corrected: the error to which a stage before the last is corrected.
        steps: Newton steps for a stage, and for the last one.
        shorter: what a prediction that is not good enough is shortened by.
        lengthening: when whole steps are made longer.
        last_is_final: whether the end of the last stage is taken as it is, however far it is from the solution.
    """

    predicted: tuple[float, float]
    corrected: float
    steps: tuple[int, int]
    shorter: float
    lengthening: Lengthening
    last_is_final: bool


@runtime_checkable
class DualProblem(Protocol):
    """How A is read.

    Attributes:
        rules: how far predictions are trusted, and corrected.
    """

    rules: ClassVar[Rules]

    def at(self, t: float, nu: Dual) -> Iterate:
        """The iterate at t and ν."""
        ...

    def line(self, iterate: Iterate, step: Step) -> IterateLine:
        """The iterates along a step."""
        ...

    def hessian(self, wanted: float) -> Hessian:
        """The policy to begin with, where the error is to fall to `wanted`."""
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
        """The longest stage along the tangent whose prediction the corrector can bear."""
        rules = self.problem.rules
        tangent = self.problem.tangent(point)
        line = self.problem.line(point, Step(stage, stage * tangent))
        length = 1.0
        at_once = 1
        while length * stage >= TOLERANCES.shortest_stage:
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
        # The first stage of all begins far from its solution.
        found, steps, outcome = newton(self.problem, point, wanted, rules.steps[t in (0.0, 1.0)], tell)
        is_there = found.error <= wanted or (is_last and (rules.last_is_final or found.error <= TOLERANCES.near))
        return Corrected(found, steps, outcome, is_there)


def solve_along(problem: DualProblem, begin: HomotopyState, tol: float, watch: Monitor) -> Followed[Iterate]:
    """The solution of a depth-2 problem along the homotopy in the scale, from where `begin` says."""
    family = ScaleFamily(problem, tol)
    return follow(family, problem.at(begin.t, begin.nu), begin, TOLERANCES.shortest_stage, TOLERANCES.most_steps, watch)


def newton(
    problem: DualProblem, iterate: Iterate, wanted: float, allowed: int, tell: Told | None = None
) -> tuple[Iterate, int, Outcome]:
    """Damped Newton on the convex dual of one member of the family.

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
