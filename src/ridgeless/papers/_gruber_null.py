"""E2 and E5: the gap against the part of W_1 that the equations never see, and against the width."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.stats import chi2

from ridgeless import inits
from ridgeless.arrays import norm
from ridgeless.networks import Dense, Theta
from ridgeless.papers._gruber_common import (
    EQUATIONS,
    FLOW,
    Instance,
    Scores,
    dense,
    gap,
    instances,
    median_claim,
    median_curve,
    null_part,
    predicted_curve,
    rest,
    short,
    trained_in_full,
    worst_claim,
)
from ridgeless.papers.base import Figure, Points, Progress, Section, slope
from ridgeless.verbs import train

FACTORS = np.geomspace(1e-3, 10.0, 5)
WIDTHS = np.array([16, 48, 144, 432, 1296])
# More of a null space than elsewhere: the gap then varies less from seed to seed.
WIDE_UNKNOWNS = 24
_HIDDEN = 2
_TOLERANCE = 1e-11


@dataclass(frozen=True)
class NullRuns:
    """Gradient flow with P_N W_1(0) multiplied by each of `FACTORS`.

    Attributes:
        sizes: (seeds, factors) ‖P_N W_1(0)‖.
        gaps: (seeds, factors) ‖x∞ − A⁺b‖.
        identity: (seeds, factors) ‖x∞ − A⁺b − P_N W_1(0) q∞‖/‖A⁺b‖.
        predicted: (seeds, factors) ‖P_N W_1(0) q‖ with q from the training where P_N W_1(0) = 0.
    """

    sizes: Scores
    gaps: Scores
    identity: Scores
    predicted: Scores


def null_runs(seeds: int, progress: Progress) -> NullRuns:
    """The trainings of E2."""
    progress("E2: the null part of the first layer, scaled")
    rows = [_null_row(one) for one in instances(2, seeds)]
    return NullRuns(*(np.array(column) for column in zip(*rows, strict=True)))


def _null_row(one: Instance) -> tuple[list[float], ...]:
    system, network = one.system, dense(_HIDDEN)
    theta0 = inits.Gaussian(0.5)(network, system, one.seed)
    null, repaired = null_part(system, theta0), inits.project_rows(theta0, system)
    counterfactual = rest(trained_in_full(system, network, repaired, FLOW, _TOLERANCE).theta)
    shortest = system.min_norm()
    sizes, gaps, identity, predicted = [], [], [], []
    for factor in FACTORS:
        scaled: Theta = {"W": [repaired["W"][0] + factor * null, *theta0["W"][1:]], "w": theta0["w"]}
        found = trained_in_full(system, network, scaled, FLOW, _TOLERANCE)
        sizes.append(factor * norm(null.ravel()))
        gaps.append(gap(system, found))
        identity.append(norm(found.x - shortest - factor * null @ rest(found.theta)) / norm(shortest))
        predicted.append(norm(factor * null @ counterfactual))
    return sizes, gaps, identity, predicted


def null_section(runs: NullRuns) -> Section:
    """E2."""
    slopes = np.array([slope(sizes, gaps) for sizes, gaps in zip(runs.sizes, runs.gaps, strict=True)])
    fits = np.array([_r_squared(sizes, gaps) for sizes, gaps in zip(runs.sizes, runs.gaps, strict=True)])
    x = np.median(runs.sizes, axis=0)
    figure = Figure(
        "The gap is exactly linear in the null part of the first layer",
        "‖P_N W_1(0)‖",
        "‖x∞ − A⁺b‖",
        (
            median_curve("trained", x, runs.gaps),
            predicted_curve("from the training where P_N W_1 = 0", x, np.median(runs.predicted, axis=0)),
        ),
        "Medians over seeds with 95 % bands. The line takes q from one training that never saw a null part.",
    )
    return Section(
        "E2",
        "What in the start makes the gap?",
        f"Networks with {_HIDDEN} hidden layers on {len(slopes)} Gaussian systems, started at scale 0.5 with the part "
        f"P_N W_1(0) multiplied by {short(FACTORS[0])} to {short(FACTORS[-1])}, and all weights trained by gradient "
        "flow as they are. The equations see A W_1 alone: the other weights evolve as if P_N W_1 were not there, it "
        "stays what it was, and the gap is P_N W_1(0) q∞ whatever the depth. One training with P_N W_1(0) = 0 "
        f"therefore predicts all others: the slope is 1 to {short(float(np.max(np.abs(slopes - 1))))}, over four "
        "decades.",
        (figure,),
        claims=(
            median_claim("slope of log gap against log ‖P_N W_1(0)‖", 1.0, slopes, 1e-6),
            median_claim("R² of that line", 1.0, fits, 1e-6),
            worst_claim("‖x∞ − A⁺b − P_N W_1(0)q∞‖/‖A⁺b‖", runs.identity.max(axis=1), 1e-9),
            worst_claim(
                "gap over its prediction from the training with P_N W_1(0) = 0, less 1",
                np.abs(runs.gaps / runs.predicted - 1).max(axis=1),
                1e-7,
            ),
        ),
    )


def _r_squared(x: Points, y: Points) -> float:
    return float(np.corrcoef(np.log(x), np.log(y))[0, 1] ** 2)


@dataclass(frozen=True)
class WidthRuns:
    """Gradient flow with one hidden layer, from Gaussian starts of scale 1.

    Attributes:
        gaps: (seeds, widths) ‖x∞ − A⁺b‖.
        wide: (seeds,) ‖w∞‖ for infinite width.
    """

    gaps: Scores
    wide: Points


def width_runs(seeds: int, progress: Progress) -> WidthRuns:
    """The trainings of E5."""
    progress("E5: the width of one hidden layer")
    drawn, gaps, wide = instances(5, seeds, WIDE_UNKNOWNS), [], []
    for one in drawn:
        networks = [Dense(hidden=1, width=int(width)) for width in WIDTHS]
        found = [train(one.system, network, inits.Gaussian(1.0), FLOW, seed=one.seed) for network in networks]
        gaps.append([gap(one.system, run) for run in found])
        endless: Any = train(one.system, Dense(hidden=1), infinitely_wide(WIDE_UNKNOWNS), FLOW).theta
        wide.append(norm(endless["w"]))
    return WidthRuns(np.array(gaps), np.array(wide))


def infinitely_wide(unknowns: int) -> Theta:
    """The start of an infinitely wide layer of variance 1/m, in a network of width d + 1.

    Training sees the stack Z = (W; wᵀ) through ZZᵀ alone, and ZZᵀ → I: the identity is a stack with that very ZZᵀ.
    """
    return {"W": [np.eye(unknowns, unknowns + 1)], "w": np.eye(unknowns + 1)[-1]}


def width_section(runs: WidthRuns) -> Section:
    """E5."""
    slopes = np.array([slope(WIDTHS, row) for row in runs.gaps])
    typical = float(np.sqrt(chi2.median(WIDE_UNKNOWNS - EQUATIONS))) * float(np.median(runs.wide))
    law = typical / np.sqrt(WIDTHS)
    figure = Figure(
        "Width alone brings the answer to the minimum-norm solution, as one over its square root",
        "width m",
        "‖x∞ − A⁺b‖",
        (median_curve("h = 1", WIDTHS, runs.gaps), predicted_curve("law", WIDTHS, law)),
        "Medians over seeds with 95 % bands. The line is ‖w∞‖·√(median χ²/m), with ‖w∞‖ from one training of the "
        "infinitely wide layer.",
    )
    return Section(
        "E5",
        "Does width regularize?",
        f"One hidden layer of width {WIDTHS[0]} to {WIDTHS[-1]}, all weights N(0, 1/m), on {len(slopes)} Gaussian "
        f"systems of {EQUATIONS} equations in {WIDE_UNKNOWNS} unknowns. The start is not small, yet the gap falls: "
        "P_N W_1(0) q∞ is a sum of m independent terms of variance 1/m², and w∞ tends to that of an infinitely wide "
        f"layer, which a network of width d + 1 started at the identity simulates. Median slope over seeds "
        f"{np.median(slopes):.3f}; at width {WIDTHS[-1]} the gap is {short(float(np.median(runs.gaps[:, -1])))}, "
        f"predicted {short(float(law[-1]))}.",
        (figure,),
        claims=(
            median_claim("slope of log gap against log width", -0.5, slopes, 0.05),
            median_claim("gap over its prediction at the largest width", 1.0, runs.gaps[:, -1] / law[-1], 0.15),
        ),
    )
