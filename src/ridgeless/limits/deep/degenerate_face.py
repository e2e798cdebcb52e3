"""Degenerate vertices: the branch equations in a basis of columns, from an exact elimination table.

Where columns are dependent or nearly so, small slacks are differences of numbers that agree in all digits of float64.
With K = A_B⁻¹A for a basis B of columns, computed in integers, the slacks of the basis replace the multipliers ν and
every other slack is an affine function of them whose constant term is exact. `primal_dual` continues in these
coordinates where orthonormal rows lose the slacks.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
from jaxtyping import Int

from ridgeless._core.arrays import Dual, Vector, norm
from ridgeless._core.exact.tableau import GUARD_BITS, IndependentEquations, Tableau, tableau_of
from ridgeless._core.extremes import LARGEST_LOG
from ridgeless.limits.deep.problem import BranchMask, BranchProblem, BranchVector, PathPoint, TargetState
from ridgeless.limits.tolerances import TOLERANCES
from ridgeless.potentials.branches import Branches

# The relative rounding of start/slope, both of which are computed from weights in a few operations.
_START_ROUNDING = 2 * np.finfo(float).eps
_MOST_NAMED = 5


@dataclass(frozen=True, eq=False)
class DegenerateProblem(BranchProblem):
    """K x = β and s = τ − slope·sign·Kᵀy with K = A_B⁻¹A; y, the slacks of basis branches, takes the place of ν.

    Attributes:
        table: the basis, K and β.
        basis_branch: (r,) for each coordinate of the basis, the branch whose slack y stands for.
        original: the branches with the starts of A x = b; `branches` has the reduced starts τ instead.
    """

    least_reliable_slack: ClassVar[float] = 0.0
    slack_floor: ClassVar[float] = 0.0
    slack_tolerance: ClassVar[float] = TOLERANCES.fine

    table: Tableau
    basis_branch: Int[np.ndarray, " r"]
    original: Branches

    @property
    def acceptable_error(self) -> float:
        """A small multiple of the tolerance: digits suffice here, and a larger error means that a small X was lost."""
        return self.goal.tol / TOLERANCES.coarse

    def slack_scale(self, nu: Dual, slack: BranchVector) -> BranchVector:
        """|τ| + slope·|K|ᵀ|y|, the terms of each slack, or s where that is larger."""
        branches = self.branches
        pulled = np.abs(self.goal.rows).T @ np.abs(nu)
        return np.maximum(np.abs(branches.start) + branches.slope * pulled[branches.coordinate], slack)

    def with_basic_duals(self, nu: Dual, slack: BranchVector, is_basic: BranchMask) -> Dual:
        """y, recomputed from X for basic branches where far too large: Newton's update would cancel its digits."""
        branches, basis_branch = self.branches, self.basis_branch
        from_slack = -branches.sign[basis_branch] * slack[basis_branch] / branches.slope[basis_branch]
        return np.where(is_basic[basis_branch] & (np.abs(nu) > np.abs(from_slack) / TOLERANCES.coarse), from_slack, nu)

    def in_accurate_basis(self, point: PathPoint) -> tuple[BranchProblem, PathPoint]:
        """The problem and the point in the basis whose branches have the smallest slacks, which may be this one."""
        branches, table, better = self.original, self.table, None
        if not np.any(table.is_far[branches.coordinate] & (point.slack < TOLERANCES.inexact)):
            better = table.sorted_by(_inverse_root_weights(branches, point, table.equations.rows.shape[1]))
        if better is None:
            better = _exact_table(table.equations, branches, point, table.bits - GUARD_BITS)
        if better is None:
            return self, point
        basis_branch = _least_slack_branches(branches, better.basis, point.slack)
        is_unchanged = better is table and np.all(
            point.slack[self.basis_branch] <= point.slack[basis_branch] / TOLERANCES.coarse
        )
        return (self, point) if is_unchanged else _in_basis_of(self, better, basis_branch, point)

    def solution(self, state: TargetState) -> tuple[Vector, Vector, tuple[int, ...]]:
        """x, z = Aᵀν, and up to five coordinates that the rounding of starts leaves undecided."""
        z = self.table.rows.T @ (_z_at_zero_slack(self.original, self.basis_branch) + state.nu / self.unit)
        return self.primal(state), z, self._undecided_coordinates(state)

    def _undecided_coordinates(self, state: TargetState) -> tuple[int, ...]:
        """Coordinates outside the basis whose x changes visibly within the rounding of the starts."""
        branches = self.original
        relative_values = state.values / float(np.max(state.values))
        is_free = ~np.isin(branches.coordinate, self.table.basis)
        candidates = np.flatnonzero(
            is_free & (relative_values > TOLERANCES.certified) & (state.slack < TOLERANCES.near_edge)
        )
        if len(candidates) == 0:
            return ()
        sums = self.table.sums_by_start(
            candidates, self.basis_branch, branches.coordinate, branches.sign, _starts_in_z(branches)
        )
        moved = _START_ROUNDING * sums * branches.slope[candidates] / state.slack[candidates]
        moved = (
            branches.profile.elasticity(state.slack)[candidates] * relative_values[candidates] * np.minimum(moved, 1.0)
        )
        return tuple(np.unique(branches.coordinate[candidates[moved > TOLERANCES.certified]])[:_MOST_NAMED].tolist())


def degenerate_problem(
    problem: BranchProblem, point: PathPoint, branches: Branches, equations: IndependentEquations
) -> tuple[DegenerateProblem, PathPoint] | None:
    """The problem and the point rewritten in a basis of columns of A; None where float64 finds no basis.

    Args:
        problem: the problem in orthonormal rows.
        point: the iterate to rewrite.
        branches: the branches of the problem, with slopes for z = Aᵀν.
        equations: A x = b, as stored.
    """
    final_slack = branches.profile.slack(np.log(problem.goal.reference / TOLERANCES.close) - branches.log_amplitude)
    bits = np.log2(np.max(_starts_in_z(branches))) - np.log2(np.min(final_slack / branches.slope))
    table = _exact_table(equations, branches, point, TOLERANCES.slack_bits + max(int(bits), 0))
    if table is None:
        return None
    basis_branch = _least_slack_branches(branches, table.basis, point.slack)
    unreduced = DegenerateProblem(problem.goal, problem.branches, problem.unit, None, table, basis_branch, branches)
    return _in_basis_of(unreduced, table, basis_branch, point)


def _exact_table(equations: IndependentEquations, branches: Branches, point: PathPoint, bits: int) -> Tableau | None:
    """The table K = A_B⁻¹A for the basis that Newton's weights at the point favour; None where none is found."""
    distance = _inverse_root_weights(branches, point, equations.rows.shape[1])
    sizes = np.linalg.norm(equations.rows, axis=0)
    with_branch = np.flatnonzero(np.isfinite(distance) & (sizes > 0))
    order = with_branch[np.argsort(distance[with_branch] / sizes[with_branch], kind="stable")]
    near = with_branch
    if len(equations.rhs) ** 2 * len(with_branch) > TOLERANCES.cheap_products:
        is_near = (point.slack < TOLERANCES.near_edge) | (
            point.log_values > np.max(point.log_values) + np.log(TOLERANCES.near)
        )
        near = np.intersect1d(with_branch, branches.coordinate[is_near])
    table = tableau_of(equations, order, near, bits)
    return None if table is None else table.sorted_by(distance)


def _in_basis_of(
    problem: DegenerateProblem, table: Tableau, basis_branch: np.ndarray, point: PathPoint
) -> tuple[DegenerateProblem, PathPoint]:
    """The problem and the point rewritten in the basis of a table."""
    branches, unit = problem.original, problem.unit
    starts = _starts_in_z(branches)
    reduced = (
        table.reduced(branches.coordinate, branches.sign, starts, _z_at_zero_slack(branches, basis_branch))
        * branches.slope
    )
    reduced[basis_branch] = 0.0
    size = norm(table.rhs)
    goal = replace(problem.goal, rows=table.rows, rhs=table.rhs, size=size if size > 0 else problem.goal.size)
    moved = replace(problem.branches, start=reduced)
    y = -branches.sign[basis_branch] * point.slack[basis_branch] / moved.slope[basis_branch]
    return DegenerateProblem(goal, moved, unit, None, table, basis_branch, branches), replace(point, nu=y)


def _starts_in_z(branches: Branches) -> BranchVector:
    """The slacks at ν = 0 divided by their slopes: how far z is from the edge of each branch."""
    return branches.start / branches.slope


def _z_at_zero_slack(branches: Branches, basis_branch: np.ndarray) -> Dual:
    """The z of each basis coordinate at which the slack of its basis branch is 0."""
    return branches.sign[basis_branch] * _starts_in_z(branches)[basis_branch]


def _inverse_root_weights(branches: Branches, point: PathPoint, unknowns: int) -> Vector:
    """1/√w of each coordinate up to a common factor, w = slope·X/s its weight in Newton's matrix; ∞ without branch."""
    log_weights = (np.log(point.slack) - np.log(branches.slope) - point.log_values) / 2
    nearest = np.full(unknowns, np.inf)
    np.minimum.at(nearest, branches.coordinate, log_weights)
    return np.exp(np.minimum(nearest - np.min(log_weights), LARGEST_LOG), where=np.isfinite(nearest), out=nearest)


def _least_slack_branches(branches: Branches, basis: np.ndarray, slack: BranchVector) -> np.ndarray:
    """For each coordinate of the basis, its branch with the smallest slack."""
    by_slack = np.argsort(-slack / branches.slope, kind="stable")
    last = np.full(int(np.max(branches.coordinate)) + 1, -1)
    last[branches.coordinate[by_slack]] = by_slack
    return last[basis]
