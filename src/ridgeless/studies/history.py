"""Histories of many trainings on one logarithmic grid."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from ridgeless._core.arrays import Vector
from ridgeless.solution import History

Marks = Float[np.ndarray, " marks"]


def course_at(history: History | None, what: str, at: Vector) -> Vector | None:
    """A number of a training at given times or steps: straight lines between logarithms; NaN outside its span.

    Times belong to flows that have a time, steps to methods in steps.

    Args:
        history: of a training; a limit has none.
        what: "loss", "l1_norm" or "l2_norm".
        at: increasing, above 0.

    Example:
        >>> course = History("step", np.array([0.0, 1.0, 100.0]), *[np.array([8.0, 4.0, 1.0])] * 4)
        >>> course_at(course, "loss", np.array([1.0, 10.0, 100.0, 1000.0]))
        array([ 4.,  2.,  1., nan])
    """
    if history is None:
        return None
    smallest = np.finfo(float).tiny
    values = np.asarray(getattr(history, what))
    with np.errstate(invalid="ignore"):
        logs = np.log(np.maximum(values, smallest))
    found = np.exp(between(history.at, logs, at))
    return np.where(found <= 2 * smallest, 0.0, found)


def between(known_at: Marks, values: Marks, at: Vector) -> Vector:
    """Values at given times or steps, by straight lines over the logarithm of time; NaN outside of what is known.

    Args:
        known_at: increasing.
        values: those that are not finite are left out, and so is what was at 0.
        at: increasing, above 0.

    Example:
        >>> between(np.array([0.0, 1.0, 100.0]), np.array([9.0, 1.0, 3.0]), np.array([1.0, 10.0, 1000.0]))
        array([ 1.,  2., nan])
    """
    known = (known_at > 0) & np.isfinite(values)
    if not known.any():
        return np.full(len(at), np.nan)
    return np.interp(np.log(at), np.log(known_at[known]), values[known], left=np.nan, right=np.nan)
