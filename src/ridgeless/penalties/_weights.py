"""Validation of the numerical fields of a penalty: one number for all coordinates, or one for each."""

from __future__ import annotations

from typing import Any

import numpy as np

from ridgeless._core.arrays import finite_array
from ridgeless.errors import InvalidInputError


def keep_weights(penalty: Any, *names: str) -> None:
    """The fields of a frozen penalty as floats or (d,) arrays of their own.

    Raises:
        InvalidInputError: an entry is not above 0, or there are more axes than one.
    """
    call = f"penalties.{type(penalty).__name__}"
    for name in names:
        given = np.asarray(getattr(penalty, name))
        checked = finite_array(np.atleast_1d(given), call, name, ndim=1)
        if not np.all(checked > 0):
            raise InvalidInputError(f"{call}: {name} = {getattr(penalty, name)!r}; type numbers above 0.")
        object.__setattr__(penalty, name, checked if given.ndim else float(checked[0]))
