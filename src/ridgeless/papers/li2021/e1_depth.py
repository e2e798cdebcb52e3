"""E1 of Li et al. 2021: the window of early stopping, and the largest start that works, by depth."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from jaxtyping import Float

from ridgeless.papers import _claims, _curves
from ridgeless.papers._descent import Descent
from ridgeless.papers._experiments import PerSeed
from ridgeless.papers._text import short, short_median
from ridgeless.papers.base import Budget, Claim, Curve, Figure, PaperProgress, Points, Section, Table

# The paper's settings: w₀ = α^D is the size of u^D and v^D at the start.
EQUATIONS, UNKNOWNS, NONZEROS, NOISE, STEP, START = 100, 200, 5, 0.5, 0.01, 1e-5
STARTS = np.geomspace(START, 0.1, 9)
# What is good: so many times the mean error of least squares on the support, kσ²/n.
GOOD = 4 * NONZEROS * NOISE**2 / EQUATIONS
_STEPS = {2: 2_000, 3: 8_000, 4: 30_000}
_MARKS = 300
Marks = Float[np.ndarray, " marks"]
_PAPER = 210805574  # arXiv number: this file's draws are no other file's


@dataclass(frozen=True)
class Depth:
    """Gradient descent of one depth.

    Attributes:
        depth: D.
        marks: steps at which x was looked at.
        errors: (seeds, marks) ‖x − truth‖² from the start `START`.
        first: (seeds,) steps until the error is good; NaN where it never is.
        last: (seeds,) steps until it is good no more.
        least: (seeds, starts) the least error from each of `STARTS`.
        largest: (seeds,) the largest start from which the least error is good, interpolated in logarithms.
    """

    depth: int
    marks: Marks
    errors: Float[np.ndarray, "seeds marks"]
    first: PerSeed
    last: PerSeed
    least: Float[np.ndarray, "seeds starts"]
    largest: PerSeed


def regression(index: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(X, y, truth): a standard Gaussian design, five ones, noise."""
    rng = np.random.default_rng(np.random.SeedSequence([_PAPER, index]))
    design, truth = rng.standard_normal((EQUATIONS, UNKNOWNS)), np.zeros(UNKNOWNS)
    truth[:NONZEROS] = 1.0
    return design, design @ truth + NOISE * rng.standard_normal(EQUATIONS), truth


def run(budget: Budget, progress: PaperProgress) -> list[Depth]:
    """The descents of E1."""
    found = []
    for depth in budget.choose(seconds=(2, 3), minutes=(2, 3, 4), cluster=(2, 3, 4)):
        progress(f"E1: early stopping, D = {depth}")
        marks = np.unique(np.geomspace(10, _STEPS[depth], _MARKS).astype(int))
        rows = [_measured(depth, marks, index) for index in range(budget.seeds)]
        found.append(Depth(depth, marks.astype(float), *(np.array(column) for column in zip(*rows, strict=True))))
    return found


def _measured(depth: int, marks: np.ndarray, index: int) -> tuple[Marks, float, float, Points, float]:
    design, labels, truth = regression(index)
    right = np.tile(labels[:, None], len(STARTS))
    steps = Descent(design, right, STARTS ** (1 / depth), depth, np.array([STEP]))
    errors = np.array([np.sum((x - truth[:, None]) ** 2, axis=0) for x in steps.at(marks)])
    least = errors.min(axis=0)
    return errors[:, 0], *window(marks, errors[:, 0]), least, largest_start(least)


def window(marks: np.ndarray, errors: Points) -> tuple[float, float]:
    """The first and the last mark at which the error is good; NaN where there is none.

    Example:
        >>> window(np.array([1, 2, 3, 4]), np.array([1.0, GOOD, 0.0, 1.0]))
        (2.0, 3.0)
    """
    good = marks[errors <= GOOD]
    return (float(good[0]), float(good[-1])) if len(good) else (float("nan"), float("nan"))


def largest_start(least: Points) -> float:
    """The start, between those tried, at which the least error stops being good."""
    bad = np.flatnonzero(least > GOOD)
    if not len(bad):
        return float(STARTS[-1])
    place = int(bad[0])
    if place == 0:
        return float("nan")
    ends = np.log(least[place - 1 : place + 1])
    part = (np.log(GOOD) - ends[0]) / (ends[1] - ends[0])
    return float(STARTS[place - 1] * (STARTS[place] / STARTS[place - 1]) ** part)


def section(found: list[Depth]) -> Section:
    """E1."""
    seeds = len(found[0].first)
    return Section(
        "E1",
        "Does depth make early stopping and the choice of the start less delicate?",
        f"{EQUATIONS} equations in {UNKNOWNS} unknowns, {NONZEROS} ones, noise {short(NOISE)}, {seeds} Gaussian "
        f"designs. x = u^D − v^D from u^D = v^D = w₀, by gradient descent with step {short(STEP)} on ‖A x − b‖²/n. An "
        f"estimate is called good where its error is at most {short(GOOD)}, four times the mean error kσ²/n of least "
        f"squares on the support. From w₀ = {short(START)} the error is good from some step on, and later the noise is "
        "fitted. The deeper the network, the more steps lie between, also as a ratio, and the larger are the starts "
        "from which a good estimate is passed at all.",
        (_path_figure(found), _start_figure(found)),
        (_table(found),),
        _claims_of(found),
    )


def _path_figure(found: list[Depth]) -> Figure:
    curves = []
    for one in found:
        since = one.marks / np.nanmedian(one.first)
        shown = (since > 0.1) & (since < 20)
        curves.append(Curve(f"D = {one.depth}", since[shown][::5], np.median(one.errors, axis=0)[shown][::5]))
    span = np.array([0.1, 20.0])
    return Figure(
        "The valley of good estimates is longer for deeper networks",
        "steps, over those until the error is good",
        "‖x − x*‖², median over designs",
        (*curves, Curve("good", span, np.full(2, GOOD), "reference")),
        f"From w₀ = {short(START)}. The dashed line is the largest error that is called good; nothing is predicted.",
    )


def _start_figure(found: list[Depth]) -> Figure:
    oracle = NONZEROS * NOISE**2 / EQUATIONS
    return Figure(
        "Deeper networks work from larger starts",
        "size w₀ of u^D and v^D at the start",
        "least ‖x − x*‖² along the path",
        (
            *(_curves.median(f"D = {one.depth}", STARTS, one.least) for one in found),
            _curves.predicted("least squares on the support, mean", STARTS, np.full(len(STARTS), oracle)),
        ),
        "Medians over designs with 95 % bands. The line is kσ²/n.",
    )


def _table(found: list[Depth]) -> Table:
    rows = [
        (
            one.depth,
            short_median(one.first),
            short_median(one.last),
            short_median(one.last / one.first),
            short_median(one.largest),
        )
        for one in found
    ]
    return Table(
        "The window by depth",
        ("D", "first good step", "last", "their ratio", "largest start w₀ that works"),
        tuple(rows),
        "Medians over designs; the largest start is interpolated between those tried.",
    )


def _claims_of(found: list[Depth]) -> tuple[Claim, ...]:
    claims = []
    for shallow, deep in pairwise(found):
        told = f"D = {deep.depth} over D = {shallow.depth}"
        steps = (deep.last - deep.first) / (shallow.last - shallow.first)
        ratios = (deep.last / deep.first) / (shallow.last / shallow.first)
        starts = deep.largest / shallow.largest
        claims += [
            _claims.median(f"steps between the first and the last good one, {told}", 1.0, steps, 0.0, "at least"),
            _claims.median(f"last good step over the first, {told}", 1.0, ratios, 0.0, "at least"),
            _claims.median(f"largest start that works, {told}", 1.0, starts, 0.0, "at least"),
        ]
    return tuple(claims)
