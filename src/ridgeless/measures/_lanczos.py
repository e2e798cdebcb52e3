"""The largest eigenvalue of the Hessian of a training loss, by Lanczos' method on products with it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from ridgeless.errors import MissingDependencyError
from ridgeless.networks import Network, Theta
from ridgeless.systems import LinearSystem

# Products with the Hessian in one attempt; the next takes four times as many, and starts afresh.
_FIRST, _MORE, _MOST = 32, 4, 512
_MOST_NUMBERS = 2**27  # 1 GiB of Lanczos vectors


def largest_eigenvalue(network: Network, theta: Theta, system: LinearSystem, tolerance: float) -> tuple[float, float]:
    """(λ, residual) with λ ≈ λ_max of the Hessian of ½‖A x(theta) − b‖² by theta.

    λ = zᵀH z is the Rayleigh quotient of the first Ritz vector z, ‖z‖ = 1, and the residual ‖H z − λ z‖ bounds the
    distance from λ to an eigenvalue: to the largest, but for random probes that are orthogonal to its vector.

    Args:
        network: that is trained.
        theta: its weights.
        system: A x = b; A is expanded to rows.
        tolerance: on the residual, relative to λ. The last attempt is returned whether it meets it or not.

    Raises:
        MissingDependencyError: JAX or matfree is not installed.
        InvalidInputError: A is too large to be expanded.
    """
    from ridgeless.flows import _jax  # loads JAX

    rows, size = system.rows(), sum(leaf.size for leaf in _jax.jax.tree.leaves(theta))
    probe = np.random.default_rng(0).standard_normal(size)
    value, residual = np.nan, np.nan
    with _jax.double_precision():
        arguments = _jax.to_jax((theta, probe, rows, system.b))
        for depth in _depths(size):
            program = _jax.compiled(("lanczos", network, depth), _first_ritz_pair(network, depth), *arguments)
            moved, value, residual = (float(number) for number in program(*arguments))
            if moved == 0:  # the Hessian is 0, and Lanczos' method divides by it
                return 0.0, 0.0
            if not residual > tolerance * abs(value):
                break
    return value, residual


def _depths(size: int) -> Iterator[int]:
    most = min(size, _MOST, max(_MOST_NUMBERS // size, 1))
    depth = _FIRST
    while depth < most:
        yield depth
        depth *= _MORE
    yield most


def _first_ritz_pair(network: Network, depth: int) -> Callable[..., Any]:
    """(theta, probe, A, b) ↦ ‖H probe‖, zᵀH z, ‖H z − (zᵀH z) z‖."""
    from ridgeless.flows import _jax

    try:
        from matfree.decomp import tridiag_sym
    except ImportError as error:
        raise MissingDependencyError(
            'measures.Sharpness: Lanczos\' method needs matfree; type pip install "ridgeless[lab]".'
        ) from error

    jax, jnp = _jax.jax, _jax.jnp
    gradient = jax.grad(_jax.loss_of(network))
    decompose = tridiag_sym(depth, reortho="full", custom_vjp=False)

    def first_ritz_pair(theta: Any, probe: Any, A: Any, b: Any) -> Any:
        _, unflat = jax.flatten_util.ravel_pytree(theta)

        def product(vector: Any) -> Any:
            moved = jax.jvp(lambda weights: gradient(weights, A, b), (theta,), (unflat(vector),))[1]
            return jax.flatten_util.ravel_pytree(moved)[0]

        found = decompose(product, probe)
        vector = jnp.linalg.eigh(found.J_small)[1][:, -1] @ found.Q_tall
        vector = vector / jnp.linalg.norm(vector)
        image = product(vector)
        value = jnp.vdot(vector, image)
        return jnp.linalg.norm(product(probe)), value, jnp.linalg.norm(image - value * vector)

    return first_ritz_pair
