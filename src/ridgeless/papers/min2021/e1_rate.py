"""E1 of Min et al. 2021: the imbalance of the start bounds the rate of training from below."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ridgeless._core.arrays import norm
from ridgeless.certificates import convergence_rate
from ridgeless.networks import Theta
from ridgeless.papers import _claims, _curves, _sweeps
from ridgeless.papers._experiments import EQUATIONS, UNKNOWNS, Instance, Scores, dense, instances
from ridgeless.papers._text import short, short_median
from ridgeless.papers.base import Claim, Figure, PaperProgress, Section
from ridgeless.solution import History, Status

# μ = λ_max(w wᵀ − WᵀW), in units of ‖A⁺b‖ = 1.
IMBALANCES = np.geomspace(0.1, 30.0, 6)
_SCALE = 0.1
_TOLERANCE = 1e-8
# Where rounding is still out of sight.
_LEAST_RESIDUAL = 1e-9
_EXPERIMENT = 210506351


@dataclass(frozen=True)
class ImbalanceRates:
    """Gradient flow from starts of given imbalance; rates of the loss, −d log L/dt.

    Attributes:
        certified: (seeds, imbalances) 2σ_min(A)²μ, known before training.
        slowest: (seeds, imbalances) the least rate between two snapshots.
        last: (seeds, imbalances) the rate between the last two.
        excess: (seeds, imbalances) the largest L(t)/(L(0)e^(−rate·t)), at most 1 where the certificate is right.
    """

    certified: Scores
    slowest: Scores
    last: Scores
    excess: Scores


def run(seeds: int, progress: PaperProgress) -> ImbalanceRates:
    """The trainings of E1."""
    progress("E1: imbalance and rate")
    return ImbalanceRates(*_sweeps.over_grid(_measured, instances(_EXPERIMENT, seeds), IMBALANCES))


def start(one: Instance, imbalance: float) -> Theta:
    """A small Gaussian W, and w of the length that makes λ_max(w wᵀ − WᵀW) = μ."""
    theta0 = one.gaussian(1, _SCALE)
    matrix, vector = theta0["W"][0], theta0["w"]
    direction = vector / norm(vector)
    # μ is an eigenvalue of c²vvᵀ − WᵀW exactly where c²·vᵀ(μI + WᵀW)⁻¹v = 1.
    resolvent = np.linalg.inv(imbalance * np.eye(len(vector)) + matrix.T @ matrix)
    return {"W": [matrix], "w": direction / np.sqrt(direction @ resolvent @ direction)}


def _measured(one: Instance, imbalance: float) -> tuple[float, float, float, float]:
    theta0 = start(one, imbalance)
    certified = convergence_rate(one.system, dense(1), theta0)
    found = one.trained_in_full(dense(1), theta0, _TOLERANCE)
    if found.status is not Status.CONVERGED:
        return certified, float("nan"), float("nan"), float("nan")
    at, logs = _decline(found.history)
    rates = -np.diff(logs) / np.diff(at)
    return certified, rates.min(), rates[-1], np.exp(np.max(logs - logs[0] + certified * at))


def _decline(history: History) -> tuple[np.ndarray, np.ndarray]:
    """Times and log losses, as far as they are more than rounding."""
    known = history.residual >= _LEAST_RESIDUAL
    return history.at[known], np.log(history.loss[known])


def section(found: ImbalanceRates) -> Section:
    """E1."""
    seeds = len(found.certified)
    ratio = found.slowest / found.certified
    return Section(
        "E1",
        "How fast does training converge, and does the start say so beforehand?",
        f"One hidden layer on {seeds} Gaussian systems of {EQUATIONS} equations in {UNKNOWNS} unknowns with ‖A⁺b‖ = 1. "
        f"W is Gaussian of scale {short(_SCALE)}, and the length of w makes the largest eigenvalue μ of w wᵀ − WᵀW "
        f"run from {short(IMBALANCES[0])} to {short(IMBALANCES[-1])}. Gradient flow conserves that matrix, so that "
        "‖w‖² ≥ μ for ever and the loss falls at least as fast as L(0)·e^(−2σ_min(A)²μt): a rate that is certain "
        "before training starts. Measured at its slowest, training is "
        f"{short_median(ratio[:, 0])} times as fast as certified for the smallest imbalance (median), "
        f"and {short_median(ratio[:, -1])} times for the largest: there the certificate is nearly the rate.",
        (_figure(found),),
        claims=_claims_of(found),
    )


def _figure(found: ImbalanceRates) -> Figure:
    certified = np.median(found.certified, axis=0)
    return Figure(
        "Imbalance buys speed",
        "imbalance μ of the start",
        "−d log L/dt",
        (
            _curves.median("slowest in training", IMBALANCES, found.slowest),
            _curves.median("at the end", IMBALANCES, found.last),
            _curves.predicted("certified before training: 2σ_min²μ", IMBALANCES, certified),
        ),
        "Medians over seeds with 95 % bands. The line is a bound from below; marks may lie anywhere above it.",
    )


def _claims_of(found: ImbalanceRates) -> tuple[Claim, ...]:
    shortfall = np.maximum(1 - found.slowest / found.certified, 0.0)
    tight = found.last[:, -1] / found.certified[:, -1]
    return (
        _claims.worst("largest shortfall of the measured rate below the certified one", shortfall, 1e-4),
        _claims.worst("largest excess of L(t) over L(0)·e^(−rate·t)", np.maximum(found.excess - 1, 0.0), 1e-6),
        _claims.median("final rate over the certified one, largest imbalance", 1.0, tight, 0.05),
    )
