"""The mirror map x = ∇Φ*(offset + Aᵀν) at a dual point, with bounds on its rounding errors.

For every separable potential, and for the quadratic one, x_i = f_i(z_i) with f_i increasing. A certificate needs x, the
derivative f', the change of x for a change of z, and the change of z for a change of x. All are computed from the
slacks of the branches, which are accurate where cancellation in z is not.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from jaxtyping import Float

from ridgeless._core import doubled
from ridgeless._core.arrays import Vector
from ridgeless.potentials import Bias, Potential, Quadratic, Rescaled, SeparablePotential
from ridgeless.potentials.branches import Branches, ExponentialProfile

BranchVector = Float[np.ndarray, " m"]

UNIT_ROUNDOFF = float(np.finfo(float).eps) / 2
# Units of rounding error of the mirror maps of this library.
_ROUNDINGS = 6.0
# A slack below this part of its start is computed from x, since the cancellation in Aᵀν leaves it few digits.
_LOST = 1e-4
# For relative changes of a slack this small, the tangent of the branch is accurate enough for a bound.
_TANGENT = 1e-7
# For relative errors of a slack up to this, the tangent is accurate to a few per cent.
_LITTLE = 1e-2
# Logarithm of the largest numbers considered; the first step, which is the width of a bracket that is narrow enough;
# steps that reach the largest numbers by doubling it, and bisections that lead back.
_MOST = 700.0
_FINE = 2.0**-6
_STRIDES = 18
_BISECTIONS = 20


@dataclass(frozen=True, eq=False)
class MirrorPoint(ABC):
    """The mirror map at one dual point.

    Attributes:
        x: (d,) f(z).
        spread: (d,) bound on the error of x, which comes from z, from the map and from its parameters.
        slope: (d,) f'(z).
    """

    x: Vector
    spread: Vector
    slope: Vector

    @abstractmethod
    def rise(self, change: Vector) -> Vector:
        """f(z + change) − f(z), with small relative error for every change; ±∞ beyond the domain."""

    @abstractmethod
    def slope_bound(self, reach: float) -> Vector:
        """A bound on f' over the interval from z − reach to z + reach; ∞ where that leaves the domain."""

    @abstractmethod
    def step_share(self, change: Vector, reach: float) -> float:
        """The largest share ≤ 1 of a change of z for which f is nearly linear and |x| not much above `reach`."""

    def inverse_rise(self, rise: Vector) -> Vector:
        """The |change| of z that changes x by `rise`, bounded above to a few per cent; ∞ where no change does.

        Only monotonicity of f is used: the tangent's guess is bracketed by steps of doubling length and then bisected,
        in the logarithm of the change. Where the tangent is accurate, as beside a limit, the first bracket is enough.
        """
        size, sign = np.abs(rise), np.sign(rise)
        is_none = size == 0

        def is_enough(log_change: Vector) -> np.ndarray:
            with np.errstate(over="ignore", invalid="ignore"):
                return (np.abs(self.rise(sign * np.exp(log_change))) >= size) | (log_change > _MOST)

        with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
            guess = np.log(size) - np.log(self.slope)
        guess = np.clip(np.nan_to_num(guess, posinf=_MOST, neginf=-_MOST), -_MOST, _MOST)
        # From the guess down where it is enough, and up where it is not; the last step is the bracket.
        is_down, stride = is_enough(guess), _FINE
        near, far = guess, guess + np.where(is_down, -stride, stride)
        for _ in range(_STRIDES):
            goes_on = (is_enough(far) == is_down) & ~is_none
            if not goes_on.any():
                break
            stride *= 2
            step = np.where(is_down, -stride, stride)
            near, far = np.where(goes_on, far, near), np.where(goes_on, far + step, far)
        low, high = np.minimum(near, far), np.maximum(near, far)
        for _ in range(_BISECTIONS):
            if not np.any((high - low > _FINE) & ~is_none):
                break
            middle = (low + high) / 2
            there = is_enough(middle)
            low, high = np.where(there, low, middle), np.where(there, middle, high)
        with np.errstate(over="ignore"):
            return np.where(is_none, 0.0, np.where(high >= _MOST, np.inf, np.exp(high)))


@dataclass(frozen=True, eq=False)
class LinearPoint(MirrorPoint):
    """x = rate·z: the quadratic potential."""

    def rise(self, change: Vector) -> Vector:
        return self.slope * change

    def slope_bound(self, reach: float) -> Vector:  # noqa: ARG002
        return self.slope

    def step_share(self, change: Vector, reach: float) -> float:  # noqa: ARG002
        return 1.0


@dataclass(frozen=True, eq=False)
class BranchPoint(MirrorPoint):
    """x = shift + Σ ± X_j, with X_j = exp(log_amplitude_j)·F(slack_j) over the branches of a coordinate."""

    branches: Branches
    slack: BranchVector
    log_values: BranchVector

    def rise(self, change: Vector) -> Vector:
        """Σ ± X_j·(F(slack_j − h_j)/F(slack_j) − 1), without cancellation: every term has the sign of the change."""
        branches = self.branches
        with np.errstate(over="ignore", under="ignore", invalid="ignore"):
            growth = self._log_growth(branches.sign * branches.slope * change[branches.coordinate])
            near = np.exp(self.log_values) * np.expm1(np.minimum(growth, 1.0))
            # X_j may underflow and exp(growth) overflow although their product does neither.
            far = np.exp(self.log_values + growth) - np.exp(self.log_values)
            moved = np.where(growth > 1, far, near)
        moved = np.where((growth == 0) | np.isneginf(self.log_values), 0.0, moved)
        return branches.gather(branches.sign * moved, len(self.x))

    def slope_bound(self, reach: float) -> Vector:
        """Σ X_j'(slack_j − slope_j·reach), since branches are convex and steepest where their slack is least."""
        branches = self.branches
        left = self.slack - branches.slope * reach
        is_bounded = isinstance(branches.profile, ExponentialProfile)
        inside = left if is_bounded else np.where(left > 0, left, 1.0)
        with np.errstate(over="ignore", invalid="ignore"):
            log_values = branches.log_amplitude + branches.profile.log_value(inside)
            rates = branch_rates(branches, inside, log_values)
        rates = rates if is_bounded else np.where(left > 0, rates, np.inf)
        return branches.gather(rates, len(self.x))

    def step_share(self, change: Vector, reach: float) -> float:
        """The share for which branches keep some slack and grow by a factor e, or to `reach` from a smaller value."""
        branches = self.branches
        fall = branches.sign * branches.slope * change[branches.coordinate]
        with np.errstate(divide="ignore", invalid="ignore"):
            room = np.maximum(np.log(reach) - self.log_values, 0.0) + 1.0
            if not isinstance(branches.profile, ExponentialProfile):
                # log F grows like −q·log(slack), and reaches log F + room when this share of the slack is used up.
                room = self.slack * -np.expm1(-room / branches.profile.elasticity(self.slack))
            shares = np.where(fall > room, room / fall, 1.0)
        return float(np.min(shares, initial=1.0))

    def _log_growth(self, fall: BranchVector) -> BranchVector:
        """log F(slack − fall) − log F(slack)."""
        profile = self.branches.profile
        if isinstance(profile, ExponentialProfile):
            return fall
        left = self.slack - fall
        inside = np.where(left > 0, left, self.slack)
        with np.errstate(divide="ignore", invalid="ignore"):
            share = fall / self.slack
            elasticity = profile.elasticity(self.slack)
            far = profile.log_value(inside) - profile.log_value(self.slack)
        growth = np.where(np.abs(share) < _TANGENT, elasticity * share, far)
        return np.where(left > 0, growth, np.inf)


def branch_rates(branches: Branches, slack: BranchVector, log_values: BranchVector) -> BranchVector:
    """dX_j/dz·sign_j = slope_j·X_j·(−F'/F)(slack_j), positive."""
    with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
        if isinstance(branches.profile, ExponentialProfile):
            steepness = np.ones_like(slack)
        else:
            steepness = branches.profile.elasticity(slack) / slack
        rates = np.exp(log_values + np.log(steepness) + np.log(branches.slope))
    return np.where(np.isneginf(log_values), 0.0, rates)


@dataclass(frozen=True, eq=False)
class LinearMirror:
    """x = start + rate·Aᵀν, the mirror map of a quadratic potential.

    Attributes:
        start: (d,) x at ν = 0.
        rate: f'.
        is_exact: whether `start` is a given start and not the rounded result of a computation.
    """

    start: Vector
    rate: float
    is_exact: bool

    @property
    def signs(self) -> Vector:
        """(d,) 0, since no sign is locked."""
        return np.zeros_like(self.start)

    def at(self, high: Vector, low: Vector) -> LinearPoint:
        """The map at Aᵀν = high + low."""
        x = (self.start + self.rate * high) + self.rate * low
        own = 0.0 if self.is_exact else 2.0
        rounding = own * np.abs(self.start) + np.abs(x) + 2 * np.abs(self.rate * high)
        return LinearPoint(x, UNIT_ROUNDOFF * rounding, np.full_like(x, self.rate))


@dataclass(frozen=True, eq=False)
class BranchMirror:
    """x = shift + Σ ± X_j over the branches of each coordinate, the mirror map of a separable potential.

    Attributes:
        potential: Φ.
        offset: (d,) of the theorem.
        branches: of the map, at ν = 0.
        shift: (d,) added to the sum of the branches.
        shift_error: (d,) bound on the error of the numbers that the shift was computed from.
    """

    potential: Potential
    offset: Vector
    branches: Branches
    shift: Vector
    shift_error: Vector

    @property
    def signs(self) -> Vector:
        """(d,) the common sign of the branches of a coordinate; 0 where they have both signs or a shift."""
        return np.where(self.shift == 0, self.branches.locked_signs(len(self.shift)), 0.0)

    def implied_slack(self, high: Vector, low: Vector) -> tuple[BranchVector, BranchVector]:
        """The slacks at Aᵀν = high + low, and a bound on their error.

        They are computed from the widths start/slope in doubled precision. If all widths are equal, their common error
        only rescales ν and leaves x unchanged; otherwise each width has its own rounding error and that of the starting
        weights it was computed from.
        """
        branches, coordinate = self.branches, self.branches.coordinate
        along = branches.sign * high[coordinate]
        width = branches.start / branches.slope
        left = doubled.two_sum(width, -along)
        slack = branches.slope * (left.high + (left.low - branches.sign * low[coordinate]))
        size = 2 * np.abs(branches.start) + 3 * np.abs(branches.slope * along)
        own = 0.0 if self._is_even(width) else UNIT_ROUNDOFF * size
        return slack, own + 4 * UNIT_ROUNDOFF * np.abs(slack) + UNIT_ROUNDOFF**2 * _ROUNDINGS**2 * size

    def cancelled(self, slack: BranchVector) -> np.ndarray:
        """The branches whose slack is so far below its start that a float64 ν does not determine it."""
        if isinstance(self.branches.profile, ExponentialProfile):
            return np.zeros(0, dtype=np.int64)
        return np.flatnonzero(slack < _LOST * np.abs(self.branches.start))

    def _is_even(self, width: BranchVector) -> bool:
        is_exponential = isinstance(self.branches.profile, ExponentialProfile)
        return not is_exponential and len(width) > 0 and bool(np.all(width == width[0]))

    def at(self, high: Vector, low: Vector, slacks: tuple[BranchVector, BranchVector], beyond: Vector) -> BranchPoint:
        """The map at Aᵀν = high + low, or at a z that differs from it by at most `beyond`.

        Args:
            high: (d,) Aᵀν, rounded.
            low: (d,) the rest of it.
            slacks: of the branches, and a bound on their error.
            beyond: (d,) bound on the difference between z and offset + high + low.
        """
        slack, error = slacks
        branches, size = self.branches, len(high)
        with np.errstate(over="ignore", under="ignore", invalid="ignore", divide="ignore"):
            log_values = branches.log_amplitude + branches.profile.log_value(slack)
            values = np.exp(log_values)
            rates = branch_rates(branches, slack, log_values)
            # The relative error of a branch: rounding of log amplitude, of log F and of the exponential.
            own = UNIT_ROUNDOFF * (_ROUNDINGS + np.abs(branches.log_amplitude) + np.abs(log_values))
            moved = self._change_by_error(slack, error, values, rates) + own * values
        slope, spread = branches.gather(rates, size), branches.gather(moved, size) + self._shift_rounding
        summed = self.shift + branches.gather(branches.sign * values, size)
        mapped, of_z, of_map = self._by_formula(high, low, slope, own, beyond)
        is_there = np.isfinite(mapped) & np.isfinite(summed) & self._is_accurate(slack, of_z)
        is_better = is_there & (of_map < spread)
        # The two formulas agree up to their error bounds; any larger difference is added to the bound.
        apart = np.where(is_there, np.abs(summed - np.where(is_there, mapped, 0.0)) - (spread + of_map), 0.0)
        x, spread = np.where(is_better, mapped, summed), np.where(is_better, of_map, spread)
        spread = spread + np.maximum(apart, 0.0)
        return BranchPoint(x, spread, slope, branches, slack, log_values)

    def _change_by_error(
        self, slack: BranchVector, error: BranchVector, values: BranchVector, rates: BranchVector
    ) -> BranchVector:
        """The change of X for the error of its slack, by convexity of F; ∞ where no slack may be left."""
        branches, profile = self.branches, self.branches.profile
        if isinstance(profile, ExponentialProfile):
            return values * np.expm1(error)
        left = slack - error
        growth = profile.log_value(np.where(left > 0, left, slack)) - profile.log_value(slack)
        tangent = rates / branches.slope * error
        moved = np.where(error < _TANGENT * slack, tangent, values * np.expm1(growth))
        return np.where(error > 0, np.where(left > 0, moved, np.inf), 0.0)

    def _by_formula(
        self, high: Vector, low: Vector, slope: Vector, own: BranchVector, beyond: Vector
    ) -> tuple[Vector, Vector, Vector]:
        """f(z) by the potential's formula, in which large branches do not cancel, and the errors of z and of f(z)."""
        z, relative = self.offset + high + low, np.zeros_like(high)
        np.maximum.at(relative, self.branches.coordinate, own)
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            mapped = self.potential.conjugate_gradient(z)
            of_z = 2 * UNIT_ROUNDOFF * (np.abs(self.offset) + np.abs(high)) + beyond + self._tilt_rounding
            return mapped, of_z, slope * of_z + relative * np.abs(mapped) + self._shift_rounding

    def _is_accurate(self, slack: BranchVector, of_z: Vector) -> np.ndarray:
        """(d,) whether the error of z is small beside the slacks of all branches of a coordinate."""
        branches = self.branches
        moved = branches.slope * of_z[branches.coordinate]
        share = moved if isinstance(branches.profile, ExponentialProfile) else moved / slack
        return ~(branches.gather((~(share < _LITTLE)).astype(float), len(of_z)) > 0)

    @cached_property
    def _tilt_rounding(self) -> Vector:
        """(d,) the error of z due to the rounding of two starts of opposite sign, which cancel as their errors do not.

        Equal starts have one common error, which only changes the scale of x.
        """
        branches, size = self.branches, len(self.offset)
        is_exponential = isinstance(branches.profile, ExponentialProfile)
        width = branches.start / branches.slope
        level = branches.log_amplitude - branches.start if is_exponential else width
        amount = np.abs(level) / branches.slope if is_exponential else width
        return np.where(_is_mixed(branches, level, size), 4 * UNIT_ROUNDOFF * branches.gather(amount, size), 0.0)

    @property
    def _shift_rounding(self) -> Vector:
        return UNIT_ROUNDOFF * np.abs(self.shift) + self.shift_error


def mirror_of(bias: Bias) -> LinearMirror | BranchMirror | None:
    """The mirror map of a theorem where it acts entrywise; None elsewhere."""
    potential, offset = bias.potential, bias.offset
    inner, alpha, center = potential, 1.0, np.zeros_like(offset)
    if isinstance(potential, Rescaled):
        inner, alpha, center = potential.inner, potential.alpha, potential.center
    if isinstance(inner, Quadratic):
        return LinearMirror(potential.conjugate_gradient(offset), alpha * inner.rate, alpha * inner.rate == 1)
    if not isinstance(inner, SeparablePotential):
        return None
    branches = inner.branches(offset)
    scaled = replace(branches, log_amplitude=branches.log_amplitude + np.log(alpha))
    # The centre is computed as the difference of the starting values of its branches.
    with np.errstate(over="ignore"):
        begun = np.exp(branches.log_amplitude + branches.profile.log_value(branches.start))
    is_mixed = _is_mixed(branches, begun, len(offset))
    error = np.where(is_mixed, abs(1 - alpha) * 4 * UNIT_ROUNDOFF * branches.gather(begun, len(offset)), 0.0)
    return BranchMirror(potential, offset, scaled, (1 - alpha) * center, error if alpha != 1 else np.zeros_like(offset))


def _is_mixed(branches: Branches, level: BranchVector, size: int) -> np.ndarray:
    """(size,) whether the branches of a coordinate have different levels."""
    highest, lowest = np.full(size, -np.inf), np.full(size, np.inf)
    np.maximum.at(highest, branches.coordinate, level)
    np.minimum.at(lowest, branches.coordinate, level)
    return highest > lowest
