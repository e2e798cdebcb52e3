"""E2 of Li et al. 2021: entries are learnt one after another, largest first, and more sharply the deeper."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.integrate import quad

from ridgeless.papers import _claims
from ridgeless.papers._descent import Descent
from ridgeless.papers._text import short
from ridgeless.papers.base import Budget, Claim, Curve, Figure, PaperProgress, Points, Section

# The paper's settings.
TRUTH = np.array([1.0, 2.0, 3.0, 4.0])
START, STEP = 1e-4, 1e-3
_EQUATIONS, _UNKNOWNS = 40, 12
_STEPS = {2: 3_000, 3: 6_000, 4: 16_000}
_PARTS = (0.1, 0.5, 0.9)
_DRAWN = np.linspace(0.01, 0.99, 50)
_EVERY = 10
_PAPER = 2108055742


@dataclass(frozen=True)
class Learning:
    """Gradient descent of one depth on orthonormal columns.

    Attributes:
        depth: D.
        times: (seeds, entries, parts) steps until an entry has reached a tenth, a half, nine tenths of its truth.
        law: (entries, parts) the same by the equation of a single entry.
        example: steps, and the entries of the first design along them.
    """

    depth: int
    times: np.ndarray
    law: np.ndarray
    example: tuple[Points, np.ndarray]


def law(depth: int, truth: float, part: float) -> float:
    """Steps from w₀ to part·w: 1/η times ∫ dx/(2D²·x^(2−2/D)·(w − x)), the flow of a single entry.

    Example:
        >>> round(law(2, 1.0, 0.5)) == round(float(np.log((1 / START - 1)) / 8 / STEP))
        True
    """
    time = quad(
        lambda log: np.exp(log * (2 / depth - 1)) / (truth - np.exp(log)),
        np.log(START),
        np.log(part * truth),
        limit=200,
    )[0]
    return time / (2 * depth**2 * STEP)


def run(budget: Budget, progress: PaperProgress) -> list[Learning]:
    """The descents of E2."""
    found = []
    for depth in budget.choose(seconds=(2, 3), minutes=(2, 3, 4), cluster=(2, 3, 4)):
        progress(f"E2: incremental learning, D = {depth}")
        marks = np.arange(0, _STEPS[depth] + 1, _EVERY)
        paths = [_path(depth, marks, index) for index in range(budget.seeds)]
        times = np.array([_times(marks, path) for path in paths])
        expected = np.array([[law(depth, truth, part) for part in _PARTS] for truth in TRUTH.tolist()])
        found.append(Learning(depth, times, expected, (marks.astype(float), paths[0])))
    return found


def _path(depth: int, marks: np.ndarray, index: int) -> np.ndarray:
    """(marks, entries) of gradient descent on √n times orthonormal columns."""
    rng = np.random.default_rng(np.random.SeedSequence([_PAPER, index]))
    design = np.sqrt(_EQUATIONS) * np.linalg.qr(rng.standard_normal((_EQUATIONS, _UNKNOWNS)))[0]
    places = rng.permutation(_UNKNOWNS)[: len(TRUTH)]
    truth = np.zeros(_UNKNOWNS)
    truth[places] = TRUTH
    steps = Descent(design, (design @ truth)[:, None], np.array([START ** (1 / depth)]), depth, np.array([STEP]))
    return np.array([x[places, 0] for x in steps.at(marks)])


def _times(marks: np.ndarray, path: np.ndarray) -> np.ndarray:
    return np.array(
        [
            [np.interp(part * truth, column, marks) for part in _PARTS]
            for truth, column in zip(TRUTH, path.T, strict=True)
        ]
    )


def section(found: list[Learning]) -> Section:
    """E2."""
    return Section(
        "E2",
        "In which order are entries of different size learnt?",
        f"The truth is 1, 2, 3, 4 on {len(TRUTH)} of {_UNKNOWNS} columns, which are orthonormal up to a factor: every "
        f"entry obeys x' = 2D²·x^(2−2/D)·(w − x). Gradient descent with step {short(STEP)} from u^D = v^D = "
        f"{short(START)}, {len(found[0].times)} designs. Larger entries come first, and the time from a tenth to nine "
        "tenths of an entry is a smaller part of the time until then for deeper networks.",
        tuple(map(_figure, found)),
        claims=_claims_of(found),
    )


def _figure(one: Learning) -> Figure:
    steps, path = one.example
    shown = slice(None, None, max(len(steps) // 60, 1))
    curves = [
        Curve(f"x* = {short(truth)}", steps[shown], column[shown]) for truth, column in zip(TRUTH, path.T, strict=True)
    ]
    laws = [
        Curve(
            f"law, x* = {short(truth)}",
            np.array([law(one.depth, truth, part) for part in _DRAWN]),
            _DRAWN * truth,
            "predicted",
        )
        for truth in TRUTH.tolist()
    ]
    return Figure(
        f"Largest first, D = {one.depth}",
        "steps of gradient descent",
        "entry of x",
        (*curves, *laws),
        "The first design. The lines are what the equation of a single entry predicts.",
        x_scale="linear",
        y_scale="linear",
    )


def _claims_of(found: list[Learning]) -> tuple[Claim, ...]:
    claims = []
    for one in found:
        halves = one.times[:, :, 1]
        claims += [
            _claims.count(
                f"larger entries reach their half first, D = {one.depth}", np.all(np.diff(halves) < 0, axis=1)
            ),
            _claims.worst(
                f"steps over those of the law, less 1, D = {one.depth}", np.abs(one.times / one.law - 1), 0.02
            ),
        ]
    widths = [np.median((one.times[:, :, 2] - one.times[:, :, 0]) / one.times[:, :, 1], axis=1) for one in found]
    for shallow, deep, first, second in zip(found, found[1:], widths, widths[1:], strict=False):
        told = f"D = {deep.depth} over D = {shallow.depth}"
        name = f"steps from a tenth to nine tenths over those to a half, {told}"
        claims.append(_claims.median(name, 1.0, second / first, 0.0, "at most"))
    return tuple(claims)
