"""The first-order optimality condition of a constrained minimiser, by which solvers decide that they have converged.

A small stationarity indicates the correct answer and is no proof of it: at depth 3 and more and small scale, the
differences between the points of an ℓ1 face are below the rounding of ∇Φ. The proof is `Certificate.distance`, which
costs a few Newton steps where this costs a product.
"""

from __future__ import annotations

import numpy as np

from ridgeless._core.arrays import Dual, Vector, norm, real_array
from ridgeless.certificates.arguments import fitting_bias, fitting_vector
from ridgeless.errors import InvalidInputError
from ridgeless.potentials import Bias, WeightedL1
from ridgeless.systems import LinearSystem

# Stationarity up to which a solver's answer counts as a minimiser.
STATIONARY = 1e-8

# Relative difference up to which x_i and f(z_i) count as equal.
_PRIMAL_ROUNDING = 8 * np.finfo(float).eps
_ROUNDINGS = 32.0
# Relative rounding of ∇Φ(x) above which inaccurate entries are taken from a fitted ν.
_BLURRED = 1e-10
# Upper bound on the stationarity below which the projection is not computed.
_SETTLED = 1e-11


# Intermediate results may overflow; a stationarity that is not finite means that x is no minimiser.
@np.errstate(over="ignore", divide="ignore", invalid="ignore")
def stationarity(system: LinearSystem, x: Vector, bias: Bias, dual: Dual | None = None) -> float:
    """‖P_N(∇Φ(x) − offset)‖/(‖∇Φ(x)‖ + ‖offset‖): 0 where x is a minimiser; infinite outside the domain of Φ.

    Entries of ∇Φ(x) that x does not determine in float64 are taken from offset + Aᵀν where x_i equals
    ∇Φ*(offset + Aᵀν)_i to its last bits; without a given ν, from the one that fits the accurate entries. Coordinates
    that the start froze at 0 are left out. For a weighted ℓ1 norm it is the larger of the violation of the box of
    weights by Aᵀν and the complementarity Σ|x_i|·(weight_i − sign(x_i)·z_i)/Φ(x).

    Args:
        system: A x = b.
        x: (d,) finite.
        bias: Φ and the offset.
        dual: (n,) ν, or None for the least-squares one; a weighted ℓ1 norm needs it.

    Raises:
        InvalidInputError: x, the theorem or ν is of another system.
    """
    if not isinstance(system, LinearSystem):
        raise InvalidInputError(f"stationarity: system is a {type(system).__name__}; pass rl.LinearSystem(A, b).")
    x = fitting_vector(x, system.shape[1], "stationarity", "x")
    bias = fitting_bias(bias, system.shape[1], "stationarity")
    dual = None if dual is None else real_array(dual, "stationarity", "dual")
    if not np.isfinite(x).all() or bias.potential.outside(x).any():
        return np.inf
    if isinstance(bias.potential, WeightedL1):
        return np.inf if dual is None else _of_box(bias.potential, x, system.rmatvec(dual))
    is_free = bias.potential.free(len(x))
    if is_free.all():
        return _best_measured(system, x, bias, dual)
    if x[~is_free].any():
        return np.inf
    if not is_free.any():
        return 0.0
    return _best_measured(system.restricted(is_free), x[is_free], bias.restricted(is_free), dual)


def _best_measured(system: LinearSystem, x: Vector, bias: Bias, dual: Dual | None) -> float:
    """The stationarity by the given ν, or by x alone where that is smaller and the rounding of ν is large.

    Nearly dependent rows lead to a large ν, whose rounding changes Aᵀν by ε·|A|ᵀ|ν|.
    """
    found = _measured(system, x, bias, dual)
    if dual is None or found <= STATIONARY or not (np.isfinite(found) and system.is_expandable):
        return found
    rounding = np.finfo(float).eps * norm(np.abs(system.rows()).T @ np.abs(dual))
    size = norm(system.rmatvec(dual)) + norm(bias.offset)
    return min(found, _measured(system, x, bias, None)) if rounding > _BLURRED * size else found


def _of_box(box: WeightedL1, x: Vector, z: Vector) -> float:
    value = box.value(x)
    weights = np.where(x > 0, box.positive, np.where(x < 0, box.negative, 0.0))
    slack = float(np.sum(np.abs(x) * (weights - np.sign(x) * z))) / value if value > 0 else 0.0
    return max(box.excess(z), 0.0, abs(slack))


def _measured(system: LinearSystem, x: Vector, bias: Bias, dual: Dual | None) -> float:
    gradient = bias.potential.gradient(x)
    if np.isnan(gradient).any():
        return np.inf
    pulled = None if dual is None else system.rmatvec(dual)
    gradient = _readable(system, x, bias, gradient, pulled)
    if np.isinf(gradient).any():
        return np.inf
    size = norm(gradient) + norm(bias.offset)
    return _null_part(system, gradient - bias.offset, pulled, size) / size if size > 0 else 0.0


def _readable(system: LinearSystem, x: Vector, bias: Bias, gradient: Vector, pulled: Vector | None) -> Vector:
    if pulled is not None:
        return _sharpened(x, bias, gradient, pulled)
    rounding = bias.potential.gradient_rounding(x)
    rounding = np.where(np.isfinite(rounding), rounding, 0.0)
    is_blurred = norm(rounding) > _BLURRED * norm(gradient)
    if is_blurred and np.isfinite(gradient).all() and system.is_expandable:
        return _steadied(system, bias, gradient, rounding)
    return gradient


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
    """∇Φ(x), replaced by the dual point z = offset + Aᵀν where x_i equals f(z_i) to its last bits.

    Computed from x alone, the gradient loses digits where it is a small part of a long interval, and all of them where
    x_i has underflowed to 0.
    """
    z = bias.offset + pulled
    with np.errstate(over="ignore", invalid="ignore"):
        distance = np.abs(bias.potential.conjugate_gradient(z) - x)
    is_same = distance <= _PRIMAL_ROUNDING * np.abs(x) + np.finfo(float).tiny
    return np.where(is_same | _has_underflown(x, bias, z), z, gradient)


def _has_underflown(x: Vector, bias: Bias, z: Vector) -> np.ndarray:
    """(d,) which entries are 0 because they underflow, consistently with z up to its rounding.

    A solver that computes with slacks resolves a z whose distance from an edge is below its rounding, and ∇Φ* does not.
    """
    fits = x == 0
    if not fits.any():
        return fits
    rounding = _ROUNDINGS * np.finfo(float).eps * (np.abs(z) + np.abs(bias.offset))
    is_told = np.zeros_like(fits)
    for sign in (1.0, -1.0):
        least = np.where(x == 0, sign * np.finfo(float).tiny, x)
        with np.errstate(all="ignore"):  # far from an edge the gradient at so small an x may have no digits
            edge = bias.potential.gradient(least)
        is_open = ~np.isnan(edge)
        fits &= ~is_open | (sign * (z - edge) <= rounding)
        is_told |= is_open
    return fits & is_told


def _steadied(system: LinearSystem, bias: Bias, gradient: Vector, rounding: Vector) -> Vector:
    """∇Φ(x) with inaccurate entries replaced by those of the ν that fits the accurate ones.

    The fit is by weighted least squares, each entry weighted by how accurately x determines it. Entries that agree with
    the fit up to their rounding are replaced by it.
    """
    spread = rounding + np.finfo(float).eps * (np.abs(gradient) + np.abs(bias.offset))
    spread = np.maximum(spread, np.finfo(float).eps * float(np.median(spread)) + np.finfo(float).tiny)
    columns = system.rows().T / spread[:, None]
    nu = np.linalg.lstsq(columns, (gradient - bias.offset) / spread, rcond=None)[0]
    z = bias.offset + system.rmatvec(nu)
    return np.where(np.abs(z - gradient) <= _ROUNDINGS * spread, z, gradient)
