"""E1 of Jacobs et al. 2025: under any schedule, decay shrinks the start by exp(−∫λ), and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.integrate import solve_ivp

from ridgeless import flows, inits
from ridgeless._core.arrays import norm
from ridgeless.networks import Theta
from ridgeless.papers import _claims, _curves, _sweeps
from ridgeless.papers._experiments import Scores, arrived
from ridgeless.papers._text import short
from ridgeless.papers.base import Budget, Claim, Figure, PaperProgress, Section
from ridgeless.papers.jacobs2025._regression import NETWORK, sizes_for, sparse
from ridgeless.systems import LinearSystem
from ridgeless.verbs.limit import limit
from ridgeless.verbs.train import train

# λ(t) on [0, 1] with integral 1; a schedule is λ(t/T)·∫λ/T.
SCHEDULES: dict[str, Callable[[float], float]] = {
    "constant": lambda part: 1.0 + 0.0 * part,
    "falling": lambda part: 2 * (1 - part),
    "cosine": lambda part: 1 + np.cos(np.pi * part),
    "late": lambda part: 2.0 * (part > 0.5),
}
TOTALS = np.array([0.5, 1.0, 2.0, 4.0])
_LENGTH = 20.0
SIZES = np.array([0.01, 0.02, 0.04])
_SCALE, _DECAY = 0.7, 0.1


@dataclass(frozen=True)
class Schedules:
    """Trainings with decay, and the limit after it.

    Attributes:
        sizes: equations, unknowns, entries that are not 0.
        products: (seeds, schedules, totals) the largest | |u² − v²|/(|u₀² − v₀²|·exp(−2∫λ)) − 1 |.
        limits: (seeds, schedules, totals) ‖x∞ − limit‖/‖limit‖: x∞ from the weights after decay, the limit from the
            start times exp(−∫λ).
        unshrunk: (seeds, totals) the same with the limit from the start itself, constant schedule.
        steps: (seeds, step sizes) mean of |log(|u² − v²|/|u₀² − v₀²|) + 2λt| by `rl.flows.WeightDecay`.
    """

    sizes: tuple[int, int, int]
    products: np.ndarray
    limits: np.ndarray
    unshrunk: Scores
    steps: Scores


def run(budget: Budget, progress: PaperProgress) -> Schedules:
    """The trainings of E1."""
    sizes = sizes_for(budget)
    rows = []
    for index in _sweeps.announced(progress, "E1: schedules, system {}", range(budget.seeds)):
        system = sparse(index, sizes)
        start = inits.Gaussian(_SCALE)(NETWORK, system, index)
        exact = [limit(system, NETWORK, _shrunk(start, total)) for total in TOTALS.tolist()]
        pairs = np.array(
            [
                [
                    _measured(system, start, schedule, total, end.x)
                    for total, end in zip(TOTALS.tolist(), exact, strict=True)
                ]
                for schedule in SCHEDULES.values()
            ]
        )
        own = limit(system, NETWORK, start)
        unshrunk = [arrived(own) * arrived(end) * norm(end.x - own.x) / norm(own.x) for end in exact]
        rows.append((pairs[:, :, 0], pairs[:, :, 1], unshrunk, _by_steps(system, start)))
    return Schedules(sizes, *(np.array(column) for column in zip(*rows, strict=True)))


def _shrunk(start: Theta, total: float) -> Theta:
    return {"layers": start["layers"] * np.exp(-total)}


def balance(theta: Theta) -> np.ndarray:
    """|u² − v²|."""
    return np.abs(theta["layers"][0] ** 2 - theta["layers"][1] ** 2)


def with_decay(system: LinearSystem, start: Theta, schedule: Callable[[float], float], total: float) -> Theta:
    """The weights after a time with decay: u' = −g∘v − λu and v' = −g∘u − λv, integrated.

    Example:
        >>> one = LinearSystem(np.eye(1), np.zeros(1))
        >>> found = with_decay(one, {"layers": np.array([[1e-9], [0.0]])}, SCHEDULES["constant"], 1.0)
        >>> bool(abs(found["layers"][0, 0] / 1e-9 - np.exp(-1)) < 1e-6)
        True
    """
    A, b = np.asarray(system.A), system.b

    def velocity(t: float, flat: np.ndarray) -> np.ndarray:
        u, v = flat.reshape(2, -1)
        g, decay = A.T @ (A @ (u * v) - b), schedule(t / _LENGTH) * total / _LENGTH
        return np.concatenate([-g * v - decay * u, -g * u - decay * v])

    state = start["layers"].ravel()
    # Schedules may jump halfway: each half is smooth.
    for span in ((0.0, _LENGTH / 2), (np.nextafter(_LENGTH / 2, _LENGTH), _LENGTH)):
        state = solve_ivp(velocity, span, state, method="DOP853", rtol=1e-10, atol=1e-13).y[:, -1]
    return {"layers": state.reshape(2, -1)}


def _measured(
    system: LinearSystem, start: Theta, schedule: Callable[[float], float], total: float, exact: np.ndarray
) -> tuple[float, float]:
    decayed = with_decay(system, start, schedule, total)
    product = np.abs(balance(decayed) / balance(start) * np.exp(2 * total) - 1)
    after = limit(system, NETWORK, decayed)
    return float(product.max()), arrived(after) * norm(after.x - exact) / norm(exact)


def _by_steps(system: LinearSystem, start: Theta) -> list[float]:
    misses = []
    for size in SIZES.tolist():
        count = round(_LENGTH / size)
        found = train(system, NETWORK, start, flows.WeightDecay(step_size=size, decay=_DECAY, max_steps=count))
        shrunk = np.log(balance(found.theta or start) / balance(start))
        misses.append(float(np.mean(np.abs(shrunk + 2 * _DECAY * _LENGTH))))
    return misses


def section(found: Schedules) -> Section:
    """E1."""
    equations, unknowns, nonzeros = found.sizes
    totals, names = ", ".join(map(short, TOTALS)), ", ".join(SCHEDULES)
    return Section(
        "E1",
        "What does weight decay leave behind after it is switched off?",
        f"x = u∘v from Gaussian weights of scale {short(_SCALE)}, on {len(found.steps)} sparse regressions of "
        f"{equations} equations in {unknowns} unknowns with {nonzeros} entries ±1. With p = u + v and m = u − v, decay "
        "λ(t) gives p' = −(g + λ)p and m' = (g − λ)m: both shrink by exp(−∫λ), and the rest, ∫g, is in the span of the "
        "rows of A. So |u² − v²| shrinks by exp(−2∫λ), and once the decay is off, training ends at the limit from the "
        f"start times exp(−∫λ), whatever the schedule. The weights are integrated under four schedules ({names}) with "
        f"∫λ = {totals}, and the limit from there is compared with the one from the shrunk start, which sees no decay. "
        "Steps of finite size add a deviation that is proportional to them.",
        (_figure(found),),
        claims=_claims_of(found),
    )


def _figure(found: Schedules) -> Figure:
    return Figure(
        "The shrunk start tells the end, the start itself does not",
        "∫λ",
        "distance of the limit from the end after decay",
        (
            _curves.median("limit from the start itself", TOTALS, found.unshrunk),
            _curves.median("limit from the shrunk start, worst schedule", TOTALS, found.limits.max(axis=1)),
        ),
        "How far both predictions miss: medians of ‖x∞ − limit‖/‖limit‖ with 95 % bands.",
    )


def _claims_of(found: Schedules) -> tuple[Claim, ...]:
    return (
        _claims.worst("|u² − v²| over |u₀² − v₀²|·exp(−2∫λ), less 1, all schedules", found.products, 1e-5),
        _claims.worst("‖x∞ − limit‖/‖limit‖ from the shrunk start, all schedules", found.limits, 1e-5),
        _claims.least("the same from the start itself, ∫λ = 4", 0.1, found.unshrunk[:, -1]),
        _claims.slope("slope of the deviation of log|u² − v²| against the step size", 1.0, SIZES, found.steps, 0.1),
    )
