"""Methods in discrete steps: a rule and a step size, run alone or for many problems at once."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import optax

from ridgeless.flows import _batch, _steps
from ridgeless.flows.base import Flow, Run
from ridgeless.networks import TrainingProblem
from ridgeless.potentials import Bias


class SteppingFlow(Flow):
    """A flow of discrete steps. A subclass has the two fields below, and says by which rule and how far it steps.

    Attributes:
        step_size: η; None, where it is the default, for what `plan` makes of it.
        max_steps: the budget.
    """

    asks_theorem: ClassVar[bool] = False

    step_size: float | None
    max_steps: int

    def __post_init__(self) -> None:
        _steps.check_budget(self)

    @abstractmethod
    def plan(self, problem: TrainingProblem) -> tuple[_steps.Rule, float | None]:
        """The rule for this problem, and the step size; None for the default of gradient descent."""

    def run(self, problem: TrainingProblem, bias: Bias | None, tol: float) -> Run:  # noqa: ARG002
        """Train; the theorem is not used."""
        return _steps.run_steps(problem, *self.plan(problem), self.max_steps, tol)

    @classmethod
    def run_together(
        cls,
        flows: Sequence[Any],
        problems: Sequence[TrainingProblem],
        biases: Sequence[Bias | None],  # noqa: ARG003 - the theorem is not used
        tol: float,
    ) -> list[Run]:
        """Train all at once: one compiled program for each shape, every problem with its own step size and end."""
        plans = [(*flow.plan(problem), flow.max_steps) for flow, problem in zip(flows, problems, strict=True)]
        return _batch.run_all(problems, plans, tol)


@dataclass(frozen=True)
class OptaxFlow(SteppingFlow):
    """A method of optax, whose step size is its only setting.

    Attributes:
        step_size: η; that of the class where None is given.
        max_steps: the budget.
    """

    step_size: float | None = 1e-3
    max_steps: int = 100_000

    @abstractmethod
    def transformation(self, step_size: Any) -> optax.GradientTransformation:
        """The method of optax at a step size, which may be traced."""

    def plan(self, problem: TrainingProblem) -> tuple[_steps.Rule, float | None]:  # noqa: ARG002
        """One rule for all."""
        return _steps.optax_rule(type(self).__name__, self.transformation), self.step_size
