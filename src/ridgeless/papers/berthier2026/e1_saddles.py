"""E1 of Berthier 2026: how often the Lasso path is monotone, and the average over the saddles of a vanishing start."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import count, islice

import numpy as np
from jaxtyping import Float

from ridgeless.papers import _claims
from ridgeless.papers._experiments import PerSeed
from ridgeless.papers._lasso import LassoPath
from ridgeless.papers._saddles import Saddles, successive_saddles
from ridgeless.papers._text import short
from ridgeless.papers.base import Budget, Claim, Curve, Figure, PaperProgress, Points, Section, Table
from ridgeless.papers.berthier2026._systems import (
    EQUATIONS,
    UNKNOWNS,
    gaussian,
    monotone,
    path_of,
    suboptimality,
)
from ridgeless.systems import LinearSystem

# The paper's estimate, to the digits that it prints.
PROBABILITY, _PRINTED_TO = 0.76, 0.005
# How far down a path is followed, as parts of its first λ; the last stands for the whole path.
DEPTHS = (0.1, 0.01, 1e-6)
# Times at which averages are taken, between the first jump and as many times the last.
_TIMES, _BEYOND = 12, 2.5


@dataclass(frozen=True)
class Averages:
    """Averages over saddles beside the Lasso path.

    Attributes:
        is_monotone: (draws, depths) 1 where the path of a draw is monotone down to each of `DEPTHS`, 0 elsewhere.
        exact: (seeds,) the largest suboptimality over times, monotone paths.
        others: (seeds,) the same for paths that are not.
        example: of the first system, times, averages (times, d) and Lasso solutions (times, d).
    """

    is_monotone: Float[np.ndarray, "draws depths"]
    exact: PerSeed
    others: PerSeed
    example: tuple[Points, np.ndarray, np.ndarray]


def average(saddles: Saddles, time: float) -> np.ndarray:
    """(1/s)∫₀ˢ of the saddle that training from a vanishing start rests on.

    Example:
        >>> average(Saddles(np.array([0.0, 1.0]), np.array([[0.0], [3.0]])), 1.5)
        array([1.])
    """
    ends = np.minimum(np.append(saddles.at[1:], np.inf), time)
    return np.maximum(ends - saddles.at, 0.0) @ saddles.points / time


def run(budget: Budget, progress: PaperProgress) -> Averages:
    """The paths and averages of E1."""
    progress("E1: how often the Lasso path is monotone")
    draws = budget.choose(seconds=500, minutes=20_000, cluster=1_000_000)
    is_monotone = np.array([_is_monotone(gaussian(index)) for index in range(draws)])
    progress("E1: averages over saddles")
    chosen = list(islice(monotone(), 10 * budget.seeds))
    bent = ((system, path) for system in map(gaussian, count()) if not (path := path_of(system, 1e-6)).is_monotone)
    exact = [_largest(system, path) for system, path in chosen]
    others = [_largest(system, path) for system, path in islice(bent, 10 * budget.seeds)]
    return Averages(is_monotone, np.array(exact), np.array(others), _along(*chosen[0]))


def _is_monotone(system: LinearSystem) -> list[float]:
    """1 where the path is monotone down to each of `DEPTHS`, 0 where it is not."""
    return [float(path_of(system, least).is_monotone) for least in DEPTHS]


def _along(system: LinearSystem, path: LassoPath) -> tuple[Points, np.ndarray, np.ndarray]:
    saddles = successive_saddles(np.asarray(system.A), system.b)
    times = np.geomspace(1.05 * saddles.at[1], _BEYOND * saddles.at[-1], _TIMES)
    averages = np.array([average(saddles, time) for time in times])
    return times, averages, np.array([path.at(1 / time) for time in times])


def _largest(system: LinearSystem, path: LassoPath) -> float:
    A = np.asarray(system.A)
    rows = zip(*_along(system, path), strict=True)
    return max(suboptimality(A, system.b, mean, best, 1 / time) for time, mean, best in rows)


def section(found: Averages) -> Section:
    """E1."""
    draws = len(found.is_monotone)
    return Section(
        "E1",
        "Is the average of training from a vanishing start the Lasso path?",
        f"{EQUATIONS} equations in {UNKNOWNS} unknowns, all Gaussian, with time s in units that let the first entry of "
        "x leave 0 at s = 1/max|Aᵀb|. While the start vanishes, training rests on saddles, and its average over time "
        "up to s is a sum. Where every entry of x_lasso/λ moves in one direction only as λ falls, the paper proves "
        "that the average is the Lasso solution of λ = 1/s. Over "
        f"{draws} draws that is so in a part {short(float(found.is_monotone[:, -1].mean()))}. Where it is not so, the "
        "average is near the Lasso solution, but not on it: a table tells how near.",
        (_figure(found),),
        (_nearness(found), _shares(found)),
        _claims_of(found),
    )


def _figure(found: Averages) -> Figure:
    times, averages, best = found.example
    curves = []
    for place in range(UNKNOWNS):
        label = f"x_{place + 1}"
        curves.append(Curve(label, times, averages[:, place]))
        curves.append(Curve(f"Lasso, {label}", times, best[:, place], "predicted"))
    return Figure(
        "The averages are the Lasso path",
        "time s = 1/λ",
        "average of x over time",
        tuple(curves),
        "The first system with a monotone path. Marks are averages over saddles, lines the Lasso path by its homotopy.",
        y_scale="linear",
    )


def _nearness(found: Averages) -> Table:
    rows = [
        (name, len(values), float(np.median(values)), float(np.max(values)))
        for name, values in (("monotone", found.exact), ("not monotone", found.others))
    ]
    return Table(
        "Suboptimality of the average over saddles",
        ("path", "systems", "median", "largest"),
        tuple(rows),
        "Excess of ½‖A x − b‖² + λ‖x‖₁ over its least value, as a part of it; the largest over times for each system.",
    )


def _shares(found: Averages) -> Table:
    rows = [
        ("the whole path" if least == DEPTHS[-1] else f"down to λ = {short(least)}·max|Aᵀb|", float(share))
        for least, share in zip(DEPTHS, found.is_monotone.mean(axis=0), strict=True)
    ]
    return Table(
        "How often the Lasso path is monotone",
        ("how far it is followed", "part of systems"),
        tuple(rows),
        f"{len(found.is_monotone)} draws. The paper's estimate is {short(PROBABILITY)}.",
    )


def _claims_of(found: Averages) -> tuple[Claim, ...]:
    spread = float(np.sqrt(PROBABILITY * (1 - PROBABILITY) / len(found.is_monotone)))
    told = _claims.mean("part of systems with a monotone Lasso path", PROBABILITY, found.is_monotone[:, -1], spread)
    share = replace(told, statement=told.statement.partition(":")[0], tolerance=told.tolerance + _PRINTED_TO)
    return (share, _claims.worst("suboptimality of the average over saddles, monotone paths", found.exact, 1e-9))
