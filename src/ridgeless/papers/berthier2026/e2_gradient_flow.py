"""E2 of Berthier 2026: averages of gradient flow from small starts, for u∘v, with weight decay, and for u∘u."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import islice

import numpy as np
from jaxtyping import Float

from ridgeless.papers import _claims, _curves
from ridgeless.papers._lasso import LassoPath
from ridgeless.papers._text import short
from ridgeless.papers._trajectories import Branches, flow, product, square
from ridgeless.papers.base import Budget, Claim, Figure, PaperProgress, Section
from ridgeless.papers.berthier2026._systems import EQUATIONS, UNKNOWNS, monotone, suboptimality
from ridgeless.systems import LinearSystem

# log₁₀(1/ε) of the starts.
POWERS = {"few": (20.0, 80.0), "many": (5.0, 10.0, 20.0, 40.0, 80.0)}
# λ of the weight decay, as a part of max|Aᵀb|.
DECAY = 0.1
# Times at which averages are taken, in units of the first jump.
_TIMES = np.array([1.5, 2.0, 4.0, 8.0, 16.0])


@dataclass(frozen=True)
class Training:
    """A network with its clock: t = s·log(1/ε)/pace.

    Attributes:
        branches: (log ε, unknowns, λ) ↦ the start √ε.
        pace: 2 for u∘v, 4 for u∘u.
        is_signed: whether x may have both signs.
        decay: λ, as a part of max|Aᵀb|.
    """

    branches: Callable[[float, int, float], Branches]
    pace: float
    is_signed: bool = True
    decay: float = 0.0


TRAININGS: Mapping[str, Training] = {
    "u∘v": Training(lambda log, count, _: product(log / 2, count), 2.0),
    "u∘v, weight decay": Training(lambda log, count, decay: product(log / 2, count, decay), 2.0, decay=DECAY),
    "u∘u": Training(lambda log, count, _: square(log / 2, count), 4.0, is_signed=False),
}


@dataclass(frozen=True)
class Nearness:
    """How near the averages of one kind of training are to its Lasso path.

    Attributes:
        name: in `TRAININGS`.
        logs: (scales,) log(1/ε).
        excess: (seeds, scales) suboptimality, the largest over times.
    """

    name: str
    logs: Float[np.ndarray, " scales"]
    excess: Float[np.ndarray, "seeds scales"]


def run(budget: Budget, progress: PaperProgress) -> list[Nearness]:
    """The averages of E2."""
    logs = np.log(10) * np.array(POWERS[budget.choose(seconds="few", minutes="many", cluster="many")])
    found = []
    for name, training in TRAININGS.items():
        progress(f"E2: averages, {name}")
        drawn = islice(monotone(training.is_signed), budget.seeds)
        rows = [[_excess(training, system, path, log) for log in logs.tolist()] for system, path in drawn]
        found.append(Nearness(name, logs, np.array(rows)))
    return found


def _excess(training: Training, system: LinearSystem, path: LassoPath, log: float) -> float:
    """The largest suboptimality of the average over times, for Lasso with λ + 1/s."""
    A, largest = np.asarray(system.A), float(path.penalties[0])
    decay = training.decay * largest
    times = _TIMES / largest
    branches = training.branches(-log, UNKNOWNS, decay)
    found = flow(system, branches, times * log / training.pace)
    penalties = decay + 1 / times
    return max(
        suboptimality(A, system.b, mean, path.at(penalty), penalty)
        for mean, penalty in zip(found.mean, penalties.tolist(), strict=True)
    )


def section(found: list[Nearness]) -> Section:
    """E2."""
    seeds, smallest = len(found[0].excess), found[0].logs[-1] / np.log(10)
    return Section(
        "E2",
        "How small a start is needed before the average of gradient flow is the Lasso solution?",
        f"{EQUATIONS} equations in {UNKNOWNS} unknowns, {seeds} systems with a monotone Lasso path for each network. "
        "u∘v from u = √ε, v = 0 with time s = 2t/log(1/ε); the same with weight decay λ on u and v, where the paper's "
        f"penalty is λ + 1/s (λ = {short(DECAY)}·max|Aᵀb|); and u∘u from √ε with s = 4t/log(1/ε), where x ≥ 0. The "
        f"average of x is taken at {len(_TIMES)} times from {short(_TIMES[0])} to {short(_TIMES[-1])} times that of "
        f"the first jump. Its suboptimality tends to 0 with ε: at ε = 1e-{smallest:.0f} it is small at all of them.",
        (_figure(found),),
        claims=tuple(claim for one in found for claim in _claims_of(one)),
    )


def _figure(found: list[Nearness]) -> Figure:
    last = max(float(np.median(one.excess[:, -1])) for one in found)
    return Figure(
        "The smaller the start, the nearer to the Lasso path",
        "log(1/ε)",
        "suboptimality, largest over times",
        (
            *(_curves.median(one.name, one.logs, one.excess) for one in found),
            _curves.predicted("slope −1", found[0].logs, last * found[0].logs[-1] / found[0].logs),
        ),
        "Medians over systems with 95 % bands. Marks that fall faster than the line do as is claimed: the conditions "
        "of optimality are violated by a part of order 1/log(1/ε).",
    )


def _claims_of(one: Nearness) -> tuple[Claim, ...]:
    slopes, told = _claims.slopes(one.logs, one.excess), f"{one.name}, 1e-{one.logs[-1] / np.log(10):.0f}"
    return (
        _claims.median(f"slope of log suboptimality against log log(1/ε), {one.name}", -1.0, slopes, 0.0, "at most"),
        _claims.median(
            f"suboptimality of the average, largest over times, {told}", 1e-2, one.excess[:, -1], 0.0, "at most"
        ),
    )
