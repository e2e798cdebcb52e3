"""Weighted and sign-constrained least squares: initial dual points, and corrections that keep locked signs."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.linalg as sl
import scipy.optimize

from ridgeless._core.arrays import Dual, Matrix, Vector
from ridgeless.systems.independent import independent_columns

# A coordinate may move freely where only a misfit this many times as large could change its sign.
_FAR_FROM_ZERO = 1e4


def weighted_least_squares(A: Matrix, weights: Vector, target: Vector) -> Dual:
    """The ν that minimises Σ weights_i²·(target_i − a_iᵀν)², with rows sorted by weight (Cox and Higham 1998)."""
    order = np.argsort(-weights, kind="stable")
    scaled = (A[:, order] * weights[order]).T
    return np.asarray(np.linalg.lstsq(scaled, (weights * target)[order], rcond=None)[0])


def conic_correction(A: Matrix, missed: Dual, x: Vector, signs: Vector, weights: Vector) -> Vector:
    """An h with A h ≈ missed for which x + h keeps the signs of x where they are locked.

    Coordinates of large weight move freely, as long as their columns are independent. The part of `missed` outside the
    span of these columns is solved by the others, which move only away from 0 where their sign is locked (nonnegative
    least squares, Lawson and Hanson 1974).

    Args:
        A: (n, d).
        missed: (n,) b − A x.
        x: (d,).
        signs: (d,) the locked signs; 0 where both are possible.
        weights: (d,) preference for moving each coordinate.
    """
    h = np.zeros(len(x))
    size = float(np.max(np.abs(missed), initial=0.0))
    if size == 0:
        return h
    lengths = np.linalg.norm(A, axis=0)
    # A coordinate far larger than any correction keeps its sign.
    is_large = np.abs(x) * np.where(lengths > 0, lengths, np.inf) > _FAR_FROM_ZERO * size
    large = np.flatnonzero(is_large)
    large = large[independent_columns(A[:, large], np.argsort(-weights[large], kind="stable"))]
    others = np.setdiff1d(np.arange(len(x)), large)
    Q: Any = sl.qr(A[:, large], mode="full")[0] if len(large) else np.eye(len(missed))
    outside = Q[:, len(large) :].T
    away = np.where(signs[others] == 0, 1.0, signs[others])
    projected = outside @ (A[:, others] * away)
    open_ones = np.flatnonzero(signs[others] == 0)
    pushes = np.hstack([projected, -projected[:, open_ones]])
    if len(outside):
        try:
            found = size * scipy.optimize.nnls(pushes, outside @ missed / size)[0]
        except RuntimeError:  # the active set cycles where columns are too nearly dependent
            return h
        h[others] = away * found[: len(others)]
        h[others[open_ones]] -= found[len(others) :]
    if len(large):
        h[large] = np.linalg.lstsq(A[:, large], missed - A[:, others] @ h[others], rcond=None)[0]
    return h
