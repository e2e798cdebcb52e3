"""E3 of Li et al. 2021: from a large start, gradient descent is that of linear regression."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ridgeless._core.arrays import norm
from ridgeless.papers import _claims, _curves, _sweeps
from ridgeless.papers._descent import Descent
from ridgeless.papers._experiments import Scores
from ridgeless.papers._text import short
from ridgeless.papers.base import Budget, Claim, Figure, PaperProgress, Section

STARTS = np.array([10.0, 100.0, 1000.0])
_EQUATIONS, _UNKNOWNS, _NOISE = 50, 10, 1.0
_STEPS = 100
# The step of linear regression, over 1/λ_max(XᵀX/n).
_PART = 0.25
_PAPER = 2108055743


@dataclass(frozen=True)
class Lazy:
    """Gradient descent from large starts beside that of x itself.

    Attributes:
        depth: D.
        misses: (seeds, starts) the largest relative distance over the steps.
    """

    depth: int
    misses: Scores


def run(budget: Budget, progress: PaperProgress) -> list[Lazy]:
    """The descents of E3."""
    progress("E3: large starts")
    return [
        Lazy(depth, *_sweeps.over_seeds(lambda index, depth=depth: (_misses(depth, index),), range(budget.seeds)))
        for depth in (2, 3)
    ]


def _misses(depth: int, index: int) -> list[float]:
    rng = np.random.default_rng(np.random.SeedSequence([_PAPER, index]))
    design = rng.standard_normal((_EQUATIONS, _UNKNOWNS))
    labels = design @ rng.standard_normal(_UNKNOWNS) + _NOISE * rng.standard_normal(_EQUATIONS)
    step = _PART / float(np.linalg.norm(design, 2)) ** 2 * _EQUATIONS
    marks, plain = np.arange(5, _STEPS + 1, 5), [np.zeros(_UNKNOWNS)]
    for _ in range(_STEPS):
        plain.append(plain[-1] - step / _EQUATIONS * design.T @ (design @ plain[-1] - labels))
    found = []
    for start in STARTS.tolist():
        # Both branches move x by D²·w₀^(2−2/D) times the gradient 2Aᵀ(A x − b)/n each.
        own = step / (4 * depth**2 * start ** (2 - 2 / depth))
        descent = Descent(design, labels[:, None], np.array([start ** (1 / depth)]), depth, np.array([own]))
        rows = zip(descent.at(marks), marks.tolist(), strict=True)
        found.append(max(norm(x[:, 0] - plain[mark]) / norm(plain[mark]) for x, mark in rows))
    return found


def section(found: list[Lazy]) -> Section:
    """E3."""
    return Section(
        "E3",
        "What is early stopping from a large start?",
        f"{_EQUATIONS} noisy equations in {_UNKNOWNS} unknowns, {len(found[0].misses)} Gaussian designs. From u^D = "
        "v^D = w₀ with large w₀ the network is in its kernel regime: x moves as in gradient descent of linear "
        "regression, whose early stopping is a kind of ridge regression and knows nothing of sparsity. The metric of x "
        "changes by a part (x/w₀)², and so the distance between the two paths falls as 1/w₀².",
        (_figure(found),),
        claims=tuple(claim for one in found for claim in _claims_of(one)),
    )


def _figure(found: list[Lazy]) -> Figure:
    level = float(np.median(found[0].misses[:, -1]))
    return Figure(
        "Large starts are lazy",
        "size w₀ of u^D and v^D at the start",
        "distance from linear regression",
        (
            *(_curves.median(f"D = {one.depth}", STARTS, one.misses) for one in found),
            _curves.predicted("slope −2", STARTS, level * (STARTS[-1] / STARTS) ** 2),
        ),
        f"Medians over designs with 95 % bands; relative distances, the largest over {_STEPS} steps. "
        "The line has the slope that is predicted, through the last mark of D = 2.",
    )


def _claims_of(one: Lazy) -> tuple[Claim, ...]:
    return (
        _claims.slope(f"slope of log distance against log w₀, D = {one.depth}", -2.0, STARTS, one.misses, 0.05),
        _claims.median(
            f"relative distance at w₀ = {short(STARTS[-1])}, D = {one.depth}", 1e-4, one.misses[:, -1], 0.0, "at most"
        ),
    )
