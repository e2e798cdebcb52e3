"""AdaGrad: steps that shrink entry by entry."""

from __future__ import annotations

from dataclasses import dataclass

import optax

from ridgeless.flows import _steps
from ridgeless.flows._stepping_flow import SteppingFlow
from ridgeless.networks import TrainingProblem


@dataclass(frozen=True)
class AdaGrad(SteppingFlow):
    """AdaGrad (Duchi, Hazan and Singer 2011), with optax's accumulator, begun at 0.1.

    Each entry has a scale of its own, so that W_1 leaves the row space of A: P_N W_1 drifts, and the answer with it.

    Attributes:
        step_size: η.
        max_steps: the budget.

    Example:
        >>> AdaGrad(step_size=1e-3).max_steps
        100000
    """

    step_size: float = 1e-2
    max_steps: int = 100_000

    @classmethod
    def examples(cls) -> tuple[AdaGrad, ...]:  # noqa: D102
        return (cls(step_size=0.05, max_steps=20_000),)

    def __post_init__(self) -> None:
        size = _steps.checked_budget("flows.AdaGrad", self.step_size, self.max_steps)
        object.__setattr__(self, "step_size", 1e-2 if size is None else size)

    def plan(self, problem: TrainingProblem) -> tuple[_steps.Rule, float | None]:  # noqa: ARG002
        """One rule for all."""
        return _steps.optax_rule("AdaGrad", optax.adagrad), self.step_size
