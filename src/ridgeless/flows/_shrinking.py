"""Methods whose steps have a length of their own, whatever the gradient's: they hover, or shrink by a schedule."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass, replace
from typing import Any

from ridgeless._core.arrays import positive_number
from ridgeless.errors import InvalidInputError
from ridgeless.flows import _jax, _steps
from ridgeless.flows._stepping_flow import SteppingFlow
from ridgeless.flows.base import Run
from ridgeless.networks import Network, TrainingProblem
from ridgeless.solution import Status

# Of the first step: steps below this no longer move training.
_NEGLIGIBLE = 1e-12


@dataclass(frozen=True)
class ShrinkingFlow(SteppingFlow):
    """A method whose step k is η·γ^k long, by a norm of its own.

    Attributes:
        step_size: η.
        step_decay: γ, above 0 and at most 1.
        max_steps: the budget.
    """

    step_size: float | None = 1e-3
    step_decay: float = 1.0
    max_steps: int = 100_000

    def __post_init__(self) -> None:
        call = f"flows.{type(self).__name__}"
        object.__setattr__(self, "step_decay", positive_number(self.step_decay, call, "step_decay"))
        if self.step_decay > 1:
            raise InvalidInputError(f"{call}: step_decay = {self.step_decay!r}; type a number up to 1, such as 0.999.")
        super().__post_init__()

    def settles_on(self, network: Network) -> bool:
        """Networks whose weights are free, if steps shrink; steps of one length hover around the solution."""
        return self.step_decay < 1 and super().settles_on(network)

    @abstractmethod
    def rule(self) -> _steps.Rule:
        """The rule with steps of one length."""

    def plan(self, problem: TrainingProblem) -> tuple[_steps.Rule, float | None]:  # noqa: ARG002
        """The rule with its steps shrunk."""
        rule, step_decay = self.rule(), self.step_decay

        def begin(theta: Any) -> Any:
            return rule.begin(theta), _jax.jnp.float64(1.0)

        def move(gradient: Any, memory: Any, theta: Any, step_size: Any) -> tuple[Any, Any]:
            inner, factor = memory
            change, inner = rule.move(gradient, inner, theta, step_size * factor)
            return change, (inner, factor * step_decay)

        label = rule.label if step_decay == 1 else f"{rule.label}, each step {step_decay:g} times the one before"
        key = ("shrinking", rule.key, step_decay)
        return replace(rule, key=key, label=label, begin=begin, move=move), self.step_size

    def told(self, problem: TrainingProblem, run: Run, tol: float) -> Run:  # noqa: ARG002
        """The run, with what to type where the schedule left no steps that count, or where equal steps hover."""
        if run.status is not Status.MAX_STEPS:
            return run
        call = f"rl.flows.{type(self).__name__}(step_size={self.step_size:.6g}, step_decay="
        reached = f"residual {run.history.residual[-1]:.1e}"
        if self.step_decay == 1:
            message = (
                f"The budget of {self.max_steps} steps ended at {reached}: steps of one length hover around the "
                f"solution. Type {call}0.999), whose steps shrink, or a smaller step_size."
            )
            return replace(run, message=message)
        if self.step_decay ** run.stats["steps"] > _NEGLIGIBLE:
            return run
        message = (
            f"The steps shrank to nothing at {reached}: all that are left would not reach a solution. "
            f"Type {call}{(1 + self.step_decay) / 2:.6g})."
        )
        return replace(run, status=Status.STALLED, message=message)
