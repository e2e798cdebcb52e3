"""Gradient descent on orthogonal matrices, by rotations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from ridgeless.flows import _jax
from ridgeless.flows._divergence import has_left, in_windows, noted, unwatched
from ridgeless.flows._driver import Method, Snapshot, Target
from ridgeless.flows._riemannian import (
    OrthogonalFlow,
    curvature_bound,
    is_stalled,
    orthonormalised,
    seen_from_layers,
    stall_message,
)
from ridgeless.flows._steps import DiscreteMethod, check_budget
from ridgeless.networks import Orthogonal, TrainingProblem
from ridgeless.solution import Status

# Rounding takes a layer away from QᵀQ = I by about 1e-16 a step.
_STEPS_BETWEEN_REPAIRS = 256


@dataclass(frozen=True)
class RiemannianDescent(OrthogonalFlow):
    """Q_i ← exp(−η·skew(G_i Q_iᵀ))Q_i on orthogonal layers (Ablin 2020), and w ← w − η·∇_w L where w is trained.

    All at once, for L = ½‖A x − b‖² and G_i = ∂L/∂Q_i. The skew matrix has rank two: its exponential is a rotation
    in one plane, known in closed form, and the step goes along a geodesic. Every 256 steps one Newton–Schulz step keeps
    ‖QᵀQ − I‖ at rounding. For `Orthogonal` networks.

    With a fixed w, L layers with steps η do exactly what one layer does with steps L·η, and every step keeps the
    direction of P_N x: the end is that of gradient flow, at any step below the stability bound. With w trained it
    is off by O(η).

    Attributes:
        step_size: η; None for 1/λ, half the stability bound 2/λ with σ = ‖A‖₂ and
            λ = σ²(τ + Lρ²/2) + σ‖A x₀ − b‖(Lρ/2 + τ√(L/2)): fixed w: τ = 0, ρ = ‖w‖; trained: τ = 1,
            ρ² = ‖w₀‖² + ‖A⁺b‖².
        max_steps: the budget.

    Example:
        >>> import numpy as np, ridgeless as rl
        >>> system = rl.LinearSystem(np.array([[3.0, 4.0]]), np.array([25.0]))
        >>> start = {"Q": [np.eye(2)], "w": np.array([13.0, 0.0])}
        >>> rl.train(system, rl.networks.Orthogonal(train_vector=False), start, RiemannianDescent()).x.round(6)
        array([12.6, -3.2])
    """

    citation: ClassVar[str] = "Ablin 2020, arXiv 2011.13831"

    asks_theorem: ClassVar[bool] = False

    step_size: float | None = None
    max_steps: int = 100_000

    @classmethod
    def examples(cls) -> tuple[RiemannianDescent, ...]:  # noqa: D102
        return (cls(max_steps=20_000),)

    def __post_init__(self) -> None:
        check_budget(self)

    def method(self, problem: TrainingProblem, network: Orthogonal, tol: float) -> Method:
        """Rotations by steps."""
        curvature = 0.0 if self.step_size else curvature_bound(network, problem)
        size = self.step_size or (1 / curvature if curvature > 0 else 1.0)
        return _Rotations(network, Target(problem, tol, aim=tol), size, self.max_steps)


class _Rotations(DiscreteMethod):
    """Riemannian gradient descent; the state is theta and the watch on the loss."""

    def __init__(self, network: Orthogonal, goal: Target, step_size: float, max_steps: int) -> None:
        super().__init__("RiemannianDescent", "Riemannian gradient descent", goal, step_size, max_steps)
        self.state0 = (self.theta0, unwatched())
        self.program = _jax.compiled(
            ("riemannian descent", network), _descend(network), self.state0, *self.arrays, *self._limits(0, 0)
        )

    def advance(self, snapshot: Snapshot, mark: float) -> Snapshot:
        limits = self._limits(snapshot.steps, int(mark))
        state, steps, loss, has_stalled = self.program(snapshot.state, *self.arrays, *limits)
        theta, watch = state
        point = self.problem.point(_jax.seen(theta))
        if not (float(loss) <= self.levels.ceiling and np.isfinite(point).all()) or has_left(watch):
            return Snapshot(float(steps), point, int(steps), state, self.lost(), Status.DIVERGED)
        trouble = stall_message(self.problem, theta) if bool(has_stalled) else ""
        return Snapshot(float(steps), point, int(steps), state, trouble, Status.STALLED)

    def _limits(self, begin: int, end: int) -> tuple[Any, Any]:
        scalars = _jax.to_jax((self.step_size, self.bound, self.levels.ceiling, self.levels.level))
        return scalars, (_jax.jnp.int64(begin), _jax.jnp.int64(end))


def _descend(network: Orthogonal) -> Any:
    """The compiled part: steps up to a mark, stopped early by arrival, stall or explosion."""
    jax, jnp = _jax.jax, _jax.jnp

    def repaired(layers: Any) -> Any:
        return [orthonormalised(layer) for layer in layers]

    def descend(state: Any, A: Any, b: Any, scalars: Any, counts: Any) -> Any:
        step_size, bound, ceiling, level = scalars
        begin, end = counts

        def goes_on(carry: Any, edge: Any) -> Any:
            (_, has_stalled), _, step, loss = carry
            return (step < edge) & (loss > bound) & (loss <= ceiling) & ~has_stalled

        def move(carry: Any) -> Any:
            (theta, _), watch, step, _ = carry
            misfit, views, pull = seen_from_layers(theta, A, b)
            loss, has_stalled = jnp.vdot(misfit, misfit) / 2, is_stalled(network, *views[0])
            # Loss and stall belong to theta: where training ends, theta is the answer and stays.
            moves = (loss > bound) & ~has_stalled
            stride = jnp.where(moves, step_size, 0.0)
            layers = [_rotated(layer, *view, stride) for layer, view in zip(theta["Q"], views, strict=True)]
            step = step + moves
            layers = jax.lax.cond(step % _STEPS_BETWEEN_REPAIRS == 0, repaired, lambda same: same, layers)
            vector = theta["w"] - stride * pull if network.train_vector else theta["w"]
            return ({"Q": layers, "w": vector}, has_stalled), noted(watch, loss), step, loss

        theta, watch = state
        carry = (theta, jnp.bool_(False)), watch, begin, ceiling
        (theta, has_stalled), watch, step, loss = in_windows(goes_on, move, carry, end, level)
        return (theta, watch), step, loss, has_stalled

    return descend


def _rotated(layer: Any, pull: Any, point: Any, stride: Any) -> Any:
    """exp(−stride·½(u vᵀ − v uᵀ))·Q for u = pull, v = point: Q turned in the plane of u and v (Rodrigues)."""
    jnp = _jax.jnp

    def unit(vector: Any) -> tuple[Any, Any]:
        size = jnp.linalg.norm(vector)
        return vector / jnp.where(size > 0, size, 1.0), size

    along, radius = unit(point)
    across, slope = unit(pull - jnp.vdot(pull, along) * along)
    angle = stride * radius * slope / 2
    # 1 − cos of a small angle, to all digits.
    sine, versine = jnp.sin(angle), 2 * jnp.sin(angle / 2) ** 2
    row_along, row_across = layer.T @ along, layer.T @ across
    return (
        layer
        - jnp.outer(across, sine * row_along + versine * row_across)
        + jnp.outer(along, sine * row_across - versine * row_along)
    )
