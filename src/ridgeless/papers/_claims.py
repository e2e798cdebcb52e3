"""Claims over random instances: the median, the worst, the mean or the count that must come out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
from jaxtyping import Bool, Float

from ridgeless.papers._experiments import PerSeed, Scores
from ridgeless.papers.base import Claim, Points, confidence
from ridgeless.papers.base import slope as slope_of

# 95 % of a Gaussian lie within so many standard deviations.
_GAUSSIAN = 1.96


def median(
    statement: str,
    expected: float,
    values: Sequence[float] | Points,
    tolerance: float,
    sense: Literal["near", "at least", "at most"] = "near",
) -> Claim:
    """The median over seeds must lie within the tolerance, or on its side of a bound."""
    points = np.asarray(values, dtype=float)
    return Claim(statement, expected, float(np.median(points)), tolerance, confidence(points), sense)


def slope(statement: str, expected: float, x: Points | Scores, scores: Scores, tolerance: float) -> Claim:
    """The median over seeds of the slope of log score against log x must lie within the tolerance."""
    return median(statement, expected, slopes(x, scores), tolerance)


def slopes(x: Points | Scores, scores: Scores) -> PerSeed:
    """The slope of log score against log x for each seed."""
    return np.array([slope_of(each, row) for each, row in zip(np.broadcast_to(x, scores.shape), scores, strict=True)])


def worst(statement: str, errors: Sequence[float] | Float[np.ndarray, "..."], tolerance: float) -> Claim:
    """The largest error over seeds must lie within the tolerance of 0."""
    return Claim(statement, 0.0, float(np.max(np.asarray(errors, dtype=float))), tolerance)


def mean(statement: str, expected: float, values: PerSeed, error: float) -> Claim:
    """The mean must lie within three of its standard errors, which theory gives; their Gaussian makes the band."""
    found, told = float(np.mean(values)), f"mean over {len(values)}, within three standard errors"
    band = (found - _GAUSSIAN * error, found + _GAUSSIAN * error)
    return Claim(f"{statement}: {told}", expected, found, 3 * error, band)


def least(statement: str, bound: float, values: Sequence[float] | Points) -> Claim:
    """Every seed must reach the bound."""
    return Claim(f"{statement}, least over seeds", bound, float(np.min(np.asarray(values))), sense="at least")


def count(statement: str, holds: Bool[np.ndarray, " seeds"], fewest: int | None = None) -> Claim:
    """So many of the seeds must do so: all of them, unless fewer are asked for."""
    total, found = len(holds), float(np.sum(holds))
    if fewest is None:
        return Claim(f"{statement}: all of {total}", float(total), found)
    return Claim(f"{statement}: at least {fewest} of {total}", float(fewest), found, sense="at least")
