"""`rl.solve` with noise: the penalised solution whose misfit has the size of the noise."""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from ridgeless._core.arrays import norm
from ridgeless._core.extremes import within_float64
from ridgeless.errors import InvalidInputError, NoExactLimit
from ridgeless.inits import Constant, Init
from ridgeless.inits.base import start
from ridgeless.limits.penalised import End, Penalised, at_discrepancy, distance_bound, has_dual
from ridgeless.networks import Network, Theta
from ridgeless.potentials import Bias, NoTheorem, Quadratic
from ridgeless.solution import Solution, Status, provenance
from ridgeless.systems import LinearSystem

_RIDGE = "ridge regression"
# How near to a pole of the mirror map z may be: eps over this is the part to which x is then known.
_SLACK = 1e-5
_STATUS = {
    End.REACHED: Status.CONVERGED,
    End.START: Status.CONVERGED,
    End.OUT_OF_REACH: Status.STALLED,
    End.STALLED: Status.STALLED,
}


def checked_noise(noise: Any) -> float:
    """The noise as a float.

    Raises:
        InvalidInputError: no finite number of at least 0.
    """
    is_number = isinstance(noise, (int, float, np.integer, np.floating)) and not isinstance(noise, bool)
    # Near the largest float, √n times the noise is no number.
    if not (is_number and 0 <= noise <= 1e300):
        raise InvalidInputError(
            f"solve: noise = {noise!r}; type the standard deviation of the noise in each entry of b, a number of at "
            "least 0."
        )
    return float(noise)


def noisy_init(system: LinearSystem, noise: float, network: Network) -> Constant:
    """Constant(s), s = 1e-4·√max|x|, or s = 1e-5^(1/(D−2))·max|x|^(1/D) for D layers if that is more.

    x is the ridge regression with the misfit of the noise, or of half of b if less. The mirror map of D ≥ 3 layers has
    poles at z = ±1 in units of the start, and x = O(1) is reached at a distance of about s^(D−2) from them. It is told
    from z by its last digits, to a part of about eps/s^(D−2): from a smaller start x is rounding.
    """
    size = norm(system.b)
    layers = _layers(network)
    if size == 0:
        return Constant(max(1e-4, _told_apart(layers)))
    radius = min(noise * np.sqrt(system.shape[0]), size / 2)
    ridge = at_discrepancy(system, Bias(Quadratic(), np.zeros(system.shape[1]), _RIDGE), radius, tol=1e-3)
    largest = float(np.abs(ridge.x).max())
    if largest == 0:
        return Constant(max(1e-4, _told_apart(layers)))
    return Constant(float(max(1e-4 * np.sqrt(largest), _told_apart(layers) * largest ** (1 / layers))))


def _layers(network: Network) -> int:
    """The degree of x in the weights, or 1 where it has none: no theorem tells what such a network minimises."""
    return network.homogeneity or 1


def _told_apart(layers: int) -> float:
    """The least start of weights from which x of size 1 is told from its dual coordinate to ten digits."""
    return _SLACK ** (1 / (layers - 2)) if layers > 2 else 0.0


@within_float64
def discrepancy_solution(
    system: LinearSystem, network: Network, init: Init | Theta | None, noise: float, tol: float
) -> Solution:
    """The solution of least potential among those with ‖A x − b‖ ≤ noise·√n.

    Raises:
        NoExactLimit: no theorem covers this start, or its potential does not act entry by entry.
    """
    began = time.perf_counter()
    init = noisy_init(system, noise, network) if init is None else init
    record = provenance(0, verb="solve", system=system, network=network, init=init, noise=noise, tol=tol)
    theta0 = start(init, network, system, 0, "solve")
    bias = _bias(system, network, theta0)
    radius = float(noise * np.sqrt(system.shape[0]))
    found = at_discrepancy(system, bias, radius, tol)
    reach = distance_bound(system, bias, found)
    size = norm(system.b)
    return Solution(
        x=found.x,
        status=_STATUS[found.end],
        message=_message(found, radius, reach, network),
        residual=system.residual(found.x, start=np.asarray(network(theta0))),
        method=f"discrepancy principle for {network}: Newton on the dual of penalised least squares",
        dual=found.dual,
        stats={
            "steps": found.steps,
            "run_s": time.perf_counter() - began,
            "compile_s": 0.0,
            "penalty": found.lam,
            "misfit": found.misfit,
            "noise": float(radius),
            "stationarity": found.stationarity / size if size > 0 else found.stationarity,
            "distance": reach,
        },
        provenance=record,
        system=system,
        network=network,
        theta0=theta0,
    )


def _bias(system: LinearSystem, network: Network, theta0: Theta) -> Bias:
    """The theorem whose potential is the penalty.

    Raises:
        NoExactLimit: there is none, or its potential does not act entry by entry.
    """
    bias = network.theorem(theta0, system)
    advice = "Type rl.networks.Difference(depth=2), rl.networks.Power(depth=2) for x ≥ 0, or leave the noise out."
    if isinstance(bias, NoTheorem):
        raise NoExactLimit(f"solve: no theorem tells what this start penalises: {bias.reason}.", in_python=advice)
    if not isinstance(bias, Bias) or not has_dual(bias.potential):
        kind = type(bias.potential).__name__ if isinstance(bias, Bias) else "a start that stalls"
        raise NoExactLimit(
            f"solve: noise needs a potential that acts entry by entry, and that of {network} is {kind}.",
            in_python=advice,
        )
    return bias


def _advice(network: Network) -> str:
    layers = _layers(network)
    if layers <= 2:
        return ""
    return (
        f": x of size 1 needs Constant({_told_apart(layers):.2g}) or more with {layers} layers, as from smaller ones "
        "it hangs on digits that its dual coordinate has not"
    )


def _message(found: Penalised, radius: float, reach: float, network: Network) -> str:
    """What x is, how the search ended, and what to do."""
    if found.end is End.START:
        return (
            f"x is the start of training: {found.end.value}. ‖Ax − b‖ is {found.misfit:.3g} there, and noise·√n is "
            f"{radius:.3g}."
        )
    if found.end is End.OUT_OF_REACH:
        return (
            f"{found.end.value[0].upper()}{found.end.value[1:]}: it is {found.misfit:.6g} at the smallest penalty that "
            f"was tried, and noise·√n is {radius:.6g}. Type a larger noise, or a network that reaches more x."
        )
    if found.end is End.STALLED:
        return (
            f"{found.end.value[0].upper()}{found.end.value[1:]}: it is {found.misfit:.6g}, and noise·√n is "
            f"{radius:.6g}. Type a larger tol, or a larger scale of the start{_advice(network)}."
        )
    return (
        f"Least penalty among all x with ‖Ax − b‖ ≤ noise·√n; {found.end.value}, {found.misfit:.6g}. It minimises "
        f"½‖Ax − b‖² + λ·penalty for λ = {found.lam:.6g}, up to a distance of {reach:.0e}·‖x‖."
    )
