"""E3 of Woodworth et al. 2020: population error and ℓ1 norm from the kernel to the rich regime, by depth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ridgeless import inits
from ridgeless.networks import Difference
from ridgeless.papers import _claims, _curves, _sweeps
from ridgeless.papers._experiments import PerSeed, Scores, arrived
from ridgeless.papers._text import short, short_median
from ridgeless.papers.base import Budget, Claim, Figure, PaperProgress, Points, Section
from ridgeless.papers.woodworth2020._systems import FULL, Shape, noisy_sparse, population_error, shape_for
from ridgeless.systems import LinearSystem
from ridgeless.verbs.limit import limit
from ridgeless.verbs.limit_path import limit_path

# Smallest scale and largest: where each depth has reached both ends.
RANGES = {2: (1e-6, 10.0), 3: (1e-3, 3.0), 5: (0.1, 3.0)}
_LOW, _HIGH = 0.1, 0.9
# A fall of the norm by less is the tolerance of two limits.
_EVEN = 1e-6


@dataclass(frozen=True)
class Regimes:
    """Limits of one depth at many scales.

    Attributes:
        depth: D.
        scales: α, increasing.
        errors: (seeds, scales) ‖x∞ − truth‖².
        excess: (seeds, scales) ‖x∞‖₁/min‖x‖₁ − 1.
    """

    depth: int
    scales: Points
    errors: Scores
    excess: Scores


@dataclass(frozen=True)
class Comparison:
    """The regimes of every depth, and the two ends that they lie between.

    Attributes:
        shape: of the systems.
        regimes: one for each depth.
        sparse: (seeds,) ‖x − truth‖² of the solution of least ℓ1 norm.
        shortest: (seeds,) the same of A⁺b.
        shortest_excess: (seeds,) ‖A⁺b‖₁/min‖x‖₁ − 1.
    """

    shape: Shape
    regimes: list[Regimes]
    sparse: PerSeed
    shortest: PerSeed
    shortest_excess: PerSeed


def run(budget: Budget, progress: PaperProgress) -> Comparison:
    """The limits of E3."""
    shape, count = shape_for(budget), budget.choose(seconds=13, minutes=17, cluster=33)
    systems = [noisy_sparse(index, shape) for index in range(budget.seeds)]
    ends = _sweeps.over_seeds(_ends, systems)
    regimes = []
    for depth in _sweeps.announced(progress, "E3: population error, D = {}", RANGES):
        scales = np.geomspace(*RANGES[depth], count)
        regimes.append(Regimes(depth, scales, *_along(depth, scales, systems, ends[0])))
    return Comparison(shape, regimes, *ends[1:])


def _ends(system: LinearSystem) -> tuple[float, float, float, float]:
    """The least ℓ1 norm, the errors of the solution that has it and of A⁺b, and the ℓ1 excess of A⁺b."""
    found, shortest = limit(system, Difference(2), inits.Vanishing()), system.min_norm()
    least = arrived(found) * float(np.abs(found.x).sum())
    errors = population_error(system, found.x), population_error(system, shortest)
    return least, *errors, float(np.abs(shortest).sum()) / least - 1


def _along(depth: int, scales: Points, systems: list[LinearSystem], least: PerSeed) -> tuple[Scores, Scores]:
    errors, norms = [], []
    for system in systems:
        path = limit_path(system, Difference(depth), scales)
        there = np.array([arrived(each) for each in path.solutions])
        errors.append(there * [population_error(system, x) for x in path.x])
        norms.append(there * np.abs(path.x).sum(axis=1))
    return np.array(errors), np.array(norms) / least[:, None] - 1


def section(found: Comparison) -> Section:
    """E3."""
    shape, seeds = found.shape, len(found.sparse)
    rebuilt = "the sizes of the paper's figure" if shape == FULL else "a fifth of the unknowns of the paper's figure"
    return Section(
        "E3",
        "What does the scale of the start do to the population error?",
        f"{shape.equations} equations in {shape.unknowns} unknowns ({rebuilt}), {shape.nonzeros} entries 1/√"
        f"{shape.nonzeros} of the truth, labels with noise of variance 0.01, drawn {seeds} times. x = u^D − v^D from "
        f"u = v = α. From large scales the end is A⁺b (kernel regime, median error {short_median(found.shortest)}), "
        f"from small ones the solution of least ℓ1 norm (rich regime, {short_median(found.sparse)}). Deeper networks "
        "pass from one to the other at larger scales, and within fewer decades. Every point is an exact limit.",
        (_error_figure(found), _excess_figure(found)),
        claims=_claims_of(found),
    )


def _error_figure(found: Comparison) -> Figure:
    span = np.array([RANGES[2][0], RANGES[2][1]])
    curves = [_curves.median(f"D = {one.depth}", one.scales, one.errors) for one in found.regimes]
    ends = [("A⁺b", found.shortest), ("least ℓ1 norm", found.sparse)]
    lines = [_curves.predicted(name, span, np.full(2, np.median(values))) for name, values in ends]
    return Figure(
        "Small scales generalize, large ones do not",
        "scale α",
        "population error ‖x∞ − x*‖²",
        (*curves, *lines),
        "Medians over seeds with 95 % bands. The lines are the two ends that the paper predicts.",
    )


def _excess_figure(found: Comparison) -> Figure:
    span = np.array([RANGES[2][0], RANGES[2][1]])
    return Figure(
        "Depth reaches the sparse solution at larger scales",
        "scale α",
        "‖x∞‖₁/min‖x‖₁ − 1",
        (
            *(_curves.median(f"D = {one.depth}", one.scales, np.maximum(one.excess, 0.0)) for one in found.regimes),
            _curves.predicted("A⁺b", span, np.full(2, np.median(found.shortest_excess))),
        ),
        "Medians over seeds with 95 % bands. At depth 2 the excess falls as one over log(1/α), from depth 3 on as a "
        "power of α.",
    )


def crossing(one: Regimes, ends: PerSeed, part: float) -> PerSeed:
    """The decimal logarithm of the scale where the ℓ1 excess of each seed reaches a part of that of A⁺b."""
    logs = np.log10(one.scales)
    return np.array([np.interp(part * end, row, logs) for end, row in zip(ends, one.excess, strict=True)])


def _claims_of(found: Comparison) -> tuple[Claim, ...]:
    return (*(claim for one in found.regimes for claim in _ends_of(found, one)), *_sharpness(found))


def _ends_of(found: Comparison, one: Regimes) -> tuple[Claim, ...]:
    lazy, rich = one.errors[:, -1] / found.shortest, one.errors[:, 0] / found.shortest
    told = f"D = {one.depth}"
    falls = -np.diff(one.excess, axis=1).min(axis=1)
    return (
        _claims.median(f"error over that of A⁺b, α = {short(one.scales[-1])}, {told}", 1.0, lazy, 0.01),
        _claims.median(f"error over that of A⁺b, α = {short(one.scales[0])}, {told}", 0.1, rich, 0.0, "at most"),
        _claims.median(f"ℓ1 excess at α = {short(one.scales[0])}, {told}", 0.01, one.excess[:, 0], 0.0, "at most"),
        _claims.count(f"the ℓ1 norm never falls as α rises, {told}", falls <= _EVEN),
    )


def _sharpness(found: Comparison) -> list[Claim]:
    at = {
        one.depth: [crossing(one, found.shortest_excess, part) for part in (_LOW, 0.5, _HIGH)] for one in found.regimes
    }
    claims = []
    for shallow, deep in ((2, 3), (3, 5)):
        widths = (at[deep][2] - at[deep][0]) / (at[shallow][2] - at[shallow][0])
        claims.append(
            _claims.median(
                f"decades of α from a tenth to nine tenths of the ℓ1 excess of A⁺b, D = {deep} over D = {shallow}",
                1.0,
                widths,
                0.0,
                "at most",
            )
        )
        moved = 10 ** (at[deep][1] - at[shallow][1])
        name = f"scale of half the ℓ1 excess of A⁺b, D = {deep} over D = {shallow}"
        claims.append(_claims.median(name, 1.0, moved, 0.0, "at least"))
    return claims
