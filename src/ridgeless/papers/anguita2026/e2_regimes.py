"""E2 of Anguita et al. 2026: four regimes of fine-tuning, by absolute and relative scale of the start."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ridgeless._core.arrays import norm
from ridgeless.papers import _claims, _curves
from ridgeless.papers._experiments import Scores
from ridgeless.papers._text import short, short_median
from ridgeless.papers.anguita2026._phases import TASKS, Sizes, by_continuing, features, relative_error, tasks, tuned
from ridgeless.papers.base import Budget, Claim, Figure, PaperProgress, Section, Table

SCALES = np.array([1e-3, 1e-2, 0.1, 1.0, 10.0])
RELATIVES = {"first layer smaller": -0.9999, "balanced": 0.0, "first layer larger": 0.9}
_SOME, _ALL, _NEW = TASKS
_SMALLER, _BALANCED, _LARGER = RELATIVES
_SMALL, _LARGE = 1, len(SCALES) - 1


@dataclass(frozen=True)
class Regimes:
    """Relative errors ‖x − truth‖²/‖truth‖² of fine-tuning.

    Attributes:
        sizes: of the tasks.
        errors: by task and relative scale, (seeds, scales).
        alone: by task, (seeds, scales): the same without pretraining, from a balanced start.
        from_lazy: by relative scale, (seeds, scales): ‖x − A⁺b‖/‖A⁺b‖ of the task with all old features.
    """

    sizes: Sizes
    errors: dict[tuple[str, str], Scores]
    alone: dict[str, Scores]
    from_lazy: dict[str, Scores]


def run(budget: Budget, progress: PaperProgress) -> Regimes:
    """The limits of E2."""
    sizes = budget.choose(
        seconds=Sizes(100, 70, 25, 12, 3), minutes=Sizes(200, 140, 50, 20, 4), cluster=Sizes(1000, 600, 200, 50, 8)
    )
    errors = {(task, name): np.zeros((budget.seeds, len(SCALES))) for task in TASKS for name in RELATIVES}
    alone = {task: np.zeros((budget.seeds, len(SCALES))) for task in TASKS}
    from_lazy = {name: np.zeros((budget.seeds, len(SCALES))) for name in RELATIVES}
    for index in range(budget.seeds):
        progress(f"E2: regimes, tasks {index + 1} of {budget.seeds}")
        first, after = tasks(index, sizes)
        for k, scale in enumerate(SCALES.tolist()):
            for task, second in after.items():
                alone[task][index, k] = relative_error(second, by_continuing(second, scale, 0.0)[0])
            for name, relative in RELATIVES.items():
                u = features(by_continuing(first, scale, relative)[0], scale, relative)
                ends = {task: tuned(second, u) for task, second in after.items()}
                for task, x in ends.items():
                    errors[task, name][index, k] = relative_error(after[task], x)
                shortest = after[_ALL].min_norm()
                from_lazy[name][index, k] = norm(ends[_ALL] - shortest) / norm(shortest)
    return Regimes(sizes, errors, alone, from_lazy)


def section(found: Regimes) -> Section:
    """E2."""
    sizes = found.sizes
    return Section(
        "E2",
        "When does fine-tuning reuse features, and when does it refine them?",
        f"Pretraining on {sizes.before} equations in {sizes.unknowns} unknowns finds {sizes.old} features, entries ±1; "
        f"fine-tuning has {sizes.after} equations and a truth with {sizes.few} of these features, with all of them, or "
        f"with {sizes.few} others, with signs drawn anew. {len(found.from_lazy[_BALANCED])} pairs of tasks, all limits "
        "exact. A large scale with a larger first layer is lazy: fine-tuning ends at A⁺b, whatever was learnt before. "
        "A large scale with a much smaller first layer learns, but what pretraining left is faint: new features are "
        "found too. A small scale reuses: all old features are found from too few equations, new ones are not. And a "
        "small scale with a smaller first layer both reuses and refines: it is best where some of the old features "
        "are needed.",
        tuple(_figure(found, task) for task in TASKS),
        (_table(found),),
        _claims_of(found),
    )


def _figure(found: Regimes, task: str) -> Figure:
    without = np.median(found.alone[task], axis=0)
    return Figure(
        f"Fine-tuning on {task}",
        "scale s = u₀² + v₀²",
        "‖x − x*‖²/‖x*‖²",
        (
            *(_curves.median(name, SCALES, found.errors[task, name]) for name in RELATIVES),
            _curves.predicted("without pretraining", SCALES, without),
        ),
        "Exact limits: medians over tasks with 95 % bands. The line is the limit without pretraining, from a balanced "
        "start.",
    )


def _table(found: Regimes) -> Table:
    corners = [(place, name) for place in (_SMALL, _LARGE) for name in (_SMALLER, _LARGER)]
    rows = [
        (short(SCALES[place]), name, *(short_median(found.errors[task, name][:, place]) for task in TASKS))
        for place, name in corners
    ]
    return Table("Four corners", ("s", "start", *TASKS), tuple(rows), "Median relative errors of fine-tuning.")


def _claims_of(found: Regimes) -> tuple[Claim, ...]:
    error, alone = found.errors, found.alone
    small, large = short(SCALES[_SMALL]), short(SCALES[_LARGE])
    refined = error[_SOME, _SMALLER][:, _SMALL] / error[_SOME, _LARGER][:, _SMALL]
    reused = error[_ALL, _SMALLER][:, _SMALL] / alone[_ALL].min(axis=1)
    misled = error[_NEW, _BALANCED][:, _SMALL] / alone[_NEW][:, _SMALL]
    anew = error[_NEW, _SMALLER][:, _LARGE] / error[_NEW, _SMALLER][:, _SMALL]
    distances = {name: each[:, _LARGE] for name, each in found.from_lazy.items()}
    lazy = f"‖x − A⁺b‖/‖A⁺b‖ at s = {large}"
    told = [
        (f"new features: error at s = {large} over that at {small}, {_SMALLER}", 0.5, anew, "at most"),
        (f"reuse: error on all features over the best without pretraining, s = {small}", 0.5, reused, "at most"),
        (f"price of reuse: error on new features over that without pretraining, s = {small}", 2.0, misled, "at least"),
        (f"refinement: error on some features, smaller over larger first layer, s = {small}", 0.5, refined, "at most"),
    ]
    return (
        _claims.median(f"lazy: {lazy}, {_LARGER}", 0.0, distances[_LARGER], 0.05),
        _claims.median(f"not lazy: {lazy}, {_SMALLER}", 0.3, distances[_SMALLER], 0.0, "at least"),
        *(_claims.median(name, bound, ratios, 0.0, sense) for name, bound, ratios, sense in told),
    )
