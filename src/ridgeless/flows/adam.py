"""Adam: steps scaled entry by entry."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import optax

from ridgeless.flows._stepping_flow import OptaxFlow


@dataclass(frozen=True)
class Adam(OptaxFlow):
    """Adam (Kingma and Ba 2015), with optax's defaults β = (0.9, 0.999), ε = 1e-8.

    Each entry has a scale of its own, so that W_1 leaves the row space of A: P_N W_1 drifts, and the answer with it.

    Attributes:
        step_size: η.
        max_steps: the budget.

    Example:
        >>> Adam(step_size=1e-3).max_steps
        100000
    """

    citation: ClassVar[str] = "Kingma and Ba 2015, arXiv 1412.6980"

    @classmethod
    def examples(cls) -> tuple[Adam, ...]:  # noqa: D102
        return (cls(step_size=0.01, max_steps=20_000),)

    def transformation(self, step_size: Any) -> optax.GradientTransformation:  # noqa: D102
        return optax.adam(step_size)
