"""From a theorem to its number: argmin Φ(x) − ⟨offset, x⟩ over A x = b, by the method that fits Φ."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np

from ridgeless._core.arrays import Vector, norm
from ridgeless._core.exact import independent_rows
from ridgeless.limits.checkpoint import UNWATCHED, Watch
from ridgeless.limits.deep.primal_dual import solve_barrier
from ridgeless.limits.depth_two.exponentials import exponentials
from ridgeless.limits.finish import finished
from ridgeless.limits.own_rows import is_fine
from ridgeless.limits.separable import (
    FINEST_AIM,
    dual_of,
    goal_from,
    lifted_minimum,
    minimise_exponential,
    minimise_large,
)
from ridgeless.limits.sign_feasibility import Face, exposed_zeros, refuse_proved_infeasible
from ridgeless.potentials import Bias, Potential, SeparablePotential
from ridgeless.potentials.branches import ExponentialProfile
from ridgeless.potentials.minimum import Minimum
from ridgeless.systems import LinearSystem
from ridgeless.systems.forced_zeros import moved_by_zeros

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
    # What is left of an equation beyond rounding may stand for a difference of columns that are nearly one: at depth 2
    # ν tells them apart, and beyond it slacks that have lost their digits.
    is_left = _has_slacks(bias) and not system.residual(x) <= FINEST_AIM and not is_fine(system, x, tol)
    is_fragile = found.is_fragile or has_moved or is_left
    return replace(found, x=x, dual=dual, steps=found.steps + steps, is_fragile=is_fragile)


def _has_slacks(bias: Bias) -> bool:
    """Whether branches have an edge, as those of depth 3 and more do."""
    if not isinstance(bias.potential, SeparablePotential):
        return False
    return not isinstance(bias.potential.branches(bias.offset).profile, ExponentialProfile)


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
    if system.residual(initial, start=initial) <= FINEST_AIM:
        return Minimum(initial, np.zeros(system.shape[0]), 0, "the start solves the system")
    if system.is_unique:
        return Minimum(system.min_norm(), dual_of(system, potential.gradient(system.min_norm()) - offset), 0, "unique")
    if is_large:
        found = minimise_large(system, exponentials(branches, size), initial, tol, watch)
        if (signs.any() or is_frozen.any()) and not system.residual(found.x, start=initial) <= tol:
            refuse_proved_infeasible(system, signs, is_frozen, found.dual)
        return found
    if isinstance(branches.profile, ExponentialProfile):
        return minimise_exponential(system, exponentials(branches, size), initial, tol)

    def exact(point: Vector) -> Vector:
        return potential.conjugate_gradient(offset + point)

    goal, rank = goal_from(system, initial, tol), system.row_space.rank
    found = solve_barrier(goal, branches, exact, lambda: independent_rows(system.rows(), system.b, rank))
    minimum = lifted_minimum(system, found.x, found.nu, found.steps, "path-following Newton with slacks as unknowns")
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
