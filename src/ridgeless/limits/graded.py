"""Limits on columns of very different size: Newton with ν and every branch as unknowns, in A's own rows.

An x that is 1e-6 beside others of 1, on a column 1e6 times as long, counts as much as they do in its equations and for
nothing in the rest. Newton on the dual alone throws it to 1e-20 and has no way back: an exponential that small is flat
in ν. Where X = exp(T)·F(s) is an unknown beside ν, the slack s of one and the slack that the other implies need not
agree until the end: X is raised by any factor in one step, and ν follows. Each equation is measured by its own terms.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import scipy.linalg as sl

from ridgeless._core import doubled
from ridgeless._core.arrays import Dual, Matrix, Vector
from ridgeless._core.extremes import LARGEST_LOG
from ridgeless.limits.checkpoint import UNWATCHED, fresh_state
from ridgeless.limits.homotopy import Corrected, Told, end_of, follow
from ridgeless.limits.newton import log_rise
from ridgeless.limits.tolerances import TOLERANCES
from ridgeless.potentials.branches import Branches, ExponentialProfile
from ridgeless.potentials.minimum import Outcome
from ridgeless.systems.equations import sum_rounding, terms_of

# Log of a number whose square is a number too.
_WIDEST = LARGEST_LOG / 2
_UNFELT = float(np.log(TOLERANCES.close))
_EPS = float(np.finfo(float).eps)


@dataclass(frozen=True, eq=False)
class GradedState:
    """ν and log X, neither of which follows from the other.

    Attributes:
        nu: ν, (n,).
        z: Aᵀν, (d,), to the digits that the steps had, which may be more than ν tells.
        log_values: log X, one for each branch.
        x: Σ ± X.
        slack: the slack that ν implies, one for each branch.
        gap: this less the one that X has.
        rates: −dlog X/ds.
        terms: |A||x| + |b|, what each equation is measured in.
        left: b − A x in these units, in doubled precision.
        merit: the largest of what is left of an equation, and of what the gaps would add to it.
        unsure: by what part of itself each X is uncertain where only its slack tells it, for the rounding of ν.
    """

    nu: Dual
    z: Vector
    log_values: np.ndarray
    x: Vector
    slack: np.ndarray
    gap: np.ndarray
    rates: np.ndarray
    terms: Dual
    left: Dual
    merit: float
    unsure: np.ndarray

    @property
    def error(self) -> float:
        """The merit."""
        return self.merit


@dataclass(frozen=True, eq=False)
class GradedProblem:
    """A x = b with x the sum of branches."""

    A: Matrix
    b: Dual
    branches: Branches

    def at(self, nu: Dual, z: Vector, log_values: np.ndarray) -> GradedState:
        """The state at ν, z and log X."""
        A, branches = self.A, self.branches
        with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
            own = branches.profile.slack(log_values - branches.log_amplitude)
            values = np.exp(log_values)
            x = branches.gather(branches.sign * values, A.shape[1])
            slack = branches.start - self.fall(z)
            gap = slack - own
            rounding = (
                8 * _EPS * (np.abs(branches.start) + branches.slope * (np.abs(A).T @ np.abs(nu))[branches.coordinate])
            )
            elasticity = branches.profile.elasticity_at(own, log_values - branches.log_amplitude)
            rates = np.divide(elasticity, own, out=np.ones_like(own), where=own != 0)
            terms = terms_of(A, x, self.b)
            terms = np.where(terms > 0, terms, 1.0)
            left = -doubled.misfit(A, x, self.b) / terms
            beyond = np.sign(gap) * np.maximum(np.abs(gap) - rounding, 0.0)
            implied = np.exp(np.minimum(self.log_values(own + beyond), _WIDEST))
            apart = branches.gather(np.abs(implied - values), A.shape[1])
            merit = max(float(np.max(np.abs(left))), float(np.max(np.abs(A) @ apart / terms)))
            unsure = rates * rounding
        merit = merit if np.isfinite(merit) else np.inf
        return GradedState(nu, z, log_values, x, slack, gap, rates, terms, left, merit, unsure)

    def fall(self, z: Vector) -> np.ndarray:
        """By how much z lowers each slack."""
        return (self.branches.sign * self.branches.slope) * z[self.branches.coordinate]

    def log_values(self, slack: np.ndarray) -> np.ndarray:
        """log X at a slack; infinite where there is no such slack."""
        branches = self.branches
        if isinstance(branches.profile, ExponentialProfile):
            return branches.log_amplitude - slack
        is_inside = slack > 0
        inside = branches.log_amplitude + branches.profile.log_value(np.where(is_inside, slack, 1.0))
        return np.where(is_inside, inside, np.inf)


def solve_graded(
    problem: GradedProblem, state: GradedState, tol: float, allowed: int = TOLERANCES.last_stage_steps
) -> tuple[GradedState, int]:
    """Newton from a state to a merit of `tol`, or as near as it comes; and the number of steps."""
    best, since = state, 0
    for step in range(allowed):
        if best.merit <= tol or since > TOLERANCES.stage_steps:
            return best, step
        with np.errstate(over="ignore", divide="ignore", invalid="ignore"):  # what is lost shows in the merit
            state = _step(problem, state)
        if not (np.isfinite(state.merit) and np.isfinite(state.nu).all()):
            return best, step
        best, since = (state, 0) if state.merit < best.merit else (best, since + 1)
    return best, allowed


def settled(problem: GradedProblem, state: GradedState) -> GradedState:
    """The state with each X taken from ν where that changes no equation by more than its rounding.

    Newton's method stops where every equation is met. An X that none of them feels may then be far from what ν implies,
    in its logarithm, by which the gradient of Φ is judged.
    """
    implied = problem.log_values(problem.branches.start - problem.fall(state.z))
    with np.errstate(over="ignore", invalid="ignore"):
        change = np.abs(np.exp(np.minimum(implied, _WIDEST)) - np.exp(state.log_values))
        felt = (np.abs(problem.A) / state.terms[:, None]).max(axis=0)[problem.branches.coordinate] * change
    return problem.at(state.nu, state.z, np.where(felt <= _EPS, implied, state.log_values))


@dataclass(frozen=True, eq=False)
class AmplitudeFamily:
    """Limits of exponentials whose amplitudes move from the size of the solution (t = 0) to their own (t = 1).

    Attributes:
        problem: the one at t = 1, its branches exponentials.
        begin: log of the amplitudes at t = 0.
        tol: on the merit at the end.
    """

    problem: GradedProblem
    begin: np.ndarray
    tol: float

    @cached_property
    def change(self) -> np.ndarray:
        """What the logarithms of the amplitudes gain along the whole way."""
        branches = self.problem.branches
        return branches.log_amplitude - branches.start - self.begin

    def at(self, t: float) -> GradedProblem:
        """The problem at t."""
        branches = self.problem.branches
        amplitude = self.begin + t * self.change
        return replace(
            self.problem, branches=replace(branches, log_amplitude=amplitude, start=np.zeros_like(amplitude))
        )

    def predict(self, t: float, point: GradedState, stage: float) -> tuple[float, GradedState]:
        """The same ν and X, held against the problem at the end of the stage."""
        there = end_of(t + stage)
        return there, self.at(there).at(point.nu, point.z, point.log_values)

    def correct(self, t: float, point: GradedState, tell: Told) -> Corrected[GradedState]:
        """Newton to the merit that the stage asks for."""
        is_last = t == 1
        wanted = self.tol if is_last else TOLERANCES.close
        found, steps = solve_graded(
            self.at(t), point, wanted, TOLERANCES.stage_steps if 0 < t < 1 else TOLERANCES.last_stage_steps
        )
        tell(found, steps)
        outcome = Outcome.REACHED if found.merit <= wanted else Outcome.ROUNDED
        return Corrected(found, steps, outcome, found.merit <= max(wanted, TOLERANCES.near))


def follow_graded(problem: GradedProblem, reference: float, tol: float) -> tuple[GradedState, int]:
    """The same along a homotopy from amplitudes of the size of the solution, for exponentials.

    Args:
        problem: its branches exponentials.
        reference: the largest entry that x is expected to have.
        tol: on the merit at the end.
    """
    target = problem.branches.log_amplitude - problem.branches.start
    begin = np.maximum(target, np.log(reference))
    whole = float(np.max(begin - target, initial=0.0))
    family = AmplitudeFamily(problem, begin, tol)
    start = replace(fresh_state(len(problem.b)), t=0.0 if whole > 0 else 1.0)
    first = family.at(0.0).at(np.zeros_like(problem.b), np.zeros(problem.A.shape[1]), begin)
    found = follow(family, first, start, TOLERANCES.shortest_stage, TOLERANCES.most_steps, UNWATCHED)
    return found.point, found.steps


def _step(problem: GradedProblem, state: GradedState) -> GradedState:
    """One step: δX = X·rate·(slope·sign·Aᵀδν − gap) with Σ ± A δX = b − A x, by QR of the weighted columns."""
    branches = problem.branches
    values = np.exp(state.log_values)
    weights = values * state.rates * branches.slope
    by_gap = branches.gather(branches.sign * values * state.rates * state.gap, problem.A.shape[1])
    rhs = state.left + problem.A @ by_gap / state.terms
    roots = np.sqrt(branches.gather(weights, problem.A.shape[1]))
    change, nu = _solved(problem.A / state.terms[:, None] * roots, rhs)
    nu = nu / state.terms
    z = _pulled(problem.A, nu, change, roots)
    fall = problem.fall(z)
    growth = state.rates * (fall - state.gap)
    log_values = state.log_values + np.clip(log_rise(growth), -TOLERANCES.few_steps, TOLERANCES.most_rise_graded)
    # What no equation feels follows ν, and on its way up comes at once to where it is felt.
    implied = problem.log_values(state.slack - fall)
    longest = (np.abs(problem.A) / state.terms[:, None]).max(axis=0)[branches.coordinate]
    felt = _UNFELT - np.log(np.maximum(longest, np.finfo(float).tiny))
    is_small = np.maximum(implied, state.log_values) < felt
    log_values = np.where(is_small, implied, np.maximum(log_values, np.minimum(implied, felt)))
    return problem.at(state.nu + nu, state.z + z, log_values)


def _pulled(A: Matrix, nu: Dual, change: Vector, roots: Vector) -> Vector:
    """Aᵀν, an entry of which may be the small sum of large terms: then W^(−1/2)y tells it better."""
    direct = A.T @ nu
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = change / roots
        is_better = float(np.max(np.abs(change), initial=0.0)) / roots < np.abs(A).T @ np.abs(nu)
    return np.where(is_better, ratio, direct)


def _solved(scaled: Matrix, rhs: Dual) -> tuple[Vector, Dual]:
    """The y of least norm with M y = rhs, and λ with y = Mᵀλ, by QR of Mᵀ.

    With rows sorted and columns pivoted it is stable row by row (Cox and Higham 1998). Where the right-hand side is
    rounding, the step is 0: directions in which all weights are small are left alone.
    """
    if not (np.isfinite(scaled).all() and np.isfinite(rhs).all()):
        return np.full(scaled.shape[1], np.nan), np.full_like(rhs, np.nan)
    order = np.argsort(-np.abs(scaled).max(axis=0), kind="stable")
    decomposition: Any = sl.qr(scaled[:, order].T, mode="economic", pivoting=True)
    Q, triangle, pivots = decomposition
    count = min(triangle.shape)
    R, wanted = triangle[:count, :count], rhs[pivots[:count]]
    rounding = sum_rounding(scaled.shape[1])
    t = np.zeros(count)
    for k in range(count):
        lacking = wanted[k] - R[:k, k] @ t[:k]
        t[k] = lacking / R[k, k] if abs(lacking) > rounding and R[k, k] != 0 else 0.0
    last = int(np.max(np.flatnonzero(t), initial=-1)) + 1
    change, step = np.zeros(scaled.shape[1]), np.zeros(len(rhs))
    if not np.isfinite(t).all():
        return np.full_like(change, np.nan), np.full_like(step, np.nan)
    if last:
        change[order] = Q[:, :last] @ t[:last]
        step[pivots[:last]] = sl.solve_triangular(R[:last, :last], t[:last])
    return change, step
