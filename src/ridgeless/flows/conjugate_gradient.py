"""Conjugate gradients on networks that are linear in their weights."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar

from ridgeless._core.arrays import whole_number
from ridgeless.errors import InvalidInputError
from ridgeless.flows import _jax, _steps
from ridgeless.flows._stepping_flow import DiscreteFlow
from ridgeless.flows.base import Run, refuse_orthogonal
from ridgeless.networks import Network, TrainingProblem
from ridgeless.solution import Status


@dataclass(frozen=True)
class ConjugateGradient(DiscreteFlow):
    """Conjugate gradients on ½‖A x − b‖² (Hestenes and Stiefel 1952): n steps in exact arithmetic.

    Each step is the exact minimum along a direction p = −∇L + β·p, β = ‖∇L‖²/‖∇L before‖², conjugate to those before.
    Every direction is a sum of gradients, in row(A): on `Direct` the end is the solution nearest to the start,
    A⁺b + P_N x₀, that of gradient descent, reached after as many steps as A has distinct singular values, at most its
    rank; rounding may take a few more. For networks that are linear in their weights, degree D = 1; elsewhere the loss
    is not quadratic.

    Attributes:
        max_steps: the budget.

    Raises:
        InvalidInputError: max_steps is no whole number above 0; at training, a network of higher degree.

    Example:
        >>> import numpy as np, ridgeless as rl
        >>> system = rl.LinearSystem(np.array([[3.0, 4.0]]), np.array([25.0]))
        >>> found = rl.train(system, rl.networks.Direct(), {"x": np.zeros(2)}, ConjugateGradient())
        >>> found.x.round(6), found.stats["steps"]
        (array([3., 4.]), 1)
    """

    citation: ClassVar[str] = "Hestenes and Stiefel 1952"

    max_steps: int = 100_000

    def __post_init__(self) -> None:
        whole_number(self.max_steps, "flows.ConjugateGradient", "max_steps", least=1)

    @property
    def never_rises(self) -> bool:
        """Every step is a minimum along a line."""
        return True

    def settles_on(self, network: Network) -> bool:
        """Networks of degree 1 whose weights are free."""
        return network.homogeneity == 1 and super().settles_on(network)

    def planned(self, problem: TrainingProblem) -> _steps.SteppingPlan:
        """Steps whose length is that of the minimum along their direction."""
        refuse_orthogonal(problem.network, _LABEL)
        if problem.network.homogeneity != 1:
            raise InvalidInputError(
                f"flows.ConjugateGradient: the loss of {problem.network} is not quadratic in its weights; type "
                "rl.networks.Direct(), or rl.flows.GradientDescent(momentum=0.9)."
            )
        return _steps.SteppingPlan(_RULE, _WHOLE_STEPS, self.max_steps)

    def told(self, problem: TrainingProblem, run: Run, tol: float) -> Run:  # noqa: ARG002
        """The run without the step size that the loop of steps carries along."""
        stats = {name: value for name, value in run.stats.items() if name != "step_size"}
        if run.status is not Status.DIVERGED:
            return replace(run, method=_LABEL, stats=stats)
        message = "The numbers left the range of float64; divide A and b by their sizes."
        return replace(run, method=_LABEL, stats=stats, message=message)


_LABEL = "conjugate gradients"
# The length of a step comes from the minimum along its direction.
_WHOLE_STEPS = 1.0


def _begin(theta: Any) -> Any:
    """No direction yet; the infinite slope makes the first direction that of the gradient."""
    return _jax.jax.tree.map(_jax.jnp.zeros_like, theta), _jax.jnp.float64(float("inf"))


def _step(loss: Any, theta: Any, A: Any, b: Any, memory: Any) -> Any:
    """The step to the minimum along the next direction, that direction, and the squared slope."""
    jax, jnp = _jax.jax, _jax.jnp
    direction, slope_before = memory

    def gradient_at(weights: Any) -> Any:
        return jax.grad(loss)(weights, A, b)

    gradient = gradient_at(theta)
    slope = _dot(gradient, gradient)
    direction = jax.tree.map(lambda p, g: slope / slope_before * p - g, direction, gradient)
    curvature = _dot(direction, jax.jvp(gradient_at, (theta,), (direction,))[1])
    length = jnp.where(curvature > 0, -_dot(gradient, direction) / jnp.where(curvature > 0, curvature, 1.0), 0.0)
    return jax.tree.map(lambda p: length * p, direction), direction, slope


def _move(step: Any, memory: Any, theta: Any, step_size: Any) -> tuple[Any, Any]:  # noqa: ARG001
    change, direction, slope = step
    return change, (direction, slope)


def _dot(one: Any, other: Any) -> Any:
    leaves = zip(_jax.jax.tree.leaves(one), _jax.jax.tree.leaves(other), strict=True)
    return sum(_jax.jnp.vdot(a, b) for a, b in leaves)


# At the floor of rounding the loss may rise and fall: there is no step size to shorten.
_RULE = _steps.Rule(_LABEL, "ConjugateGradient", _LABEL, _begin, _move, may_rise=True, gradient=_step)
