"""What the solvers of a separable potential are to reach, and at depth 2 the solver that fits the system."""

from __future__ import annotations

import numpy as np

from ridgeless._core.arrays import Dual, Vector, norm
from ridgeless.limits.checkpoint import Watch
from ridgeless.limits.depth_two.column_blocks import solve_in_blocks
from ridgeless.limits.depth_two.exponentials import Exponentials
from ridgeless.limits.depth_two.from_l1_vertex import solve_from_vertex
from ridgeless.limits.depth_two.homotopy import solve_exponential
from ridgeless.limits.depth_two.matrix_free import solve_by_products
from ridgeless.limits.newton import Goal
from ridgeless.potentials import Bias
from ridgeless.potentials.minimum import Minimum
from ridgeless.systems import ColumnBlocks, LinearSystem

# Newton's last steps cost little and double the digits: aim beyond what is asked.
_AIM = 0.01
# On a large system a digit costs as much as the one before.
_LARGE_AIM = 0.3
FINEST_AIM = 3e-13
_COARSEST_TOL = 1e-10


def minimise_exponential(system: LinearSystem, target: Exponentials, initial: Vector, tol: float) -> Minimum:
    """The depth-2 limit on a system at hand: beside a vertex where that is near, or from the nearly linear end."""
    attempt = solve_from_vertex(system, target, _aim(tol))
    if attempt.reached:
        return Minimum(attempt.x, attempt.dual, attempt.steps, "Newton on the dual, beside a vertex of the ℓ1 norm")
    x, nu, steps = solve_exponential(goal_from(system, initial, tol), target)
    method = "Newton on the dual along a homotopy in the scale"
    return lifted_minimum(system, x, nu, attempt.steps + steps, method)


def lifted_minimum(system: LinearSystem, x: Vector, nu: Dual, steps: int, method: str) -> Minimum:
    """What was found with the orthonormal rows, ν being read for A."""
    # A solver that broke down returns what it has; the caller finds it wanting.
    lifted = system.row_space.lift(nu) if np.isfinite(nu).all() else np.zeros(system.shape[0])
    return Minimum(x, lifted, steps, method)


def goal_of(system: LinearSystem, bias: Bias, tol: float) -> Goal:
    """What the solvers of a separable potential are to reach."""
    return goal_from(system, bias.potential.conjugate_gradient(bias.offset), tol)


def goal_from(system: LinearSystem, initial: Vector, tol: float) -> Goal:
    """The same, from the x at which the start stands."""
    system.refuse_inconsistent()  # that b is out of reach is told before anything is made of it
    rows, right = system.row_space.basis(system.b)
    return Goal(rows, right, *_units(system, right, initial), _aim(tol))


def minimise_large(system: LinearSystem, target: Exponentials, initial: Vector, tol: float, watch: Watch) -> Minimum:
    """The depth-2 limit on a system whose rows do not fit into memory."""
    size, reference = _units(system, system.b, initial)
    is_blocked = isinstance(system.A, ColumnBlocks)
    solve = solve_in_blocks if is_blocked else solve_by_products
    x, nu, steps = solve(system, target, size, reference, _LARGE_AIM * tol, watch)
    how = "over blocks of columns" if is_blocked else "by conjugate gradients"
    return Minimum(x, nu, steps, f"Newton on the dual {how}, along a homotopy in the scale")


def _aim(tol: float) -> float:
    return max(_AIM * min(tol, _COARSEST_TOL), FINEST_AIM)


def dual_of(system: LinearSystem, z: Vector) -> Dual:
    """ν with Aᵀν = z, where z is finite."""
    return system.dual(np.where(np.isfinite(z), z, 0.0))


def _units(system: LinearSystem, right: Dual, initial: Vector) -> tuple[float, float]:
    """What misfits and entries of x are measured in: b and A⁺b, or for b = 0 the start."""
    size = norm(right)
    if size > 0:
        return size, float(np.abs(system.min_norm()).max())
    return norm(initial), float(np.abs(initial).max())
