"""Algorithm 1 of Pesme and Flammarion 2023, for the loss ½‖A x − b‖²."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from scipy.optimize import lsq_linear

from ridgeless._core.arrays import Dual, Matrix, Vector
from ridgeless.papers.base import Points

# What is at its edge, or zero, up to the rounding of a recursion of some hundred steps.
_ROUNDING = 1e-9
_MOST_JUMPS = 10_000
Corners = Float[np.ndarray, " corners"]


@dataclass(frozen=True)
class Saddles:
    """The saddles that training visits.

    Attributes:
        at: (k,) jump times in units of log(1/α); 0 for the first saddle, x = 0.
        points: (k, d) the saddles.
    """

    at: Points
    points: Float[np.ndarray, "k d"]


def successive_saddles(A: Matrix, b: Dual) -> Saddles:
    """The recursion: s = ∫Aᵀ(b − A x) moves while x rests; where |s_i| reaches 1, x_i may leave 0.

    The next saddle minimises ½‖A x − b‖² with x_i ≥ 0 where s_i = 1, x_i ≤ 0 where s_i = −1, and x_i = 0 elsewhere.

    Example:
        >>> found = successive_saddles(np.array([[1.0, 2.0]]), np.array([2.0]))
        >>> found.at, found.points.round(12)
        (array([0.  , 0.25]), array([[0., 0.],
               [0., 1.]]))
    """
    pulled = np.zeros(A.shape[1])
    at, points = [0.0], [np.zeros(A.shape[1])]
    largest = float(np.abs(A.T @ b).max())
    while len(at) <= _MOST_JUMPS:
        speed = A.T @ (b - A @ points[-1])
        if np.abs(speed).max() <= _ROUNDING * largest:
            break
        wait, first = _next_arrival(pulled, np.where(np.abs(speed) <= _ROUNDING * largest, 0.0, speed))
        pulled = pulled + wait * speed
        pulled[first] = np.sign(speed[first])
        at.append(at[-1] + wait)
        points.append(_constrained_fit(A, b, pulled))
    return Saddles(np.array(at), np.array(points))


def staircase(at: Points, heights: Points, end: float) -> tuple[Corners, Corners]:
    """The corners of a function that has each height from its time on, up to the next one's or the end.

    Example:
        >>> staircase(np.array([0.0, 1.0]), np.array([5.0, 3.0]), 2.0)
        (array([0., 1., 1., 2.]), array([5., 5., 3., 3.]))
    """
    return np.append(np.repeat(at, 2)[1:], end), np.repeat(heights, 2)


def _next_arrival(pulled: Vector, speed: Vector) -> tuple[float, int]:
    """When the first coordinate reaches an edge that it moves to, and which."""
    with np.errstate(divide="ignore", invalid="ignore"):
        waits = (np.sign(speed) - pulled) / speed
    is_moving = (speed != 0) & (np.sign(speed) * pulled < 1 - _ROUNDING)
    waits = np.where(is_moving, waits, np.inf)
    first = int(np.argmin(waits))
    return float(waits[first]), first


def _constrained_fit(A: Matrix, b: Dual, pulled: Vector) -> Vector:
    """The least-squares fit on the coordinates at their edges, each on its own side of 0."""
    free = np.flatnonzero(np.abs(pulled) >= 1 - _ROUNDING)
    signs = np.sign(pulled[free])
    fit = lsq_linear(A[:, free] * signs, b, bounds=(0.0, np.inf), method="bvls", tol=1e-14)
    x = np.zeros(A.shape[1])
    x[free] = signs * fit.x
    return x
