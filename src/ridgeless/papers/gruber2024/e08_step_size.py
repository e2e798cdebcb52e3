"""E8: the end of gradient descent against its step size."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from scipy.integrate import solve_ivp

from ridgeless import flows
from ridgeless._core.arrays import Vector, norm
from ridgeless.certificates import tangent_spectrum
from ridgeless.networks import Theta
from ridgeless.papers import _claims, _curves
from ridgeless.papers._derivatives import flat, layers_of, orders, product, pulled, pulled_along, splitter
from ridgeless.papers._experiments import EQUATIONS, UNKNOWNS, Instance, PerSeed, Scores, dense, instances
from ridgeless.papers._text import short, short_median
from ridgeless.papers.base import Claim, Curve, Figure, PaperProgress, Points, Section
from ridgeless.solution import Status
from ridgeless.systems import LinearSystem

# In units of the stability edge 2/λ_max at the end of gradient flow.
SHORT_STEPS = np.geomspace(0.01, 0.1, 4)
LONG_STEPS = np.linspace(0.2, 4.0, 20)
_HIDDEN = 3
_SCALE = 1.5
_LENGTH = 2.0
_TOLERANCE = 1e-9
_MOST_STEPS = 200_000
_DRAWN = 3
# The modified flow is followed at this step, where its first order is all that counts, until x has settled.
_PROBE = 0.01
_SETTLED = 1e-7
# An explicit method at its edge of stability keeps the residual near its tolerance, and must still see it settle.
_ACCURATE = 1e-11


@dataclass(frozen=True)
class StepRuns:
    """Gradient descent from one start with many step sizes; gaps in units of that of gradient flow.

    Attributes:
        short: (seeds, steps) at `SHORT_STEPS`.
        first_order: (seeds,) d(gap)/d(step) at 0, predicted.
        long: (seeds, steps) at `LONG_STEPS`; NaN where training diverges.
        sharpness: (seeds, steps) λ_max·η/2 at the ends of those, at most 1 where steps η are stable; NaN as above.
    """

    short: Scores
    first_order: PerSeed
    long: Float[np.ndarray, "seeds steps"]
    sharpness: Float[np.ndarray, "seeds steps"]


def run(seeds: int, progress: PaperProgress) -> StepRuns:
    """The trainings of E8."""
    short_rows, long_rows = [], []
    for number, one in enumerate(instances(8, seeds, length=_LENGTH), start=1):
        progress(f"E8: step sizes, system {number} of {seeds}")
        edge, at_flow = _edge(one)
        short_rows.append(_short(one, edge, at_flow))
        long_rows.append([_long(one, fraction * edge, at_flow) for fraction in LONG_STEPS])
    gaps, first_order = (np.array(column) for column in zip(*short_rows, strict=True))
    long_gaps, sharpness = np.array(long_rows).transpose(2, 0, 1)
    return StepRuns(gaps, first_order, long_gaps, sharpness)


def _short(one: Instance, edge: float, at_flow: float) -> tuple[Points, float]:
    system = one.system
    gaps = [one.gap(_descended(one, fraction * edge)) / at_flow for fraction in SHORT_STEPS]
    there, shortest = modified_end(system, one.gaussian(_HIDDEN, _SCALE), _PROBE * edge), system.min_norm()
    return np.array(gaps), (norm(there - shortest) / at_flow - 1) / _PROBE


def _long(one: Instance, step_size: float, at_flow: float) -> tuple[float, float]:
    found = _descended(one, step_size)
    if found.status is not Status.CONVERGED:
        return float("nan"), float("nan")
    return one.gap(found) / at_flow, _sharpness(one, found) * step_size / 2


def _edge(one: Instance) -> tuple[float, float]:
    """2/λ_max at the end of gradient flow, and the gap there."""
    found = one.trained_in_full(dense(_HIDDEN), one.gaussian(_HIDDEN, _SCALE), _TOLERANCE)
    return 2 / _sharpness(one, found), one.gap(found)


def _sharpness(one: Instance, found: flows.Run) -> float:
    return float(tangent_spectrum(one.system, dense(_HIDDEN), found.theta)[-1])


def _descended(one: Instance, step_size: float) -> flows.Run:
    """Gradient descent, as batches of all equations."""
    flow = flows.StochasticGradientDescent(EQUATIONS, step_size, _MOST_STEPS)
    return one.trained_in_full(dense(_HIDDEN), one.gaussian(_HIDDEN, _SCALE), _TOLERANCE, flow)


def modified_end(system: LinearSystem, theta0: Theta, step_size: float) -> Vector:
    """The end of gradient flow on L + (η/4)‖∇L‖², which descent follows to O(η²) (Barrett and Dherin 2021)."""
    like, rows = layers_of(theta0), system.rows()
    split = splitter(like)

    def velocity(_: float, weights: Vector) -> Vector:
        layers = split(weights)
        misfit = product(layers) @ rows.T - system.b
        gradient = pulled(layers, misfit @ rows)
        seen = rows @ orders(layers, gradient)[1]
        along = flat(pulled(layers, seen @ rows)) + pulled_along(layers, gradient, misfit @ rows)
        return -flat(gradient) - step_size / 2 * along

    def settled(_: float, weights: Vector) -> float:
        return float(np.linalg.norm(product(split(weights)) @ rows.T - system.b)) - _SETTLED

    settled.terminal = True  # type: ignore[attr-defined]
    span = (0.0, 1e4)
    found = solve_ivp(velocity, span, flat(like), "DOP853", events=settled, rtol=_ACCURATE, atol=_ACCURATE)
    return product(split(found.y[:, -1]))


def section(runs: StepRuns) -> Section:
    """E8."""
    seeds, turning = len(runs.short), int(np.sum(both_ways(runs)))
    low, high = float(np.nanmin(runs.long)), float(np.nanmax(runs.long))
    return Section(
        "E8",
        "Does the length of the steps decide where training ends?",
        f"{_HIDDEN} hidden layers on {EQUATIONS} equations in {UNKNOWNS} unknowns, from Gaussian starts of scale "
        f"{short(_SCALE)}, over {seeds} seeds. Steps η are measured in the edge of stability 2/λ_max, with λ_max the "
        "sharpness where gradient flow ends. Gradient descent keeps P_N W_1 as the flow does, but not the balance "
        "between layers, so that what multiplies P_N W_1 in the gap depends on the step. The shortest steps, "
        f"{short(SHORT_STEPS[0])} of the edge, change the gap by "
        f"{short_median(np.abs(runs.short[:, 0] - 1))} of itself (median), in proportion to the step, and "
        "by as much as theory says. Beyond the edge the flow's solution is too sharp to stay at: descent must end at a "
        f"flatter one, λ_max ≤ 2/η, and does. Its gap is then anything from {short(low)} to {short(high)} times that "
        f"of gradient flow, and neither only falls nor only rises with the step in {turning} of the {seeds} systems.",
        (_short_figure(runs), _long_figure(runs), _sharpness_figure(runs)),
        claims=_claims_of(runs),
    )


def both_ways(runs: StepRuns) -> np.ndarray:
    """For each system, whether the gap both falls and rises with the step."""
    return np.array([_turns(row[np.isfinite(row)]) > 0 for row in runs.long])


def _turns(values: Points) -> int:
    """The number of alternations between rising and falling."""
    signs = np.sign(np.diff(values))
    return int(np.sum(signs[1:] * signs[:-1] < 0))


def _short_figure(runs: StepRuns) -> Figure:
    return Figure(
        "Short steps move the end point in proportion to their length",
        "step size, in units of 2/λ_max",
        "|gap/gap of gradient flow − 1|",
        _curves.with_law(
            "gradient descent",
            SHORT_STEPS,
            np.abs(runs.short - 1),
            float(np.median(np.abs(runs.first_order))) * SHORT_STEPS,
            "law",
        ),
        "Medians over seeds with 95 % bands. The line is the first order of backward error analysis: descent with "
        "steps η follows the gradient flow of L + (η/4)‖∇L‖².",
    )


def _long_figure(runs: StepRuns) -> Figure:
    return Figure(
        "Steps beyond the edge end elsewhere",
        "step size, in units of 2/λ_max",
        "gap/gap of gradient flow",
        (
            *(
                Curve(f"gradient descent, system {number}", LONG_STEPS, row)
                for number, row in enumerate(runs.long[:_DRAWN], start=1)
            ),
            Curve("gradient flow: steps of length 0", LONG_STEPS, np.ones(len(LONG_STEPS)), "reference"),
        ),
        f"The first {min(_DRAWN, len(runs.long))} systems of {len(runs.long)}. Marks stop where training diverges. "
        "Nothing is known that predicts the marks beyond the edge, at 1: the line is where steps of length 0 end.",
        x_scale="linear",
        y_scale="linear",
    )


def _sharpness_figure(runs: StepRuns) -> Figure:
    steps = np.broadcast_to(LONG_STEPS, runs.sharpness.shape)
    ends = np.isfinite(runs.sharpness)
    return Figure(
        "Whatever the step, it ends where it is stable",
        "step size, in units of 2/λ_max at the end of gradient flow",
        "λ_max·η/2 at the end of gradient descent",
        (
            Curve("gradient descent", steps[ends], runs.sharpness[ends]),
            _curves.predicted("bound: the flow's sharpness, and stability", LONG_STEPS, np.minimum(LONG_STEPS, 1.0)),
        ),
        "One point for each system and step that ends at a solution. Up to the edge the line is the sharpness of "
        "gradient flow's end, which longer steps undercut; beyond it is the bound of stability, 1.",
        x_scale="linear",
        y_scale="linear",
    )


def _claims_of(runs: StepRuns) -> tuple[Claim, ...]:
    changes = runs.short - 1
    beyond = runs.sharpness[np.isfinite(runs.sharpness)] - 1
    return (
        _claims.median("gap over that of gradient flow, shortest steps", 1.0, runs.short[:, 0], 0.01),
        _claims.slope("slope of log |gap change| against log step size, short steps", 1.0, SHORT_STEPS,
                      np.abs(changes), 0.05),
        _claims.median("change of the gap over its prediction, shortest steps", 1.0,
                     changes[:, 0] / (runs.first_order * SHORT_STEPS[0]), 0.05),
        _claims.worst("largest excess of λ_max·η/2 over 1 where descent ends", np.maximum(beyond, 0.0), 1e-6),
        _claims.count("systems whose gap is not monotone in the step", both_ways(runs), len(runs.long) // 2 + 1),
    )  # fmt: skip
