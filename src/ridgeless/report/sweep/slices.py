"""Cutting a study over many axes into panels that one figure can show."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import xarray as xr

from ridgeless._core.numbers import number

_MOST_PANELS = 6


@dataclass(frozen=True, eq=False)
class Slice:
    """The results at one value of each axis that a figure does not show.

    Attributes:
        label: these values in words; "" where there are none.
        dataset: the results there.
    """

    label: str
    dataset: xr.Dataset


def panels(dataset: xr.Dataset, shown: tuple[str, ...]) -> list[Slice]:
    """One slice for each combination of values of the axes that are not shown: at most six, evenly spread."""
    others = [str(axis) for axis in dataset["status"].dims if axis not in shown]
    found = list(_slices(dataset, others))
    if len(found) <= _MOST_PANELS:
        return found
    return [found[round(index)] for index in np.linspace(0, len(found) - 1, _MOST_PANELS)]


def main_axis(dataset: xr.Dataset) -> str | None:
    """The axis that figures run along: the scale, or else the longest one of numbers; None where there is none."""
    dims = [str(axis) for axis in dataset["status"].dims]
    if "scale" in dims:
        return "scale"
    numeric = [axis for axis in dims if axis not in ("seed", "method") and dataset[axis].dtype.kind in "iuf"]
    return max(numeric, key=lambda axis: dataset.sizes[axis], default=None)


def main_measure(dataset: xr.Dataset) -> str:
    """The measure that figures show: the error where the truth is known, else the first with any number."""
    candidates = ["error", "l1_norm", *map(str, dataset.data_vars)]
    numbers = [name for name in candidates if name in dataset and dataset[name].dims == dataset["status"].dims]
    known = (name for name in numbers if dataset[name].dtype.kind == "f" and np.isfinite(dataset[name].values).any())
    return next(known, "l1_norm")


def in_words(axis: str, value: object) -> str:
    """One value of an axis: names as they are, numbers with the name of their axis."""
    if isinstance(value, (int, float, np.integer, np.floating)):
        return f"{axis.replace('_', ' ')} {number(float(value))}"
    return str(value)


def _slices(dataset: xr.Dataset, others: list[str]) -> Iterator[Slice]:
    for places in itertools.product(*(range(dataset.sizes[axis]) for axis in others)):
        where = dict(zip(others, places, strict=True))
        words = [in_words(axis, dataset[axis].values[place]) for axis, place in where.items()]
        yield Slice(", ".join(words), dataset.isel(where))
