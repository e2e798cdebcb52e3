"""Validation of the numerical fields of a penalty: one number for all coordinates, or one for each."""

from __future__ import annotations

from typing import Any

import numpy as np

from ridgeless._core.arrays import finite_array
from ridgeless.errors import InvalidInputError


def keep_weights(penalty: Any, *names: str) -> None:
    """Replace fields of a frozen penalty by floats or (d,) arrays of their own, which must be positive.

    Raises:
        InvalidInputError: an entry is not above 0, or there are more axes than one.
    """
    call = f"penalties.{type(penalty).__name__}"
    for name in names:
        weights = number_or_vector(getattr(penalty, name), call, name)
        if not np.all(np.asarray(weights) > 0):
            raise InvalidInputError(f"{call}: {name} = {getattr(penalty, name)!r}; type numbers above 0.")
        object.__setattr__(penalty, name, weights)


def number_or_vector(value: Any, call: str, name: str) -> float | np.ndarray:
    """A finite number as a float, or a vector of them as an array of its own."""
    given = np.asarray(value)
    checked = finite_array(np.atleast_1d(given), call, name, ndim=1)
    return checked if given.ndim else float(checked[0])
