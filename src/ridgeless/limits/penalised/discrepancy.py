"""The penalty at which the misfit has the size of the noise: Morozov's discrepancy principle.

‖A x(λ) − b‖ rises with λ, from the distance of b to what the network can reach (λ → 0) to the misfit of the start
(λ → ∞). As for trust regions (Moré and Sorensen 1983), one over it is a nearly linear function of μ = 1/λ, so that
Newton's method on μ ↦ 1/‖A x − b‖ takes few steps. They are confined to an interval that holds the solution.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum

import numpy as np

from ridgeless._core.arrays import Dual, Vector, norm
from ridgeless.limits.depth_two.dual_newton import Iterate, newton
from ridgeless.limits.penalised.dual import PenalisedDual, dual_of, first_penalty
from ridgeless.limits.penalised.tolerances import PENALTY_TOLERANCES
from ridgeless.limits.tolerances import TOLERANCES
from ridgeless.potentials import Bias
from ridgeless.systems import LinearSystem


class End(Enum):
    """How the search for λ ended; the value is a sentence for messages."""

    REACHED = "‖Ax − b‖ has the size of the noise"
    START = "the start itself fits b as closely as the noise allows, so that nothing is learnt from b"
    OUT_OF_REACH = "‖Ax − b‖ stays above the size of the noise, however small the penalty"
    STALLED = "rounding, or too hard a potential, ended the search before ‖Ax − b‖ had the size of the noise"


@dataclass(frozen=True, eq=False)
class Penalised:
    """A minimiser of ½‖b − A x‖² + λ·(Φ(x) − ⟨offset, x⟩).

    Attributes:
        x: (d,) ∇Φ*(offset + Aᵀν).
        dual: ν (n,), (b − A x)/λ at the minimiser.
        lam: λ; ∞ where x is the start.
        misfit: ‖A x − b‖.
        stationarity: ‖A x + λν − b‖, which is 0 at the minimiser.
        steps: Newton steps in all.
        penalties: how many λ were tried.
        end: how the search ended.
    """

    x: Vector
    dual: Dual
    lam: float
    misfit: float
    stationarity: float
    steps: int
    penalties: int
    end: End


@dataclass(frozen=True, eq=False)
class _Search:
    """The interval of μ that holds the solution, and where to try next.

    Attributes:
        low: a μ at which the misfit is too large.
        high: one at which it is too small; ∞ where none is known.
    """

    low: float
    high: float

    def next(self, proposal: float) -> float:
        """The proposal, kept inside the interval and to steps of at most a factor 4; its middle where it is outside."""
        most = PENALTY_TOLERANCES.largest_step * self.low
        if not np.isfinite(self.high):
            return min(proposal, most) if proposal > self.low else most
        inside = self.low < proposal < self.high
        return min(proposal, most) if inside else float(np.sqrt(self.low * self.high))


def at_discrepancy(system: LinearSystem, bias: Bias, radius: float, tol: float) -> Penalised:
    """The x(λ) with ‖A x − b‖ = radius: of least Φ(x) − ⟨offset, x⟩ among all x with ‖A x − b‖ ≤ radius.

    Args:
        system: A and b; A x = b need not have a solution.
        bias: Φ and the offset; `has_dual(bias.potential)`.
        radius: the size of the noise, > 0.
        tol: on |‖A x − b‖ − radius| and on ‖A x + λν − b‖, relative to ‖b − A x₀‖.

    Source: Morozov 1966, "On the solution of functional equations by the method of regularization".

    Example:
        >>> from ridgeless.potentials import Quadratic
        >>> system = LinearSystem(np.array([[3.0, 4.0]]), np.array([25.0]))
        >>> found = at_discrepancy(system, Bias(Quadratic(), np.zeros(2), "ridge"), radius=5.0, tol=1e-12)
        >>> found.x.round(9), round(found.misfit, 9), round(found.lam, 9)
        (array([2.4, 3.2]), 5.0, 6.25)
    """
    with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
        problem = dual_of(system, bias, 1.0)
        origin = problem.at(np.zeros(system.shape[0]))
        misfit = norm(system.b - system.matvec(origin.details[1]))
        if misfit <= radius:
            return Penalised(origin.details[1], origin.nu, np.inf, misfit, 0.0, 0, 0, End.START)
        return _searched(replace(problem, lam=first_penalty(problem)), radius, tol)


def _searched(problem: PenalisedDual, radius: float, tol: float) -> Penalised:
    """The search, from a λ that is too large or nearly so."""
    size, first = problem.size, problem.lam
    search, nu = _Search(0.0, np.inf), np.zeros(problem.system.shape[0])
    steps, gap, end, tried = 0, 1.0, End.STALLED, 0
    point = problem.at(nu)
    best: tuple[PenalisedDual, Iterate] | None = None
    while tried < PENALTY_TOLERANCES.most_penalties:
        tried += 1
        wanted = max(TOLERANCES.aim * tol, min(PENALTY_TOLERANCES.share * max(radius / size, gap), gap**2))
        point, taken = _solved(problem, nu, radius, wanted, tol)
        steps += taken
        if not point.error <= max(wanted, tol):
            # Newton's method stopped short: a λ nearer to the last good one is an easier question.
            if best is None or abs(best[0].lam / problem.lam - 1) < TOLERANCES.close:
                break
            problem, nu = replace(problem, lam=float(np.sqrt(best[0].lam * problem.lam))), best[1].nu
            continue
        best, misfit = (problem, point), _misfit(problem, point)
        gap = abs(misfit - radius) / size
        if gap <= tol and point.error <= tol:
            end = End.REACHED
            break
        mu = 1 / problem.lam
        search = _Search(mu, search.high) if misfit > radius else _Search(search.low, mu)
        if problem.lam < PENALTY_TOLERANCES.least_penalty * first:
            end = End.OUT_OF_REACH
            break
        problem, nu = _next(problem, point, search, radius)
    return _told(*(best or (problem, point)), steps, tried, end)


def _solved(problem: PenalisedDual, nu: Dual, radius: float, wanted: float, tol: float) -> tuple[Iterate, int]:
    """The solution at one λ, accurate enough to tell on which side of the radius its misfit is; steps."""
    point, steps, _ = newton(problem, problem.at(nu), wanted, TOLERANCES.last_stage_steps)
    # The misfit is known to twice the error that is left.
    needed = TOLERANCES.coarse * abs(_misfit(problem, point) - radius) / problem.size
    if wanted >= point.error > needed:
        aim = max(TOLERANCES.aim * tol, TOLERANCES.coarse * needed)
        point, more, _ = newton(problem, point, aim, TOLERANCES.last_stage_steps)
        steps += more
    return point, steps


def _misfit(problem: PenalisedDual, point: Iterate) -> float:
    """‖b − A x‖."""
    return norm(problem.lam * point.nu - point.misfit)


def _next(problem: PenalisedDual, point: Iterate, search: _Search, radius: float) -> tuple[PenalisedDual, Dual]:
    """The next λ by Newton's method on 1/‖λν‖ as a function of 1/λ, and the ν that it predicts there."""
    lam, nu = problem.lam, point.nu
    slope = problem.tangent(point)
    size = lam * norm(nu)
    rise = lam * float(nu @ (nu + lam * slope)) / size  # d‖λν‖/dλ
    is_told = lam * rise > TOLERANCES.near * size  # a rise that is less is the rounding of a difference
    proposal = 1 / lam + (1 / radius - 1 / size) * size**2 / (lam**2 * rise) if is_told else np.inf
    if search.low == 0:  # even the first λ is too small
        proposal = min(proposal, 1 / lam / 2)
        there = replace(problem, lam=1 / max(proposal, 1 / lam / PENALTY_TOLERANCES.largest_step))
    else:
        there = replace(problem, lam=1 / search.next(proposal))
    predicted = nu + (there.lam - lam) * slope
    is_better = np.isfinite(predicted).all() and there.at(predicted).error < there.at(nu).error
    return there, predicted if is_better else nu


def _told(problem: PenalisedDual, point: Iterate, steps: int, tried: int, end: End) -> Penalised:
    x, stationarity = point.details[1], norm(point.misfit)
    return Penalised(x, point.nu, problem.lam, _misfit(problem, point), stationarity, steps, tried, end)
