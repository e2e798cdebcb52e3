"""Is this x the one that the theorem promises? Three numbers and a verdict, independent of how x was found."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np

from ridgeless.arrays import Dual, Vector, real_array, refuse_non_finite
from ridgeless.certificates.optimality import Optimality, optimality
from ridgeless.certificates.sparse import sparse_optimality
from ridgeless.errors import InvalidInputError
from ridgeless.potentials import Bias, WeightedL1
from ridgeless.solution import Solution
from ridgeless.systems import LinearSystem

CERTIFIED_TO = 1e-8
REFUTED_FROM = 1e-7


class Verdict(StrEnum):
    """What a certificate says."""

    CERTIFIED = "certified"
    REFUTED = "refuted"
    INCONCLUSIVE = "inconclusive"


@dataclass(frozen=True)
class Certificate:
    """A proof that x is, or is not, the minimiser of Φ(x) − ⟨offset, x⟩ over A x = b.

    Entries of ∇Φ(x) that float64 cannot read off x are read off a dual ν. Where one is given and x_i equals
    ∇Φ*(offset + Aᵀν)_i to its last bits, the entry is (offset + Aᵀν)_i; where none is given, it is that of the ν on
    which the readable entries agree, if that lies within the rounding of x_i. The gap leaves out a coordinate where
    both agree and Φ* blows up within the rounding of the dual point. What rounding leaves unreadable is inconclusive:
    an x_i of exactly 0 on the edge of the domain, and a stationarity that the rounding of x alone would explain.

    Attributes:
        feasibility: ‖Ax − b‖/‖b‖.
        stationarity: ‖P_N(∇Φ(x) − offset)‖/(‖∇Φ(x)‖ + ‖offset‖); NaN without a theorem.
        gap: (Φ(x) − ⟨offset, x⟩ + Φ*(offset + Aᵀν) − ⟨b, ν⟩)/(1 + |Φ(x) − ⟨offset, x⟩|); NaN without a theorem.
        verdict: certified where all three are ≤ 1e-8, refuted where one is ≥ 1e-7, inconclusive between, without
            a theorem, and where rounding alone could make the difference.
        reason: one sentence.
    """

    feasibility: float
    stationarity: float
    gap: float
    verdict: Verdict
    reason: str


def certify(system: Any, x: Any = None, bias: Bias | None = None, dual: Any = None) -> Certificate:
    """Judge an answer: `certify(system, x, bias, dual=None)`, or `certify(solution)`.

    Args:
        system: A x = b, or a `Solution`, which holds all the rest.
        x: (d,) the answer.
        bias: the theorem, from `network.bias(theta0, system)`.
        dual: (n,) ν with ∇Φ(x) ≈ offset + Aᵀν; by default the least-squares one.

    Raises:
        InvalidInputError: arguments of the wrong kind or shape; a solution whose system was an operator and is
            gone after loading.

    Example:
        >>> import numpy as np, ridgeless as rl
        >>> system = rl.LinearSystem(np.array([[1.0, 2.0]]), np.array([2.0]))
        >>> network, start = rl.networks.Difference(depth=2), {"u": np.ones(2), "v": np.ones(2)}
        >>> bias = network.bias(start, system)
        >>> rl.certify(system, rl.limit(system, network, start).x, bias).verdict.value
        'certified'
        >>> rl.certify(system, np.array([2.0, 0.0]), bias).verdict.value  # a solution, but not that one
        'refuted'
    """
    if isinstance(system, Solution):
        return _certify_solution(system)
    if not isinstance(system, LinearSystem):
        raise InvalidInputError(f"certify: got a {type(system).__name__}; pass a Solution, or (system, x, bias).")
    answer = _vector(x, system.shape[1], "x")
    multiplier = None if dual is None else _vector(dual, system.shape[0], "dual")
    if bias is not None and not isinstance(bias, Bias):
        raise InvalidInputError(
            f"certify: bias is a {type(bias).__name__}; pass network.bias(theta0, system), or None."
        )
    return _certificate(system, answer, bias, multiplier)


def stationarity(system: LinearSystem, x: Vector, bias: Bias, dual: Dual | None = None) -> float:
    """‖P_N(∇Φ(x) − offset)‖/(‖∇Φ(x)‖ + ‖offset‖): 0 where x is a minimiser; infinite outside the domain of Φ."""
    return _optimality(system, x, bias, dual).stationarity


def _optimality(system: LinearSystem, x: Vector, bias: Bias, dual: Dual | None) -> Optimality:
    if isinstance(bias.potential, WeightedL1):
        return sparse_optimality(system, x, bias.potential, dual)
    return optimality(system, x, bias, dual)


def _certify_solution(solution: Solution) -> Certificate:
    if solution.system is None:
        raise InvalidInputError(
            "certify: this solution was loaded without its system (an operator cannot be stored); "
            "type certify(system, solution.x, solution.bias, solution.dual)."
        )
    return _certificate(solution.system, solution.x, solution.bias, solution.dual)


def _certificate(system: LinearSystem, x: Vector, bias: Bias | None, dual: Dual | None) -> Certificate:
    if not np.isfinite(x).all():
        return Certificate(np.inf, np.nan, np.nan, Verdict.REFUTED, "x is not finite.")
    # b = 0 is measured against the start, which the theorem knows: ∇Φ*(offset).
    start = bias.potential.conjugate_gradient(bias.offset) if bias and bias.potential.is_smooth else None
    feasibility = system.residual(x, start=start)
    if bias is None:
        if feasibility >= REFUTED_FROM:
            return Certificate(feasibility, np.nan, np.nan, Verdict.REFUTED, _infeasible(feasibility))
        reason = "no theorem is known for this start, so there is nothing to hold x against but A x = b."
        return Certificate(feasibility, np.nan, np.nan, Verdict.INCONCLUSIVE, reason)
    found = _optimality(system, x, bias, dual)
    verdict, reason = _judged(feasibility, found)
    return Certificate(feasibility, found.stationarity, found.gap, verdict, reason)


def _judged(feasibility: float, found: Optimality) -> tuple[Verdict, str]:
    if feasibility >= REFUTED_FROM:
        return Verdict.REFUTED, _infeasible(feasibility)
    if found.obstacle:
        verdict = Verdict.REFUTED if found.is_outside else Verdict.INCONCLUSIVE
        return verdict, found.obstacle
    if all(number <= CERTIFIED_TO for number in (feasibility, found.stationarity, abs(found.gap))):
        return Verdict.CERTIFIED, "x solves the system, and the gradient lies in the row space: it is the minimiser."
    if found.rounding >= found.stationarity and abs(found.gap) < REFUTED_FROM:
        return Verdict.INCONCLUSIVE, f"rounding of x alone moves the stationarity by {found.rounding:.1e}."
    if found.stationarity >= REFUTED_FROM:
        return Verdict.REFUTED, f"x solves the system but is not the minimiser: stationarity {found.stationarity:.1e}."
    if abs(found.gap) >= REFUTED_FROM:
        return Verdict.REFUTED, f"the duality gap of {found.gap:.1e} does not close."
    between = f"certified ({CERTIFIED_TO:.0e}) and refuted ({REFUTED_FROM:.0e})"
    return Verdict.INCONCLUSIVE, f"the numbers lie between {between}."


def _infeasible(feasibility: float) -> str:
    return f"x does not solve the system: ‖Ax − b‖/‖b‖ = {feasibility:.1e}."


def _vector(values: Any, length: int, what: str) -> np.ndarray:
    vector = real_array(values, "certify", what)
    if what == "dual":
        refuse_non_finite(vector, "certify", what)
    if vector.shape != (length,):
        raise InvalidInputError(f"certify: {what} needs shape ({length},); it has {vector.shape}.")
    return vector
