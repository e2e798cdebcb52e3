"""From a theorem to its number: argmin Φ(x) − ⟨offset, x⟩ over A x = b, by the method that fits Φ."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np

from ridgeless.arrays import Dual, Vector, norm
from ridgeless.exact import independent_rows
from ridgeless.limits.barrier import solve_barrier
from ridgeless.limits.exponential import Exponentials, exponentials, solve_exponential
from ridgeless.limits.finish import finished
from ridgeless.limits.in_blocks import solve_in_blocks
from ridgeless.limits.matrix_free import solve_by_products
from ridgeless.limits.newton import Goal
from ridgeless.limits.signs import Face, exposed_zeros, refuse_proved_infeasible
from ridgeless.limits.vertex import solve_from_vertex
from ridgeless.limits.watch import UNWATCHED, Watch
from ridgeless.potentials import Bias, Potential, SeparablePotential
from ridgeless.potentials.branches import ExponentialProfile
from ridgeless.potentials.minimum import Minimum
from ridgeless.systems import ColumnBlocks, LinearSystem
from ridgeless.systems.forced_zeros import moved_by_zeros

# Newton's last steps cost little and double the digits: aim beyond what is asked.
_AIM = 0.01
# On a large system a digit costs as much as the one before.
_LARGE_AIM = 0.3
_FINEST_AIM = 3e-13
_COARSEST_TOL = 1e-10
# A part of x by which neither the last correction nor zeros that are forced to rounding only may move it unseen.
_FIRM = 1e-8


def minimise(system: LinearSystem, bias: Bias, tol: float, watch: Watch = UNWATCHED) -> Minimum:
    """argmin Φ(x) − ⟨offset, x⟩ over A x = b.

    Args:
        system: the constraint.
        bias: Φ and the offset.
        tol: the residual ‖Ax − b‖/‖b‖ to aim for; the caller checks it.
        watch: who is told of the steps of a large system, and where its state is kept.

    Raises:
        InconsistentSystemError: the constraint has no solution.
        InfeasibleSignsError: no solution lies in the domain of Φ.

    Example:
        >>> import numpy as np
        >>> from ridgeless.potentials import Bias, Quadratic
        >>> system = LinearSystem(np.array([[3.0, 4.0]]), np.array([25.0]))
        >>> minimise(system, Bias(Quadratic(), np.zeros(2), "projection"), tol=1e-10).x
        array([3., 4.])
    """
    # What a solver loses on its way shows in what it finds.
    with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
        found = _minimise(bias.potential, system, bias.offset, tol, watch)
    # On a face of the sign cone its own minimum is finished already.
    if not system.is_expandable or found.zeros is not None:
        return found
    x, dual, steps = finished(system, bias, found.x, found.dual, tol)
    has_moved = not norm(x - found.x) <= _FIRM * norm(x)
    return replace(found, x=x, dual=dual, steps=found.steps + steps, is_fragile=found.is_fragile or has_moved)


def _minimise(potential: Potential, system: LinearSystem, offset: Vector, tol: float, watch: Watch) -> Minimum:
    if isinstance(potential, SeparablePotential):
        return _minimise_separable(potential, system, offset, tol, watch)
    return potential.minimum(system, offset, tol, partial(_minimise, watch=watch))


def _minimise_separable(
    potential: SeparablePotential, system: LinearSystem, offset: Vector, tol: float, watch: Watch
) -> Minimum:
    size = system.shape[1]
    branches = potential.branches(offset)
    signs, is_frozen = branches.locked_signs(size), ~branches.present(size)
    is_large = isinstance(branches.profile, ExponentialProfile) and not system.is_expandable
    if not is_large:
        face = exposed_zeros(system, signs, is_frozen, tol)
        if face.mask.any():
            return _minimise_on_face(potential, system, offset, tol, face)
    initial = potential.conjugate_gradient(offset)
    if system.residual(initial, start=initial) <= _FINEST_AIM:
        return Minimum(initial, np.zeros(system.shape[0]), 0, "the start solves the system")
    if system.is_unique:
        return Minimum(system.min_norm(), _dual(system, potential.gradient(system.min_norm()) - offset), 0, "unique")
    if is_large:
        found = _minimise_large(system, exponentials(branches, size), initial, tol, watch)
        if (signs.any() or is_frozen.any()) and not system.residual(found.x, start=initial) <= tol:
            refuse_proved_infeasible(system, signs, is_frozen, found.dual)
        return found
    if isinstance(branches.profile, ExponentialProfile):
        return _minimise_exponential(system, exponentials(branches, size), initial, tol)

    def exact(point: Vector) -> Vector:
        return potential.conjugate_gradient(offset + point)

    goal, rank = _goal(system, initial, tol), system.row_space.rank
    found = solve_barrier(goal, branches, exact, lambda: independent_rows(system.rows(), system.b, rank))
    minimum = _lifted(system, found.x, found.nu, found.steps, "path-following Newton with slacks as unknowns")
    return replace(minimum, doubt=found.doubt)


def _minimise_on_face(
    potential: SeparablePotential, system: LinearSystem, offset: Vector, tol: float, face: Face
) -> Minimum:
    """The minimum where A x = b forces some coordinates to 0: over the others, among which a solution is inside.

    On the whole space ν would run off along a vector that exposes the face.
    """
    zeros, keep = face.mask, ~face.mask
    how = f"on the face where {int(np.sum(zeros))} coordinates are forced to 0"
    x = np.zeros(len(keep))
    if not keep.any():
        return Minimum(x, np.zeros(system.shape[0]), 0, how, zeros)
    part = minimise(system.restricted(keep), Bias(potential.restricted(keep), offset[keep], how), tol)
    x[keep] = part.x
    forced = zeros.copy()
    forced[keep] = False if part.zeros is None else part.zeros
    moves = moved_by_zeros(system, zeros, face.bound, x)
    is_fragile = part.is_fragile or not norm(moves) <= _FIRM * norm(x)
    return Minimum(x, part.dual, part.steps, f"{part.method}, {how}", forced, part.doubt, is_fragile)


def _minimise_exponential(system: LinearSystem, target: Exponentials, initial: Vector, tol: float) -> Minimum:
    """The depth-2 limit on a system at hand: beside a vertex where that is near, or from the nearly linear end."""
    attempt = solve_from_vertex(system, target, _aim(tol))
    if attempt.reached:
        return Minimum(attempt.x, attempt.dual, attempt.steps, "Newton on the dual, beside a vertex of the ℓ1 norm")
    x, nu, steps = solve_exponential(_goal(system, initial, tol), target)
    method = "Newton on the dual along a homotopy in the scale"
    return _lifted(system, x, nu, attempt.steps + steps, method)


def _lifted(system: LinearSystem, x: Vector, nu: Dual, steps: int, method: str) -> Minimum:
    """What was found with the orthonormal rows, ν being read for A."""
    # A solver that broke down returns what it has; the caller finds it wanting.
    lifted = system.row_space.lift(nu) if np.isfinite(nu).all() else np.zeros(system.shape[0])
    return Minimum(x, lifted, steps, method)


def goal_of(system: LinearSystem, bias: Bias, tol: float) -> Goal:
    """What the solvers of a separable potential are to reach."""
    return _goal(system, bias.potential.conjugate_gradient(bias.offset), tol)


def _goal(system: LinearSystem, initial: Vector, tol: float) -> Goal:
    system.min_norm()  # that b is out of reach is told before anything is made of it
    rows, right = system.row_space.basis(system.b)
    return Goal(rows, right, *_units(system, right, initial), _aim(tol))


def _minimise_large(system: LinearSystem, target: Exponentials, initial: Vector, tol: float, watch: Watch) -> Minimum:
    """The depth-2 limit on a system whose rows do not fit into memory."""
    size, reference = _units(system, system.b, initial)
    is_blocked = isinstance(system.A, ColumnBlocks)
    solve = solve_in_blocks if is_blocked else solve_by_products
    x, nu, steps = solve(system, target, size, reference, _LARGE_AIM * tol, watch)
    how = "over blocks of columns" if is_blocked else "by conjugate gradients"
    return Minimum(x, nu, steps, f"Newton on the dual {how}, along a homotopy in the scale")


def _aim(tol: float) -> float:
    return max(_AIM * min(tol, _COARSEST_TOL), _FINEST_AIM)


def _dual(system: LinearSystem, z: Vector) -> Dual:
    """ν with Aᵀν = z, where z is finite."""
    return system.dual(np.where(np.isfinite(z), z, 0.0))


def _units(system: LinearSystem, right: Dual, initial: Vector) -> tuple[float, float]:
    """What misfits and entries of x are measured in: b and A⁺b, or for b = 0 the start."""
    size = norm(right)
    if size > 0:
        return size, float(np.abs(system.min_norm()).max())
    return norm(initial), float(np.abs(initial).max())
