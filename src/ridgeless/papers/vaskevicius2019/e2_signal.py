"""E2 of Vaškevičius et al. 2019: a strong signal is found as if the support were known; the Lasso pays for log d."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ridgeless.papers import _claims, _curves
from ridgeless.papers._descent import Descent
from ridgeless.papers._experiments import Scores
from ridgeless.papers._lasso import lasso_path
from ridgeless.papers._text import short
from ridgeless.papers.base import Budget, Claim, Figure, PaperProgress, Section
from ridgeless.papers.vaskevicius2019._designs import Regression, rademacher

NOISES = np.geomspace(0.05, 4.0, 6)
_SCALE, _STEP, _STEPS = 1e-6, 0.05, 600
_MARKS = np.unique(np.geomspace(20, _STEPS, 60).astype(int))
# Penalties per knot at which the Lasso is tried, and the smallest in units of σ·√(n log d).
_FINE, _LEAST = 4, 0.2


@dataclass(frozen=True)
class Rivals:
    """Errors ‖x − truth‖² over that of least squares on the support, (seeds, noises) each.

    Attributes:
        sizes: equations, unknowns, entries that are not 0.
        descent: gradient descent, stopped where its error is least.
        lasso: the Lasso, with the penalty whose error is least.
    """

    sizes: tuple[int, int, int]
    descent: Scores
    lasso: Scores


def run(budget: Budget, progress: PaperProgress) -> Rivals:
    """The descents and Lasso paths of E2."""
    sizes = budget.choose(seconds=(120, 400, 5), minutes=(250, 2000, 10), cluster=(500, 10_000, 25))
    rows = []
    for index in range(budget.seeds):
        progress(f"E2: strength of the signal, design {index + 1} of {budget.seeds}")
        equations, unknowns, nonzeros = sizes
        one = rademacher(2, index, equations, unknowns, np.ones(nonzeros))
        oracle = np.array([one.least_squares_error(noise) for noise in NOISES.tolist()])
        lasso = np.array([_lasso_error(one, noise) for noise in NOISES.tolist()])
        rows.append((_descent_errors(one) / oracle, lasso / oracle))
    descent, lasso = (np.array(column) for column in zip(*rows, strict=True))
    return Rivals(sizes, descent, lasso)


def _descent_errors(one: Regression) -> np.ndarray:
    labels = np.column_stack([one.labels(noise) for noise in NOISES.tolist()])
    steps = Descent(one.design, labels, np.full(len(NOISES), _SCALE), 2, np.array([_STEP]))
    return np.min([np.sum((x - one.truth[:, None]) ** 2, axis=0) for x in steps.at(_MARKS)], axis=0)


def _lasso_error(one: Regression, noise: float) -> float:
    """The least error over the path: between two knots it is quadratic, and is tried at a few points."""
    count, unknowns = one.design.shape
    path = lasso_path(one.design, one.labels(noise), _LEAST * noise * np.sqrt(count * np.log(unknowns)))
    parts = np.linspace(0.0, 1.0, _FINE + 1)[:, None, None]
    tried = (1 - parts) * path.points[:-1] + parts * path.points[1:]
    return float(np.min(np.sum((tried - one.truth) ** 2, axis=2)))


def section(found: Rivals) -> Section:
    """E2."""
    equations, unknowns, nonzeros = found.sizes
    seeds = len(found.lasso)
    return Section(
        "E2",
        "How near to least squares on the true support does gradient descent come?",
        f"{equations} equations with entries ±1 in {unknowns} unknowns, {nonzeros} entries of the truth 1, noise from "
        f"{short(NOISES[0])} to {short(NOISES[-1])}, {seeds} designs. Gradient descent of u² − v² from α = "
        f"{short(_SCALE)} is stopped where its error is least, and the Lasso has the penalty whose error is least. "
        "Where the noise is weak the paper proves a rate without the dimension: gradient descent does as well as least "
        "squares on the support, while the Lasso, whose penalty shrinks what it keeps, does not. Where the noise is "
        "strong both lose the support.",
        (_figure(found),),
        claims=_claims_of(found),
    )


def _figure(found: Rivals) -> Figure:
    return Figure(
        "From the rate of the Lasso to that of an oracle",
        "noise σ",
        "‖x − x*‖² over that of the oracle",
        (
            _curves.median("gradient descent, stopped early", NOISES, found.descent),
            _curves.median("Lasso", NOISES, found.lasso),
            _curves.predicted("least squares on the support", NOISES, np.ones(len(NOISES))),
        ),
        "Medians over designs with 95 % bands. The oracle knows the support, and takes least squares on it.",
    )


def _claims_of(found: Rivals) -> tuple[Claim, ...]:
    ratio = found.descent / found.lasso
    strong = [
        _claims.median(
            f"error of the Lasso over that of least squares, σ = {short(NOISES[0])}",
            2.0,
            found.lasso[:, 0],
            0.0,
            "at least",
        ),
        _claims.median(
            f"error of gradient descent over that of least squares, σ = {short(NOISES[0])}",
            1.0,
            found.descent[:, 0],
            0.1,
        ),
    ]
    others = [
        _claims.median(
            f"error of gradient descent over that of the Lasso, σ = {short(noise)}", 1.0, column, 0.0, "at most"
        )
        for noise, column in zip(NOISES.tolist(), ratio.T, strict=True)
    ]
    return (*strong, *others)
