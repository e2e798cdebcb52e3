"""∇Φ(x) − offset without cancellation near poles, and its projection on the null space of A.

Near the pole of a branch of depth D ≥ 3, the slope is the pole, of size scale^(2−D), less a slack of size 1; where
columns of A are tied, the slacks alone decide. The two are kept apart, and the poles cancel exactly where they do.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ridgeless._core.arrays import Vector
from ridgeless.analysis._weighted_qr import EPS, Basic, Basis, Rest
from ridgeless.potentials import Bias, Potential, Quadratic, SeparablePotential
from ridgeless.potentials.branches import Branches, ExponentialProfile

# Roundings of ∇Φ and of the offset: a few logarithms or powers, in units of the largest number on the way.
_ROUNDINGS = 8 * EPS
# A branch that has fallen below this part of its start is near its pole: the part that
# `networks/_separable/response.py` has.
_NEAR = 0.1
# So many different sizes of starts are told apart; where there are more, ties are no ties.
_MOST_SIZES = 8
_SMALLEST = float(np.finfo(float).tiny)


class Slope(NamedTuple):
    """∇Φ(x) − offset = poles + rest.

    Attributes:
        poles: (d,) where the branch that x is on ends; 0 for an x that is not near the end of one.
        rest: (d,) from there on; the whole slope where there is no pole.
        error: (d,) bound on the error of the rest.
    """

    poles: Vector
    rest: Vector
    error: Vector

    def free(self, basis: Basis) -> tuple[Rest, Rest]:
        """Nᵀ(∇Φ(x) − offset), and a bound on its error."""
        free, free_error = basis.free(self.rest)
        of_poles, of_poles_error = _free_of_poles(basis, self.poles)
        return free + of_poles, free_error + basis.free_size(self.error) + of_poles_error

    def inner(self, basis: Basis) -> tuple[Basic, Basic]:
        """The slope in S, and a bound on its error."""
        whole, error = self.poles + self.rest, self.error + _ROUNDINGS * np.abs(self.poles)
        return whole[basis.basic], error[basis.basic]


def slope_of(bias: Bias, x: Vector, weights: Vector) -> Slope:
    """∇Φ(x) − offset for a separable Φ, with f' at x."""
    potential, offset = bias.potential, bias.offset
    whole, poles = potential.gradient(x), np.zeros_like(x)
    size = np.abs(whole) + np.abs(offset)
    if isinstance(potential, Quadratic):
        return Slope(poles, whole - offset, _ROUNDINGS * size)
    branches = _separable(potential).branches(offset)
    size = size + _ends(branches, len(x)) + _logs(branches, x) * np.abs(x) / np.maximum(weights, _SMALLEST)
    # A frozen coordinate has no slope that counts.
    counts = np.isfinite(whole) & branches.present(len(x))
    slope = Slope(poles, np.where(counts, whole - offset, 0.0), _ROUNDINGS * np.where(counts, size, 0.0))
    return slope if isinstance(branches.profile, ExponentialProfile) else _from_the_poles(branches, x, slope)


def _separable(potential: Potential) -> SeparablePotential:
    if not isinstance(potential, SeparablePotential):
        raise TypeError(f"{type(potential).__name__} does not act coordinate by coordinate")
    return potential


def _from_the_poles(branches: Branches, x: Vector, slope: Slope) -> Slope:
    """The same, where x is on a branch near its pole: the slack by what x is, less the branches far from theirs.

    Slacks are of size 1 where poles are of size scale^(2−D). Where columns are tied, only the slacks are left.
    """
    columns, sign = branches.coordinate, branches.sign
    slack = branches.start - sign * branches.slope * slope.rest[columns]
    is_near = (slack < _NEAR * branches.start) & (sign * x[columns] > 0)
    is_alone = np.bincount(columns[is_near], minlength=len(x)) == 1
    is_near &= is_alone[columns]
    values = np.exp(branches.log_amplitude + branches.profile.log_value(np.where(is_near, branches.start, slack)))
    others = np.bincount(columns, weights=np.where(is_near, 0.0, sign * values), minlength=len(x))
    values = np.where(is_near, sign * (x - others)[columns], values)
    logs = np.log(values) - branches.log_amplitude
    slack = branches.profile.slack(logs)
    uncertain = _ROUNDINGS * (4 + np.abs(np.log(values)) + np.abs(branches.log_amplitude)) * slack
    poles, rest, error = (np.array(part) for part in slope)
    where = columns[is_near]
    poles[where] = (sign * branches.start / branches.slope)[is_near]
    rest[where] = (-sign * slack / branches.slope)[is_near]
    error[where] = (uncertain / branches.slope)[is_near]
    return Slope(poles, rest, error)


def _free_of_poles(basis: Basis, poles: Vector) -> tuple[Rest, Rest]:
    """Nᵀ·poles, and a bound on its error.

    Poles of one size have one rounding, which is a factor of their sum: where the signs cancel exactly, so do they.
    """
    free, error, left = np.zeros(len(basis.rest)), np.zeros(len(basis.rest)), poles.copy()
    sizes, counts = np.unique(np.abs(poles[poles != 0]), return_counts=True)
    for size in sizes[np.argsort(-counts)][:_MOST_SIZES]:
        signs = np.where(np.abs(poles) == size, np.sign(poles), 0.0)
        found, rounded = _free_of_signs(basis, signs)
        free, error = free + size * found, error + size * (rounded + _ROUNDINGS * np.abs(found))
        left = left - size * signs
    of_left, left_error = basis.free(left)
    return free + of_left, error + left_error + _ROUNDINGS * basis.free_size(np.abs(left))


def _free_of_signs(basis: Basis, signs: Vector) -> tuple[Rest, Rest]:
    """Nᵀ·signs, and a bound on its error: none but the last rounding where T is known as fractions."""
    found, error = basis.free(signs)
    inner, outer, exact = signs[basis.basic], signs[basis.rest], basis.exact
    whole = (exact.denominator * outer - exact.numerators.T @ inner) / exact.denominator
    return np.where(exact.is_exact, whole, found), np.where(exact.is_exact, EPS * np.abs(whole), error)


def _ends(branches: Branches, size: int) -> Vector:
    """The distance from 0 at which the branches of each coordinate begin, in units of z: 0 where they are alike."""
    far, columns = np.zeros(size), branches.coordinate
    reach = np.abs(branches.start)
    if isinstance(branches.profile, ExponentialProfile):
        reach = reach + np.abs(branches.log_amplitude)
    np.maximum.at(far, columns, reach / branches.slope)
    return np.where(_are_alike(branches, size), 0.0, far)


def _logs(branches: Branches, x: Vector) -> Vector:
    """The logarithms by which x is told from its start: their rounding is a relative one of x, x/f' of it one of z."""
    logs = np.abs(np.log(np.where(x == 0, 1.0, np.abs(x))))
    amplitudes = np.zeros_like(x)
    np.maximum.at(amplitudes, branches.coordinate, np.abs(branches.log_amplitude))
    return 1 + logs + amplitudes


def _are_alike(branches: Branches, size: int) -> np.ndarray:
    """(size,) whether the branches of a coordinate are the same but for their sign, so that x = 0 where z = 0."""
    is_alike = np.ones(size, dtype=bool)
    balance = np.bincount(branches.coordinate, weights=branches.sign, minlength=size)
    for numbers in (branches.start, branches.log_amplitude, branches.slope):
        low, high = np.full(size, np.inf), np.full(size, -np.inf)
        np.minimum.at(low, branches.coordinate, numbers)
        np.maximum.at(high, branches.coordinate, numbers)
        is_alike &= low == high
    return is_alike & (balance == 0)
