"""E10: the sharpness of the loss at the end of small starts, and the final rate of convergence."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np

from ridgeless.certificates import small_start
from ridgeless.networks import Theta
from ridgeless.papers import _claims, _curves, _sweeps
from ridgeless.papers._derivatives import flat, layers_of, product, pulled, unflat
from ridgeless.papers._experiments import EQUATIONS, UNKNOWNS, Instance, PerSeed, Scores, arrived, dense, instances
from ridgeless.papers._text import short, short_median
from ridgeless.papers.base import Claim, Curve, Figure, PaperProgress, Section
from ridgeless.solution import History
from ridgeless.systems import LinearSystem

SCALES = np.geomspace(1e-3, 3e-2, 4)
# Not 1, so that the exponent of ‖A⁺b‖ counts.
LENGTH = 2.0
# Snapshots are log-spaced, and a small start is late: the last decades are trained with a clock of their own.
_FIRST_TOLERANCE = 1e-3
_TOLERANCE = 1e-8
# Here the slowest mode is alone, and the integrator's own error still out of sight.
_LAST = 1e-6
_STEP = 1e-30


@dataclass(frozen=True)
class Ends:
    """The ends of gradient flow from small Gaussian starts, at one depth.

    Attributes:
        hidden: h.
        sharpness: (seeds, scales) the largest eigenvalue of the Hessian of the loss.
        rate: (seeds, scales) −d log L/dt at the end.
        predicted_sharpness: (seeds,) λ_max(A M∞ Aᵀ).
        predicted_rate: (seeds,) 2·λ_min(A M∞ Aᵀ).
    """

    hidden: int
    sharpness: Scores
    rate: Scores
    predicted_sharpness: PerSeed
    predicted_rate: PerSeed


def run(seeds: int, progress: PaperProgress, depths: tuple[int, ...] = (1, 2, 3)) -> list[Ends]:
    """The trainings of E10, depth by depth."""
    found = []
    for hidden in _sweeps.announced(progress, "E10: sharpness and final rate, h = {}", depths):
        drawn = instances(10, seeds, length=LENGTH)
        sharpness, rate = _sweeps.over_grid(partial(_measured, hidden), drawn, SCALES)
        predicted = [small_start(one.system, hidden) for one in drawn]
        predicted_sharpness, predicted_rate = np.array([[one.sharpness, one.rate] for one in predicted]).T
        found.append(Ends(hidden, sharpness, rate, predicted_sharpness, predicted_rate))
    return found


def _measured(hidden: int, one: Instance, scale: float) -> tuple[float, float]:
    system, network = one.system, dense(hidden)
    early = one.trained_in_full(network, one.gaussian(hidden, scale), _FIRST_TOLERANCE)
    found = one.trained_in_full(network, early.theta, _TOLERANCE)
    sharpness = float(np.linalg.eigvalsh(hessian(system, found.theta))[-1])
    return arrived(found) * sharpness, arrived(found) * last_rate(found.history)


def hessian(system: LinearSystem, theta: Theta) -> np.ndarray:
    """Second derivatives of ½‖A F(θ) − b‖² in all weights, (p, p), by complex steps."""
    like, rows = layers_of(theta), system.rows()
    weights = flat(like)

    def gradient(direction: np.ndarray) -> np.ndarray:
        layers = unflat(weights + 1j * _STEP * direction, like)
        return flat(pulled(layers, (product(layers) @ rows.T - system.b) @ rows))

    return np.array([np.imag(gradient(direction)) for direction in np.eye(len(weights))]) / _STEP


def last_rate(history: History) -> float:
    """−d log L/dt, by least squares over the last decades of the residual."""
    last = history.residual <= _LAST
    return -float(np.polyfit(history.at[last], np.log(history.loss[last]), 1)[0])


def section(all_ends: list[Ends]) -> Section:
    """E10."""
    seeds = len(all_ends[0].rate)
    depths = ", ".join(str(ends.hidden) for ends in all_ends)
    told = "; ".join(
        f"h = {ends.hidden}: sharpness {short_median(ends.predicted_sharpness)}, "
        f"rate {short_median(ends.predicted_rate)}"
        for ends in all_ends
    )
    return Section(
        "E10",
        "How sharp is the solution that a small start finds, and how fast is it reached?",
        f"Networks with {depths} hidden layers on {seeds} Gaussian systems of {EQUATIONS} equations in {UNKNOWNS} "
        f"unknowns with ‖A⁺b‖ = {short(LENGTH)}, from Gaussian starts of scale {short(SCALES[0])} to "
        f"{short(SCALES[-1])}. Near the end, Ax moves by A M Aᵀ times the residual, with M the tangent metric; a "
        "vanishing start ends with M∞ = ‖A⁺b‖^(2 − 2/(h+1))·(I + h·uuᵀ), u being the direction of A⁺b. Its largest "
        "eigenvalue is the sharpness of the loss, which caps the step of gradient descent at 2/sharpness, and twice "
        f"its smallest one is the rate at which the loss falls at last. Predicted, medians over systems: {told}. "
        "Sharpness is measured as the largest eigenvalue of the Hessian in all weights, the rate from the loss along "
        "the flow: both meet the prediction, with an error of second order in the scale.",
        (
            _scatter(all_ends, "Sharpness", "λ_max of the Hessian", "sharpness"),
            _scatter(all_ends, "Final rate", "−d log L/dt", "rate"),
            _errors(all_ends),
        ),
        claims=tuple(claim for ends in all_ends for claim in _claims_of(ends)),
    )


def _scatter(all_ends: list[Ends], name: str, measure: str, quantity: str) -> Figure:
    """Measured against predicted, at the smallest scale."""
    told = [(ends, getattr(ends, f"predicted_{quantity}"), getattr(ends, quantity)[:, 0]) for ends in all_ends]
    curves = [Curve(f"h = {ends.hidden}", predicted, measured) for ends, predicted, measured in told]
    return Figure(
        f"{name} at the end, known before training starts",
        f"{quantity}, predicted",
        f"{measure}, measured",
        (*curves, _curves.diagonal("measured = predicted", np.concatenate([predicted for _, predicted, _ in told]))),
        f"One point for each system and depth, from the smallest start (scale {short(SCALES[0])}).",
    )


def _errors(all_ends: list[Ends]) -> Figure:
    families = []
    for ends in all_ends:
        label, errors = f"h = {ends.hidden}", _sharpness_errors(ends)
        law = np.median(errors[:, 0]) * (SCALES / SCALES[0]) ** 2
        families.append((label, SCALES, errors, law, f"slope 2, {label}"))
    return Figure(
        "The prediction for vanishing starts is off by the square of the scale",
        "scale α of the start",
        "|sharpness/predicted − 1|",
        _curves.with_laws(families),
        "Medians over seeds with 95 % bands. The lines have slope 2 and start at the first mark: A does not see P_N "
        "W_1, the part of the end that is proportional to α, and the balance of the layers is off by α².",
    )


def _sharpness_errors(ends: Ends) -> Scores:
    return np.abs(ends.sharpness / ends.predicted_sharpness[:, None] - 1)


def _claims_of(ends: Ends) -> list[Claim]:
    depth = f"h = {ends.hidden}"
    return [
        _claims.median(
            f"sharpness over λ_max(A M∞ Aᵀ) at the smallest scale, {depth}",
            1.0,
            ends.sharpness[:, 0] / ends.predicted_sharpness,
            1e-4,
        ),
        _claims.median(
            f"final rate over 2·λ_min(A M∞ Aᵀ) at the smallest scale, {depth}",
            1.0,
            ends.rate[:, 0] / ends.predicted_rate,
            1e-2,
        ),
        _claims.slope(
            f"slope of log |sharpness/predicted − 1| against log scale, {depth}",
            2.0,
            SCALES,
            _sharpness_errors(ends),
            0.05,
        ),
    ]
