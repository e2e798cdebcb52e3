"""Features and their coefficients, checked, with what a legend says of them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from ridgeless._core.numbers import counted
from ridgeless.errors import InvalidInputError

_SHARE = 0.9
COEFFICIENT = "coefficient, per unit of the feature"


def checked_coefficients(coefficients: ArrayLike, call: str) -> Float[np.ndarray, " p"]:
    """The coefficients of one target.

    Raises:
        InvalidInputError: they are no finite numbers in one row.
    """
    found = np.asarray(coefficients, dtype=float)
    if found.ndim != 1 or not len(found) or not np.isfinite(found).all():
        raise InvalidInputError(
            f"{call}: coefficients have shape {found.shape}; pass finite numbers of one target, such as model.coef_, "
            "or model.coef_[0] where there are several."
        )
    return found


def checked_positions(at: ArrayLike, call: str) -> np.ndarray:
    """The numbers of features, of any shape.

    Raises:
        InvalidInputError: they are no numbers.
    """
    try:
        return np.asarray(at, dtype=float)
    except (TypeError, ValueError, OverflowError) as error:
        raise InvalidInputError(f"{call}: at is a {type(at).__name__}; pass one number for each feature.") from error


def checked_names(names: Sequence[str] | None, features: int, call: str) -> list[str]:
    """Names of features; their numbers from 0 where there are none.

    Raises:
        InvalidInputError: not one for each feature.
    """
    if names is None:
        return [f"feature {index}" for index in range(features)]
    if len(names) != features:
        raise InvalidInputError(f"{call}: {len(names)} names for {features} features; pass one for each.")
    return list(map(str, names))


def largest(sizes: Float[np.ndarray, " p"], most: int, call: str) -> list[int]:
    """The features of the largest sizes above 0, the largest first.

    Raises:
        InvalidInputError: most is no whole number of at least 1.
    """
    if isinstance(most, bool) or not isinstance(most, int | np.integer) or most < 1:
        raise InvalidInputError(f"{call}: most = {most!r}; type a whole number from 1.")
    order = np.argsort(-sizes, kind="stable")[:most]
    return [int(index) for index in order if sizes[index] > 0]


def concentration(
    coefficients: Float[np.ndarray, " p"], nouns: tuple[str, str] = ("feature", "features"), size: str = "coefficient"
) -> str:
    """How few of the features, or of what else the nouns say, hold nine tenths of the sum of |coefficient|.

    Example:
        >>> concentration(np.array([5.0, -4.0, 0.5, 0.5, 0.0]))
        '2 of 5 features hold 90 % of Σ|coefficient|'
    """
    sizes = np.sort(np.abs(coefficients))[::-1]
    total = float(sizes.sum())
    if not total:
        return f"all {counted(len(sizes), size)} are 0"
    # A sum that meets nine tenths but for rounding does meet them.
    held = int(np.searchsorted(np.cumsum(sizes), _SHARE * total * (1 - 1e-12))) + 1
    hold = "holds" if held == 1 else "hold"
    return f"{held} of {counted(len(sizes), *nouns)} {hold} {100 * _SHARE:g} % of Σ|{size}|"


def zero_line(ax: Axes, is_upright: bool = False) -> None:
    """A thin line at 0."""
    draw = ax.axvline if is_upright else ax.axhline
    draw(0.0, color=ax.xaxis.label.get_color(), linewidth=0.8, zorder=1, label="_zero")
