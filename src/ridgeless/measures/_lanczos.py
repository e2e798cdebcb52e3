"""The largest eigenvalue of the Hessian of a training loss, by Lanczos' method on products with it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

from ridgeless._core.extras import needed_by
from ridgeless.networks import Network, Theta
from ridgeless.systems import LinearSystem

# Products with the Hessian in one attempt; the next takes four times as many, and starts afresh.
_FIRST, _MORE, _MOST = 32, 4, 512
_MOST_NUMBERS = 2**27  # 1 GiB of Lanczos vectors


class Eigenvalue(NamedTuple):
    """An eigenvalue λ of a symmetric matrix H as Lanczos' method has it, from a Ritz vector z, ‖z‖ = 1.

    Attributes:
        value: zᵀH z ≈ λ.
        residual: ‖H z − (zᵀH z) z‖, which bounds the distance from `value` to an eigenvalue.
        size: the largest eigenvalue in size, ‖H‖, or a little less.
    """

    value: float
    residual: float
    size: float

    def is_within(self, tolerance: float) -> bool:
        """Whether the residual is at most tolerance·‖H‖."""
        return self.residual <= tolerance * self.size


def largest_eigenvalue(network: Network, theta: Theta, system: LinearSystem, tolerance: float) -> Eigenvalue:
    """λ_max of the Hessian of ½‖A x(theta) − b‖² by theta.

    The residual bounds the distance to an eigenvalue: to the largest one, unless the random vector that Lanczos' method
    starts from is orthogonal to its eigenvectors.

    Args:
        network: that is trained.
        theta: its weights.
        system: A x = b; A is expanded to rows.
        tolerance: on the residual, relative to ‖H‖. The last attempt is returned whether it meets it or not.

    Raises:
        MissingDependencyError: JAX or matfree is not installed.
        InvalidInputError: A is too large to be expanded.
    """
    from ridgeless.flows import _jax  # loads JAX

    rows, size = system.rows(), sum(leaf.size for leaf in _jax.jax.tree.leaves(theta))
    probe = np.random.default_rng(0).standard_normal(size)
    found = Eigenvalue(np.nan, np.nan, np.nan)
    with _jax.double_precision():
        arguments = _jax.to_jax((theta, probe, rows, system.b))
        for depth in _depths(size):
            program = _jax.compiled(("lanczos", network, depth), _first_ritz_pair(network, depth), *arguments)
            moved, *numbers = (float(number) for number in program(*arguments))
            if moved == 0:  # the Hessian is 0, and Lanczos' method divides by it
                return Eigenvalue(0.0, 0.0, 0.0)
            found = Eigenvalue(*numbers)
            if found.is_within(tolerance) or not np.isfinite(found.residual):
                break
    return found


def _depths(size: int) -> Iterator[int]:
    most = min(size, _MOST, max(_MOST_NUMBERS // size, 1))
    depth = _FIRST
    while depth < most:
        yield depth
        depth *= _MORE
    yield most


def _first_ritz_pair(network: Network, depth: int) -> Callable[..., Any]:
    """(theta, probe, A, b) ↦ ‖H probe‖ and the fields of `Eigenvalue`."""
    with needed_by("measures.Sharpness"):
        from matfree.decomp import tridiag_sym

        from ridgeless.flows import _jax

    jax, jnp = _jax.jax, _jax.jnp
    gradient = jax.grad(_jax.loss_of(network))
    decompose = tridiag_sym(depth, reortho="full", custom_vjp=False)

    def first_ritz_pair(theta: Any, probe: Any, A: Any, b: Any) -> Any:
        _, unflat = jax.flatten_util.ravel_pytree(theta)

        def product(vector: Any) -> Any:
            moved = jax.jvp(lambda weights: gradient(weights, A, b), (theta,), (unflat(vector),))[1]
            return jax.flatten_util.ravel_pytree(moved)[0]

        found = decompose(product, probe)
        ritz_values, ritz_vectors = jnp.linalg.eigh(found.J_small)
        vector = ritz_vectors[:, -1] @ found.Q_tall
        vector = vector / jnp.linalg.norm(vector)
        image = product(vector)
        value = jnp.vdot(vector, image)
        residual, size = jnp.linalg.norm(image - value * vector), jnp.max(jnp.abs(ritz_values))
        return jnp.linalg.norm(product(probe)), value, residual, size

    return first_ritz_pair
