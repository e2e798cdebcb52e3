"""E9: weight decay for a while, then none, as a correction of the start."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ridgeless import flows, inits
from ridgeless._core.arrays import norm
from ridgeless.papers._experiments import (
    Instance,
    PerSeed,
    Scores,
    dense,
    gap,
    instances,
    median_curve,
    null_part,
    predicted_curve,
    rest,
    short,
    trained_in_full,
    worst_claim,
)
from ridgeless.papers.base import Claim, Curve, Figure, Points, Progress, Section

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


def run_section(seeds: int, progress: Progress) -> Section:
    """E9, computed."""
    return section(run(seeds, progress))


def run(seeds: int, progress: Progress) -> DecayRuns:
    """The trainings of E9."""
    progress("E9: decay, then none")
    rows = [_one(one) for one in instances(9, seeds)]
    return DecayRuns(*(np.array(column) for column in zip(*rows, strict=True)))


def _one(one: Instance) -> tuple[list[float], list[float], list[float], float]:
    system, network = one.system, dense(_HIDDEN)
    theta0 = inits.Gaussian(1.0)(network, system, one.seed)
    null, repaired = null_part(system, theta0), inits.project_rows(theta0, system)
    then = flows.GradientDescent(step_size=_STEP_SIZE)
    ratios, gaps, law = [], [], []
    for decay, shrunk in zip(DECAYS, shrinkage(), strict=True):
        flow = flows.DecayThenOff(float(decay), _STEPS, then)
        found = trained_in_full(system, network, theta0, flow, _TOLERANCE)
        ratios.append(norm(null_part(system, found.theta).ravel()) / norm(null.ravel()))
        gaps.append(gap(system, found))
        law.append(shrunk * norm(null @ rest(trained_in_full(system, network, repaired, flow, _TOLERANCE).theta)))
    return ratios, gaps, law, gap(system, trained_in_full(system, network, theta0, then, _TOLERANCE))


def section(runs: DecayRuns) -> Section:
    """E9."""
    seeds, strongest = len(runs.gaps), float(DECAYS[-1])
    before, after = float(np.median(runs.without)), float(np.median(runs.gaps[:, -1]))
    return Section(
        "E9",
        "Can a bad start be mended while training?",
        f"One hidden layer on {seeds} Gaussian systems, from Gaussian starts of scale 1: {_STEPS} steps of "
        f"{short(_STEP_SIZE)} with L2 decay λ on W_1, then gradient descent without decay. Gradients never touch P_N "
        "W_1, so that decay shrinks it by 1 − ηλ a step, exactly, and what is left of it is the gap of a network that "
        f"nevertheless fits the data: with λ = {short(strongest)} the median gap is {short(after)}, without decay "
        f"{short(before)}.",
        (_ratio_figure(runs), _gap_figure(runs)),
        claims=_claims(runs),
    )


def _ratio_figure(runs: DecayRuns) -> Figure:
    return Figure(
        "Decay shrinks the null part geometrically",
        "decay λ",
        "‖P_N W_1(end)‖/‖P_N W_1(0)‖",
        (median_curve("trained", DECAYS, runs.ratios), predicted_curve("(1 − ηλ)^k", DECAYS, shrinkage())),
        "Medians over seeds with 95 % bands, which are narrower than the marks: the law has no exception.",
    )


def _gap_figure(runs: DecayRuns) -> Figure:
    return Figure(
        "The gap falls with the null part",
        "decay λ",
        "‖x − A⁺b‖",
        (
            median_curve("trained", DECAYS, runs.gaps),
            predicted_curve("law", DECAYS, np.median(runs.law, axis=0)),
            Curve("without decay", DECAYS, np.full(len(DECAYS), float(np.median(runs.without))), "reference"),
        ),
        "Medians over seeds with 95 % bands. The law is (1 − ηλ)^k·‖P_N W_1(0) q‖, with q from a training that never "
        "saw a null part.",
    )


def _claims(runs: DecayRuns) -> tuple[Claim, ...]:
    rounds = np.abs(runs.ratios / shrinkage() - 1)
    falls = runs.gaps[:, -1] / runs.without
    return (
        worst_claim("‖P_N W_1(end)‖/‖P_N W_1(0)‖ over (1 − ηλ)^k, less 1", rounds.max(axis=1), 1e-10),
        worst_claim("gap over its prediction, less 1", np.abs(runs.gaps / runs.law - 1).max(axis=1), 1e-8),
        Claim(
            f"gap with λ = {short(float(DECAYS[-1]))} over the gap without decay, largest over seeds",
            0.1,
            float(falls.max()),
            sense="at most",
        ),
    )
