"""Zeros that the equations force where signs are locked: the face of the sign cone on which all solutions lie.

With some signs locked, the solutions of A x = b may all have x_i = 0 for some i: a ray that meets nothing darkens every
pixel on its way. Then no solution is inside the cone, and the dual of any strictly convex problem on it is not
attained: ν runs off along a w that exposes the face,

    sign_i·(Aᵀw)_i ≥ 0 where x_i is locked, (Aᵀw)_i = 0 where it is free, ⟨b, w⟩ = 0,

which proves x_i = 0 wherever (Aᵀw)_i ≠ 0, since Σ x_i·(Aᵀw)_i = ⟨b, w⟩ = 0 has no negative term. One such w exposes
all forced zeros at once, and on the other coordinates some solution lies inside the cone (Borwein and Wolkowicz 1981,
"Regularizing the abstract convex program"; for linear equations, Stiemke 1915).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool

from ridgeless._core.arrays import Dual, Matrix, Vector, norm
from ridgeless.errors import InvalidInputError
from ridgeless.systems.active import ActiveColumns
from ridgeless.systems.equations import evened, sum_rounding, terms_of
from ridgeless.systems.independent import independent_columns
from ridgeless.systems.linear import LinearSystem
from ridgeless.systems.signed_fit import SignedFit, fit_on, signed_fit

# A column closer than this to the span of others, at length 1, is in it.
_IN_THE_SPAN = 1e-11
# At length 1, what the columns leave of the exposing vector: below it, its square is rounding.
_LEAST_MARGIN = 1e-6
_NO_SHARE = 1e-6
# An entry of the exposing vector, of length 1, that is rounding.
_NO_PART = 1e-14
# What rounding may leave of a forced zero, as a part of the largest entry: more, and b does not tell it from 0.
_LARGEST_BOUND = 1e-8
# Entries that add no more than such a part to their equations may be what rounding puts in the place of 0.
_SMALL_PARTS = (1e-6, 1e-8, 1e-10, 1e-12, 1e-14)
# Beyond rounding, an equation missed by this part of its terms counts as met: b given to ten digits or more.
MET = 1e-10
# No equation is enlarged by more than one over this.
_SMALLEST_UNIT = 1e-8
# Of a residual, by how much more one equation may be missed than all.
_SPREAD = 30.0


@dataclass(frozen=True, eq=False)
class ForcedZeros:
    """Where every solution of A x = b with the locked signs is 0.

    Attributes:
        mask: (d,) which x_i are 0 in every solution, locked coordinates all of them.
        exposing: (n,) w with sign_i·(Aᵀw)_i > 0 on the mask and (Aᵀw)_i = 0 off it, and ⟨b, w⟩ = 0, to rounding;
            of length 1 in equations of length 1. Zero where the mask is empty.
        bound: (d,) how large the rounding of A and b, or `misfit` where that is more, lets |x_i| be on the mask, by w:
            (⟨b, w⟩ + Σ_j rounding_j·|w_j|)/|(Aᵀw)_i|. Infinite off the mask.
        point: (d,) a solution with the locked signs on few coordinates, none of them in the mask.
        misfit: how far it is from meeting the worst equation, as a part of that equation's terms |A||x| + |b|. Where it
            is more than 1e-10, no solution with these signs is known, and the mask is empty.
        witness: (n,) r = S(b − A x) at the point, S diagonal and positive: where some equations are missed, Farkas'
            proof that no solution has the signs, as far as r exceeds rounding: sign_i·(Aᵀr)_i ≤ 0 where x_i is locked
            and 0 where it is free, but ⟨b, r⟩ > 0.
    """

    mask: Bool[np.ndarray, " d"]
    exposing: Dual
    bound: Vector
    point: Vector
    misfit: float
    witness: Dual


def forced_zeros(system: LinearSystem, signs: Vector) -> ForcedZeros:
    """The zeros that A x = b forces where signs are locked, and the vector that proves them.

    First a solution on few columns, by least squares under the constraints of sign. Of what its columns leave of the
    others, at length 1, the shortest convex combination y is found, by least squares again: where y ≠ 0 it is w, the
    one with the widest margin; where y = 0 its coordinates can leave 0 together, and are taken to the first.

    Args:
        system: A x = b, at hand as rows. Coordinates frozen at 0 are left out: `system.restricted(keep)`.
        signs: (d,) +1 where x_i ≥ 0, −1 where x_i ≤ 0, 0 where x_i is free.

    Raises:
        InvalidInputError: signs of another shape, or other numbers.

    Source: Lawson and Hanson 1974, "Solving least squares problems", chapter 23; Wolfe 1976, "Finding the nearest
    point in a polytope".

    Example:
        >>> A, b = np.array([[1.0, 1.0, 0.0], [1.0, 2.0, 3.0]]), np.array([0.0, 3.0])
        >>> found = forced_zeros(LinearSystem(A, b), np.ones(3))
        >>> found.mask, (A.T @ found.exposing > 0).tolist()
        (array([ True,  True, False]), [True, True, False])
    """
    signs = _checked(signs, system.shape[1])
    A, b, sizes = evened(system)
    none = np.zeros(len(signs), dtype=bool)
    if not signs.any():
        return _nothing(system, none, np.zeros(len(signs)), 0.0, np.zeros(len(b)))
    nearest = signed_fit(A, b, signs)
    if _misfit(A, b, nearest) > sum_rounding(len(signs)):
        nearest = min(nearest, _by_terms(A, b, signs, nearest), key=lambda fit: _misfit(A, b, fit))
    fit = _pruned(A, b, signs, nearest)
    misfit = _misfit(A, b, fit)
    if misfit > max(MET, sum_rounding(len(signs))):
        return _nothing(system, none, nearest.x, _misfit(A, b, nearest), nearest.normal / sizes)
    w, exposed = _exposing(A, signs, fit.x)
    bound = _bounds(A, b, signs, fit, w)
    mask = exposed & (bound <= _LARGEST_BOUND * float(np.abs(fit.x).max()))
    if not mask.any():
        return _nothing(system, none, fit.x, misfit, fit.normal / sizes)
    return ForcedZeros(mask, w / sizes, np.where(mask, bound, np.inf), fit.x, misfit, fit.normal / sizes)


def moved_by_zeros(system: LinearSystem, mask: Bool[np.ndarray, " d"], bound: Vector, x: Vector) -> Vector:
    """By how much solutions on the face move for what its zeros may be, where these are 0 to rounding only.

    On the face A_K x_K = b − A_F x_F with |x_F| ≤ bound, K being the other coordinates: a solution follows by
    |A_B⁺A_F|·bound on columns B of K that span all, those of large x first.

    Args:
        system: A x = b.
        mask: (d,) the forced zeros F.
        bound: (d,) how large each may be.
        x: (d,) a solution on the face.

    Returns:
        (d,) the moves; 0 off B.

    Example:
        >>> system = LinearSystem(np.array([[1.0, 1e-8, 1.0], [1.0, 2e-8, 1.0]]), np.array([1.0, 1.0]))
        >>> forced = np.array([False, False, True])
        >>> moved_by_zeros(system, forced, np.array([0.0, 0.0, 1e-16]), np.array([1.0, 0.0, 0.0])).round(20)
        array([1.e-16, 0.e+00, 0.e+00])
    """
    moves, unknown = np.zeros(len(x)), mask & (bound > 0)
    kept = np.flatnonzero(~mask)
    if not unknown.any() or not len(kept):
        return moves
    A, _, _ = evened(system)
    order = np.argsort(-np.abs(x[kept]), kind="stable")
    basis = kept[independent_columns(A[:, kept], order, least=max(A.shape) * np.finfo(float).eps)]
    moves[basis] = np.abs(np.linalg.pinv(A[:, basis]) @ A[:, unknown]) @ bound[unknown]
    return moves


def _nothing(system: LinearSystem, none: np.ndarray, x: Vector, misfit: float, witness: Dual) -> ForcedZeros:
    return ForcedZeros(none, np.zeros(system.shape[0]), np.full(system.shape[1], np.inf), x, misfit, witness)


def _checked(signs: Vector, size: int) -> Vector:
    signs = np.asarray(signs, dtype=float)
    if signs.shape != (size,) or not np.isin(signs, (-1.0, 0.0, 1.0)).all():
        raise InvalidInputError(
            f"forced_zeros: signs has shape {signs.shape} and values {np.unique(signs)[:5]}; pass ({size},) numbers, "
            "+1 or −1 where the sign of x_i is locked and 0 where it is free."
        )
    return signs


def _by_terms(A: Matrix, b: Dual, signs: Vector, fit: SignedFit) -> SignedFit:
    """The fit with each equation at the size of its terms: small ones drown in the others."""
    terms = terms_of(A, fit.x, b)
    units = np.maximum(terms / terms.max(), _SMALLEST_UNIT)
    found = signed_fit(A / units[:, None], b / units, signs)
    return SignedFit(found.x, found.residual * units, found.normal / units)


def _misfit(A: Matrix, b: Dual, fit: SignedFit) -> float:
    terms, left = terms_of(A, fit.x, b), np.abs(fit.residual)
    return float(np.max(left[terms > 0] / terms[terms > 0], initial=0.0))


def _pruned(A: Matrix, b: Dual, signs: Vector, fit: SignedFit) -> SignedFit:
    """The fit without the small entries that it can spare: all at once, or one by one."""
    # What rounding puts in the place of 0 misses an equation without other terms altogether.
    overall = norm(fit.residual) / norm(b) if b.any() else 0.0
    allowed = max(_SPREAD * overall, sum_rounding(len(signs)))
    for part in _SMALL_PARTS:
        fit = _without(A, b, signs, fit, allowed, part) or fit
    while (smaller := _without(A, b, signs, fit, allowed, 0.0)) is not None:
        fit = smaller
    return fit


def _without(A: Matrix, b: Dual, signs: Vector, fit: SignedFit, allowed: float, part: float) -> SignedFit | None:
    """The fit on what is left of its columns without those of small parts, at least one; None where some are needed."""
    support = np.flatnonzero(fit.x)
    parts = np.abs(fit.x[support]) * np.linalg.norm(A[:, support], axis=0)
    is_small = parts <= max(part * parts.max(initial=0.0), parts.min(initial=np.inf))
    if not is_small.any() or parts[is_small].max() > _SMALL_PARTS[0] * parts.max():
        return None
    found = fit_on(A, b, signs, support[~is_small])
    return found if found is not None and _misfit(A, b, found) <= allowed else None


def _exposing(A: Matrix, signs: Vector, x: Vector) -> tuple[Dual, Bool[np.ndarray, " d"]]:
    """The vector that exposes most coordinates where x is 0, and which these are.

    Min ‖C h‖² + (1 − Σh)² over h ≥ 0, with the columns C turned, projected off those in use and scaled to 1: its
    residual δ = 1 − Σh is ‖y‖²/(1 + ‖y‖²) for the shortest convex combination y, and C_iᵀ(C h) ≥ δ for every i.
    """
    rows, size = A.shape
    turned = np.where(signs < 0, -A, A)
    lengths = np.linalg.norm(A, axis=0)
    turned = turned / np.where(lengths > 0, lengths, 1.0)
    used = ActiveColumns(np.zeros(rows))
    left = _taken(used, turned, (x != 0) | (signs == 0), (lengths > 0) & (signs != 0) & (x == 0))
    while left.any():
        index = np.flatnonzero(left)
        beside = used.outside(turned[:, index])
        beside = beside / np.linalg.norm(beside, axis=0)
        lifted = np.vstack([beside, np.ones(len(index))])
        goal = np.concatenate([np.zeros(rows), [1.0]])
        shares = signed_fit(lifted, goal, np.ones(len(index))).x
        y = used.outside((beside @ shares)[:, None])[:, 0]
        margins = beside.T @ y / max(float(np.linalg.norm(y)), np.finfo(float).tiny)
        if margins.min() > _LEAST_MARGIN:
            y = y / np.linalg.norm(y)
            return np.where(np.abs(y) > _NO_PART, y, 0.0), left
        opened = np.zeros(size, dtype=bool)
        # A share left out by rounding's measure is found in the span of the others next time.
        opened[index[shares > _NO_SHARE * shares.max()]] = True
        left = _taken(used, turned, opened, left & ~opened)
    return np.zeros(rows), left


def _taken(used: ActiveColumns, columns: Matrix, opened: np.ndarray, left: np.ndarray) -> Bool[np.ndarray, " d"]:
    """Take columns into use, and tell which of those left are outside the span of all."""
    for index in np.flatnonzero(opened):
        used.append(int(index), columns[:, index])
    index = np.flatnonzero(left)
    still = np.zeros_like(left)
    if len(used) < len(columns):
        still[index] = np.linalg.norm(used.outside(columns[:, index]), axis=0) > _IN_THE_SPAN
    return still


def _bounds(A: Matrix, b: Dual, signs: Vector, fit: SignedFit, w: Dual) -> Vector:
    """How large |x_i| can be by w, for the rounding of the equations or what the fit leaves of them."""
    rounding = np.maximum(sum_rounding(len(signs)) * terms_of(A, fit.x, b), np.abs(fit.residual))
    gained = max(float(b @ w), 0.0) + float(rounding @ np.abs(w))
    pulls = signs * (A.T @ w)
    with np.errstate(divide="ignore"):
        return np.where(pulls > 0, gained / np.where(pulls > 0, pulls, 1.0), np.inf)
