"""A ball around the limit x∞ for rank-one chains, whose potential is a function of the Euclidean norm: a closed form.

∇Φ(x) is a multiple of x, so that x∞ = m·(offset + Aᵀν): its part in the row space is A⁺b, the other one m·P_N offset,
with m = ∏_j √(s + δ_j) and (s − κ)·∏_j (s + δ_j) = ‖A⁺b‖², κ = ‖P_N offset‖².
"""

from __future__ import annotations

import numpy as np

from ridgeless._core.arrays import Vector, norm
from ridgeless.certificates._equations import Equations
from ridgeless.certificates._mirror import UNIT_ROUNDOFF
from ridgeless.certificates._radius import Ball
from ridgeless.potentials import Radial
from ridgeless.potentials.radial import positive_root

# Units of rounding error of the closed form, the root finder for s included.
_ROUNDINGS = 32.0


def radial_ball(equations: Equations, potential: Radial, offset: Vector) -> Ball:
    """A ball around x∞, whose radius bounds the defects of the computed centre in the defining equations.

    Args:
        equations: the equations.
        potential: Φ.
        offset: (d,) of the theorem.
    """
    system, nothing = equations.system, np.zeros_like(offset)
    shortest = system.min_norm()
    null = system.project_null(offset)
    null = null - equations.min_norm(-equations.misfit(null, nothing) + equations.b)
    size, floor = norm(shortest), float(null @ null)
    square = positive_root(potential.imbalances, floor, size) if size > 0 else floor
    growth = float(np.sqrt(np.prod(square + potential.imbalances)))
    center = shortest + growth * null
    unsolved = norm(equations.min_norm(equations.misfit(center, nothing)))
    outside = norm(system.project_null(shortest))
    rounding = _ROUNDINGS * UNIT_ROUNDOFF * (norm(center) + growth * norm(offset))
    return Ball(center, 2 * (unsolved + outside) + rounding, 0.0)
