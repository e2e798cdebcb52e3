"""A ball around the limit x∞ by the certificate's own Newton's method on the dual, independent of the limit's solvers.

From the answer and its dual, or from the answer alone, Newton's method on Σ Φ_i*(offset_i + a_iᵀν) − ⟨b, ν⟩ gives a
dual point and a feasible point whose gap bounds their distance to x∞ (`_radius`). ν is represented as a sum of two
floats, and misfits are computed in doubled precision.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from ridgeless._core import doubled
from ridgeless._core.arrays import Dual, Vector, norm
from ridgeless.certificates._edge import slacks
from ridgeless.certificates._equations import Correction, DenseEquations, Equations, Solver, are_spanned
from ridgeless.certificates._mirror import UNIT_ROUNDOFF, BranchMirror, LinearMirror, MirrorPoint
from ridgeless.certificates._projection import conic_correction, weighted_least_squares
from ridgeless.certificates._radius import Ball, Feasible, ball
from ridgeless.systems.independent import independent_columns

Mirror = LinearMirror | BranchMirror

_MOST_STEPS = 40
_PATIENCE = 2
_MOST_HALVINGS = 30
# Relative change of x for which a full Newton step is accepted, and the size, of the largest, from which entries count.
_SMALL_CHANGE, _OF_LARGEST = 0.1, 1e-6
# Part of the first directional derivative that the derivative at the end of a step may reach with the opposite sign.
_MOST_OVERSHOOT = 0.9
# A radius is small enough where it is below this part of the distance of x from the centre.
_BESIDE = 0.01
_CORRECTIONS = 3
# Corrections that shrink by this factor form a series whose sum is bounded by the first two.
_SHRINKS = 0.5
# Misfit relative to the terms of an equation that two factorisation steps leave, if the factorisation is of any use.
_SOLVED = 1e-24
# Entries smaller than their error bound are raised to this part of the largest: far above the misfits that doubled
# precision leaves, and far below the rounding of x.
_ROOM = 1e-26
# Units of rounding of its terms by which b may be changed where no solution of the stored equations has the signs.
_OF_B = 4.0
# Entries above this part of the largest determine x; columns this close to a span are copies, or nearly so.
_LARGE, _NEARLY_DEPENDENT = 1e-9, 1e-11


@dataclass(frozen=True, eq=False)
class DualPoint:
    """A dual point of Newton's method.

    Attributes:
        high: (n,) ν, rounded.
        low: (n,) the rest of it.
        point: the mirror map there.
        misfit: (n,) b − A x at the x of the map.
    """

    high: Dual
    low: Dual
    point: MirrorPoint
    misfit: Dual


@dataclass(frozen=True, eq=False)
class NewtonStep:
    """Newton's step from a dual point.

    Attributes:
        x: (d,) the x that the step predicts, which nearly solves A x = b.
        low: (d,) the part of it below its rounding.
        misfit: (n,) b − A (x + low).
        nu: (n,) the change of ν.
        solve: the solver that computed the step.
    """

    x: Vector
    low: Vector
    misfit: Dual
    nu: Dual
    solve: Solver


def dual_newton_ball(
    equations: Equations, mirror: Mirror, x: Vector, dual: Dual | None, wanted: float, uncertainty: Vector | None = None
) -> Ball:
    """A ball around x∞, small beside its distance from x or below `wanted` where Newton's method attains that.

    Args:
        equations: the equations.
        mirror: the mirror map of the theorem.
        x: (d,) an answer, correct or not.
        dual: (n,) its ν; fitted to x where none is given, or where Newton's method fails from it.
        wanted: a radius that is always small enough.
        uncertainty: (d,) bound on the change of solutions due to an error of b; the ball then holds the x∞ of the true
            b. b is exact unless given.
    """
    uncertainty = np.zeros_like(x) if uncertainty is None else uncertainty
    starts = _initial_duals(equations, mirror, x, dual)
    balls = (_newton_ball(equations, mirror, start, x, wanted, uncertainty) for start in starts)
    return Ball.smallest(balls, x, lambda best: _is_small_enough(best, x, wanted))


def _initial_duals(equations: Equations, mirror: Mirror, x: Vector, dual: Dual | None) -> Iterator[Dual]:
    """Initial values of ν for Newton's method, the best guesses first."""
    if dual is not None:
        yield equations.dual(dual)
    if isinstance(equations, DenseEquations) or dual is None:
        yield _fitted(equations, mirror, x)
        yield np.zeros(len(equations.b))


def _newton_ball(
    equations: Equations, mirror: Mirror, start: Dual, x: Vector, wanted: float, uncertainty: Vector
) -> Ball:
    """Newton's method from one ν; a ball is computed only at points that are reached by full steps."""
    best, stale, least = Ball.unbounded(x), 0, np.inf
    here = _dual_point(equations, mirror, start, np.zeros_like(start), x)
    reach = float(np.max(np.abs(x), initial=0.0)) or float(np.max(np.abs(equations.min_norm(equations.b)), initial=0.0))
    for _ in range(_MOST_STEPS):
        step = None if here is None else _newton_step(equations, mirror, here)
        if here is None or step is None:
            break
        change = equations.rmatvec(step.nu)
        share = 1.0 if _is_close(here.point, step) else here.point.step_share(change, reach)
        if share == 1.0:
            found = _ball_at(equations, mirror, here.point, step, wanted, uncertainty)
            has_moved = norm(here.misfit) < least / 2 or found.radius < best.radius / 2
            stale, least = 0 if has_moved else stale + 1, min(least, norm(here.misfit))
            best = found if found.radius < best.radius else best
            if _is_small_enough(best, x, wanted) or stale > _PATIENCE:
                break
        here = _stepped(equations, mirror, here, step, change, share)
    return best


def _is_close(point: MirrorPoint, step: NewtonStep) -> bool:
    """Whether Newton's step changes no sizeable entry of x by much; no step control in z is needed then."""
    moved = np.abs(step.x - point.x)
    return bool(np.all(moved <= _SMALL_CHANGE * np.maximum(np.abs(point.x), _OF_LARGEST * np.max(np.abs(point.x)))))


def _dual_point(equations: Equations, mirror: Mirror, high: Dual, low: Dual, hint: Vector) -> DualPoint | None:
    """The values at a dual point; None outside the domain."""
    point = _mirror_point(equations, mirror, high, low, hint) if np.isfinite(hint).all() else None
    if point is None or not (np.isfinite(point.x).all() and np.isfinite(point.spread).all()):
        return None
    return DualPoint(high, low, point, equations.misfit(point.x, np.zeros_like(point.x)))


def _stepped(
    equations: Equations, mirror: Mirror, here: DualPoint, step: NewtonStep, change: Vector, share: float
) -> DualPoint | None:
    """A share of Newton's step, halved while the directional derivative at its end shows an overshoot."""
    slope = float(here.misfit @ step.nu)
    for _ in range(_MOST_HALVINGS):
        high, low = doubled.two_sum(here.high, here.low + share * step.nu)
        hint = step.x if share == 1 else here.point.x + here.point.rise(share * change)
        there = _dual_point(equations, mirror, high, low, hint)
        if there is not None and float(there.misfit @ step.nu) >= -_MOST_OVERSHOOT * abs(slope):
            return there
        share /= 2
    return None


def _is_small_enough(found: Ball, x: Vector, wanted: float) -> bool:
    """Whether the radius is below `wanted`, or small beside the distance of x from the centre."""
    return found.radius <= max(wanted, _BESIDE * norm(x - found.center))


def _ball_at(
    equations: Equations, mirror: Mirror, point: MirrorPoint, step: NewtonStep, wanted: float, uncertainty: Vector
) -> Ball:
    feasible = _feasible(equations, mirror, point, step)
    if feasible is None:
        return Ball.unbounded(point.x)
    return ball(equations, point, replace(feasible, error=feasible.error + uncertainty), wanted)


def _fitted(equations: Equations, mirror: Mirror, x: Vector) -> Dual:
    """The ν that fits Aᵀν = ∇Φ(x) − offset best, each entry weighted by how accurately x determines it."""
    if isinstance(mirror, LinearMirror):
        return np.zeros(len(equations.b))
    gradient, rounding = mirror.potential.gradient(x), mirror.potential.gradient_rounding(x)
    is_known = np.isfinite(gradient)
    target = np.where(is_known, gradient - mirror.offset, 0.0)
    if not isinstance(equations, DenseEquations):
        return equations.system.dual(target)
    with np.errstate(divide="ignore", invalid="ignore"):
        weights = 1 / (rounding + np.finfo(float).eps * (np.abs(gradient) + np.abs(mirror.offset)))
    return weighted_least_squares(equations.A, np.where(is_known & np.isfinite(weights), weights, 0.0), target)


def _mirror_point(equations: Equations, mirror: Mirror, high: Dual, low: Dual, hint: Vector) -> MirrorPoint:
    pulled = equations.doubled_rmatvec(high, low)
    if isinstance(mirror, LinearMirror):
        return mirror.at(pulled.high, pulled.low)
    found = slacks(mirror, equations, pulled.high, pulled.low, hint)
    return mirror.at(pulled.high, pulled.low, (found.value, found.error), found.beyond)


def _newton_step(equations: Equations, mirror: Mirror, here: DualPoint) -> NewtonStep | None:
    """Newton's step from a dual point, and the x that it predicts; None where all slopes vanish or overflow."""
    nothing = np.zeros_like(here.point.x)
    if not here.misfit.any():
        return NewtonStep(here.point.x, nothing, here.misfit, here.misfit, lambda rhs: Correction(nothing, rhs))
    solve = equations.solver(here.point.slope)
    if solve is None:
        return None
    step = _corrected(equations, here, solve)
    if norm(step.misfit) <= _SOLVED * norm(equations.terms(step.x)):
        return step
    # Where the Gram matrix has lost the digits of small weights, a QR of the weighted columns may still have them.
    graded = equations.graded_solver(here.point.slope)
    other = step if graded is None else _corrected(equations, here, graded)
    # A step that changes a locked sign is not used: `_feasible` then corrects within the sign cone.
    is_better = norm(other.misfit) < norm(step.misfit) and not np.any(mirror.signs * other.x < 0)
    return other if is_better else step


def _corrected(equations: Equations, here: DualPoint, solve: Solver) -> NewtonStep:
    """The x of a dual point corrected until A x = b, as far as refinement with one factorisation converges."""
    misfit = here.misfit
    step, x, low = np.zeros_like(equations.b), here.point.x, np.zeros_like(here.point.x)
    for _ in range(_CORRECTIONS):
        move = solve(misfit)
        next_x, next_low = doubled.two_sum(x, low + move.x)
        left = equations.misfit(next_x, next_low)
        if not norm(left) < norm(misfit) / 2:
            break
        x, low, misfit, step = next_x, next_low, left, step + move.nu
        if norm(misfit) <= equations.precision * norm(equations.terms(x)):
            break
    return NewtonStep(x, low, misfit, step, solve)


def _feasible(equations: Equations, mirror: Mirror, point: MirrorPoint, step: NewtonStep) -> Feasible | None:
    """A solution of A x = b near an approximate one, by A⁺ or by a correction that keeps locked signs.

    Where no solution of the stored equations has the locked signs, it solves equations whose b differs by its rounding.
    """
    signs = mirror.signs
    x, low = doubled.two_sum(step.x, step.low + equations.min_norm(step.misfit))
    if not np.any(signs * x < 0):
        found = _with_error_bound(equations, x, low, step.solve)
        if _is_inside(found, signs) or not isinstance(equations, DenseEquations):
            return found
    if not isinstance(equations, DenseEquations):
        return None
    # A step that changes a locked sign is shortened for that entry, which leaves a small misfit.
    is_beyond = signs * step.x < 0
    x, low = np.where(is_beyond, point.x / 2, step.x), np.where(is_beyond, 0.0, step.low)
    found = _in_cone(equations, x, low, signs, point.slope, step.solve)
    if found is None or _is_inside(found, signs):
        return found
    # Entries smaller than their error bound are moved away from 0, at little cost in the gap.
    room = _ROOM * float(np.max(np.abs(found.x)))
    is_low = (signs != 0) & (signs * found.x < room)
    x, low = np.where(is_low, signs * room, found.x), np.where(is_low, 0.0, found.low)
    return _in_cone(equations, x, low, signs, point.slope, step.solve)


def _is_inside(found: Feasible, signs: Vector) -> bool:
    """Whether every point within the error bounds has the locked signs."""
    return bool(np.all((signs == 0) | (found.error < signs * found.x)))


def _in_cone(
    equations: DenseEquations, x: Vector, low: Vector, signs: Vector, weights: Vector, solve: Solver
) -> Feasible | None:
    """A solution with the locked signs near x + low; None where numbers overflow."""
    x, low, misfit = _corrected_in_cone(equations, x, low, signs, weights)
    if not np.isfinite(misfit).all():
        return None
    terms = equations.terms(x)
    if np.any(np.abs(misfit) > _SOLVED * terms) and np.all(np.abs(misfit) <= _OF_B * UNIT_ROUNDOFF * terms):
        error = _of_rounded_equations(equations, x, _OF_B * UNIT_ROUNDOFF * terms)
        return None if error is None else Feasible(x, low, error)
    return _with_error_bound(equations, x, low, solve)


def _of_rounded_equations(equations: DenseEquations, x: Vector, rounding: Dual) -> Vector | None:
    """The change of a solution due to the rounding of b; None where columns are dependent up to rounding only.

    The difference of two such columns amplifies any rounding of b into large changes of x.
    """
    large = np.flatnonzero(np.abs(x) > _LARGE * np.max(np.abs(x)))
    order = np.argsort(-np.abs(x[large]), kind="stable")
    chosen = independent_columns(equations.A[:, large], order, least=_NEARLY_DEPENDENT)
    basis, others = large[chosen], np.delete(large, chosen)
    if not are_spanned(equations.A[:, basis], equations.A[:, others]):
        return None
    error = np.zeros_like(x)
    error[basis] = np.abs(np.linalg.pinv(equations.A[:, basis])) @ rounding
    return error


def _corrected_in_cone(
    equations: DenseEquations, x: Vector, low: Vector, signs: Vector, weights: Vector
) -> tuple[Vector, Vector, Dual]:
    """x + low corrected towards A x = b within the locked signs, and the remaining misfit."""
    misfit = equations.misfit(x, low)
    for _ in range(_CORRECTIONS):
        if not (np.isfinite(misfit).all() and misfit.any()):
            break
        next_x, next_low = doubled.two_sum(x, low + conic_correction(equations.A, misfit, x, signs, weights))
        left = equations.misfit(next_x, next_low)
        if not norm(left) < norm(misfit) / 2:
            break
        x, low, misfit = next_x, next_low, left
    return x, low, misfit


def _with_error_bound(equations: Equations, x: Vector, low: Vector, solve: Solver) -> Feasible:
    """x + low with a bound on its distance from an exact solution.

    The distance is bounded by a series of corrections, each of the misfit that the previous one left. Corrections in
    the dual's metric change an entry in proportion to its size and are used where they shrink; elsewhere the shortest
    correction is used.
    """
    misfit = equations.misfit(x, low)
    if not misfit.any():
        return Feasible(x, low, np.zeros_like(x))
    first = solve(misfit)
    left = misfit - equations.matvec(first.x)
    if isinstance(equations, DenseEquations) and norm(left) <= _SHRINKS * norm(misfit):
        second = solve(left)
        if norm(second.nu) <= _SHRINKS * norm(first.nu):
            return Feasible(x, low, np.abs(first.x) + 2 * np.abs(second.x))
    return Feasible(x, low, np.abs(first.x) + 2 * np.abs(equations.min_norm(left)))
