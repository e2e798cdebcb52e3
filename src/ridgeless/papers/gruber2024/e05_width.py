"""E5: the gap against the width of one hidden layer."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ridgeless import inits
from ridgeless.networks import Dense
from ridgeless.papers import _claims, _curves, _sweeps
from ridgeless.papers._experiments import EQUATIONS, FLOW, Instance, PerSeed, Scores, instances, width_law
from ridgeless.papers._text import short, short_median
from ridgeless.papers.base import Figure, PaperProgress, Section
from ridgeless.verbs.train import train

WIDTHS = np.array([16.0, 48.0, 144.0, 432.0, 1296.0])
# More of a null space than elsewhere: the gap then varies less from seed to seed.
UNKNOWNS = 24


@dataclass(frozen=True)
class WidthRuns:
    """Gradient flow with one hidden layer, from Gaussian starts of scale 1.

    Attributes:
        gaps: (seeds, widths) ‖x∞ − A⁺b‖.
        wide: (seeds,) ‖w∞‖ for infinite width.
    """

    gaps: Scores
    wide: PerSeed


def run(seeds: int, progress: PaperProgress) -> WidthRuns:
    """The trainings of E5."""
    progress("E5: the width of one hidden layer")
    return WidthRuns(*_sweeps.over_seeds(_measured, instances(5, seeds, UNKNOWNS)))


def _measured(one: Instance) -> tuple[list[float], float]:
    networks = [Dense(hidden=1, width=int(width)) for width in WIDTHS]
    found = [train(one.system, network, inits.Gaussian(1.0), FLOW, seed=one.seed) for network in networks]
    return [one.gap(run) for run in found], one.endless_norm()


def section(runs: WidthRuns) -> Section:
    """E5."""
    slopes, law = _claims.slopes(WIDTHS, runs.gaps), width_law(WIDTHS, UNKNOWNS, runs.wide)
    figure = Figure(
        "Width alone brings the answer to the minimum-norm solution, as one over its square root",
        "width m",
        "‖x∞ − A⁺b‖",
        _curves.with_law("h = 1", WIDTHS, runs.gaps, law, "law"),
        "Medians over seeds with 95 % bands. The line is ‖w∞‖·√(median χ²/m), with ‖w∞‖ from one training of the "
        "infinitely wide layer.",
    )
    return Section(
        "E5",
        "Does width regularize?",
        f"One hidden layer of width {WIDTHS[0]:.0f} to {WIDTHS[-1]:.0f}, all weights N(0, 1/m), on {len(slopes)} "
        f"Gaussian systems of {EQUATIONS} equations in {UNKNOWNS} unknowns. The start is not small, yet the gap falls: "
        "P_N W_1(0) q∞ is a sum of m independent terms of variance 1/m², and w∞ tends to that of an infinitely wide "
        f"layer, which a network of width d + 1 started at the identity simulates. Median slope over seeds "
        f"{np.median(slopes):.3f}; at width {WIDTHS[-1]:.0f} the gap is {short_median(runs.gaps[:, -1])}, "
        f"predicted {short(law[-1])}.",
        (figure,),
        claims=(
            _claims.median("slope of log gap against log width", -0.5, slopes, 0.05),
            _claims.median("gap over its prediction at the largest width", 1.0, runs.gaps[:, -1] / law[-1], 0.15),
        ),
    )
