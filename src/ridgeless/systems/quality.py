"""`peak_signal_to_noise`: the quality of a reconstructed picture."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from ridgeless._core.arrays import real_array, refuse_non_finite
from ridgeless.errors import InvalidInputError

_CALL = "peak_signal_to_noise"


def peak_signal_to_noise(picture: ArrayLike, truth: ArrayLike) -> float:
    """Peak signal-to-noise ratio in decibels, 20 log₁₀((max truth − min truth) / RMS(picture − truth)).

    Args:
        picture: the reconstructed picture; with NaN or infinite entries, as after diverged training, the ratio is NaN.
        truth: the true picture, of the same shape, not constant.

    Returns:
        The ratio; infinite where the pictures are equal.

    Raises:
        InvalidInputError: shapes that differ, a constant or non-finite truth, or no real numbers.

    Example:
        >>> round(peak_signal_to_noise([[0.1, 1.1]], [[0.0, 1.0]]), 6)
        20.0
    """
    found = real_array(picture, _CALL, "picture")
    wanted = real_array(truth, _CALL, "truth")
    refuse_non_finite(wanted, _CALL, "truth")
    if found.shape != wanted.shape:
        raise InvalidInputError(
            f"{_CALL}: picture has shape {found.shape} and truth {wanted.shape}; pass two pictures of one shape."
        )
    if wanted.size == 0 or np.ptp(wanted) == 0:
        raise InvalidInputError(f"{_CALL}: truth is constant, so its range is no scale; pass one with contrast.")
    if not np.isfinite(found).all():
        return math.nan
    error = found - wanted
    largest = float(np.abs(error).max())
    if largest == 0:
        return math.inf
    # Scaled first, since the squares of a nearly diverged picture overflow.
    root_mean_square = largest * math.sqrt(np.mean((error / largest) ** 2))
    return 20 * (math.log10(np.ptp(wanted)) - math.log10(root_mean_square))
