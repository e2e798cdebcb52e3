"""Plain gradient descent on the weights, with or without momentum."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from ridgeless.arrays import positive_number, whole_number
from ridgeless.errors import InvalidInputError
from ridgeless.flows import _jax
from ridgeless.flows._driver import Snapshot, Target, drive, log_steps, rest, target
from ridgeless.flows.base import Flow, Run
from ridgeless.networks import Network, Theta
from ridgeless.potentials import Bias
from ridgeless.solution import Status
from ridgeless.systems import LinearSystem

# A rise that rounding or the transient of momentum cannot explain.
_RISE = 1.01
_RISE_WITH_MOMENTUM = 10.0
_EXPLOSION = 1e6


@dataclass(frozen=True)
class GradientDescent(Flow):
    """θ ← θ − η·v, v ← β·v + ∇L(θ), for L = ½‖A x(θ) − b‖²: in float64, compiled once per shape.

    A finite step moves the end point away from that of gradient flow, by an amount that grows with the step.

    Attributes:
        step_size: η; None for half the stability bound, at the start and at an estimate of the sharpness at the end:
            1/max(λ_max(∇²L(θ₀)), σ_max²·D²·(‖θ*‖₂·√(d/n))^(2−2/D)).
        momentum: β in [0, 1), heavy-ball.
        max_steps: the budget.

    Example:
        >>> GradientDescent(step_size=0.1).max_steps
        100000
    """

    step_size: float | None = None
    momentum: float = 0.0
    max_steps: int = 100_000

    def __post_init__(self) -> None:
        if self.step_size is not None:
            size = positive_number(self.step_size, "flows.GradientDescent", "step_size")
            object.__setattr__(self, "step_size", size)
        is_number = isinstance(self.momentum, (int, float)) and not isinstance(self.momentum, bool)
        if not is_number or not 0 <= self.momentum < 1:
            raise InvalidInputError(
                f"flows.GradientDescent: momentum = {self.momentum!r}; type a number from 0 to below 1."
            )
        whole_number(self.max_steps, "flows.GradientDescent", "max_steps", least=1)

    def run(self, system: LinearSystem, network: Network, theta0: Theta, bias: Bias | None, tol: float) -> Run:  # noqa: ARG002
        """Train from theta0; the theorem is not used."""
        with _jax.double_precision():
            goal = target(system, np.asarray(network(theta0)), tol, aim=tol)
            if _jax.is_stationary(network, *_jax.to_jax((theta0, system.rows(), system.b))):
                return rest(goal, theta0, np.asarray(network(theta0)), "step", "gradient descent")
            method = _Descent(self, goal, network, theta0)
            began = time.perf_counter()
            last, status, message, history = drive(method, goal, self.max_steps)
            run_s = time.perf_counter() - began
            theta = _jax.to_numpy(last.state[0])
        return Run(
            x=last.x,
            status=status,
            message=message,
            history=history,
            method=f"gradient descent, step {method.step_size:.3g}"
            + (f", momentum {self.momentum:g}" if self.momentum else ""),
            theta=theta,
            stats={
                "steps": last.steps,
                "run_s": run_s,
                "compile_s": method.compile_s,
                "step_size": method.step_size,
            },
        )


def default_step(network: Network, system: LinearSystem, sharpness_at_start: float) -> float:
    """1/max(λ₀, λ_end): half the stability bound 2/λ, with λ_end as the end of a sparse solution would have it."""
    degree = network.homogeneity
    equations, unknowns = system.shape
    size = float(np.linalg.norm(system.min_norm())) * np.sqrt(max(unknowns / equations, 1.0))
    at_end = system.spectral_norm**2 * degree**2 * size ** (2 - 2 / degree)
    largest = max(sharpness_at_start, at_end)
    return float(1 / largest) if largest > 0 else 1.0


class _Descent:
    """Gradient descent as the driver sees it; the state is (theta, velocity)."""

    clock = "step"

    def __init__(self, flow: GradientDescent, goal: Target, network: Network, theta0: Theta) -> None:
        self.flow, self.network = flow, network
        self.arrays = _jax.to_jax((goal.system.rows(), goal.system.b))
        self.theta0 = _jax.to_jax(theta0)
        self.bound = 0.5 * (goal.aim * goal.reference) ** 2
        if flow.step_size is None:
            curvature = _jax.sharpness(network, self.theta0, *self.arrays)
            self.step_size = default_step(network, goal.system, curvature)
        else:
            self.step_size = float(flow.step_size)
        still = _jax.jax.tree.map(_jax.jnp.zeros_like, self.theta0)
        self.state0 = (self.theta0, still)
        scalars = _jax.to_jax((self.step_size, flow.momentum, self.bound, np.inf))
        counts = (_jax.jnp.int64(0), _jax.jnp.int64(0))
        self.program, self.compile_s = _jax.compiled(
            ("descent", network), _descend(network), self.state0, *self.arrays, scalars, counts
        )
        self.ceiling = np.inf

    def begin(self) -> Snapshot:
        x = np.array(self.network(self.theta0))
        misfit = np.asarray(self.arrays[0]) @ x - np.asarray(self.arrays[1])
        self.ceiling = _EXPLOSION * max(float(misfit @ misfit) / 2, self.bound)
        return Snapshot(0.0, x, 0, self.state0)

    def marks(self) -> Iterator[float]:
        return (float(step) for step in log_steps(self.flow.max_steps))

    def advance(self, snapshot: Snapshot, mark: float) -> Snapshot:
        scalars = _jax.to_jax((self.step_size, self.flow.momentum, self.bound, self.ceiling))
        counts = (_jax.jnp.int64(snapshot.steps), _jax.jnp.int64(int(mark)))
        state, steps, loss = self.program(snapshot.state, *self.arrays, scalars, counts)
        x = np.array(self.network(state[0]))
        trouble = "" if float(loss) <= self.ceiling and np.isfinite(x).all() else self._divergence()
        return Snapshot(float(steps), x, int(steps), state, trouble, Status.DIVERGED)

    def is_rising(self, losses: list[float]) -> str:
        latest = losses[-1]
        if not np.isfinite(latest):
            return self._divergence()
        # With momentum the loss may swing; without, any rise beyond rounding is the step's fault.
        best = losses[0] if self.flow.momentum else min(losses)
        allowed = _RISE_WITH_MOMENTUM if self.flow.momentum else _RISE
        return self._divergence() if len(losses) > 1 and latest > allowed * max(best, self.bound) else ""

    def _divergence(self) -> str:
        return (
            f"The loss rose with steps of {self.step_size:.6g}: they are too long. "
            f"Type rl.flows.GradientDescent(step_size={self.step_size / 2:.6g})."
        )


def _descend(network: Network) -> Any:
    """The compiled part: steps up to a mark, stopped early by arrival or explosion."""
    jax, jnp = _jax.jax, _jax.jnp
    value_and_gradient = jax.value_and_grad(_jax.loss_of(network))

    def descend(state: Any, A: Any, b: Any, scalars: Any, counts: Any) -> Any:
        step_size, momentum, bound, ceiling = scalars
        begin, end = counts

        def goes_on(carry: Any) -> Any:
            _, step, loss = carry
            return (step < end) & (loss > bound) & (loss <= ceiling)

        def body(carry: Any) -> Any:
            (theta, velocity), step, _ = carry
            loss, gradient = value_and_gradient(theta, A, b)
            # The loss belongs to theta: where it is small enough, theta is the answer and stays.
            moves = loss > bound
            velocity = jax.tree.map(lambda v, g: momentum * v + g, velocity, gradient)
            theta = jax.tree.map(lambda t, v: jnp.where(moves, t - step_size * v, t), theta, velocity)
            return (theta, velocity), step + moves, loss

        return jax.lax.while_loop(goes_on, body, (state, begin, ceiling))

    return descend
