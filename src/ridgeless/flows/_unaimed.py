"""Training in steps to the end of the budget, past solutions: for methods that lead solutions away."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ridgeless.flows import _batch, _jax
from ridgeless.flows._driver import Target, driven
from ridgeless.flows._steps import Rule, Steps
from ridgeless.flows._stopwatch import Stopwatch
from ridgeless.flows.base import Run, refuse_orthogonal
from ridgeless.networks import TrainingProblem

# No residual is below it: not even 0 ends the training.
_NO_AIM = -1.0


class _UnaimedSteps(Steps):
    """Training by a rule that no loss stops but one that explodes."""

    def __init__(self, rule: Rule, problem: TrainingProblem, step_size: float | None, max_steps: int) -> None:
        super().__init__(rule, Target(problem, _NO_AIM, aim=_NO_AIM), step_size, max_steps)
        self.bound = -np.inf


def run_unaimed(problem: TrainingProblem, rule: Rule, step_size: float | None, max_steps: int) -> Run:
    """Train to the end of the budget; the status is MAX_STEPS, whatever the residual, or DIVERGED."""
    refuse_orthogonal(problem.network, rule.label)
    with _jax.double_precision(), Stopwatch() as watch:
        method = _UnaimedSteps(rule, problem, step_size, max_steps)
        method.compile()
        return driven(method, max_steps, watch)


def run_all_unaimed(problems: Sequence[TrainingProblem], plans: Sequence[_batch.Planned]) -> list[Run]:
    """`run_unaimed` for each problem, in their order; those of one rule and one shape share a program."""
    for problem, (rule, _, _) in zip(problems, plans, strict=True):
        refuse_orthogonal(problem.network, rule.label)

    def made() -> dict[int, Steps]:
        return {
            index: _UnaimedSteps(rule, problem, step_size, max_steps)
            for index, (problem, (rule, step_size, max_steps)) in enumerate(zip(problems, plans, strict=True))
        }

    runs = _batch.side_by_side(made)
    return [runs[index] for index in range(len(problems))]
