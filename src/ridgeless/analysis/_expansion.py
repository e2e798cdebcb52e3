"""The linear system that differentiates a limit, solved with error bounds around a proved enclosure of x∞.

For weights W between those at x and those at x∞, the mean value theorem makes the error of x linear in what x misses:

    x∞ − x = L ρ − P σ,  ρ = b − A x,  σ = ∇Φ(x) − offset (only Nᵀσ counts, so that no ν is needed).

A box around x whose own weights W, through `WeightBounds`, send it into itself holds x∞ (Brouwer: the solutions for
tρ, tσ, 0 ≤ t ≤ 1, begin at x, move continuously and cannot cross its faces). W is read off the network at the corners
of the box, which bound it where f' grows with |x|: it does for every mirror map of the library.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import numpy as np

from ridgeless._core import doubled
from ridgeless._core.arrays import Dual, Vector
from ridgeless.analysis._slopes import slope_of
from ridgeless.analysis._weight_bounds import WeightBounds
from ridgeless.analysis._weighted_qr import (
    EPS,
    Basic,
    Basis,
    Moves,
    Rest,
    WeightedRows,
    reweighted,
    rounding,
    weighted_rows,
)
from ridgeless.errors import InvalidInputError
from ridgeless.networks import Network, Response, Theta
from ridgeless.potentials import Bias, Quadratic, SeparablePotential, WeightedL1
from ridgeless.solution import Solution, Status
from ridgeless.systems import LinearSystem

_MOST_STEPS = 20
_LENGTHS = (1.0, 0.5, 0.2)
# A step that changes a weight by more than a factor of two is cut short; one by less than this was the last, since
# the next is as short as its square.
_LONGEST_STEP, _LAST_STEP = float(np.log(2)), 1e-9
_MOST_BOXES = 10
_WIDER = 1.5
# Roundings of f' and of its shifts, as formulas of x: a power 2 − 2/D of x, or at most the fourth power of a slack
# that is known to ten units of its last place, since it is at least a tenth of its start.
_OF_RESPONSE = 128 * EPS
# How much of itself the slope of a coordinate that has underflown may be off.
_LEEWAY = 0.05
# The part of x that tells how f' grows with it.
_NEARBY = 1e-4
_TINY = float(np.finfo(float).tiny)


class Moved(NamedTuple):
    """A derivative of x∞, with bounds.

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


@dataclass(frozen=True, eq=False)
class Expansion:
    """A limit and its linearisation. Error bounds are computed when they are first asked for.

    Attributes:
        solution: the limit.
        x: (d,) x∞, after a few steps of Newton's method on top of what the solver reached.
        response: f' and the shifts, at x.
        factors: of A f' Aᵀ.
    """

    solution: DifferentiableLimit
    x: Vector
    response: Response
    factors: WeightedRows

    @property
    def basis(self) -> Basis:
        """The columns S and R in which all is computed."""
        return self.factors.basis

    @property
    def error(self) -> Vector:
        """(d,) bound on |x − x∞|; infinite where no box around x is known to hold x∞."""
        return self._box[0]

    @property
    def bounds(self) -> WeightBounds:
        """All f' that x∞ may have."""
        return self._box[1]

    @cached_property
    def nu(self) -> Basic:
        """(r,) ν of the chosen equations, scaled as these are: A_Sᵀν = ∇Φ(x_S) − offset_S."""
        return self.basis.inner.transposed.solve(self._slope[0])[0]

    @cached_property
    def nu_error(self) -> Basic:
        """(r,) bound on its error."""
        transposed, (slope, slope_error) = self.basis.inner.transposed, self._slope
        slope_error = slope_error + (self.error / self.bounds.lower)[self.basis.basic]
        return _known(transposed.solve(slope)[1] + transposed.bound(slope_error))

    @cached_property
    def shift_errors(self) -> dict[str, np.ndarray]:
        """Bounds on the errors of the shifts, by name: twice what they change by on the way to the ends of the box."""
        ends = [_response(self.solution, self.x + side * self.error).shifts for side in (1, -1)]
        errors = {}
        for name, shift in self.response.shifts.items():
            rounded = _OF_RESPONSE * np.maximum(np.abs(shift), self.response.sizes.get(name, 0.0))
            errors[name] = _known(2 * np.max([np.abs(end[name] - shift) for end in ends], axis=0) + rounded)
        return errors

    @cached_property
    def condition(self) -> float:
        """The condition number of f' and A_S⁻¹ for relative changes of A and b.

        To first order, and relative to themselves; infinite where no box around x is known to hold x∞.
        """
        with np.errstate(all="ignore"):
            return _condition(self) if np.isfinite(self.error).all() else np.inf

    def moves(self, right: Basic, shift: Vector) -> Moves:
        """The solution of A dx = right, dx/f' − shift ∈ row(A), for the chosen equations as they are scaled."""
        return self.factors.moves(self.basis.inner.solve(right)[0], self.basis.free(shift)[0])

    def moved(self, right: Basic, right_error: Basic, shift: Vector, shift_error: Vector) -> Moved:
        """The same at x∞, with bounds.

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
        """Bounds on a solution by its residuals, amplified as much as any f' within the bounds can.

        The exact dx∞ is dx + L·(right − A dx) − P·(dx/f'∞ − shift): no derivative is taken of anything.
        """
        basis, stretch = self.basis, self.bounds.stretch(self.response.mobility) + 4 * EPS
        inner, outer = found.pull[basis.basic], found.pull[basis.rest]
        size = np.abs(outer) + basis.sizes.T @ np.abs(inner) + np.abs(free)
        left = np.abs(outer - basis.T.T @ inner - free) + rounding(len(inner)) * size
        left += basis.error.T @ np.abs(inner) + basis.free_size(stretch * np.abs(found.pull)) + free_error
        first, others = found.dx[basis.basic], found.dx[basis.rest]
        reach = np.abs(first) + basis.sizes @ np.abs(others) + np.abs(seen)
        missed = np.abs(first + basis.T @ others - seen) + rounding(len(others)) * reach
        missed += basis.error @ np.abs(others) + seen_error
        error = self.bounds.free(left) + self.bounds.lift(missed) + 4 * EPS * np.abs(found.dx) + _TINY
        pull_error = error / self.bounds.lower + stretch * np.abs(found.pull)
        return Moved(found.dx, _known(error), found.pull, _known(pull_error))

    @cached_property
    def _slope(self) -> tuple[Basic, Basic]:
        with np.errstate(all="ignore"):
            return slope_of(self.solution.bias, self.x, self.factors.weights).inner(self.basis)

    @cached_property
    def _box(self) -> tuple[Vector, WeightBounds]:
        with np.errstate(all="ignore"):
            return _box(self)


if TYPE_CHECKING:

    class DifferentiableLimit(Solution):
        """A `Solution` that `differentiable` has accepted: it has all that a derivative is made of."""

        dual: Dual
        bias: Bias  # pyright: ignore[reportIncompatibleVariableOverride] - a descriptor there
        system: LinearSystem
        network: Network
        theta0: Theta


def differentiable(solution: Any, call: str) -> DifferentiableLimit:
    """The solution, if it is a limit that its own equations can differentiate.

    Raises:
        InvalidInputError: it is not; the message says what to pass.
    """
    if not isinstance(solution, Solution):
        raise InvalidInputError(f"{call}: got a {type(solution).__name__}; pass what rl.limit returned.")
    potential = None if solution.bias is None else solution.bias.potential
    if solution.flow is None and isinstance(potential, WeightedL1):
        raise InvalidInputError(
            f"{call}: the limit of vanishing starts is a vertex, which stays and then jumps; pass the limit from a "
            "small scale, such as rl.inits.Constant(1e-8)."
        )
    if solution.flow is None and solution.theta0 is None:
        raise InvalidInputError(
            f"{call}: a limit of vanishing starts has no start to move with; pass rl.limit(system, network, init) "
            "from a scale, such as rl.inits.Constant(1e-8)."
        )
    if solution.flow is not None:
        raise InvalidInputError(
            f"{call}: the solution is no limit but by {solution.method}; pass rl.limit(system, network, init)."
        )
    if solution.status is not Status.CONVERGED:
        raise InvalidInputError(
            f"{call}: the limit is {solution.status.name}, not CONVERGED, and has no derivative. {solution.message}"
        )
    if not isinstance(solution.system, LinearSystem):
        raise InvalidInputError(
            f"{call}: the solution was loaded without its system, which was given as an operator; type rl.limit anew."
        )
    if not isinstance(potential, (Quadratic, SeparablePotential)) or solution.dual is None:
        what = "no potential" if potential is None else f"the potential {type(potential).__name__}"
        raise InvalidInputError(
            f"{call}: the limit of {solution.network} has {what}, which does not act coordinate by coordinate; pass "
            "the limit of a separable network, such as rl.networks.Difference(depth=2)."
        )
    return cast("DifferentiableLimit", solution)


def expand(solution: DifferentiableLimit, call: str) -> Expansion:
    """Everything that derivatives of a limit are made of.

    Raises:
        InvalidInputError: so many coordinates have underflowed that b cannot move at all; or a start whose network
            knows no derivative.
    """
    with np.errstate(all="ignore"):
        response = solution.network.response(solution.theta0, solution.x)
        factors = weighted_rows(solution.system.rows(), response.mobility, solution.system.rank)
        if factors is None:
            raise InvalidInputError(
                f"{call}: x moves on {np.count_nonzero(response.mobility)} coordinates only (the others are frozen, "
                f"or have underflowed), fewer than the {solution.system.rank} equations; start larger, with more open "
                "signs."
            )
        return _polished(Expansion(solution, solution.x, response, factors))


def _polished(expansion: Expansion) -> Expansion:
    """Newton's method from the solver's x, to the rounding of x and z; steps are shortened to what the weights bear."""
    before = np.inf
    for _ in range(_MOST_STEPS):
        missed = _missed(expansion)
        moved = _shortened(expansion, expansion.factors.moves(missed.seen, -missed.free).dx)
        if moved is None:
            break
        expansion, stretch = moved
        # Newton's steps shrink until rounding is all that they follow
        if stretch <= _LAST_STEP or _LAST_STEP < before <= stretch < _LONGEST_STEP / 4:
            break
        before = stretch
    return expansion


def _shortened(expansion: Expansion, step: Vector) -> tuple[Expansion, float] | None:
    """The point after a step, or the part of it that changes no weight by more than a factor of two, and the change."""
    solution, weights = expansion.solution, expansion.factors.weights
    for length in _LENGTHS:
        there = _within(solution, expansion.x + length * step)
        response = solution.network.response(solution.theta0, there)
        stretch = float(np.max(np.abs(np.log(response.mobility / weights))[weights > 0]))
        if stretch <= _LONGEST_STEP:
            factors = reweighted(expansion.basis, response.mobility)
            return None if factors is None else (Expansion(solution, there, response, factors), stretch)
    return None


class _Missed(NamedTuple):
    """The residuals of x, and bounds on their rounding.

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


def _missed(expansion: Expansion) -> _Missed:
    solution, basis, x = expansion.solution, expansion.basis, expansion.x
    right = basis.scaled(solution.system.b)
    left = -doubled.misfit(basis.rows, x, right)
    size = np.abs(basis.rows) @ np.abs(x) + np.abs(right)
    left_error = doubled.product_error(size, len(x)) + EPS * np.abs(left) + _inconsistent(solution, basis, x) * size
    seen, seen_error = basis.inner.solve(left)
    free, free_error = slope_of(solution.bias, x, expansion.factors.weights).free(basis)
    return _Missed(seen, seen_error + basis.inner.bound(left_error), free, free_error)


def _inconsistent(solution: DifferentiableLimit, basis: Basis, x: Vector) -> float:
    """By how much the equations that repeat others contradict them, relative to their own terms."""
    system = solution.system
    repeats = np.setdiff1d(np.arange(system.shape[0]), basis.equations)
    if not len(repeats):
        return 0.0
    rows = system.rows()[repeats]
    size = np.abs(rows) @ np.abs(x) + np.abs(system.b[repeats])
    left = np.abs(doubled.misfit(rows, x, system.b[repeats]))
    return float(np.max(left / np.where(size > 0, size, 1.0)))


def _response(solution: DifferentiableLimit, x: Vector) -> Response:
    return solution.network.response(solution.theta0, _within(solution, x))


def _within(solution: DifferentiableLimit, x: Vector) -> Vector:
    """x with its locked signs."""
    potential = solution.bias.potential
    if not isinstance(potential, SeparablePotential):
        return x
    signs = potential.branches(solution.bias.offset).locked_signs(len(x))
    return np.where(signs * x < 0, 0.0, x)


def _box(expansion: Expansion) -> tuple[Vector, WeightBounds]:
    """A box around x that holds x∞, and the f' within it."""
    basis, missed, weights = expansion.basis, _missed(expansion), expansion.factors.weights
    seen, free = np.abs(missed.seen) + missed.seen_error, np.abs(missed.free) + missed.free_error
    bounds = WeightBounds(basis, (1 - _OF_RESPONSE) * weights, (1 + _OF_RESPONSE) * weights)
    box, underflown = _known(bounds.lift(seen) + bounds.free(free)), _underflown(expansion)
    for _ in range(_MOST_BOXES):
        box = _WIDER * box + _TINY
        bounds = WeightBounds(basis, *_weights_within(expansion, box))
        image = _known(bounds.lift(seen) + bounds.free(free)) * (1 + rounding(sum(basis.T.shape)))
        image = np.where(underflown, _TINY, image)
        if np.all(image <= box):
            return image, WeightBounds(basis, *_weights_within(expansion, image))
        box = np.maximum(box, image)
    return np.full_like(box, np.inf), WeightBounds(basis, np.zeros_like(box), np.full_like(box, np.inf))


def _underflown(expansion: Expansion) -> np.ndarray:
    """(d,) which entries of x are 0 for float64 alone: they are below its smallest number wherever ν puts them.

    Their slope cannot be told from x = 0; that of the columns S says what it is, far more closely than is needed.
    """
    basis, potential, offset = expansion.basis, expansion.solution.bias.potential, expansion.solution.bias.offset
    slope = basis.joined(np.zeros(len(basis.basic)), basis.T.T @ expansion._slope[0])
    ends = [potential.conjugate_gradient(offset + slope + side * _LEEWAY * np.abs(slope)) for side in (1, -1)]
    is_tiny = np.max(np.abs(ends), axis=0) <= _TINY
    return is_tiny & (expansion.factors.weights == 0)


def _weights_within(expansion: Expansion, box: Vector) -> tuple[Vector, Vector]:
    """The least and the largest f' for x within the box."""
    solution, x, weights = expansion.solution, expansion.x, expansion.factors.weights
    ends = (x + box, x - box, np.where(np.abs(x) <= box, 0.0, x))
    found = np.stack([weights, *(_response(solution, end).mobility for end in ends)])
    lower, upper = np.nan_to_num(found, nan=0.0).min(axis=0), np.nan_to_num(found, nan=np.inf).max(axis=0)
    # f' that has underflowed is not 0; that of a coordinate without any branch is
    is_there = weights > 0
    potential = solution.bias.potential
    if isinstance(potential, SeparablePotential):
        is_there = potential.branches(solution.bias.offset).present(len(x))
    return (1 - _OF_RESPONSE) * lower, np.where(is_there, (1 + _OF_RESPONSE) * upper + _TINY, 0.0)


def _condition(expansion: Expansion) -> float:
    solution, basis, x, weights = expansion.solution, expansion.basis, expansion.x, expansion.factors.weights
    seen = basis.inner.bound(np.abs(basis.rows) @ np.abs(x) + np.abs(basis.scaled(solution.system.b)))
    free = basis.free_size(np.abs(basis.rows.T) @ np.abs(expansion.nu))
    bounds = WeightBounds(basis, weights, weights)
    moved = _known(bounds.lift(seen) + bounds.free(free))
    nearby = solution.network.response(solution.theta0, (1 + _NEARBY) * x).mobility
    growth = np.abs(np.log(nearby / weights)) / _NEARBY
    counts = (weights > 0) & (x != 0) & (growth > 0)
    of_weights = np.max((growth * moved / np.abs(x))[counts], initial=1.0)
    of_columns = np.abs(basis.inner.computed) @ np.abs(basis.inner.matrix)
    return float(max(of_weights, np.max(of_columns.sum(axis=1))))


def _known(bound: np.ndarray) -> np.ndarray:
    """The bound; infinite where it is not a number."""
    return np.where(np.isnan(bound), np.inf, bound)
