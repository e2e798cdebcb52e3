"""A bound on the distance from the x of a dual point to the limit x∞: the theorem behind `Certificate.distance`.

Let z = offset + Aᵀν for any ν, x̂ = f(z), and D_i(t) = Φ_i(t) + Φ_i*(z_i) − t·z_i, which is at least 0 and convex, with
D_i(x̂_i) = 0 and D_i'(t) = Φ_i'(t) − z_i. For every feasible y

    Σ_i D_i(y_i) = Φ(y) − ⟨offset, y⟩ − ⟨b, ν⟩ + Φ*(z),

and x∞ minimises the right-hand side over the feasible points. Hence Σ_i D_i(x∞_i) ≤ Σ_i D_i(y_i), and two inequalities
turn that into a distance.

1. D_i(y_i) ≤ |y_i − x̂_i|·|δ_i|, where δ_i is the change of z_i that moves x̂_i to y_i: D_i' grows from 0 to δ_i on the
   way. Their sum over i is the gap G.
2. For every unit vector q and τ > 0, by Fenchel and Young with D_i*(s) = ∫ from 0 to s of f_i(z_i + t) − x̂_i dt,

       ⟨q, x∞ − x̂⟩ ≤ [Σ_i D_i(x∞_i) + Σ_i D_i*(τ q_i)]/τ ≤ G/τ + τ·F(τ)/2,    F(τ) = max_i sup f_i' over |z − z_i| ≤ τ,

   so that ‖x∞ − x̂‖ ≤ 2G/τ at the τ with τ²·F(τ) = 2G. For a quadratic Φ that is √(2·G·F).

No strong convexity is assumed, and nothing is divided by the value of an objective. Where f_i' is large on a set S and
small on the rest R, (2) is applied to R alone, where it gives a small distance. x∞ on S then follows from the equations
A_S x_S = b − A_R x_R if the columns of S are independent, and otherwise from (1) and (2) for the smaller problem that
x∞_S solves given x∞_R.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
import scipy.linalg as sl

from ridgeless._core.arrays import Vector, norm
from ridgeless.certificates._equations import Equations, are_spanned
from ridgeless.certificates._mirror import UNIT_ROUNDOFF, MirrorPoint
from ridgeless.systems.independent import independent_columns

# Of a factor of 2, which leaves one per cent.
_LOG_BISECTIONS = 6
# The logarithm of the largest float.
_MOST = 709.0
_MOST_PARTS = 4
# Ratio of consecutive slopes from which on coordinates are split into S and R.
_WIDE = 1e3
LEAST_SLACK = 0.5


@dataclass(frozen=True, eq=False)
class Feasible:
    """An enclosure of an exact solution of A x = b: some solution is within `error` of x + low.

    Attributes:
        x: (d,) the solution, rounded.
        low: (d,) the part of it below the rounding of x.
        error: (d,) bound on the distance to the exact solution, entry by entry.
    """

    x: Vector
    low: Vector
    error: Vector

    def offset(self, point: MirrorPoint) -> Vector:
        """The difference from the x of a dual point to this point."""
        return (self.x - point.x) + self.low


@dataclass(frozen=True, eq=False)
class Ball:
    """A Euclidean ball that contains the limit x∞.

    Attributes:
        center: (d,).
        radius: bound on ‖x∞ − center‖.
        gap: G, the duality gap between the feasible point and the dual point behind the bound.
    """

    center: Vector
    radius: float
    gap: float

    @classmethod
    def unbounded(cls, x: Vector) -> Ball:
        """The ball of infinite radius, where nothing is known of x∞."""
        return cls(x, np.inf, np.inf)

    @classmethod
    def smallest(cls, balls: Iterable[Ball], x: Vector, is_enough: Callable[[Ball], bool]) -> Ball:
        """The smallest of some balls, which are computed until one is small enough; unbounded without any."""
        best = cls.unbounded(x)
        for found in balls:
            best = found if found.radius < best.radius else best
            if is_enough(best):
                break
        return best


def ball(equations: Equations, point: MirrorPoint, feasible: Feasible, wanted: float) -> Ball:
    """A ball around x∞, from a dual point and a feasible point.

    Args:
        equations: the equations.
        point: the mirror map at the dual point.
        feasible: a solution of A x = b.
        wanted: a radius that is small enough; only where it is exceeded, coordinates are split into S and R.
    """
    offset, error = feasible.offset(point), feasible.error + point.spread
    everywhere = np.ones(len(offset), dtype=bool)
    gap = _gap(point, offset, error, everywhere)
    if not np.isfinite(gap):
        return Ball(point.x, np.inf, gap)
    best = Ball(point.x, radius(point, gap, everywhere) + norm(point.spread), gap)
    if best.radius > wanted:
        for large in _parts(point.slope):
            found = _by_parts(equations, point, feasible, gap, large)
            best = found if found.radius < best.radius else best
    return best


def radius(point: MirrorPoint, gap: float, where: np.ndarray) -> float:
    """A bound on ‖x∞ − x̂‖ over the coordinates of a mask: 2·G/τ at the τ with τ²·F(τ) = 2·G."""
    if gap == 0 or not where.any():
        return 0.0
    with np.errstate(over="ignore", under="ignore"):
        steepest = float(np.max(point.slope[where]))
        upper = min((np.log(2 * gap) - np.log(max(steepest, np.finfo(float).tiny))) / 2, _MOST)
        stride = np.log(2.0)
        while _exceeds(point, upper - stride, gap, where) and stride < 1e5:
            upper, stride = upper - stride, 2 * stride
        lower = upper - stride
        for _ in range(_LOG_BISECTIONS):
            middle = (lower + upper) / 2
            if _exceeds(point, middle, gap, where):
                upper = middle
            else:
                lower = middle
        # Every τ gives the bound G/τ + τ·F(τ)/2; at the lower end G/τ is the larger of the two terms.
        return float(2 * gap / np.exp(lower))


def _exceeds(point: MirrorPoint, log_tau: float, gap: float, where: np.ndarray) -> bool:
    with np.errstate(divide="ignore"):
        log_steepest = np.log(np.max(point.slope_bound(float(np.exp(log_tau)))[where]))
    return bool(2 * log_tau + log_steepest > np.log(2 * gap))


def _gap(point: MirrorPoint, offset: Vector, error: Vector, where: np.ndarray) -> float:
    """Σ |y_i − x̂_i|·|δ_i| over the mask, for y − x̂ within `error` of the offset; ∞ where y may leave the domain.

    D_i is convex, so that its maximum over the interval of y_i is attained at one of the two ends.
    """
    along = np.where(offset < 0, -1.0, 1.0)
    ahead, back = np.abs(offset) + error, np.maximum(error - np.abs(offset), 0.0)
    with np.errstate(invalid="ignore", over="ignore"):
        # NaN stands for an unknown size, and must propagate to the sum.
        forward, backward = (
            np.where(size == 0, 0.0, size * point.inverse_rise(sign * size))
            for size, sign in ((ahead, along), (back, -along))
        )
        return float(np.sum(np.maximum(forward, backward)[where]))


def _parts(slope: Vector) -> list[np.ndarray]:
    """Masks S of the coordinates whose slopes are far larger than all others, at the widest gaps between slopes."""
    with np.errstate(divide="ignore"):
        log_slope = np.log(np.maximum(slope, np.finfo(float).tiny))
    order = np.argsort(-log_slope, kind="stable")
    falls = -np.diff(log_slope[order])
    steepest = np.argsort(-falls, kind="stable")[:_MOST_PARTS]
    masks = []
    for last in steepest[falls[steepest] > np.log(_WIDE)]:
        mask = np.zeros(len(slope), dtype=bool)
        mask[order[: last + 1]] = True
        masks.append(mask)
    return masks


def _by_parts(equations: Equations, point: MirrorPoint, feasible: Feasible, gap: float, large: np.ndarray) -> Ball:
    """The ball for a split of the coordinates: R by its own radius, then S from the equations."""
    away = radius(point, gap, ~large) + norm(point.spread[~large])
    offset = feasible.offset(point)
    solved = solved_part(equations, large, -point.slope)
    if solved is None or not np.isfinite(away):
        return Ball(point.x, np.inf, gap)
    if solved.is_whole:
        return solved.ball(equations, point.x, offset, feasible.error, away, gap)
    # Given x∞_R, x∞_S solves a smaller problem. If the other columns of S are exact combinations of the basis, y_S is
    # feasible for it after a change of the basis entries by at most `moved`.
    if not are_spanned(
        equations.columns(solved.basis), equations.columns(np.setdiff1d(np.flatnonzero(large), solved.basis))
    ):
        return Ball(point.x, np.inf, gap)
    unsolved = norm(np.abs(solved.inverse) @ np.abs(equations.matvec(feasible.error)))
    moved = (unsolved + solved.coupling * (away + norm(offset[~large]))) / solved.slack
    inner = _gap(point, offset, feasible.error + point.spread + moved, large)
    if not np.isfinite(inner):
        return Ball(point.x, np.inf, gap)
    return Ball(point.x, float(np.hypot(radius(point, inner, large) + norm(point.spread[large]), away)), gap)


@dataclass(frozen=True, eq=False)
class SolvedPart:
    """Unknowns S that follow from the others by the equations.

    Attributes:
        large: (d,) mask of S.
        inverse: (k, n) left inverse of the columns of a basis of S.
        slack: 1 − ‖I − inverse·A_B‖, above ½.
        coupling: bound on ‖inverse·A_R‖.
        is_whole: whether the columns of S are independent, so that the basis is all of S.
        basis: (k,) the unknowns of the basis.
    """

    large: np.ndarray
    inverse: np.ndarray
    slack: float
    coupling: float
    is_whole: bool
    basis: np.ndarray

    def ball(self, equations: Equations, x: Vector, offset: Vector, error: Vector, away: float, gap: float) -> Ball:
        """The ball around x_R and the x_S that solves the equations, where x∞_R is within `away` of x_R.

        Args:
            equations: the equations.
            x: (d,) the point.
            offset: (d,) from x to a solution of A x = b.
            error: (d,) bound on the error of that solution.
            away: bound on ‖(x∞ − x)_R‖.
            gap: the duality gap, which is copied into the ball.
        """
        center = x.copy()
        center[self.large] += self.inverse @ equations.matvec(offset)
        terms = np.abs(self.inverse) @ (equations.terms(offset) - np.abs(equations.b) + np.abs(equations.matvec(error)))
        rounding = UNIT_ROUNDOFF * (norm(center[self.large]) + len(x) * norm(terms))
        unsolved = norm(np.abs(self.inverse) @ np.abs(equations.matvec(error)))
        return Ball(center, float(np.hypot((self.coupling * away + unsolved + rounding) / self.slack, away)), gap)


def solved_part(equations: Equations, large: np.ndarray, order: Vector) -> SolvedPart | None:
    """The part of the equations that determines the unknowns S; None where float64 does not resolve it.

    Args:
        equations: the equations.
        large: (d,) mask of S.
        order: (d,) sort key: unknowns of small order enter the basis first.
    """
    columns = equations.columns(np.flatnonzero(large))
    basis = independent_columns(columns, np.argsort(order[large], kind="stable"))
    if not len(basis):
        return None
    inverse = sl.pinv(columns[:, basis])
    # inverse·A_B differs from I by rounding; the ball accounts for that as long as the difference is below one.
    slack = 1 - float(np.linalg.norm(np.eye(len(basis)) - inverse @ columns[:, basis]))
    if not slack > LEAST_SLACK:
        return None
    coupling, is_whole = equations.coupling(inverse, ~large), len(basis) == columns.shape[1]
    return SolvedPart(large, inverse, slack, coupling, is_whole, np.flatnonzero(large)[basis])
