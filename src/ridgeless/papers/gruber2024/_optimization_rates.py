"""The convergence rate certified before training, against the measured one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from jaxtyping import Bool

from ridgeless import inits
from ridgeless.certificates import convergence_rate, small_start, tangent_spectrum
from ridgeless.inits import Init
from ridgeless.networks import Dense, Theta
from ridgeless.papers import _sweeps
from ridgeless.papers._experiments import FLOW, Instance, dense, instances
from ridgeless.papers.base import PaperProgress, Points
from ridgeless.papers.gruber2024._optimization_saddles import DISTANCE, opposed, whitened
from ridgeless.verbs.train import train

TOLERANCE = 1e-8
SMALL = "Gaussian, scale 0.01"
GAUSSIAN = "Gaussian, scale 1"
CHAIN = "chain, later layers twice as long as W_1"
BALANCED = "balanced, scale 0.5"
OPPOSED = "headed for the saddle"
ROW_SPACE = "the same with W_1 in the row space"
# One hidden layer with fewer neurons than there are equations: a Gaussian W_1 then leaves no room for w.
NARROW = 2


@dataclass(frozen=True)
class TrainingStart:
    """One kind of start at one depth.

    Attributes:
        name: as the table calls it, the depth apart.
        network: what is trained.
        theta0: what draws it.
        equations: what becomes of the equations of an instance.
    """

    name: str
    network: Dense
    theta0: Callable[[Instance], Theta]
    equations: Callable[[Instance], Instance] = lambda one: one


@dataclass(frozen=True)
class Rates:
    """Rates of decrease −(log L)' of the loss, one of each for every seed.

    Attributes:
        start: where training began.
        certified: ρ, from the start alone; 0 where its condition is not met.
        slowest: the least rate between any two snapshots of training.
        final: 2·λ_min(A M Aᵀ) at the trained weights, with which training ends.
        vanishing: the final rate from a vanishing start, predicted.
        arrived: whether the residual is within 1e-8.
    """

    start: TrainingStart
    certified: Points
    slowest: Points
    final: Points
    vanishing: Points
    arrived: Bool[np.ndarray, " k"]

    @property
    def ratios(self) -> Points:
        """Slowest over certified, where there is a certificate."""
        is_certified = self.certified > 0
        return self.slowest[is_certified] / self.certified[is_certified]


def starts() -> list[TrainingStart]:
    """Starts that meet the condition of the certificate, and starts that do not."""
    narrow = Dense(hidden=1, width=NARROW)
    found = [
        _recipe(SMALL, dense(1), inits.Gaussian(0.01)),
        _recipe(GAUSSIAN, dense(1), inits.Gaussian(1.0)),
        _recipe("PyTorch's default", dense(1), inits.TorchDefault()),
        _recipe(ROW_SPACE, dense(1), inits.RowSpace(1.0)),
        _recipe("bi-optimal, scale 0.5", dense(1), inits.BiOptimal(0.5)),
        _recipe(CHAIN, dense(1), inits.Chain(0.5)),
        _recipe(BALANCED, dense(1), inits.Balanced(0.5)),
        _recipe("identity, scale 0.5", dense(1), inits.Identity(0.5)),
        _recipe(f"Gaussian, scale 1, only {NARROW} neurons", narrow, inits.Gaussian(1.0)),
        _opposed(1),
    ]
    for hidden in (2, 3):
        network = dense(hidden)
        found += [
            _recipe(SMALL, network, inits.Gaussian(0.01)),
            _recipe("PyTorch's default", network, inits.TorchDefault()),
            _recipe(CHAIN, network, inits.Chain(0.5)),
            _recipe("identity, scale 0.5", network, inits.Identity(0.5)),
            _opposed(hidden),
        ]
    return found


def _recipe(name: str, network: Dense, init: Init) -> TrainingStart:
    return TrainingStart(name, network, lambda one: one.start(init, network))


def _opposed(hidden: int) -> TrainingStart:
    return TrainingStart(OPPOSED, dense(hidden), lambda one: opposed(one, hidden, DISTANCE), whitened)


def run(seeds: int, progress: PaperProgress, chosen: list[TrainingStart] | None = None) -> list[Rates]:
    """Certify and train from every start."""
    chosen = starts() if chosen is None else chosen
    announcement = "Optimization: rates, h = {0.network.hidden}, {0.name}"
    return [rates(one, seeds) for one in _sweeps.announced(progress, announcement, chosen)]


def rates(start: TrainingStart, seeds: int) -> Rates:
    """Certify and train from one kind of start."""
    return Rates(start, *_sweeps.over_seeds(partial(_measured, start), map(start.equations, instances(11, seeds))))


def _measured(start: TrainingStart, drawn: Instance) -> tuple[float, float, float, float, bool]:
    system, network, theta0 = drawn.system, start.network, start.theta0(drawn)
    found = train(system, network, theta0, FLOW, tol=TOLERANCE)
    return (
        convergence_rate(system, network, theta0),
        float(slopes(found.history).min()),
        2 * float(tangent_spectrum(system, network, found.theta)[0]),
        small_start(system, network.hidden).rate,
        found.success,
    )


def slopes(history: Any) -> Points:
    """Rates −Δ(log L)/Δt between neighbouring snapshots."""
    return -np.diff(np.log(history.loss)) / np.diff(history.at)
