"""A x = b with x a sum of branches near their edges: the equations, and the points that solvers of them hold."""

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
    """B x = c with x the sum of branches.

    Attributes:
        goal: B, c, units and tolerance.
        branches: at ν = 0, their slopes counted in `unit`.
        unit: one over the unit in which ν is counted.
        exact: z ↦ x without cancellation; None where x is the sum of its branches.
    """

    # On the support s falls below the rounding of Bᵀν, and what ν tells of it is noise: below this it follows from X,
    # and in Newton's matrix it counts for this much. The end is the same; the way there is Newton's for X, a
    # contraction for s. Much less, and the weights of lost slacks drown those of branches that are on their way.
    lost_slack: ClassVar[float] = 1e-8
    least_stiff: ClassVar[float] = 1e-9
    # What the end must reach: slacks to this part of themselves. It may stall above tol for want of digits.
    slack_tolerance: ClassVar[float] = 1e-9

    goal: Goal
    branches: Branches
    unit: float
    exact: Callable[[Vector], Vector] | None

    @cached_property
    def lengths(self) -> BranchVector:
        """By how much a ν of length 1 changes each slack at most."""
        columns = np.linalg.norm(self.goal.rows, axis=0)
        return columns[self.branches.coordinate] * self.branches.slope

    def fall(self, nu: Dual) -> BranchVector:
        """By how much a change of ν lowers each slack."""
        branches = self.branches
        return branches.sign * branches.slope * self.goal.pull_back(nu)[branches.coordinate]

    def implied_slack(self, nu: Dual) -> BranchVector:
        """The slack that ν implies, which rounding may carry below 0."""
        return self.branches.start - self.fall(nu)

    @property
    def near(self) -> float:
        """The error from which on the end of a path counts as found."""
        return max(TOLERANCES.near, self.goal.tol)

    def terms(self, nu: Dual, slack: BranchVector) -> BranchVector:  # noqa: ARG002
        """What the rounding of the slack that ν implies is measured in: 1, or more where it is a sum of large terms."""
        return np.maximum(1.0, self.lengths * float(np.linalg.norm(nu)))

    def gather(self, values: BranchVector) -> Vector:
        """Sum over the branches of each coordinate."""
        return self.branches.gather(values, self.goal.rows.shape[1])

    def amplitude(self, point: PathPoint) -> BranchVector:
        """The T at which a point would lie on each branch."""
        return point.log_values - self.branches.profile.log_value(point.slack)

    def direction(self, weights: BranchVector, rhs: Dual) -> Dual:
        """The change of ν for which B Σ weights·fall is `rhs`."""
        return graded_solve(weighted_gram(self.goal.rows, self.gather(weights * self.branches.slope)), rhs)

    def anchored(self, nu: Dual, slack: BranchVector, is_basic: BranchMask) -> Dual:  # noqa: ARG002
        """ν with the slacks of basic branches that it holds as numbers of its own: none, so that it stays."""
        return nu

    def kept_sharp(self, point: PathPoint) -> tuple[BranchProblem, PathPoint]:
        """The same problem and point in coordinates in which slacks keep their digits: these, as they are."""
        return self, point

    def primal(self, state: TargetState) -> Vector:
        """x = Σ ± X, by the mirror map itself where large branches would cancel."""
        summed = self.gather(self.branches.sign * state.values)
        if self.exact is None:
            return summed
        is_summed = self.gather(state.is_basic.astype(float)) > 0
        mapped = self.exact(self.goal.pull_back(state.nu) / self.unit)
        return np.where(is_summed | ~np.isfinite(mapped), summed, mapped)


@dataclass(frozen=True, eq=False)
class PathPoint:
    """One point of the path: ν, log X and slacks, none of which follows from another."""

    nu: Dual
    log_values: BranchVector
    slack: BranchVector


@dataclass(frozen=True, eq=False)
class TargetState:
    """A point at the target, where of each branch one of X and s is the unknown, and the other follows.

    Attributes:
        nu: ν.
        log_values: log X.
        slack: s.
        is_basic: whether X is the unknown.
        misfit: B x − c.
        gap: the slack that ν implies, less s; 0 where s follows from ν.
        size: what the rounding of the slack that ν implies is measured in.
        error: ‖B x − c‖, without units.
        tolerance: on a slack, as a part of itself.
    """

    nu: Dual
    log_values: BranchVector
    slack: BranchVector
    is_basic: BranchMask
    misfit: Dual
    gap: BranchVector
    size: BranchVector
    error: float
    tolerance: float

    @property
    def values(self) -> BranchVector:
        """X; 0 where it underflows."""
        return np.exp(self.log_values)

    @property
    def point(self) -> PathPoint:
        """ν, log X and slacks."""
        return PathPoint(self.nu, self.log_values, self.slack)

    @property
    def merit(self) -> float:
        """The larger of both errors."""
        return max(self.error, float(np.max(np.abs(self.gap) / self.size, initial=0.0)))

    def is_within(self, tol: float) -> bool:
        """Whether B x = c holds to `tol`, and every basic slack agrees with ν."""
        allowed = np.maximum(self.tolerance * self.slack, TOLERANCES.solved * self.size)
        return self.error <= tol and bool(np.all(np.abs(self.gap) <= allowed))
