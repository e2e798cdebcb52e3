"""Stationarity and duality gap of a constrained minimiser, and how well float64 can tell them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ridgeless.arrays import Dual, Vector
from ridgeless.potentials import Bias, SeparablePotential
from ridgeless.systems import LinearSystem

# A dual point is known to its rounding: within this many units in the last place z and ∇Φ(x) are the same point.
_DUAL_ROUNDING = 64 * np.finfo(float).eps
_PRIMAL_ROUNDING = 8 * np.finfo(float).eps


@dataclass(frozen=True)
class Optimality:
    """The first-order conditions of min Φ(x) − ⟨offset, x⟩ over A x = b, measured.

    Attributes:
        stationarity: ‖P_N(∇Φ(x) − offset)‖/(‖∇Φ(x)‖ + ‖offset‖); infinite outside the domain of Φ.
        gap: the duality gap relative to 1 + |objective|.
        rounding: what the rounding of x alone contributes to the stationarity.
        obstacle: why nothing can be measured, or "".
        is_outside: whether the obstacle is that x leaves the domain of Φ.
    """

    stationarity: float
    gap: float
    rounding: float
    obstacle: str = ""
    is_outside: bool = False


def optimality(system: LinearSystem, x: Vector, bias: Bias, dual: Dual | None = None) -> Optimality:
    """Measure the first-order conditions at x.

    Coordinates that the start froze at 0 are no unknowns: they must be 0, and the conditions are those of the rest.

    Args:
        system: the constraint.
        x: (d,) finite.
        bias: Φ and the offset.
        dual: (n,) ν, or None for the least-squares one.
    """
    is_free = bias.potential.free(len(x))
    if x[~is_free].any():
        which = int(np.flatnonzero(~is_free & (x != 0))[0])
        return _outside(f"x[{which}] is not 0, where the start froze it.")
    if is_free.all():
        return _measured(system, x, bias, dual)
    if not is_free.any():
        return Optimality(0.0, 0.0, 0.0)
    reduced = LinearSystem(system.rows()[:, is_free], system.b)
    part = Bias(bias.potential.restricted(is_free), bias.offset[is_free], bias.citation)
    return _measured(reduced, x[is_free], part, dual)


def _measured(system: LinearSystem, x: Vector, bias: Bias, dual: Dual | None) -> Optimality:
    potential, offset = bias.potential, bias.offset
    gradient = potential.gradient(x)
    if np.isnan(gradient).any():
        which = int(np.flatnonzero(np.isnan(gradient))[0])
        return _outside(f"x[{which}] = {x[which]:.3g} has a sign that the start locks out.")
    if dual is not None:
        gradient = _sharpened(system, x, bias, gradient, dual)
    if np.isinf(gradient).any():
        which = int(np.flatnonzero(np.isinf(gradient))[0])
        obstacle = f"x[{which}] is exactly 0, on the edge of the domain, where the gradient cannot be read off."
        return Optimality(np.inf, np.nan, np.inf, obstacle)
    size = float(np.linalg.norm(gradient) + np.linalg.norm(offset))
    if size == 0:
        return Optimality(0.0, _gap(system, x, bias, gradient, dual), 0.0)
    left = float(np.linalg.norm(system.project_null(gradient - offset)))
    rounding = potential.gradient_rounding(x)
    rounding = float(np.linalg.norm(np.where(np.isfinite(rounding), rounding, 0.0)))
    return Optimality(left / size, _gap(system, x, bias, gradient, dual), rounding / size)


def _sharpened(system: LinearSystem, x: Vector, bias: Bias, gradient: Vector, dual: Dual) -> Vector:
    """∇Φ(x) as the dual point z = offset + Aᵀν knows it, where x_i is f(z_i) to the last bits.

    Read off x alone, the gradient loses digits where it is a small part of a long interval, and all of them where
    x_i has underflowed to 0.
    """
    z = bias.offset + system.rmatvec(dual)
    with np.errstate(over="ignore", invalid="ignore"):
        distance = np.abs(bias.potential.conjugate_gradient(z) - x)
    is_same = distance <= _PRIMAL_ROUNDING * np.abs(x) + np.finfo(float).tiny
    return np.where(is_same, z, gradient)


def _gap(system: LinearSystem, x: Vector, bias: Bias, gradient: Vector, dual: Dual | None) -> float:
    """The smaller of the gaps at the dual given and at the least-squares one: either proves it."""
    candidates = [system.dual(gradient - bias.offset)] + ([] if dual is None else [dual])
    objective = bias.potential.value(x) - float(bias.offset @ x)
    gaps = [_gap_at(system, x, bias, gradient, nu) / (1 + abs(objective)) for nu in candidates]
    return min(gaps, key=abs)


def _gap_at(system: LinearSystem, x: Vector, bias: Bias, gradient: Vector, nu: Dual) -> float:
    """Φ(x) − ⟨offset, x⟩ + Φ*(offset + Aᵀν) − ⟨b, ν⟩, summed as Fenchel–Young terms and ⟨Ax − b, ν⟩.

    In this form nothing large cancels. Where z and ∇Φ(x) agree to the rounding of z their term is 0: for deep
    networks at small scale the conjugate blows up within that rounding.
    """
    pulled = system.rmatvec(nu)
    z = bias.offset + pulled
    known = _DUAL_ROUNDING * (np.abs(bias.offset) + np.abs(pulled) + float(np.max(np.abs(pulled), initial=0.0)))
    infeasibility = float((system.matvec(x) - system.b) @ nu)
    potential = bias.potential
    if isinstance(potential, SeparablePotential):
        is_same = np.abs(z - gradient) <= known
        at = np.where(is_same, gradient, z)
        terms = potential.values(x) + potential.conjugates(at) - x * at
        return float(np.sum(np.where(is_same, 0.0, terms))) + infeasibility
    if float(np.linalg.norm(z - gradient)) <= float(np.linalg.norm(known)):
        return infeasibility
    return float(potential.value(x) + potential.conjugate(z) - x @ z) + infeasibility


def _outside(obstacle: str) -> Optimality:
    return Optimality(np.inf, np.inf, 0.0, obstacle, is_outside=True)
