"""What a small start leaves off the support of the ℓ1 limit, to first order."""

from __future__ import annotations

import numpy as np
import scipy.linalg as sl
import scipy.optimize

from ridgeless.arrays import Dual, Matrix, Vector
from ridgeless.potentials import Bias, SeparablePotential
from ridgeless.systems import LinearSystem

_GRADIENT_TOLERANCE = 1e-6
_MOST_STEPS = 200
_LARGEST_RADIUS = 1e6
# Coordinates whose part in the sum is smaller than this bend it by rounding only.
_FELT = 1e-14


def off_support_entries(system: LinearSystem, bias: Bias, x: Vector, nu: Dual) -> Vector:
    """The entries f_i(offset_i + a_iᵀν) off the support S of x, at the restricted dual solution.

    That is the ν of least Σ_(i∉S) Φ_i*(offset_i + a_iᵀν) with ∇Φ_S(x_S) = offset_S + A_Sᵀν. Its optimality says that
    the entries, times their columns, lie in the span of A_S: x_S moves by the first order only.

    Args:
        system: A x = b.
        bias: the theorem at a small scale.
        x: (d,) the limit at scale 0, with independent columns on its support.
        nu: (n,) its dual, from which the search starts.

    Returns:
        (d,) the entries, 0 on S; NaN where the search leaves the domain of Φ*.
    """
    A, on = system.rows(), x != 0
    inner, outer = _split(bias, on)
    Q, R = _complete_qr(A[:, on])
    rank = R.shape[1]
    wanted = inner.potential.gradient(x[on]) - inner.offset
    edges = A[:, on].T @ nu
    stretch = float(wanted @ edges) / float(edges @ edges)
    missing = sl.solve_triangular(R, wanted - stretch * edges, trans=1)
    fixed = stretch * nu + Q[:, :rank] @ missing
    others = A[:, ~on].T
    z = outer.offset + others @ fixed
    if rank < A.shape[0]:
        z = z + _least(outer.potential, z, others @ Q[:, rank:])
    entries = np.zeros_like(x)
    found = outer.potential.conjugate_gradient(z)
    entries[~on] = np.where(np.isfinite(found), found, np.nan)
    return entries


def _split(bias: Bias, on: np.ndarray) -> tuple[_Part, _Part]:
    potential = bias.potential
    if not isinstance(potential, SeparablePotential):
        raise TypeError(f"{type(potential).__name__} does not act coordinate by coordinate")
    return (_Part(potential.restricted(on), bias.offset[on]), _Part(potential.restricted(~on), bias.offset[~on]))


class _Part:
    """A separable potential on some of the coordinates, with its offset."""

    def __init__(self, potential: SeparablePotential, offset: np.ndarray) -> None:
        self.potential, self.offset = potential, offset


def _complete_qr(columns: Matrix) -> tuple[np.ndarray, np.ndarray]:
    """Q (n, n) and the leading square block of R."""
    Q, R = np.linalg.qr(columns, mode="complete")
    return Q, R[: columns.shape[1]]


def _least(potential: SeparablePotential, z: np.ndarray, directions: np.ndarray) -> np.ndarray:
    """The change of z within the span of `directions` that makes ΣΦ_i* least: Newton on its logarithm.

    The logarithm of a sum of exponentials has no steep walls, where Newton on the sum itself creeps.
    """
    unit = float(np.max(np.linalg.norm(directions, axis=1)))
    if unit == 0:
        return np.zeros_like(z)
    scaled = directions / unit

    def value(y: np.ndarray) -> float:
        total = potential.conjugate(z + scaled @ y)
        return float(np.log(total)) if 0 < total < np.inf else np.inf

    def gradient(y: np.ndarray) -> np.ndarray:
        point = z + scaled @ y
        return scaled.T @ potential.conjugate_gradient(point) / potential.conjugate(point)

    def hessian(y: np.ndarray) -> np.ndarray:
        point = z + scaled @ y
        weights = potential.conjugate_curvature(point) / potential.conjugate(point)
        felt = weights > _FELT * weights.max()
        slope = gradient(y)
        return (scaled[felt].T * weights[felt]) @ scaled[felt] - np.outer(slope, slope)

    begin = np.zeros(scaled.shape[1])
    if not np.isfinite(value(begin)):
        return np.full_like(z, np.nan)
    options = {"gtol": _GRADIENT_TOLERANCE, "maxiter": _MOST_STEPS, "max_trust_radius": _LARGEST_RADIUS}
    found = scipy.optimize.minimize(value, begin, jac=gradient, hess=hessian, method="trust-exact", options=options)
    return scaled @ found.x
