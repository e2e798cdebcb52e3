"""E3 of Azulay et al. 2021: the population error of the trained network by scale and shape of its start."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np

from ridgeless import inits
from ridgeless._core.arrays import norm
from ridgeless.networks import TwoBranch
from ridgeless.papers import _claims, _curves, _sweeps
from ridgeless.papers._experiments import Instance, Scores, arrived
from ridgeless.papers._text import short, short_median
from ridgeless.papers.azulay2021.e1_diagonal import strength
from ridgeless.papers.base import Claim, Figure, PaperProgress, Points, Section
from ridgeless.systems import LinearSystem
from ridgeless.verbs.limit import limit

# The scales and shapes of the paper's figure, at fewer scales.
SCALES = np.geomspace(1e-5, 10**-0.6, 6)
SHAPES = (0.0, 0.5, 0.7, 0.9, 0.99)
_EQUATIONS, _UNKNOWNS, _SPARSITY = 40, 200, 3
_NOISE = 0.1
_NETWORK = TwoBranch(2)
_TOLERANCE = 1e-8
_PAPER = 210209769  # arXiv number: this file's draws are no other file's


@dataclass(frozen=True)
class Errors:
    """Gradient flow of the two-branch network from starts of one shape.

    Attributes:
        shape: s.
        trained: (seeds, scales) population error ‖x∞ − truth‖², less that of the noise.
        balanced: (seeds, scales) the same for the exact end from a start of shape 0 with the same k.
        misses: (seeds, scales) ‖x∞ − that end‖/‖that end‖.
    """

    shape: float
    trained: Scores
    balanced: Scores
    misses: Scores


def sparse_systems(count: int) -> list[Instance]:
    """Standard Gaussian rows, entries 1/√k of the truth in k random places, labels with noise."""
    found = []
    for index in range(count):
        rng = np.random.default_rng(np.random.SeedSequence([_PAPER, index]))
        A, truth = rng.standard_normal((_EQUATIONS, _UNKNOWNS)), np.zeros(_UNKNOWNS)
        truth[rng.choice(_UNKNOWNS, _SPARSITY, replace=False)] = 1 / np.sqrt(_SPARSITY)
        system = LinearSystem(A, A @ truth + _NOISE * rng.standard_normal(_EQUATIONS), truth)
        found.append(Instance(system, index))
    return found


def run(seeds: int, progress: PaperProgress, shapes: tuple[float, ...] = SHAPES) -> list[Errors]:
    """The trainings of E3, shape by shape."""
    return [
        Errors(shape, *_sweeps.over_grid(partial(_measured, shape), sparse_systems(seeds), SCALES))
        for shape in _sweeps.announced(progress, "E3: population error, s = {:.3g}", shapes)
    ]


def _measured(shape: float, one: Instance, scale: float) -> tuple[float, float, float]:
    # The start has no direction to draw: every coordinate is alike.
    system, theta0 = one.system, one.start(inits.Imbalanced(scale, shape), _NETWORK)
    found = one.trained_in_full(_NETWORK, theta0, _TOLERANCE)
    exact, truth = limit(system, _NETWORK, inits.Imbalanced(strength(scale, shape) / 4, 0.0)), np.asarray(system.truth)
    is_there = arrived(found) * arrived(exact)
    miss = is_there * norm(found.x - exact.x) / norm(exact.x)
    return is_there * norm(found.x - truth) ** 2, norm(exact.x - truth) ** 2, miss


def section(found: list[Errors]) -> Section:
    """E3."""
    seeds, rich, lazy = (
        len(found[0].trained),
        short_median(found[0].trained[:, 0]),
        short_median(found[-1].trained[:, -1]),
    )
    return Section(
        "E3",
        "Does the shape of the start decide how well the network generalizes?",
        f"{_EQUATIONS} noisy equations in {_UNKNOWNS} unknowns, of which {_SPARSITY} are not zero, drawn {seeds} "
        f"times. From the smallest balanced start the median population error is {rich}, from the largest and "
        f"most unbalanced one {lazy}, about that of the minimum-norm solution. Unbalance raises the error "
        "as a larger scale does: a start of scale α and shape s ends where a balanced one of scale α(1 + s²)/(1 − s²) "
        "does, so that the curves are one curve, shifted.",
        (_scale_figure(found), _strength_figure(found)),
        claims=_claims_of(found),
    )


def _scale_figure(found: list[Errors]) -> Figure:
    named = [(f"s = {short(errors.shape)}", errors) for errors in found]
    return Figure(
        "The less balanced the start, the earlier the error rises",
        "scale α = |u₀v₀|",
        "population error ‖x∞ − x*‖²",
        _curves.with_laws(
            (name, SCALES, one.trained, one.balanced, f"balanced, same k as {name}") for name, one in named
        ),
        "Medians over seeds with 95 % bands, which are those of the systems: at every seed marks and lines agree to "
        "the tolerance of the claim. Marks are trained in the weights; lines are exact ends from balanced starts, "
        "moved from α(1 + s²)/(1 − s²) to α.",
    )


def _strength_figure(found: list[Errors]) -> Figure:
    strengths = [np.array([strength(float(scale), errors.shape) for scale in SCALES]) for errors in found]
    curves = [
        _curves.median(f"s = {short(errors.shape)}", x, errors.trained)
        for errors, x in zip(found, strengths, strict=True)
    ]
    x = np.concatenate(strengths)
    y = np.concatenate([np.median(errors.balanced, axis=0) for errors in found])
    order = np.argsort(x)
    return Figure(
        "Against k, all shapes are one curve",
        "k = 4α(1 + s²)/(1 − s²)",
        "population error ‖x∞ − x*‖²",
        (*curves, _curves.predicted("balanced starts", x[order], y[order])),
        "The same marks as above. From left to right the error goes from that of the sparse solution to that of the "
        "minimum-norm one.",
    )


def _claims_of(found: list[Errors]) -> tuple[Claim, ...]:
    balanced, widest = found[0], found[-1]
    shift = np.log10((1 + widest.shape**2) / (1 - widest.shape**2))
    half = float(np.median(widest.trained[:, -1])) / 2
    measured = _log_scale(balanced, half) - _log_scale(widest, half)
    misses = [
        _claims.worst(
            f"‖x∞ − end of the balanced start of the same k‖, relative, s = {short(errors.shape)}",
            errors.misses,
            1e-6,
        )
        for errors in found
    ]
    name = f"decades of α by which s = {short(widest.shape)} raises the median error to half its most before s = 0 does"
    return (*misses, Claim(name, float(shift), measured, 0.15))


def _log_scale(errors: Errors, level: float) -> float:
    """The decimal logarithm of the scale where the median error reaches a level, interpolated linearly."""
    medians: Points = np.median(errors.trained, axis=0)
    return float(np.interp(level, medians, np.log10(SCALES)))
