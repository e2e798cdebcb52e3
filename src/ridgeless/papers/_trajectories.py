"""Gradient flow of two-layer diagonal networks along time, at starts as small as 1e-160.

The p = u + v and m = u − v of x = u∘v obey p' = −(g + λ)p and m' = (g − λ)m, with g the gradient in x and λ a weight
decay. Hence x = ¼(p₀²·exp(2z − 2λt) − m₀²·exp(−2z − 2λt)) with z = Aᵀν and ν' = b − A x: n equations, in logarithms.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from scipy.integrate import solve_ivp

from ridgeless._core.arrays import Dual, Vector
from ridgeless.papers.base import Points
from ridgeless.systems import LinearSystem

_RELATIVE, _ABSOLUTE = 1e-8, 1e-9
# Beyond so many times the size of a solution an exponential is continued by its tangent: trial steps stay finite.
_MOST_GROWTH = 1e3


@dataclass(frozen=True)
class Branches:
    """x = exp(plus + rate·(z − λt)) − exp(minus − rate·(z + λt)), entry by entry.

    Attributes:
        plus: (d,) logarithm of the positive branch at the start; −∞ where there is none.
        minus: (d,) that of the negative branch.
        rate: of both exponentials.
        decay: λ.
    """

    plus: Vector
    minus: Vector
    rate: float
    decay: float = 0.0


@dataclass(frozen=True)
class Trajectory:
    """Gradient flow at the times asked for.

    Attributes:
        at: (k,) times.
        x: (k, d).
        mean: (k, d) (1/t)∫₀ᵗ x; 0 at t = 0.
        crossed: (levels,) the time at which the loss falls to each of the levels asked for; NaN where it does not.
    """

    at: Points
    x: Float[np.ndarray, "k d"]
    mean: Float[np.ndarray, "k d"]
    crossed: Float[np.ndarray, " levels"]


def product(log_start: float, unknowns: int, decay: float = 0.0) -> Branches:
    """x = u∘v from u = exp(log_start) and v = 0, with the weight decay λ(‖u‖² + ‖v‖²)/2.

    Example:
        >>> product(np.log(2.0), 1).plus
        array([0.])
    """
    level = np.full(unknowns, 2 * log_start - np.log(4.0))
    return Branches(level, level, 2.0, decay)


def square(log_start: float, unknowns: int) -> Branches:
    """x = u∘u from u = exp(log_start): u' = −2g·u, so that x = u₀²·exp(4z)."""
    return Branches(np.full(unknowns, 2 * log_start), np.full(unknowns, -np.inf), 4.0)


def flow(system: LinearSystem, branches: Branches, times: Points, levels: Sequence[float] = ()) -> Trajectory:
    """Integrate ν' = b − A x(ν, t), and ∫x with it, by an implicit method with its Jacobian.

    Args:
        system: A x = b.
        branches: the network and its start.
        times: increasing, above 0.
        levels: values of the loss ½‖A x − b‖² whose times are wanted.
    """
    A, b = np.asarray(system.A), system.b
    count, unknowns = A.shape
    cap = np.log(_MOST_GROWTH * (1 + float(np.abs(system.min_norm()).sum())))

    def parts(t: float, nu: Dual) -> tuple[Vector, Vector]:
        z = A.T @ nu
        up, up_slope = _exponential(branches.plus + branches.rate * (z - branches.decay * t), cap)
        down, down_slope = _exponential(branches.minus - branches.rate * (z + branches.decay * t), cap)
        return up - down, branches.rate * (up_slope + down_slope)

    def velocity(t: float, state: Vector) -> Vector:
        x, _ = parts(t, state[:count])
        return np.concatenate([b - A @ x, x])

    def jacobian(t: float, state: Vector) -> np.ndarray:
        _, slope = parts(t, state[:count])
        moved = slope[:, None] * A.T
        return np.block([[-A @ moved, np.zeros((count, unknowns))], [moved, np.zeros((unknowns, unknowns))]])

    def fall_to(level: float) -> Callable[[float, Vector], float]:
        return lambda t, state: float(0.5 * np.sum((A @ parts(t, state[:count])[0] - b) ** 2) - level)

    solved = solve_ivp(
        velocity,
        (0.0, float(times[-1])),
        np.zeros(count + unknowns),
        method="BDF",
        t_eval=times,
        jac=jacobian,
        rtol=_RELATIVE,
        atol=_ABSOLUTE,
        events=[fall_to(level) for level in levels] or None,
    )
    x = np.array([parts(t, state)[0] for t, state in zip(solved.t, solved.y[:count].T, strict=True)])
    crossed = [float(found[0]) if len(found) else np.nan for found in (solved.t_events or ())]
    return Trajectory(solved.t, x, solved.y[count:].T / solved.t[:, None], np.array(crossed))


def _exponential(power: Vector, cap: float) -> tuple[Vector, Vector]:
    """exp(power) and its derivative, continued beyond the cap by the tangent."""
    value = np.exp(np.minimum(power, cap))
    return value * (1 + np.maximum(power - cap, 0.0)), value
