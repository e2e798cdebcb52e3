"""E1 of Woodworth et al. 2020: the potential that training minimises, at every scale and depth (Theorems 1 and 4)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ridgeless import inits
from ridgeless._core.arrays import Vector, norm
from ridgeless.networks import Difference
from ridgeless.papers import _claims, _curves, _sweeps
from ridgeless.papers._experiments import EQUATIONS, Instance, Scores, arrived, instances
from ridgeless.papers.base import Budget, Claim, Figure, PaperProgress, Section
from ridgeless.systems import LinearSystem
from ridgeless.verbs.limit import limit

SCALES = np.array([0.1, 0.3, 1.0, 3.0])
_UNKNOWNS = 15
_TOLERANCE = 1e-10
_EXPERIMENT = 200209277


@dataclass(frozen=True)
class Trained:
    """Gradient flow in the weights of one depth.

    Attributes:
        depth: D.
        stationarity: (seeds, scales) ‖P_N ∇Q(x∞)‖/‖∇Q(x∞)‖ with the paper's Q.
        misses: (seeds, scales) ‖x∞ − limit‖/‖limit‖, with the limit computed without training.
        norms: (seeds, scales) ‖x∞‖₁.
        exact: (seeds, scales) ‖limit‖₁.
    """

    depth: int
    stationarity: Scores
    misses: Scores
    norms: Scores
    exact: Scores


def potential_gradient(x: Vector, scale: float, depth: int) -> Vector:
    """∇Q(x) for Q(x) = Σ α^D·q(x_i/α^D), up to a factor: q' is asinh(z/2) at D = 2, and h⁻¹(z) from D = 3 on.

    h(s) = (1 − s)^(−D/(D−2)) − (1 + s)^(−D/(D−2)) on (−1, 1), inverted by bisection.

    Example:
        >>> potential_gradient(np.array([0.0, 2.0]), 1.0, 2).round(6)
        array([0.      , 0.881374])
        >>> potential_gradient(np.array([8.0 - 8.0 / 27.0]), 1.0, 3).round(6)
        array([0.5])
    """
    z = x / scale**depth
    if depth == 2:
        return np.arcsinh(z / 2)
    power, low, high = -depth / (depth - 2), -np.ones_like(z), np.ones_like(z)
    for _ in range(60):
        middle = (low + high) / 2
        is_below = (1 - middle) ** power - (1 + middle) ** power < z
        low, high = np.where(is_below, middle, low), np.where(is_below, high, middle)
    return (low + high) / 2


def stationarity(system: LinearSystem, x: Vector, scale: float, depth: int) -> float:
    """‖P_N ∇Q(x)‖/‖∇Q(x)‖: 0 where x minimises Q over A x = b, and nowhere else, for Q is strictly convex."""
    pull = potential_gradient(x, scale, depth)
    return norm(system.project_null(pull)) / norm(pull)


def run(budget: Budget, progress: PaperProgress) -> list[Trained]:
    """The trainings of E1."""
    depths = budget.choose(seconds=(2,), minutes=(2, 3, 4, 5), cluster=(2, 3, 4, 5))
    drawn = instances(_EXPERIMENT, budget.seeds, _UNKNOWNS)
    return [
        Trained(depth, *_sweeps.over_grid(lambda one, scale, depth=depth: _measured(one, scale, depth), drawn, SCALES))
        for depth in _sweeps.announced(progress, "E1: potentials, D = {}", depths)
    ]


def _measured(one: Instance, scale: float, depth: int) -> tuple[float, float, float, float]:
    network, init = Difference(depth), inits.Constant(float(scale))
    found = one.trained_in_full(network, one.start(init, network), _TOLERANCE)
    exact = limit(one.system, network, init)
    there = arrived(found) * arrived(exact)
    stationary = there * stationarity(one.system, found.x, float(scale), depth)
    miss = there * norm(found.x - exact.x) / norm(exact.x)
    return stationary, miss, there * float(np.abs(found.x).sum()), float(np.abs(exact.x).sum())


def section(found: list[Trained]) -> Section:
    """E1."""
    seeds, depths = len(found[0].misses), ", ".join(str(one.depth) for one in found)
    return Section(
        "E1",
        "What does training minimise, from a start at any scale and at any depth?",
        f"x = u^D − v^D entry by entry, from u = v = α, for D = {depths}, on {seeds} Gaussian systems of {EQUATIONS} "
        f"equations in {_UNKNOWNS} unknowns with ‖A⁺b‖ = 1. By Theorems 1 and 4 gradient flow ends at the solution of "
        "least Q(x) = Σ α^D·q(x_i/α^D), with q'(z) = asinh(z/2) for D = 2, and with q' the inverse of h(s) = "
        "(1 − s)^(−D/(D−2)) − (1 + s)^(−D/(D−2)) from D = 3 on. All weights are trained. The end is put into the "
        "gradient of the paper's Q, typed from the paper, and is compared with the limit that is computed without "
        "training.",
        (_figure(found),),
        claims=tuple(claim for one in found for claim in _claims_of(one)),
    )


def _figure(found: list[Trained]) -> Figure:
    return Figure(
        "The smaller the scale, the smaller the ℓ1 norm",
        "scale α",
        "‖x∞‖₁",
        _curves.with_laws(
            (f"D = {one.depth}", SCALES, one.norms, one.exact, f"limit, D = {one.depth}") for one in found
        ),
        "Medians over seeds with 95 % bands, which are those of the systems: marks are trained in the weights, lines "
        "are limits computed without training.",
        y_scale="linear",
    )


def _claims_of(one: Trained) -> tuple[Claim, ...]:
    return (
        _claims.worst(f"‖P_N ∇Q‖/‖∇Q‖ at the end of training, D = {one.depth}", one.stationarity, 1e-8),
        _claims.worst(f"‖trained − limit‖/‖limit‖, D = {one.depth}", one.misses, 1e-8),
    )
