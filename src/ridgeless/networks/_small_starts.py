"""From the theorem at one scale to the theorem at scale → 0: potentials become weighted ℓ1 norms."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ridgeless.arrays import Vector
from ridgeless.potentials import Bias, NoTheorem, Quadratic, Radial, SeparablePotential, WeightedL1
from ridgeless.potentials.branches import Branches, ExponentialProfile

_CITATION = "Zhao et al. 2026, arXiv 2607.12332; Pesme and Flammarion 2023, arXiv 2304.00488"


def vanishing_bias(found: Bias, degree: int) -> Bias | NoTheorem:
    """Where training ends as the start shrinks along a direction.

    Args:
        found: the theorem at the direction itself, that is at scale 1.
        degree: D with x(t·theta) = t^D·x(theta).
    """
    potential, nothing = found.potential, np.zeros_like(found.offset)
    if isinstance(potential, Quadratic):
        return replace(found, offset=nothing)
    if isinstance(potential, Radial):
        # The start's length and imbalances vanish; what is left is a multiple of the Euclidean norm's power.
        return replace(found, potential=Radial(np.zeros_like(potential.imbalances)), offset=nothing)
    if not isinstance(potential, SeparablePotential):
        return NoTheorem(f"no theorem tells where {type(potential).__name__} starts go as their scale vanishes")
    branches = potential.branches(found.offset)
    up, down = edges(branches, degree, len(nothing))
    return Bias(WeightedL1(up, down), nothing, _CITATION, found.assumptions, ties=branches)


def edges(branches: Branches, degree: int, size: int) -> tuple[Vector, Vector]:
    """How far z must rise, and fall, for each coordinate to leave 0; ∞ where it cannot.

    At depth 2 a branch α²·P·exp(c z) is of order one at z = (2/c)·log(1/α), whatever P; beyond, it blows up where
    its slack is used up, at z = α^(2−D)·start/slope.
    """
    is_exponential = isinstance(branches.profile, ExponentialProfile)
    distance = degree / branches.slope if is_exponential else branches.start / branches.slope
    both = np.full((2, size), np.inf)
    np.minimum.at(both, ((branches.sign < 0).astype(int), branches.coordinate), distance)
    return both[0], both[1]
