"""`rl.limit`: where training ends, without training."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import replace

from ridgeless import limits
from ridgeless._core.arrays import positive_number
from ridgeless._core.extremes import within_float64
from ridgeless.errors import NoExactLimit
from ridgeless.inits import Init, Vanishing, check_question, start
from ridgeless.networks import Network, Theta
from ridgeless.potentials import Bias, NoTheorem, Stall
from ridgeless.solution import Solution, provenance
from ridgeless.systems import LinearSystem
from ridgeless.verbs._limit_solution import LimitQuestion, limit_solution, stalled_solution
from ridgeless.verbs.vanishing_limit import vanishing_limit


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
    if isinstance(init, Vanishing):
        check_question(network, system, seed, "limit")
        walked = vanishing_limit(system, network, init, tol, seed)
        watch.finish(int(walked.stats["steps"]), walked.residual, walked.success)
        return walked
    theta0 = start(init, network, system, seed, "limit")
    began = time.perf_counter()
    found = network.theorem(theta0, system)
    if not isinstance(found, Bias):
        system.refuse_inconsistent()  # that the system has no solution is worth telling before anything else
    if isinstance(found, NoTheorem):
        raise NoExactLimit(
            f"limit: no theorem gives the end of training of {network} from this start: {found.reason}.",
            in_python=found.advice,
            at_command_line="Type another --network, --depth, --init or --scale, or train it: ridgeless study CONFIG.",
        )
    if isinstance(found, Stall):
        record = provenance(seed, verb="limit", system=system, network=network, init=init, tol=tol)
        return replace(stalled_solution(system, network, theta0, found, tol), provenance=record)
    minimum = limits.minimise(system, found, tol, watch)
    run_s = time.perf_counter() - began
    record = provenance(seed, verb="limit", system=system, network=network, init=init, tol=tol)
    answer = limit_solution(LimitQuestion(system, network, theta0, found, tol), minimum, run_s, record)
    watch.finish(minimum.steps, answer.residual, answer.success)
    return answer
