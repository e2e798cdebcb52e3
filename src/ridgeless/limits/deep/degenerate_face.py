"""The equations of a path in coordinates in which slacks keep their digits, however small they are."""

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

# Starts come from weights by a power and a division, slopes by another.
_START_ROUNDING = 2 * np.finfo(float).eps
_MOST_NAMED = 5


@dataclass(frozen=True, eq=False)
class TiedProblem(BranchProblem):
    """K x = β and s = τ − slope·sign·Kᵀy, with K = A_B⁻¹A: the slacks of the basis stand for ν.

    Attributes:
        table: the basis, K and β.
        leading: (r,) of each coordinate of the basis the branch whose slack y is.
        original: the branches with their starts; those of the problem start at τ.
    """

    lost_slack: ClassVar[float] = 0.0
    least_stiff: ClassVar[float] = 0.0
    slack_tolerance: ClassVar[float] = 1e-12

    table: Tableau
    leading: Int[np.ndarray, " r"]
    original: Branches

    @property
    def near(self) -> float:
        """What was asked for, nearly: digits are there, and an end far from it has taken small X for none."""
        return self.goal.tol / TOLERANCES.coarse

    def terms(self, nu: Dual, slack: BranchVector) -> BranchVector:
        """|τ| + slope·|K|ᵀ|y|, or s where that is larger."""
        branches = self.branches
        pulled = np.abs(self.goal.rows).T @ np.abs(nu)
        return np.maximum(np.abs(branches.start) + branches.slope * pulled[branches.coordinate], slack)

    def anchored(self, nu: Dual, slack: BranchVector, is_basic: BranchMask) -> Dual:
        """y of basic branches from X where y is far larger: the step that takes it there would keep no digits of it."""
        branches, leading = self.branches, self.leading
        own = -branches.sign[leading] * slack[leading] / branches.slope[leading]
        return np.where(is_basic[leading] & (np.abs(nu) > np.abs(own) / TOLERANCES.coarse), own, nu)

    def kept_sharp(self, point: PathPoint) -> tuple[BranchProblem, PathPoint]:
        """In a basis with the smallest slacks: this one, or another."""
        branches, table, renewed = self.original, self.table, None
        if not np.any(table.is_far[branches.coordinate] & (point.slack < TOLERANCES.dependent)):
            renewed = table.sorted_by(_distances(branches, point, table.equations.rows.shape[1]))
        if renewed is None:
            renewed = _table(table.equations, branches, point, table.bits - GUARD_BITS)
        if renewed is None:
            return self, point
        leading = _leading(branches, renewed.basis, point.slack)
        same = renewed is table and np.all(point.slack[self.leading] <= point.slack[leading] / TOLERANCES.coarse)
        return (self, point) if same else _in_table(self, renewed, leading, point)

    def answer(self, state: TargetState) -> tuple[Vector, Vector, tuple[int, ...]]:
        """x, z = Aᵀν, and some of the coordinates that the rounding of starts leaves undecided."""
        z = self.table.rows.T @ (_held(self.original, self.leading) + state.nu / self.unit)
        return self.primal(state), z, self._undecided(state)

    def _undecided(self, state: TargetState) -> tuple[int, ...]:
        """Coordinates without an equation of their own whose x the rounding of starts moves."""
        branches = self.original
        share = state.values / float(np.max(state.values))
        is_free = ~np.isin(branches.coordinate, self.table.basis)
        asked = np.flatnonzero(is_free & (share > TOLERANCES.certified) & (state.slack < TOLERANCES.close))
        if len(asked) == 0:
            return ()
        sums = self.table.sums_by_start(asked, self.leading, branches.coordinate, branches.sign, _starts(branches))
        moved = _START_ROUNDING * sums * branches.slope[asked] / state.slack[asked]
        moved = branches.profile.elasticity(state.slack)[asked] * share[asked] * np.minimum(moved, 1.0)
        return tuple(np.unique(branches.coordinate[asked[moved > TOLERANCES.certified]])[:_MOST_NAMED].tolist())


def tied_problem(
    problem: BranchProblem, point: PathPoint, branches: Branches, equations: IndependentEquations
) -> tuple[TiedProblem, PathPoint] | None:
    """The problem in the coordinates of a basis of its columns; None where float64 finds none.

    Args:
        problem: in orthonormal rows.
        point: where to go on.
        branches: those of the problem, with slopes in the units of A.
        equations: A x = b, as stored.
    """
    reached = branches.profile.slack(np.log(problem.goal.reference / TOLERANCES.close) - branches.log_amplitude)
    bits = np.log2(np.max(_starts(branches))) - np.log2(np.min(reached / branches.slope))
    table = _table(equations, branches, point, TOLERANCES.slack_bits + max(int(bits), 0))
    if table is None:
        return None
    leading = _leading(branches, table.basis, point.slack)
    whole = TiedProblem(problem.goal, problem.branches, problem.unit, None, table, leading, branches)
    return _in_table(whole, table, leading, point)


def _table(equations: IndependentEquations, branches: Branches, point: PathPoint, bits: int) -> Tableau | None:
    """A in the basis that suits the point."""
    distance = _distances(branches, point, equations.rows.shape[1])
    sizes = np.linalg.norm(equations.rows, axis=0)
    has_any = np.flatnonzero(np.isfinite(distance) & (sizes > 0))
    order = has_any[np.argsort(distance[has_any] / sizes[has_any], kind="stable")]
    near = has_any
    if len(equations.rhs) ** 2 * len(has_any) > TOLERANCES.cheap_products:
        is_near = (point.slack < TOLERANCES.close) | (
            point.log_values > np.max(point.log_values) + np.log(TOLERANCES.near)
        )
        near = np.intersect1d(has_any, branches.coordinate[is_near])
    table = tableau_of(equations, order, near, bits)
    return None if table is None else table.sorted_by(distance)


def _in_table(
    problem: TiedProblem, table: Tableau, leading: np.ndarray, point: PathPoint
) -> tuple[TiedProblem, PathPoint]:
    """The problem and the point in the coordinates of a table."""
    branches, unit = problem.original, problem.unit
    starts = _starts(branches)
    reduced = table.reduced(branches.coordinate, branches.sign, starts, _held(branches, leading)) * branches.slope
    reduced[leading] = 0.0
    size = norm(table.rhs)
    goal = replace(problem.goal, rows=table.rows, rhs=table.rhs, size=size if size > 0 else problem.goal.size)
    moved = replace(problem.branches, start=reduced)
    y = -branches.sign[leading] * point.slack[leading] / moved.slope[leading]
    return TiedProblem(goal, moved, unit, None, table, leading, branches), replace(point, nu=y)


def _starts(branches: Branches) -> BranchVector:
    """u, the slacks at ν = 0 in units of z."""
    return branches.start / branches.slope


def _held(branches: Branches, leading: np.ndarray) -> Dual:
    """The z at which the slacks of these branches are 0."""
    return branches.sign[leading] * _starts(branches)[leading]


def _distances(branches: Branches, point: PathPoint, unknowns: int) -> Vector:
    """1/√w of each coordinate, w = slope·X/s being its weight in Newton's matrix; infinite without a branch."""
    logs = (np.log(point.slack) - np.log(branches.slope) - point.log_values) / 2
    distance = np.full(unknowns, np.inf)
    np.minimum.at(distance, branches.coordinate, logs)
    return np.exp(np.minimum(distance - np.min(logs), LARGEST_LOG), where=np.isfinite(distance), out=distance)


def _leading(branches: Branches, basis: np.ndarray, slack: BranchVector) -> np.ndarray:
    """Of each coordinate of the basis the branch with the least slack."""
    by_slack = np.argsort(-slack / branches.slope, kind="stable")
    last = np.full(int(np.max(branches.coordinate)) + 1, -1)
    last[branches.coordinate[by_slack]] = by_slack
    return last[basis]
