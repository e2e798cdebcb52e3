"""E2: the gap to the minimum-norm solution against the null-space part P_N W_1 of the start."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ridgeless import inits
from ridgeless._core.arrays import norm
from ridgeless.networks import Theta
from ridgeless.networks._dense.later_layers import later_layers
from ridgeless.papers import _claims, _curves, _sweeps
from ridgeless.papers._experiments import Instance, Scores, dense, instances
from ridgeless.papers._text import short
from ridgeless.papers.base import Figure, PaperProgress, Points, Section

FACTORS = np.geomspace(1e-3, 10.0, 5)
_HIDDEN = 2
_TOLERANCE = 1e-10


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


def run(seeds: int, progress: PaperProgress) -> NullRuns:
    """The trainings of E2."""
    progress("E2: the null part of the first layer, scaled")
    return NullRuns(*_sweeps.over_seeds(_measured, instances(2, seeds)))


def _measured(one: Instance) -> tuple[list[float], ...]:
    system, network, theta0 = one.system, dense(_HIDDEN), one.gaussian(_HIDDEN, 0.5)
    null, repaired = one.null_part(theta0), inits.project_rows(theta0, system)
    counterfactual = later_layers(one.trained_in_full(network, repaired, _TOLERANCE).theta)
    shortest = system.min_norm()
    sizes, gaps, identity, predicted = [], [], [], []
    for factor in FACTORS:
        scaled: Theta = {"W": [repaired["W"][0] + factor * null, *theta0["W"][1:]], "w": theta0["w"]}
        found = one.trained_in_full(network, scaled, _TOLERANCE)
        sizes.append(factor * norm(null.ravel()))
        gaps.append(one.gap(found))
        identity.append(norm(found.x - shortest - factor * null @ later_layers(found.theta)) / norm(shortest))
        predicted.append(norm(factor * null @ counterfactual))
    return sizes, gaps, identity, predicted


def section(runs: NullRuns) -> Section:
    """E2."""
    slopes = _claims.slopes(runs.sizes, runs.gaps)
    fits = np.array([_r_squared(sizes, gaps) for sizes, gaps in zip(runs.sizes, runs.gaps, strict=True)])
    x, prediction = np.median(runs.sizes, axis=0), "from the training where P_N W_1 = 0"
    figure = Figure(
        "The gap is exactly linear in the null part of the first layer",
        "‖P_N W_1(0)‖",
        "‖x∞ − A⁺b‖",
        _curves.with_law("trained", x, runs.gaps, runs.predicted, prediction),
        "Medians over seeds with 95 % bands. The line takes q from one training that never saw a null part.",
    )
    return Section(
        "E2",
        "What in the start makes the gap?",
        f"Networks with {_HIDDEN} hidden layers on {len(slopes)} Gaussian systems, started at scale 0.5 with the part "
        f"P_N W_1(0) multiplied by {short(FACTORS[0])} to {short(FACTORS[-1])}, and all weights trained by gradient "
        "flow as they are. The equations see A W_1 alone: the other weights evolve as if P_N W_1 were not there, it "
        "stays what it was, and the gap is P_N W_1(0) q∞ whatever the depth. One training with P_N W_1(0) = 0 "
        f"therefore predicts all others: the slope is 1 to {short(np.abs(slopes - 1).max())}, over four "
        "decades.",
        (figure,),
        claims=(
            _claims.median("slope of log gap against log ‖P_N W_1(0)‖", 1.0, slopes, 1e-6),
            _claims.median("R² of that line", 1.0, fits, 1e-6),
            _claims.worst("‖x∞ − A⁺b − P_N W_1(0)q∞‖/‖A⁺b‖", runs.identity, 1e-9),
            _claims.worst(
                "gap over its prediction from the training with P_N W_1(0) = 0, less 1",
                np.abs(runs.gaps / runs.predicted - 1),
                1e-7,
            ),
        ),
    )


def _r_squared(x: Points, y: Points) -> float:
    return float(np.corrcoef(np.log(x), np.log(y))[0, 1] ** 2)
