"""Riemannian gradients on orthogonal matrices, reorthonormalisation, and the test for a stall on the sphere.

With g = Aᵀ(A x − b) the gradient of the i-th layer is u_i (Q_iᵀv_i)ᵀ, u_i = (Q_1 … Q_(i−1))ᵀg and v_i the same of x.
In the Euclidean metric its part along the orthogonal matrices is Ω_i Q_i with Ω_i = ½(u_i v_iᵀ − v_i u_iᵀ), of rank
two: a slope, and a step along it, cost O(d²) and not O(d³).
"""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

import numpy as np

from ridgeless._core.arrays import norm
from ridgeless.errors import InvalidInputError
from ridgeless.flows import _jax
from ridgeless.flows._driver import Method, driven
from ridgeless.flows._stopwatch import Stopwatch
from ridgeless.flows.base import Flow, Run
from ridgeless.networks import Network, Orthogonal, TrainingProblem
from ridgeless.networks._sphere import EXACT, stall_reason
from ridgeless.potentials import Bias

# On the sphere x rests where g is parallel to it; the sine of the angle bounds what x still has to go, over ‖x‖,
# when the loss is convex there (gᵀx < 0). Elsewhere it is a saddle, and has to be one to all digits.
_STALLED = 1e-10


class OrthogonalFlow(Flow):
    """A flow that moves orthogonal layers. A subclass has a field `max_steps`."""

    max_steps: int

    @property
    def never_rises(self) -> bool:
        return True

    def settles_on(self, network: Network) -> bool:
        """`Orthogonal` networks."""
        return isinstance(network, Orthogonal)

    @abstractmethod
    def method(self, problem: TrainingProblem, network: Orthogonal, tol: float) -> Method:
        """Training of the problem's network, as the driver sees it."""

    def run(self, problem: TrainingProblem, bias: Bias | None, tol: float) -> Run:  # noqa: ARG002
        """Train; the theorem is not used."""
        if not isinstance(problem.network, Orthogonal):
            raise InvalidInputError(
                f"train: flows.{type(self).__name__} moves orthogonal layers, and {problem.network} has none; type "
                "rl.flows.GradientFlow() or rl.flows.GradientDescent(), or the network rl.networks.Orthogonal()."
            )
        with _jax.double_precision(), Stopwatch() as watch:
            return driven(self.method(problem, problem.network, tol), self.max_steps, watch)


def seen_from_layers(theta: Any, A: Any, b: Any) -> tuple[Any, list[tuple[Any, Any]], Any]:
    """A x − b, (u_i, v_i) for every layer, and the gradient of w."""
    point = theta["w"]
    for layer in reversed(theta["Q"]):
        point = layer @ point
    misfit = A @ point - b
    pull, views = A.T @ misfit, []
    for layer in theta["Q"]:
        views.append((pull, point))
        pull, point = layer.T @ pull, layer.T @ point
    return misfit, views, pull


def riemannian_gradient(network: Orthogonal, theta: Any, A: Any, b: Any) -> Any:
    """Ω_i Q_i for every layer, and ∇_w L, or 0 where w is not trained."""
    jnp = _jax.jnp
    _, views, pull = seen_from_layers(theta, A, b)
    slopes = [
        (jnp.outer(u, layer.T @ v) - jnp.outer(v, layer.T @ u)) / 2
        for layer, (u, v) in zip(theta["Q"], views, strict=True)
    ]
    return {"Q": slopes, "w": pull if network.train_vector else jnp.zeros_like(pull)}


def orthonormalised(layer: Any) -> Any:
    """One Newton–Schulz step towards the nearest orthogonal matrix: an error of ε becomes one of ε²."""
    return 1.5 * layer - 0.5 * layer @ (layer.T @ layer)


def is_stalled(network: Orthogonal, pull: Any, point: Any) -> Any:
    """Whether x cannot move: g is parallel to it, or it is 0, and w is not trained."""
    jnp = _jax.jnp
    if network.train_vector:
        return jnp.bool_(False)
    radial = jnp.vdot(pull, point)
    square = jnp.vdot(point, point)
    across = pull - radial / jnp.where(square > 0, square, 1.0) * point
    bound = jnp.where(radial < 0, _STALLED, EXACT)
    return (square == 0) | (jnp.linalg.norm(across) <= bound * jnp.linalg.norm(pull))


def stall_message(problem: TrainingProblem, theta: Any) -> str:
    """The sentence that tells where on the sphere training stalled, and what to do about it."""
    system = problem.system
    x = np.array(problem.network(theta))
    pull = system.rmatvec(system.matvec(x) - system.b)
    square = float(x @ x)
    shift = -float(pull @ x) / square if square > 0 else np.inf
    reason = stall_reason(float(np.sqrt(square)), norm(system.min_norm()), shift)
    return f"Training stalled: {reason}."


def curvature_bound(network: Orthogonal, problem: TrainingProblem) -> float:
    """λ = σ²(τ + Lρ²/2) + σ‖A x₀ − b‖(Lρ/2 + τ√(L/2)): no geodesic of unit speed sees a larger second derivative.

    σ = ‖A‖₂; fixed w: τ = 0 and ρ = ‖w‖, and every step below 2/λ lowers the loss, since
    d²/dt² ½‖A x − b‖² = ‖A x'‖² + (A x − b)ᵀA x'', ‖x'‖² ≤ (L/2)ρ², ‖x''‖ ≤ (L/2)ρ along a rotation of all layers.
    Trained w: τ = 1, and ρ² = ‖w₀‖² + ‖A⁺b‖², which bounds ‖x‖² at the end of gradient flow.
    """
    system, trained = problem.system, float(network.train_vector)
    radius = norm(problem.theta0["w"])
    if trained:
        radius = float(np.hypot(radius, norm(system.min_norm())))
    size, misfit = system.spectral_norm, problem.misfit(problem.point(problem.theta0))
    half = network.depth / 2
    return size**2 * (trained + half * radius**2) + size * misfit * (half * radius + trained * np.sqrt(half))
