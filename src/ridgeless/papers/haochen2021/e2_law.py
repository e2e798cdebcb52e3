"""E2 of HaoChen et al. 2021: noise shrinks the effective start at a known rate, and so the curve is known before."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ridgeless import inits
from ridgeless._core.arrays import norm
from ridgeless.networks import Power
from ridgeless.papers import _claims, _curves
from ridgeless.papers._experiments import Scores, arrived
from ridgeless.papers.base import Budget, Claim, Figure, PaperProgress, Points, Section
from ridgeless.papers.haochen2021._noise import NOISE, START, Designs, Path, descend, designs, law, setup_for
from ridgeless.verbs.limit import limit

_MARKS = 10
# From this part of the first stage on the labels are fitted; up to the second one, the noise in x hides no law.
_FROM, _UP_TO = 1 / 15, 1 / 3


@dataclass(frozen=True)
class Law:
    """Label noise with one step size, and what is predicted of it; (seeds, marks) each.

    Attributes:
        marks: steps.
        outside: ‖P_N(log|v| − log|v₀| − tilt)‖/‖log|v| − log|v₀| − tilt‖.
        tilts: the tilt that the steps added up, mean over entries, over that of the law.
        errors: ‖v² − truth‖².
        predicted: that of the limit of gradient flow from v₀·exp(law).
    """

    marks: Points
    outside: Scores
    tilts: Scores
    errors: Scores
    predicted: Scores


def run(budget: Budget, progress: PaperProgress) -> Law:
    """The trainings and limits of E2."""
    setup = setup_for(budget)
    given, first = designs(budget.seeds, setup), setup.steps[0]
    marks = np.geomspace(_FROM * first, first, _MARKS).astype(int).tolist()
    progress("E2: label noise")
    path = descend(given, setup.sizes, marks, seed=3, on_label=NOISE)
    progress("E2: limits")
    clocks = [setup.clock(mark) for mark in marks]
    shrunk = np.array([law(given, clock) for clock in clocks])
    tilts = path.tilt.mean(axis=2) / shrunk.mean(axis=2)
    predicted = [[_error(given, index, each[index]) for each in shrunk] for index in range(budget.seeds)]
    outside = [[_outside(given, path, index, k) for k in range(_MARKS)] for index in range(budget.seeds)]
    return Law(np.array(marks, dtype=float), np.array(outside), tilts.T, given.errors(path.v).T, np.array(predicted))


def _error(given: Designs, index: int, exponent: np.ndarray) -> float:
    start = inits.Weights({"u": START * np.exp(exponent)})
    exact = limit(given.system(index), Power(2), start)
    return arrived(exact) * float(np.sum((exact.x - given.truth) ** 2))


def _outside(given: Designs, path: Path, index: int, mark: int) -> float:
    along = np.log(np.abs(path.v[mark, index])) - np.log(START) - path.tilt[mark, index]
    return norm(given.system(index).project_null(along)) / norm(along)


def section(found: Law) -> Section:
    """E2."""
    return Section(
        "E2",
        "How fast does label noise work?",
        f"A step multiplies v by 1 − ηg, g a combination of rows of A whether labels are noisy or not. So log|v| moves "
        "in the span of the rows, but for the tilt Σ[log|1 − ηg| + ηg], and v is always on the way that gradient flow "
        "takes from v₀·exp(tilt). A tilt is about −½η²g² a step; once the labels are fitted g is the noise, and the "
        f"mean tilt is −½η²δ²·diag(AᵀA/n) a step: the start shrinks exponentially, and for good. On "
        f"{len(found.errors)} designs, the error of the limit of gradient flow from this start, computed without "
        "training, is the error with label noise until the noise in x is larger.",
        (_figure(found),),
        claims=_claims_of(found),
    )


def _figure(found: Law) -> Figure:
    return Figure(
        "The error with label noise, predicted before training",
        "steps",
        "‖x − x*‖²",
        _curves.with_law("label noise", found.marks, found.errors, found.predicted, "shrunk start, label noise"),
        "Medians over designs with 95 % bands, first step size. Late errors are those of noise in x, which smaller "
        "steps remove.",
    )


def _claims_of(found: Law) -> tuple[Claim, ...]:
    # Where the truth is the only solution without negative entries, the limit has it from any start.
    early = found.marks <= found.marks[-1] * _UP_TO
    ratios = (found.errors / found.predicted)[:, early]
    return (
        _claims.worst("part of log|v| − log|v₀| − tilt across the rows of A", found.outside, 1e-10),
        _claims.median("tilt over that of the law, last step", 1.0, found.tilts[:, -1], 0.1),
        _claims.median(
            "log of the error over that of the limit from the shrunk start, first third",
            0.0,
            np.median(np.log(ratios), axis=1),
            0.3,
        ),
    )
