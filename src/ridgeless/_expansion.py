"""The point around which a limit is differentiated: x∞ to rounding, and how far from it the numbers can be.

For weights W between those at x and those at x∞, the mean value theorem makes the error of x linear in what x misses:

    x∞ − x = L ρ − P σ,  ρ = b − A x,  σ = ∇Φ(x) − offset (only Nᵀσ counts, so that no ν is needed).

A box around x whose own weights W, through `Room`, send it into itself holds x∞ (Brouwer: the solutions for tρ, tσ,
0 ≤ t ≤ 1, begin at x, move continuously and cannot cross its faces). W is read off the network at the corners of the
box, which bound it where f' grows with |x|: it does for every mirror map of the library.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from ridgeless import doubled
from ridgeless.arrays import Dual, Vector
from ridgeless.errors import InvalidInputError
from ridgeless.limits.room import Room
from ridgeless.limits.weighted import EPS, Basic, Basis, Moves, Rest, WeightedRows, reweighted, rounding, weighted_rows
from ridgeless.networks import Response
from ridgeless.potentials import Quadratic
from ridgeless.potentials.branches import Branches, ExponentialProfile
from ridgeless.solution import Solution

_MOST_STEPS = 20
_LENGTHS = (1.0, 0.5, 0.2)
# A step that changes a weight by more than a factor of two is no correction of an answer.
_LONGEST_STEP = np.log(2)
_MOST_BOXES = 10
_WIDER = 1.5
# Roundings of f' and of its shifts, as formulas of x: a power 2 − 2/D of x, or of a slack known to ten units of its last
# place (it is at least a tenth of its start), which at most the fourth power of is taken.
_OF_RESPONSE = 128 * EPS
# Roundings of ∇Φ and of the offset: a few logarithms or powers, in units of the largest number on the way.
_OF_SLOPE = 8 * EPS
# A branch that has fallen below this part of its start is near its pole: the part that `networks/_response.py` has.
_NEAR = 0.1
# So many different sizes of starts are told apart; where there are more, ties are no ties.
_MOST_SIZES = 8
# The part of x that tells how f' grows with it.
_NEARBY = 1e-4
_TINY = float(np.finfo(float).tiny)


@dataclass(frozen=True, eq=False)
class Expansion:
    """A limit and its linear part.

    Attributes:
        x: (d,) x∞, after a few steps of Newton's method on top of what the solver reached.
        error: (d,) bound on |x − x∞|; infinite where no box around x is known to hold x∞.
        nu: (r,) ν of the chosen equations, scaled as these are.
        nu_error: (r,) bound on its error.
        response: f' and the shifts, at x.
        shift_errors: bounds on the errors of the shifts, by name.
        factors: of A f' Aᵀ.
        room: all f' that x∞ may have.
        condition: by how much f', and the columns that span the null space, change at most for a relative change of 1
            in every entry of A and b: to first order, and relative to themselves.
    """

    x: Vector
    error: Vector
    nu: Basic
    nu_error: Basic
    response: Response
    shift_errors: dict[str, np.ndarray]
    factors: WeightedRows
    room: Room
    condition: float

    @property
    def basis(self) -> Basis:
        """The columns that everything is told from."""
        return self.factors.basis

    def moved(self, right: Basic, right_error: Basic, shift: Vector, shift_error: Vector) -> Moved:
        """The solution of A dx = right, dx/f' − shift ∈ row(A), at x∞, with bounds.

        Args:
            right: (r,) for the chosen equations, scaled.
            right_error: (r,) bound on its error.
            shift: (d,).
            shift_error: (d,) bound on its error.
        """
        basis = self.basis
        seen, seen_error = basis.inner.solve(right)
        free, free_error = basis.free(shift)
        found = self.factors.moves(seen, free)
        seen_error = seen_error + basis.inner.bound(right_error)
        free_error = free_error + basis.free_size(shift_error)
        return self._bounded(found, seen, seen_error, free, free_error)

    def _bounded(self, found: Moves, seen: Basic, seen_error: Basic, free: Rest, free_error: Rest) -> Moved:
        """What the numbers found miss of their equations, brought back by what any f' in the room does with it.

        The exact dx∞ is dx + L·(right − A dx) − P·(dx/f'∞ − shift): no derivative is taken of anything.
        """
        basis, stretch = self.basis, self.room.stretch(self.response.mobility) + 4 * EPS
        inner, outer = found.pull[basis.basic], found.pull[basis.rest]
        size = np.abs(outer) + basis.sizes.T @ np.abs(inner) + np.abs(free)
        left = np.abs(outer - basis.T.T @ inner - free) + rounding(len(inner)) * size
        left += basis.error.T @ np.abs(inner) + basis.free_size(stretch * np.abs(found.pull)) + free_error
        first, others = found.dx[basis.basic], found.dx[basis.rest]
        reach = np.abs(first) + basis.sizes @ np.abs(others) + np.abs(seen)
        missed = np.abs(first + basis.T @ others - seen) + rounding(len(others)) * reach
        missed += basis.error @ np.abs(others) + seen_error
        error = self.room.free(left) + self.room.lift(missed) + 4 * EPS * np.abs(found.dx) + _TINY
        pull_error = error / self.room.lower + stretch * np.abs(found.pull)
        return Moved(found.dx, _known(error), found.pull, _known(pull_error))


class Moved(NamedTuple):
    """A derivative of x∞.

    Attributes:
        dx: (d,).
        error: (d,) bound on its error.
        pull: (d,) dx/f'.
        pull_error: (d,) bound on its error.
    """

    dx: Vector
    error: Vector
    pull: Vector
    pull_error: Vector


def expand(solution: Solution, call: str) -> Expansion:
    """Everything that derivatives of a limit are made of.

    Raises:
        InvalidInputError: so many coordinates have underflowed that b cannot move at all; or a start whose network
            knows no derivative.
    """
    with np.errstate(all="ignore"):
        return _expanded(solution, call)


def _expanded(solution: Solution, call: str) -> Expansion:
    system, x = solution.system, solution.x
    response = solution.network.response(solution.theta0, x)
    factors = weighted_rows(system.rows(), response.mobility, system.rank)
    if factors is None:
        raise InvalidInputError(
            f"{call}: x moves on {np.count_nonzero(response.mobility)} coordinates only (the others are frozen, or "
            f"have underflowed), fewer than the {system.rank} equations; start larger, with more open signs."
        )
    x, response, factors = _polished(solution, x, response, factors)
    missed = _missed(solution, factors, x)
    error, room = _box(solution, factors, missed, x, response)
    nu, nu_error = _dual(solution, factors, x, error, room)
    shift_errors = _shift_errors(solution, response, x, error)
    condition = _condition(solution, factors, x, nu)
    return Expansion(x, error, nu, nu_error, response, shift_errors, factors, room, condition)


class _Missed(NamedTuple):
    """What x misses, and bounds on the rounding of it.

    Attributes:
        seen: (r,) A_S⁻¹(b − A x).
        seen_error: (r,).
        free: (m,) Nᵀ(∇Φ(x) − offset).
        free_error: (m,).
    """

    seen: Basic
    seen_error: Basic
    free: Rest
    free_error: Rest


def _missed(solution: Solution, factors: WeightedRows, x: Vector) -> _Missed:
    basis = factors.basis
    right = basis.scaled(solution.system.b)
    left = -doubled.residual(basis.rows, x, right)
    size = np.abs(basis.rows) @ np.abs(x) + np.abs(right)
    left_error = doubled.product_error(size, len(x)) + EPS * np.abs(left) + _inconsistent(solution, basis, x) * size
    seen, seen_error = basis.inner.solve(left)
    return _Missed(seen, seen_error + basis.inner.bound(left_error), *_slope(solution, x, factors.weights).free(basis))


def _inconsistent(solution: Solution, basis: Basis, x: Vector) -> float:
    """By how much the equations that repeat others contradict them, relative to their own terms."""
    system = solution.system
    repeats = np.setdiff1d(np.arange(system.shape[0]), basis.equations)
    if not len(repeats):
        return 0.0
    rows = system.rows()[repeats]
    size = np.abs(rows) @ np.abs(x) + np.abs(system.b[repeats])
    left = np.abs(doubled.residual(rows, x, system.b[repeats]))
    return float(np.max(left / np.where(size > 0, size, 1.0)))


class _Slope(NamedTuple):
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
        whole, error = self.poles + self.rest, self.error + _OF_SLOPE * np.abs(self.poles)
        return whole[basis.basic], error[basis.basic]


def _slope(solution: Solution, x: Vector, weights: Vector) -> _Slope:
    potential, offset = solution.bias.potential, solution.bias.offset
    whole, poles = potential.gradient(x), np.zeros_like(x)
    # A frozen coordinate has no weight, and no slope that counts.
    is_known = np.isfinite(whole)
    rest, size = np.where(is_known, whole - offset, 0.0), np.where(is_known, np.abs(whole) + np.abs(offset), 0.0)
    if isinstance(potential, Quadratic):
        return _Slope(poles, rest, _OF_SLOPE * size)
    branches = potential.branches(offset)
    error = _OF_SLOPE * np.where(
        is_known, size + _ends(branches, len(x)) + _logs(branches, x) * np.abs(x) / weights, 0.0
    )
    if isinstance(branches.profile, ExponentialProfile):
        return _Slope(poles, rest, error)
    return _from_the_poles(branches, x, _Slope(poles, rest, error))


def _from_the_poles(branches: Branches, x: Vector, slope: _Slope) -> _Slope:
    """The same, where x is on a branch near its pole: the slack by what x is, less the branches that are far from theirs.

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
    uncertain = _OF_SLOPE * (4 + np.abs(np.log(values)) + np.abs(branches.log_amplitude)) * slack
    poles, rest, error = (np.array(part) for part in slope)
    where = columns[is_near]
    poles[where] = (sign * branches.start / branches.slope)[is_near]
    rest[where] = (-sign * slack / branches.slope)[is_near]
    error[where] = (uncertain / branches.slope)[is_near]
    return _Slope(poles, rest, error)


def _free_of_poles(basis: Basis, poles: Vector) -> tuple[Rest, Rest]:
    """Nᵀ·poles, and a bound on its error.

    Poles of one size have one rounding, which is a factor of their sum: where the signs cancel exactly, so do they.
    """
    free, error, left = np.zeros(len(basis.rest)), np.zeros(len(basis.rest)), poles.copy()
    sizes, counts = np.unique(np.abs(poles[poles != 0]), return_counts=True)
    for size in sizes[np.argsort(-counts)][:_MOST_SIZES]:
        signs = np.where(np.abs(poles) == size, np.sign(poles), 0.0)
        found, rounded = _free_of_signs(basis, signs)
        free, error = free + size * found, error + size * (rounded + _OF_SLOPE * np.abs(found))
        left = left - size * signs
    of_left, left_error = basis.free(left)
    return free + of_left, error + left_error + _OF_SLOPE * basis.free_size(np.abs(left))


def _free_of_signs(basis: Basis, signs: Vector) -> tuple[Rest, Rest]:
    """Nᵀ·signs, and a bound on its error: none but the last rounding where T is known as fractions."""
    found, error = basis.free(signs)
    inner, outer, exact = signs[basis.basic], signs[basis.rest], basis.exact
    whole = (exact.denominator * outer - exact.numerators.T @ inner) / exact.denominator
    return np.where(exact.is_exact, whole, found), np.where(exact.is_exact, EPS * np.abs(whole), error)


def _ends(branches: Branches, size: int) -> Vector:
    """How far from 0 the branches of each coordinate begin, in units of z: 0 where they are alike and cancel there."""
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


def _polished(
    solution: Solution, x: Vector, response: Response, factors: WeightedRows
) -> tuple[Vector, Response, WeightedRows]:
    """Newton's method from the solver's x, to the rounding of x and z; steps are shortened to what the weights bear."""
    for _ in range(_MOST_STEPS):
        missed = _missed(solution, factors, x)
        step = factors.moves(missed.seen, -missed.free).dx
        found = _shortened(solution, x, step, response.mobility)
        refactored = None if found is None else reweighted(factors.basis, found[1].mobility)
        if refactored is None:
            break
        is_done = np.all(np.abs(found[0] - x) <= 4 * EPS * np.abs(x))
        (x, response), factors = found, refactored
        if is_done:
            break
    return x, response, factors


def _shortened(solution: Solution, x: Vector, step: Vector, weights: Vector) -> tuple[Vector, Response] | None:
    """The point after a step, or the part of it, that changes no weight by more than a factor of two; None if none."""
    for length in _LENGTHS:
        there = _within(solution, x + length * step)
        response = solution.network.response(solution.theta0, there)
        stretch = np.abs(np.log(response.mobility / weights))[weights > 0]
        if np.all(stretch <= _LONGEST_STEP):
            return there, response
    return None


def _within(solution: Solution, x: Vector) -> Vector:
    """X with its locked signs."""
    signs = _locked(solution, x)
    return np.where(signs * x < 0, 0.0, x)


def _locked(solution: Solution, x: Vector) -> Vector:
    potential = solution.bias.potential
    if isinstance(potential, Quadratic):
        return np.zeros_like(x)
    return potential.branches(solution.bias.offset).locked_signs(len(x))


def _box(
    solution: Solution, factors: WeightedRows, missed: _Missed, x: Vector, response: Response
) -> tuple[Vector, Room]:
    """How far x∞ can be from x, and the f' it can have."""
    basis, weights = factors.basis, response.mobility
    seen, free = np.abs(missed.seen) + missed.seen_error, np.abs(missed.free) + missed.free_error
    room = Room(basis, (1 - _OF_RESPONSE) * weights, (1 + _OF_RESPONSE) * weights)
    box = _known(room.lift(seen) + room.free(free))
    for _ in range(_MOST_BOXES):
        box = _WIDER * box + _TINY
        room = Room(basis, *_weights_within(solution, x, box, weights))
        image = _known(room.lift(seen) + room.free(free))
        if np.all(image <= box):
            return image, Room(basis, *_weights_within(solution, x, image, weights))
        box = np.maximum(box, image)
    return np.full_like(x, np.inf), Room(basis, np.zeros_like(x), np.full_like(x, np.inf))


def _weights_within(solution: Solution, x: Vector, box: Vector, weights: Vector) -> tuple[Vector, Vector]:
    """The least and the largest f' for x within the box."""
    ends = [_within(solution, x + side * box) for side in (1, -1)]
    ends.append(np.where(np.abs(x) <= box, 0.0, x))
    found = np.stack([weights, *(solution.network.response(solution.theta0, end).mobility for end in ends)])
    is_there = weights > 0 if isinstance(solution.bias.potential, Quadratic) else _present(solution, x)
    lower, upper = np.nan_to_num(found, nan=0.0).min(axis=0), np.nan_to_num(found, nan=np.inf).max(axis=0)
    # f' that has underflowed is not 0
    return (1 - _OF_RESPONSE) * lower, np.where(is_there, (1 + _OF_RESPONSE) * upper + _TINY, 0.0)


def _present(solution: Solution, x: Vector) -> np.ndarray:
    return solution.bias.potential.branches(solution.bias.offset).present(len(x))


def _dual(solution: Solution, factors: WeightedRows, x: Vector, error: Vector, room: Room) -> tuple[Basic, Basic]:
    """ν with A_Sᵀν = ∇Φ(x_S) − offset_S."""
    basis = factors.basis
    slope, slope_error = _slope(solution, x, factors.weights).inner(basis)
    nu, nu_error = basis.inner.transposed.solve(slope)
    slope_error = slope_error + (error / room.lower)[basis.basic]
    return nu, _known(nu_error + basis.inner.transposed.bound(slope_error))


def _shift_errors(solution: Solution, response: Response, x: Vector, error: Vector) -> dict[str, np.ndarray]:
    """How far the shifts at x∞ are from those at x: twice what they change by on the way to the ends of the box."""
    ends = [solution.network.response(solution.theta0, _within(solution, x + side * error)).shifts for side in (1, -1)]
    return {
        name: _known(2 * np.max([np.abs(end[name] - shift) for end in ends], axis=0) + _OF_RESPONSE * np.abs(shift))
        for name, shift in response.shifts.items()
    }


def _condition(solution: Solution, factors: WeightedRows, x: Vector, nu: Dual) -> float:
    """How much f' and A_S⁻¹ change by at most for a relative change of 1 in A and b, relative to themselves."""
    basis, weights = factors.basis, factors.weights
    seen = basis.inner.bound(np.abs(basis.rows) @ np.abs(x) + np.abs(basis.scaled(solution.system.b)))
    free = basis.free_size(np.abs(basis.rows.T) @ np.abs(nu))
    room = Room(basis, weights, weights)
    moved = _known(room.lift(seen) + room.free(free))
    nearby = solution.network.response(solution.theta0, (1 + _NEARBY) * x).mobility
    growth = np.abs(np.log(nearby / weights)) / _NEARBY
    counts = (weights > 0) & (x != 0) & (growth > 0)
    of_weights = np.max((growth * moved / np.abs(x))[counts], initial=1.0)
    of_columns = np.abs(basis.inner.computed) @ np.abs(basis.inner.matrix)
    return float(max(of_weights, np.max(of_columns.sum(axis=1))))


def _known(bound: np.ndarray) -> np.ndarray:
    """The bound; infinite where it is not a number."""
    return np.where(np.isnan(bound), np.inf, bound)
