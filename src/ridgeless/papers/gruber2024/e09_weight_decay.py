"""E9: weight decay on W_1, then none, removes the null-space part of the start."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ridgeless import flows, inits
from ridgeless._core.arrays import norm
from ridgeless.networks._dense.later_layers import later_layers
from ridgeless.papers import _claims, _curves, _sweeps
from ridgeless.papers._experiments import Instance, PerSeed, Scores, dense, instances
from ridgeless.papers._text import short, short_median
from ridgeless.papers.base import Claim, Curve, Figure, PaperProgress, Points, Section

DECAYS = np.array([0.01, 0.03, 0.1, 0.3])
_HIDDEN = 1
_STEPS = 2000
_STEP_SIZE = 0.01
_TOLERANCE = 1e-10


@dataclass(frozen=True)
class DecayRuns:
    """Decay on W_1, then none.

    Attributes:
        ratios: (seeds, decays) ‖P_N W_1(end)‖/‖P_N W_1(0)‖.
        gaps: (seeds, decays) ‖x − A⁺b‖.
        law: (seeds, decays) (1 − ηλ)^k·‖P_N W_1(0) q‖, with q from the same training where P_N W_1(0) = 0.
        without: (seeds,) the gap without decay.
    """

    ratios: Scores
    gaps: Scores
    law: Scores
    without: PerSeed


def shrinkage() -> Points:
    """(1 − ηλ)^k."""
    return (1 - _STEP_SIZE * DECAYS) ** _STEPS


def run(seeds: int, progress: PaperProgress) -> DecayRuns:
    """The trainings of E9."""
    progress("E9: decay, then none")
    return DecayRuns(*_sweeps.over_seeds(_measured, instances(9, seeds)))


def _measured(one: Instance) -> tuple[list[float], list[float], list[float], float]:
    system, network, theta0 = one.system, dense(_HIDDEN), one.gaussian(_HIDDEN, 1.0)
    null, repaired = one.null_part(theta0), inits.project_rows(theta0, system)
    then = flows.GradientDescent(step_size=_STEP_SIZE)
    ratios, gaps, law = [], [], []
    for decay, shrunk in zip(DECAYS, shrinkage(), strict=True):
        flow = flows.DecayThenOff(float(decay), _STEPS, then)
        found = one.trained_in_full(network, theta0, _TOLERANCE, flow)
        ratios.append(norm(one.null_part(found.theta).ravel()) / norm(null.ravel()))
        gaps.append(one.gap(found))
        without = one.trained_in_full(network, repaired, _TOLERANCE, flow)
        law.append(shrunk * norm(null @ later_layers(without.theta)))
    return ratios, gaps, law, one.gap(one.trained_in_full(network, theta0, _TOLERANCE, then))


def section(runs: DecayRuns) -> Section:
    """E9."""
    seeds, before, after = len(runs.gaps), short_median(runs.without), short_median(runs.gaps[:, -1])
    return Section(
        "E9",
        "Can a bad start be mended while training?",
        f"One hidden layer on {seeds} Gaussian systems, from Gaussian starts of scale 1: {_STEPS} steps of "
        f"{short(_STEP_SIZE)} with L2 decay λ on W_1, then gradient descent without decay. Gradients never touch P_N "
        "W_1, so that decay shrinks it by 1 − ηλ a step, exactly, and what is left of it is the gap of a network that "
        f"nevertheless fits the data: with λ = {short(DECAYS[-1])} the median gap is {after}, without decay "
        f"{before}.",
        (_ratio_figure(runs), _gap_figure(runs)),
        claims=_claims_of(runs),
    )


def _ratio_figure(runs: DecayRuns) -> Figure:
    return Figure(
        "Decay shrinks the null part geometrically",
        "decay λ",
        "‖P_N W_1(end)‖/‖P_N W_1(0)‖",
        _curves.with_law("trained", DECAYS, runs.ratios, shrinkage(), "(1 − ηλ)^k"),
        "Medians over seeds with 95 % bands, which are narrower than the marks: the law has no exception.",
    )


def _gap_figure(runs: DecayRuns) -> Figure:
    return Figure(
        "The gap falls with the null part",
        "decay λ",
        "‖x − A⁺b‖",
        (
            *_curves.with_law("trained", DECAYS, runs.gaps, runs.law, "law"),
            Curve("without decay", DECAYS, np.full(len(DECAYS), float(np.median(runs.without))), "reference"),
        ),
        "Medians over seeds with 95 % bands. The law is (1 − ηλ)^k·‖P_N W_1(0) q‖, with q from a training that never "
        "saw a null part.",
    )


def _claims_of(runs: DecayRuns) -> tuple[Claim, ...]:
    rounds = np.abs(runs.ratios / shrinkage() - 1)
    falls = runs.gaps[:, -1] / runs.without
    return (
        _claims.worst("‖P_N W_1(end)‖/‖P_N W_1(0)‖ over (1 − ηλ)^k, less 1", rounds, 1e-10),
        _claims.worst("gap over its prediction, less 1", np.abs(runs.gaps / runs.law - 1), 1e-8),
        Claim(
            f"gap with λ = {short(DECAYS[-1])} over the gap without decay, largest over seeds",
            0.1,
            float(falls.max()),
            sense="at most",
        ),
    )
