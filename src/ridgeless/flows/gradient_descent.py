"""Plain gradient descent on the weights, with or without momentum."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from ridgeless.errors import InvalidInputError
from ridgeless.flows import _jax, _steps
from ridgeless.flows._stepping_flow import SteppingFlow
from ridgeless.networks import TrainingProblem


@dataclass(frozen=True)
class GradientDescent(SteppingFlow):
    """θ ← θ − η·v, v ← β·v + ∇L(θ), for L = ½‖A x(θ) − b‖²: in float64, compiled once per shape.

    A finite step moves the end point away from that of gradient flow, by an amount that grows with the step.

    Attributes:
        step_size: η; None for half the stability bound, at the start and at an estimate of the sharpness at the end:
            1/max(λ_max(∇²L(θ₀)), σ_max²·D²·(‖θ*‖₂·√(d/n))^(2−2/D)). A `Function` has no degree D; the sharpness at the
            end is then guessed by that at weights θ₀ with other signs, times the least power of 2 with ‖A x‖ ≥ ‖b‖.
        momentum: β in [0, 1), heavy-ball.
        max_steps: the budget.

    Example:
        >>> GradientDescent(step_size=0.1).max_steps
        100000
    """

    keeps_row_space: ClassVar[bool] = True

    step_size: float | None = None
    momentum: float = 0.0
    max_steps: int = 100_000

    @classmethod
    def examples(cls) -> tuple[GradientDescent, ...]:  # noqa: D102
        return cls(max_steps=20_000), cls(momentum=0.9, max_steps=20_000)

    def __post_init__(self) -> None:
        super().__post_init__()
        is_number = isinstance(self.momentum, (int, float)) and not isinstance(self.momentum, bool)
        if not is_number or not 0 <= self.momentum < 1:
            raise InvalidInputError(
                f"flows.GradientDescent: momentum = {self.momentum!r}; type a number from 0 to below 1."
            )

    @property
    def is_plain_descent(self) -> bool:
        """Without momentum every step is along the gradient."""
        return not self.momentum

    @property
    def never_rises(self) -> bool:
        """Without momentum every step is downhill."""
        return not self.momentum

    def plan(self, problem: TrainingProblem) -> tuple[_steps.Rule, float | None]:  # noqa: ARG002
        """One rule for all."""
        return self._rule(), self.step_size

    def _rule(self) -> _steps.Rule:
        momentum = self.momentum
        if not momentum:
            return _steps.Rule("descent", "GradientDescent", "gradient descent", lambda _: (), _down)

        def with_memory(gradient: Any, velocity: Any, _: Any, step_size: Any) -> tuple[Any, Any]:
            velocity = _jax.jax.tree.map(lambda v, g: momentum * v + g, velocity, gradient)
            return _jax.jax.tree.map(lambda v: -step_size * v, velocity), velocity

        def still(theta: Any) -> Any:
            return _jax.jax.tree.map(_jax.jnp.zeros_like, theta)

        key, label = ("heavy ball", momentum), f"gradient descent with momentum {momentum:g}"
        return _steps.Rule(key, "GradientDescent", label, still, with_memory)


def _down(gradient: Any, memory: Any, _: Any, step_size: Any) -> tuple[Any, Any]:
    return _jax.jax.tree.map(lambda g: -step_size * g, gradient), memory
