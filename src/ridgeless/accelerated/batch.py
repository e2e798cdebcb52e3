"""Limits of depth-2 networks in batches: the dual Newton method of `rl.limit`, vectorised over starts and systems.

Problems are built and checked in NumPy, one lane each, and solved as one JAX program by `_homotopy`.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import jax
import numpy as np
from jaxtyping import Bool, Float, Int

from ridgeless._core.arrays import norm, positive_number
from ridgeless._core.brief import brief
from ridgeless.accelerated._homotopy import Lane, LaneEnd, solve
from ridgeless.errors import InvalidInputError, NoExactLimit
from ridgeless.flows._jax import compiled, double_precision, to_jax, to_numpy
from ridgeless.flows._stopwatch import Stopwatch
from ridgeless.inits.base import start
from ridgeless.limits.depth_two.exponentials import exponentials
from ridgeless.limits.separable import aim
from ridgeless.limits.sign_feasibility import require_feasible_signs
from ridgeless.limits.tolerances import TOLERANCES
from ridgeless.potentials import Bias, SeparablePotential
from ridgeless.potentials.branches import ExponentialProfile
from ridgeless.solution import Status
from ridgeless.systems import LinearSystem

# The most entries of B that one program holds over all its lanes.
_MOST_ENTRIES = 2**26


@dataclass(frozen=True, eq=False)
class BatchedLimits:
    """The limits of k trainings as NumPy arrays, one item each.

    Attributes:
        x: (k, d).
        dual: ν (k, n) with ∇Φ(x) = offset + Aᵀν.
        residual: ‖Ax − b‖/‖b‖, shape (k,).
        status: CONVERGED only where the residual is within tolerance.
        steps: Newton steps, shape (k,).
        run_s: seconds for all of them.
        compile_s: seconds spent on compiling; 0 where the shapes were known.
    """

    x: Float[np.ndarray, "k d"]
    dual: Float[np.ndarray, "k n"]
    residual: Float[np.ndarray, " k"]
    status: tuple[Status, ...]
    steps: Int[np.ndarray, " k"]
    run_s: float
    compile_s: float

    __repr__ = brief

    @property
    def success(self) -> Bool[np.ndarray, " k"]:
        """(k,) whether each residual is within tolerance."""
        return np.array([each is Status.CONVERGED for each in self.status])


def limit_batch(systems: Any, network: Any, inits: Any, tol: float = 1e-10, seed: int = 0) -> BatchedLimits:
    """Where gradient flow from many starts, on many systems, ends: `rl.limit` for each, as one program.

    For networks whose mirror map is made of exponentials: `Difference(2)`, `Product(2)`, `Power(2)` and
    `TwoBranch(2)`. The dual Newton method of `rl.limit` in float64 on static shapes, a lane for each item, on whatever
    device JAX has; both agree to 1e-10. Systems that share A (`system.with_right(b)`) share its factorisation.

    Args:
        systems: one `LinearSystem`, or several of one shape.
        network: how x is parametrised.
        inits: one init (or dict), or several; where systems and inits are both several, they go in pairs.
        tol: on each residual.
        seed: for inits that draw.

    Returns:
        Arrays with one item for each pair.

    Raises:
        NoExactLimit: no theorem covers a start, or the network is not of depth 2.
        InconsistentSystemError, InfeasibleSignsError: as `rl.limit`, before any work.
        InvalidInputError: lists of different lengths, or systems of different shapes.

    Example:
        >>> import numpy as np, ridgeless as rl
        >>> system = rl.LinearSystem(np.array([[1.0, 2.0]]), np.array([2.0]))
        >>> inits = [rl.inits.Constant(scale) for scale in (1e-8, 1e3)]
        >>> rl.accelerated.limit_batch(system, rl.networks.Difference(depth=2), inits).x.round(6)
        array([[0. , 1. ],
               [0.4, 0.8]])
    """
    began = time.perf_counter()
    tol = positive_number(tol, "limit_batch", "tol")
    pairs = _pairs(systems, inits)
    theorems = [_theorem(system, network, init, seed) for system, init in pairs]
    rates = {rate for _, rate, _ in theorems}
    if len(rates) > 1:
        raise NoExactLimit(f"limit_batch: {network} has mirror maps of different rates here; type rl.limit for each.")
    lanes = [_lane(system, both, bias) for (system, _), (bias, _, both) in zip(pairs, theorems, strict=True)]
    found, compile_s = _solve_all(lanes, [system for system, _ in pairs], rates.pop(), aim(tol))
    x, dual, residual = _read_results(found, lanes, pairs, theorems)
    status = tuple(Status.CONVERGED if np.isfinite(each) and each <= tol else Status.STALLED for each in residual)
    steps = np.asarray(found.steps, dtype=np.int64)
    return BatchedLimits(x, dual, residual, status, steps, time.perf_counter() - began - compile_s, compile_s)


def _pairs(systems: Any, inits: Any) -> list[tuple[LinearSystem, Any]]:
    """Systems paired with inits, a single one repeated; checked for count and shape."""
    all_systems = [systems] if isinstance(systems, LinearSystem) else _as_list(systems, "systems")
    is_one = isinstance(inits, Mapping) or not isinstance(inits, Iterable)
    all_inits = [inits] if is_one else _as_list(inits, "inits")
    count = max(len(all_systems), len(all_inits))
    if {len(all_systems), len(all_inits)} - {1, count}:
        raise InvalidInputError(
            f"limit_batch: {len(all_systems)} systems and {len(all_inits)} inits do not pair up; pass one of either, "
            "or as many."
        )
    all_systems, all_inits = (each * count if len(each) == 1 else each for each in (all_systems, all_inits))
    shapes = {system.shape for system in all_systems if isinstance(system, LinearSystem)}
    if len(shapes) > 1:
        raise InvalidInputError(
            f"limit_batch: the systems have the shapes {sorted(shapes)}; pass systems of one shape, batch by batch."
        )
    return list(zip(all_systems, all_inits, strict=True))


def _as_list(values: Any, name: str) -> list[Any]:
    """A non-empty iterable argument as a list; `name` is what an error calls it."""
    if not isinstance(values, Iterable) or isinstance(values, (str, bytes)) or not (several := list(values)):
        example = "rl.LinearSystem(A, b)" if name == "systems" else "rl.inits.Constant(1e-3)"
        raise InvalidInputError(f"limit_batch: {name} is {values!r}; pass {example}, or a list of such.")
    return several


def _theorem(system: Any, network: Any, init: Any, seed: int) -> tuple[Bias, float, Any]:
    """The bias that the theorem gives for one start, the rate of its exponentials, and their logarithms at ν = 0."""
    theta0 = start(init, network, system, seed, "limit_batch")
    system.refuse_inconsistent()
    bias = network.theorem(theta0, system)
    if not isinstance(bias, Bias):
        raise NoExactLimit(f"limit_batch: no theorem gives the end of training of {network}: {bias.reason}.")
    potential = bias.potential
    branches = potential.branches(bias.offset) if isinstance(potential, SeparablePotential) else None
    if branches is None or not isinstance(branches.profile, ExponentialProfile) or not len(branches.slope):
        raise NoExactLimit(
            f"limit_batch: the mirror map of {network} from this start is not made of exponentials, as those of depth "
            "2 are; type rl.limit(system, network, init)."
        )
    size = system.shape[1]
    zeros = require_feasible_signs(system, branches.locked_signs(size), ~branches.present(size))
    both = exponentials(branches.select(~zeros[branches.coordinate]), size)
    return bias, both.rate, both


def _lane(system: LinearSystem, both: Any, bias: Bias) -> Lane:
    """The lane of one problem, in orthonormal rows filled up with zeros to the shape of A."""
    rows, rhs = system.row_space.basis(system.b)
    missing = system.shape[0] - len(rows)
    initial = bias.potential.conjugate_gradient(bias.offset)
    size = norm(rhs)
    reference = float(np.abs(system.min_norm() if size > 0 else initial).max())
    return Lane(
        rows=np.pad(rows, ((0, missing), (0, 0))) if missing > 0 else rows,
        rhs=np.pad(rhs, (0, max(missing, 0))),
        growing=both.growing,
        shrinking=both.shrinking,
        size=size if size > 0 else max(norm(initial), np.finfo(float).tiny),
        log_reference=np.log(reference) if reference > 0 else 0.0,
    )


def _solve_all(lanes: list[Lane], systems: list[LinearSystem], rate: float, tol: float) -> tuple[LaneEnd, float]:
    """The results of all lanes, run in as few chunks of one width as memory allows, and the seconds of compilation."""
    is_shared = all(system.row_space is systems[0].row_space for system in systems)
    width = max(1, min(len(lanes), _MOST_ENTRIES // max(lanes[0].rows.size, 1)))
    axes = Lane(None if is_shared else 0, 0, 0, 0, 0, 0)
    many = jax.vmap(lambda lane: solve(lane, rate, tol), in_axes=(axes,))
    parts, stopwatch = [], Stopwatch()
    for first in range(0, len(lanes), width):
        chunk = lanes[first : first + width]
        chunk = chunk + [chunk[-1]] * (width - len(chunk))
        stacked = Lane(*(np.stack(values) for values in zip(*chunk, strict=True)))
        stacked = stacked._replace(rows=chunk[0].rows) if is_shared else stacked
        with stopwatch, double_precision():
            arguments = to_jax(stacked)
            program = compiled(("limit_batch", rate, tol, is_shared), many, arguments)
            parts.append(to_numpy(program(arguments)))
    joined = (np.concatenate(values)[: len(lanes)] for values in zip(*parts, strict=True))
    return LaneEnd(*joined), stopwatch.compile_s


def _read_results(
    found: LaneEnd, lanes: list[Lane], pairs: list[tuple[LinearSystem, Any]], theorems: list[tuple[Bias, float, Any]]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """x, ν and the residual of each item; a start that already solves its system is its own limit."""
    xs, duals, residuals = [], [], []
    for index, ((system, _), (bias, _, _)) in enumerate(zip(pairs, theorems, strict=True)):
        initial = bias.potential.conjugate_gradient(bias.offset)
        x, z = found.x[index], lanes[index].rows.T @ found.nu[index]
        if system.residual(initial, start=initial) <= TOLERANCES.finest_aim:
            x, z = initial, np.zeros_like(initial)
        xs.append(x)
        duals.append(system.dual(np.where(np.isfinite(z), z, 0.0)))
        residuals.append(
            system.residual(np.where(np.isfinite(x), x, 0.0), start=initial) if np.isfinite(x).all() else np.inf
        )
    return np.stack(xs), np.stack(duals), np.array(residuals)
