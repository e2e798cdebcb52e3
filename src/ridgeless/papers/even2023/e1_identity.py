"""E1 of Even et al. 2023: training in finite steps ends where gradient flow ends from another start."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ridgeless import flows
from ridgeless._core.arrays import norm
from ridgeless.papers import _claims, _curves
from ridgeless.papers._experiments import Scores, arrived
from ridgeless.papers.base import Budget, Claim, Figure, PaperProgress, Section
from ridgeless.papers.even2023._descent import NETWORK, Averaged, Ends, descend, regressions, start_at
from ridgeless.solution import Solution
from ridgeless.verbs.limit import limit
from ridgeless.verbs.predict import predict
from ridgeless.verbs.train import train

PARTS = np.array([0.1, 0.25, 0.5])
EQUATIONS, UNKNOWNS, NONZEROS, SCALE = 10, 30, 2, 0.3
_STEPS = {"GD": 20_000, "SGD": 40_000}
_TOLERANCE = 1e-10
_EXPERIMENT = 1


@dataclass(frozen=True)
class Identity:
    """One method at the step sizes of `PARTS`; every array is (seeds, parts).

    Attributes:
        name: "GD" or "SGD".
        products: the largest | |u² − v²|/(|u₀² − v₀²|·exp(−gain)) − 1 | at the end of a loop written here.
        from_gains: ‖x − limit‖/‖x‖ of that loop, the limit from the start that its gains and tilts give.
        predicted: ‖x − limit‖/‖x‖ of `rl.train`, the limit from the start that `rl.predict` reads off the weights.
        uncorrected: ‖x − limit‖/‖x‖ of `rl.train`, the limit of gradient flow from the start itself.
    """

    name: str
    products: Scores
    from_gains: Scores
    predicted: Scores
    uncorrected: Scores


def run(budget: Budget, progress: PaperProgress) -> list[Identity]:
    """The trainings of E1."""
    given = regressions(_EXPERIMENT, budget.seeds, EQUATIONS, UNKNOWNS, NONZEROS)
    found = []
    for name, bounds in zip(_STEPS, given.stability_bounds(), strict=True):
        progress(f"E1: the identity, {name}")
        sizes = bounds[:, None] * PARTS
        rng = None if name == "GD" else np.random.default_rng(_EXPERIMENT)
        ends = descend(given, SCALE, sizes, _STEPS[name], rng)
        products = np.abs(np.abs(ends.p * ends.m) / (2 * SCALE**2) * np.exp(ends.gain) - 1).max(axis=1)
        trained = np.array([_trained(given, name, index, row) for index, row in enumerate(sizes)])
        found.append(Identity(name, products, _from_gains(given, ends), *np.moveaxis(trained, 2, 0)))
    return found


def _from_gains(given: Averaged, ends: Ends) -> Scores:
    rows = []
    for index, x in enumerate(ends.x):
        system = given.system(index)
        limits = [ends.limit_from_gains(system, SCALE, index, lane) for lane in range(len(PARTS))]
        rows.append([norm(column - end) / norm(column) for column, end in zip(x.T, limits, strict=True)])
    return np.array(rows)


def _trained(given: Averaged, name: str, index: int, sizes: np.ndarray) -> list[tuple[float, float]]:
    """(predicted, uncorrected) for each step size, by the package's own training."""
    system, start = given.system(index), start_at(SCALE, UNKNOWNS)
    flowed = limit(system, NETWORK, start)
    rows = []
    for size in sizes.tolist():
        descent = flows.GradientDescent(step_size=size, max_steps=_STEPS[name])
        sampled = flows.StochasticGradientDescent(batch=1, step_size=size, max_steps=_STEPS[name], seed=index)
        found = train(system, NETWORK, start, descent if name == "GD" else sampled, tol=_TOLERANCE)
        rows.append((_distance(found, predict(found)), _distance(found, flowed)))
    return rows


def _distance(found: Solution, exact: Solution) -> float:
    return arrived(found) * arrived(exact) * norm(found.x - exact.x) / norm(found.x)


def section(found: list[Identity]) -> Section:
    """E1."""
    return Section(
        "E1",
        "Where does training in finite steps end?",
        f"x = u∘v from u = √2·α, v = 0 with α = {SCALE}, on {len(found[0].products)} sparse regressions of {EQUATIONS} "
        f"equations in {UNKNOWNS} unknowns, by gradient descent and by SGD on one equation a step. With p = u + v and "
        "m = u − v a step multiplies |p m| by |1 − η²g²|, entry by entry. Training ends where gradient flow ends from "
        "the scale and tilt that the steps add up to. This is computed twice: by a loop written here that sums gains "
        "and tilts, without a look at the weights where it ends; and by rl.predict from the weights that rl.train "
        "ends with. Step sizes are parts of a stability bound at the sparse solution: of the loss for gradient "
        "descent, of the sharpest equation for SGD.",
        (_figure(found),),
        claims=tuple(claim for one in found for claim in _claims_of(one)),
    )


def _figure(found: list[Identity]) -> Figure:
    curves = [
        _curves.median(f"{label}, {one.name}", PARTS, scores)
        for one in found
        for label, scores in (("gradient flow", one.uncorrected), ("corrected", one.predicted))
    ]
    return Figure(
        "The corrected limit is the end of training, the limit of gradient flow is not",
        "step size, part of the stability bound",
        "distance of the limit from the end of training",
        tuple(curves),
        "How far both predictions miss the end of training: medians of ‖limit − x‖/‖x‖ over seeds, with 95 % bands. "
        "What is left of the corrected ones is the tolerance of training.",
    )


def _claims_of(one: Identity) -> tuple[Claim, ...]:
    name = one.name
    return (
        _claims.worst(f"|u² − v²| over |u₀² − v₀²|·exp(−gain), less 1, {name}", one.products, 1e-10),
        _claims.worst(f"‖x − limit‖/‖x‖, start from gains and tilts, {name}", one.from_gains, 1e-9),
        _claims.worst(f"‖x − limit‖/‖x‖, start by rl.predict, {name}", one.predicted, 1e-7),
        _claims.least(
            f"distance of the limit of gradient flow over that of the corrected one, {name}",
            10.0,
            (one.uncorrected / one.predicted).ravel(),
        ),
    )
