"""Histories of many trainings on one logarithmic grid."""

from __future__ import annotations

import numpy as np

from ridgeless._core.arrays import Vector
from ridgeless.solution import History


def losses_at(history: History | None, at: Vector) -> Vector | None:
    """The losses of a training at given times or steps: straight lines between logarithms; NaN outside its span.

    Times belong to flows that have a time, steps to methods in steps.

    Args:
        history: of a training; a limit has none.
        at: increasing, above 0.

    Example:
        >>> course = History("step", np.array([0.0, 1.0, 100.0]), *[np.array([8.0, 4.0, 1.0])] * 4)
        >>> losses_at(course, np.array([1.0, 10.0, 100.0, 1000.0]))
        array([ 4.,  2.,  1., nan])
    """
    if history is None:
        return None
    known = (history.at > 0) & np.isfinite(history.loss)
    if not known.any():
        return np.full(len(at), np.nan)
    smallest = np.finfo(float).tiny
    logs = np.log(np.maximum(history.loss[known], smallest))
    found = np.exp(np.interp(np.log(at), np.log(history.at[known]), logs, left=np.nan, right=np.nan))
    return np.where(found <= 2 * smallest, 0.0, found)
