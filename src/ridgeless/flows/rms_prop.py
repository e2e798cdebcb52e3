"""RMSprop: steps scaled entry by entry, by a memory that forgets."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar

import optax

from ridgeless._core.arrays import positive_number
from ridgeless.errors import InvalidInputError
from ridgeless.flows import _steps
from ridgeless.flows._shrinking import ShrinkingFlow


@dataclass(frozen=True)
class RMSprop(ShrinkingFlow):
    """RMSprop (Tieleman and Hinton 2012): θ ← θ − η·γ^k·g/(√s + 1e-8), s ← ρ·s + (1 − ρ)·g², entry by entry.

    Each entry has a scale of its own, so that W_1 leaves the row space of A: P_N W_1 drifts, and the answer with it.
    The end has a formula in one case (Wilson et al. 2017, arXiv 1705.08292, Lemma 3.1): if A·sign(Aᵀb) = c·b for a
    number c, training of x itself from 0 moves along sign(Aᵀb) alone, and ends at sign(Aᵀb)/c, which is in general not
    A⁺b.

    The memory forgets as fast as training shrinks the gradient, so that steps of one η stay about as long as η and
    hover around the solution; they settle with γ < 1.

    Attributes:
        step_size: η.
        step_decay: γ, above 0 and at most 1; with γ < 1 a weight can move by about η/(1 − γ) in all.
        max_steps: the budget.
        decay: ρ, above 0 and below 1.

    Raises:
        InvalidInputError: a field out of its range.

    Example:
        >>> RMSprop(step_size=1e-3).decay
        0.9
    """

    citation: ClassVar[str] = "Tieleman and Hinton 2012"

    decay: float = 0.9

    @classmethod
    def examples(cls) -> tuple[RMSprop, ...]:  # noqa: D102
        return (cls(step_size=0.02, step_decay=0.998, max_steps=20_000),)

    def __post_init__(self) -> None:
        object.__setattr__(self, "decay", positive_number(self.decay, "flows.RMSprop", "decay"))
        if self.decay >= 1:
            raise InvalidInputError(f"flows.RMSprop: decay = {self.decay!r}; type a number below 1, such as 0.9.")
        super().__post_init__()

    def rule(self) -> _steps.Rule:
        """One rule for each memory."""

        def transformation(step_size: Any) -> optax.GradientTransformation:
            return optax.rmsprop(step_size, decay=self.decay, eps=1e-8, eps_in_sqrt=False)

        return replace(_steps.optax_rule("RMSprop", transformation), key=("RMSprop", self.decay))
