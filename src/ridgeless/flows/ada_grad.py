"""AdaGrad: steps that shrink entry by entry."""

from __future__ import annotations

from dataclasses import dataclass

import optax

from ridgeless.flows import _steps
from ridgeless.flows.base import Flow, Run
from ridgeless.networks import Problem
from ridgeless.potentials import Bias


@dataclass(frozen=True)
class AdaGrad(Flow):
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

    def __post_init__(self) -> None:
        size = _steps.checked_budget("flows.AdaGrad", self.step_size, self.max_steps)
        object.__setattr__(self, "step_size", 1e-2 if size is None else size)

    def run(self, problem: Problem, bias: Bias | None, tol: float) -> Run:  # noqa: ARG002
        """Train; the theorem is not used."""
        rule = _steps.optax_rule("AdaGrad", optax.adagrad)
        return _steps.run_steps(problem, rule, self.step_size, self.max_steps, tol)
