"""How far a penalised solution may be from the minimiser, told from how well its equations are solved."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp

from ridgeless._core.arrays import Vector, norm
from ridgeless.limits.penalised.discrepancy import Penalised
from ridgeless.limits.penalised.tolerances import PENALTY_TOLERANCES
from ridgeless.potentials import Bias
from ridgeless.systems import LinearSystem


def distance_bound(system: LinearSystem, bias: Bias, found: Penalised) -> float:
    """A bound on ‖x − x*‖/‖x‖, x* being the minimiser of ½‖b − A x‖² + λ·(Φ(x) − ⟨offset, x⟩); 0 where x is the start.

    The dual objective is convex with modulus λ, and g = A x + λν − b is its gradient, so that its minimiser ν* is near:
    ⟨g, ν − ν*⟩ ≥ λ‖ν − ν*‖², hence ‖ν − ν*‖ ≤ ‖g‖/λ. With a_j the columns of A, the numbers z_j = offset_j + a_jᵀν are
    therefore within e_j = ‖a_j‖·‖g‖/λ of z*_j. The mirror map f = ∇Φ* rises in each coordinate, so that

        |x_j − x*_j| ≤ max(f_j(z_j + e_j) − x_j, x_j − f_j(z_j − e_j)).

    The rounding of g and of z is not counted. For an operator, ‖A‖ stands for every ‖a_j‖.

    Args:
        system: A and b.
        bias: Φ and the offset.
        found: x, ν and λ.
    """
    if not np.isfinite(found.lam):
        return 0.0
    with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
        z = bias.offset + system.rmatvec(found.dual)
        reach = _column_norms(system) * found.stationarity / found.lam
        mirror = bias.potential.conjugate_gradient
        moved = np.maximum(mirror(z + reach) - found.x, found.x - mirror(z - reach))
    size = norm(found.x)
    if not np.isfinite(moved).all():
        return float("inf")
    return norm(moved) / size if size > 0 else (float("inf") if moved.any() else 0.0)


def _column_norms(system: LinearSystem) -> Vector:
    A = system.A
    if isinstance(A, np.ndarray):
        return np.sqrt(np.einsum("ij,ij->j", A, A))
    if sp.issparse(A):
        return np.sqrt(np.asarray(A.multiply(A).sum(axis=0)).ravel())
    return np.full(system.shape[1], PENALTY_TOLERANCES.of_lanczos * system.spectral_norm)
