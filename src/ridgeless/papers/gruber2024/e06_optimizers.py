"""E6: which optimisers keep the null-space part P_N W_1 of the first layer."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np

from ridgeless import flows
from ridgeless._core.arrays import norm
from ridgeless.networks._dense.later_layers import later_layers
from ridgeless.papers import _claims, _curves, _sweeps
from ridgeless.papers._experiments import Instance, dense, instances
from ridgeless.papers._text import short, short_median
from ridgeless.papers.base import Claim, Curve, Figure, PaperProgress, Points, Section, Table

_HIDDEN = 1
_SCALE = 1.0
# Long enough for AdaGrad's accumulator, which begins at 0.1, to see gradients of its own size.
_LENGTH = 3.0
_STEPS = 4000
_TOLERANCE = 1e-8
_ROUNDING = 1e-12
# So many times what rounding does is no rounding, and still far below what the entrywise methods do on any seed.
_FAR = 1e6


@dataclass(frozen=True)
class Optimizer:
    """An optimiser, and whether its steps of W_1 are Aᵀ times something."""

    name: str
    flow: flows.Flow
    stays: bool


METHODS = (
    Optimizer("gradient descent", flows.GradientDescent(max_steps=_STEPS), True),
    Optimizer("heavy ball, β = 0.9", flows.GradientDescent(momentum=0.9, max_steps=_STEPS), True),
    Optimizer("SGD, one equation a step", flows.StochasticGradientDescent(batch=1, max_steps=_STEPS), True),
    Optimizer("Muon", flows.Muon(step_size=1e-3, max_steps=_STEPS), True),
    Optimizer("Adam", flows.Adam(step_size=1e-2, max_steps=_STEPS), False),
    Optimizer("AdaGrad", flows.AdaGrad(step_size=1e-1, max_steps=_STEPS), False),
)


@dataclass(frozen=True)
class Drifts:
    """Training by one optimiser.

    Attributes:
        method: which.
        drifts: (seeds,) ‖P_N(W_1(end) − W_1(0))‖.
        gaps: (seeds,) ‖x − A⁺b‖ at the end.
        kept: (seeds,) ‖P_N W_1(0) q‖ at the end.
        untold: (seeds,) ‖P_N x − P_N W_1(0) q‖/‖A⁺b‖ at the end: what of the gap the start does not tell.
        residuals: (seeds,) ‖Ax − b‖/‖b‖.
    """

    method: Optimizer
    drifts: Points
    gaps: Points
    kept: Points
    untold: Points
    residuals: Points


def run(seeds: int, progress: PaperProgress) -> list[Drifts]:
    """The trainings of E6, optimiser by optimiser."""
    drawn = instances(6, seeds, length=_LENGTH)
    methods = _sweeps.announced(progress, "E6: {0.name}", METHODS)
    return [Drifts(method, *_sweeps.over_seeds(partial(_measured, method.flow), drawn)) for method in methods]


def _measured(flow: flows.Flow, one: Instance) -> tuple[float, float, float, float, float]:
    system, theta0 = one.system, one.gaussian(_HIDDEN, _SCALE)
    found = one.trained_in_full(dense(_HIDDEN), theta0, _TOLERANCE, flow)
    before, after, q = one.null_part(theta0), one.null_part(found.theta), later_layers(found.theta)
    away = found.x - system.min_norm()
    return (
        norm((after - before).ravel()),
        norm(away),
        norm(before @ q),
        norm(system.project_null(found.x) - before @ q) / norm(system.min_norm()),
        system.residual(found.x),
    )


def section(found: list[Drifts]) -> Section:
    """E6."""
    seeds = len(found[0].drifts)
    still = max(float(one.drifts.max()) for one in found if one.method.stays)
    moved = min(float(one.drifts.min()) for one in found if not one.method.stays)
    return Section(
        "E6",
        "Does the optimiser matter?",
        f"One hidden layer on {seeds} Gaussian systems, from Gaussian starts of scale {short(_SCALE)}, all weights "
        f"trained as they are, at most {_STEPS} steps. The gradient of W_1 is Aᵀ times something, and so is whatever "
        "sums, samples, or orthogonalises such gradients: gradient descent, momentum, mini-batches and Muon leave P_N "
        f"W_1 where it started, to {short(still)}. Adam and AdaGrad scale every entry by itself; that is no longer Aᵀ "
        f"times something, and P_N W_1 moves by {short(moved)} at the least. Their gap is then no longer what the "
        "start put into the null space: P_N x differs from P_N W_1(0) q, on which all others agree to rounding even "
        "where the residual is not small.",
        (_figure(found),),
        (_table(found),),
        tuple(claim for one in found for claim in _claims_of(one, found[0])),
    )


def _figure(found: list[Drifts]) -> Figure:
    curves = [Curve(one.method.name, one.kept, one.gaps) for one in found]
    return Figure(
        "What the start put into the null space is the gap, unless the optimiser moves it",
        "‖P_N W_1(0) q‖ at the end",
        "‖x − A⁺b‖",
        (*curves, _curves.diagonal("gap = ‖P_N W_1(0) q‖", np.concatenate([one.kept for one in found]))),
        "One point for each seed. Methods that keep to the row space lie on the line, Adam and AdaGrad beside it.",
    )


def _table(found: list[Drifts]) -> Table:
    return Table(
        "Medians over seeds",
        ("optimiser", "‖P_N ΔW_1‖", "largest", "‖x − A⁺b‖", "residual"),
        tuple(
            (
                one.method.name,
                short_median(one.drifts),
                short(one.drifts.max()),
                short_median(one.gaps),
                short_median(one.residuals),
            )
            for one in found
        ),
        "Muon's steps keep their length, so that its residual ends near its step size; the null part does not care.",
    )


def _claims_of(one: Drifts, descent: Drifts) -> list[Claim]:
    """A method keeps to the row space to rounding, or leaves it by far more than rounding takes gradient descent."""
    drift, untold = f"‖P_N ΔW_1‖, {one.method.name}", f"‖P_N x − P_N W_1(0) q‖/‖A⁺b‖, {one.method.name}"
    if one.method.stays:
        return [_claims.worst(drift, one.drifts, _ROUNDING), _claims.worst(untold, one.untold, _ROUNDING)]
    return [
        _claims.least(f"{drift}, over the largest of gradient descent", _FAR, one.drifts / _largest(descent.drifts)),
        _claims.least(f"{untold}, over the largest of gradient descent", _FAR, one.untold / _largest(descent.untold)),
    ]


def _largest(values: Points) -> float:
    """No less than one rounding: gradient descent may make none."""
    return max(float(np.max(values)), float(np.finfo(float).eps))
