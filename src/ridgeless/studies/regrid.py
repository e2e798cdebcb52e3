"""Copying the results of one grid into another: a result is known by its address, wherever it lies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr

Position = tuple[int, ...]


def copy_results(
    stored: xr.Dataset, group: Any, addresses: Mapping[Position, str], clock: str, seconds: tuple[str, ...]
) -> int:
    """Copy every result whose address is asked for to its new position, statuses last.

    Args:
        stored: the results of the old grid.
        group: the arrays of the new one, laid out and empty.
        addresses: of the new grid's cells, by position.
        clock: the group that holds seconds.
        seconds: the names of the variables in it.

    Returns:
        How many were copied.
    """
    old = stored.address.values
    where = {str(old[at]): at for at in np.ndindex(old.shape) if stored.status.values[at] and old[at]}
    moves = [(where[name], at) for at, name in addresses.items() if name in where]
    if not moves:
        return 0
    sources = tuple(np.array(places) for places in zip(*(source for source, _ in moves), strict=True))
    targets = tuple(np.array(places) for places in zip(*(target for _, target in moves), strict=True))
    names = [
        str(name) for name, variable in stored.data_vars.items() if variable.dims[: old.ndim] == stored.address.dims
    ]
    for name in sorted(names, key=lambda name: name == "status"):
        array = group[f"{clock}/{name}" if name in seconds else name]
        values = array[...]
        rows = stored[name].values[sources]
        # An axis beyond the grid, such as that of the unknowns, may have grown.
        values[(*targets, *(slice(size) for size in rows.shape[1:]))] = rows
        array[...] = values
    return len(moves)
