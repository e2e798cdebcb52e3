"""E2 of Pesme and Flammarion 2023: gradient flow from ever smaller starts rests on the saddles of the recursion."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from ridgeless import flows
from ridgeless.networks import Product
from ridgeless.papers import _claims, _curves
from ridgeless.papers._experiments import Instance, PerSeed, arrived, instances
from ridgeless.papers._saddles import Saddles, staircase, successive_saddles
from ridgeless.papers._trajectories import flow, product
from ridgeless.papers.base import Budget, Claim, Curve, Figure, PaperProgress, Points, Section
from ridgeless.verbs.train import train

# log₁₀(1/α) of the starts; x is of the size of α², which float64 holds as a logarithm alone.
POWERS = {"few": (40.0, 160.0), "many": (10.0, 20.0, 40.0, 80.0, 160.0)}
SHOWN = (3, 10, 40)
_MARKS = 50
_LARGEST = 1e-3
_UNKNOWNS = 9
_EXPERIMENT = 2304004882


PerScale = Float[np.ndarray, "seeds scales"]


@dataclass(frozen=True)
class Shown:
    """The loss along gradient flow from α = 10^(−power), by time over log(1/α)."""

    power: int
    times: Points
    losses: Points


@dataclass(frozen=True)
class Rests:
    """Gradient flow beside the recursion.

    Attributes:
        logs: (scales,) log(1/α).
        resting: (seeds, scales) ‖x − saddle‖₁ at the middle of a plateau, median over plateaus.
        late: (seeds, scales) the largest |t/log(1/α) − s| over jumps: t where the loss is halfway, s by the recursion.
        first: (seeds, scales) the same of the first jump.
        weights: (seeds,) the largest difference of the loss, over that at the start, between dual coordinates and
            weights, α = 1e-3.
        example: of the first system: its saddles, the loss on each, and the loss along time from the scales of `SHOWN`.
    """

    logs: Float[np.ndarray, " scales"]
    resting: PerScale
    late: PerScale
    first: PerScale
    weights: PerSeed
    example: tuple[Saddles, Points, list[Shown]]


def run(budget: Budget, progress: PaperProgress) -> Rests:
    """The trajectories of E2."""
    logs = np.log(10) * np.array(POWERS[budget.choose(seconds="few", minutes="many", cluster="many")])
    rows = []
    drawn = instances(_EXPERIMENT, budget.seeds, _UNKNOWNS)
    for number, one in enumerate(drawn, start=1):
        progress(f"E2: gradient flow, system {number} of {budget.seeds}")
        saddles = successive_saddles(np.asarray(one.system.A), one.system.b)
        per_scale = [_rests(one, saddles, log) for log in logs.tolist()]
        rows.append((*zip(*per_scale, strict=True), _in_weights(one)))
    resting, late, first, weights = (np.array(column) for column in zip(*rows, strict=True))
    return Rests(logs, resting, late, first, weights, _example(drawn[0]))


def _losses(one: Instance, x: np.ndarray) -> Points:
    """½‖A x − b‖² for every row x."""
    return 0.5 * np.sum((x @ np.asarray(one.system.A).T - one.system.b) ** 2, axis=1)


def _log_start(log: float) -> float:
    """log(√2·α)."""
    return float(np.log(2) / 2 - log)


def _rests(one: Instance, saddles: Saddles, log: float) -> tuple[float, float, float]:
    """What is measured at one scale, log(1/α) given."""
    ends = np.append(saddles.at[1:], 1.3 * saddles.at[-1])
    losses = _losses(one, saddles.points)
    halfway = (losses[1:] + losses[:-1]) / 2
    found = flow(one.system, product(_log_start(log), _UNKNOWNS), (saddles.at + ends) / 2 * log, halfway.tolist())
    resting = float(np.median(np.abs(found.x - saddles.points).sum(axis=1)[1:]))
    late = np.abs(found.crossed / log - saddles.at[1:])
    return resting, float(np.max(late)), float(late[0])


def _in_weights(one: Instance) -> float:
    """How far the loss in dual coordinates is from that of training u and v, at the marks of the training."""
    scale = np.sqrt(2) * _LARGEST
    theta0 = {"layers": np.stack([np.full(_UNKNOWNS, scale), np.zeros(_UNKNOWNS)])}
    trained = train(one.system, Product(2), theta0, flows.GradientFlow(coordinates="weights"))
    if trained.history is None:
        return float("nan")
    at, loss = trained.history.at[1:], trained.history.loss[1:]
    found = flow(one.system, product(float(np.log(scale)), _UNKNOWNS), at)
    return arrived(trained) * float(np.max(np.abs(_losses(one, found.x) - loss))) / trained.history.loss[0]


def _example(one: Instance) -> tuple[Saddles, Points, list[Shown]]:
    saddles = successive_saddles(np.asarray(one.system.A), one.system.b)
    times, shown = np.geomspace(0.5 * saddles.at[1], 1.1 * saddles.at[-1], _MARKS), []
    for power in SHOWN:
        log = power * np.log(10)
        found = flow(one.system, product(_log_start(log), _UNKNOWNS), times * log)
        shown.append(Shown(power, times, _losses(one, found.x)))
    return saddles, _losses(one, saddles.points), shown


def section(found: Rests) -> Section:
    """E2."""
    seeds = len(found.weights)
    return Section(
        "E2",
        "Does gradient flow from a small start rest on these saddles?",
        f"x = u∘v from u = √2·α, v = 0, on {seeds} Gaussian systems in {_UNKNOWNS} unknowns with ‖A⁺b‖ = 1, for α "
        f"from 1e-{found.logs[0] / np.log(10):.0f} to 1e-{found.logs[-1] / np.log(10):.0f}. Gradient flow is "
        "integrated in dual coordinates, in logarithms of the weights; from α = 1e-3 it is compared with training of u "
        "and v themselves. In the middle of a plateau x is on the saddle to many digits. A jump takes a time of order "
        "1, and so the time of a jump over log(1/α) tends to that of the recursion as one over log(1/α).",
        (_loss_figure(found), _late_figure(found)),
        claims=_claims_of(found),
    )


def _loss_figure(found: Rests) -> Figure:
    saddles, losses, shown = found.example
    end = float(saddles.at[-1])
    return Figure(
        "The loss becomes a staircase",
        "time over log(1/α)",
        "loss ½‖A x − b‖²",
        (
            *(Curve(f"α = 1e-{one.power}", one.times, one.losses) for one in shown),
            Curve("recursion", *staircase(saddles.at[:-1], losses[:-1], end), "predicted"),
        ),
        "The first system. The loss on the last saddle is 0, and is left out.",
    )


def _late_figure(found: Rests) -> Figure:
    law = np.median(found.first[:, -1]) * found.logs[-1] / found.logs
    return Figure(
        "Jump times tend to those of the recursion",
        "log(1/α)",
        "|t/log(1/α) − s|",
        (
            _curves.median("first jump", found.logs, found.first),
            _curves.predicted("slope −1, first jump", found.logs, law),
            _curves.median("largest over jumps", found.logs, found.late),
        ),
        "Medians over seeds with 95 % bands. The line has the slope that is predicted, through the last mark.",
    )


def _claims_of(found: Rests) -> tuple[Claim, ...]:
    return (
        _claims.median(
            "‖x − saddle‖₁ halfway through a plateau, smallest α", 1e-6, found.resting[:, -1], 0.0, "at most"
        ),
        _claims.slope(
            "slope of log |t/log(1/α) − s| against log log(1/α), first jump", -1.0, found.logs, found.first, 0.02
        ),
        _claims.slope(
            "slope of log |t/log(1/α) − s| against log log(1/α), largest over jumps", -1.0, found.logs, found.late, 0.15
        ),
        _claims.worst("difference of the loss between dual coordinates and weights", found.weights, 1e-5),
    )
