"""When training from a small start leaves each saddle, as the limit of vanishing starts predicts."""

from __future__ import annotations

import math

import numpy as np
from jaxtyping import Float

from ridgeless.errors import InvalidInputError
from ridgeless.solution import Saddles, Solution

_CALL = "plots.jump_times"


def jump_times(limit: Solution, scale: float, step_size: float | None = None) -> Float[np.ndarray, " jumps"]:
    """Predicted times at which training from `scale`·direction jumps from saddle to saddle.

    A network of depth D from a small start rests on a saddle, leaves it at once, and rests on the next. The limit of
    vanishing starts has the times of these jumps in units that the scale sets:

        t = s·log(1/scale) for D = 2,   t = s·scale^(2−D) for D ≥ 3,

    with s = `limit.history.at`, for the loss ½‖Ax − b‖². The relative error vanishes with the scale, at D = 2 as
    1/log(1/scale).

    Args:
        limit: `rl.limit(system, network, rl.inits.Vanishing())`, or with a direction.
        scale: of the start, below 1 at D = 2.
        step_size: η of gradient descent, for times in steps, t/η; None for the time of gradient flow.

    Returns:
        (jumps,) times, without the start at x = 0.

    Raises:
        InvalidInputError: a solution that is no limit of a vanishing start, or numbers out of range.

    Source: Pesme and Flammarion 2023, arXiv 2304.00488, Theorem 2; Zhao et al. 2026, arXiv 2607.12332.

    Example:
        >>> import numpy as np, ridgeless as rl
        >>> system = rl.LinearSystem(np.array([[1.0, 2.0]]), np.array([2.0]))
        >>> limit = rl.limit(system, rl.networks.Difference(depth=2), rl.inits.Vanishing())
        >>> jump_times(limit, scale=1e-4).round(3)
        array([1.151])
    """
    if not isinstance(limit.history, Saddles) or limit.network is None:
        raise InvalidInputError(
            f"{_CALL}: got a solution without saddles; pass rl.limit(system, network, rl.inits.Vanishing())."
        )
    degree = limit.network.homogeneity or 1  # a network without a degree has no saddles
    if not 0 < scale < math.inf or (degree == 2 and scale >= 1):
        raise InvalidInputError(f"{_CALL}: scale = {scale}; type that of a small start, such as scale=1e-4.")
    if step_size is not None and not 0 < step_size < math.inf:
        raise InvalidInputError(f"{_CALL}: step_size = {step_size}; type that of the training, or leave it out.")
    unit = math.log(1 / scale) if degree == 2 else scale ** (2.0 - degree)
    return limit.history.at[1:] * unit / (step_size or 1.0)
