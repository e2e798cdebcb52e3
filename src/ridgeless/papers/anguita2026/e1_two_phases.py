"""E1 of Anguita et al. 2026: both phases are known without training, and what passes from one to the other."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ridgeless import flows
from ridgeless._core.arrays import norm
from ridgeless.papers import _claims, _sweeps
from ridgeless.papers._experiments import PerSeed, arrived
from ridgeless.papers._text import short
from ridgeless.papers.anguita2026._phases import (
    NETWORK,
    TASKS,
    Sizes,
    by_continuing,
    features,
    start,
    tasks,
    tuned,
    tuning_start,
)
from ridgeless.papers.base import Budget, Claim, Curve, Figure, PaperProgress, Points, Section
from ridgeless.verbs.train import train

_SIZES = Sizes(unknowns=20, before=10, after=10, old=4, few=2, spread=0.7)
# Scale and relative scale, and the power of |x| that the features of fine-tuning follow there.
CASES = {
    "first layer larger": (10.0, 0.99, 0.0),
    "balanced": (1e-6, 0.0, 1.0),
    "first layer smaller": (50.0, -1.0, 2.0),
}
_SMALLER = 1 - 1e-9  # v₀ alone would leave no feature to learn from
_TOLERANCE = 1e-9


@dataclass(frozen=True)
class Phases:
    """One start, trained twice.

    Attributes:
        name: of the start.
        scale: s.
        relative: ρ.
        power: that of |x| expected of k = u⁺² + u⁻².
        features: (seeds,) the largest difference of |u^±| between closed form, `continue_from` and training, over the
            largest.
        tuned: (seeds,) ‖x − limit‖/‖limit‖ of fine-tuning, trained in the weights.
        slopes: (seeds,) that of log k against log|x|, over the entries that pretraining has found.
        example: |x| and k of the first system, from trained weights.
    """

    name: str
    scale: float
    relative: float
    power: float
    features: PerSeed
    tuned: PerSeed
    slopes: PerSeed
    example: tuple[Points, Points]


def run(budget: Budget, progress: PaperProgress) -> list[Phases]:
    """The trainings of E1."""
    found = []
    for name in _sweeps.announced(progress, "E1: two phases, {}", CASES):
        scale, relative, power = CASES[name]
        relative = max(relative, -_SMALLER)
        rows = [_measured(index, scale, relative) for index in range(budget.seeds)]
        apart, tuned_apart, slopes = (np.array(column) for column in zip(*(row[:3] for row in rows), strict=True))
        found.append(Phases(name, scale, relative, power, apart, tuned_apart, slopes, rows[0][3]))
    return found


def _measured(index: int, scale: float, relative: float) -> tuple[float, float, float, tuple[Points, Points]]:
    first, after = tasks(index, _SIZES)
    second, in_weights = after[TASKS[1]], flows.GradientFlow(coordinates="weights")
    trained = train(first, NETWORK, start(_SIZES.unknowns, scale, relative), in_weights, tol=_TOLERANCE)
    theta = trained.theta or {}
    kept = np.abs(theta["plus"][0]), np.abs(theta["minus"][0])
    x, continued = by_continuing(first, scale, relative)
    told = np.array(features(x, scale, relative))
    apart = max(float(np.max(np.abs(told - np.array(other)))) for other in (kept, continued)) / float(told.max())
    again = train(second, NETWORK, tuning_start(kept), in_weights, tol=_TOLERANCE)
    exact = tuned(second, features(x, scale, relative))
    size, k = np.abs(trained.x), kept[0] ** 2 + kept[1] ** 2
    large = size > 0.05 * size.max()
    slope = float(np.polyfit(np.log(size[large]), np.log(k[large]), 1)[0])
    order = np.argsort(size[large])
    there = arrived(trained) * arrived(again)
    return there * apart, there * norm(again.x - exact) / norm(exact), slope, (size[large][order], k[large][order])


def section(found: list[Phases]) -> Section:
    """E1."""
    starts = "; ".join(f"{one.name}: s = {short(one.scale)}, ρ = {short(one.relative)}" for one in found)
    return Section(
        "E1",
        "What does pretraining leave to fine-tuning?",
        f"x = u⁺∘v⁺ − u⁻∘v⁻ in {_SIZES.unknowns} unknowns, trained on {_SIZES.before} equations, then, with the second "
        f"layers set to 0, on {_SIZES.after} others; {len(found[0].tuned)} pairs of tasks. Scale and relative scale of "
        f"the start are s = u₀² + v₀² and ρ = (u₀² − v₀²)/s ({starts}). Both phases end at exact limits, and what "
        "passes between them are the features u, in closed form by x and the start. Fine-tuning sees k = u⁺² + u⁻²: "
        "entries with k ≫ |x| are cheap and lazy, those with k ≪ |x| dear and sparse. Of the entries that pretraining "
        "found, k does not depend on |x| where the first layer was larger, is proportional to it from a balanced "
        "start, and to its square where the first layer was smaller.",
        (_figure(found),),
        claims=tuple(claim for one in found for claim in _claims_of(one)),
    )


def law(one: Phases, sizes: Points) -> Points:
    """k = u⁺² + u⁻² = √(x² + s²) + ρs.

    Over both branches u² + v² adds up to 2s·cosh 2z, with x = s·sinh 2z, and u² − v² to the conserved 2ρs.
    """
    return np.hypot(sizes, one.scale) + one.relative * one.scale


def _figure(found: list[Phases]) -> Figure:
    curves = []
    for one in found:
        sizes, k = one.example
        curves += [Curve(one.name, sizes, k), Curve(f"law, {one.name}", sizes, law(one, sizes), "predicted")]
    return Figure(
        "Features after pretraining",
        "|x| after pretraining",
        "k = u⁺² + u⁻²",
        tuple(curves),
        "The entries of the first system that pretraining has found. Lines: k = √(x² + s²) + ρs.",
    )


def _claims_of(one: Phases) -> tuple[Claim, ...]:
    return (
        _claims.worst(f"difference of features by closed form, limit and training, {one.name}", one.features, 1e-5),
        _claims.worst(f"‖x − limit‖/‖limit‖ of fine-tuning, {one.name}", one.tuned, 1e-5),
        _claims.median(f"slope of log k against log|x|, {one.name}", one.power, one.slopes, 0.1),
    )
