"""Gradient flow in weight coordinates: θ' = −∇L(θ), explicit while that is cheap, implicit once it is stiff.

Small starts end stiff: off the support of x the weights move a million times more slowly than on it. An explicit
method pays for the fast ones until the slow ones have settled; after a few thousand steps an implicit one takes over.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ridgeless._core.arrays import Vector
from ridgeless.flows import _explicit, _jax
from ridgeless.flows._driver import BROKEN, Method, Snapshot, Target, flow_marks
from ridgeless.flows._implicit import ImplicitFlow
from ridgeless.networks import Network, Theta
from ridgeless.solution import Status

_EXPLICIT_STEPS = 20_000
_MOST_IMPLICIT_WEIGHTS = 4000


class WeightFlow(Method):
    """Gradient flow in weight coordinates; the state is theta, or the implicit integrator."""

    label = "gradient flow in weight coordinates"

    def __init__(self, goal: Target) -> None:
        self.goal, self.network = goal, goal.problem.network
        network, system, theta0 = self.network, self.problem.system, self.problem.theta0
        self.arrays = _jax.to_jax((system.rows(), system.b))
        self.state0 = _jax.to_jax(theta0)
        self.aim = goal.aim * self.problem.reference
        leaves, self.structure = _jax.jax.tree.flatten(theta0)
        self.shapes = [leaf.shape for leaf in leaves]
        sizes = np.abs(_flat(leaves))
        typical = float(np.median(sizes[sizes > 0])) if sizes.any() else 1.0
        self.absolute = _explicit.RELATIVE * typical * 1e-2
        self.can_be_implicit = len(sizes) <= _MOST_IMPLICIT_WEIGHTS
        self.curvature = _jax.sharpness(network, self.state0, *self.arrays)
        scalars = _jax.to_jax((0.0, 1.0, self.aim, self.absolute))
        self.program = _jax.compiled(("flow", network), _integrate(network), self.state0, *self.arrays, scalars)

    def marks(self) -> Iterator[float]:
        return flow_marks(self.curvature)

    def advance(self, snapshot: Snapshot, mark: float) -> Snapshot:
        if isinstance(snapshot.state, ImplicitFlow):
            return self._advance_implicitly(snapshot, mark)
        if snapshot.steps >= _EXPLICIT_STEPS and self.can_be_implicit:
            return self._advance_implicitly(self._made_implicit(snapshot), mark)
        # One call may end before the mark, at its own limit of steps: the driver comes back for the rest.
        scalars = _jax.to_jax((snapshot.at, mark, self.aim, self.absolute))
        theta, at, steps, is_fine = self.program(snapshot.state, *self.arrays, scalars)
        trouble = "" if bool(is_fine) else BROKEN
        point = self.problem.point(_jax.seen(theta))
        return Snapshot(float(at), point, snapshot.steps + int(steps), theta, trouble, Status.STALLED)

    def theta(self, last: Snapshot) -> Theta:
        if isinstance(last.state, ImplicitFlow):
            return self._unflat(last.state.solver.y)
        return _jax.to_numpy(last.state)

    def _made_implicit(self, snapshot: Snapshot) -> Snapshot:
        flat = _flat(_jax.jax.tree.leaves(_jax.to_numpy(snapshot.state)))
        velocity = _jax.compiled(("velocity", self.network, self.structure), self._velocity, flat, *self.arrays)
        jacobian = _jax.compiled(
            ("jacobian", self.network, self.structure), _jax.jax.jacfwd(self._velocity), flat, *self.arrays
        )
        flow = ImplicitFlow(
            lambda y: np.array(velocity(y, *self.arrays)),
            lambda y: np.array(jacobian(y, *self.arrays)),
            snapshot.at,
            flat,
            _explicit.RELATIVE,
            self.absolute,
        )
        return Snapshot(snapshot.at, snapshot.point, snapshot.steps, flow)

    def _advance_implicitly(self, snapshot: Snapshot, mark: float) -> Snapshot:
        flow, steps, point, trouble = snapshot.state, snapshot.steps, snapshot.point, ""
        while flow.solver.t < mark and not trouble:
            trouble = "" if flow.step() else BROKEN
            steps += 1
            point = self.problem.point(self._unflat(flow.solver.y))
            if self.goal.residual(point) <= self.goal.aim:
                break
        return Snapshot(float(flow.solver.t), point, steps, flow, trouble, Status.STALLED)

    def _velocity(self, flat: Any, A: Any, b: Any) -> Any:
        gradient = _jax.jax.grad(_jax.loss_of(self.network))(self._unflat(flat), A, b)
        return -_jax.jnp.concatenate([leaf.ravel() for leaf in _jax.jax.tree.leaves(gradient)])

    def _unflat(self, flat: Any) -> Any:
        ends = np.cumsum([0] + [int(np.prod(shape)) for shape in self.shapes])
        leaves = [
            flat[begin:end].reshape(shape) for begin, end, shape in zip(ends, ends[1:], self.shapes, strict=False)
        ]
        return _jax.jax.tree.unflatten(self.structure, leaves)


def _flat(leaves: list[Any]) -> Vector:
    return np.concatenate([np.ravel(leaf) for leaf in leaves])


def _integrate(network: Network) -> Any:
    """The compiled part: integrate to a time, to the aim, or for 4096 steps, whichever comes first."""
    jax, jnp = _jax.jax, _jax.jnp
    gradient = jax.grad(_jax.loss_of(network))

    def velocity(_: Any, theta: Any, arrays: Any) -> Any:
        return jax.tree.map(jnp.negative, gradient(theta, *arrays[:2]))

    def has_arrived(_t: Any, theta: Any, arrays: Any, **_: Any) -> Any:
        A, b, aim = arrays
        return jnp.linalg.norm(A @ network(theta) - b) <= aim

    def integrate(theta: Any, A: Any, b: Any, scalars: Any) -> Any:
        begin, end, aim, absolute = scalars
        return _explicit.integrate(velocity, has_arrived, theta, (A, b, aim), (begin, end), absolute)

    return integrate
