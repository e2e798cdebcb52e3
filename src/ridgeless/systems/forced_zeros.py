"""Facial reduction: zeros that A x = b forces where signs are locked, and the face on which all solutions lie.

With some signs locked, the solutions of A x = b may all have x_i = 0 for some i: in tomography, a ray of zero intensity
forces every pixel on its path to 0. Then no solution is in the interior of the sign cone, and the dual of a strictly
convex problem on it is not attained: ν diverges along an exposing vector w of the face,

    sign_i·(Aᵀw)_i ≥ 0 where x_i is locked, (Aᵀw)_i = 0 where it is free, ⟨b, w⟩ = 0,

which proves x_i = 0 wherever (Aᵀw)_i ≠ 0, since Σ x_i·(Aᵀw)_i = ⟨b, w⟩ = 0 has no negative term. One such w exposes
all forced zeros, and on the other coordinates some solution is in the interior of the cone (Borwein and Wolkowicz 1981,
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

# A column of length 1 closer than this to the span of others counts as part of it.
_IN_THE_SPAN = 1e-11
# The least cosine between the exposing vector and a column that is exposed; below it, its square is rounding error.
_LEAST_MARGIN = 1e-6
_NO_SHARE = 1e-6
# Entries of the exposing vector, of length 1, below this are rounding errors.
_NO_PART = 1e-14
# Bound on a forced zero, relative to the largest entry, above which it is not accepted as one.
_LARGEST_BOUND = 1e-8
# Entries that contribute no more than such a part to their equations may be rounding errors of zeros.
_SMALL_PARTS = (1e-6, 1e-8, 1e-10, 1e-12, 1e-14)
# Backward error up to which an equation counts as met, as for a b that is given to ten digits.
MET = 1e-10
# No equation is scaled up by more than one over this.
_SMALLEST_UNIT = 1e-8
# Ratio of the backward error of one equation to the residual of the whole system up to which entries may be dropped.
_SPREAD = 30.0


@dataclass(frozen=True, eq=False)
class ForcedZeros:
    """The entries that are 0 in every solution of A x = b with the locked signs, with a proof.

    Attributes:
        mask: (d,) which x_i are 0 in every solution; only locked coordinates can be.
        exposing: (n,) w with sign_i·(Aᵀw)_i > 0 on the mask and (Aᵀw)_i = 0 off it, and ⟨b, w⟩ = 0, to rounding;
            of length 1 in equations of length 1. Zero where the mask is empty.
        bound: (d,) upper bound on |x_i| on the mask, given the rounding of A and b or the misfit of `point`, whichever
            is larger: (⟨b, w⟩ + Σ_j rounding_j·|w_j|)/|(Aᵀw)_i|. Infinite off the mask.
        point: (d,) a solution with the locked signs on few coordinates, none of them in the mask.
        backward_error: of `point`, the largest misfit of an equation relative to its terms |A||x| + |b|. Where it
            exceeds 1e-10, no solution with these signs is known, and the mask is empty.
        witness: (n,) r = S(b − A x) at the point, with S diagonal and positive. Where it exceeds rounding, it is a
            Farkas certificate that no solution has the signs: sign_i·(Aᵀr)_i ≤ 0 where x_i is locked and 0 where it is
            free, but ⟨b, r⟩ > 0.
    """

    mask: Bool[np.ndarray, " d"]
    exposing: Dual
    bound: Vector
    point: Vector
    backward_error: float
    witness: Dual


def forced_zeros(system: LinearSystem, signs: Vector) -> ForcedZeros:
    """The zeros that A x = b forces where signs are locked, and the exposing vector that proves them.

    A solution on few columns is computed by sign-constrained least squares. The other columns are projected off these
    and scaled to length 1, and their shortest convex combination y is computed by nonnegative least squares. If y ≠ 0,
    it is the exposing vector w of largest margin; if y = 0, the coordinates of the combination can leave 0 together,
    join the first columns, and the step is repeated.

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
    if _backward_error(A, b, nearest) > sum_rounding(len(signs)):
        nearest = min(nearest, _by_terms(A, b, signs, nearest), key=lambda fit: _backward_error(A, b, fit))
    fit = _pruned(A, b, signs, nearest)
    backward_error = _backward_error(A, b, fit)
    if backward_error > max(MET, sum_rounding(len(signs))):
        return _nothing(system, none, nearest.x, _backward_error(A, b, nearest), nearest.normal / sizes)
    w, exposed = _exposing(A, signs, fit.x)
    bound = _bounds(A, b, signs, fit, w)
    mask = exposed & (bound <= _LARGEST_BOUND * float(np.abs(fit.x).max()))
    if not mask.any():
        return _nothing(system, none, fit.x, backward_error, fit.normal / sizes)
    return ForcedZeros(mask, w / sizes, np.where(mask, bound, np.inf), fit.x, backward_error, fit.normal / sizes)


def moved_by_zeros(system: LinearSystem, mask: Bool[np.ndarray, " d"], bound: Vector, x: Vector) -> Vector:
    """The change of solutions on the face if its forced zeros take values up to their bounds.

    On the face A_K x_K = b − A_F x_F with |x_F| ≤ bound, where K are the other coordinates: some solution changes by at
    most |A_B⁺A_F|·bound, on independent columns B that span those of K, chosen by the size of x.

    Args:
        system: A x = b.
        mask: (d,) the forced zeros F.
        bound: (d,) bound on each of them.
        x: (d,) a solution on the face.

    Returns:
        (d,) bounds on the changes; 0 off B.

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


def _nothing(system: LinearSystem, none: np.ndarray, x: Vector, backward_error: float, witness: Dual) -> ForcedZeros:
    return ForcedZeros(none, np.zeros(system.shape[0]), np.full(system.shape[1], np.inf), x, backward_error, witness)


def _checked(signs: Vector, size: int) -> Vector:
    signs = np.asarray(signs, dtype=float)
    if signs.shape != (size,) or not np.isin(signs, (-1.0, 0.0, 1.0)).all():
        raise InvalidInputError(
            f"forced_zeros: signs has shape {signs.shape} and values {np.unique(signs)[:5]}; pass ({size},) numbers, "
            "+1 or −1 where the sign of x_i is locked and 0 where it is free."
        )
    return signs


def _by_terms(A: Matrix, b: Dual, signs: Vector, fit: SignedFit) -> SignedFit:
    """The fit with each equation scaled to the size of its terms, so that small equations count as much as others."""
    terms = terms_of(A, fit.x, b)
    units = np.maximum(terms / terms.max(), _SMALLEST_UNIT)
    found = signed_fit(A / units[:, None], b / units, signs)
    return SignedFit(found.x, found.misfit * units, found.normal / units)


def _backward_error(A: Matrix, b: Dual, fit: SignedFit) -> float:
    terms, left = terms_of(A, fit.x, b), np.abs(fit.misfit)
    return float(np.max(left[terms > 0] / terms[terms > 0], initial=0.0))


def _pruned(A: Matrix, b: Dual, signs: Vector, fit: SignedFit) -> SignedFit:
    """The fit without small entries that are not needed: dropped all at once, or one by one."""
    # An entry that is the rounding error of a zero violates an equation without other terms completely.
    overall = norm(fit.misfit) / norm(b) if b.any() else 0.0
    allowed = max(_SPREAD * overall, sum_rounding(len(signs)))
    for part in _SMALL_PARTS:
        fit = _without(A, b, signs, fit, allowed, part) or fit
    while (smaller := _without(A, b, signs, fit, allowed, 0.0)) is not None:
        fit = smaller
    return fit


def _without(A: Matrix, b: Dual, signs: Vector, fit: SignedFit, allowed: float, part: float) -> SignedFit | None:
    """The fit without its columns of small contribution, at least one of them; None where they are needed."""
    support = np.flatnonzero(fit.x)
    parts = np.abs(fit.x[support]) * np.linalg.norm(A[:, support], axis=0)
    is_small = parts <= max(part * parts.max(initial=0.0), parts.min(initial=np.inf))
    if not is_small.any() or parts[is_small].max() > _SMALL_PARTS[0] * parts.max():
        return None
    found = fit_on(A, b, signs, support[~is_small])
    return found if found is not None and _backward_error(A, b, found) <= allowed else None


def _exposing(A: Matrix, signs: Vector, x: Vector) -> tuple[Dual, Bool[np.ndarray, " d"]]:
    """The exposing vector with most exposed coordinates among those where x is 0, and the mask of these.

    It solves min ‖C h‖² + (1 − Σh)² over h ≥ 0, where the columns C are multiplied by their signs, projected off those
    in use and scaled to length 1. The misfit δ = 1 − Σh of the solution is ‖y‖²/(1 + ‖y‖²) for the shortest convex
    combination y, and C_iᵀ(C h) ≥ δ for every i.
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
        # A coordinate missed here because its share is tiny is found in the span of the others in the next round.
        opened[index[shares > _NO_SHARE * shares.max()]] = True
        left = _taken(used, turned, opened, left & ~opened)
    return np.zeros(rows), left


def _taken(used: ActiveColumns, columns: Matrix, opened: np.ndarray, left: np.ndarray) -> Bool[np.ndarray, " d"]:
    """Add the opened columns to those in use, and return the mask of those left outside their span."""
    for index in np.flatnonzero(opened):
        used.append(int(index), columns[:, index])
    index = np.flatnonzero(left)
    still = np.zeros_like(left)
    if len(used) < len(columns):
        still[index] = np.linalg.norm(used.outside(columns[:, index]), axis=0) > _IN_THE_SPAN
    return still


def _bounds(A: Matrix, b: Dual, signs: Vector, fit: SignedFit, w: Dual) -> Vector:
    """The bounds on |x_i| by w, given the rounding errors or the misfits of the equations, whichever are larger."""
    rounding = np.maximum(sum_rounding(len(signs)) * terms_of(A, fit.x, b), np.abs(fit.misfit))
    gained = max(float(b @ w), 0.0) + float(rounding @ np.abs(w))
    pulls = signs * (A.T @ w)
    with np.errstate(divide="ignore"):
        return np.where(pulls > 0, gained / np.where(pulls > 0, pulls, 1.0), np.inf)
