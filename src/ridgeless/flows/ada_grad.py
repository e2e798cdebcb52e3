"""AdaGrad: steps that shrink entry by entry."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import optax

from ridgeless.flows._stepping_flow import OptaxFlow


@dataclass(frozen=True)
class AdaGrad(OptaxFlow):
    """AdaGrad (Duchi, Hazan and Singer 2011), with optax's accumulator, begun at 0.1.

    Each entry has a scale of its own, so that W_1 leaves the row space of A: P_N W_1 drifts, and the answer with it.

    Attributes:
        step_size: η.
        max_steps: the budget.

    Example:
        >>> AdaGrad(step_size=1e-3).max_steps
        100000
    """

    citation: ClassVar[str] = "Duchi, Hazan and Singer 2011"

    step_size: float | None = 1e-2

    @classmethod
    def examples(cls) -> tuple[AdaGrad, ...]:  # noqa: D102
        return (cls(step_size=0.05, max_steps=20_000),)

    def transformation(self, step_size: Any) -> optax.GradientTransformation:  # noqa: D102
        return optax.adagrad(step_size)
