"""Histories of many trainings on one logarithmic grid."""

from __future__ import annotations

import numpy as np

from ridgeless._core.arrays import Vector
from ridgeless.solution import History


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
    values = np.asarray(getattr(history, what))
    known = (history.at > 0) & np.isfinite(values)
    if not known.any():
        return np.full(len(at), np.nan)
    smallest = np.finfo(float).tiny
    logs = np.log(np.maximum(values[known], smallest))
    found = np.exp(np.interp(np.log(at), np.log(history.at[known]), logs, left=np.nan, right=np.nan))
    return np.where(found <= 2 * smallest, 0.0, found)
