"""Linear equations B x = c in which each x_i is a sum of branches ±X, written with primal and dual unknowns.

X > 0 and its slack s > 0 are to each other what a variable and its reduced cost are in linear programming: s is affine
in the multiplier ν, and log X = T + log F(s) ties the two. This module holds the equations (`BranchProblem`), and the
iterates of the interior-point path (`PathPoint`) and of Newton's method at its end (`TargetState`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np
from jaxtyping import Bool, Float

from ridgeless._core.arrays import Dual, Vector
from ridgeless.limits.newton import Goal, graded_solve, weighted_gram
from ridgeless.limits.tolerances import TOLERANCES
from ridgeless.potentials.branches import Branches

BranchVector = Float[np.ndarray, " m"]
BranchMask = Bool[np.ndarray, " m"]


@dataclass(frozen=True, eq=False)
class BranchProblem:
    """The equations B x = c for x a sum of branches, and s = start − slope·sign·Bᵀν for their slacks.

    Attributes:
        goal: B, c, units and tolerance.
        branches: the branches at ν = 0, with slopes for ν multiplied by `unit`.
        unit: what ν for B itself is to be multiplied by to give the ν of this problem.
        mirror_map: z ↦ x without cancellation; None where x is the sum of its branches.
    """

    # On the support s falls below the rounding of Bᵀν, so that ν no longer determines it: a slack below the first
    # number is computed from X, and counts as at least the second one in Newton's matrix at the target. The solution
    # stays the same; the iteration is Newton's in X and a contraction in s. With a much smaller floor the weights of
    # these slacks would drown those of branches that still move.
    least_reliable_slack: ClassVar[float] = TOLERANCES.lost
    slack_floor: ClassVar[float] = TOLERANCES.near
    # The relative error of slacks at which the iteration has converged.
    slack_tolerance: ClassVar[float] = TOLERANCES.near

    goal: Goal
    branches: Branches
    unit: float
    mirror_map: Callable[[Vector], Vector] | None

    @cached_property
    def slack_sensitivity(self) -> BranchVector:
        """The largest change of each slack over all ν of length 1."""
        columns = np.linalg.norm(self.goal.rows, axis=0)
        return columns[self.branches.coordinate] * self.branches.slope

    def slack_decrease(self, nu: Dual) -> BranchVector:
        """How much each slack decreases when ν changes by the argument."""
        branches = self.branches
        return branches.sign * branches.slope * self.goal.pull_back(nu)[branches.coordinate]

    def implied_slack(self, nu: Dual) -> BranchVector:
        """The slacks that ν implies; rounding may make them negative."""
        return self.branches.start - self.slack_decrease(nu)

    @property
    def acceptable_error(self) -> float:
        """The largest error with which a point at the end of the path counts as the solution."""
        return max(TOLERANCES.near, self.goal.tol)

    def slack_scale(self, nu: Dual, slack: BranchVector) -> BranchVector:  # noqa: ARG002
        """The size of the terms whose sum is the slack that ν implies, at least 1; its rounding is eps times that."""
        return np.maximum(1.0, self.slack_sensitivity * float(np.linalg.norm(nu)))

    def gather(self, values: BranchVector) -> Vector:
        """(d,) the sum over the branches of each coordinate."""
        return self.branches.gather(values, self.goal.rows.shape[1])

    def implied_log_amplitude(self, point: PathPoint) -> BranchVector:
        """The log-amplitude T with log X = T + log F(s), for the X and s of a point."""
        return point.log_values - self.branches.profile.log_value(point.slack)

    def dual_step(self, weights: BranchVector, rhs: Dual) -> Dual:
        """The change of ν that solves B·diag(Σ weights·slope)·Bᵀ·change = `rhs`, by Cholesky with scaled equations."""
        return graded_solve(weighted_gram(self.goal.rows, self.gather(weights * self.branches.slope)), rhs)

    def with_basic_duals(self, nu: Dual, slack: BranchVector, is_basic: BranchMask) -> Dual:  # noqa: ARG002
        """ν, its entries that are slacks of basic branches recomputed from their X; here none is, and ν is returned."""
        return nu

    def in_accurate_basis(self, point: PathPoint) -> tuple[BranchProblem, PathPoint]:
        """The problem and the point in coordinates in which slacks keep their digits; here both as they are."""
        return self, point

    def primal(self, state: TargetState) -> Vector:
        """x = Σ ± X, or the mirror map at ν where no branch of a coordinate is basic, which spares cancellation."""
        summed = self.gather(self.branches.sign * state.values)
        if self.mirror_map is None:
            return summed
        is_summed = self.gather(state.is_basic.astype(float)) > 0
        mapped = self.mirror_map(self.goal.pull_back(state.nu) / self.unit)
        return np.where(is_summed | ~np.isfinite(mapped), summed, mapped)


@dataclass(frozen=True, eq=False)
class PathPoint:
    """An iterate of the interior-point path: ν, log X and the slacks, all three independent unknowns."""

    nu: Dual
    log_values: BranchVector
    slack: BranchVector


@dataclass(frozen=True, eq=False)
class TargetState:
    """An iterate of Newton's method at the target: X is the unknown of basic branches, the slack of nonbasic ones.

    Attributes:
        nu: ν.
        log_values: log X.
        slack: s.
        is_basic: whether X is the unknown and s follows from it; otherwise s follows from ν, and X from s.
        misfit: B x − c.
        slack_gap: the slack that ν implies minus s; 0 for nonbasic branches.
        slack_scale: the size of the terms whose sum is the slack that ν implies.
        error: ‖B x − c‖ relative to the size of the equations.
        slack_tolerance: the relative error of a slack at which the iteration has converged.
    """

    nu: Dual
    log_values: BranchVector
    slack: BranchVector
    is_basic: BranchMask
    misfit: Dual
    slack_gap: BranchVector
    slack_scale: BranchVector
    error: float
    slack_tolerance: float

    @property
    def values(self) -> BranchVector:
        """X, which underflows to 0 far from the support."""
        return np.exp(self.log_values)

    @property
    def point(self) -> PathPoint:
        """The same ν, log X and slacks as an iterate of the path."""
        return PathPoint(self.nu, self.log_values, self.slack)

    @property
    def merit(self) -> float:
        """The larger of the error of the equations and the largest slack gap relative to its scale."""
        return max(self.error, float(np.max(np.abs(self.slack_gap) / self.slack_scale, initial=0.0)))

    def is_within(self, tol: float) -> bool:
        """Whether B x = c holds to `tol` and the slack of every basic branch agrees with the one that ν implies."""
        allowed = np.maximum(self.slack_tolerance * self.slack, TOLERANCES.solved * self.slack_scale)
        return self.error <= tol and bool(np.all(np.abs(self.slack_gap) <= allowed))
