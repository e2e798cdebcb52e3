"""E1 of Tu et al. 2024: the loss curve of a wide network, predicted before training."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ridgeless import flows, inits
from ridgeless._core.arrays import norm
from ridgeless.analysis.mixed_dynamics import mixed_dynamics
from ridgeless.networks import Dense
from ridgeless.papers import _claims, _sweeps
from ridgeless.papers._experiments import Scores, arrived
from ridgeless.papers._text import short
from ridgeless.papers.base import Budget, Claim, Curve, Figure, PaperProgress, Points, Section
from ridgeless.papers.tu2024._width import width_figure
from ridgeless.systems import LinearSystem
from ridgeless.verbs.train import train

SCALES = np.array([0.01, 0.1, 1.0])  # c = σ²m
EQUATIONS, UNKNOWNS = 6, 20
_WIDEST = 1024
_PAPER = 2405175801


@dataclass(frozen=True)
class Curves:
    """Training at one scale, beside the prediction.

    Attributes:
        scale: c.
        widths: m.
        losses: (seeds, widths) the largest |predicted − trained loss| over times, over the loss at the start.
        places: (seeds, widths) ‖predicted − trained x‖ at the end, over ‖A⁺b‖.
        example: times, trained and predicted loss, of the first system and the largest width.
    """

    scale: float
    widths: Points
    losses: Scores
    places: Scores
    example: tuple[Points, Points, Points]


def gaussian_system(index: int) -> LinearSystem:
    """Standard Gaussian entries over √d, with ‖A⁺b‖ = 1."""
    rng = np.random.default_rng(np.random.SeedSequence([_PAPER, index]))
    A = rng.standard_normal((EQUATIONS, UNKNOWNS)) / np.sqrt(UNKNOWNS)
    shortest = np.linalg.pinv(A) @ rng.standard_normal(EQUATIONS)
    return LinearSystem(A, A @ (shortest / norm(shortest)))


def run(budget: Budget, progress: PaperProgress) -> list[Curves]:
    """The trainings of E1."""
    widths = budget.choose(seconds=(64, 256, 1024), minutes=(64, 128, 256, 512, 1024), cluster=(64, 256, 1024, 4096))
    systems = [gaussian_system(index) for index in range(budget.seeds)]
    found = []
    for scale in _sweeps.announced(progress, "E1: loss curves, c = {}", SCALES.tolist()):
        rows = [[_measured(one, index, scale, width) for width in widths] for index, one in enumerate(systems)]
        losses, places = np.array([[pair[:2] for pair in row] for row in rows]).transpose(2, 0, 1)
        example = rows[0][widths.index(_WIDEST)][2]
        found.append(Curves(scale, np.array(widths, dtype=float), losses, places, example))
    return found


def _measured(
    system: LinearSystem, index: int, scale: float, width: int
) -> tuple[float, float, tuple[Points, Points, Points]]:
    network, init = Dense(hidden=1, width=width), inits.Gaussian(float(np.sqrt(scale)))
    found = train(system, network, init, flows.GradientFlow(coordinates="weights"), seed=index)
    if found.history is None:
        raise TypeError(f"a training without history: {found.message}")
    at, loss = found.history.at, found.history.loss
    told = mixed_dynamics(system, network, init, at, seed=index)
    miss = arrived(found) * float(np.max(np.abs(told.loss - loss))) / float(loss[0])
    place = arrived(found) * norm(told.x[-1] - found.x) / norm(system.min_norm())
    return miss, place, (at[1:], loss[1:], told.loss[1:])


def section(found: list[Curves]) -> Section:
    """E1."""
    scales = ", ".join(short(one.scale) for one in found)
    return Section(
        "E1",
        "Is the loss curve of a wide network known before training?",
        f"x = W w with m hidden units and weights N(0, c/m), c = {scales}, on {len(found[0].losses)} Gaussian systems "
        f"of {EQUATIONS} equations in {UNKNOWNS} unknowns with ‖A⁺b‖ = 1. Gradient flow in the weights is held against "
        "x' = −[√(xxᵀ + c²I)g + √(‖x‖² + c²)g], which knows nothing of the weights but c and x(0). The miss falls as "
        "m^(−1/2). Times are those that training records.",
        (_loss_figure(found), _width_figure(found)),
        claims=tuple(claim for one in found for claim in _claims_of(one)),
    )


def _loss_figure(found: list[Curves]) -> Figure:
    curves = []
    for one in found:
        at, trained, told = one.example
        shown = trained > 1e-8 * trained[0]
        label = f"c = {short(one.scale)}"
        curves += [
            Curve(label, at[shown], trained[shown]),
            Curve(f"mixed dynamics, {label}", at[shown], told[shown], "predicted"),
        ]
    return Figure(
        "Loss curves, known before training",
        "time",
        "loss ½‖A x − b‖²",
        tuple(curves),
        f"The first system, m = {_WIDEST}: marks are trained in the weights, lines know c and x(0) alone.",
    )


def _width_figure(found: list[Curves]) -> Figure:
    families = ((one.scale, one.widths, one.places) for one in found)
    return width_figure(families, "‖predicted − trained x‖/‖A⁺b‖ at the end", "systems")


def _claims_of(one: Curves) -> tuple[Claim, ...]:
    told, widest = f"c = {short(one.scale)}", one.widths.tolist().index(_WIDEST)
    return (
        _claims.median(
            f"|predicted − trained loss|/L(0) at any time, m = {_WIDEST}, {told}",
            0.02,
            one.losses[:, widest],
            0.0,
            "at most",
        ),
        _claims.slope(
            f"slope of log ‖predicted − trained x‖ against log m, {told}", -0.5, one.widths, one.places, 0.15
        ),
    )
