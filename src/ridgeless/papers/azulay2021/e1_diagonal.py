"""E1 of Azulay et al. 2021: what training of the diagonal network with two branches minimises."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from scipy.optimize import minimize_scalar

from ridgeless import inits
from ridgeless._core.arrays import Vector, norm
from ridgeless.flows import Run
from ridgeless.networks import TwoBranch
from ridgeless.papers import _claims, _curves
from ridgeless.papers._experiments import EQUATIONS, Instance, arrived, instances
from ridgeless.papers._text import short
from ridgeless.papers.base import Claim, Figure, PaperProgress, Points, Section
from ridgeless.systems import LinearSystem

SCALES = (0.01, 0.1)
SHAPES = (0.0, 0.5, 0.95)
# The kernel regime, reached by shape alone: k of starts whose scale stays at the smaller of the two.
REACHED = np.geomspace(0.3, 100.0, 6)
_UNKNOWNS = 20
_NETWORK = TwoBranch(2)
_TOLERANCE = 1e-10
_EXPERIMENT = 210209769


@dataclass(frozen=True)
class BranchRuns:
    """Gradient flow of the two-branch network, from starts of many scales and shapes.

    Attributes:
        stationarity: (seeds, starts) ‖P_N ∇Σq_k(x∞)‖/‖∇Σq_k(x∞)‖, at the k of the start.
        measured: (seeds, starts) the k that makes this smallest.
        distances: (seeds, reached) ‖x∞ − A⁺b‖ at each k of `REACHED`.
        law: (seeds, reached) (2/3)·‖P_N (A⁺b)³‖/k², its leading order for large k.
    """

    stationarity: Float[np.ndarray, "seeds starts"]
    measured: Float[np.ndarray, "seeds starts"]
    distances: Float[np.ndarray, "seeds reached"]
    law: Float[np.ndarray, "seeds reached"]


def strength(scale: float, shape: float) -> float:
    """k = 2(u₀² + v₀²) = 4α(1 + s²)/(1 − s²).

    Example:
        >>> strength(0.1, 0.0)
        0.4
    """
    return 4 * scale * (1 + shape**2) / (1 - shape**2)


def shape_of(scale: float, k: float) -> float:
    """The shape that gives a start of this scale this k ≥ 4α.

    Example:
        >>> round(strength(0.1, shape_of(0.1, 7.0)), 12)
        7.0
    """
    return float(np.sqrt((k - 4 * scale) / (k + 4 * scale)))


def gradient(x: Vector, k: float) -> Vector:
    """∇Σq_k, from q_k(x) = (k/4)[1 − √(1 + 4x²/k²) + (2x/k)·asinh(2x/k)]."""
    return np.arcsinh(2 * x / k) / 2


def run(seeds: int, progress: PaperProgress) -> BranchRuns:
    """The trainings of E1."""
    rows = []
    for number, one in enumerate(instances(_EXPERIMENT, seeds, _UNKNOWNS), start=1):
        progress(f"E1: two branches, system {number} of {seeds}")
        stationary, measured = zip(*(_start(one, scale, shape) for scale, shape in starts()), strict=True)
        cube = norm(one.system.project_null(one.system.min_norm() ** 3))
        distances = [one.gap(_trained(one, SCALES[0], shape_of(SCALES[0], k))) for k in REACHED]
        rows.append((stationary, measured, distances, 2 / 3 * cube / REACHED**2))
    return BranchRuns(*(np.array(column) for column in zip(*rows, strict=True)))


def starts() -> list[tuple[float, float]]:
    """Every scale with every shape."""
    return [(scale, shape) for scale in SCALES for shape in SHAPES]


def _trained(one: Instance, scale: float, shape: float) -> Run:
    theta0 = one.start(inits.Imbalanced(scale, shape), _NETWORK)
    return one.trained_in_full(_NETWORK, theta0, _TOLERANCE)


def _start(one: Instance, scale: float, shape: float) -> tuple[float, float]:
    found = _trained(one, scale, shape)
    there = arrived(found)
    return there * stationarity(one.system, found.x, strength(scale, shape)), there * fitted(one.system, found.x)


def stationarity(system: LinearSystem, x: Vector, k: float) -> float:
    """‖P_N ∇Σq_k(x)‖/‖∇Σq_k(x)‖: 0 where x minimises Σq_k over A x = b, and nowhere else, for q_k is convex."""
    pull = gradient(x, k)
    return norm(system.project_null(pull)) / norm(pull)


def fitted(system: LinearSystem, x: Vector) -> float:
    """The k whose Σq_k an x of unknown origin comes nearest to minimising."""
    found = minimize_scalar(
        lambda log_k: stationarity(system, x, float(np.exp(log_k))) ** 2,
        bounds=(np.log(1e-4), np.log(1e4)),
        options={"xatol": 1e-12},
    )
    return float(np.exp(found.x))


def section(found: BranchRuns) -> Section:
    """E1."""
    seeds = len(found.measured)
    expected = np.array([strength(*start) for start in starts()])
    order = np.argsort(expected)
    return Section(
        "E1",
        "What does training of a diagonal network minimise, when its layers start at different sizes?",
        f"x = u₊v₊ − u₋v₋, entry by entry, on {seeds} Gaussian systems of {EQUATIONS} equations in {_UNKNOWNS} "
        "unknowns with ‖A⁺b‖ = 1. Both branches start alike, with |u₀v₀| = α and |u₀/v₀| = (1 − s)/(1 + s), so that "
        "x starts at 0. By the paper training ends at the solution of least Σq_k(x_i), with q_k(x) = (k/4)[1 − √(1 + "
        "4x²/k²) + (2x/k)·asinh(2x/k)] and k = 4α(1 + s²)/(1 − s²): near ‖x‖₁ for small k (rich regime), near ‖x‖₂² "
        "for large k (kernel regime). All weights are trained by gradient flow, and k is then read off the solution "
        "that was found, as the one whose q_k it minimises. A shape near 1 makes k large at any scale: with α = "
        f"{short(SCALES[0])} throughout, the distance to the minimum-norm solution falls as 1/k².",
        (_strength_figure(found, expected[order], order), _kernel_figure(found)),
        claims=_claims_of(found, expected),
    )


def _strength_figure(found: BranchRuns, expected: Points, order: np.ndarray) -> Figure:
    return Figure(
        "Scale and shape enter through one number",
        "k = 4α(1 + s²)/(1 − s²)",
        "k that the trained x minimises for",
        _curves.with_law("trained", expected, found.measured[:, order], expected, "law"),
        f"α = {' and '.join(short(scale) for scale in SCALES)}, s = {', '.join(short(shape) for shape in SHAPES)}; "
        "medians over seeds with 95 % bands, which are narrower than the marks.",
    )


def _kernel_figure(found: BranchRuns) -> Figure:
    return Figure(
        "Shape alone leads into the kernel regime",
        f"k, by shape at α = {short(SCALES[0])}",
        "‖x∞ − A⁺b‖",
        _curves.with_law("trained", REACHED, found.distances, found.law, "law for large k"),
        "Medians over seeds with 95 % bands. The line is the leading order for large k, (2/3)·‖P_N (A⁺b)³‖/k² with "
        "the cube taken entry by entry; no constant is fitted.",
    )


def _claims_of(found: BranchRuns, expected: Points) -> tuple[Claim, ...]:
    ratios = found.distances[:, -1] / found.law[:, -1]
    return (
        _claims.worst("‖P_N ∇Σq_k‖/‖∇Σq_k‖ at the end of training", found.stationarity, 1e-8),
        _claims.worst(
            "k read off the solution over 4α(1 + s²)/(1 − s²), less 1",
            np.abs(found.measured / expected - 1),
            1e-5,
        ),
        _claims.slope(
            "slope of log ‖x∞ − A⁺b‖ against log k, large k", -2.0, REACHED[-3:], found.distances[:, -3:], 0.02
        ),
        _claims.median("‖x∞ − A⁺b‖ over its leading order, largest k", 1.0, ratios, 0.01),
    )
