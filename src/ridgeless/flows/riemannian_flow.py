"""Gradient flow on orthogonal matrices."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

from ridgeless._core.arrays import whole_number
from ridgeless.flows import _explicit, _jax
from ridgeless.flows._driver import BROKEN, Method, Snapshot, Target, flow_marks
from ridgeless.flows._riemannian import (
    OrthogonalFlow,
    curvature_bound,
    is_stalled,
    orthonormalised,
    riemannian_gradient,
    seen_from_layers,
    stall_message,
)
from ridgeless.networks import Orthogonal, Theta, TrainingProblem
from ridgeless.solution import Status

# A stall is told from the angle between two vectors, and that angle from x to more digits than x is asked for.
_ABSOLUTE = 1e-14


@dataclass(frozen=True)
class RiemannianFlow(OrthogonalFlow):
    """Q_i' = −skew(G_i Q_iᵀ)Q_i on orthogonal layers (Ablin 2020), and w' = −∇_w L where w is trained.

    G_i = ∂L/∂Q_i for L = ½‖A x − b‖², in the Euclidean metric: skew(M) = (M − Mᵀ)/2. Integrated by diffrax's explicit
    Dopri8 until the residual is within tolerance, or until the slope along the sphere vanishes though A x ≠ b
    (STALLED, with the reason). The layers are brought back to QᵀQ = I between marks. For `Orthogonal` networks. Where
    w is trained and (L/2)‖x‖² is far above 1, x turns that much faster than it grows, and steps are many: `rl.limit`
    gives the end at once.

    Attributes:
        max_steps: the budget of integration steps.

    Example:
        >>> import numpy as np, ridgeless as rl
        >>> system = rl.LinearSystem(np.array([[3.0, 4.0]]), np.array([25.0]))
        >>> start = {"Q": [np.eye(2)], "w": np.array([13.0, 0.0])}
        >>> rl.train(system, rl.networks.Orthogonal(train_vector=False), start, RiemannianFlow()).x.round(6)
        array([12.6, -3.2])
    """

    citation: ClassVar[str] = "Ablin 2020, arXiv 2011.13831"

    is_continuous: ClassVar[bool] = True

    max_steps: int = 100_000

    def __post_init__(self) -> None:
        whole_number(self.max_steps, "flows.RiemannianFlow", "max_steps", least=1)

    def method(self, problem: TrainingProblem, network: Orthogonal, tol: float) -> Method:
        """Rotations in continuous time."""
        return _RotationFlow(Target.of_flow(problem, tol), network)


class _RotationFlow(Method):
    """Riemannian gradient flow; the state is theta."""

    label = "Riemannian gradient flow"

    def __init__(self, goal: Target, network: Orthogonal) -> None:
        problem = goal.problem
        self.goal, self.aim = goal, goal.aim * problem.reference
        self.arrays = _jax.to_jax((problem.system.rows(), problem.system.b))
        self.state0 = _jax.to_jax(problem.theta0)
        self.curvature = curvature_bound(network, problem)
        scalars = _jax.to_jax((0.0, 1.0, self.aim))
        self.program = _jax.compiled(
            ("riemannian flow", network), _integrate(network), self.state0, *self.arrays, scalars
        )
        _, views, _ = seen_from_layers(self.state0, *self.arrays)
        self.is_at_rest = bool(is_stalled(network, *views[0]))

    def begin(self) -> Snapshot:
        return self._snapshot(0.0, 0, self.state0, self.is_at_rest)

    def marks(self) -> Iterator[float]:
        return flow_marks(self.curvature)

    def advance(self, snapshot: Snapshot, mark: float) -> Snapshot:
        # One call may end before the mark, at its own limit of steps: the driver comes back for the rest.
        scalars = _jax.to_jax((snapshot.at, mark, self.aim))
        theta, at, steps, is_fine, has_stalled = self.program(snapshot.state, *self.arrays, scalars)
        trouble = "" if bool(is_fine) else BROKEN
        return self._snapshot(float(at), snapshot.steps + int(steps), theta, bool(has_stalled), trouble)

    def theta(self, last: Snapshot) -> Theta:
        return _jax.to_numpy(last.state)

    def _snapshot(self, at: float, steps: int, theta: Any, has_stalled: bool, trouble: str = "") -> Snapshot:
        trouble = stall_message(self.problem, theta) if has_stalled and not trouble else trouble
        return Snapshot(at, self.problem.point(_jax.seen(theta)), steps, theta, trouble, Status.STALLED)


def _integrate(network: Orthogonal) -> Any:
    """The compiled part: integrate to a time, to the aim, to a stall, or for 4096 steps, whichever comes first."""
    jax, jnp = _jax.jax, _jax.jnp

    def velocity(_: Any, theta: Any, arrays: Any) -> Any:
        return jax.tree.map(jnp.negative, riemannian_gradient(network, theta, *arrays[:2]))

    def has_ended(_t: Any, theta: Any, arrays: Any, **_: Any) -> Any:
        misfit, views, _ = seen_from_layers(theta, *arrays[:2])
        return (jnp.linalg.norm(misfit) <= arrays[2]) | is_stalled(network, *views[0])

    def integrate(theta: Any, A: Any, b: Any, scalars: Any) -> Any:
        begin, end, aim = scalars
        last, at, steps, is_fine = _explicit.integrate(velocity, has_ended, theta, (A, b, aim), (begin, end), _ABSOLUTE)
        last = {**last, "Q": [orthonormalised(layer) for layer in last["Q"]]}
        has_stalled = is_stalled(network, *seen_from_layers(last, A, b)[1][0])
        return last, at, steps, is_fine, has_stalled

    return integrate
