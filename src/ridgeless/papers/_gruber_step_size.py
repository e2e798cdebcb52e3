"""E8: how far steps of finite length take the end of training from that of gradient flow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.integrate import solve_ivp

from ridgeless import flows, inits
from ridgeless.arrays import Vector
from ridgeless.certificates import tangent_spectrum
from ridgeless.papers._gruber_calculus import Layers, flat, layers_of, orders, pulled, pulled_along, unflat
from ridgeless.papers._gruber_common import (
    EQUATIONS,
    FLOW,
    UNKNOWNS,
    Instance,
    Scores,
    dense,
    gap,
    instances,
    median_claim,
    median_curve,
    predicted_curve,
    short,
)
from ridgeless.papers.base import Claim, Curve, Figure, Points, Progress, Section, slope
from ridgeless.systems import LinearSystem
from ridgeless.verbs import train

# In units of the stability edge 2/λ_max at the end of gradient flow.
SHORT_STEPS = np.geomspace(0.01, 0.1, 4)
LONG_STEPS = np.linspace(0.1, 2.0, 20)
_HIDDEN = 3
_SCALE = 1.5
_LENGTH = 2.0
_TOLERANCE = 1e-9
_MOST_STEPS = 200_000
# The modified flow is followed at this step, where its first order is all that counts, until x has settled.
_PROBE = 0.01
_SETTLED = 1e-9
_ACCURATE = 1e-10


@dataclass(frozen=True)
class StepRuns:
    """Gradient descent from one start with many step sizes; gaps in units of that of gradient flow.

    Attributes:
        short: (seeds, steps) at `SHORT_STEPS`.
        first_order: (seeds,) d(gap)/d(step) at 0, predicted.
        long: (steps,) at `LONG_STEPS`, of one instance; NaN where training diverges.
        instance: that instance's seed.
    """

    short: Scores
    first_order: Points
    long: Points
    instance: int


def run(seeds: int, progress: Progress) -> StepRuns:
    """The trainings of E8."""
    progress("E8: step sizes")
    drawn = instances(8, seeds, length=_LENGTH)
    rows = [_short(one) for one in drawn]
    progress("E8: beyond the edge of stability")
    gaps, first_order = (np.array(column) for column in zip(*rows, strict=True))
    return StepRuns(gaps, first_order, _long(drawn[0]), drawn[0].seed)


def _short(one: Instance) -> tuple[Points, float]:
    system, (edge, at_flow) = one.system, _edge(one)
    gaps = [gap(system, _descended(one, fraction * edge)) / at_flow for fraction in SHORT_STEPS]
    theta0 = inits.Gaussian(_SCALE)(dense(_HIDDEN), system, one.seed)
    there, shortest = modified_end(system, theta0, _PROBE * edge), system.min_norm()
    return np.array(gaps), (float(np.linalg.norm(there - shortest)) / at_flow - 1) / _PROBE


def _long(one: Instance) -> Points:
    edge, at_flow = _edge(one)
    return np.array([gap(one.system, _descended(one, fraction * edge)) / at_flow for fraction in LONG_STEPS])


def _edge(one: Instance) -> tuple[float, float]:
    """2/λ_max at the end of gradient flow, and the gap there."""
    found = train(one.system, dense(_HIDDEN), inits.Gaussian(_SCALE), FLOW, tol=_TOLERANCE, seed=one.seed)
    return 2 / float(tangent_spectrum(one.system, dense(_HIDDEN), found.theta)[-1]), gap(one.system, found)


def _descended(one: Instance, step_size: float) -> Any:
    """Gradient descent that is let rise: batches of all equations are the whole gradient.

    `GradientDescent` calls a rise of the loss divergence; beyond the edge the loss rises, and training may still end.
    """
    flow = flows.StochasticGradientDescent(EQUATIONS, step_size, _MOST_STEPS)
    return train(one.system, dense(_HIDDEN), inits.Gaussian(_SCALE), flow, tol=_TOLERANCE, seed=one.seed)


def modified_end(system: LinearSystem, theta0: Any, step_size: float) -> Vector:
    """Where gradient flow on L + (η/4)‖∇L‖² ends, which gradient descent follows to O(η²) (Barrett and Dherin 2021)."""
    like, rows = layers_of(theta0), system.rows()

    def velocity(_: float, weights: Vector) -> Vector:
        layers = unflat(weights, like)
        misfit = _x(layers) @ rows.T - system.b
        gradient = pulled(layers, misfit @ rows)
        seen = rows @ orders(layers, gradient)[1]
        along = flat(pulled(layers, seen @ rows)) + pulled_along(layers, gradient, misfit @ rows)
        return -flat(gradient) - step_size / 2 * along

    def settled(_: float, weights: Vector) -> float:
        return float(np.linalg.norm(_x(unflat(weights, like)) @ rows.T - system.b)) - _SETTLED

    settled.terminal = True  # type: ignore[attr-defined]
    span = (0.0, 1e4)
    found = solve_ivp(velocity, span, flat(like), "DOP853", events=settled, rtol=_ACCURATE, atol=_ACCURATE)
    return _x(unflat(found.y[:, -1], like))


def _x(layers: Layers) -> Vector:
    return orders(layers, layers)[0]


def section(runs: StepRuns) -> Section:
    """E8."""
    seeds, ends = len(runs.short), np.isfinite(runs.long)
    turns = _turns(runs.long[ends])
    low, high = float(runs.long[ends].min()), float(runs.long[ends].max())
    return Section(
        "E8",
        "Does the length of the steps decide where training ends?",
        f"{_HIDDEN} hidden layers on {EQUATIONS} equations in {UNKNOWNS} unknowns, from Gaussian starts of scale "
        f"{short(_SCALE)}, over {seeds} seeds. Steps are measured in the edge of stability 2/λ_max, with λ_max the "
        "sharpness where gradient flow ends. Gradient descent keeps P_N W_1 as the flow does, but not the balance "
        "between layers, so that what multiplies P_N W_1 in the gap depends on the step. The shortest steps, "
        f"{short(SHORT_STEPS[0])} of the edge, change the gap by "
        f"{short(float(np.median(np.abs(runs.short[:, 0] - 1))))} of itself (median), in proportion to the step, and "
        f"by as much as theory says. Near the edge and beyond it, where the loss rises before it falls, all order is "
        f"lost: in the one instance of the second figure (seed {runs.instance}) the gap goes from {short(low)} to "
        f"{short(high)} times that of gradient flow and turns {turns} times.",
        (_short_figure(runs), _long_figure(runs)),
        claims=_claims(runs, turns),
    )


def _turns(values: Points) -> int:
    """How often rising and falling alternate."""
    signs = np.sign(np.diff(values))
    return int(np.sum(signs[1:] * signs[:-1] < 0))


def _short_figure(runs: StepRuns) -> Figure:
    return Figure(
        "Short steps move the end point in proportion to their length",
        "step size, in units of 2/λ_max",
        "|gap/gap of gradient flow − 1|",
        (
            median_curve("gradient descent", SHORT_STEPS, np.abs(runs.short - 1)),
            predicted_curve("law", SHORT_STEPS, float(np.median(np.abs(runs.first_order))) * SHORT_STEPS),
        ),
        "Medians over seeds with 95 % bands. The line is the first order of backward error analysis: descent with "
        "steps η follows the gradient flow of L + (η/4)‖∇L‖².",
    )


def _long_figure(runs: StepRuns) -> Figure:
    ends = np.isfinite(runs.long)
    steps = LONG_STEPS[ends]
    return Figure(
        "Long steps end anywhere",
        "step size, in units of 2/λ_max",
        "gap/gap of gradient flow",
        (
            Curve("gradient descent, one instance", steps, runs.long[ends]),
            predicted_curve("gradient flow", steps, np.ones(len(steps))),
        ),
        f"One instance. Of {len(LONG_STEPS)} step sizes {len(steps)} end at a solution; the others diverge.",
        x_scale="linear",
        y_scale="linear",
    )


def _claims(runs: StepRuns, turns: int) -> tuple[Claim, ...]:
    changes = runs.short - 1
    slopes = np.array([slope(SHORT_STEPS, np.abs(row)) for row in changes])
    return (
        median_claim("gap over that of gradient flow, shortest steps", 1.0, runs.short[:, 0], 0.01),
        median_claim("slope of log |gap change| against log step size, short steps", 1.0, slopes, 0.05),
        median_claim("change of the gap over its prediction, shortest steps", 1.0,
                     changes[:, 0] / (runs.first_order * SHORT_STEPS[0]), 0.05),
        Claim("turns of the gap against the step size near the edge: not monotone (at least 1)", 10.0, turns, 9.0),
    )  # fmt: skip
