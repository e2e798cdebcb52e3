"""E3 of Min et al. 2021: wide random starts are near the invariant set, and end near the shortest solution."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import chi2

from ridgeless import inits
from ridgeless._core.arrays import norm
from ridgeless.networks import Dense, Theta
from ridgeless.papers._experiments import (
    EQUATIONS,
    FLOW,
    Instance,
    PerSeed,
    Scores,
    gap,
    infinitely_wide,
    instances,
    median_claim,
    median_curve,
    predicted_curve,
)
from ridgeless.papers.base import Claim, Figure, Points, Progress, Section, slope
from ridgeless.papers.min2021.e2_invariant_set import orthogonality
from ridgeless.verbs.train import train

WIDTHS = np.array([32.0, 128.0, 512.0, 2048.0])
_UNKNOWNS = 24
_EXPERIMENT = 2105063513


@dataclass(frozen=True)
class Widths:
    """Gradient flow from starts with entries N(0, 1/m).

    Attributes:
        gaps: (seeds, widths) ‖x∞ − A⁺b‖.
        violations: (seeds, widths) (‖N w‖ + ‖N (P_A W)ᵀ‖)/‖N‖ at the start: the distance from the invariant set.
        wide: (seeds,) ‖w∞‖ for infinite width.
    """

    gaps: Scores
    violations: Scores
    wide: PerSeed


def run_section(seeds: int, progress: Progress) -> Section:
    """E3, computed."""
    return section(run(seeds, progress))


def run(seeds: int, progress: Progress) -> Widths:
    """The trainings of E3."""
    progress("E3: width")
    rows = [_one(one) for one in instances(_EXPERIMENT, seeds, _UNKNOWNS)]
    return Widths(*(np.array(column) for column in zip(*rows, strict=True)))


def _one(one: Instance) -> tuple[list[float], list[float], float]:
    gaps, violations = [], []
    for width in WIDTHS:
        network = Dense(hidden=1, width=int(width))
        theta0 = inits.Gaussian(1.0)(network, one.system, one.seed)
        violations.append(orthogonality(one, theta0))
        gaps.append(gap(one.system, train(one.system, network, theta0, FLOW)))
    endless: Theta = train(one.system, Dense(hidden=1), infinitely_wide(_UNKNOWNS), FLOW).theta or {}
    return gaps, violations, norm(endless["w"])


def section(found: Widths) -> Section:
    """E3."""
    seeds = len(found.gaps)
    return Section(
        "E3",
        "How near the minimum-norm solution does a wide random start end?",
        f"One hidden layer of width {WIDTHS[0]:.0f} to {WIDTHS[-1]:.0f}, all weights N(0, 1/m), on {seeds} Gaussian "
        f"systems of {EQUATIONS} equations in {_UNKNOWNS} unknowns with ‖A⁺b‖ = 1. N w and N (P_A W)ᵀ, which vanish in "
        "the invariant set are sums of m independent terms of variance 1/m²: a wide start is within a multiple of "
        "1/√m of the set, the distance is kept, and so the gap is of that order too. The gap has a constant that is "
        "known: P_N W is Gaussian and independent of all that moves, so that the median gap is ‖w∞‖·√(median χ²/m), "
        "with ‖w∞‖ from one training of the infinitely wide layer.",
        (_gap_figure(found), _violation_figure(found)),
        claims=_claims(found),
    )


def law(found: Widths) -> Points:
    """‖w∞‖·√(median χ²/m), with as many degrees of freedom as the null space has."""
    return float(np.sqrt(chi2.median(_UNKNOWNS - EQUATIONS))) * float(np.median(found.wide)) / np.sqrt(WIDTHS)


def _gap_figure(found: Widths) -> Figure:
    return Figure(
        "The distance to the minimum-norm solution falls as one over the square root of the width",
        "width m",
        "‖x∞ − A⁺b‖",
        (median_curve("trained", WIDTHS, found.gaps), predicted_curve("law", WIDTHS, law(found))),
        "Medians over seeds with 95 % bands. No constant is fitted.",
    )


def _violation_figure(found: Widths) -> Figure:
    # E‖N w‖² = ‖N‖²·‖w‖²/m with ‖w‖² ≈ 1, and E‖N (P_A W)ᵀ‖² = ‖N‖²·rank(A)·1/m.
    expected = (1 + np.sqrt(EQUATIONS)) / np.sqrt(WIDTHS)
    return Figure(
        "Wide starts are near the invariant set",
        "width m",
        "(‖N w‖ + ‖N (P_A W)ᵀ‖)/‖N‖ at the start",
        (median_curve("drawn", WIDTHS, found.violations), predicted_curve("law", WIDTHS, expected)),
        "Medians over seeds with 95 % bands. The line is (1 + √n)/√m, with n the number of equations.",
    )


def _claims(found: Widths) -> tuple[Claim, ...]:
    slopes = np.array([slope(WIDTHS, row) for row in found.gaps])
    nearer = np.array([slope(WIDTHS, row) for row in found.violations])
    ratio = found.gaps[:, -1] / law(found)[-1]
    return (
        median_claim("slope of log gap against log width", -0.5, slopes, 0.05),
        median_claim(f"gap over its prediction at width {WIDTHS[-1]:.0f}", 1.0, ratio, 0.15),
        median_claim("slope of log distance of the start from the set against log width", -0.5, nearer, 0.05),
    )
