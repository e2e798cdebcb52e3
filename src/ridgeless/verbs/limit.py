"""`rl.limit`: where training ends, without training."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import replace

from ridgeless import limits
from ridgeless._core.arrays import positive_number
from ridgeless._core.extremes import within_float64
from ridgeless._core.progress import reported
from ridgeless.errors import NoExactLimit
from ridgeless.inits import Init, Vanishing
from ridgeless.inits.base import check_question, start
from ridgeless.networks import Network, Theta
from ridgeless.potentials import Bias, NoTheorem, Stall
from ridgeless.solution import Solution, provenance
from ridgeless.systems import LinearSystem
from ridgeless.verbs._limit_solution import LimitQuestion, limit_solution, stalled_solution


@reported("limit")
@within_float64
def limit(
    system: LinearSystem,
    network: Network,
    init: Init | Theta,
    tol: float = 1e-10,
    seed: int = 0,
    *,
    progress: Callable[[limits.Progress], object] | None = None,
    checkpoint: str | os.PathLike[str] | None = None,
) -> Solution:
    """Where gradient flow from the start ends, without training.

    Args:
        system: A x = b.
        network: how x is parametrised.
        init: an init, or theta0 as a dict; `rl.inits.Vanishing()` for the limit as the scale of the start vanishes.
        tol: on the residual ‖Ax − b‖/‖b‖.
        seed: for inits that draw.
        progress: called with an `rl.limits.Progress` after each Newton step on an operator or a dask array too large
            to expand, and once at the end of every limit.
        checkpoint: file that keeps the state of such a computation, written after each step; the same call goes on
            from it after a kill, and removes it when the limit is reached. Other limits take seconds, and write none.

    Returns:
        The limit. `status` is CONVERGED only with a residual within `tol`, every equation met to 1e-8 of its own
        terms |A||x| + |b|, and a stationarity within 1e-8; where rounding may have moved x or blurred its
        stationarity, a certificate decides.

    Raises:
        NoExactLimit: no theorem covers this start; the message says which test failed, and by how much.
        UnreadableFileError: the checkpoint is damaged.
        UnwritableFolderError: the checkpoint cannot be written.
        InconsistentSystemError: no x solves the system.
        InfeasibleSignsError: no solution has the signs that the start locks.
        InvalidInputError: an argument of the wrong kind, or a checkpoint of another problem.

    Example:
        >>> import numpy as np, ridgeless as rl
        >>> system = rl.LinearSystem(np.array([[1.0, 2.0]]), np.array([2.0]))
        >>> rl.limit(system, rl.networks.Difference(depth=2), rl.inits.Constant(1e-8)).x.round(6)
        array([0., 1.])
        >>> rl.limit(system, rl.networks.Difference(depth=2), rl.inits.Constant(1e3)).x.round(6)
        array([0.4, 0.8])
    """
    tol = positive_number(tol, "limit", "tol")
    watch = limits.watch(progress, checkpoint)
    began = time.perf_counter()
    record = provenance(seed, verb="limit", system=system, network=network, init=init, tol=tol)
    if isinstance(init, Vanishing):
        question = LimitQuestion(system, network, None, _of_vanishing_starts(system, network, init, seed), tol)
    else:
        theta0 = start(init, network, system, seed, "limit")
        found = _of_one_start(system, network, theta0)
        if isinstance(found, Stall):
            return replace(stalled_solution(system, network, theta0, found, tol), provenance=record)
        question = LimitQuestion(system, network, theta0, found, tol)
    minimum = limits.minimise(system, question.bias, tol, watch)
    answer = limit_solution(question, minimum, time.perf_counter() - began, record)
    watch.finish(minimum.steps, answer.residual, answer.success)
    return answer


def _of_vanishing_starts(system: LinearSystem, network: Network, init: Vanishing, seed: int) -> Bias:
    """The theorem that tells where starts of one direction end as their scale vanishes.

    Raises:
        NoExactLimit: there is none.
    """
    check_question(network, system, seed, "limit")
    direction = network.checked(init(network, system, seed), system.shape[1])
    found = network.vanishing_theorem(direction, system)
    if isinstance(found, Bias):
        return found
    raise NoExactLimit(
        f"limit: no theorem tells where vanishing starts of {network} go: {found.reason}.",
        in_python="Type rl.inits.Gaussian(scale) with a small scale, and train it.",
        at_command_line="Type another --network, --depth or --init.",
    )


def _of_one_start(system: LinearSystem, network: Network, theta0: Theta) -> Bias | Stall:
    """The theorem that tells where one start ends.

    Raises:
        NoExactLimit: there is none.
        InconsistentSystemError: no theorem applies, and no x solves the system, which is worth telling first.
    """
    found = network.theorem(theta0, system)
    if not isinstance(found, Bias):
        system.refuse_inconsistent()
    if isinstance(found, NoTheorem):
        raise NoExactLimit(
            f"limit: no theorem gives the end of training of {network} from this start: {found.reason}.",
            in_python=found.advice,
            at_command_line="Type another --network, --depth, --init or --scale, or train it: ridgeless study CONFIG.",
        )
    return found
