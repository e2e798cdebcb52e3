"""E3 of Vaškevičius et al. 2019: growing steps find small entries after large ones in logarithmic time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ridgeless.papers import _claims, _curves
from ridgeless.papers._descent import Descent
from ridgeless.papers._experiments import Scores
from ridgeless.papers._text import short
from ridgeless.papers.base import Budget, Claim, Figure, PaperProgress, Points, Section
from ridgeless.papers.vaskevicius2019._designs import Regression, rademacher

_EQUATIONS, _NOISE, _SCALE = 250, 1.0, 1e-12
# η = 1/(20·max|w|), and the steps between two doublings in units of log(1/α).
_STEP, _WAIT = 1 / 20, 10.0
# A path has found w where no entry is farther from it than this part of the smallest.
_FOUND = 0.25
_MOST_STEPS = 100_000


@dataclass(frozen=True)
class Counts:
    """Steps until the truth is found.

    Attributes:
        unknowns: d.
        ratios: (k,) max|w|/min|w|.
        constant: (seeds, k) with one step size.
        growing: (seeds, k) with steps that double where entries are small.
    """

    unknowns: int
    ratios: Points
    constant: Scores
    growing: Scores


def run(budget: Budget, progress: PaperProgress) -> Counts:
    """The descents of E3."""
    unknowns = budget.choose(seconds=300, minutes=1000, cluster=10_000)
    most = budget.choose(seconds=4, minutes=7, cluster=7)
    rows = []
    for index in range(budget.seeds):
        progress(f"E3: growing steps, design {index + 1} of {budget.seeds}")
        drawn = [
            rademacher(3, index, _EQUATIONS, unknowns, 2.0 ** np.arange(entries)) for entries in range(2, most + 1)
        ]
        rows.append(([steps_with(one, np.inf) for one in drawn], [steps_with(one, _WAIT) for one in drawn]))
    constant, growing = (np.array(column) for column in zip(*rows, strict=True))
    return Counts(unknowns, 2.0 ** np.arange(1, most), constant, growing)


def steps_with(one: Regression, wait: float) -> float:
    """Steps until w is found; every `wait`·log(1/α) of them the step of each entry that is still small doubles.

    After the m-th wait those are the entries with u², v² below max|w|/2^(m+1): none that large is missing by then.
    """
    largest = float(np.abs(one.truth).max())
    goal = _FOUND * float(np.abs(one.truth[one.support]).min())
    steps = np.full((len(one.truth), 1), _STEP / largest)
    descent = Descent(one.design, one.labels(_NOISE)[:, None], np.array([_SCALE]), 2, steps)
    u, v = descent.start()
    until_next, doublings = wait * np.log(1 / _SCALE), 0
    for count in range(1, _MOST_STEPS + 1):
        descent.step(u, v, steps)
        x = u**2 - v**2
        if float(np.max(np.abs(x[:, 0] - one.truth))) <= goal:
            return float(count)
        if count >= (doublings + 1) * until_next:
            doublings += 1
            steps = np.where(np.maximum(u, v) ** 2 < largest / 2 ** (doublings + 1), 2 * steps, steps)
    return float("nan")


def section(found: Counts) -> Section:
    """E3."""
    seeds = len(found.constant)
    return Section(
        "E3",
        "How many steps does it take to find entries of very different size?",
        f"{_EQUATIONS} equations with entries ±1 in {found.unknowns} unknowns, the truth 1, 2, 4, … up to "
        f"{short(found.ratios[-1])}, noise {short(_NOISE)}, {seeds} designs, α = {short(_SCALE)}. An entry w grows as "
        "exp(8ηw·steps)·α², and η may not exceed a part of 1/max|w|: with one step size the steps grow in proportion "
        f"to max|w|/min|w|. Where every {short(_WAIT)}·log(1/α) steps the step of each entry that is still small is "
        "doubled, they grow as its logarithm.",
        (_figure(found),),
        claims=_claims_of(found),
    )


def _figure(found: Counts) -> Figure:
    law = np.log(1 / _SCALE**2) / (8 * _STEP) * found.ratios
    waits = _WAIT * np.log(1 / _SCALE) * np.log2(found.ratios) + law[0] / found.ratios[0]
    return Figure(
        "Steps that grow replace a factor by its logarithm",
        "max|w|/min|w|",
        "steps until every entry is found",
        (
            *_curves.with_law(
                "one step size", found.ratios, found.constant, law, "log(1/α²)/(8η·min|w|), one step size"
            ),
            *_curves.with_law(
                "growing steps", found.ratios, found.growing, waits, "one wait for each doubling, growing steps"
            ),
        ),
        "Medians over designs with 95 % bands; no constant is fitted.",
    )


def _claims_of(found: Counts) -> tuple[Claim, ...]:
    name = "slope of log steps against log max|w|/min|w|"
    grows = _claims.slopes(found.ratios, found.growing)
    fewer = found.growing[:, -1] / found.constant[:, -1]
    return (
        _claims.slope(f"{name}, one step size", 1.0, found.ratios, found.constant, 0.15),
        _claims.median(f"{name}, growing steps", 0.75, grows, 0.0, "at most"),
        _claims.median(
            f"steps with growing steps over those with one size, ratio {short(found.ratios[-1])}",
            1.0,
            fewer,
            0.0,
            "at most",
        ),
    )
