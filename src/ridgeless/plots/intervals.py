"""The Wilson score interval of a probability."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Float
from scipy.special import ndtri

from ridgeless._core.arrays import Numbers
from ridgeless.errors import InvalidInputError

_CALL = "plots.wilson_interval"


class Interval(NamedTuple):
    """Bounds of a probability, of the shape of the counts.

    Attributes:
        low: the lower bound, at least 0.
        high: the upper bound, at most 1.
    """

    low: Float[np.ndarray, "..."]
    high: Float[np.ndarray, "..."]

    @property
    def half_width(self) -> Float[np.ndarray, "..."]:
        """(high − low)/2."""
        return np.asarray((self.high - self.low) / 2)


def wilson_interval(
    successes: Numbers | float | int, trials: Numbers | float | int, confidence: float = 0.95
) -> Interval:
    """Wilson score interval of the probability of success, from the number of successes among independent trials.

    With p = successes/trials, m = trials and z the Gaussian quantile of (1 + confidence)/2, it is

        (p + z²/(2m) ± z·√(p(1 − p)/m + z²/(4m²))) / (1 + z²/m):

    the p that the score test does not reject. It lies in [0, 1], has a width where all trials succeed or none does, and
    covers close to the nominal confidence from few trials on. Where there is no trial it is NaN.

    Args:
        successes: whole numbers from 0 to `trials`, an array of any shape.
        trials: whole numbers from 0, of a shape that broadcasts against that of `successes`.
        confidence: the nominal probability that the interval covers p, between 0 and 1.

    Raises:
        InvalidInputError: counts that are no whole numbers or fit no shape, more successes than trials, or a confidence
            outside (0, 1).

    Source: Wilson 1927, "Probable inference, the law of succession, and statistical inference"; Brown, Cai and DasGupta
        2001, "Interval estimation for a binomial proportion", equation 4.

    Example:
        >>> low, high = wilson_interval([0, 10, 20], 20)
        >>> low.round(3), high.round(3)
        (array([0.   , 0.299, 0.839]), array([0.161, 0.701, 1.   ]))
    """
    found, total = _counts(successes, trials)
    if not 0 < confidence < 1:
        raise InvalidInputError(f"{_CALL}: confidence = {confidence}; type a number between 0 and 1, such as 0.95.")
    z = float(ndtri((1 + confidence) / 2))
    with np.errstate(divide="ignore", invalid="ignore"):
        p = found / total
        centre = (p + z**2 / (2 * total)) / (1 + z**2 / total)
        half = z * np.sqrt(p * (1 - p) / total + z**2 / (4 * total**2)) / (1 + z**2 / total)
    # The bound is exact at the ends, where rounding would leave 1e-17.
    low, high = np.where(found == 0, 0.0, centre - half), np.where(found == total, 1.0, centre + half)
    return Interval(np.where(total > 0, low, np.nan), np.where(total > 0, high, np.nan))


def _counts(successes: Numbers | float | int, trials: Numbers | float | int) -> tuple[np.ndarray, np.ndarray]:
    try:
        found, total = np.broadcast_arrays(np.asarray(successes, dtype=float), np.asarray(trials, dtype=float))
    except (TypeError, ValueError) as error:
        raise InvalidInputError(
            f"{_CALL}: {error}; pass two whole numbers, or two arrays of them whose shapes fit."
        ) from error
    are_whole = bool(np.all(found == np.floor(found)) and np.all(total == np.floor(total)))
    if not are_whole or np.any(found < 0) or np.any(found > total):
        raise InvalidInputError(
            f"{_CALL}: successes and trials are no counts with 0 ≤ successes ≤ trials; "
            "type wilson_interval(17, 20) for 17 successes in 20 trials."
        )
    return found, total
