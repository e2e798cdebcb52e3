"""E2 of Tu et al. 2024: each singular value moves by an equation of its own, lazy below c and active above."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ridgeless.papers import _claims
from ridgeless.papers._experiments import Scores
from ridgeless.papers._text import short
from ridgeless.papers.base import Budget, Claim, Curve, Figure, PaperProgress, Points, Section
from ridgeless.papers.tu2024._matrices import Target, drawn_target, half_time, singular_value, trained
from ridgeless.papers.tu2024._width import width_figure

UNKNOWNS = 8
SIZES = np.array([1.0, 0.5, 0.25])
SCALES = (0.01, 0.1, 1.0)
_MARKS = 60


@dataclass(frozen=True)
class Modes:
    """Training of matrices at one scale.

    Attributes:
        scale: c.
        widths: m.
        misses: (seeds, widths) the largest ‖A − predicted‖_F over times, over ‖T‖_F.
        halves: (seeds, sizes) when u_iᵀ A v_i is half of s_i at the largest width, over the law.
        spread: (seeds,) that of the smallest singular value over that of the largest.
        example: times, and u_iᵀ A v_i of the first target at the largest width.
    """

    scale: float
    widths: Points
    misses: Scores
    halves: Scores
    spread: Points
    example: tuple[Points, np.ndarray]


def run(budget: Budget, progress: PaperProgress) -> list[Modes]:
    """The trainings of E2."""
    widths = budget.choose(seconds=(64, 512, 2048), minutes=(64, 512, 4096), cluster=(64, 512, 4096, 32768))
    found = []
    for scale in SCALES:
        progress(f"E2: singular values, c = {scale}")
        slowest = half_time(float(SIZES[-1]), scale)
        times = np.linspace(0.0, 2.5 * slowest, _MARKS)
        misses, halves, paths = [], [], []
        for index in range(budget.seeds):
            target = drawn_target(index, UNKNOWNS, SIZES)
            runs = [trained(target.matrix, scale, width, times, index) for width in widths]
            misses.append([_miss(target, scale, times, A) for A in runs])
            paths.append(target.along(runs[-1]))
            halves.append([_half(times, column, size) for column, size in zip(paths[-1].T, SIZES, strict=True)])
        reached = np.array(halves)
        law = np.array([half_time(size, scale) for size in SIZES.tolist()])
        spread = reached[:, -1] / reached[:, 0]
        example = (times, paths[0])
        found.append(Modes(scale, np.array(widths, dtype=float), np.array(misses), reached / law, spread, example))
    return found


def _miss(target: Target, scale: float, times: Points, A: np.ndarray) -> float:
    apart = np.linalg.norm(A - target.predicted(times, scale), axis=(1, 2))
    return float(np.max(apart)) / float(np.linalg.norm(target.sizes))


def _half(times: Points, path: Points, size: float) -> float:
    """The first time at half of the target, between two marks."""
    place = int(np.argmax(path >= size / 2))
    if place == 0:
        return float("nan")
    return float(np.interp(size / 2, path[place - 1 : place + 1], times[place - 1 : place + 1]))


def section(found: list[Modes]) -> Section:
    """E2."""
    sizes, scales = ", ".join(map(short, SIZES)), ", ".join(short(one.scale) for one in found)
    return Section(
        "E2",
        "Which directions are lazy, and which are active?",
        f"A = W₂W₁ in {UNKNOWNS}×{UNKNOWNS} with weights N(0, c/m), c = {scales}, trained on ½‖A − T‖² for targets T "
        f"with singular values {sizes} and random singular vectors, {len(found[0].misses)} of them. From A = 0, which "
        "is where wide networks start, the mixed dynamics keep the singular vectors of T, and each singular value "
        "obeys a' = 2√(a² + c²)(s − a), which has a closed form. Below c it grows as in lazy training, all singular "
        "values together; above c the large ones come first, each at a time of about log(2s/c)/(2s).",
        (*(_path_figure(one) for one in (found[0], found[-1])), _width_figure(found)),
        claims=tuple(claim for one in found for claim in _claims_of(one)),
    )


def _path_figure(one: Modes) -> Figure:
    times, path = one.example
    curves = []
    for size, column in zip(SIZES.tolist(), path.T, strict=True):
        label = f"s = {short(size)}"
        curves += [
            Curve(label, times[::3], column[::3]),
            Curve(f"closed form, {label}", times, singular_value(times, size, one.scale), "predicted"),
        ]
    return Figure(
        f"Singular values along training, c = {short(one.scale)}",
        "time",
        "uᵀ A v",
        tuple(curves),
        f"The first target, m = {round(one.widths[-1])}: marks are trained in the weights, from A(0) of size c/√m.",
        x_scale="linear",
        y_scale="linear",
    )


def _width_figure(found: list[Modes]) -> Figure:
    families = ((one.scale, one.widths, one.misses) for one in found)
    return width_figure(families, "largest ‖A − predicted‖/‖T‖ over times", "targets")


def _claims_of(one: Modes) -> tuple[Claim, ...]:
    told = f"c = {short(one.scale)}"
    largest, smallest = (half_time(size, one.scale) for size in (SIZES[0].item(), SIZES[-1].item()))
    return (
        _claims.slope(f"slope of log ‖A − predicted‖ against log m, {told}", -0.5, one.widths, one.misses, 0.15),
        _claims.median(f"time of half a singular value over the law, {told}", 1.0, one.halves.ravel(), 0.1),
        _claims.median(
            f"time of the smallest singular value over that of the largest, {told}",
            smallest / largest,
            one.spread,
            0.1 * smallest / largest,
        ),
    )
