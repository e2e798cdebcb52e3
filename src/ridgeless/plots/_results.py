"""The results of a study, arranged for one figure: checked axes, the values of a measure, and how each cell ended."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr
from jaxtyping import Bool, Float

from ridgeless._core.discovery import closest
from ridgeless._core.numbers import listed
from ridgeless.errors import InvalidInputError
from ridgeless.solution import Status
from ridgeless.studies.cells import FAILED, NO_EXACT_LIMIT, NOT_RUN, REFUSED

SEED = "seed"
METHOD = "method"
# Values of an axis that a message names.
_SHOWN = 4
# Kinds of dtypes: integers, floats and booleans.
_NUMERIC = "iufb"

_ENDED = {Status.CONVERGED.name, Status.NOT_UNIQUE.name}
_WORDS = {
    "": "not run",
    NOT_RUN: "not run",
    NO_EXACT_LIMIT: "no exact limit",
    REFUSED: "refused",
    FAILED: "failed",
}


@dataclass(frozen=True, eq=False)
class Cells:
    """A measure over some axes and, last of all, over seeds, with how each cell ended.

    Attributes:
        dataset: the results, with no other axes than these.
        axes: the names of the axes, without that of the seeds.
        values: the measure; what diverged has none.
        status: how each cell ended; "" where it did not run.
    """

    dataset: xr.Dataset
    axes: tuple[str, ...]
    values: Float[np.ndarray, "... seeds"]
    status: np.ndarray

    @property
    def has_diverged(self) -> Bool[np.ndarray, "... seeds"]:
        """Whether the training left all bounds, so that its numbers say nothing but that."""
        return self.status == Status.DIVERGED.name

    @property
    def is_known(self) -> Bool[np.ndarray, "... seeds"]:
        """Whether there is a finite value."""
        return np.isfinite(self.values)

    @property
    def is_solved(self) -> Bool[np.ndarray, "... seeds"]:
        """Whether the equations were solved within tolerance."""
        return np.isin(self.status, list(_ENDED))

    def coordinate(self, axis: str) -> np.ndarray:
        """The values of the coordinate along an axis."""
        return self.dataset[axis].to_numpy()

    def labels(self, axis: str) -> list[str]:
        """What the values along an axis are called in a legend: names as they are, numbers with the axis' name."""
        found = self.coordinate(axis)
        if found.dtype.kind not in "iuf":
            return [str(each) for each in found]
        return [f"{axis.replace('_', ' ')} {each:g}" for each in found]

    def left_out(self, measure: str) -> str:
        """How many cells have no value, and why: "left out: 3 not run, of 40 cells"; "" where there are none."""
        missing = self.status[~self.is_known & ~self.has_diverged]
        reasons = Counter(_WORDS.get(str(status), f"without {measure.replace('_', ' ')}") for status in missing)
        if not reasons:
            return ""
        told = listed([f"{count} {reason}" for reason, count in reasons.items()])
        return f"left out: {told}, of {self.values.size} cells"


def arranged(dataset: xr.Dataset, call: str, measure: str, axes: Sequence[str]) -> Cells:
    """A measure over these axes and over seeds.

    An axis may also be a coordinate along another one, such as the `step_size` of methods: then these are told apart by
    what else their labels say.

    Raises:
        InvalidInputError: no dataset of a study, no such measure or axis, or several values along another axis.
    """
    check_measure(dataset, call, measure)
    if len({*axes, SEED}) <= len(axes):
        raise InvalidInputError(f"{call}: the axes are {listed(list(axes))}; name different ones, and not the seeds.")
    everything = dataset.coords
    dataset = dataset[[name for name in (measure, "status") if name in dataset.data_vars]]
    dataset = dataset.assign_coords({name: everything[name] for name in axes if name in everything})
    for axis in axes:
        dataset = _with_axis(dataset, call, axis)
    missing = [axis for axis in axes if axis not in dataset[measure].dims]
    if missing:
        raise InvalidInputError(f"{call}: {measure!r} is the same all along {missing[0]!r}; name another axis.")
    _refuse_others(dataset, call, (*axes, SEED))
    dataset = dataset.squeeze([str(name) for name in dataset.dims if name not in (*axes, SEED)])
    order = (*axes, SEED)
    values = _with_seeds(dataset[measure]).transpose(*order)
    if "status" in dataset:
        status = _with_seeds(dataset["status"]).broadcast_like(values).transpose(*order).to_numpy()
        status = np.where(status == status, status, "").astype(str)
    else:
        status = np.where(values.isnull(), "", Status.CONVERGED.name)
    numbers = values.to_numpy().astype(float)
    numbers = np.where(np.isfinite(numbers) & (status != Status.DIVERGED.name), numbers, np.nan)
    return Cells(dataset, tuple(axes), numbers, status)


def check_measure(dataset: xr.Dataset, call: str, measure: str) -> None:
    """Raise unless this is a dataset that has the measure.

    Raises:
        InvalidInputError: it is not.
    """
    if not isinstance(dataset, xr.Dataset):
        raise InvalidInputError(f"{call}: got a {type(dataset).__name__}; pass the dataset that rl.study returns.")
    if measure in dataset.data_vars and dataset[measure].dtype.kind in _NUMERIC:
        return
    known = [str(name) for name, variable in dataset.data_vars.items() if variable.dtype.kind in _NUMERIC]
    nearest = closest(measure, known)
    hint = f"did you mean {nearest!r}? " if nearest else ""
    raise InvalidInputError(
        f"{call}: the results have no measure {measure!r}: {hint}they have {listed(known) or 'none'}."
    )


def numbers_along(cells: Cells, call: str, axis: str) -> Float[np.ndarray, " k"]:
    """The coordinate along an axis of numbers.

    Raises:
        InvalidInputError: it consists of names.
    """
    found = cells.coordinate(axis)
    if found.dtype.kind not in "iuf":
        raise InvalidInputError(f"{call}: {axis!r} is no axis of numbers: it has {_some(found)}; name another axis.")
    return found.astype(float)


def name_of(variable: xr.DataArray) -> str:
    """What a variable is, in words."""
    return str(variable.attrs.get("long_name", str(variable.name).replace("_", " ")))


def described(variable: xr.DataArray) -> str:
    """The label of an axis: what it is, and its unit; counts and names have none."""
    unit = str(variable.attrs.get("units", "1"))
    if unit in ("1", ""):
        return f"{name_of(variable)} (dimensionless)" if variable.dtype.kind == "f" else name_of(variable)
    return f"{name_of(variable)} ({unit})"


def _with_axis(dataset: xr.Dataset, call: str, axis: str) -> xr.Dataset:
    """The dataset with this axis as a dimension."""
    if axis in dataset.dims:
        return dataset if axis in dataset.coords else dataset.assign_coords({axis: np.arange(dataset.sizes[axis])})
    found = dataset.coords.get(axis)
    if found is None or found.ndim > 1:
        known = [str(name) for name in (*dataset.dims, *dataset.coords)]
        nearest = closest(axis, known)
        hint = f"did you mean {nearest!r}? " if nearest else ""
        raise InvalidInputError(
            f"{call}: the results have no axis {axis!r}: {hint}they have {listed(list(dict.fromkeys(known)))}."
        )
    return dataset.expand_dims(axis) if found.ndim == 0 else _parted(dataset, call, axis, str(found.dims[0]))


def _parted(dataset: xr.Dataset, call: str, axis: str, dimension: str) -> xr.Dataset:
    """The dimension whose labels name `axis` among other things, as two dimensions: `axis`, and the other things."""
    known = dataset.isel({dimension: dataset[axis].notnull().to_numpy()})
    attributes = dataset[axis].attrs
    families = [re.sub(rf"\s*\b{axis}=\S+", "", str(label)).strip() for label in known[dimension].to_numpy()]
    pairs = list(zip(families, known[axis].to_numpy().tolist(), strict=True))
    twice = [pair for pair, count in Counter(pairs).items() if count > 1]
    if twice:
        raise InvalidInputError(
            f"{call}: several values along {dimension!r} are {twice[0][0]!r} with {axis} = {twice[0][1]}; choose "
            f"some: dataset.sel({{{dimension!r}: [...]}})."
        )
    names = list(dict.fromkeys(families))
    parts = []
    for name in names:
        chosen = known.isel({dimension: [family == name for family in families]})
        others = [str(each) for each in chosen.coords if each not in chosen.dims and chosen[each].dims == (dimension,)]
        chosen = chosen.assign_coords({axis: (dimension, chosen[axis].to_numpy())})
        parts.append(chosen.swap_dims({dimension: axis}).drop_vars([dimension, *(set(others) - {axis})]))
    whole = xr.concat(parts, dim=dimension, join="outer").assign_coords({dimension: names}).sortby(axis)
    whole[axis].attrs.update(attributes)
    return whole


def _refuse_others(dataset: xr.Dataset, call: str, axes: Sequence[str]) -> None:
    for name, size in dataset.sizes.items():
        if name in axes or size == 1:
            continue
        values = dataset[name].to_numpy()
        example = values[0].item() if hasattr(values[0], "item") else values[0]
        raise InvalidInputError(
            f"{call}: the results have several values along {str(name)!r}: {_some(values)}; choose one: "
            f"dataset.sel({{{str(name)!r}: {example!r}}})."
        )


def _some(values: np.ndarray) -> str:
    shown = [str(each) for each in values[:_SHOWN]]
    return ", ".join(shown) + (", …" if len(values) > _SHOWN else "")


def _with_seeds(variable: xr.DataArray) -> xr.DataArray:
    return variable if SEED in variable.dims else variable.drop_vars(SEED, errors="ignore").expand_dims(SEED)


def scalar(dataset: xr.Dataset, name: str) -> Any:
    """A number that holds for all results: of a coordinate, or of the attributes; None where they have none."""
    found = dataset.coords.get(name)
    if found is not None and found.size == 1:
        return found.item()
    return dataset.attrs.get(name)
