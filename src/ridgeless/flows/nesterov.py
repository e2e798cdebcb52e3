"""Gradient descent with Nesterov's momentum."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar

import optax

from ridgeless.errors import InvalidInputError
from ridgeless.flows import _steps
from ridgeless.flows._stepping_flow import SteppingFlow
from ridgeless.networks import TrainingProblem


@dataclass(frozen=True)
class Nesterov(SteppingFlow):
    """Accelerated gradient descent (Nesterov 1983): θ ← θ − η·(g + β·v), v ← β·v + g, momentum after the new slope.

    Every step is a sum of gradients. So W_1 moves along Aᵀ alone and P_N W_1 stays what it was; on `Direct` the end is
    A⁺b + P_N x₀, for every η and β that converge, as for gradient descent and its heavy ball
    (`GradientDescent(momentum=β)`). On deeper networks momentum moves the end: at fixed β by O(η) from that of
    gradient flow, which runs for the time k·η/(1 − β) in k steps.

    Attributes:
        step_size: η; None for the default of `GradientDescent`.
        momentum: β, 0 or more and below 1.
        max_steps: the budget.

    Raises:
        InvalidInputError: a field out of its range.

    Example:
        >>> Nesterov(step_size=0.01).momentum
        0.9
    """

    citation: ClassVar[str] = "Nesterov 1983"

    keeps_row_space: ClassVar[bool] = True

    step_size: float | None = None
    momentum: float = 0.9
    max_steps: int = 100_000

    @classmethod
    def examples(cls) -> tuple[Nesterov, ...]:  # noqa: D102
        return (cls(max_steps=20_000),)

    def __post_init__(self) -> None:
        super().__post_init__()
        given: Any = self.momentum
        if not isinstance(given, (int, float)) or isinstance(given, bool) or not 0 <= given < 1:
            raise InvalidInputError(
                f"flows.Nesterov: momentum = {given!r}; type a number from 0 to below 1, such as 0.9."
            )

    def plan(self, problem: TrainingProblem) -> tuple[_steps.Rule, float | None]:  # noqa: ARG002
        """One rule for each momentum."""
        rule = _steps.optax_rule(
            "Nesterov", lambda size: optax.sgd(size, momentum=self.momentum or None, nesterov=True)
        )
        label = f"Nesterov's gradient descent with momentum {self.momentum:g}"
        return replace(rule, key=("Nesterov", self.momentum), label=label), self.step_size
