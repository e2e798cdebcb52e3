"""Training on labels that are noisy anew at every step."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

from ridgeless._core.arrays import positive_number, whole_number
from ridgeless.errors import InvalidInputError
from ridgeless.flows import _jax, _steps
from ridgeless.flows._stepping_flow import DiscreteFlow, SteppingFlow
from ridgeless.flows.base import Run
from ridgeless.flows.gradient_descent import GradientDescent
from ridgeless.networks import Network, TrainingProblem
from ridgeless.solution import Status


@dataclass(frozen=True)
class LabelNoise(DiscreteFlow):
    """Any method in steps, on labels b + σ·s with signs s_i = ±1 drawn anew at each step (HaoChen et al. 2021).

    On depth-2 diagonal networks the noise moves x along the solutions of A x = b towards sparse ones, from any start
    (HaoChen et al. 2021, arXiv 2006.08680). On x = u∘v, with p = u + v and m = u − v, a step of gradient descent
    multiplies p by 1 − ηg and m by 1 + ηg, g = ∂L/∂x. So |p·m|, the scale of the start, shrinks by the factor
    |1 − η²g²|, and noise in g never lets it rest: once the labels are fitted, log|p_i·m_i| falls by about η²σ²‖a_i‖² a
    step, a_i being column i of A. With Adam or mini-batches nothing is predicted. On `Direct` noise has no bias:
    gradient descent hovers around A⁺b + P_N x₀, its mean, and P_N x stays what it was.

    It does not settle: the residual hovers at about σ·√η, and the status is MAX_STEPS. Train on from `found.theta` with
    `GradientDescent` for a solution.

    Attributes:
        noise: σ > 0, in units of b.
        by: the method that takes the steps, whose step size and budget they have: `GradientDescent`,
            `StochasticGradientDescent` for mini-batches, `Adam`.
        seed: of the draws.

    Raises:
        InvalidInputError: a field of the wrong kind or out of its range.

    Example:
        >>> LabelNoise(0.5, GradientDescent(step_size=0.01, max_steps=50_000)).noise
        0.5
    """

    citation: ClassVar[str] = "HaoChen et al. 2021, arXiv 2006.08680"

    # The noise moves a solution away from where it is.
    rests_at_solutions: ClassVar[bool] = False

    noise: float = 1.0
    by: SteppingFlow = field(default_factory=GradientDescent)
    seed: int = 0

    @classmethod
    def examples(cls) -> tuple[LabelNoise, ...]:  # noqa: D102
        return (cls(noise=0.1, by=GradientDescent(step_size=0.01, max_steps=3_000)),)

    def __post_init__(self) -> None:
        object.__setattr__(self, "noise", positive_number(self.noise, "flows.LabelNoise", "noise"))
        whole_number(self.seed, "flows.LabelNoise", "seed", least=0)
        if not isinstance(self.by, SteppingFlow):
            raise InvalidInputError(
                f"flows.LabelNoise: by = {self.by!r}; pass a method in steps such as rl.flows.GradientDescent(), "
                "rl.flows.StochasticGradientDescent() or rl.flows.Adam()."
            )

    def settles_on(self, network: Network) -> bool:  # noqa: ARG002
        """None: the noise never ends."""
        return False

    def limited_to(self, steps: int) -> LabelNoise:  # noqa: D102
        made: Any = replace(self, by=self.by.limited_to(steps))
        return made

    def planned(self, problem: TrainingProblem) -> _steps.SteppingPlan:
        """The plan of the method, on noisy labels and to the end of the budget. One seed gives the same signs."""
        plan = self.by.planned(problem)
        return replace(plan, rule=_noisy(plan.rule, self.noise / problem.unit, self.seed), is_aimed=False)

    def told(self, problem: TrainingProblem, run: Run, tol: float) -> Run:  # noqa: ARG002
        """Where the noise keeps the residual."""
        if run.status is not Status.MAX_STEPS:
            return run
        message = (
            f"The budget of {self.by.max_steps} steps ended at residual {run.history.residual[-1]:.1e}, where label "
            f"noise {self.noise:g} keeps it. Train on without noise: rl.train(system, network, found.theta, "
            "rl.flows.GradientDescent())."
        )
        return replace(run, message=message)


def _noisy(rule: _steps.Rule, noise: float, seed: int) -> _steps.Rule:
    """The rule on noisy labels; the memory is that of the rule and the key of the next draw."""
    jax = _jax.jax

    def begin(theta: Any) -> Any:
        return rule.begin(theta), jax.random.key(seed)

    def gradient(loss: Any, theta: Any, A: Any, b: Any, memory: Any) -> Any:
        inner, key = memory
        labels = b + noise * jax.random.rademacher(jax.random.split(key)[0], b.shape, b.dtype)
        if rule.gradient is None:
            return jax.grad(loss)(theta, A, labels)
        return rule.gradient(loss, theta, A, labels, inner)

    def move(gradient: Any, memory: Any, theta: Any, step_size: Any) -> tuple[Any, Any]:
        inner, key = memory
        change, inner = rule.move(gradient, inner, theta, step_size)
        return change, (inner, jax.random.split(key)[1])

    label = f"{rule.label} with label noise {noise:g}"
    key = ("label noise", noise, rule.key)
    # The noise may hold the loss above its start for as long as it likes.
    return _steps.Rule(key, rule.flow, label, begin, move, may_rise=True, gradient=gradient)
