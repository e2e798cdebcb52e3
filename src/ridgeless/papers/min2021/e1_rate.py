"""E1 of Min et al. 2021: the imbalance of the start bounds the rate of training from below."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ridgeless import inits
from ridgeless._core.arrays import norm
from ridgeless.certificates import convergence_rate
from ridgeless.networks import Theta
from ridgeless.papers._experiments import (
    EQUATIONS,
    FLOW,
    UNKNOWNS,
    Instance,
    Scores,
    dense,
    instances,
    median_claim,
    median_curve,
    predicted_curve,
    short,
    trained_in_full,
    worst_claim,
)
from ridgeless.papers.base import Claim, Figure, Progress, Section
from ridgeless.solution import History, Status

# μ = λ_max(w wᵀ − WᵀW), in units of ‖A⁺b‖ = 1.
IMBALANCES = np.geomspace(0.1, 30.0, 6)
_SCALE = 0.1
_TOLERANCE = 1e-8
# Where rounding is still out of sight.
_LEAST_RESIDUAL = 1e-9
_EXPERIMENT = 210506351


@dataclass(frozen=True)
class Rates:
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


def run_section(seeds: int, progress: Progress) -> Section:
    """E1, computed."""
    return section(run(seeds, progress))


def run(seeds: int, progress: Progress) -> Rates:
    """The trainings of E1."""
    progress("E1: imbalance and rate")
    cells = [[_cell(one, float(imbalance)) for imbalance in IMBALANCES] for one in instances(_EXPERIMENT, seeds)]
    return Rates(*np.array(cells).transpose(2, 0, 1))


def start(one: Instance, imbalance: float) -> Theta:
    """A small Gaussian W, and w of the length that makes λ_max(w wᵀ − WᵀW) = μ."""
    theta0 = inits.Gaussian(_SCALE)(dense(1), one.system, one.seed)
    matrix, vector = theta0["W"][0], theta0["w"]
    direction = vector / norm(vector)
    # μ is an eigenvalue of c²vvᵀ − WᵀW exactly where c²·vᵀ(μI + WᵀW)⁻¹v = 1.
    resolvent = np.linalg.inv(imbalance * np.eye(len(vector)) + matrix.T @ matrix)
    return {"W": [matrix], "w": direction / np.sqrt(direction @ resolvent @ direction)}


def _cell(one: Instance, imbalance: float) -> tuple[float, float, float, float]:
    theta0 = start(one, imbalance)
    certified = convergence_rate(one.system, dense(1), theta0)
    found = trained_in_full(one.system, dense(1), theta0, FLOW, _TOLERANCE)
    if found.status is not Status.CONVERGED:
        return certified, float("nan"), float("nan"), float("nan")
    at, logs = _decline(found.history)
    rates = -np.diff(logs) / np.diff(at)
    return certified, float(rates.min()), float(rates[-1]), float(np.exp(np.max(logs - logs[0] + certified * at)))


def _decline(history: History) -> tuple[np.ndarray, np.ndarray]:
    """Times and log losses, as far as they are more than rounding."""
    known = history.residual >= _LEAST_RESIDUAL
    return history.at[known], np.log(history.loss[known])


def section(found: Rates) -> Section:
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
        f"{short(float(np.median(ratio[:, 0])))} times as fast as certified for the smallest imbalance (median), "
        f"and {short(float(np.median(ratio[:, -1])))} times for the largest: there the certificate is nearly the rate.",
        (_figure(found),),
        claims=_claims(found),
    )


def _figure(found: Rates) -> Figure:
    certified = np.median(found.certified, axis=0)
    return Figure(
        "Imbalance buys speed",
        "imbalance μ of the start",
        "−d log L/dt",
        (
            median_curve("slowest in training", IMBALANCES, found.slowest),
            median_curve("at the end", IMBALANCES, found.last),
            predicted_curve("certified before training: 2σ_min²μ", IMBALANCES, certified),
        ),
        "Medians over seeds with 95 % bands. The line is a bound from below; marks may lie anywhere above it.",
    )


def _claims(found: Rates) -> tuple[Claim, ...]:
    shortfall = np.maximum(1 - found.slowest / found.certified, 0.0)
    tight = found.last[:, -1] / found.certified[:, -1]
    return (
        worst_claim("largest shortfall of the measured rate below the certified one", shortfall.max(axis=1), 1e-4),
        worst_claim(
            "largest excess of L(t) over L(0)·e^(−rate·t)", np.maximum(found.excess - 1, 0.0).max(axis=1), 1e-6
        ),
        median_claim("final rate over the certified one, largest imbalance", 1.0, tight, 0.05),
    )
