"""Gradient flow on orthogonal matrices."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

from ridgeless._core.arrays import whole_number
from ridgeless.flows import _explicit, _jax
from ridgeless.flows._driver import LONGER, Snapshot, Target, drive, log_times
from ridgeless.flows._riemannian import (
    curvature_bound,
    is_stalled,
    orthogonal_network,
    orthonormalised,
    riemannian_gradient,
    seen_from_layers,
    stall_message,
)
from ridgeless.flows._stopwatch import Stopwatch
from ridgeless.flows.base import Flow, Run
from ridgeless.networks import Network, Orthogonal, TrainingProblem
from ridgeless.potentials import Bias
from ridgeless.solution import Status

# x settles after Ax does: flow on to a hundredth of the residual asked for, but not below rounding.
_AIM = 0.01
_FINEST_AIM = 1e-13
# A stall is told from the angle between two vectors, and that angle from x to more digits than x is asked for.
_ABSOLUTE = 1e-14
_FIRST_MARK = 1e-2
_BROKEN = "The integrator broke down: its steps became too small or not finite."


@dataclass(frozen=True)
class RiemannianFlow(Flow):
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

    is_continuous: ClassVar[bool] = True

    max_steps: int = 100_000

    def __post_init__(self) -> None:
        whole_number(self.max_steps, "flows.RiemannianFlow", "max_steps", least=1)

    @property
    def never_rises(self) -> bool:  # noqa: D102
        return True

    def settles_on(self, network: Network) -> bool:
        """`Orthogonal` networks."""
        return isinstance(network, Orthogonal)

    def run(self, problem: TrainingProblem, bias: Bias | None, tol: float) -> Run:  # noqa: ARG002
        """Integrate; the theorem is not used."""
        network = orthogonal_network(problem, "RiemannianFlow")
        goal = Target(problem, tol, aim=min(tol, max(_AIM * tol, _FINEST_AIM)))
        with _jax.double_precision(), Stopwatch() as watch:
            method = _RotationFlow(goal, network)
            watch.start()
            ended = drive(method, goal, self.max_steps)
            seconds = watch.seconds(ended.lift_s)
            theta = _jax.to_numpy(ended.last.state)
        return Run(
            x=ended.x,
            status=ended.status,
            message=ended.message,
            history=ended.history,
            method="Riemannian gradient flow",
            theta=problem.weights(theta),
            stats={
                "steps": ended.last.steps,
                **seconds,
            },
        )


class _RotationFlow:
    """Riemannian gradient flow as the driver sees it; the state is theta."""

    clock = "time"

    def __init__(self, goal: Target, network: Orthogonal) -> None:
        problem = goal.problem
        self.problem, self.aim = problem, goal.aim * problem.reference
        self.arrays = _jax.to_jax((problem.system.rows(), problem.system.b))
        self.theta0 = _jax.to_jax(problem.theta0)
        curvature = curvature_bound(network, problem)
        self.first_mark = _FIRST_MARK / curvature if curvature > 0 else 1.0
        scalars = _jax.to_jax((0.0, 1.0, self.aim))
        self.program = _jax.compiled(
            ("riemannian flow", network), _integrate(network), self.theta0, *self.arrays, scalars
        )
        _, views, _ = seen_from_layers(self.theta0, *self.arrays)
        self.is_at_rest = bool(is_stalled(network, *views[0]))

    def begin(self) -> Snapshot:
        return self._snapshot(0.0, 0, self.theta0, self.is_at_rest)

    def marks(self) -> Iterator[float]:
        return log_times(self.first_mark)

    def advance(self, snapshot: Snapshot, mark: float) -> Snapshot:
        # One call may end before the mark, at its own limit of steps: the driver comes back for the rest.
        scalars = _jax.to_jax((snapshot.at, mark, self.aim))
        theta, at, steps, is_fine, has_stalled = self.program(snapshot.state, *self.arrays, scalars)
        trouble = "" if bool(is_fine) else _BROKEN
        return self._snapshot(float(at), snapshot.steps + int(steps), theta, bool(has_stalled), trouble)

    def lost(self) -> str:
        return "The weights left the finite numbers."

    def advice(self, losses: list[float]) -> str:  # noqa: ARG002 - flow never swings
        return LONGER

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
