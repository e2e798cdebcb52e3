"""The `Solution` that reports a limit: its status, and the sentence that gives the reason for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ridgeless.certificates import STATIONARY, Certificate, Verdict, certify, recovery, stationarity
from ridgeless.certificates.certificate import are_decided
from ridgeless.limits import Minimum, Outcome
from ridgeless.networks import Network, Theta
from ridgeless.potentials import Bias, Stall, WeightedL1
from ridgeless.solution import Solution, Status
from ridgeless.systems import LinearSystem
from ridgeless.systems.equations import are_met
from ridgeless.systems.normalize import precision_of

# Up to here a residual above tol may be rounding of a large x.
_ROUNDED = 1e-6
_AS_IT_VANISHES = "The limit of gradient flow as its start vanishes"
_ONE_OF_MANY = (
    "The weighted ℓ1 norm has more than one minimiser on A x = b; x is the one that starts of this direction tend to, "
    "the minimiser of the next order's entropy among them; `other` holds another. Another direction picks another."
)


@dataclass(frozen=True, eq=False)
class LimitQuestion:
    """A limit to be computed: the end of gradient flow from theta0, by the theorem `bias`, to a residual of `tol`.

    theta0 is None where the scale of the start vanishes.
    """

    system: LinearSystem
    network: Network
    theta0: Theta | None
    bias: Bias
    tol: float

    @property
    def what(self) -> str:
        """What is told, for messages."""
        return f"limit of {self.network}" + ("" if self.theta0 is not None else " as the start vanishes")


@dataclass(frozen=True, eq=False)
class _Judgement:
    """What decides the status of a limit.

    Attributes:
        residual: ‖Ax − b‖/‖b‖.
        stationarity: how far the gradient is from what the equations span.
        is_met: whether every equation is met.
        outcome: how the solver ended, a proof of uniqueness taken into account.
        proof: the certificate, where rounding may have moved x or blurred its stationarity.
    """

    residual: float
    stationarity: float
    is_met: bool
    outcome: Outcome
    proof: Certificate | None

    @property
    def is_right(self) -> bool:
        """Whether x is the limit, as far as is known."""
        is_optimal = self.stationarity <= STATIONARY if self.proof is None else self.proof.verdict == Verdict.CERTIFIED
        return self.is_met and is_optimal and not self.outcome.is_undecided


def limit_solution(question: LimitQuestion, minimum: Minimum, run_s: float, record: dict[str, Any]) -> Solution:
    """The minimum as a `Solution`: CONVERGED where the equations are met and it is where training ends.

    Args:
        question: what was asked.
        minimum: what was found.
        run_s: seconds it took.
        record: provenance.
    """
    system = question.system
    judged = _judged(question, minimum)
    status = Status.STALLED
    if judged.is_right:
        status = Status.CONVERGED if minimum.other is None else Status.NOT_UNIQUE
    return Solution(
        x=minimum.x,
        status=status,
        message=_message(question, minimum, judged, status),
        residual=judged.residual,
        method=f"{question.what}: {minimum.method}",
        dual=minimum.dual,
        bias=question.bias,
        history=minimum.saddles,
        stats={"steps": minimum.steps, "run_s": run_s, "compile_s": 0.0, "stationarity": judged.stationarity},
        provenance=record,
        system=system,
        network=question.network,
        theta0=question.theta0,
        other=minimum.other if status is Status.NOT_UNIQUE else None,
    )


def _judged(question: LimitQuestion, minimum: Minimum) -> _Judgement:
    """How good the minimum is."""
    system, theta0 = question.system, question.theta0
    initial = minimum.x if theta0 is None else np.asarray(question.network(theta0))
    residual = system.residual(minimum.x, start=initial)
    optimality = _stationarity(question, minimum)
    is_solved = minimum.outcome is not Outcome.PATH_LEFT_UNSOLVED
    is_met = is_solved and are_met(system, minimum.x, residual, question.tol)
    outcome = _uniqueness(question, minimum) if is_met else minimum.outcome
    proof = None
    # On an operator a certificate would take more products than the limit.
    if is_met and system.is_expandable and (outcome.asks_certificate or optimality > STATIONARY):
        proof = certify(system, minimum.x, question.bias, minimum.dual)
    return _Judgement(residual, optimality, is_met, outcome, proof)


def _uniqueness(question: LimitQuestion, minimum: Minimum) -> Outcome:
    """The outcome, where x minimises a weighted ℓ1 norm held against a proof that it is the only minimiser."""
    box, outcome = question.bias.potential, minimum.outcome
    is_asked = minimum.other is not None or outcome is Outcome.NEAR_TIES
    if not (is_asked and isinstance(box, WeightedL1)):
        return outcome
    is_only = recovery(question.system, minimum.x, box).is_certified
    if minimum.other is not None:
        return Outcome.NEAR_TIES if is_only else outcome
    return Outcome.REACHED if is_only else outcome


def _message(question: LimitQuestion, minimum: Minimum, judged: _Judgement, status: Status) -> str:
    """A sentence or more for a person: the status, its reason, and what to do."""
    said = _reason(question, minimum, judged, status)
    return said + remarks(question.system, status) + _told_of_dependence(question.system) + _edge(minimum)


def _reason(question: LimitQuestion, minimum: Minimum, judged: _Judgement, status: Status) -> str:
    if status is Status.CONVERGED:
        end = "The exact end of gradient flow" if question.theta0 is not None else _AS_IT_VANISHES
        return f"{end}; {status.value}."
    if status is Status.NOT_UNIQUE:
        return _ONE_OF_MANY
    imprecise = _imprecise(question.system, judged.residual)
    if imprecise:
        return imprecise
    if judged.is_met and (judged.outcome.is_undecided or judged.outcome.asks_certificate):
        return _doubt(minimum, judged)
    if judged.stationarity <= STATIONARY and judged.residual <= _ROUNDED and question.theta0 is not None:
        return (
            f"x meets the conditions of the limit, but its residual of {judged.residual:.1e} is all that float64 gives "
            f"for entries as large as {np.abs(minimum.x).max():.1e}. A tolerance of {2 * judged.residual:.0e}, or a "
            "smaller start, is in reach."
        )
    why = "" if judged.outcome in (Outcome.REACHED, Outcome.MOVED_BY_ROUNDING) else f"{judged.outcome.sentence} "
    return (
        f"{why}The residual is {judged.residual:.1e} (asked: {question.tol:.0e}) and the stationarity "
        f"{judged.stationarity:.1e} (asked: {STATIONARY:.0e}): x may not be the limit; rl.certify(solution) tells how "
        f"far it is. {judged.outcome.remedy or 'Change the scale of the start, or train it.'}"
    )


def _doubt(minimum: Minimum, judged: _Judgement) -> str:
    """Why x is in doubt though it solves the equations, which coordinates, how far it may be, and what to do."""
    named = f" They are {', '.join(str(each) for each in minimum.undecided)}." if minimum.undecided else ""
    bound = (
        "" if judged.proof is None else f" The bound on its distance to the limit is {judged.proof.distance:.0e}·‖x‖."
    )
    return f"{judged.outcome.sentence}{named}{bound} {judged.outcome.remedy}"


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
    return stationarity(system.restricted(keep), minimum.x[keep], bias.restricted(keep), minimum.dual)


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


def _imprecise(system: LinearSystem, residual: float) -> str:
    """What to do where the operator multiplies in single precision, and the answer is as good as that; else ""."""
    precision = precision_of(system.A)
    if precision <= np.finfo(np.float64).eps or residual > _ROUNDED:
        return ""
    return (
        f"A is an operator whose products have a relative precision of {precision:.0e}, and the residual of "
        f"{residual:.1e} is all that they give: x is no better known than that. Let matvec and rmatvec compute in "
        "float64."
    )
