"""E3: which starts end bi-optimal, each layer the shortest one given the other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from ridgeless import inits
from ridgeless._core.arrays import norm
from ridgeless.certificates import bi_optimality
from ridgeless.inits import Init
from ridgeless.networks import Theta
from ridgeless.papers import _claims, _curves, _sweeps
from ridgeless.papers._experiments import Instance, Scores, arrived, dense, instances
from ridgeless.papers._text import short, short_median
from ridgeless.papers.base import Claim, Curve, Figure, PaperProgress, Section, Table

SCALES = np.geomspace(1e-3, 1.0, 4)
_TOLERANCE = 3e-11
_RECIPES: dict[str, Callable[[float], Init]] = {
    "W = 0": inits.BiOptimal,
    "W = AᵀM": inits.RowSpace,
    "W Gaussian": inits.Gaussian,
}


@dataclass(frozen=True)
class Misfits:
    """Bi-optimality at the end of gradient flow, from one recipe.

    Attributes:
        matrix: (seeds, scales) misfit of W.
        vector: (seeds, scales) misfit of w.
        gaps: (seeds, scales) ‖x∞ − A⁺b‖/‖A⁺b‖.
        law: (seeds, scales) what the start predicts for `matrix`, to leading order in the scale.
    """

    matrix: Scores
    vector: Scores
    gaps: Scores
    law: Scores


def run(seeds: int, progress: PaperProgress) -> dict[str, Misfits]:
    """The trainings of E3, recipe by recipe."""
    return {
        name: Misfits(*_sweeps.over_grid(partial(_measured, _RECIPES[name]), instances(3, seeds), SCALES))
        for name in _sweeps.announced(progress, "E3: bi-optimality from {}", _RECIPES)
    }


def _measured(recipe: Callable[[float], Init], one: Instance, scale: float) -> tuple[float, float, float, float]:
    system = one.system
    theta0 = one.start(recipe(scale), dense(1))
    found = one.trained_in_full(dense(1), theta0, _TOLERANCE)
    measured, is_there = bi_optimality(system, found.theta), arrived(found)
    distance = one.gap(found) / norm(system.min_norm())
    return is_there * measured.matrix_misfit, is_there * measured.vector_misfit, distance, leading_order(one, theta0)


def leading_order(one: Instance, theta0: Theta) -> float:
    """m/√(‖A⁺b‖ + m²), m² = tr D − ŷᵀDŷ + ‖P_N W ŷ‖², D = WᵀW − wwᵀ at the start, ŷ ∝ Wᵀĝ + w and ĝ ∝ Aᵀb.

    D is conserved, and W∞ is the sum of A⁺b·wᵀ/‖w‖², of W∞(I − ŵŵᵀ) and of P_N W ŵŵᵀ, orthogonal to one another. The
    misfit is therefore m/√(‖A⁺b‖²/‖w∞‖² + m²) with ŵ∞ for ŷ, exactly; small starts have ŵ∞ → ŷ and ‖w∞‖² → ‖A⁺b‖.
    """
    matrix, vector, first = theta0["W"][0], theta0["w"], one.grown(theta0)
    across = norm((matrix @ (np.eye(len(vector)) - np.outer(first, first))).ravel()) ** 2
    along = norm(vector) ** 2 - float(vector @ first) ** 2
    kept = norm(one.null_part(theta0) @ first) ** 2
    square = max(across - along + kept, 0.0)
    return float(np.sqrt(square / (norm(one.system.min_norm()) + square)))


def section(found: dict[str, Misfits]) -> Section:
    """E3."""
    seeds = len(next(iter(found.values())).matrix)
    exact, rows = found["W = 0"], found["W = AᵀM"]
    return Section(
        "E3",
        "Which starts make every layer optimal given the other?",
        f"One hidden layer. A pair (W, w) is bi-optimal if W is the shortest matrix that solves with w, and w the "
        f"shortest vector that solves with W; then W = A⁺b·wᵀ/‖w‖². Three recipes on {seeds} Gaussian systems with "
        f"‖A⁺b‖ = 1, at scales {short(SCALES[0])} to {short(SCALES[-1])}. From W = 0 training ends bi-optimal at every "
        f"scale, to {short(exact.matrix.max())}. From W = AᵀM with M Gaussian it ends at the minimum-norm x (to "
        f"{short(rows.gaps.max())}), and still W is {short_median(rows.matrix[:, -1])} of its size "
        "away from optimal at scale 1: the stack (W; wᵀ) keeps its rank, and a bi-optimal one has rank one. Small "
        "Gaussian starts come near both.",
        (_figure(found),),
        (_table(found),),
        _claims_of(found),
    )


def _figure(found: dict[str, Misfits]) -> Figure:
    curves: list[Curve] = []
    for name, misfits in found.items():
        measured, law = _curves.with_law(name, SCALES, misfits.matrix, misfits.law)
        curves += [measured] if name == "W = 0" else [measured, law]
    return Figure(
        "Bi-optimal from W = 0 at every scale, and nearly so from a small start",
        "scale of the start",
        "misfit of W",
        tuple(curves),
        "Medians over seeds with 95 % bands. The lines are computed from the start alone, as if it were small; from "
        "W = 0 the law is 0, and what is drawn is the tolerance of the training.",
    )


def _table(found: dict[str, Misfits]) -> Table:
    return Table(
        f"At scale {short(SCALES[-1])}, medians over seeds",
        ("start", "misfit of W", "misfit of w", "‖x∞ − A⁺b‖/‖A⁺b‖"),
        tuple(
            (name, *(short_median(scores[:, -1]) for scores in (one.matrix, one.vector, one.gaps)))
            for name, one in found.items()
        ),
        "Only the first recipe makes both layers optimal; the first two make x the shortest solution.",
    )


def _claims_of(found: dict[str, Misfits]) -> tuple[Claim, ...]:
    exact = found["W = 0"]
    claims = [
        _claims.worst("misfit of W from W = 0, at every scale", exact.matrix, 1e-12),
        _claims.worst("misfit of w from W = 0, at every scale", exact.vector, 1e-12),
        _claims.worst("‖x∞ − A⁺b‖/‖A⁺b‖ from W = AᵀM, at every scale", found["W = AᵀM"].gaps, 1e-10),
    ]
    for name in ("W = AᵀM", "W Gaussian"):
        one = found[name]
        claims += [
            _claims.least(f"misfit of W from {name}, at scale 1: half of W or more", 0.5, one.matrix[:, -1]),
            _claims.slope(
                f"slope of log misfit against log scale from {name}, small starts",
                1.0,
                SCALES[:2],
                one.matrix[:, :2],
                0.02,
            ),
            _claims.median(
                f"misfit over its prediction from {name}, smallest scale", 1.0, one.matrix[:, 0] / one.law[:, 0], 0.02
            ),
        ]
    return tuple(claims)
