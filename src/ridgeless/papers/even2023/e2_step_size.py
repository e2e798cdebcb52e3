"""E2 of Even et al. 2023: long steps make the end of GD less sparse, and that of SGD sparser."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ridgeless.papers import _claims, _curves
from ridgeless.papers._experiments import PerSeed, Scores, arrived
from ridgeless.papers._text import short, short_median
from ridgeless.papers.base import Budget, Claim, Figure, PaperProgress, Section
from ridgeless.papers.even2023._descent import NETWORK, Averaged, Ends, descend, regressions, start_at
from ridgeless.verbs.limit import limit

# The paper's sizes. The last part is beyond the bound, where training still converges: at the edge of stability.
EQUATIONS, UNKNOWNS, NONZEROS, SCALE = 20, 30, 3, 0.1
PARTS = np.array([0.02, 0.1, 0.25, 0.5, 0.75, 0.9, 1.0, 1.03])
_HALF = 3
_EXPERIMENT = 2
_DRAWS_PER_SEED = 100


@dataclass(frozen=True)
class Sweep:
    """One method over step sizes; every array is (seeds, parts).

    Attributes:
        name: "GD" or "SGD".
        norms: ‖x∞‖₁ over that of gradient flow.
        errors: ‖x∞ − truth‖².
        on: the mean gain of the entries on the support.
        off: the mean gain of the others.
    """

    name: str
    norms: Scores
    errors: Scores
    on: Scores
    off: Scores


@dataclass(frozen=True)
class StepSizes:
    """GD and SGD side by side.

    Attributes:
        sweeps: both.
        flowed: (seeds,) ‖x∞ − truth‖² of gradient flow.
        first: squared gradients at x = 0 by method and place, one mean for each draw of a design.
    """

    sweeps: list[Sweep]
    flowed: PerSeed
    first: dict[tuple[str, str], PerSeed]


def run(budget: Budget, progress: PaperProgress) -> StepSizes:
    """The descents of E2."""
    given = regressions(_EXPERIMENT, budget.seeds, EQUATIONS, UNKNOWNS, NONZEROS)
    lengths = {
        "GD": budget.choose(seconds=15_000, minutes=40_000, cluster=100_000),
        "SGD": budget.choose(seconds=20_000, minutes=60_000, cluster=100_000),
    }
    flowed = [limit(given.system(index), NETWORK, start_at(SCALE, UNKNOWNS)) for index in range(budget.seeds)]
    norms = np.array([arrived(one) * np.abs(one.x).sum() for one in flowed])
    sweeps = []
    for name, bounds in zip(lengths, given.stability_bounds(), strict=True):
        progress(f"E2: step sizes, {name}")
        rng = None if name == "GD" else np.random.default_rng(_EXPERIMENT)
        ends = descend(given, SCALE, bounds[:, None] * PARTS, lengths[name], rng)
        sweeps.append(_swept(name, given, ends, norms))
    progress("E2: gradients at the start")
    errors = np.array([np.sum((one.x - given.truth) ** 2) for one in flowed])
    return StepSizes(sweeps, errors, _first_gradients(budget.seeds * _DRAWS_PER_SEED))


def _swept(name: str, given: Averaged, ends: Ends, norms: PerSeed) -> Sweep:
    """Each x∞ is the limit from the effective start: what steps are left to take at the end change nothing more."""
    x = np.array(
        [
            [ends.limit_from_gains(given.system(index), SCALE, index, lane) for lane in range(len(PARTS))]
            for index in range(len(norms))
        ]
    )
    on = given.truth != 0
    return Sweep(
        name,
        np.abs(x).sum(axis=2) / norms[:, None],
        np.sum((x - given.truth) ** 2, axis=2),
        ends.gain[:, on].mean(axis=1),
        ends.gain[:, ~on].mean(axis=1),
    )


def _first_gradients(draws: int) -> dict[tuple[str, str], PerSeed]:
    """g_i² at x = 0, averaged over places; of SGD the mean over the equations that may be drawn."""
    given = regressions(_EXPERIMENT + 10, draws, EQUATIONS, UNKNOWNS, NONZEROS)
    single = given.A * given.b[:, :, None]
    squares = {"GD": np.mean(single, axis=1) ** 2, "SGD": np.mean(single**2, axis=1)}
    on = given.truth != 0
    return {
        (name, place): each[:, where].mean(axis=1)
        for name, each in squares.items()
        for place, where in (("on", on), ("off", ~on))
    }


def expected_square(name: str, is_on: bool) -> float:
    """E g_i² at x = 0 for standard Gaussian rows: x_i² + (‖x‖² + x_i²)/n of GD, ‖x‖² + 2·x_i² of SGD, x the truth.

    Example:
        >>> expected_square("GD", True), expected_square("GD", False), expected_square("SGD", True)
        (1.2, 0.15, 5.0)
    """
    size, own = float(NONZEROS), float(is_on)
    return own + (size + own) / EQUATIONS if name == "GD" else size + 2 * own


def section(found: StepSizes) -> Section:
    """E2."""
    descent, sampled = found.sweeps
    ratios = [short_median(one.on[:, _HALF] / one.off[:, _HALF]) for one in found.sweeps]
    return Section(
        "E2",
        "Do longer steps lead to sparser solutions?",
        f"x = u∘v from u = √2·α, v = 0 with α = {SCALE}, on {len(found.flowed)} regressions of {EQUATIONS} equations "
        f"in {UNKNOWNS} unknowns, three of them 1 and the others 0. Step sizes are parts of a stability bound at the "
        "truth, of the loss for GD and of the sharpest equation for SGD, and x∞ is the limit from the start that gains "
        "and tilts give. All gains grow with the step size. Those of GD lie on the support: at half the bound they are "
        f"{ratios[0]} times those off it, so that what should be small is left large beside it, and x∞ has a larger "
        f"ℓ1 norm than that of gradient flow. Those of SGD are nearly even, {ratios[1]} times, as from a smaller α, "
        "and x∞ is sparser. This shows at the first step: with x the truth, E g_i² is x_i² + (‖x‖² + x_i²)/n for GD "
        "and ‖x‖² + 2·x_i² for SGD. Beyond the bound, at the edge of stability, all this is larger.",
        (_error_figure(found), _gain_figure(found)),
        claims=(*_sparsity_claims(found, descent, sampled), *_gain_claims(found, descent, sampled)),
    )


def _error_figure(found: StepSizes) -> Figure:
    flowed = np.full(len(PARTS), np.median(found.flowed))
    return Figure(
        "Long steps help SGD and harm GD",
        "step size, part of the stability bound",
        "‖x∞ − x*‖²",
        (
            *(_curves.median(one.name, PARTS, one.errors) for one in found.sweeps),
            _curves.predicted("gradient flow", PARTS, flowed),
        ),
        "Medians over seeds with 95 % bands. The line is the limit of gradient flow from the same start.",
    )


def _gain_figure(found: StepSizes) -> Figure:
    curves = [
        _curves.median(f"{one.name}, {place}", PARTS, gains)
        for one in found.sweeps
        for place, gains in (("on the support", one.on), ("off the support", one.off))
    ]
    return Figure(
        "GD gains on the support, SGD everywhere",
        "step size, part of the stability bound",
        "gain: fall of log|u² − v²|",
        tuple(curves),
        "Means over entries, medians over seeds with 95 % bands; how large they become is not predicted.",
    )


def _sparsity_claims(found: StepSizes, descent: Sweep, sampled: Sweep) -> list[Claim]:
    bound, flowed = len(PARTS) - 2, found.flowed[:, None]
    beyond = (descent.norms[:, -1] - 1) / np.abs(descent.norms[:, _HALF] - 1)
    longer = f"excess of ‖x∞‖₁ at {short(PARTS[-1])} of the bound over that at half of it, GD"
    told, tells = "over that of gradient flow, GD at the bound", "over that of gradient flow, SGD at the bound"
    is_better = sampled.errors[:, bound] < descent.errors[:, bound]
    return [
        _claims.median(f"‖x∞‖₁ {told}", 1.0, descent.norms[:, bound], 0.0, "at least"),
        _claims.median(f"error {told}", 1.0, (descent.errors / flowed)[:, bound], 0.0, "at least"),
        _claims.median(longer, 1.0, beyond, 0.0, "at least"),
        _claims.median(f"‖x∞‖₁ {tells}", 1.0, sampled.norms[:, bound], 0.0, "at most"),
        _claims.median(f"error {tells}", 1.0, (sampled.errors / flowed)[:, bound], 0.0, "at most"),
        _claims.count("the error of SGD is below that of GD at the bound", is_better),
    ]


def _gain_claims(found: StepSizes, descent: Sweep, sampled: Sweep) -> list[Claim]:
    uneven = [one.on[:, _HALF] / one.off[:, _HALF] for one in (descent, sampled)]
    starts = [
        _claims.mean(
            f"g_i² at x = 0 {place} the support, {name}",
            expected_square(name, place == "on"),
            values,
            float(np.std(values) / np.sqrt(len(values))),
        )
        for (name, place), values in found.first.items()
    ]
    told = "gain on the support over that off it at half the bound"
    return [
        *starts,
        _claims.median(f"{told}, GD", 3.0, uneven[0], 0.0, "at least"),
        _claims.median(f"{told}, SGD", 2.0, uneven[1], 0.0, "at most"),
    ]
