"""When a path is over: it has come to what was asked, or it comes no further."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ridgeless.estimators._designs import Design
from ridgeless.estimators.mirror_maps import MirrorMap
from ridgeless.estimators.stops import AtTime, Explained

# What falls over two decades of time or λ by less than this part of what it has still to fall never gets there.
_STANDSTILL = 1e-4
# Fitted values stand still where two decades of time change them by less than this part, and a feature is not pulled
# where |xᵀ∇L| is below this part of ‖x‖·‖∇L‖: what steps of training are solved to.
_UNCHANGED, _NO_PULL = 1e-8, 1e-7


@dataclass(frozen=True)
class Ending:
    """How a fit ended.

    Attributes:
        message: a sentence.
        is_short: whether the fit is not what was asked for, so that users have to be warned.
    """

    message: str
    is_short: bool = False


AS_ASKED = Ending("The fit ends where its stop says.")


def came_to_rest(stop: AtTime) -> Ending:
    """The end of training at its limit, before the time asked for."""
    return Ending(f"Training came to its limit before {stop}: from there on it changes coefficients by rounding alone.")


def unexplained(stop: Explained, share: float) -> Ending:
    """The end of training that explains less than was asked."""
    return Ending(
        f"{stop} is out of reach: training came to a standstill where it explains a share of {share:.4g}, and the fit "
        "ends there.",
        is_short=True,
    )


def points_of_two_decades(ratio: float) -> int:
    """How many points in this ratio two decades are."""
    return int(np.ceil(np.log(100) / np.log(ratio)))


def until_gone(ratio: float) -> Callable[[float], bool]:
    """Of excesses along points in this ratio, one call each: whether the last is gone, or they fall no more."""
    past: list[float] = []
    back = points_of_two_decades(ratio)

    def is_over(excess: float) -> bool:
        past.append(excess)
        stands = len(past) > back and past[-1 - back] - past[-1] < _STANDSTILL * past[-1]
        return past[-1] <= 0 or stands

    return is_over


def until_at_rest(
    ratio: float, design: Design, mirror: MirrorMap
) -> Callable[[np.ndarray, np.ndarray, np.ndarray], bool]:
    """Of points of training in this ratio, one call each: whether training is at its limit.

    Later times would change coefficients by rounding alone, which grows with ν and so with time: where some of y is out
    of reach, ν grows without end in a direction that Xᵀν does not show. A plateau, where training waits for a small
    coefficient to grow, is no limit: that coefficient is pulled.

    Returns:
        A function of the fitted values Xw, of −∇L, each of shape (n, 1), and of the coefficients w, shape (p, 1).
    """
    past: list[np.ndarray] = []
    back = points_of_two_decades(ratio)
    stays_positive = np.isneginf(mirror.domain[0]) and mirror.growth(np.full(1, -1.0)).value[0] > 0

    def is_over(fitted: np.ndarray, pull: np.ndarray, coefficients: np.ndarray) -> bool:
        past.append(fitted)
        size = np.linalg.norm(fitted)
        if len(past) <= back or not np.linalg.norm(fitted - past.pop(0)) <= _UNCHANGED * size:
            return False
        norms = design.column_norms()
        products, bounds = design.correlations(pull)[:, 0], _NO_PULL * norms * np.linalg.norm(pull)
        moves = np.abs(products) > bounds
        if stays_positive:
            # What is pulled down and has nothing left moves no more.
            moves &= (products > 0) | (np.abs(coefficients[:, 0]) * norms > _UNCHANGED * size)
        return not moves.any()

    return is_over
