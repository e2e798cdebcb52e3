"""What every method in steps is: a rule and a step size, run alone or for many problems at once."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import ClassVar

from ridgeless.flows import _batch, _steps
from ridgeless.flows.base import Flow, Run
from ridgeless.networks import TrainingProblem
from ridgeless.potentials import Bias


class SteppingFlow(Flow):
    """A flow of discrete steps. A subclass has a field `max_steps`, and says by which rule and how far it steps."""

    asks_theorem: ClassVar[bool] = False

    max_steps: int

    @abstractmethod
    def plan(self, problem: TrainingProblem) -> tuple[_steps.Rule, float | None]:
        """The rule for this problem, and the step size; None for the default of gradient descent."""

    def run(self, problem: TrainingProblem, bias: Bias | None, tol: float) -> Run:  # noqa: ARG002
        """Train; the theorem is not used."""
        return _steps.run_steps(problem, *self.plan(problem), self.max_steps, tol)

    def run_all(self, problems: Sequence[TrainingProblem], biases: Sequence[Bias | None], tol: float) -> list[Run]:  # noqa: ARG002
        """Train all at once: one compiled program for each shape, every problem with its own end."""
        plans = [self.plan(problem) for problem in problems]
        return _batch.run_all(problems, plans, self.max_steps, tol)
