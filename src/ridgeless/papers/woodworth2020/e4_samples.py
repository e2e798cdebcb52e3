"""E4 of Woodworth et al. 2020: how many samples a start at each scale needs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ridgeless import inits
from ridgeless._core.arrays import Vector
from ridgeless.networks import Difference
from ridgeless.papers import _claims, _curves
from ridgeless.papers._experiments import PerSeed, Scores
from ridgeless.papers._text import short, short_median
from ridgeless.papers.base import Budget, Claim, Figure, PaperProgress, Section
from ridgeless.papers.woodworth2020._systems import Shape, noisy_sparse, population_error, shape_for
from ridgeless.systems import LinearSystem
from ridgeless.verbs.limit import limit

SCALES = np.array([1e-6, 1e-4, 1e-3, 1e-2, 0.03, 0.1, 1.0])
# The paper's threshold.
ENOUGH = 0.025
_NETWORK = Difference(2)


@dataclass(frozen=True)
class Needs:
    """The fewest samples with a population error of at most `ENOUGH`.

    Attributes:
        shape: of the systems; its unknowns bound the number of samples.
        most: samples beyond which nobody looked.
        by_scale: (seeds, scales) the need of each scale; `most` where more are needed.
        sparse: (seeds,) that of the solution of least ℓ1 norm.
    """

    shape: Shape
    most: int
    by_scale: Scores
    sparse: PerSeed


def run(budget: Budget, progress: PaperProgress) -> Needs:
    """The limits of E4."""
    shape = shape_for(budget)
    most, rows = shape.unknowns // 2, []
    for index in range(budget.choose(seconds=budget.seeds, minutes=min(budget.seeds, 5), cluster=budget.seeds)):
        progress(f"E4: samples, system {index + 1}")
        whole = noisy_sparse(index, shape, most)
        starts = [inits.Constant(scale) for scale in SCALES.tolist()]
        needs = [fewest(whole, lambda system, start=start: limit(system, _NETWORK, start).x) for start in starts]
        sparse = fewest(whole, lambda system: limit(system, _NETWORK, inits.Vanishing()).x)
        rows.append((needs, sparse))
    by_scale, sparse = zip(*rows, strict=True)
    return Needs(shape, most, np.array(by_scale, dtype=float), np.array(sparse, dtype=float))


def fewest(whole: LinearSystem, solution: Callable[[LinearSystem], Vector]) -> int:
    """The fewest first equations whose solution has an error of at most `ENOUGH`, by bisection; all if none do."""
    rows, low, high = np.asarray(whole.A), 1, whole.shape[0]
    while low < high:
        middle = (low + high) // 2
        x = solution(LinearSystem(rows[:middle], whole.b[:middle]))
        low, high = (low, middle) if population_error(whole, x) <= ENOUGH else (middle + 1, high)
    return high


def section(found: Needs) -> Section:
    """E4."""
    shape, seeds = found.shape, len(found.sparse)
    return Section(
        "E4",
        "How many samples does a start at each scale need?",
        f"{shape.unknowns} unknowns, of which {shape.nonzeros} are not zero, labels with noise of variance 0.01, drawn "
        f"{seeds} times. For every scale of u = v = α, x = u² − v², the fewest samples with a population error of "
        f"{short(ENOUGH)} are found by bisection among the first {found.most}. The solution of least ℓ1 norm needs "
        f"{short_median(found.sparse)} of them. In the kernel regime the end is A⁺b, which misses a part 1 − n/d of "
        f"the truth in the mean, and so needs nearly all d: {found.most} do not suffice.",
        (_figure(found),),
        claims=_claims_of(found),
    )


def _figure(found: Needs) -> Figure:
    span = np.array([SCALES[0], SCALES[-1]])
    kernel, sparse = (1 - ENOUGH) * found.shape.unknowns, float(np.median(found.sparse))
    return Figure(
        "Sample complexity falls from that of ℓ2 to that of ℓ1",
        "scale α",
        f"samples for a population error of {short(ENOUGH)}",
        (
            _curves.median("u² − v²", SCALES, found.by_scale),
            _curves.predicted("(1 − 0.025)·d, kernel regime", span, np.full(2, kernel)),
            _curves.predicted("least ℓ1 norm", span, np.full(2, sparse)),
        ),
        f"Medians over seeds with 95 % bands. Marks at {found.most} mean that more are needed.",
    )


def _claims_of(found: Needs) -> tuple[Claim, ...]:
    rich = found.by_scale[:, 0] / found.sparse
    rises = np.all(np.diff(np.median(found.by_scale, axis=0)) >= 0)
    return (
        _claims.median(
            f"samples at α = {short(SCALES[0])} over those of the least ℓ1 norm", 1.25, rich, 0.0, "at most"
        ),
        _claims.least(
            f"samples at α = {short(SCALES[-1])} over half the unknowns", 1.0, found.by_scale[:, -1] / found.most
        ),
        Claim("the median need never falls as α rises (1 if so)", 1.0, float(rises)),
    )
