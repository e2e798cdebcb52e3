"""Gradient descent on a few equations at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from ridgeless._core.arrays import whole_number
from ridgeless.flows import _jax, _steps
from ridgeless.flows._stepping_flow import SteppingFlow
from ridgeless.networks import TrainingProblem


@dataclass(frozen=True)
class StochasticGradientDescent(SteppingFlow):
    """θ ← θ − η·(n/k)·∇L_k(θ), with L_k the loss of k equations drawn anew at each step.

    At an exact solution every equation's gradient vanishes, so that constant steps converge. Each step of W_1 is
    Aᵀ(·): P_N W_1 stays what it was.

    Attributes:
        batch: k, equations per step, drawn without replacement; all of them where there are fewer.
        step_size: η; None for k/n of the default of `GradientDescent`.
        max_steps: the budget.
        seed: of the draws.

    Example:
        >>> StochasticGradientDescent(batch=4).max_steps
        100000
    """

    citation: ClassVar[str] = "Robbins and Monro 1951"

    keeps_row_space: ClassVar[bool] = True

    batch: int = 1
    step_size: float | None = None
    max_steps: int = 100_000
    seed: int = 0

    @classmethod
    def examples(cls) -> tuple[StochasticGradientDescent, ...]:  # noqa: D102
        return (cls(batch=3, max_steps=100_000),)

    def __post_init__(self) -> None:
        whole_number(self.batch, "flows.StochasticGradientDescent", "batch", least=1)
        whole_number(self.seed, "flows.StochasticGradientDescent", "seed", least=0)
        super().__post_init__()

    @property
    def is_plain_descent(self) -> bool:
        """Every step is along the gradient of a few equations."""
        return True

    def plan(self, problem: TrainingProblem) -> tuple[_steps.Rule, float | None]:
        """So many of this problem's equations a step."""
        equations = problem.system.shape[0]
        batch, size = min(self.batch, equations), self.step_size
        if size is None:
            size = _steps.default_size(problem) * batch / equations
        return _rule(batch, equations, self.seed), size


def _rule(batch: int, equations: int, seed: int) -> _steps.Rule:
    jax = _jax.jax

    def gradient(loss: Any, theta: Any, A: Any, b: Any, key: Any) -> Any:
        chosen = jax.random.permutation(key, equations)[:batch]
        part = jax.grad(loss)(theta, A[chosen], b[chosen])
        return jax.tree.map(lambda leaf: (equations / batch) * leaf, part)

    def move(gradient: Any, key: Any, _: Any, step_size: Any) -> tuple[Any, Any]:
        return jax.tree.map(lambda leaf: -step_size * leaf, gradient), jax.random.split(key, 1)[0]

    return _steps.Rule(
        key=("stochastic", batch, equations),
        flow="StochasticGradientDescent",
        label=f"stochastic gradient descent, {batch} of {equations} equations a step",
        begin=lambda _: jax.random.key(seed),
        move=move,
        gradient=gradient,
    )
