"""Mirror maps of separable networks: from starting weights to potentials.

Each coordinate of x is a sum of branches that grow or shrink monotonically as z = (Aᵀν)_i rises. Two branches of
opposite signs leave the sign of x_i open; branches of one sign lock it; no branch freezes it at 0.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from jaxtyping import Bool

from ridgeless._core.arrays import Vector
from ridgeless.potentials import (
    Bias,
    Blocks,
    DeepEntropy,
    DeepHypentropy,
    Entropy,
    Frozen,
    Hypentropy,
    NoTheorem,
    SeparablePotential,
)
from ridgeless.potentials.branches import distinct_widths
from ridgeless.systems import LinearSystem

Part = Callable[[np.ndarray], tuple[SeparablePotential, Vector]]

# How small a start may be, in units of max|A⁺b|^(1/D): measured. The unit itself is a rough one, so that a start is
# refused from a tenth of this on.
SMALLEST_SCALE = 1e-150
_LEEWAY = 0.1
# Up to here up − down has the digits of both, and log(up) − log(down) fewer.
_NEARLY_ONE = 0.5
# Too small for solutions beyond 1e242 only: not worth computing A⁺b for.
_ORDINARY = 1e-30
# z is counted in |w|^(2−D), which float64 must hold; the room is for what A multiplies it by.
_LARGEST_UNIT = 1e302


def exponential(positive: Vector, negative: Vector, rate: float) -> tuple[SeparablePotential, Vector]:
    """Potential and offset of x = positive²·exp(c z) − negative²·exp(−c z): every depth-2 row.

    Args:
        positive: (d,) square roots of the growing branches at z = 0, any sign.
        negative: (d,) square roots of the shrinking branches.
        rate: c.
    """
    up, down = np.abs(positive), np.abs(negative)

    def both(index: np.ndarray) -> tuple[SeparablePotential, Vector]:
        tilt = _log_ratio(up[index], down[index])
        return Hypentropy(2 * up[index] * down[index], rate), tilt / rate

    def one(index: np.ndarray) -> tuple[SeparablePotential, Vector]:
        sign = np.where(up[index] > 0, 1.0, -1.0)
        return Entropy(sign, rate), sign * 2 * np.log(np.maximum(up[index], down[index])) / rate

    return assembled((up > 0) & (down > 0), (up > 0) | (down > 0), both, one)


def _log_ratio(up: Vector, down: Vector) -> Vector:
    """log(up/down), to its own digits where both are nearly one: it is 0 only where they are."""
    difference = (up - down) / down
    is_near = np.abs(difference) < _NEARLY_ONE
    return np.where(is_near, np.log1p(np.where(is_near, difference, 0.0)), np.log(up) - np.log(down))


def powers(u: Vector, v: Vector, depth: int) -> tuple[SeparablePotential, Vector]:
    """Potential and offset of x = u^D − v^D, D ≥ 2, with the weights u and v at z = 0; a zero has no branch."""
    return exponential(u, v, rate=4.0) if depth == 2 else power(u, v, depth, depth)


def power(first: Vector, second: Vector, depth: int, rate: int) -> tuple[SeparablePotential, Vector]:
    """Potential and offset of x = u^D − v^D with u' = r·u^(D−1) and v' = −r·v^(D−1), D ≥ 3; a zero has no branch.

    Args:
        first: (d,) u at z = 0.
        second: (d,) v at z = 0.
        depth: D.
        rate: r, D for one weight to the power D, 1 for D layers of one size.
    """
    speed = rate * (depth - 2)
    exponent = depth / (depth - 2)
    coefficient = speed**-exponent
    signs, starts = slacks(first, second, depth, rate)
    is_open = signs[0] * signs[1] < 0

    def both(index: np.ndarray) -> tuple[SeparablePotential, Vector]:
        is_first_up = signs[0, index] > 0
        upper = np.where(is_first_up, starts[0, index], starts[1, index])
        lower = np.where(is_first_up, starts[1, index], starts[0, index])
        return DeepHypentropy(upper, lower, coefficient, exponent), np.zeros(len(index))

    def one(index: np.ndarray) -> tuple[SeparablePotential, Vector]:
        sign = np.sign(signs[0, index] + signs[1, index])
        ordered = np.sort(starts[:, index], axis=0)
        return DeepEntropy(sign, ordered[0], ordered[1], coefficient, exponent), np.zeros(len(index))

    return assembled(is_open, (first != 0) | (second != 0), both, one)


def slacks(first: Vector, second: Vector, depth: int, rate: int) -> tuple[np.ndarray, np.ndarray]:
    """Signs (2, d) of the branches first^D and −second^D, and their slacks |w|^(2−D)/(r(D−2)) at z = 0.

    At z the slack is what it was less sign·z; a branch that is absent has the sign 0 and an infinite one.
    """
    signs = np.stack([np.sign(first) ** depth, -(np.sign(second) ** depth)])
    weights = np.abs(np.stack([first, second]))
    with np.errstate(divide="ignore"):
        return signs, distinct_widths(weights ** (2.0 - depth) / (rate * (depth - 2)), weights)


def with_frozen(moving: Bool[np.ndarray, " d"], make: Part) -> tuple[SeparablePotential, Vector]:
    """The potential that `make` gives on the moving coordinates, the others frozen at 0."""
    return assembled(moving, moving, make, make)


def refuse_tiny(weights: np.ndarray, system: LinearSystem, degree: int) -> NoTheorem | None:
    """A reason to refuse a start that is too small for float64 or for the solvers; None if it is not.

    Args:
        weights: those that a coordinate moves away from 0 by: of a product of layers, the largest.
        system: whose solution gives the unit.
        degree: D.
    """
    sizes = np.abs(weights[weights != 0])
    if not len(sizes):
        return None
    # Depth 2 counts x in w², depth D ≥ 3 counts z in w^(2−D).
    least = np.sqrt(np.finfo(float).tiny) if degree == 2 else _LARGEST_UNIT ** (1 / (2 - degree))
    if sizes.min() < least:
        return NoTheorem(
            f"its smallest weight is {sizes.min():.1e}, and for depth {degree} float64 ends at {least:.0e}",
            "Start larger, or take the limit that ever smaller starts tend to: rl.inits.Vanishing().",
        )
    if float(np.median(sizes)) >= _ORDINARY:
        return None
    solution = np.abs(system.min_norm()).max()
    scale = float(np.median(sizes)) / solution ** (1 / degree) if solution > 0 else np.inf
    if scale >= _LEEWAY * SMALLEST_SCALE:
        return None
    return NoTheorem(
        f"its scale is {scale:.1e} in units of max|A⁺b|^(1/{degree}), and the solver is trusted down to "
        f"{SMALLEST_SCALE:.0e}",
        "Start larger.",
    )


def mirror_bias(found: tuple[SeparablePotential, Vector], citation: str) -> Bias:
    """The bias of a separable network."""
    assumptions = ("gradient flow on ½‖A x(θ) − b‖²", "some solution has the signs that the start locks")
    return Bias(found[0], found[1], citation, assumptions)


def assembled(
    is_open: Bool[np.ndarray, " d"], moves: Bool[np.ndarray, " d"], both: Part, one: Part
) -> tuple[SeparablePotential, Vector]:
    """The potential that `both` gives where two parts move, `one` where one does; the others are frozen at 0."""
    kinds = ((is_open, both), (moves & ~is_open, one), (~moves, _frozen))
    chosen = [(np.flatnonzero(mask), make) for mask, make in kinds if mask.any()]
    made = [(index, *make(index)) for index, make in chosen]
    offset = np.zeros(len(moves))
    for index, _, part_offset in made:
        offset[index] = part_offset
    if len(made) == 1:
        return made[0][1], offset
    return Blocks(tuple(index for index, _, _ in made), tuple(part for _, part, _ in made)), offset


def _frozen(index: np.ndarray) -> tuple[SeparablePotential, Vector]:
    return Frozen(len(index)), np.zeros(len(index))
