"""The equations of a path in coordinates in which slacks keep their digits, however small they are."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
from jaxtyping import Int

from ridgeless._core.arrays import Dual, Vector, norm
from ridgeless._core.exact.tableau import GUARD_BITS, IndependentEquations, Tableau, tableau_of
from ridgeless.limits.deep.problem import BranchMask, BranchVector, Point, Problem, State
from ridgeless.potentials.branches import Branches

# A residual so many times what was aimed at is still one that was asked for.
ASKED = 30.0
# Coordinates whose shares are exact: those with a slack below this, or with this part of the largest x. What float64
# leaves uncertain of the others is far below the rounding of x.
_NEAR_SLACK = 1e-2
_NEAR_VALUE = 1e-9
# A coordinate that has come so near without exact shares asks for a new table.
_TOO_NEAR = 1e-4
# Work below which every coordinate gets exact shares.
_LITTLE_WORK = 300_000
# Digits of a slack that are asked for, and by how much x may exceed A⁺b.
_SLACK_BITS = 44
_LARGEST_VALUE = 1e3
# Starts come from weights by a power and a division, slopes by another.
_START_ROUNDING = 2 * np.finfo(float).eps
# An x that these roundings may move by more than this part of the largest is not decided by them.
_DECIDED = 1e-7
_MOST_NAMED = 5
# The branch of a coordinate that stands for it is changed where the other has a slack so many times smaller.
_OVERTAKEN = 10.0
# Log of the largest distance, a number of float64.
_FARTHEST = 600.0
_DOUBT = (
    "Coordinates {names} tie to within the rounding of their starts, which are not equal, and slacks far below that "
    "rounding share x among them: float64 weights do not decide it. Type weights that are equal, or a larger scale."
)


@dataclass(frozen=True, eq=False)
class TiedProblem(Problem):
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
        return ASKED * self.goal.tol

    def terms(self, nu: Dual, slack: BranchVector) -> BranchVector:
        """|τ| + slope·|K|ᵀ|y|, or s where that is larger."""
        branches = self.branches
        pulled = np.abs(self.goal.rows).T @ np.abs(nu)
        return np.maximum(np.abs(branches.start) + branches.slope * pulled[branches.coordinate], slack)

    def anchored(self, nu: Dual, slack: BranchVector, is_basic: BranchMask) -> Dual:
        """y of basic branches from X where y is far larger: the step that takes it there would keep no digits of it."""
        branches, leading = self.branches, self.leading
        own = -branches.sign[leading] * slack[leading] / branches.slope[leading]
        return np.where(is_basic[leading] & (np.abs(nu) > _OVERTAKEN * np.abs(own)), own, nu)

    def kept_sharp(self, point: Point) -> tuple[Problem, Point]:
        """In a basis with the smallest slacks: this one, or another."""
        branches, table, renewed = self.original, self.table, None
        if not np.any(table.is_far[branches.coordinate] & (point.slack < _TOO_NEAR)):
            renewed = table.sorted_by(_distances(branches, point, table.equations.rows.shape[1]))
        if renewed is None:
            renewed = _table(table.equations, branches, point, table.bits - GUARD_BITS)
        if renewed is None:
            return self, point
        leading = _leading(branches, renewed.basis, point.slack)
        same = renewed is table and np.all(point.slack[self.leading] <= _OVERTAKEN * point.slack[leading])
        return (self, point) if same else _in_table(self, renewed, leading, point)

    def answer(self, state: State) -> tuple[Vector, Vector, str]:
        """x, z = Aᵀν, and why x is in doubt, if it is."""
        z = self.table.rows.T @ (_held(self.original, self.leading) + state.nu / self.unit)
        return self.primal(state), z, self._doubt(state)

    def _doubt(self, state: State) -> str:
        """Whether the rounding of starts moves an x that has no equation of its own."""
        branches = self.original
        share = state.values / float(np.max(state.values))
        is_free = ~np.isin(branches.coordinate, self.table.basis)
        asked = np.flatnonzero(is_free & (share > _DECIDED) & (state.slack < _NEAR_SLACK))
        if len(asked) == 0:
            return ""
        sums = self.table.sums_by_start(asked, self.leading, branches.coordinate, branches.sign, _starts(branches))
        moved = _START_ROUNDING * sums * branches.slope[asked] / state.slack[asked]
        moved = branches.profile.elasticity(state.slack)[asked] * share[asked] * np.minimum(moved, 1.0)
        names = np.unique(branches.coordinate[asked[moved > _DECIDED]])
        return _DOUBT.format(names=", ".join(str(name) for name in names[:_MOST_NAMED])) if len(names) else ""


def tied_problem(
    problem: Problem, point: Point, branches: Branches, equations: IndependentEquations
) -> tuple[TiedProblem, Point] | None:
    """The problem in the coordinates of a basis of its columns; None where float64 finds none.

    Args:
        problem: in orthonormal rows.
        point: where to go on.
        branches: those of the problem, with slopes in the units of A.
        equations: A x = b, as stored.
    """
    reached = branches.profile.slack(np.log(_LARGEST_VALUE * problem.goal.reference) - branches.log_amplitude)
    bits = np.log2(np.max(_starts(branches))) - np.log2(np.min(reached / branches.slope))
    table = _table(equations, branches, point, _SLACK_BITS + max(int(bits), 0))
    if table is None:
        return None
    leading = _leading(branches, table.basis, point.slack)
    whole = TiedProblem(problem.goal, problem.branches, problem.unit, None, table, leading, branches)
    return _in_table(whole, table, leading, point)


def _table(equations: IndependentEquations, branches: Branches, point: Point, bits: int) -> Tableau | None:
    """A in the basis that suits the point."""
    distance = _distances(branches, point, equations.rows.shape[1])
    sizes = np.linalg.norm(equations.rows, axis=0)
    has_any = np.flatnonzero(np.isfinite(distance) & (sizes > 0))
    order = has_any[np.argsort(distance[has_any] / sizes[has_any], kind="stable")]
    near = has_any
    if len(equations.rhs) ** 2 * len(has_any) > _LITTLE_WORK:
        is_near = (point.slack < _NEAR_SLACK) | (point.log_values > np.max(point.log_values) + np.log(_NEAR_VALUE))
        near = np.intersect1d(has_any, branches.coordinate[is_near])
    table = tableau_of(equations, order, near, bits)
    return None if table is None else table.sorted_by(distance)


def _in_table(problem: TiedProblem, table: Tableau, leading: np.ndarray, point: Point) -> tuple[TiedProblem, Point]:
    """The problem and the point in the coordinates of a table."""
    branches, unit = problem.original, problem.unit
    starts = _starts(branches)
    reduced = table.reduced(branches.coordinate, branches.sign, starts, _held(branches, leading)) * branches.slope
    reduced[leading] = 0.0
    size = norm(table.rhs)
    goal = replace(problem.goal, rows=table.rows, right=table.rhs, size=size if size > 0 else problem.goal.size)
    moved = replace(problem.branches, start=reduced)
    y = -branches.sign[leading] * point.slack[leading] / moved.slope[leading]
    return TiedProblem(goal, moved, unit, None, table, leading, branches), replace(point, nu=y)


def _starts(branches: Branches) -> BranchVector:
    """u, the slacks at ν = 0 in units of z."""
    return branches.start / branches.slope


def _held(branches: Branches, leading: np.ndarray) -> Dual:
    """The z at which the slacks of these branches are 0."""
    return branches.sign[leading] * _starts(branches)[leading]


def _distances(branches: Branches, point: Point, unknowns: int) -> Vector:
    """1/√w of each coordinate, w = slope·X/s being its weight in Newton's matrix; infinite without a branch."""
    logs = (np.log(point.slack) - np.log(branches.slope) - point.log_values) / 2
    distance = np.full(unknowns, np.inf)
    np.minimum.at(distance, branches.coordinate, logs)
    return np.exp(np.minimum(distance - np.min(logs), _FARTHEST), where=np.isfinite(distance), out=distance)


def _leading(branches: Branches, basis: np.ndarray, slack: BranchVector) -> np.ndarray:
    """Of each coordinate of the basis the branch with the least slack."""
    by_slack = np.argsort(-slack / branches.slope, kind="stable")
    last = np.full(int(np.max(branches.coordinate)) + 1, -1)
    last[branches.coordinate[by_slack]] = by_slack
    return last[basis]
