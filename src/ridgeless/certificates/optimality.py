"""Stationarity and duality gap of a constrained minimiser, and how well float64 can tell them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ridgeless.arrays import Dual, Vector, norm
from ridgeless.potentials import Bias, SeparablePotential
from ridgeless.systems import LinearSystem

# A dual point is known to its rounding: within this many units in the last place z and ∇Φ(x) are the same point.
_DUAL_ROUNDING = 64 * np.finfo(float).eps
_PRIMAL_ROUNDING = 8 * np.finfo(float).eps
# Computed entries of x are off by a few units in the last place.
_ROUNDINGS = 32.0
# From here on rounding is worth a second look: of ∇Φ(x) relative to its size, of x(z) within the rounding of z.
_BLURRED = 1e-10
_BLURRED_MAP = 1e-9
# A stationarity bounded by this much needs no projection to be believed.
_SETTLED = 1e-11
# A gap that needs no second look.
_SMALL_GAP = 1e-9
# By how much ν may be shortened to have a finite gap, which then grows by as much.
_DRAWN_IN = (0.0, 1e-12, 1e-10)


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
    if not np.isfinite(x).all():
        return _outside("x is not finite.")
    is_free = bias.potential.free(len(x))
    if x[~is_free].any():
        which = int(np.flatnonzero(~is_free & (x != 0))[0])
        return _outside(f"x[{which}] is not 0, where the start froze it.")
    if is_free.all():
        return _measured(system, x, bias, dual)
    if not is_free.any():
        return Optimality(0.0, 0.0, 0.0)
    reduced = system.restricted(is_free)
    part = Bias(bias.potential.restricted(is_free), bias.offset[is_free], bias.citation)
    return _measured(reduced, x[is_free], part, dual)


def _measured(system: LinearSystem, x: Vector, bias: Bias, dual: Dual | None) -> Optimality:
    potential, offset = bias.potential, bias.offset
    gradient = potential.gradient(x)
    if np.isnan(gradient).any():
        which = int(np.flatnonzero(np.isnan(gradient))[0])
        return _outside(f"x[{which}] = {x[which]:.3g} has a sign that the start locks out.")
    rounding = potential.gradient_rounding(x)
    rounding = np.where(np.isfinite(rounding), rounding, 0.0)
    pulled = None if dual is None else system.rmatvec(dual)
    is_blurred = norm(rounding) > _BLURRED * norm(gradient)
    if pulled is not None:
        gradient = _sharpened(x, bias, gradient, pulled)
    elif is_blurred and np.isfinite(gradient).all() and system.is_expandable:
        gradient = _steadied(system, bias, gradient, rounding)
    if np.isinf(gradient).any():
        which = int(np.flatnonzero(np.isinf(gradient))[0])
        obstacle = f"x[{which}] is exactly 0, on the edge of the domain, where the gradient cannot be read off."
        return Optimality(np.inf, np.nan, np.inf, obstacle)
    size = norm(gradient) + norm(offset)
    if size == 0:
        return Optimality(0.0, _gap(system, x, bias, gradient, dual, pulled), 0.0)
    left = _null_part(system, gradient - offset, pulled, size)
    blur = _ROUNDINGS * norm(rounding) / size
    return Optimality(left / size, _gap(system, x, bias, gradient, dual, pulled), blur)


def _null_part(system: LinearSystem, z: Vector, pulled: Vector | None, size: float) -> float:
    """‖P_N z‖; where z is nearly the Aᵀν given, ‖z − Aᵀν‖, a bound above that costs no projection."""
    if pulled is None:
        return norm(system.project_null(z))
    left = z - pulled
    bound = norm(left)
    if bound <= _SETTLED * size:
        return bound
    return min(bound, norm(system.project_null(left)))


def _sharpened(x: Vector, bias: Bias, gradient: Vector, pulled: Vector) -> Vector:
    """∇Φ(x) as the dual point z = offset + Aᵀν knows it, where x_i is f(z_i) to the last bits.

    Read off x alone, the gradient loses digits where it is a small part of a long interval, and all of them where
    x_i has underflowed to 0.
    """
    z = bias.offset + pulled
    with np.errstate(over="ignore", invalid="ignore"):
        distance = np.abs(bias.potential.conjugate_gradient(z) - x)
    is_same = distance <= _PRIMAL_ROUNDING * np.abs(x) + np.finfo(float).tiny
    return np.where(is_same, z, gradient)


def _steadied(system: LinearSystem, bias: Bias, gradient: Vector, rounding: Vector) -> Vector:
    """∇Φ(x) with its blurred entries taken from the ν that the sharp ones agree on.

    Weighted least squares, each entry counted by how well x determines it; entries that then lie within their own
    rounding are on the spot.
    """
    spread = rounding + np.finfo(float).eps * (np.abs(gradient) + np.abs(bias.offset))
    spread = np.maximum(spread, np.finfo(float).eps * float(np.median(spread)) + np.finfo(float).tiny)
    columns = system.rows().T / spread[:, None]
    nu = np.linalg.lstsq(columns, (gradient - bias.offset) / spread, rcond=None)[0]
    z = bias.offset + system.rmatvec(nu)
    return np.where(np.abs(z - gradient) <= _ROUNDINGS * spread, z, gradient)


def _gap(
    system: LinearSystem, x: Vector, bias: Bias, gradient: Vector, dual: Dual | None, pulled: Vector | None
) -> float:
    """The duality gap at the dual given, or at the least-squares one, relative to 1 + |objective|."""
    nu = system.dual(gradient - bias.offset) if dual is None else dual
    there = system.rmatvec(nu) if pulled is None else pulled
    scale = 1 + abs(bias.potential.value(x) - float(bias.offset @ x))
    gap = float(_gap_at(system, x, bias, gradient, nu, there, np.abs(there), 0.0) / scale)
    if abs(gap) <= _SMALL_GAP or not isinstance(bias.potential, SeparablePotential) or not system.is_expandable:
        return gap
    # Products are rounded by the size of their terms, which may cancel: worth two more where they may explain a gap.
    sizes = np.abs(system.rows())
    blur = float((sizes @ np.abs(x) + np.abs(system.b)) @ np.abs(nu))
    dual_size = sizes.T @ np.abs(nu)

    def drawn_in(share: float) -> float:
        kept = 1 - share
        return float(_gap_at(system, x, bias, gradient, kept * nu, kept * there, dual_size, blur) / scale)

    # Any ν bounds the gap. One that leaves the domain of Φ* by a hair is drawn in to where training began, inside it.
    return next((gap for gap in map(drawn_in, _DRAWN_IN) if np.isfinite(gap)), np.inf)


def _gap_at(
    system: LinearSystem,
    x: Vector,
    bias: Bias,
    gradient: Vector,
    nu: Dual,
    pulled: Vector,
    dual_size: Vector,
    primal_size: float,
) -> float:
    """Φ(x) − ⟨offset, x⟩ + Φ*(offset + Aᵀν) − ⟨b, ν⟩, summed as Fenchel–Young terms and ⟨Ax − b, ν⟩.

    In this form nothing large cancels. A term is left out where z and ∇Φ(x) agree to the rounding of z and Φ* blows
    up within that rounding, as it does for deep networks at small scale; so is ⟨Ax − b, ν⟩ within its rounding.
    `dual_size` and `primal_size` are what the roundings of Aᵀν and of ⟨Ax − b, ν⟩ are measured in.
    """
    z = bias.offset + pulled
    potential = bias.potential
    infeasibility = float((system.matvec(x) - system.b) @ nu)
    if abs(infeasibility) <= _DUAL_ROUNDING * primal_size:
        infeasibility = 0.0
    if not isinstance(potential, SeparablePotential):
        return float(potential.value(x) + potential.conjugate(z) - x @ z) + infeasibility
    known = _DUAL_ROUNDING * (np.abs(bias.offset) + dual_size + float(np.max(np.abs(z - bias.offset), initial=0.0)))
    with np.errstate(over="ignore", invalid="ignore"):
        spread = np.abs(potential.conjugate_gradient(z + known) - potential.conjugate_gradient(z - known))
        terms = potential.values(x) + potential.conjugates(z) - x * z
    is_blurred = (np.abs(z - gradient) <= known) & ~(spread <= _BLURRED_MAP * np.abs(x))
    return float(np.sum(np.where(is_blurred, 0.0, terms))) + infeasibility


def _outside(obstacle: str) -> Optimality:
    return Optimality(np.inf, np.inf, 0.0, obstacle, is_outside=True)
