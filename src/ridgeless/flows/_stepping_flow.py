"""Methods in discrete steps: a rule and a step size, run alone or for many problems at once."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, final

import optax

from ridgeless._core.arrays import Vector
from ridgeless.flows import _batch, _steps
from ridgeless.flows.base import Flow, Run
from ridgeless.networks import Theta, TrainingProblem
from ridgeless.potentials import Bias


class DiscreteFlow(Flow):
    """A flow of discrete steps, run alone or for many problems at once. A subclass says by which plan it trains.

    What is special about the end of a method is said in `told`.
    """

    asks_theorem: ClassVar[bool] = False

    @abstractmethod
    def planned(self, problem: TrainingProblem) -> _steps.SteppingPlan:
        """How this problem is trained.

        Raises:
            InvalidInputError: the method cannot train it.
        """

    def told(self, problem: TrainingProblem, run: Run, tol: float) -> Run:  # noqa: ARG002 - the default says nothing
        """The run as the method explains it: its status and message."""
        return run

    @final
    def along(self, problem: TrainingProblem, tol: float, look: Callable[[Theta], float]) -> tuple[Vector, Vector]:
        """The same steps once more, alone, with a look at the weights at each mark."""
        return _steps.numbers_along(problem, self.planned(problem), tol, look)

    @final
    def run(self, problem: TrainingProblem, bias: Bias | None, tol: float) -> Run:  # noqa: ARG002
        """Train; the theorem is not used."""
        return self.told(problem, _steps.run_steps(problem, self.planned(problem), tol), tol)

    @classmethod
    @final
    def run_together(
        cls,
        flows: Sequence[Any],
        problems: Sequence[TrainingProblem],
        biases: Sequence[Bias | None],  # noqa: ARG003 - the theorem is not used
        tol: float,
    ) -> list[Run]:
        """Train all at once: one compiled program for each shape, every problem with its own step size and end."""
        plans = [flow.planned(problem) for flow, problem in zip(flows, problems, strict=True)]
        runs = _batch.run_all(problems, plans, tol)
        return [flow.told(problem, run, tol) for flow, problem, run in zip(flows, problems, runs, strict=True)]


class SteppingFlow(DiscreteFlow):
    """A method in steps of one size. A subclass has the two fields below, and says by which rule and how far it steps.

    Attributes:
        step_size: η; None, where it is the default, for what `plan` makes of it.
        max_steps: the budget.
    """

    step_size: float | None
    max_steps: int

    def __post_init__(self) -> None:
        _steps.check_budget(self)

    @abstractmethod
    def plan(self, problem: TrainingProblem) -> tuple[_steps.Rule, float | None]:
        """The rule for this problem, and the step size; None for the default of gradient descent."""

    def planned(self, problem: TrainingProblem) -> _steps.SteppingPlan:
        """The rule and the step size, with the budget."""
        return _steps.SteppingPlan(*self.plan(problem), self.max_steps)


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
