"""A function of the user's own, evaluated and differentiated by JAX: the only module of the networks that imports it.

`networks.Function` imports it when it is called, so that the networks by themselves load no JAX. Everything computes in
float64, in a scope of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from ridgeless._core.arrays import Vector
from ridgeless._core.extras import needed_by
from ridgeless._core.memory import available_bytes, gibibytes
from ridgeless.errors import InvalidInputError

with needed_by("networks.Function"):
    import jax

if TYPE_CHECKING:
    from ridgeless.networks.function import Function

# Networks whose compiled programs are kept.
_KEPT = 64


def is_jax(theta: Mapping[str, Any]) -> bool:
    """Whether some weights are JAX's arrays, or its tracers."""
    return any(isinstance(leaf, jax.Array) for leaf in jax.tree.leaves(dict(theta)))


def value(network: Function, theta: Mapping[str, Any]) -> Vector:
    """The x of weights that NumPy can read, in float64."""
    with jax.enable_x64(True):
        return np.array(_program(network)(_arrays(theta)))


def unknowns_of(network: Function, theta: Mapping[str, Any]) -> int:
    """The length of x, from the shapes of the weights alone.

    Raises:
        InvalidInputError: the function fails on these shapes, or makes something else than a vector in float64.
    """
    try:
        with jax.enable_x64(True):
            found: Any = _program(network).eval_shape(_shapes(theta))
    except Exception as error:
        why = next(iter(str(error).splitlines()), "")
        raise InvalidInputError(
            f"{network}: apply fails on float64 arrays of the shapes of its layout ({type(error).__name__}: {why})."
        ) from error
    if not hasattr(found, "shape") or len(found.shape) != 1 or found.dtype != np.float64:
        came = f"shape {found.shape} and type {found.dtype}" if hasattr(found, "shape") else repr(type(found))
        raise InvalidInputError(
            f"{network}: apply returns {came}; it needs one array x of shape (d,) in float64. End it with .ravel(), "
            "and leave the type of what it is given."
        )
    return found.shape[0]


def tangent_metric(network: Function, theta: Mapping[str, Any], z: Vector) -> Vector:
    """J Jᵀ z by a vector–Jacobian and a Jacobian–vector product; J itself is never formed.

    Raises:
        InvalidInputError: it would not fit into memory.
    """
    arrays = _arrays(theta)
    shapes = tuple((name, leaf.shape) for name, leaf in _named_leaves(arrays))
    with jax.enable_x64(True):
        return np.array(_metric_program(network, shapes, jax.tree.structure(arrays))(arrays, np.asarray(z, float)))


@lru_cache(maxsize=_KEPT)
def _program(network: Function) -> Any:
    return jax.jit(network.forward)


@lru_cache(maxsize=_KEPT)
def _metric_program(network: Function, shapes: tuple[Any, ...], structure: Any) -> Any:
    """The compiled product, once it is known to fit."""
    theta = jax.tree.unflatten(structure, [jax.ShapeDtypeStruct(shape, np.float64) for _, shape in shapes])
    z = jax.ShapeDtypeStruct((unknowns_of(network, theta),), np.float64)
    program = jax.jit(_metric(network.forward)).lower(theta, z).compile()
    _refuse_beyond_memory(network, program)
    return program


def _metric(apply: Callable[[Any], Any]) -> Callable[[Any, Any], Any]:
    def product(theta: Any, z: Any) -> Any:
        (gradient,) = jax.vjp(apply, theta)[1](z)
        return jax.jvp(apply, (theta,), (gradient,))[1]

    return product


def _refuse_beyond_memory(network: Function, program: Any) -> None:
    stats = program.memory_analysis()
    needed = 0 if stats is None else stats.temp_size_in_bytes + stats.output_size_in_bytes
    free = _free_bytes()
    if free is not None and needed > free:
        raise InvalidInputError(
            f"tangent_metric: a product J Jᵀz of {network} needs {gibibytes(needed)}, and {gibibytes(free)} are free. "
            "Let apply work through its points in parts, with jax.lax.map, or recompute, with jax.checkpoint."
        )


def _free_bytes() -> int | None:
    """The free memory of the device that JAX computes on; None where it is not told."""
    told = jax.devices()[0].memory_stats()
    if told and "bytes_limit" in told:
        return told["bytes_limit"] - told.get("bytes_in_use", 0)
    return available_bytes()


def _arrays(theta: Mapping[str, Any]) -> Any:
    return jax.tree.map(lambda leaf: np.asarray(leaf, dtype=np.float64), dict(theta))


def _shapes(theta: Mapping[str, Any]) -> Any:
    return jax.tree.map(lambda leaf: jax.ShapeDtypeStruct(leaf.shape, np.float64), dict(theta))


def _named_leaves(theta: Any) -> list[tuple[str, Any]]:
    return [(jax.tree_util.keystr(path), leaf) for path, leaf in jax.tree_util.tree_leaves_with_path(theta)]
