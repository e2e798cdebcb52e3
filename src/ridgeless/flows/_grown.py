"""A start grown until its output is as large as the data, by which the sharpness at the end is guessed.

A network of which no degree is known has no formula for the sharpness at its end, and that at a small start says
nothing of it: near a saddle the loss is flat. All weights are multiplied by the least power of 2 with which A x has the
size of b. Of a homogeneous network that is how large the weights become.
"""

from __future__ import annotations

import numpy as np

from ridgeless._core.arrays import norm
from ridgeless.networks import Theta, TrainingProblem, scaled

# A millionfold: an output that is still smaller then does not grow with the weights.
_DOUBLINGS = 20


def grown(problem: TrainingProblem) -> Theta | None:
    """The start times the least power of 2 with ‖A x‖ ≥ ‖b‖; None where it is so large already, or never becomes it."""
    system = problem.system
    for doubling in range(_DOUBLINGS + 1):
        theta = scaled(problem.theta0, 2.0**doubling)
        with np.errstate(over="ignore", invalid="ignore"):
            size = norm(system.matvec(np.asarray(problem.network(theta))))
        if not np.isfinite(size):
            return None
        if size >= norm(system.b):
            return theta if doubling else None
    return None
