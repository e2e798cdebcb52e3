"""Curves of figures: medians over seeds as marks, laws as lines."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import chain, starmap
from typing import Any

import numpy as np

from ridgeless.papers._experiments import Scores
from ridgeless.papers.base import Curve, Points, confidence

# Between marks side by side, in units of the distance between abscissas.
APART = 0.2


def median(label: str, x: Points, scores: Scores) -> Curve:
    """Medians over seeds, with the 95 % band of each."""
    low, high = np.array([confidence(column) for column in scores.T]).T
    return Curve(label, np.asarray(x, dtype=float), np.median(scores, axis=0), "measured", low, high)


def predicted(label: str, x: Points, y: Points) -> Curve:
    """A law as a line."""
    return Curve(label, np.asarray(x, dtype=float), np.asarray(y, dtype=float), "predicted")


def with_law(label: str, x: Points, scores: Scores, law: Points | Scores, name: str = "") -> tuple[Curve, Curve]:
    """Medians over seeds, and the law as a line: the median of what each seed predicts, where each does."""
    line = np.median(law, axis=0) if law.ndim == 2 else law
    return median(label, x, scores), predicted(name or f"law, {label}", x, line)


def with_laws(families: Iterable[tuple[Any, ...]]) -> tuple[Curve, ...]:
    """The curves of several families, each given by the arguments of `with_law`."""
    return tuple(chain.from_iterable(starmap(with_law, families)))


def side_by_side(curves: Sequence[Curve]) -> list[Curve]:
    """Curves over the same abscissas, moved a little to either side, so that no mark or band hides another."""
    spacing = curves[0].x[1] / curves[0].x[0]
    moves = (np.arange(len(curves)) - (len(curves) - 1) / 2) * APART
    return [replace(curve, x=curve.x * spacing**move) for curve, move in zip(curves, moves, strict=True)]


def diagonal(label: str, values: Points) -> Curve:
    """Measured = predicted, over the range of the values."""
    ends = np.array([values.min(), values.max()])
    return predicted(label, ends, ends)
