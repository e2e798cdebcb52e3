"""E3 of Tu et al. 2024: the active regime finds a low rank behind noise, the lazy one does not."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ridgeless.papers import _claims, _curves
from ridgeless.papers._experiments import Scores
from ridgeless.papers._text import short
from ridgeless.papers.base import Budget, Claim, Figure, PaperProgress, Points, Section
from ridgeless.papers.tu2024._matrices import drawn_target, half_time, mixed, starting_point, trained

SCALES = np.array([0.003, 0.03, 0.3, 3.0])
RANK = 3
_NOISE = 0.5  # the largest singular value of the noise is about that, beside RANK ones
_MARKS = 60


@dataclass(frozen=True)
class Denoising:
    """The least ‖A − T‖_F²/‖T‖_F² along training on T plus noise, by scale; (seeds, scales).

    Attributes:
        sizes: d and m.
        trained: of gradient flow in the weights.
        predicted: of the mixed dynamics from the same A(0).
        floor: (seeds,) of the best cut of the singular values that the noise has moved.
    """

    sizes: tuple[int, int]
    trained: Scores
    predicted: Scores
    floor: Points


def run(budget: Budget, progress: PaperProgress) -> Denoising:
    """The trainings of E3."""
    sizes = budget.choose(seconds=(16, 512), minutes=(40, 2048), cluster=(100, 8192))
    rows = []
    for index in range(budget.seeds):
        progress(f"E3: low rank, target {index + 1} of {budget.seeds}")
        rows.append(_measured(index, *sizes))
    found, told, floor = (np.array(column) for column in zip(*rows, strict=True))
    return Denoising(sizes, found, told, floor)


def _measured(index: int, unknowns: int, width: int) -> tuple[list[float], list[float], float]:
    clean = drawn_target(100 + index, unknowns, np.ones(RANK)).matrix
    rng = np.random.default_rng([1, index])
    noisy = clean + _NOISE / (2 * np.sqrt(unknowns)) * rng.standard_normal(clean.shape)
    left, values, right = np.linalg.svd(noisy)
    found, told = [], []
    for scale in SCALES.tolist():
        # Until the noise is fitted: the least error lies before.
        end = 3 * half_time(float(np.median(values)), scale)
        times = np.append(0.0, np.geomspace(end / 100, end, _MARKS))
        found.append(_least(trained(noisy, scale, width, times, index), clean))
        told.append(_least(mixed(noisy, scale, starting_point(unknowns, scale, width, index), times), clean))
    cut = (left[:, :RANK] * values[:RANK]) @ right[:RANK]
    return found, told, _least(cut[None], clean)


def _least(A: np.ndarray, clean: np.ndarray) -> float:
    return float(np.min(np.sum((A - clean) ** 2, axis=(1, 2)))) / float(np.sum(clean**2))


def section(found: Denoising) -> Section:
    """E3."""
    unknowns, width = found.sizes
    return Section(
        "E3",
        "Which scale of the start finds a low rank behind noise?",
        f"T in {unknowns}×{unknowns} with {RANK} singular values 1 and random singular vectors, seen with Gaussian "
        f"noise whose largest singular value is about {short(_NOISE)}, {len(found.floor)} of them. A = W₂W₁ with m = "
        f"{width} from weights N(0, c/m) is trained on what is seen. At small c the large singular values grow first, "
        "and there is a time at which the rank is that of T; at large c noise grows along with the rest. The mixed "
        "dynamics, which know of the weights c and A(0) alone, tell the least error on the way.",
        (_figure(found),),
        claims=_claims_of(found),
    )


def _figure(found: Denoising) -> Figure:
    cut = np.full(len(SCALES), np.median(found.floor))
    return Figure(
        "The active regime finds the low rank",
        "scale c",
        "least ‖A − T‖²/‖T‖² on the way",
        (
            *_curves.with_law("trained", SCALES, found.trained, found.predicted, "mixed dynamics, trained"),
            _curves.predicted(f"the {RANK} largest singular values alone", SCALES, cut),
        ),
        "Medians over targets with 95 % bands. The dashed line is what a cut of the singular values reaches that knows "
        "the rank.",
    )


def _claims_of(found: Denoising) -> tuple[Claim, ...]:
    last, apart = len(SCALES) - 1, np.abs(found.trained / found.predicted - 1)
    return (
        _claims.median("least error at the smallest c over the cut", 1.0, found.trained[:, 0] / found.floor, 0.1),
        _claims.median(
            "least error at the largest c over that at the smallest",
            2.0,
            found.trained[:, last] / found.trained[:, 0],
            0.0,
            "at least",
        ),
        _claims.worst("|trained over predicted least error − 1|, all c", apart, 0.1),
    )
