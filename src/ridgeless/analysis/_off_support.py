"""The entries off the support of the ℓ1 limit at a small start, to first order in them."""

from __future__ import annotations

import numpy as np
import scipy.linalg as sl
import scipy.optimize

from ridgeless._core.arrays import Dual, Vector
from ridgeless.potentials import Bias, SeparablePotential
from ridgeless.systems import LinearSystem

_GRADIENT_TOLERANCE = 1e-6
_MOST_STEPS = 200
_LARGEST_RADIUS = 1e6
# Coordinates whose part in the sum is smaller than this bend it by rounding only.
_FELT = 1e-14
# What is lost of z where its terms cancel, as a part of them.
_ROUNDING = 1e-12


def off_support_entries(system: LinearSystem, bias: Bias, x: Vector, nu: Dual) -> Vector:
    """The entries f_i(offset_i + a_iᵀν) off the support S of x, at the restricted dual solution.

    That is the ν of least Σ_(i∉S) Φ_i*(offset_i + a_iᵀν) with ∇Φ_S(x_S) = offset_S + A_Sᵀν. Its optimality says that
    the entries, times their columns, lie in the span of A_S: x_S moves by the first order only.

    Args:
        system: A x = b.
        bias: the theorem at a small scale.
        x: (d,) the limit at scale 0.
        nu: (n,) its dual, from which the search starts.

    Returns:
        (d,) the entries, 0 on S. NaN where the search leaves the domain of Φ*; everywhere where the columns on S
        depend on each other (no ν need fit x there), or float64 does not hold what they ask of ν.
    """
    # What overflows counts as +inf, outside the domain, and is not taken.
    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
        return _entries(system, bias, x, nu)


def _entries(system: LinearSystem, bias: Bias, x: Vector, nu: Dual) -> Vector:
    A, on, potential = system.rows(), x != 0, bias.potential
    if not isinstance(potential, SeparablePotential):
        raise TypeError(f"{type(potential).__name__} does not act coordinate by coordinate")
    outer = potential.restricted(~on)
    wanted = potential.restricted(on).gradient(x[on]) - bias.offset[on]
    edges = A[:, on].T @ nu
    stretch = float(wanted @ edges) / float(edges @ edges) if edges.any() else 0.0
    Q, R = np.linalg.qr(A[:, on], mode="complete")
    rank, left = R.shape[1], wanted - stretch * edges
    R = R[:rank]
    if np.linalg.matrix_rank(R) < on.sum() or not np.isfinite(left).all():
        return np.full_like(x, np.nan)
    fixed = stretch * nu + Q[:, :rank] @ sl.solve_triangular(R, left, trans=1)
    others = A[:, ~on].T
    z = bias.offset[~on] + others @ fixed
    if rank < A.shape[0]:
        rounding = _ROUNDING * float(np.linalg.norm(others) * np.linalg.norm(fixed))
        size = float(max(np.max(np.abs(wanted)), np.max(np.abs(z))))
        z = _least(outer, z, others @ Q[:, rank:], size, rounding)
    entries = np.zeros_like(x)
    found = outer.conjugate_gradient(z)
    entries[~on] = np.where(np.isfinite(found), found, np.nan)
    return entries


def _least(
    potential: SeparablePotential, z: np.ndarray, directions: np.ndarray, size: float, rounding: float
) -> np.ndarray:
    """The point of z + span(directions) where ΣΦ_i* is least: Newton on its logarithm.

    The logarithm of a sum of exponentials has no steep walls, where Newton on the sum itself creeps. Its steps are
    counted in `size`, that of z: from depth 3 on a power of the scale.
    """
    unit = float(np.max(np.linalg.norm(directions, axis=1)))
    if unit == 0 or size == 0:
        return z
    scaled = directions * (size / unit)
    rest = potential.gradient(np.zeros_like(z))
    if np.isfinite(rest).all():
        within = scaled @ np.linalg.lstsq(scaled, rest - z, rcond=None)[0]
        if np.linalg.norm(z + within - rest) <= rounding:
            # All entries can be 0, and so can the sum, whose logarithm then has no minimum.
            return rest

    def value(y: np.ndarray) -> float:
        total = potential.conjugate(z + scaled @ y)
        return float(np.log(total)) if 0 < total < np.inf else np.inf

    # The trust region asks for the derivatives of a step before it looks at its value: outside the domain, where it
    # will not go, any finite ones will do.
    def gradient(y: np.ndarray) -> np.ndarray:
        point = z + scaled @ y
        slope = scaled.T @ potential.conjugate_gradient(point) / potential.conjugate(point)
        return slope if np.isfinite(slope).all() else np.zeros_like(y)

    def hessian(y: np.ndarray) -> np.ndarray:
        point = z + scaled @ y
        weights = potential.conjugate_curvature(point) / potential.conjugate(point)
        if not np.isfinite(weights).all():
            return np.eye(len(y))
        felt = weights > _FELT * weights.max()
        slope = gradient(y)
        return (scaled[felt].T * weights[felt]) @ scaled[felt] - np.outer(slope, slope)

    begin = np.zeros(scaled.shape[1])
    if not np.isfinite(value(begin)):
        return np.full_like(z, np.nan)
    options = {"gtol": _GRADIENT_TOLERANCE, "maxiter": _MOST_STEPS, "max_trust_radius": _LARGEST_RADIUS}
    found = scipy.optimize.minimize(value, begin, jac=gradient, hess=hessian, method="trust-exact", options=options)
    return z + scaled @ found.x
