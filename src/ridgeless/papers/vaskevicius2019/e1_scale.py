"""E1 of Vaškevičius et al. 2019: the smaller the start, the less is fitted off the support."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from ridgeless.papers import _claims, _curves
from ridgeless.papers._descent import Descent
from ridgeless.papers._experiments import PerSeed
from ridgeless.papers._text import short
from ridgeless.papers.base import Budget, Claim, Figure, PaperProgress, Section
from ridgeless.papers.vaskevicius2019._designs import rademacher

# The paper's settings.
SCALES = np.array([1e-2, 1e-3, 1e-4])
_EQUATIONS, _NONZEROS, _NOISE, _STEP, _STEPS = 100, 5, 0.5, 0.05, 1000
_MARKS = np.unique(np.geomspace(10, _STEPS, 40).astype(int))


@dataclass(frozen=True)
class Paths:
    """Gradient descent from starts of three scales.

    Attributes:
        unknowns: d.
        errors: one (seeds, marks) array for each scale: ‖x − truth‖².
        outside: (seeds, scales) ‖x‖₁ off the support where the error is least.
        oracle: (seeds,) error of least squares on the support.
    """

    unknowns: int
    errors: list[Float[np.ndarray, "seeds marks"]]
    outside: Float[np.ndarray, "seeds scales"]
    oracle: PerSeed


def run(budget: Budget, progress: PaperProgress) -> Paths:
    """The descents of E1."""
    unknowns = budget.choose(seconds=1000, minutes=10_000, cluster=10_000)
    errors, outside, oracle = [], [], []
    for index in range(budget.seeds):
        progress(f"E1: scale of the start, design {index + 1} of {budget.seeds}")
        one = rademacher(1, index, _EQUATIONS, unknowns, np.ones(_NONZEROS))
        labels = np.tile(one.labels(_NOISE)[:, None], len(SCALES))
        paths = np.array(list(Descent(one.design, labels, SCALES, 2, np.array([_STEP])).at(_MARKS)))
        squares = np.sum((paths - one.truth[:, None]) ** 2, axis=1)
        best = paths[np.argmin(squares, axis=0), :, np.arange(len(SCALES))]
        errors.append(squares.T)
        outside.append(np.abs(best[:, one.truth == 0]).sum(axis=1))
        oracle.append(one.least_squares_error(_NOISE))
    return Paths(unknowns, list(np.array(errors).transpose(1, 0, 2)), np.array(outside), np.array(oracle))


def section(found: Paths) -> Section:
    """E1."""
    seeds = len(found.oracle)
    return Section(
        "E1",
        "What does a smaller start do to early-stopped gradient descent?",
        f"{_EQUATIONS} equations with entries ±1 in {found.unknowns} unknowns, the first {_NONZEROS} entries of the "
        f"truth 1, noise {short(_NOISE)}, {seeds} designs. x = u² − v² from u = v = α, {_STEPS} steps of gradient "
        f"descent with step {short(_STEP)} on ‖A x − b‖²/n. Entries of the support grow first. Off the support all "
        "entries grow too, and there are many of them: the smaller α is, the less they add up to before the support "
        "is fitted. Afterwards the noise is fitted, and the error rises: stopping early is what makes the estimate.",
        (_figure(found),),
        claims=_claims_of(found),
    )


def _figure(found: Paths) -> Figure:
    oracle = np.full(len(_MARKS), np.median(found.oracle))
    curves = [
        _curves.median(f"α = {short(scale)}", _MARKS.astype(float), errors)
        for scale, errors in zip(SCALES, found.errors, strict=True)
    ]
    return Figure(
        "The smaller the start, the lower and the longer the valley",
        "steps of gradient descent",
        "‖x − x*‖²",
        (*curves, _curves.predicted("least squares on the support", _MARKS.astype(float), oracle)),
        "Medians over designs with 95 % bands. The line is what an oracle reaches that knows the support.",
    )


def _claims_of(found: Paths) -> tuple[Claim, ...]:
    least = np.array([errors.min(axis=1) for errors in found.errors])
    last = found.errors[-1][:, -1] / least[-1]
    return (
        _claims.median("least error along the path, α = 1e-4 over α = 1e-2", 1.0, least[2] / least[0], 0.0, "at most"),
        _claims.count(
            "‖x‖₁ off the support, where the error is least, falls with each smaller α",
            np.all(np.diff(found.outside, axis=1) < 0, axis=1),
        ),
        _claims.median("error after the last step over the least, α = 1e-4", 1.5, last, 0.0, "at least"),
    )
