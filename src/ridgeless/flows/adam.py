"""Adam: steps scaled entry by entry."""

from __future__ import annotations

from dataclasses import dataclass

import optax

from ridgeless.flows import _steps
from ridgeless.flows._stepping_flow import SteppingFlow
from ridgeless.networks import TrainingProblem


@dataclass(frozen=True)
class Adam(SteppingFlow):
    """Adam (Kingma and Ba 2015), with optax's defaults β = (0.9, 0.999), ε = 1e-8.

    Each entry has a scale of its own, so that W_1 leaves the row space of A: P_N W_1 drifts, and the answer with it.

    Attributes:
        step_size: η.
        max_steps: the budget.

    Example:
        >>> Adam(step_size=1e-3).max_steps
        100000
    """

    step_size: float = 1e-3
    max_steps: int = 100_000

    @classmethod
    def examples(cls) -> tuple[Adam, ...]:  # noqa: D102
        return (cls(step_size=0.01, max_steps=20_000),)

    def __post_init__(self) -> None:
        size = _steps.checked_budget("flows.Adam", self.step_size, self.max_steps)
        object.__setattr__(self, "step_size", 1e-3 if size is None else size)

    def plan(self, problem: TrainingProblem) -> tuple[_steps.Rule, float | None]:  # noqa: ARG002
        """One rule for all."""
        return _steps.optax_rule("Adam", optax.adam), self.step_size
