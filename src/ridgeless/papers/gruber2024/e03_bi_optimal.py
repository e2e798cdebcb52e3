"""E3: which starts end where each layer is optimal given the other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ridgeless import inits
from ridgeless._core.arrays import norm
from ridgeless.certificates import bi_optimality
from ridgeless.inits import Init
from ridgeless.networks import Theta
from ridgeless.papers._experiments import (
    FLOW,
    Scores,
    dense,
    gap,
    instances,
    least_claim,
    median_claim,
    median_curve,
    null_part,
    predicted_curve,
    short,
    trained_in_full,
    worst_claim,
)
from ridgeless.papers.base import Claim, Curve, Figure, Progress, Section, Table, slope
from ridgeless.solution import Status
from ridgeless.systems import LinearSystem

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


def run_section(seeds: int, progress: Progress) -> Section:
    """E3, computed."""
    return section(run(seeds, progress))


def run(seeds: int, progress: Progress) -> dict[str, Misfits]:
    """The trainings of E3, recipe by recipe."""
    found = {}
    for name, recipe in _RECIPES.items():
        progress(f"E3: bi-optimality from {name}")
        rows = []
        for one in instances(3, seeds):
            cells = [_cell(one.system, recipe(scale), one.seed) for scale in SCALES]
            rows.append(list(zip(*cells, strict=True)))
        found[name] = Misfits(*np.array(rows).transpose(1, 0, 2))
    return found


def _cell(system: LinearSystem, init: Init, seed: int) -> tuple[float, float, float, float]:
    theta0 = init(dense(1), system, seed)
    found = trained_in_full(system, dense(1), theta0, FLOW, _TOLERANCE)
    measured = bi_optimality(system, found.theta)
    is_there = 1.0 if found.status is Status.CONVERGED else float("nan")
    distance = gap(system, found) / norm(system.min_norm())
    return is_there * measured.matrix_misfit, is_there * measured.vector_misfit, distance, leading_order(system, theta0)


def leading_order(system: LinearSystem, theta0: Any) -> float:
    """m/√(‖A⁺b‖ + m²), m² = tr D − ŷᵀDŷ + ‖P_N W ŷ‖², D = WᵀW − wwᵀ at the start, ŷ ∝ Wᵀĝ + w and ĝ ∝ Aᵀb.

    D is conserved, and W∞ is the sum of A⁺b·wᵀ/‖w‖², of W∞(I − ŵŵᵀ) and of P_N W ŵŵᵀ, orthogonal to one another. The
    misfit is therefore m/√(‖A⁺b‖²/‖w∞‖² + m²) with ŵ∞ for ŷ, exactly; small starts have ŵ∞ → ŷ and ‖w∞‖² → ‖A⁺b‖.
    """
    start: Theta = theta0
    matrix, vector = start["W"][0], start["w"]
    pull = system.rmatvec(system.b)
    grown = matrix.T @ (pull / norm(pull)) + vector
    grown /= norm(grown)
    across = norm((matrix @ (np.eye(len(vector)) - np.outer(grown, grown))).ravel()) ** 2
    along = norm(vector) ** 2 - float(vector @ grown) ** 2
    kept = norm(null_part(system, start) @ grown) ** 2
    square = max(across - along + kept, 0.0)
    return float(np.sqrt(square / (norm(system.min_norm()) + square)))


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
        f"scale, to {short(float(exact.matrix.max()))}. From W = AᵀM with M Gaussian it ends at the minimum-norm x (to "
        f"{short(float(rows.gaps.max()))}), and still W is {short(float(np.median(rows.matrix[:, -1])))} of its size "
        "away from optimal at scale 1: the stack (W; wᵀ) keeps its rank, and a bi-optimal one has rank one. Small "
        "Gaussian starts come near both.",
        (_figure(found),),
        (_table(found),),
        _claims(found),
    )


def _figure(found: dict[str, Misfits]) -> Figure:
    curves: list[Curve] = []
    for name, misfits in found.items():
        curves.append(median_curve(name, SCALES, misfits.matrix))
        if name != "W = 0":
            curves.append(predicted_curve(f"law, {name}", SCALES, np.median(misfits.law, axis=0)))
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
            (name, *(short(float(np.median(scores[:, -1]))) for scores in (one.matrix, one.vector, one.gaps)))
            for name, one in found.items()
        ),
        "Only the first recipe makes both layers optimal; the first two make x the shortest solution.",
    )


def _claims(found: dict[str, Misfits]) -> tuple[Claim, ...]:
    exact = found["W = 0"]
    claims = [
        worst_claim("misfit of W from W = 0, at every scale", exact.matrix.max(axis=1), 1e-12),
        worst_claim("misfit of w from W = 0, at every scale", exact.vector.max(axis=1), 1e-12),
        worst_claim("‖x∞ − A⁺b‖/‖A⁺b‖ from W = AᵀM, at every scale", found["W = AᵀM"].gaps.max(axis=1), 1e-10),
    ]
    for name in ("W = AᵀM", "W Gaussian"):
        one = found[name]
        slopes = np.array([slope(SCALES[:2], row[:2]) for row in one.matrix])
        claims += [
            least_claim(f"misfit of W from {name}, at scale 1: half of W or more", 0.5, one.matrix[:, -1]),
            median_claim(f"slope of log misfit against log scale from {name}, small starts", 1.0, slopes, 0.02),
            median_claim(
                f"misfit over its prediction from {name}, smallest scale", 1.0, one.matrix[:, 0] / one.law[:, 0], 0.02
            ),
        ]
    return tuple(claims)
