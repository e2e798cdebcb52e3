"""`rl.continue_from`: the start of a second phase, where a first one ended."""

from __future__ import annotations

from typing import Any

import numpy as np

from ridgeless._core.extremes import within_float64
from ridgeless.errors import InvalidInputError
from ridgeless.inits import Weights
from ridgeless.networks import Theta
from ridgeless.solution import Solution
from ridgeless.systems import LinearSystem


@within_float64
def continue_from(solution: Solution, system: LinearSystem) -> Weights:
    """The start of training on a new system where an earlier one ended: fine-tuning.

    The weights of a training are taken as they are. A limit, or a training in dual coordinates, has x alone; where x
    depends on the weights coordinate by coordinate, x and what gradient flow conserves tell the weights: u and v from
    x = u² − v² and u·v = u₀v₀. Theorems cover any start, and so the exact limit of the second phase as well:
    `rl.limit(system, network, rl.continue_from(solution, system))`.

    Args:
        solution: of `rl.train`, `rl.limit` or `rl.record`, whatever its status if its weights are known; a limit must
            be the limit: CONVERGED or NOT_UNIQUE.
        system: the new A x = b, in as many unknowns.

    Returns:
        The weights as an init. `rl.train`, `rl.train_batch`, `rl.limit` and all others that take an init take it,
        with `solution.network`.

    Raises:
        InvalidInputError: another number of unknowns; a solution that has no weights, and whose network does not tell
            them from x (`Dense`, `Orthogonal`, `TwoBranch` beyond two layers); weights that float64 does not hold.

    Source: fine-tuning of diagonal networks is the subject of Anguita et al. 2026, arXiv 2602.20062; here the theorems
    of `rl.limit` are applied once more.

    Example:
        >>> import numpy as np, ridgeless as rl
        >>> network = rl.networks.Difference(depth=2)
        >>> first = rl.limit(rl.LinearSystem(np.array([[1.0, 2.0]]), np.array([2.0])), network, rl.inits.Constant(1e-3))
        >>> second = rl.LinearSystem(np.array([[1.0, 1.0]]), np.array([3.0]))
        >>> rl.limit(second, network, rl.continue_from(first, second)).x.round(2)  # the feature that was found is used
        array([0., 3.])
        >>> rl.limit(second, network, rl.inits.Constant(1e-3)).x.round(2)  # and from the first start
        array([1.5, 1.5])
    """
    if not isinstance(solution, Solution):
        raise InvalidInputError(
            f"continue_from: solution is a {type(solution).__name__}; pass what rl.train or rl.limit returned."
        )
    if not isinstance(system, LinearSystem):
        raise InvalidInputError(f"continue_from: system is a {type(system).__name__}; pass rl.LinearSystem(A, b).")
    if len(solution.x) != system.shape[1]:
        raise InvalidInputError(
            f"continue_from: the solution has {len(solution.x)} unknowns and the new system {system.shape[1]}; pass a "
            "system in the same unknowns."
        )
    theta = _weights(solution) if solution.theta is None else solution.theta
    if not all(np.isfinite(leaf).all() for leaf in _leaves(theta)):
        raise InvalidInputError(
            f"continue_from: the weights of this solution are not finite ({solution.status.name}); continue from a "
            "training that did not diverge."
        )
    return Weights(theta, origin=f"the end of: {solution.method}")


def _weights(solution: Solution) -> Theta:
    """The weights at the end of a limit, or of a training in dual coordinates."""
    network, theta0 = solution.network, solution.theta0
    if network is None or theta0 is None or solution.bias is None:
        raise InvalidInputError(
            "continue_from: this solution has no weights, and no start and theorem that tell them: it is the limit of "
            "a vanishing start or of lazy training, or was loaded without its network. Continue from rl.train, or from "
            "rl.limit at a scale above 0."
        )
    if not (solution.success or solution.other is not None):
        raise InvalidInputError(
            f"continue_from: the limit is {solution.status.name}, and its x may not be where training ends: "
            f"{solution.message} Compute it to the end, or train."
        )
    return network.weights_at(theta0, solution.x)


def _leaves(theta: Theta) -> list[Any]:
    return [leaf for entry in theta.values() for leaf in (entry if isinstance(entry, list) else [entry])]
