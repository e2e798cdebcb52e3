"""Gradient descent with clipped gradients."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from ridgeless._core.arrays import positive_number
from ridgeless.flows import _jax, _steps
from ridgeless.flows._stepping_flow import SteppingFlow
from ridgeless.flows.normalized_descent import norm_of
from ridgeless.networks import TrainingProblem


@dataclass(frozen=True)
class ClippedDescent(SteppingFlow):
    """θ ← θ − η·∇L(θ)·min(1, c/‖∇L(θ)‖): no step is longer than η·c (Pascanu et al. 2013, arXiv 1211.5063).

    One number scales all entries of the gradient, so that each step is one of gradient descent with a step size of its
    own: P_N W_1 stays what it was, and on `Direct` the end is A⁺b + P_N x₀, whatever c (isotropic preconditioning:
    Ghane, Akhtiamov and Hassibi 2026, arXiv 2603.10485). Near the solution nothing is clipped, and it settles as
    gradient descent does.

    Attributes:
        step_size: η; None for the default of `GradientDescent`.
        threshold: c > 0, the norm of the gradient above which it is clipped.
        max_steps: the budget.

    Raises:
        InvalidInputError: a field out of its range.

    Example:
        >>> ClippedDescent(step_size=0.1, threshold=0.5).threshold
        0.5
    """

    citation: ClassVar[str] = "Pascanu et al. 2013, arXiv 1211.5063"

    keeps_row_space: ClassVar[bool] = True

    step_size: float | None = None
    threshold: float = 1.0
    max_steps: int = 100_000

    @classmethod
    def examples(cls) -> tuple[ClippedDescent, ...]:  # noqa: D102
        return (cls(max_steps=20_000),)

    def __post_init__(self) -> None:
        object.__setattr__(self, "threshold", positive_number(self.threshold, "flows.ClippedDescent", "threshold"))
        super().__post_init__()

    @property
    def never_rises(self) -> bool:
        """A clipped step is shorter than one of gradient descent, and downhill as that is."""
        return True

    def plan(self, problem: TrainingProblem) -> tuple[_steps.Rule, float | None]:  # noqa: ARG002
        """One rule for each threshold."""
        threshold = self.threshold

        def move(gradient: Any, memory: Any, _: Any, step_size: Any) -> tuple[Any, Any]:
            size = norm_of(gradient)
            factor = step_size * _jax.jnp.where(size > threshold, threshold / size, 1.0)
            return _jax.jax.tree.map(lambda leaf: -factor * leaf, gradient), memory

        label = f"gradient descent with gradients clipped at {threshold:g}"
        return _steps.Rule(("clipped", threshold), "ClippedDescent", label, lambda _: (), move), self.step_size
