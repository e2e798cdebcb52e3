"""Pretraining and fine-tuning of x = u⁺∘v⁺ − u⁻∘v⁻, as exact limits.

Every entry of u⁺, u⁻ starts at u₀ and of v⁺, v⁻ at v₀, so that x = 0. The scale is s = u₀² + v₀², and the relative
scale ρ = (u₀² − v₀²)/s. Gradient flow moves both branches against each other, x = s·sinh 2z, and conserves
u² − v² = ρs.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ridgeless._core.arrays import Vector
from ridgeless.networks import Theta, TwoBranch
from ridgeless.papers._experiments import arrived
from ridgeless.systems import LinearSystem
from ridgeless.verbs.continue_from import continue_from
from ridgeless.verbs.limit import limit

_PAPER = 260220062  # arXiv number: these draws are no other file's
NETWORK = TwoBranch(2)
TASKS = ("some of the old features", "all of the old features", "new features")


@dataclass(frozen=True)
class Sizes:
    """Of a pair of tasks.

    Attributes:
        unknowns: d.
        before: equations of pretraining.
        after: equations of fine-tuning.
        old: features of pretraining: entries ±1 of its truth.
        few: features of a task with some of them, or with new ones.
        spread: entries that are not 0 have sizes drawn evenly from 1 − spread to 1 + spread.
    """

    unknowns: int
    before: int
    after: int
    old: int
    few: int
    spread: float = 0.0


def tasks(index: int, sizes: Sizes) -> tuple[LinearSystem, dict[str, LinearSystem]]:
    """Pretraining, and a fine-tuning for each of `TASKS`: Gaussian rows over √n, entries with signs drawn anew."""
    rng = np.random.default_rng(np.random.SeedSequence([_PAPER, index]))

    def system(A: np.ndarray, places: slice) -> LinearSystem:
        truth = np.zeros(sizes.unknowns)
        count = len(truth[places])
        truth[places] = rng.choice([-1.0, 1.0], count) * rng.uniform(1 - sizes.spread, 1 + sizes.spread, count)
        return LinearSystem(A, A @ truth, truth)

    before, after = (rng.standard_normal((n, sizes.unknowns)) / np.sqrt(n) for n in (sizes.before, sizes.after))
    places = (slice(sizes.few), slice(sizes.old), slice(sizes.unknowns - sizes.few, None))
    return system(before, slice(sizes.old)), {
        name: system(after, place) for name, place in zip(TASKS, places, strict=True)
    }


def start(unknowns: int, scale: float, relative: float) -> Theta:
    """u₀ and v₀ of this scale and relative scale, in both branches.

    Example:
        >>> start(1, 2.0, 0.0)["plus"].tolist()
        [[1.0], [1.0]]
    """
    sizes = np.sqrt(scale * (1 + np.array([relative, -relative])) / 2)
    layers = np.tile(sizes[:, None], (1, unknowns))
    return {"plus": layers, "minus": layers.copy()}


def features(x: Vector, scale: float, relative: float) -> tuple[Vector, Vector]:
    """(|u⁺|, |u⁻|) where pretraining ends: with p = u + v and m = u − v, u^± = (p₀·exp(±z) + m₀·exp(∓z))/2.

    Example:
        >>> features(np.array([0.0]), 2.0, 0.0)
        (array([1.]), array([1.]))
    """
    first, second = np.sqrt(scale * (1 + np.array([relative, -relative])) / 2)
    z = np.arcsinh(x / scale) / 2
    up, down = (first + second) * np.exp(z), (first - second) * np.exp(-z)
    swapped_up, swapped_down = (first + second) * np.exp(-z), (first - second) * np.exp(z)
    return np.abs(up + down) / 2, np.abs(swapped_up + swapped_down) / 2


def tuning_start(u: tuple[Vector, Vector]) -> Theta:
    """The features of pretraining, and second layers 0."""
    return {name: np.stack([one, np.zeros_like(one)]) for name, one in zip(("plus", "minus"), u, strict=True)}


def by_continuing(system: LinearSystem, scale: float, relative: float) -> tuple[Vector, tuple[Vector, Vector]]:
    """x and (|u⁺|, |u⁻|) where pretraining ends, by the package: the limit, and the weights that go with it."""
    found = limit(system, NETWORK, start(system.shape[1], scale, relative))
    theta = continue_from(found, system)(NETWORK, system, 0)
    return arrived(found) * found.x, (np.abs(theta["plus"][0]), np.abs(theta["minus"][0]))


def tuned(system: LinearSystem, u: tuple[Vector, Vector]) -> Vector:
    """Where fine-tuning from these features ends; NaN where the limit did not converge."""
    found = limit(system, NETWORK, tuning_start(u))
    return arrived(found) * found.x


def relative_error(system: LinearSystem, x: Vector) -> float:
    """‖x − truth‖²/‖truth‖²."""
    truth = np.asarray(system.truth)
    return float(np.sum((x - truth) ** 2) / np.sum(truth**2))
