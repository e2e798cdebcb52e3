"""Looking into the store of a study: how far it is, how two differ, and computing one cell anew."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from ridgeless.errors import InvalidConfigurationError, InvalidInputError
from ridgeless.studies.cells import NOT_RUN, Cell, Row, StoredLimit
from ridgeless.studies.choices import shortest
from ridgeless.studies.compute import Task, run_task
from ridgeless.studies.config import read_configuration
from ridgeless.studies.dataset import SECONDS, TEXTS, Layout, make_layout, without_padding
from ridgeless.studies.plan import make_plan

Position = tuple[int, ...]


@dataclass(frozen=True)
class Progress:
    """How far a study is.

    Attributes:
        name: of the study.
        asked: how many cells it asks for.
        done: how many have a result.
        statuses: of those, by method: how many ended in which way.
    """

    name: str
    asked: int
    done: int
    statuses: dict[str, dict[str, int]]


@dataclass(frozen=True)
class Comparison:
    """How the results of two studies differ.

    Attributes:
        only_first: cells of the first that the second lacks, by label.
        only_second: likewise.
        same_bits: how many cells have the same numbers, to the last bit.
        differences: by variable, the largest relative difference where both have a number, and the label of its cell.
        statuses: cells that ended in another way: label, status there and here.
    """

    only_first: int
    only_second: int
    same_bits: int
    differences: dict[str, tuple[float, str]]
    statuses: list[tuple[str, str, str]]


@dataclass(frozen=True)
class Rerun:
    """A cell computed anew beside what is stored of it.

    Attributes:
        label: the cell in words.
        row: of the new computation.
        different: the variables whose bits differ; none where the result is reproduced.
        company: how many cells were computed together.
    """

    label: str
    row: Row
    different: tuple[str, ...]
    company: int


def progress_of(dataset: xr.Dataset) -> Progress:
    """How far a study is, whose store may be being filled."""
    status = dataset["status"].values
    asked = status != NOT_RUN
    statuses = {}
    for index, method in enumerate(map(str, dataset["method"].values)):
        ended = Counter(str(each) for each in status[..., index].ravel() if each and each != NOT_RUN)
        statuses[method] = dict(ended.most_common())
    done = sum(sum(ended.values()) for ended in statuses.values())
    return Progress(str(dataset.attrs["name"]), int(asked.sum()), done, statuses)


def compare(first: xr.Dataset, second: xr.Dataset) -> Comparison:
    """How two studies differ, cell by cell: cells are the same where all their labels are.

    Raises:
        InvalidInputError: they have other dimensions.
    """
    if first["status"].dims != second["status"].dims:
        raise InvalidInputError(
            f"compare: the studies have the dimensions {first['status'].dims} and {second['status'].dims}; "
            "pass two with the same."
        )
    ours, theirs = _by_label(first), _by_label(second)
    common = [label for label in ours if label in theirs]
    names = [name for name in _numbers(first) if name in second]
    differences: dict[str, tuple[float, str]] = {}
    statuses, same = [], 0
    for label in common:
        here, there = ours[label], theirs[label]
        before, after = str(first["status"].values[here]), str(second["status"].values[there])
        if before != after:
            statuses.append((label, before, after))
        found = {name: _difference(first[name].values[here], second[name].values[there]) for name in names}
        same += before == after and not any(found.values())
        for name, size in found.items():
            if size > differences.get(name, (0.0, ""))[0]:
                differences[name] = size, label
    return Comparison(len(ours) - len(common), len(theirs) - len(common), same, differences, statuses)


def rerun(dataset: xr.Dataset, cell: str) -> Rerun:
    """Compute a cell anew, in the company it was computed in, and hold it against what is stored.

    Args:
        dataset: of the store.
        cell: the first letters of its address, or its labels: "seed=3, scale=0.1, method=limit".

    Raises:
        InvalidInputError: no cell, or several, are meant; it has no result yet; or the study was made of objects.
    """
    at = _meant(dataset, cell)
    layout = _layout(dataset)
    company = _company(dataset, at)
    cells = tuple(layout.plan.cells[place] for place in company)
    rows = run_task(Task(cells, layout.recording, _limits(dataset, layout, cells)))
    row = rows[company.index(at)]
    return Rerun(layout.plan.cells[at].label, row, _different(dataset, at, row), len(cells))


def _layout(dataset: xr.Dataset) -> Layout:
    """The arrays of the study that the results are of."""
    try:
        return make_layout(make_plan(read_configuration(json.loads(dataset.attrs["configuration"]))))
    except InvalidConfigurationError as error:
        raise InvalidInputError(
            f"rerun: the configuration cannot be read again ({error.args[0].rstrip('.')}); objects of Python are not "
            "kept with results: name networks, inits and flows in tables to run cells again."
        ) from error


def _meant(dataset: xr.Dataset, cell: str) -> Position:
    labels = _by_label(dataset)
    addresses = {str(dataset["address"].values[at]): at for at in labels.values()}
    wanted = {part.strip() for part in cell.split(",")}
    found = [at for name, at in addresses.items() if cell and name.startswith(cell)]
    found = found or [at for label, at in labels.items() if wanted <= set(label.split(", "))]
    if len(found) != 1:
        shown = "; ".join(list(labels)[:3])
        what = "no cell with a result" if not found else f"{len(found)} cells"
        raise InvalidInputError(
            f"rerun: {cell!r} means {what}; type the beginning of an address, or labels as in: {shown}."
        )
    return found[0]


def _company(dataset: xr.Dataset, at: Position) -> list[Position]:
    """The cells that were computed together with this one, in the order of their lanes."""
    company = dataset["company"].values
    together = [place for place in np.ndindex(company.shape) if company[place] == company[at]]
    return sorted(together, key=lambda place: dataset["lane"].values[place])


def _limits(dataset: xr.Dataset, layout: Layout, cells: tuple[Cell, ...]) -> dict[Position, StoredLimit]:
    """The limits that the stored results of these cells were held against."""
    if not {"x", "distance"} <= set(dataset):
        return {}
    found, (x, distance, bound, gap) = {}, (dataset[name].values for name in ("x", "distance", "bound", "gap"))
    for cell in cells:
        place = layout.plan.at_limit(cell)
        if place is not None and not np.isnan(distance[cell.at]):
            limit = layout.plan.cells[place]
            found[cell.at] = StoredLimit(limit, without_padding(x[place]), float(bound[place]), float(gap[place]))
    return found


def _different(dataset: xr.Dataset, at: Position, row: Row) -> tuple[str, ...]:
    names = [*(name for name in _numbers(dataset) if name in row.numbers), *(name for name in row.arrays)]
    changed = []
    for name in names:
        stored = np.asarray(dataset[name].values[at])
        new = np.asarray(row.arrays[name] if name in row.arrays else row.numbers[name])
        stored = stored[tuple(slice(size) for size in new.shape)] if new.ndim else stored
        if not np.array_equal(stored, new, equal_nan=True):
            changed.append(name)
    changed += [name for name in ("status", "verdict", "message") if str(dataset[name].values[at]) != row.texts[name]]
    return tuple(changed)


def _numbers(dataset: xr.Dataset) -> list[str]:
    """The variables with one number a cell, that no clock decides."""
    dims = dataset["status"].dims
    others = {*SECONDS, *TEXTS, "lane"}
    return [str(name) for name, each in dataset.data_vars.items() if each.dims == dims and name not in others]


def _by_label(dataset: xr.Dataset) -> dict[str, Position]:
    """The positions of the cells that have a result, by their labels."""
    status = dataset["status"]
    labels = [_labels_along(dataset, name) for name in map(str, status.dims)]
    places = [at for at in np.ndindex(status.shape) if status.values[at] and status.values[at] != NOT_RUN]
    return {", ".join(labels[axis][index] for axis, index in enumerate(at)): at for at in places}


def _labels_along(dataset: xr.Dataset, dimension: str) -> list[str]:
    """What each position along a dimension is called: by all fields that go together there."""
    is_label = dimension in ("network", "init", "method")
    others = [str(name) for name, each in dataset.coords.items() if each.dims == (dimension,) and name != dimension]
    names = [dimension] if is_label else [dimension, *others]
    rows = zip(*(dataset[name].values for name in names), strict=True)
    return [", ".join(f"{name}={_text(label)}" for name, label in zip(names, row, strict=True)) for row in rows]


def _difference(first: float, second: float) -> float:
    if first == second or (np.isnan(first) and np.isnan(second)):
        return 0.0
    if np.isnan(first) or np.isnan(second):
        return np.inf
    size = max(abs(first), abs(second))
    return float(abs(first - second) / size) if np.isfinite(size) and size > 0 else np.inf


def _text(label: Any) -> str:
    return shortest(float(label)) if isinstance(label, (float, np.floating)) else str(label)
