"""A ball around the limit x∞, by the theorem that applies to the kind of potential."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ridgeless._core.arrays import Dual, Vector, norm
from ridgeless.certificates._dual_newton import dual_newton_ball
from ridgeless.certificates._equations import DenseEquations, Equations, equations_of
from ridgeless.certificates._mirror import UNIT_ROUNDOFF, mirror_of
from ridgeless.certificates._radial import radial_ball
from ridgeless.certificates._radius import Ball
from ridgeless.certificates.sparse import sparse_ball
from ridgeless.certificates.tied import tied_ball
from ridgeless.potentials import Bias, Radial, Rescaled, WeightedL1
from ridgeless.potentials.rescaled import aimed
from ridgeless.systems import LinearSystem
from ridgeless.systems.equations import sum_rounding, terms_of
from ridgeless.systems.forced_zeros import forced_zeros, moved_by_zeros

# Radius relative to x below which no further Newton step is made.
_SMALL = 1e-12
# The same relative to `within`, where only products with A are known and these have float64 accuracy only.
_SMALL_BY_PRODUCTS = 1e-2

_NO_FORMULA = "the bound is known for potentials that act coordinate by coordinate, for norms and for chains"
_NO_DUAL = "pass the ν that belongs to x, such as solution.dual"
_SEVERAL = "float64 does not tell which coordinates a minimiser of the ℓ1 norm uses; rl.certificates.recovery may"
_ROUNDING = "float64 holds no more of this system, or x is too far away; rl.certificates.enclose may tell"


@dataclass(frozen=True, eq=False)
class Located:
    """A ball around x∞, with its relative gap and advice.

    Attributes:
        ball: of infinite radius where nothing is known.
        relative_gap: the gap relative to the objective; NaN where that is not finite.
        advice: what would settle the question where the ball is too large.
    """

    ball: Ball
    relative_gap: float
    advice: str


# A bound that overflows is infinite, and therefore still valid.
@np.errstate(over="ignore", under="ignore", divide="ignore", invalid="ignore")
def located(system: LinearSystem, bias: Bias, x: Vector, dual: Dual | None, within: float) -> Located:
    """A ball around x∞, small enough to decide whether x is within `within`·‖x‖ of x∞ wherever float64 allows it.

    Coordinates that the start froze at 0 are left out, and so are those that the equations force to 0.

    Args:
        system: the equations.
        bias: the theorem.
        x: (d,) the answer.
        dual: (n,) its ν, or None.
        within: relative to ‖x‖.
    """
    is_free = bias.potential.free(len(x))
    if is_free.all():
        return _on_free_coordinates(system, bias, x, dual, within)
    if not is_free.any():
        return Located(Ball(np.zeros_like(x), 0.0, 0.0), 0.0, "")
    part = bias.restricted(is_free)
    found = _on_free_coordinates(system.restricted(is_free), part, x[is_free], dual, within)
    center = np.zeros_like(x)
    center[is_free] = found.ball.center
    return replace(found, ball=replace(found.ball, center=center))


def _on_free_coordinates(system: LinearSystem, bias: Bias, x: Vector, dual: Dual | None, within: float) -> Located:
    ball, advice = _ball(system, bias, x, dual, within)
    if ball.radius > within * norm(x):
        face = _on_face(system, bias, x, dual, within)
        ball, advice = face if face is not None and face[0].radius < ball.radius else (ball, advice)
    ball = _beside_dropped_equations(system, ball)
    return Located(replace(ball, radius=ball.radius + bias.departure), _relative(bias, ball), advice)


def _beside_dropped_equations(system: LinearSystem, ball: Ball) -> Ball:
    """The ball enlarged by the effect of equations that depend on others up to rounding and were dropped."""
    if not system.is_expandable or system.rank == system.shape[0] or not np.isfinite(ball.radius):
        return ball
    # Another choice of equations changes x by at most the misfits and rounding errors of the dropped ones.
    misfit = system.b - system.matvec(ball.center)
    rounding = sum_rounding(len(ball.center)) * terms_of(system.rows(), ball.center, system.b)
    moved = norm(system.row_space.min_norm(misfit)) + norm(system.row_space.min_norm(rounding))
    return replace(ball, radius=ball.radius + 2 * moved)


def _on_face(system: LinearSystem, bias: Bias, x: Vector, dual: Dual | None, within: float) -> tuple[Ball, str] | None:
    """The ball where the equations force zeros on locked coordinates, so that no ν attains the dual; None elsewhere."""
    signs = _locked_signs(bias)
    if not signs.any() or not system.is_expandable:
        return None
    forced = forced_zeros(system, signs)
    if not forced.mask.any():
        return None
    keep, center = ~forced.mask, np.zeros_like(x)
    bound = norm(forced.bound[forced.mask])
    if not keep.any():
        return Ball(center, bound, 0.0), ""
    inside = system.restricted(keep)
    if not equations_of(inside).is_decided:
        # On the face the rank of the equations depends on rounding, and the forced zeros may hide one of them.
        return None
    part = bias.restricted(keep)
    moves = moved_by_zeros(system, forced.mask, forced.bound, x)[keep]
    inner, advice = _ball(inside, part, x[keep], dual, within, moves)
    center[keep] = inner.center
    return Ball(center, float(np.hypot(inner.radius, bound)), inner.gap), advice


def _locked_signs(bias: Bias) -> Vector:
    """(d,) the sign that the theorem locks each coordinate to; 0 where both are open."""
    potential = bias.potential
    if isinstance(potential, WeightedL1):
        return np.isinf(potential.negative).astype(float) - np.isinf(potential.positive)
    mirror = mirror_of(bias)
    return np.zeros_like(bias.offset) if mirror is None else mirror.signs


def _ball(
    system: LinearSystem, bias: Bias, x: Vector, dual: Dual | None, within: float, uncertainty: Vector | None = None
) -> tuple[Ball, str]:
    """The ball by the theorem of the potential, and advice for the case that it is too large."""
    potential, equations = bias.potential, equations_of(system)
    if isinstance(potential, WeightedL1):
        return _of_vanishing(equations, bias, potential, x, dual, within), _NO_DUAL if dual is None else _SEVERAL
    if isinstance(potential, Radial):
        return radial_ball(equations, potential, bias.offset), _ROUNDING
    mirror = mirror_of(bias)
    if mirror is not None:
        share = _SMALL if system.is_expandable else _SMALL_BY_PRODUCTS * within
        return dual_newton_ball(
            equations, mirror, x, dual, share * norm(x), uncertainty
        ), _NO_DUAL if dual is None else _ROUNDING
    if isinstance(potential, Rescaled):
        return _rescaled(system, bias, potential, x, within)
    return Ball(x, np.inf, np.nan), _NO_FORMULA


def _of_vanishing(
    equations: Equations, bias: Bias, box: WeightedL1, x: Vector, dual: Dual | None, within: float
) -> Ball:
    """A ball around the minimiser of a weighted ℓ1 norm, or around the one of many that the next order selects.

    Where equations depend on others up to rounding only, another choice of them has another minimiser, and a minimiser
    far from x proves nothing.
    """
    found = _of_chosen(equations, bias, box, x, dual, within)
    is_in_doubt = isinstance(equations, DenseEquations) and not equations.is_decided
    return Ball.unbounded(x) if is_in_doubt and norm(x - found.center) > within * norm(x) else found


def _of_chosen(equations: Equations, bias: Bias, box: WeightedL1, x: Vector, dual: Dual | None, within: float) -> Ball:
    found = sparse_ball(equations, box, x, dual)
    if found.radius <= within * norm(x) or bias.ties is None:
        return found
    tied = tied_ball(equations, box, bias.ties, x, dual, _SMALL * norm(x))
    return tied if tied.radius < found.radius else found


def _rescaled(system: LinearSystem, bias: Bias, potential: Rescaled, x: Vector, within: float) -> tuple[Ball, str]:
    """x = c + α(y − c), where y minimises φ over A y = A c + (b − A c)/α."""
    alpha, center = potential.alpha, potential.center
    inner = replace(bias, potential=potential.inner)
    y = center + (x - center) / alpha
    ball, advice = _ball(aimed(system, center, alpha), inner, y, None, within / alpha)
    there = center + alpha * (ball.center - center)
    rounding = 8 * UNIT_ROUNDOFF * ((1 + alpha) * (norm(center) + norm(ball.center)) + norm(there))
    return Ball(there, alpha * ball.radius + rounding, ball.gap), advice


def _relative(bias: Bias, ball: Ball) -> float:
    """The gap divided by the gap plus |Φ − ⟨offset, ·⟩| at the centre."""
    with np.errstate(over="ignore", invalid="ignore"):
        objective = abs(bias.potential.value(ball.center) - float(bias.offset @ ball.center))
        if ball.gap == 0:
            return 0.0
        return float(ball.gap / (ball.gap + objective))
