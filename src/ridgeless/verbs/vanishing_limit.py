"""The limit of vanishing starts as a `Solution`: its status, its saddles, what it says."""

from __future__ import annotations

import time

from ridgeless.certificates import STATIONARY, stationarity
from ridgeless.errors import NoExactLimit
from ridgeless.inits import Vanishing
from ridgeless.networks import Network, Theta
from ridgeless.potentials import Bias
from ridgeless.solution import Solution, Status, provenance
from ridgeless.systems import LinearSystem
from ridgeless.systems.equations import are_met
from ridgeless.verbs._limit_solution import told_of_precision
from ridgeless.verbs._weighted_l1 import End, minimiser


def vanishing_limit(system: LinearSystem, network: Network, init: Vanishing, tol: float, seed: int) -> Solution:
    """`rl.limit` for `rl.inits.Vanishing`, its arguments checked.

    Raises:
        NoExactLimit: no theorem covers the direction.
        InconsistentSystemError: no x solves the system.
        InfeasibleSignsError: no solution has the signs that the direction locks.
    """
    direction: Theta = network.checked(init(network, system, seed), system.shape[1])
    began = time.perf_counter()
    found = network.vanishing_theorem(direction, system)
    if not isinstance(found, Bias):
        raise NoExactLimit(
            f"limit: no theorem tells where vanishing starts of {network} go: {found.reason}.",
            in_python="Type rl.inits.Gaussian(scale) with a small scale, and train it.",
            at_command_line="Type another --network, --depth or --init.",
        )
    end = minimiser(system, found, network.homogeneity, tol)
    run_s = time.perf_counter() - began
    residual = system.residual(end.x, start=end.x)
    optimality = stationarity(system, end.x, found, end.dual)
    is_met = end.is_reached and are_met(system, end.x, residual, tol)
    status = _status(is_met, optimality, end)
    return Solution(
        x=end.x,
        status=status,
        message=_message(status, residual, optimality, tol, end.doubt) + told_of_precision(system),
        residual=residual,
        method=f"limit of {network} as the start vanishes: {end.method}",
        dual=end.dual,
        bias=found,
        history=end.history,
        stats={"steps": end.steps, "run_s": run_s, "compile_s": 0.0, "stationarity": optimality},
        provenance=provenance(seed, verb="limit", system=system, network=network, init=init, tol=tol),
        system=system,
        network=network,
        other=end.other if status is Status.NOT_UNIQUE else None,
    )


def _status(is_met: bool, optimality: float, end: End) -> Status:
    if end.doubt or not (is_met and optimality <= STATIONARY):
        return Status.STALLED
    return Status.CONVERGED if end.other is None else Status.NOT_UNIQUE


def _message(status: Status, residual: float, optimality: float, tol: float, doubt: str) -> str:
    if status is Status.CONVERGED:
        return f"The limit of gradient flow as its start vanishes; {status.value}."
    if status is Status.NOT_UNIQUE:
        return (
            "The weighted ℓ1 norm has more than one minimiser on A x = b; x is the one that starts of this direction "
            "tend to, the minimiser of the next order's entropy among them; `other` holds another. Another direction "
            "picks another."
        )
    if doubt and residual <= tol:
        return doubt
    return (
        f"The walk from saddle to saddle stopped at residual {residual:.1e} (asked: {tol:.0e}) and stationarity "
        f"{optimality:.1e} (asked: {STATIONARY:.0e}): x may not be the limit. Rescale the equations to one size, or "
        "type rl.inits.Constant(1e-8)."
    )
