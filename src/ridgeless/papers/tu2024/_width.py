"""The figure of how a miss falls with the width of the layers."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from ridgeless.papers import _curves
from ridgeless.papers._experiments import Scores
from ridgeless.papers._text import short
from ridgeless.papers.base import Figure, Points


def width_figure(families: Iterable[tuple[float, Points, Scores]], y_label: str, drawn: str) -> Figure:
    """Misses against the width m, beside lines of the slope −1/2 through the last mark.

    Args:
        families: c, the widths, and the misses over (seeds, widths), of each.
        y_label: what the misses are.
        drawn: what the medians are taken over.
    """
    curves = []
    for c, widths, misses in families:
        law = np.median(misses[:, -1]) * np.sqrt(widths[-1] / widths)
        curves += _curves.with_law(f"c = {short(c)}", widths, misses, law, f"m^(−1/2), c = {c}")
    return Figure(
        "The miss falls with the width",
        "width m",
        y_label,
        tuple(curves),
        f"Medians over {drawn} with 95 % bands. The lines have the slope that is predicted, through the last mark.",
    )
