"""Weights like those of a start, grown until their output is as large as the data: for a guess of the last sharpness.

A network of which no degree is known has no formula for the sharpness at its end, and that at a small start says
nothing of it: near a saddle the loss is flat. So all weights are multiplied by the least power of 2 with which A x has
the size of b; of a homogeneous network that is how large they become. Their signs are drawn anew, since starts are
often made to cancel, and x = 0 would stay 0.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ridgeless._core.arrays import norm
from ridgeless.networks import Theta, TrainingProblem, scaled

# A millionfold: an output that is still smaller then does not grow with the weights.
_DOUBLINGS = 20


def grown(problem: TrainingProblem) -> Theta | None:
    """Weights of the sizes of theta0 times the least power of 2 with ‖A x‖ ≥ ‖b‖; None where no power does that."""
    system, alike = problem.system, _with_other_signs(problem.theta0)
    for doubling in range(_DOUBLINGS + 1):
        theta = scaled(alike, 2.0**doubling)
        with np.errstate(over="ignore", invalid="ignore"):
            size = norm(system.matvec(np.asarray(problem.network(theta))))
        if not np.isfinite(size):
            return None
        if size >= norm(system.b):
            return theta
    return None


def _with_other_signs(theta: Theta) -> Theta:
    rng = np.random.default_rng(0)

    def drawn(value: Any) -> Any:
        if isinstance(value, list):
            return [drawn(each) for each in value]
        return np.asarray(value) * rng.choice([-1.0, 1.0], np.shape(value))

    return {name: drawn(value) for name, value in theta.items()}
