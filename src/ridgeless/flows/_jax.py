"""The interface to JAX: float64 in its own scope, programs compiled once per shape, arrays back to NumPy."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from contextlib import AbstractContextManager
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from ridgeless.flows._stopwatch import compiling
from ridgeless.networks import TrainingProblem

# Each program on a CPU holds dozens of memory maps, of which Linux grants a process 65,530: the least recently used go.
_MOST_PROGRAMS = 128
_PROGRAMS: OrderedDict[Hashable, Any] = OrderedDict()
_POWER_STEPS = 60


def double_precision() -> AbstractContextManager[Any]:
    """A scope in which JAX computes in float64; outside of it nothing changes for the caller."""
    return jax.enable_x64(True)


def compiled(key: Hashable, function: Callable[..., Any], *arguments: Any) -> Any:
    """The program of `function` for arguments of these shapes, compiled once; stopwatches are told the seconds.

    Args:
        key: what the function closes over; equal keys must mean equal functions.
        function: pure, over pytrees of arrays.
        arguments: examples of what it will be called with.
    """
    shapes = tuple((leaf.shape, str(leaf.dtype)) for leaf in jax.tree.leaves(arguments))
    full_key = (key, jax.tree.structure(arguments), shapes)
    if full_key in _PROGRAMS:
        _PROGRAMS.move_to_end(full_key)
        return _PROGRAMS[full_key]
    began = time.perf_counter()
    program = jax.jit(function).lower(*arguments).compile()
    _PROGRAMS[full_key] = program
    if len(_PROGRAMS) > _MOST_PROGRAMS:
        _PROGRAMS.popitem(last=False)
    compiling(time.perf_counter() - began)
    return program


def to_jax(tree: Any) -> Any:
    """NumPy leaves to JAX arrays in float64; call it inside `double_precision`."""
    return jax.tree.map(lambda leaf: jnp.asarray(leaf, dtype=jnp.float64), tree)


def to_numpy(tree: Any) -> Any:
    """JAX leaves to NumPy arrays of their own."""
    return jax.tree.map(lambda leaf: np.array(leaf), tree)


def seen(tree: Any) -> Any:
    """JAX leaves as NumPy arrays that may share their memory: to be read at once."""
    return jax.tree.map(np.asarray, tree)


def loss_of(network: Any) -> Callable[[Any, Any, Any], Any]:
    """(theta, A, b) ↦ ½‖A x(theta) − b‖²."""

    def loss(theta: Any, A: Any, b: Any) -> Any:
        misfit = A @ network(theta) - b
        return jnp.vdot(misfit, misfit) / 2

    return loss


def is_stationary(problem: TrainingProblem) -> bool:
    """Whether every gradient vanishes at the start: training never leaves it."""
    arguments = to_jax((problem.theta0, problem.system.rows(), problem.system.b))
    program = compiled(("gradient", problem.network), jax.grad(loss_of(problem.network)), *arguments)
    gradient = program(*arguments)
    return not any(np.any(np.asarray(leaf) != 0) for leaf in jax.tree.leaves(gradient))


def sharpness(network: Any, theta: Any, A: Any, b: Any) -> float:
    """The eigenvalue of the loss's Hessian of largest size at theta, by power iteration from a seeded start."""
    gradient = jax.grad(loss_of(network))

    def largest(theta: Any, probe: Any, A: Any, b: Any) -> Any:
        def body(_: Any, carry: tuple[Any, Any]) -> tuple[Any, Any]:
            vector, _size = carry
            image = jax.jvp(lambda t: gradient(t, A, b), (theta,), (vector,))[1]
            size = jnp.sqrt(sum(jnp.vdot(leaf, leaf) for leaf in jax.tree.leaves(image)))
            return jax.tree.map(lambda leaf: leaf / jnp.where(size > 0, size, 1.0), image), size

        return jax.lax.fori_loop(0, _POWER_STEPS, body, (probe, jnp.float64(0.0)))[1]

    rng = np.random.default_rng(0)
    drawn = jax.tree.map(lambda leaf: rng.standard_normal(leaf.shape), theta)
    norm = np.sqrt(sum(np.vdot(leaf, leaf) for leaf in jax.tree.leaves(drawn)))
    probe = to_jax(jax.tree.map(lambda leaf: leaf / norm, drawn))
    program = compiled(("sharpness", network), largest, theta, probe, A, b)
    return float(program(theta, probe, A, b))
