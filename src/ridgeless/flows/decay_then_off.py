"""Weight decay on W_1 for a number of steps, then none: removes the null part of the start."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

from ridgeless._core.arrays import positive_number, whole_number
from ridgeless.errors import InvalidInputError
from ridgeless.flows import _jax, _steps
from ridgeless.flows.base import Flow, Run
from ridgeless.flows.gradient_descent import GradientDescent
from ridgeless.networks import Dense, Network, TrainingProblem
from ridgeless.potentials import Bias


@dataclass(frozen=True)
class DecayThenOff(Flow):
    """L2 decay λ on W_1 for k steps of gradient descent, then plain gradient descent to the end.

    P_N W_1 shrinks by (1 − ηλ) a step, exactly, and nothing else touches it: what the start put into the null
    space, and the gap to the minimum-norm solution with it, goes by (1 − ηλ)^k. For `Dense` with hidden layers.

    Attributes:
        decay: λ > 0.
        steps: k.
        then: the gradient descent that follows, and whose step size both parts use.

    Example:
        >>> DecayThenOff(0.1, 3000, GradientDescent(step_size=0.01)).steps
        3000
    """

    # The decay moves a solution away from where it is.
    rests_at_solutions: ClassVar[bool] = False
    asks_theorem: ClassVar[bool] = False

    decay: float = 0.1
    steps: int = 1000
    then: GradientDescent = field(default_factory=GradientDescent)

    @classmethod
    def examples(cls) -> tuple[DecayThenOff, ...]:  # noqa: D102
        return (cls(decay=0.1, steps=50),)

    def __post_init__(self) -> None:
        object.__setattr__(self, "decay", positive_number(self.decay, "flows.DecayThenOff", "decay"))
        whole_number(self.steps, "flows.DecayThenOff", "steps", least=1)
        if not isinstance(self.then, GradientDescent):
            raise InvalidInputError(
                f"flows.DecayThenOff: then = {self.then!r}; pass rl.flows.GradientDescent(step_size=…), whose steps "
                "the decay shares."
            )

    def settles_on(self, network: Network) -> bool:
        """`Dense` networks with a W_1."""
        return isinstance(network, Dense) and network.hidden > 0

    def limited_to(self, steps: int) -> DecayThenOff:
        """One step with decay, and so many without."""
        return replace(self, steps=1, then=self.then.limited_to(steps))

    def run(self, problem: TrainingProblem, bias: Bias | None, tol: float) -> Run:
        """Train; the theorem is not used, since decay voids it."""
        if not isinstance(problem.network, Dense) or problem.network.hidden == 0:
            raise InvalidInputError(
                f"flows.DecayThenOff: {problem.network} has no W_1 to decay; type rl.networks.Dense(hidden=1)."
            )
        size = _steps.default_size(problem) if self.then.step_size is None else self.then.step_size
        if size * self.decay >= 1:
            raise InvalidInputError(
                f"flows.DecayThenOff: decay {self.decay:g} times step size {size:g} is 1 or more: W_1 would be wiped "
                f"out at once; type a decay below {1 / size:.3g}."
            )
        decaying = _steps.SteppingPlan(_decaying(self.decay), size, self.steps, is_aimed=False)
        first = _steps.run_steps(problem, decaying, tol)
        after = replace(problem, theta0=first.theta or problem.theta0)
        last = replace(self.then, step_size=size).run(after.reduced(), bias, tol)
        stats = {name: first.stats.get(name, 0) + last.stats.get(name, 0) for name in last.stats}
        method = f"{last.method}, after {self.steps} steps with decay {self.decay:g} on W_1"
        return replace(last, method=method, stats={**stats, "step_size": size})


def _decaying(decay: float) -> _steps.Rule:
    def move(gradient: Any, memory: Any, theta: Any, step_size: Any) -> tuple[Any, Any]:
        change = _jax.jax.tree.map(lambda leaf: -step_size * leaf, gradient)
        first, *others = change["W"]
        return {**change, "W": [first - step_size * decay * theta["W"][0], *others]}, memory

    # A loss that has settled rises again while the weights shrink, from 0 to any multiple: that is no divergence.
    key, label = ("decay", decay), "gradient descent with decay"
    return _steps.Rule(key, "GradientDescent", label, lambda _: (), move, may_rise=True)
