"""E2 of Azulay et al. 2021: what training of one hidden neuron, x = a·w, minimises."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from scipy.linalg import null_space
from scipy.optimize import minimize

from ridgeless import inits
from ridgeless._core.arrays import Vector, norm
from ridgeless.networks import Dense
from ridgeless.papers import _claims, _curves, _sweeps
from ridgeless.papers._experiments import EQUATIONS, UNKNOWNS, Instance, Scores, instances
from ridgeless.papers._text import short
from ridgeless.papers.base import Claim, Figure, PaperProgress, Section
from ridgeless.systems import LinearSystem
from ridgeless.verbs.limit import limit

SCALES = (0.01, 0.1)
SHAPES = np.array([0.0, 0.5, 0.95])
_NEURON = Dense(hidden=1, width=1)
_TOLERANCE = 1e-10
_EXPERIMENT = 2102097692
_STEP = 1e-30


@dataclass(frozen=True)
class NeuronPotential:
    """q(x) of one hidden neuron x = a·w, up to a factor (Azulay et al. 2021).

    q(x) = (ρ² − (δ/2)(δ/2 + R))·√(R − δ/2)/ρ − (3/2)·√(R₀ − δ/2)·x₀ᵀx/ρ₀, with ρ = ‖x‖, R = √(ρ² + δ²/4), and ρ₀, R₀
    those of the start x₀.

    Attributes:
        delta: δ = a² − ‖w‖² ≥ 0, which gradient flow conserves.
        start: x₀.

    Example:
        >>> q = NeuronPotential(0.0, np.array([0.0, 4.0]))
        >>> float(q.value(np.array([4.0, 0.0])))  # ρ^(3/2), and nothing along x₀
        8.0
    """

    delta: float
    start: Vector

    def value(self, x: Any) -> Any:
        """q(x), for complex x as well."""
        half, size = self.delta / 2, np.sqrt(np.sum(x * x))
        reach = np.sqrt(size**2 + half**2)
        radial = (size**2 - half * (half + reach)) * np.sqrt(reach - half) / size
        length = norm(self.start)
        tilt = np.sqrt(np.hypot(length, half) - half) / length
        return radial - 1.5 * tilt * (self.start @ x)

    def gradient(self, x: Vector) -> Vector:
        """∇q by complex steps: from the formula as it is printed, and from no other."""
        return np.array([np.imag(self.value(x + 1j * _STEP * e)) for e in np.eye(len(x))]) / _STEP


@dataclass(frozen=True)
class Neurons:
    """Gradient flow of one hidden neuron at one scale.

    Attributes:
        scale: α = |a₀|·‖w₀‖.
        gaps: (seeds, shapes) ‖x∞ − A⁺b‖.
        minimised: (seeds, shapes) the same at the minimiser of q over A x = b, found without training.
        stationarity: (seeds, shapes) ‖P_N ∇q(x∞)‖/‖∇q(A⁺b)‖.
        misses: (seeds, shapes) ‖x∞ − argmin q‖/‖A⁺b‖.
        closed: (seeds, shapes) ‖x∞ − closed form‖/‖A⁺b‖.
    """

    scale: float
    gaps: Scores
    minimised: Scores
    stationarity: Scores
    misses: Scores
    closed: Scores


def run(seeds: int, progress: PaperProgress) -> list[Neurons]:
    """The trainings of E2, scale by scale."""
    return [
        Neurons(scale, *_sweeps.over_grid(partial(_measured, scale), instances(_EXPERIMENT, seeds), SHAPES))
        for scale in _sweeps.announced(progress, "E2: one hidden neuron, α = {:.3g}", SCALES)
    ]


def _measured(scale: float, one: Instance, shape: float) -> tuple[float, ...]:
    system = one.system
    theta0 = one.start(inits.Imbalanced(scale, shape), _NEURON)
    trained = one.trained_in_full(_NEURON, theta0, _TOLERANCE)
    # W_1 is the neuron's w, the vector after it the number a.
    start = _NEURON(theta0)
    potential = NeuronPotential(float(theta0["w"][0] ** 2 - norm(theta0["W"][0].ravel()) ** 2), start)
    shortest = system.min_norm()
    pull, unit = potential.gradient(trained.x), norm(potential.gradient(shortest))
    best = minimiser(system, potential)
    closed = limit(system, _NEURON, theta0).x
    size = norm(shortest)
    return (
        one.gap(trained),
        norm(best - shortest),
        norm(system.project_null(pull)) / unit,
        norm(trained.x - best) / size,
        norm(trained.x - closed) / size,
    )


def minimiser(system: LinearSystem, potential: NeuronPotential) -> Vector:
    """argmin q over A x = b, by BFGS over the null space of A, from A⁺b."""
    basis, shortest = null_space(system.rows()), system.min_norm()
    found = minimize(
        lambda z: potential.value(shortest + basis @ z),
        np.zeros(basis.shape[1]),
        jac=lambda z: basis.T @ potential.gradient(shortest + basis @ z),
        method="BFGS",
        options={"gtol": 1e-11},
    )
    return shortest + basis @ found.x


def section(all_neurons: list[Neurons]) -> Section:
    """E2."""
    seeds = len(all_neurons[0].gaps)
    return Section(
        "E2",
        "What does training of one hidden neuron minimise?",
        f"x = a·w with a number a and a vector w, |a₀|·‖w₀‖ = α and ‖w₀‖/|a₀| = (1 − s)/(1 + s), on {seeds} Gaussian "
        f"systems of {EQUATIONS} equations in {UNKNOWNS} unknowns with ‖A⁺b‖ = 1. Gradient flow conserves δ = a² − "
        "‖w‖² = 4αs/(1 − s²), and in a time of its own it is a mirror flow, by which the paper finds the function q "
        "that its end minimises. Here q is minimised over the solutions without training (BFGS over the null space), "
        "and the result compared with the trained network, and with a closed form that does not know q.",
        (_figure(all_neurons),),
        claims=tuple(claim for neurons in all_neurons for claim in _claims_of(neurons)),
    )


def _figure(all_neurons: list[Neurons]) -> Figure:
    named = [(f"α = {short(neurons.scale)}", neurons) for neurons in all_neurons]
    return Figure(
        "A small start ends near the shortest solution, whatever its shape",
        "shape s",
        "‖x∞ − A⁺b‖",
        _curves.with_laws((name, SHAPES, one.gaps, one.minimised, f"argmin q, {name}") for name, one in named),
        "Medians over seeds with 95 % bands. One neuron is not sparse: its q depends on the length of x, and on its "
        "direction through the start alone.",
        x_scale="linear",
    )


def _claims_of(neurons: Neurons) -> list[Claim]:
    name = f"α = {short(neurons.scale)}"
    return [
        _claims.worst(f"‖P_N ∇q(x∞)‖/‖∇q(A⁺b)‖, {name}", neurons.stationarity, 1e-8),
        _claims.worst(f"‖x∞ − argmin q‖/‖A⁺b‖, {name}", neurons.misses, 1e-6),
        _claims.worst(f"‖x∞ − closed form‖/‖A⁺b‖, {name}", neurons.closed, 1e-8),
    ]
