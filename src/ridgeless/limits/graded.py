"""Limits on columns of very different size: Newton with ν and every branch as unknowns, in A's own rows.

An x that is 1e-6 beside others of 1, on a column 1e6 times as long, counts as much as they do in its equations and for
nothing in the rest. Newton on the dual alone throws it to 1e-20 and has no way back: an exponential that small is flat
in ν. Where X = exp(T)·F(s) is an unknown beside ν, the slack s of one and the slack that the other implies need not
agree until the end: X is raised by any factor in one step, and ν follows. Each equation is measured by its own terms.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import scipy.linalg as sl

from ridgeless._core import doubled
from ridgeless._core.arrays import Dual, Matrix, Vector
from ridgeless.potentials.branches import Branches, ExponentialProfile
from ridgeless.systems.equations import sum_rounding, terms_of

_STEPS = 60
_PATIENCE = 8
_STAGE_TOLERANCE = 1e-2
_STAGE_STEPS = 15
_NEAR = 1e-9
_MOST_PATH_STEPS = 600
_SHORTEST = 0.1
# What takes more than half of X is taken by a factor, what is less is added: no step leaves the positive numbers.
_MOST_FALL = -0.5
_MOST_RISE = 60.0
_MOST_LOSS = 4.0
_WIDEST = 300.0
_UNFELT = float(np.log(1e-3))
_EPS = float(np.finfo(float).eps)


@dataclass(frozen=True, eq=False)
class State:
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


@dataclass(frozen=True, eq=False)
class Problem:
    """A x = b with x the sum of branches."""

    A: Matrix
    b: Dual
    branches: Branches

    def at(self, nu: Dual, z: Vector, log_values: np.ndarray) -> State:
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
        return State(nu, z, log_values, x, slack, gap, rates, terms, left, merit, unsure)

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


def solve_graded(problem: Problem, state: State, tol: float, allowed: int = _STEPS) -> tuple[State, int]:
    """Newton from a state to a merit of `tol`, or as near as it comes; and the number of steps."""
    best, since = state, 0
    for step in range(allowed):
        if best.merit <= tol or since > _PATIENCE:
            return best, step
        with np.errstate(over="ignore", divide="ignore", invalid="ignore"):  # what is lost shows in the merit
            state = _step(problem, state)
        if not (np.isfinite(state.merit) and np.isfinite(state.nu).all()):
            return best, step
        best, since = (state, 0) if state.merit < best.merit else (best, since + 1)
    return best, allowed


def follow_graded(problem: Problem, reference: float, tol: float) -> tuple[State, int]:
    """The same with the branches' amplitudes taken from the size of the solution to their own, for exponentials.

    Args:
        problem: its branches exponentials.
        reference: the largest entry that x is expected to have.
        tol: on the merit at the end.
    """
    target = problem.branches.log_amplitude - problem.branches.start
    begin = np.maximum(target, np.log(reference))
    share, stage = 0.0, 1.0
    whole = float(np.max(begin - target, initial=0.0))
    branches = replace(problem.branches, log_amplitude=begin, start=np.zeros_like(begin))
    raised = replace(problem, branches=branches)
    wanted = tol if whole == 0 else _STAGE_TOLERANCE
    state, steps = solve_graded(
        raised, raised.at(np.zeros_like(problem.b), np.zeros(problem.A.shape[1]), begin), wanted
    )
    if whole == 0:
        return state, steps
    while share < 1 and steps < _MOST_PATH_STEPS:
        there = 1.0 if share + stage > 1 - 1e-9 else share + stage
        amplitude = begin + there * (target - begin)
        member = replace(problem, branches=replace(branches, log_amplitude=amplitude))
        wanted = tol if there == 1 else _STAGE_TOLERANCE
        begun = member.at(state.nu, state.z, state.log_values)
        reached, taken = solve_graded(member, begun, wanted, _STEPS if there == 1 else _STAGE_STEPS)
        steps += taken
        if reached.merit <= max(wanted, _NEAR):
            share, state, stage = there, reached, 2 * (there - share)
        elif stage * whole < _SHORTEST:
            return reached, steps
        else:
            stage = 0.3 * (there - share)
    return state, steps


def _step(problem: Problem, state: State) -> State:
    """One step: δX = X·rate·(slope·sign·Aᵀδν − gap) with Σ ± A δX = b − A x, by QR of the weighted columns."""
    branches = problem.branches
    values = np.exp(state.log_values)
    weights = values * state.rates * branches.slope
    by_gap = branches.gather(branches.sign * values * state.rates * state.gap, problem.A.shape[1])
    right = state.left + problem.A @ by_gap / state.terms
    roots = np.sqrt(branches.gather(weights, problem.A.shape[1]))
    change, nu = _solved(problem.A / state.terms[:, None] * roots, right)
    nu = nu / state.terms
    z = _pulled(problem.A, nu, change, roots)
    fall = problem.fall(z)
    growth = state.rates * (fall - state.gap)
    is_falling = growth < _MOST_FALL
    rise = np.where(is_falling, growth - _MOST_FALL, 0.0) + np.log1p(np.where(is_falling, _MOST_FALL, growth))
    log_values = state.log_values + np.clip(rise, -_MOST_LOSS, _MOST_RISE)
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


def _solved(scaled: Matrix, right: Dual) -> tuple[Vector, Dual]:
    """The y of least norm with M y = right, and λ with y = Mᵀλ, by QR of Mᵀ.

    With rows sorted and columns pivoted it is stable row by row (Cox and Higham 1998). Where the right-hand side is
    rounding, the step is 0: directions in which all weights are small are left alone.
    """
    if not (np.isfinite(scaled).all() and np.isfinite(right).all()):
        return np.full(scaled.shape[1], np.nan), np.full_like(right, np.nan)
    order = np.argsort(-np.abs(scaled).max(axis=0), kind="stable")
    decomposition: Any = sl.qr(scaled[:, order].T, mode="economic", pivoting=True)
    Q, triangle, pivots = decomposition
    count = min(triangle.shape)
    R, wanted = triangle[:count, :count], right[pivots[:count]]
    rounding = sum_rounding(scaled.shape[1])
    t = np.zeros(count)
    for k in range(count):
        lacking = wanted[k] - R[:k, k] @ t[:k]
        t[k] = lacking / R[k, k] if abs(lacking) > rounding and R[k, k] != 0 else 0.0
    last = int(np.max(np.flatnonzero(t), initial=-1)) + 1
    change, step = np.zeros(scaled.shape[1]), np.zeros(len(right))
    if not np.isfinite(t).all():
        return np.full_like(change, np.nan), np.full_like(step, np.nan)
    if last:
        change[order] = Q[:, :last] @ t[:last]
        step[pivots[:last]] = sl.solve_triangular(R[:last, :last], t[:last])
    return change, step
