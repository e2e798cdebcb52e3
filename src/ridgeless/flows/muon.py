"""Muon: momentum, orthogonalised layer by layer."""

from __future__ import annotations

from dataclasses import dataclass

from optax.contrib import muon

from ridgeless.flows import _steps
from ridgeless.flows._stepping_flow import SteppingFlow
from ridgeless.flows.base import layers_of
from ridgeless.networks import Network, TrainingProblem


@dataclass(frozen=True)
class Muon(SteppingFlow):
    """Muon (Jordan 2024) on matrices, Adam on vectors, by optax.

    The step of W_1 is Aᵀ(·) orthogonalised, which is again Aᵀ(·): P_N W_1 stays what it was. Its steps keep their
    length however small the gradient: the residual ends near η unless η is small.

    Attributes:
        step_size: η.
        max_steps: the budget.

    Example:
        >>> Muon(step_size=1e-3).max_steps
        100000
    """

    step_size: float = 1e-3
    max_steps: int = 100_000

    @classmethod
    def examples(cls) -> tuple[Muon, ...]:  # noqa: D102
        return (cls(max_steps=20_000),)

    def __post_init__(self) -> None:
        size = _steps.checked_budget("flows.Muon", self.step_size, self.max_steps)
        object.__setattr__(self, "step_size", 1e-3 if size is None else size)

    def settles_on(self, network: Network) -> bool:
        """Vectors only: on matrices every step is as long as the step size, and hovers where others settle."""
        return super().settles_on(network) and all(len(layer.shape) == 1 for layer in layers_of(network))

    def plan(self, problem: TrainingProblem) -> tuple[_steps.Rule, float | None]:  # noqa: ARG002
        """One rule for all."""
        return _steps.optax_rule("Muon", muon), self.step_size
