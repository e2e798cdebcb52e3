"""Presolve and dispatch for separable potentials: forced zeros, trivial cases, then the solver for their branches.

`goal_of`, `aim` and `units` give the solvers their equations, tolerance and scaling.
"""

from __future__ import annotations

from dataclasses import replace
from functools import singledispatch
from typing import Any

import numpy as np

from ridgeless._core.arrays import Dual, Vector, norm
from ridgeless.limits.minimisation import Minimisation, solve
from ridgeless.limits.minimum import minimise
from ridgeless.limits.newton import Goal
from ridgeless.limits.sign_feasibility import ForcedFace, exposed_zeros
from ridgeless.limits.tolerances import TOLERANCES
from ridgeless.potentials import SeparablePotential
from ridgeless.potentials.branches import Branches, ExponentialProfile
from ridgeless.potentials.minimum import Minimum
from ridgeless.systems import LinearSystem
from ridgeless.systems.forced_zeros import moved_by_zeros


@singledispatch
def solve_branches(profile: Any, question: Minimisation, branches: Branches) -> Minimum:  # noqa: ARG001
    """The minimum for branches with this profile, where a solution with strictly the locked signs exists.

    Raises:
        TypeError: no solver has registered for the shape.
    """
    raise TypeError(f"no solver in ridgeless.limits has registered for branches of the shape {type(profile).__name__}")


@solve.register
def solve_separable(potential: SeparablePotential, question: Minimisation) -> Minimum:
    """The minimum of a separable potential: forced zeros removed, trivial cases at once, the rest by a solver."""
    system, offset = question.system, question.bias.offset
    size = system.shape[1]
    branches = potential.branches(offset)
    if not is_large(system, branches):
        face = exposed_zeros(system, branches.locked_signs(size), ~branches.present(size), question.tol)
        if face.mask.any():
            return _on_face(question, face)
    if system.residual(question.initial, start=question.initial) <= TOLERANCES.finest_aim:
        return Minimum(question.initial, np.zeros(system.shape[0]), 0, "the start solves the system")
    if system.is_unique:
        x = system.min_norm()
        return Minimum(x, _dual_of(system, potential.gradient(x) - offset), 0, "unique")
    return solve_branches(branches.profile, question, branches)


def is_large(system: LinearSystem, branches: Branches) -> bool:
    """Whether A does not fit into memory as an array, and a solver that needs only products with A exists."""
    return isinstance(branches.profile, ExponentialProfile) and not system.is_expandable


def goal_of(question: Minimisation) -> Goal:
    """B x = c, the rows of B an orthonormal basis of those of A, with units for residuals and x, and the tolerance."""
    question.system.refuse_inconsistent()  # before any work, where A x = b has no solution
    rows, rhs = question.system.row_space.basis(question.system.b)
    return Goal(rows, rhs, *units(question, rhs), aim(question.tol))


def aim(tol: float) -> float:
    """The solvers' own tolerance for a requested `tol`: 0.01·min(tol, 1e-10), but at least 3e-13."""
    return max(TOLERANCES.aim * min(tol, TOLERANCES.held), TOLERANCES.finest_aim)


def units(question: Minimisation, rhs: Dual) -> tuple[float, float]:
    """The scales of misfits and of entries of x: ‖b‖ and max|A⁺b|; for b = 0, those of the initial x."""
    size = norm(rhs)
    if size > 0:
        return size, float(np.abs(question.system.min_norm()).max())
    return norm(question.initial), float(np.abs(question.initial).max())


def _dual_of(system: LinearSystem, z: Vector) -> Dual:
    """ν with Aᵀν = z, where z is finite."""
    return system.dual(np.where(np.isfinite(z), z, 0.0))


def _on_face(question: Minimisation, face: ForcedFace) -> Minimum:
    """The minimum where A x = b and locked signs force some coordinates to 0: over the others (facial reduction).

    Over all coordinates the dual has no minimiser: ν would diverge along the vector that exposes the face.
    """
    system = question.system
    zeros, keep = face.mask, ~face.mask
    how = f"on the face where {int(np.sum(zeros))} coordinates are forced to 0"
    x = np.zeros(len(keep))
    if not keep.any():
        return Minimum(x, np.zeros(system.shape[0]), 0, how, zeros=zeros)
    smaller = replace(question.bias.restricted(keep), citation=how)
    part = minimise(system.restricted(keep), smaller, question.tol)
    x[keep] = part.x
    forced = zeros.copy()
    forced[keep] = False if part.zeros is None else part.zeros
    moves = moved_by_zeros(system, zeros, face.bound, x)
    outcome = part.outcome.or_moved(not norm(moves) <= TOLERANCES.lost * norm(x))
    return replace(part, x=x, method=f"{part.method}, {how}", zeros=forced, outcome=outcome)
