"""Loops over random instances and over the values of a parameter, with results as arrays."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from ridgeless.papers._experiments import Scores
from ridgeless.papers.base import PaperProgress


def announced(progress: PaperProgress, label: str, values: Iterable[Any]) -> Iterator[Any]:
    """The values one by one, each told to `progress` before it is worked on: {} in the label stands for it."""
    for value in values:
        progress(label.format(value))
        yield value


def over_seeds(measure: Callable[[Any], Sequence[Any]], drawn: Iterable[Any]) -> list[np.ndarray]:
    """Everything that is measured of each instance, as one array for each quantity, seeds first."""
    return [np.array(column) for column in zip(*map(measure, drawn), strict=True)]


def over_grid(
    measure: Callable[[Any, Any], Sequence[float]], drawn: Sequence[Any], values: Iterable[Any]
) -> list[Scores]:
    """Everything that is measured of each instance at each value, as one (seeds, values) array for each quantity."""
    return list(np.array([[measure(one, value) for value in values] for one in drawn]).transpose(2, 0, 1))
