"""E2 of Woodworth et al. 2020: how small a scale is rich enough, and how large one is lazy enough (Theorems 2, 3)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.optimize import linprog

from ridgeless import inits
from ridgeless._core.arrays import norm
from ridgeless.networks import Difference
from ridgeless.papers import _claims, _curves, _sweeps
from ridgeless.papers._experiments import EQUATIONS, Instance, PerSeed, Scores, arrived, instances
from ridgeless.papers._text import short
from ridgeless.papers.base import Budget, Claim, Figure, PaperProgress, Section
from ridgeless.systems import LinearSystem
from ridgeless.verbs.limit import limit

EXCESSES = np.array([0.05, 0.1, 0.3, 0.5, 0.8])
_UNKNOWNS = 10
_NETWORK = Difference(2)
_EXPERIMENT = 2002092772


@dataclass(frozen=True)
class Excesses:
    """Limits at the scales that the theorems name for each ε of `EXCESSES`.

    Attributes:
        rich: (seeds, excesses) ‖x∞‖₁/min‖x‖₁ − 1 at the scale of Theorem 2.
        lazy: (seeds, excesses) ‖x∞‖₂²/‖A⁺b‖₂² − 1 at the scale of Theorem 3.
        vanishing: (seeds,) |‖x‖₁/min‖x‖₁ − 1| of the limit of vanishing starts, min‖x‖₁ by linear programming.
    """

    rich: Scores
    lazy: Scores
    vanishing: PerSeed


def rich_scale(excess: float, least: float, unknowns: int) -> float:
    """Theorem 2: α = min{(2(1 + ε)‖x₁‖₁)^(−(2+ε)/(2ε)), exp(−d/(ε‖x₁‖₁))} is rich enough for an excess of ε.

    Example:
        >>> round(rich_scale(1.0, 1.0, 3), 6) == round(float(np.exp(-3.0)), 6)
        True
    """
    return float(min((2 * (1 + excess) * least) ** (-(2 + excess) / (2 * excess)), np.exp(-unknowns / excess / least)))


def lazy_scale(excess: float, shortest: float) -> float:
    """Theorem 3: α = √(2(1 + ε)(1 + 2/ε)‖x₂‖₂) is lazy enough for an excess of ε.

    Example:
        >>> round(lazy_scale(1.0, 3.0), 6)
        6.0
    """
    return float(np.sqrt(2 * (1 + excess) * (1 + 2 / excess) * shortest))


def least_l1(system: LinearSystem) -> float:
    """The least ‖x‖₁ of A x = b, by linear programming."""
    rows = np.asarray(system.A)
    return float(linprog(np.ones(2 * rows.shape[1]), A_eq=np.hstack([rows, -rows]), b_eq=system.b).fun)


def run(budget: Budget, progress: PaperProgress) -> Excesses:
    """The limits of E2."""
    progress("E2: the scales of Theorems 2 and 3")
    return Excesses(*_sweeps.over_seeds(_measured, instances(_EXPERIMENT, budget.seeds, _UNKNOWNS)))


def _measured(one: Instance) -> tuple[list[float], list[float], float]:
    system = one.system
    least, shortest = least_l1(system), norm(system.min_norm())
    found = limit(system, _NETWORK, inits.Vanishing())
    vanishing = arrived(found) * abs(float(np.abs(found.x).sum()) / least - 1)

    def excesses(scale: Callable[[float], float], size: Callable[[np.ndarray], float], best: float) -> list[float]:
        ends = [limit(system, _NETWORK, inits.Constant(scale(excess))) for excess in EXCESSES.tolist()]
        return [arrived(end) * (size(end.x) / best - 1) for end in ends]

    rich = excesses(lambda excess: rich_scale(excess, least, _UNKNOWNS), lambda x: float(np.abs(x).sum()), least)
    lazy = excesses(lambda excess: lazy_scale(excess, shortest), lambda x: norm(x) ** 2, shortest**2)
    return rich, lazy, vanishing


def section(found: Excesses) -> Section:
    """E2."""
    seeds = len(found.vanishing)
    return Section(
        "E2",
        "How small a scale is rich enough, and how large a one is lazy enough?",
        f"x = u² − v² from u = v = α, on {seeds} Gaussian systems of {EQUATIONS} equations in {_UNKNOWNS} unknowns "
        "with ‖A⁺b‖ = 1. Theorem 2 names a scale below which ‖x∞‖₁ exceeds the least ℓ1 norm by at most a part ε; "
        "Theorem 3 names one above which ‖x∞‖₂² exceeds that of A⁺b by at most a part ε. At exactly these scales the "
        "limits stay below, by far in the lazy case. The least ℓ1 norm is a linear program, and the limit of "
        "vanishing starts attains it.",
        (_figure(found),),
        claims=_claims_of(found),
    )


def _figure(found: Excesses) -> Figure:
    return Figure(
        "Both bounds hold, the lazy one with much to spare",
        "ε",
        "excess of the norm",
        (
            _curves.median("‖x∞‖₁ (Theorem 2)", EXCESSES, found.rich),
            _curves.median("‖x∞‖₂² (Theorem 3)", EXCESSES, np.maximum(found.lazy, 0.0)),
            _curves.predicted("bound for both", EXCESSES, EXCESSES),
        ),
        "Medians over seeds with 95 % bands. Marks below the line keep the bound.",
    )


def _claims_of(found: Excesses) -> tuple[Claim, ...]:
    told = [
        (f"{norm_name} − 1 at the scale of Theorem {number}, ε = {short(excess)}, largest over seeds", excess, column)
        for norm_name, number, scores in (("‖x∞‖₁/min‖x‖₁", 2, found.rich), ("‖x∞‖₂²/‖A⁺b‖₂²", 3, found.lazy))
        for excess, column in zip(EXCESSES.tolist(), scores.T, strict=True)
    ]
    bounds = [Claim(name, excess, float(np.max(column)), sense="at most") for name, excess, column in told]
    return (*bounds, _claims.worst("‖x‖₁/min‖x‖₁ − 1, limit of vanishing starts", found.vanishing, 1e-9))
