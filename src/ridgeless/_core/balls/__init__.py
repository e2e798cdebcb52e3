"""Mirror maps x_i = f_i(z_i) in ball arithmetic (midpoint-radius intervals), on python-flint's Arb (`[proof]`).

A network's `ball_map` returns these maps. The package is imported only when an enclosure is computed.

Source: Johansson 2017, "Arb: efficient arbitrary-precision midpoint-radius interval arithmetic", IEEE Trans. Computers.
"""

from ridgeless._core.balls.arithmetic import (
    Ball,
    around,
    ball,
    length,
    precision,
    restored,
    rounded_down,
    rounded_up,
    stored,
)
from ridgeless._core.balls.maps import (
    BallMap,
    ExponentialPair,
    Fixed,
    Line,
    Magnified,
    Powers,
    Sum,
    Tangent,
    power_branches,
)
from ridgeless._core.balls.quadrature import layered, two_branches

__all__ = [
    "Ball",
    "BallMap",
    "ExponentialPair",
    "Fixed",
    "Line",
    "Magnified",
    "Powers",
    "Sum",
    "Tangent",
    "around",
    "ball",
    "layered",
    "length",
    "power_branches",
    "precision",
    "restored",
    "rounded_down",
    "rounded_up",
    "stored",
    "two_branches",
]
