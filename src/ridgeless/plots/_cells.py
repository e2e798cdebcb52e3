"""Cells of colours on axes that may be drawn on again: an earlier map makes room for a later one."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float
from matplotlib.artist import Artist
from matplotlib.axes import Axes

_OURS = "ridgeless diagram"


def mark(artist: Artist) -> None:
    """What a later map on the same axes takes away."""
    artist.set_gid(_OURS)


def clear(ax: Axes) -> None:
    """Take away an earlier map, with its bar of colours."""
    for artist in [*ax.collections, *ax.images, *ax.lines, *ax.texts]:
        if artist.get_gid() == _OURS:
            bar = getattr(artist, "colorbar", None)
            if bar is not None:
                bar.remove()
            artist.remove()


def edges(at: Float[np.ndarray, " cells"]) -> Float[np.ndarray, " edges"]:
    """The edges between neighbours, and as far beyond the first and the last.

    Example:
        >>> edges(np.array([1.0, 2.0, 4.0]))
        array([0.5, 1.5, 3. , 5. ])
    """
    if len(at) == 1:
        return np.array([at[0] - 0.5, at[0] + 0.5])
    middles = (at[1:] + at[:-1]) / 2
    return np.concatenate([[2 * at[0] - middles[0]], middles, [2 * at[-1] - middles[-1]]])
