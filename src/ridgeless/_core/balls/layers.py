"""Choice of the ball-arithmetic mirror map for a product of three or more layers, by its starting weights."""

from __future__ import annotations

from fractions import Fraction
from math import prod

import flint

from ridgeless._core.arrays import Vector
from ridgeless._core.balls.arithmetic import ball
from ridgeless._core.balls.maps import BallMap, Branch, Fixed, Powers, Sum, Tangent, power_branches
from ridgeless._core.balls.quadrature import Layers


def layered(weights: Vector) -> BallMap:
    """The mirror map of a product of L ≥ 3 layers that start with these weights, one for each layer."""
    sizes = sorted(abs(float(weight)) for weight in weights)
    if sizes[1] == 0:
        return Fixed(flint.arb(0))
    depth = len(sizes)
    if sizes[0] == sizes[-1]:
        side = prod(1 if weight > 0 else -1 for weight in weights)
        # x = side·a^L, and every layer grows by the product of the others.
        return power_branches([(side, sizes[0])], depth, 1)
    if sizes[0] == 0 and sizes[1] == sizes[-1]:
        if depth == 3:
            return Tangent(ball(sizes[1]))
        if depth == 4:
            slack = 1 / ball(sizes[1]) ** 2
            return Powers([Branch(1, slack), Branch(-1, slack)], flint.arb(1) / 4, Fraction(2))
    # A layer at 0 counts as positive: its sign is that of the x it leads to.
    return Layers(tuple(sizes), prod(-1 if weight < 0 else 1 for weight in weights))


def two_branches(plus: Vector, minus: Vector) -> BallMap:
    """The mirror map of plus_1⋯plus_L − minus_1⋯minus_L, L ≥ 3."""
    added, subtracted = layered(plus), layered(minus)
    if isinstance(added, Powers) and isinstance(subtracted, Powers) and added.exponent == subtracted.exponent:
        turned = [Branch(-branch.sign, branch.slack) for branch in subtracted.branches]
        if len(added.branches) == len(turned) == 1:
            return Powers([*added.branches, *turned], added.coefficient, added.exponent)
    if not subtracted.moves:
        return added
    return Sum(added, subtracted)
