"""Edge Flow: gradient descent beyond the edge of stability, as a flow."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from ridgeless._core.arrays import positive_number, whole_number
from ridgeless.flows import _jax, _steps
from ridgeless.flows._stepping_flow import SteppingFlow
from ridgeless.networks import Network, TrainingProblem

_POWER_STEPS = 60


@dataclass(frozen=True)
class EdgeFlow(SteppingFlow):
    """c' = −∇L̄(c), v' = (I − vvᵀ)H v, a' = (S − 2/η)·a: gradient descent of step η as a flow (Marion 2026).

    Beyond the edge of stability, where the sharpness S exceeds 2/η, gradient descent swings: its steps w_k lie by turns
    on both sides of a center c, at c ± a·v. Here v is a direction of norm 1, a > 0 a magnitude, H = ∇²L(c), S = vᵀH v,
    and L̄(c) = ½(L(c + a·v) + L(c − a·v)). The swing pulls c to where L is flatter, by a²/2·∇S to leading order, and
    dies out where S < 2/η. So S hovers at 2/η while gradient flow would go on to sharper solutions.

    The abstract of the paper names the three equations: gradient flow of a symmetrised loss for the center, the
    dynamics of Rayleigh quotients for the direction, exponential growth or decay by the sign of S − 2/η for the
    magnitude; two gradients and one product with the Hessian a step. Its text was not at hand. What follows is a
    reconstruction. With c_k = (w_k + w_(k+1))/2 and d_k = (w_k − w_(k+1))/2, gradient descent is exactly

        c_(k+1) = c_k − η/2·(∇L(c_k + d_k) + ∇L(c_k − d_k)),
        d_(k+1) = −(ηH̄ − I) d_k,  H̄ d = (∇L(c_k + d) − ∇L(c_k − d))/2.

    Put d_k = (−1)^k·a_k·v_k, and let a step last the time η: (a·v)' = (H̄ − 2/η)·a·v, whose length and direction are the
    equations for a and v, with H̄ for H. H̄ is H up to O(a²); with H it is the sharpness at c itself that rests at 2/η.
    (a' = a·log|ηS − 1|/η would meet the factor ηS − 1 exactly. Away from the edge that factor tells no swing: it is
    −1 at S = 0, where w_k moves on with c.)

    Each step is taken in equal parts: c by Euler's method, v by Euler's method and its norm, a by its exponential. a is
    never below the rounding of c, from which a swing of gradient descent in float64 grows. With a = 0, the flow is
    gradient flow. `history` counts steps of gradient descent; its loss is that of c, and `history.further` has S as
    "sharpness" and a as "magnitude". While another eigenvalue of H overtakes, v has yet to turn, and S is below λ_max.

    Attributes:
        step_size: η of gradient descent; None for the default of `GradientDescent`, which is below the edge.
        magnitude: a at the start, in units of θ; None for that of the first step, η/2·|vᵀ∇L(θ₀)|. v is the eigenvector
            of the largest eigenvalue that the gradient has a part in.
        substeps: the parts of a step, 2 or more.
        max_steps: the budget, in steps of gradient descent.

    Raises:
        InvalidInputError: a field out of its range.

    Source: Marion 2026, "Edge Flow: A Tractable and Predictive Continuous-Time Model for Gradient Descent at the Edge
        of Stability", arXiv 2606.18080; the exact recursion is that of Regis and Chewi 2026, arXiv 2602.01480.

    Example:
        >>> import numpy as np, ridgeless as rl
        >>> system = rl.LinearSystem(np.array([[1.0, 0.0]]), np.array([1.0]))
        >>> start = {"layers": np.array([[2.0, 0.0], [0.1, 0.0]])}  # gradient flow ends at sharpness 4.46
        >>> found = rl.train(system, rl.networks.Product(depth=2), start, EdgeFlow(step_size=0.6))
        >>> found.success, (found.history.further["sharpness"][[0, 3, -1]] * 0.6 / 2).round(2)
        (True, array([1.23, 0.77, 0.79]))
    """

    citation: ClassVar[str] = "Marion 2026, arXiv 2606.18080; Regis and Chewi 2026, arXiv 2602.01480"

    keeps_row_space: ClassVar[bool] = True

    step_size: float | None = None
    magnitude: float | None = None
    substeps: int = 4
    max_steps: int = 100_000

    @classmethod
    def examples(cls) -> tuple[EdgeFlow, ...]:  # noqa: D102
        return (cls(max_steps=20_000),)

    def __post_init__(self) -> None:
        if self.magnitude is not None and self.magnitude != 0:
            object.__setattr__(self, "magnitude", positive_number(self.magnitude, "flows.EdgeFlow", "magnitude"))
        whole_number(self.substeps, "flows.EdgeFlow", "substeps", least=2)
        super().__post_init__()

    def plan(self, problem: TrainingProblem) -> tuple[_steps.Rule, float | None]:
        """One rule for each number of substeps; where it begins is the problem's own."""
        size = _steps.default_size(problem) if self.step_size is None else self.step_size
        rule = _steps.Rule(
            ("edge flow", self.substeps),
            "EdgeFlow",
            "edge flow",
            lambda theta: _at_start(problem, theta, size, self.magnitude),
            _as_stepped,
            gradient=_stepped(self.substeps),
            tells=lambda memory: {name: memory[name] for name in ("sharpness", "magnitude")},
        )
        return rule, size


def _at_start(problem: TrainingProblem, theta: Any, size: float, magnitude: float | None) -> dict[str, Any]:
    """The memory of the flow before its first step."""
    arguments = (theta, *_jax.to_jax((problem.system.rows(), problem.system.b)))
    key = ("start of edge flow", problem.network)
    direction, sharpness, slope = _jax.compiled(key, _sharpest(problem.network), *arguments)(*arguments)
    begun = size / 2 * abs(slope) if magnitude is None else magnitude
    scalars = _jax.to_jax({"magnitude": begun, "sharpness": sharpness, "step_size": size})
    return {"direction": direction, **scalars}


def _sharpest(network: Network) -> Callable[..., Any]:
    """(theta, A, b) ↦ (v, vᵀH v, vᵀ∇L): powers of H on the gradient, then of H shifted until its largest one leads."""
    gradient = _jax.jax.grad(_jax.loss_of(network))

    def sharpest(theta: Any, A: Any, b: Any) -> Any:
        slope = gradient(theta, A, b)

        def product(vector: Any) -> Any:
            return _jax.jax.jvp(lambda weights: gradient(weights, A, b), (theta,), (vector,))[1]

        def powers(shift: Any, begun: Any) -> Any:
            return _jax.jax.lax.fori_loop(0, _POWER_STEPS, lambda _, v: _unit(_plus(product(v), shift, v)), begun)

        largest = powers(0.0, _unit(slope))
        direction = powers(_jax.jnp.abs(_dot(largest, product(largest))), largest)
        return direction, _dot(direction, product(direction)), _dot(direction, slope)

    return sharpest


def _stepped(substeps: int) -> Callable[..., Any]:
    """(loss, c, A, b, memory) ↦ (the change of c over a step, the memory after it)."""

    def stepped(loss: Any, center: Any, A: Any, b: Any, memory: Any) -> Any:
        jax, jnp = _jax.jax, _jax.jnp
        edge, span = 2 / memory["step_size"], memory["step_size"] / substeps

        def gradient(weights: Any) -> Any:
            return jax.grad(loss)(weights, A, b)

        def part(_: Any, state: Any) -> Any:
            center, now = state
            direction, magnitude = now["direction"], now["magnitude"]
            for side in (gradient(_plus(center, magnitude, direction)), gradient(_plus(center, -magnitude, direction))):
                center = _plus(center, -span / 2, side)
            image = jax.jvp(gradient, (center,), (direction,))[1]
            sharpness = _dot(direction, image)
            least = jnp.where(magnitude > 0, np.finfo(float).eps * _norm(center), 0.0)
            grown = jnp.maximum(magnitude * jnp.exp(span * (sharpness - edge)), least)
            turned = _unit(_plus(direction, span, image))
            return center, {**now, "direction": turned, "magnitude": grown, "sharpness": sharpness}

        after, remembered = jax.lax.fori_loop(0, substeps, part, (center, memory))
        return _plus(after, -1.0, center), remembered

    return stepped


def _as_stepped(stepped: Any, _memory: Any, _theta: Any, _step_size: Any) -> tuple[Any, Any]:
    """The step that has been taken already, since its parts need gradients of their own."""
    return stepped


def _plus(tree: Any, factor: Any, other: Any) -> Any:
    """tree + factor·other, leaf by leaf."""
    return _jax.jax.tree.map(lambda leaf, more: leaf + factor * more, tree, other)


def _dot(tree: Any, other: Any) -> Any:
    """The inner product over all leaves."""
    products = _jax.jax.tree.map(_jax.jnp.vdot, tree, other)
    return sum(_jax.jax.tree.leaves(products))


def _norm(tree: Any) -> Any:
    return _jax.jnp.sqrt(_dot(tree, tree))


def _unit(tree: Any) -> Any:
    """The tree over its norm; itself where that is 0."""
    size = _norm(tree)
    return _jax.jax.tree.map(lambda leaf: leaf / _jax.jnp.where(size > 0, size, 1.0), tree)
