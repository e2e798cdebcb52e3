"""E1 of HaoChen et al. 2021: from a large start, label noise recovers the sparse truth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ridgeless import inits
from ridgeless._core.arrays import norm
from ridgeless.networks import Power
from ridgeless.papers import _claims, _curves
from ridgeless.papers._experiments import PerSeed, Scores, arrived
from ridgeless.papers._text import short, short_median
from ridgeless.papers.base import Budget, Claim, Curve, Figure, PaperProgress, Points, Section
from ridgeless.papers.haochen2021._noise import NOISE, START, Designs, Path, Setup, descend, designs, setup_for
from ridgeless.verbs.limit import limit

# Gradient descent from v = 1 has settled by then to rounding, in both setups.
_DESCENT_STEPS = 30_000
_MARKS = 24


@dataclass(frozen=True)
class Recovery:
    """Three methods from v = 1; errors are ‖v² − truth‖².

    Attributes:
        setup: sizes and steps.
        marks: (k,) steps.
        labels: (seeds, k) errors with label noise.
        gaussian: (seeds, k) errors with Gaussian noise on the weights.
        descent: (seeds,) the error of gradient descent at its end.
        off_limit: (seeds,) ‖x − limit‖/‖limit‖ of gradient descent, the limit from the start corrected for its steps.
        size: ‖truth‖².
    """

    setup: Setup
    marks: Points
    labels: Scores
    gaussian: Scores
    descent: PerSeed
    off_limit: PerSeed
    size: float


def run(budget: Budget, progress: PaperProgress) -> Recovery:
    """The trainings of E1."""
    setup = setup_for(budget)
    given = designs(budget.seeds, setup)
    marks = np.unique(np.geomspace(100, len(setup.sizes), _MARKS).astype(int)).tolist()
    progress("E1: gradient descent")
    calm = descend(given, np.full(_DESCENT_STEPS, setup.step_sizes[0]), [_DESCENT_STEPS], seed=0)
    progress("E1: label noise")
    noisy = descend(given, setup.sizes, marks, seed=1, on_label=NOISE)
    progress("E1: Gaussian noise")
    constant = np.full(len(setup.sizes), setup.step_sizes[0])
    gaussian = descend(given, constant, marks, seed=2, on_weights=NOISE)
    return Recovery(
        setup,
        np.array(marks, dtype=float),
        given.errors(noisy.v).T,
        given.errors(gaussian.v).T,
        given.errors(calm.v)[0],
        np.array([_off_limit(given, calm, index) for index in range(budget.seeds)]),
        float(np.sum(given.truth**2)),
    )


def _off_limit(given: Designs, calm: Path, index: int) -> float:
    """The steps add to log v their tilt and something in the span of the rows: they move the start by the tilt."""
    start = START * np.exp(calm.tilt[0, index])
    exact = limit(given.system(index), Power(2), inits.Weights({"u": start}))
    return arrived(exact) * norm(calm.v[0, index] ** 2 - exact.x) / norm(exact.x)


def section(found: Recovery) -> Section:
    """E1."""
    setup = found.setup
    stages = ", then ".join(
        f"{count} steps with η = {short(size)}" for count, size in zip(setup.steps, setup.step_sizes, strict=True)
    )
    return Section(
        "E1",
        "What recovers a sparse truth from a large start?",
        f"{setup.equations} equations in {setup.unknowns} unknowns with standard Gaussian rows, {setup.nonzeros} ones "
        f"in the truth, {len(found.descent)} designs. x = v² from v = {short(START)}. Gradient descent ends at a dense "
        f"solution, with ‖x − x*‖² = {short_median(found.descent)} in the median, against ‖x*‖² = "
        f"{short(found.size)}. With noise of standard deviation {short(NOISE)} on one label drawn at each step, the "
        f"same start leads to the truth: {stages}. Spherical Gaussian noise on the weights of the same size, with the "
        "first η throughout, does not. Where gradient descent ends is checked against the limit from a start that its "
        "finite steps correct.",
        (_figure(found),),
        claims=_claims_of(found),
    )


def _figure(found: Recovery) -> Figure:
    ends = found.marks[[0, -1]]
    return Figure(
        "Label noise finds the truth",
        "steps",
        "‖x − x*‖²",
        (
            _curves.median("label noise", found.marks, found.labels),
            _curves.median("Gaussian noise", found.marks, found.gaussian),
            Curve("end of gradient descent", ends, np.full(2, np.median(found.descent)), "reference"),
        ),
        "Medians over designs with 95 % bands. The dashed line is where gradient descent settles; nothing is predicted "
        "here, and E2 has the prediction.",
    )


def _claims_of(found: Recovery) -> tuple[Claim, ...]:
    last = found.labels[:, -1]
    return (
        _claims.median("error of gradient descent over ‖x*‖²", 1.0, found.descent / found.size, 0.0, "at least"),
        _claims.worst("‖x − limit‖/‖limit‖ of gradient descent", found.off_limit, 1e-6),
        Claim("error with label noise over ‖x*‖², largest", 0.02, float(np.max(last / found.size)), sense="at most"),
        _claims.median("error with label noise over that of descent", 1e-2, last / found.descent, 0.0, "at most"),
        _claims.median(
            "error with Gaussian noise over that with label noise", 100.0, found.gaussian[:, -1] / last, 0.0, "at least"
        ),
    )
