"""The `Solution` of a limit: its status and its message, judged from the minimum that a solver found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ridgeless.certificates import STATIONARY, Certificate, Verdict, certify, stationarity
from ridgeless.certificates.certificate import are_decided
from ridgeless.limits import Minimum
from ridgeless.networks import Network, Theta
from ridgeless.potentials import Bias, Stall
from ridgeless.solution import Solution, Status
from ridgeless.systems import LinearSystem
from ridgeless.systems.equations import are_met
from ridgeless.systems.normalize import precision_of

# Up to here a residual above tol may be rounding of a large x.
_ROUNDED = 1e-6


@dataclass(frozen=True, eq=False)
class LimitQuestion:
    """A limit to be computed: the end of gradient flow from theta0, by the theorem `bias`, to a residual of `tol`."""

    system: LinearSystem
    network: Network
    theta0: Theta
    bias: Bias
    tol: float


def limit_solution(question: LimitQuestion, minimum: Minimum, run_s: float, record: dict[str, Any]) -> Solution:
    """The minimum as a `Solution`: CONVERGED where the equations are met and it is where training ends.

    Args:
        question: what was asked.
        minimum: what was found.
        run_s: seconds it took.
        record: provenance.
    """
    system, network, tol = question.system, question.network, question.tol
    residual = system.residual(minimum.x, start=np.asarray(network(question.theta0)))
    optimality = _stationarity(question, minimum)
    is_met = are_met(system, minimum.x, residual, tol)
    proof = _proof(question, minimum) if is_met and (minimum.is_fragile or optimality > STATIONARY) else None
    is_right = optimality <= STATIONARY if proof is None else proof.verdict == Verdict.CERTIFIED
    status = Status.CONVERGED if is_met and is_right and not minimum.doubt else Status.STALLED
    message = _imprecise(system, status, residual) or _message(status, residual, optimality, tol, minimum.x)
    if is_met and status is Status.STALLED:
        message = minimum.doubt or (_fragile(proof) if proof is not None and minimum.is_fragile else message)
    return Solution(
        x=minimum.x,
        status=status,
        message=message + remarks(system, status) + _told_of_dependence(system) + _edge(minimum),
        residual=residual,
        method=f"limit of {network}: {minimum.method}",
        dual=minimum.dual,
        bias=question.bias,
        stats={"steps": minimum.steps, "run_s": run_s, "compile_s": 0.0, "stationarity": optimality},
        provenance=record,
        system=system,
        network=network,
        theta0=question.theta0,
    )


def _proof(question: LimitQuestion, minimum: Minimum) -> Certificate | None:
    """The certificate that decides where stationarity cannot; None for an operator, which would need more products."""
    if not question.system.is_expandable:
        return None
    return certify(question.system, minimum.x, question.bias, minimum.dual)


def _fragile(proof: Certificate) -> str:
    return (
        "x solves the equations, but columns are so nearly alike, or so different in size, that rounding may have "
        f"moved it: the bound on the distance to the limit is {proof.distance:.0e}·‖x‖. Type "
        "rl.certificates.enclose(solution) for the limit of the stored numbers to any number of digits, or a larger "
        "scale."
    )


def _edge(minimum: Minimum) -> str:
    """A sentence where x has zeros that the equations force."""
    if minimum.zeros is None:
        return ""
    return f" A x = b and the signs that the start locks leave {int(np.sum(minimum.zeros))} coordinates nothing but 0."


def _stationarity(question: LimitQuestion, minimum: Minimum) -> float:
    """The stationarity of x, without the zeros that A x = b forces: there the gradient is infinite."""
    system, bias = question.system, question.bias
    if minimum.zeros is None:
        return stationarity(system, minimum.x, bias, minimum.dual)
    keep = ~minimum.zeros
    if not keep.any():
        return 0.0
    part = Bias(bias.potential.restricted(keep), bias.offset[keep], bias.citation)
    return stationarity(system.restricted(keep), minimum.x[keep], part, minimum.dual)


def stalled_solution(system: LinearSystem, network: Network, theta0: Theta, found: Stall, tol: float) -> Solution:
    """The `Solution` of training that never solves the system; CONVERGED where its residual is within `tol`."""
    residual = system.residual(found.x, start=np.asarray(network(theta0)))
    status = Status.CONVERGED if residual <= tol else Status.STALLED
    return Solution(
        x=found.x,
        status=status,
        message=f"The exact end of gradient flow; {status.value}: {found.reason}." + told_of_precision(system),
        residual=residual,
        method=f"limit of {network}: closed form of a stall",
        stats={"steps": 0, "run_s": 0.0, "compile_s": 0.0},
        system=system,
        network=network,
        theta0=theta0,
    )


def uniqueness(system: LinearSystem, status: Status) -> str:
    """A sentence where A x = b has one solution only, "" elsewhere."""
    if status is not Status.CONVERGED or not system.is_unique:
        return ""
    return " A has full column rank: this is the only solution, whatever the initialization."


def remarks(system: LinearSystem, status: Status) -> str:
    """The sentences about the system that a message ends with: `uniqueness` and `told_of_precision`."""
    return uniqueness(system, status) + told_of_precision(system)


def told_of_precision(system: LinearSystem) -> str:
    """A sentence where the precision of the data decided, or leaves open, how many equations there are; else ""."""
    return f" {system.precision_note}" if system.precision_note else ""


def _told_of_dependence(system: LinearSystem) -> str:
    """A sentence where equations depend on others to rounding, and no more; else ""."""
    # Where nothing asked for the factorisation, no equation was left out.
    if "row_space" not in vars(system) or system.precision_note or are_decided(system):
        return ""
    fewer = system.shape[0] - system.rank
    return (
        f" {fewer} equations depend on others to the rounding of float64, and not to the last bit: x solves the "
        "others, and certificates speak of these."
    )


def _imprecise(system: LinearSystem, status: Status, residual: float) -> str:
    """What to do where the operator multiplies in single precision, and the answer is as good as that; else ""."""
    precision = precision_of(system.A)
    if status is Status.CONVERGED or precision <= np.finfo(np.float64).eps or residual > _ROUNDED:
        return ""
    return (
        f"A is an operator whose products have a relative precision of {precision:.0e}, and the residual of "
        f"{residual:.1e} is all that they give: x is no better known than that. Let matvec and rmatvec compute in "
        "float64."
    )


def _message(status: Status, residual: float, optimality: float, tol: float, found: np.ndarray) -> str:
    if status is Status.CONVERGED:
        return f"The exact end of gradient flow; {status.value}."
    if optimality <= STATIONARY and residual <= _ROUNDED:
        return (
            f"x meets the conditions of the limit, but its residual of {residual:.1e} is all that float64 gives for "
            f"entries as large as {np.abs(found).max():.1e}. A tolerance of {2 * residual:.0e}, or a smaller start, is "
            "in reach."
        )
    return (
        f"The solver stopped at residual {residual:.1e} (asked: {tol:.0e}) and stationarity {optimality:.1e} (asked: "
        f"{STATIONARY:.0e}): x may not be the limit; rl.certify(solution) tells how far it is. Change the scale of the "
        "start, or train it."
    )
