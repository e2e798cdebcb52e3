"""E3 of Min et al. 2021: wide random starts are near the invariant set, and end near the minimum-norm solution."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ridgeless import inits
from ridgeless.networks import Dense
from ridgeless.papers import _claims, _curves, _sweeps
from ridgeless.papers._experiments import EQUATIONS, FLOW, Instance, PerSeed, Scores, instances, width_law
from ridgeless.papers.base import Claim, Figure, PaperProgress, Section
from ridgeless.papers.min2021.e2_invariant_set import orthogonality
from ridgeless.verbs.train import train

WIDTHS = np.array([32.0, 128.0, 512.0, 2048.0])
_UNKNOWNS = 24
_EXPERIMENT = 2105063513


@dataclass(frozen=True)
class WideStartRuns:
    """Gradient flow from starts with entries N(0, 1/m).

    Attributes:
        gaps: (seeds, widths) ‖x∞ − A⁺b‖.
        violations: (seeds, widths) (‖N w‖ + ‖N (P_A W)ᵀ‖)/‖N‖ at the start: the distance from the invariant set.
        wide: (seeds,) ‖w∞‖ for infinite width.
    """

    gaps: Scores
    violations: Scores
    wide: PerSeed


def run(seeds: int, progress: PaperProgress) -> WideStartRuns:
    """The trainings of E3."""
    progress("E3: width")
    return WideStartRuns(*_sweeps.over_seeds(_measured, instances(_EXPERIMENT, seeds, _UNKNOWNS)))


def _measured(one: Instance) -> tuple[list[float], list[float], float]:
    gaps, violations = [], []
    for width in WIDTHS:
        network = Dense(hidden=1, width=int(width))
        theta0 = one.start(inits.Gaussian(1.0), network)
        violations.append(orthogonality(one, theta0))
        gaps.append(one.gap(train(one.system, network, theta0, FLOW)))
    return gaps, violations, one.endless_norm()


def section(found: WideStartRuns) -> Section:
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
        claims=_claims_of(found),
    )


def _gap_figure(found: WideStartRuns) -> Figure:
    return Figure(
        "The distance to the minimum-norm solution falls as one over the square root of the width",
        "width m",
        "‖x∞ − A⁺b‖",
        _curves.with_law("trained", WIDTHS, found.gaps, width_law(WIDTHS, _UNKNOWNS, found.wide), "law"),
        "Medians over seeds with 95 % bands. No constant is fitted.",
    )


def _violation_figure(found: WideStartRuns) -> Figure:
    # E‖N w‖² = ‖N‖²·‖w‖²/m with ‖w‖² ≈ 1, and E‖N (P_A W)ᵀ‖² = ‖N‖²·rank(A)·1/m.
    expected = (1 + np.sqrt(EQUATIONS)) / np.sqrt(WIDTHS)
    return Figure(
        "Wide starts are near the invariant set",
        "width m",
        "(‖N w‖ + ‖N (P_A W)ᵀ‖)/‖N‖ at the start",
        _curves.with_law("drawn", WIDTHS, found.violations, expected, "law"),
        "Medians over seeds with 95 % bands. The line is (1 + √n)/√m, with n the number of equations.",
    )


def _claims_of(found: WideStartRuns) -> tuple[Claim, ...]:
    ratio = found.gaps[:, -1] / width_law(WIDTHS, _UNKNOWNS, found.wide)[-1]
    return (
        _claims.slope("slope of log gap against log width", -0.5, WIDTHS, found.gaps, 0.05),
        _claims.median(f"gap over its prediction at width {WIDTHS[-1]:.0f}", 1.0, ratio, 0.15),
        _claims.slope(
            "slope of log distance of the start from the set against log width", -0.5, WIDTHS, found.violations, 0.05
        ),
    )
