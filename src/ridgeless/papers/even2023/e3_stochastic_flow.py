"""E3 of Even et al. 2023: the law of Pesme et al. 2021: the loss on the way sets the effective scale of SGD."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ridgeless.papers import _claims, _curves
from ridgeless.papers._experiments import PerSeed, Scores
from ridgeless.papers._text import short
from ridgeless.papers.base import Budget, Claim, Figure, PaperProgress, Section
from ridgeless.papers.even2023._descent import descend, regressions

EQUATIONS, UNKNOWNS, NONZEROS, SCALE = 40, 60, 5, 0.3
PARTS = np.array([0.01, 0.02, 0.04, 0.08, 0.16])
# So many steps at the largest step size, and more in proportion at smaller ones.
_LEAST_STEPS = {"seconds": 1_500, "minutes": 6_000, "cluster": 6_000}
_EXPERIMENT = 3


@dataclass(frozen=True)
class Shrinking:
    """SGD with short steps.

    Attributes:
        gains: (seeds, parts) the gain Σ −log|1 − η²g²|, mean over entries.
        laws: (seeds, parts) 2η·diag(AᵀA/n)·∫L, mean over entries.
        left: (seeds,) the loss left at the end over that at the start, largest over parts.
    """

    gains: Scores
    laws: Scores
    left: PerSeed


def run(budget: Budget, progress: PaperProgress) -> Shrinking:
    """The descents of E3."""
    progress("E3: stochastic gradient flow")
    given = regressions(_EXPERIMENT, budget.seeds, EQUATIONS, UNKNOWNS, NONZEROS)
    bound = given.stability_bounds()[1]
    least = _LEAST_STEPS[budget.tier.value]
    gains, laws, left = [], [], []
    for part in PARTS.tolist():
        sizes = (bound * part)[:, None]
        ends = descend(given, SCALE, sizes, round(least * PARTS[-1] / part), np.random.default_rng(_EXPERIMENT))
        columns = np.mean(given.A**2, axis=1)
        gains.append(ends.gain[:, :, 0].mean(axis=1))
        laws.append((2 * sizes * ends.area * columns).mean(axis=1))
        misfit = given.A @ ends.x - given.b[:, :, None]
        left.append(np.sum(misfit[:, :, 0] ** 2, axis=1) / np.sum(given.b**2, axis=1))
    return Shrinking(np.array(gains).T, np.array(laws).T, np.max(left, axis=0))


def section(found: Shrinking) -> Section:
    """E3."""
    return Section(
        "E3",
        "What sets the effective scale of SGD?",
        f"SGD on one equation a step, from α = {SCALE}, on {len(found.left)} regressions of {EQUATIONS} equations in "
        f"{UNKNOWNS} unknowns, until the loss L = ‖A x − b‖²/(2n) is {short(float(found.left.max()))} of that at the "
        "start. Stochastic gradient flow (Pesme et al. 2021) takes the square of a drawn gradient entry to be its mean "
        "with residuals of one size, 2L·diag(AᵀA/n). Then α∞ = α·exp(−η·diag(AᵀA/n)·∫L): twice the exponent is the "
        "gain. The longer the loss stays large, the smaller is the scale that training ends with. The sum of gains "
        "over entries follows this law; single entries need not, for those on the support gain more.",
        (_figure(found),),
        claims=_claims_of(found),
    )


def _figure(found: Shrinking) -> Figure:
    return Figure(
        "The gain of SGD follows the loss on the way",
        "step size, part of the stability bound",
        "gain: fall of log|u² − v²|",
        _curves.with_law("gain", PARTS, found.gains, found.laws, "2η·diag(AᵀA/n)·∫L, gain"),
        "Means over entries, medians over seeds with 95 % bands.",
    )


def _claims_of(found: Shrinking) -> tuple[Claim, ...]:
    return (
        _claims.median("gain over that of the law, smallest step size", 1.0, (found.gains / found.laws)[:, 0], 0.1),
        _claims.slope("slope of log gain against log step size", 1.0, PARTS, found.gains, 0.1),
        Claim("loss at the end over that at the start, largest", 1e-2, float(found.left.max()), sense="at most"),
    )
