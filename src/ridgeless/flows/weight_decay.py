"""Gradient descent with weight decay that never ends."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np

from ridgeless._core.arrays import positive_number
from ridgeless.errors import InvalidInputError
from ridgeless.flows import _jax, _steps
from ridgeless.flows._stepping_flow import SteppingFlow
from ridgeless.flows.base import Run
from ridgeless.networks import Network, TrainingProblem
from ridgeless.solution import Status

# Of λ‖θ‖: below it the gradient and the decay cancel, and the weights have come to rest.
_AT_REST = 1e-6

_AFTER = "For a solution train on without decay: rl.train(system, network, found.theta, rl.flows.GradientDescent())."


@dataclass(frozen=True)
class WeightDecay(SteppingFlow):
    """θ ← (1 − ηλ)·θ − η·∇L(θ): gradient descent on L(θ) + (λ/2)·‖θ‖², to the end of the budget.

    It does not interpolate: the weights come to rest at a stationary point of the penalised loss, with a residual of
    about λ, and the status is STALLED; it is MAX_STEPS where they still move. What the start put in is forgotten:

    - On x = u∘v (`Product(2)`), with p = u + v, m = u − v and g = ∂L/∂x, a step multiplies p by 1 − ηλ − ηg and m by
      1 − ηλ + ηg. So |p·m| = |p₀·m₀|·∏((1 − ηλ)² − η²g²), in the limit of small steps |p₀·m₀|·exp(−2λt) (Jacobs,
      Zhou and Burkholz 2025, arXiv 2504.12883): the scale of the start shrinks without end. To keep what was won and
      solve A x = b, train on without decay from `found.theta`; `DecayThenOff` does so for `Dense`.
    - The rest is a minimum of ½‖A x − b‖² + R(x) where that is convex: `Direct`: R = (λ/2)·‖x‖₂², ridge regression;
      `Product(2)`: R = λ·‖x‖₁, `Difference(2)`: R = (λ/2)·‖x‖₁, the lasso; `Dense(1)`: R = λ·‖x‖₂.

    Attributes:
        step_size: η; None for the default of `GradientDescent`.
        decay: λ > 0.
        max_steps: the budget.

    Raises:
        InvalidInputError: a field out of its range; at training, ηλ ≥ 1.

    Example:
        >>> import numpy as np, ridgeless as rl
        >>> system = rl.LinearSystem(np.array([[3.0, 4.0]]), np.array([25.0]))
        >>> found = rl.train(system, rl.networks.Direct(), {"x": np.zeros(2)}, WeightDecay(decay=5.0, max_steps=2000))
        >>> found.x.round(6), found.status.name
        (array([2.5       , 3.333333]), 'STALLED')
    """

    citation: ClassVar[str] = "Jacobs, Zhou and Burkholz 2025, arXiv 2504.12883"

    # The decay moves a solution away from where it is.
    rests_at_solutions: ClassVar[bool] = False

    step_size: float | None = None
    decay: float = 0.01
    max_steps: int = 100_000

    @classmethod
    def examples(cls) -> tuple[WeightDecay, ...]:  # noqa: D102
        return (cls(decay=0.05, max_steps=5_000),)

    def __post_init__(self) -> None:
        object.__setattr__(self, "decay", positive_number(self.decay, "flows.WeightDecay", "decay"))
        super().__post_init__()

    def settles_on(self, network: Network) -> bool:  # noqa: ARG002
        """None: it comes to rest beside the solutions."""
        return False

    def plan(self, problem: TrainingProblem) -> tuple[_steps.Rule, float | None]:
        """One rule for each decay; every weight decays, whatever its layer."""
        size = _steps.default_size(problem) if self.step_size is None else self.step_size
        if size * self.decay >= 1:
            raise InvalidInputError(
                f"flows.WeightDecay: decay {self.decay:g} times step size {size:g} is 1 or more: the weights would be "
                f"wiped out at once; type a decay below {1 / size:.3g}."
            )
        decay = self.decay

        def move(gradient: Any, memory: Any, theta: Any, step_size: Any) -> tuple[Any, Any]:
            return _jax.jax.tree.map(lambda g, t: -step_size * (g + decay * t), gradient, theta), memory

        label = f"gradient descent with weight decay {decay:g}"
        # From a small loss it rises again while the weights shrink: that is no divergence.
        return _steps.Rule(("weight decay", decay), "WeightDecay", label, lambda _: (), move, may_rise=True), size

    def planned(self, problem: TrainingProblem) -> _steps.SteppingPlan:
        """To the end of the budget, since the decay leads solutions away."""
        return replace(super().planned(problem), is_aimed=False)

    def told(self, problem: TrainingProblem, run: Run, tol: float) -> Run:
        """Whether the weights have come to rest."""
        if run.status is not Status.MAX_STEPS:
            return run
        residual = float(run.history.residual[-1])
        told = f"with weight decay {self.decay:g} at residual {residual:.1e} (asked: {tol:.0e})"
        if residual <= tol:
            return replace(run, status=Status.CONVERGED, message=f"Training ended {told}.")
        unrest = _unrest(problem, run.theta, self.decay)
        if unrest > _AT_REST:
            message = (
                f"The budget of {self.max_steps} steps ended {told}, and the weights still move: the gradient of the "
                f"penalised loss is {unrest:.1e} of the decay. Type a larger max_steps. {_AFTER}"
            )
            return replace(run, message=message)
        message = (
            f"The weights came to rest {told}: at a stationary point of the penalised loss, which does not solve "
            f"A x = b. {_AFTER}"
        )
        return replace(run, status=Status.STALLED, message=message)


def _unrest(problem: TrainingProblem, theta: Any, decay: float) -> float:
    """‖∇L(θ) + λθ‖/(λ‖θ‖), and 0 where all weights have vanished."""
    with _jax.double_precision():
        weights = _jax.to_jax(theta)
        arguments = (weights, *_jax.to_jax((problem.system.rows(), problem.system.b)))
        gradient = _jax.jax.grad(_jax.loss_of(problem.network))
        pull = _jax.compiled(("gradient", problem.network), gradient, *arguments)(*arguments)
        sums = _jax.to_numpy(_jax.jax.tree.map(lambda g, t: g + decay * t, pull, weights))
    moves = np.concatenate([leaf.ravel() for leaf in _jax.jax.tree.leaves(sums)])
    decays = decay * np.concatenate([np.ravel(leaf) for leaf in _jax.jax.tree.leaves(theta)])
    size = float(np.linalg.norm(decays))
    return float(np.linalg.norm(moves)) / size if size > 0 else 0.0
