"""E3 of Pesme and Flammarion 2023: with orthonormal columns the coordinates are learnt one by one, largest first."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ridgeless._core.arrays import Vector
from ridgeless.papers import _claims, _sweeps
from ridgeless.papers._experiments import PerSeed
from ridgeless.papers._saddles import successive_saddles
from ridgeless.papers._trajectories import flow, product
from ridgeless.papers.base import Budget, Claim, Curve, Figure, PaperProgress, Points, Section
from ridgeless.systems import LinearSystem

EQUATIONS, UNKNOWNS = 12, 6
_PAPER = 2304004883
# log(1/α), and where the entries that are shown have their times.
_LOG = 5 * np.log(10)
_TIMES = np.linspace(0.0, 4.0, 201)[1:]


@dataclass(frozen=True)
class Orthonormal:
    """The recursion where AᵀA = I.

    Attributes:
        times: (seeds,) the largest |s_j·|x*_j| − 1|, jumps sorted by size of their entry.
        entries: (seeds,) the largest difference of a saddle from x* cut to its largest entries.
        flowed: (seeds,) the largest difference of gradient flow, α = 1e-5, from x*_i/(1 + exp(−2|x*_i|(t − t_i))).
        example: x* of the first system, and x(t) by gradient flow.
    """

    times: PerSeed
    entries: PerSeed
    flowed: PerSeed
    example: tuple[Vector, np.ndarray]


def orthonormal_system(index: int) -> LinearSystem:
    """Orthonormal columns, and b = A x* with |x*| spread evenly over [0.2, 1.2] and random signs."""
    rng = np.random.default_rng(np.random.SeedSequence([_PAPER, index]))
    A = np.linalg.qr(rng.standard_normal((EQUATIONS, UNKNOWNS)))[0]
    size = np.linspace(0.2, 1.2, UNKNOWNS) + 0.1 * rng.uniform(size=UNKNOWNS)
    truth = rng.permutation(size) * rng.choice([-1.0, 1.0], UNKNOWNS)
    return LinearSystem(A, A @ truth, truth)


def run(budget: Budget, progress: PaperProgress) -> Orthonormal:
    """The recursions and trajectories of E3."""
    progress("E3: orthonormal columns")
    systems = [orthonormal_system(index) for index in range(budget.seeds)]
    truth = np.asarray(systems[0].truth)
    return Orthonormal(*_sweeps.over_seeds(_measured, systems), example=(truth, _flowed(systems[0])))


def closed_form(truth: Vector, times: Points) -> np.ndarray:
    """(times, d) x(t) for α → 0: every entry is a logistic curve x*_i/(1 + exp(−2|x*_i|(t − t_i))).

    x = α² sinh 2z with z' = x* − x gives x' = 2√(x² + α⁴)(x* − x), which is logistic as soon as x ≫ α²; before, x is
    ½α²·exp(2|x*|t), and both agree for t_i = (log(1/α) + ½·log(2|x*_i|))/|x*_i|.
    """
    size = np.abs(truth)
    middle = (_LOG + np.log(2 * size) / 2) / size
    return truth / (1 + np.exp(-np.clip(2 * size * (times[:, None] - middle), -700, 700)))


def _flowed(system: LinearSystem) -> np.ndarray:
    return flow(system, product(float(np.log(2) / 2 - _LOG), UNKNOWNS), _TIMES * _LOG).x


def _measured(system: LinearSystem) -> tuple[float, float, float]:
    truth = np.asarray(system.truth)
    found, order = successive_saddles(np.asarray(system.A), system.b), np.argsort(-np.abs(truth))
    cut = np.array([np.where(np.isin(np.arange(UNKNOWNS), order[:count]), truth, 0.0) for count in range(UNKNOWNS + 1)])
    if found.points.shape != cut.shape:
        return float("nan"), float("nan"), float("nan")
    times = float(np.max(np.abs(found.at[1:] * np.abs(truth[order]) - 1)))
    flowed = float(np.max(np.abs(_flowed(system) - closed_form(truth, _TIMES * _LOG))))
    return times, float(np.max(np.abs(found.points - cut))), flowed


def section(found: Orthonormal) -> Section:
    """E3."""
    return Section(
        "E3",
        "What are the saddles where the columns do not interact?",
        f"{len(found.times)} systems of {EQUATIONS} equations with {UNKNOWNS} orthonormal columns and b = A x*. The "
        "saddles are x* cut to its 1, 2, … largest entries, and entry i is learnt at the time 1/|x*_i|, in units of "
        "log(1/α). Each entry then moves by itself, and gradient flow has a closed form, a logistic curve around "
        "(log(1/α) + ½·log(2|x*_i|))/|x*_i|, which the integrated flow of α = 1e-5 is held against.",
        (_figure(found),),
        claims=_claims_of(found),
    )


def _figure(found: Orthonormal) -> Figure:
    truth, x = found.example
    law = closed_form(truth, _TIMES * _LOG)
    shown = np.argsort(-np.abs(truth))[:4]
    curves = []
    for place in shown.tolist():
        label = f"x* = {truth[place]:.2f}"
        curves.append(Curve(label, _TIMES[::8], x[::8, place]))
        curves.append(Curve(f"logistic, {label}", _TIMES, law[:, place], "predicted"))
    return Figure(
        "Large entries are learnt first",
        "time over log(1/α)",
        "entry of x",
        tuple(curves),
        "The four largest entries of the first system, from α = 1e-5.",
        x_scale="linear",
        y_scale="linear",
    )


def _claims_of(found: Orthonormal) -> tuple[Claim, ...]:
    return (
        _claims.worst("time of a jump times the size of its entry, less 1", found.times, 1e-10),
        _claims.worst("difference of a saddle from x* cut to its largest entries", found.entries, 1e-10),
        _claims.worst("difference of gradient flow from the logistic curves", found.flowed, 1e-4),
    )
