"""The labelled arrays of a study: their names, units and shapes, and the rows that fill them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import msgspec
import numpy as np
import xarray as xr

from ridgeless import measures
from ridgeless._core.arrays import Vector
from ridgeless.errors import InvalidConfigurationError, InvalidInputError
from ridgeless.measures import Measure
from ridgeless.studies.axes import axis_values, refuse_repeats
from ridgeless.studies.cells import NOT_RUN, Row, address, versions
from ridgeless.studies.choices import Choice, looked_up, network_of, problem_of, system_of
from ridgeless.studies.compute import Recording
from ridgeless.studies.config import as_table
from ridgeless.studies.fingerprint import fingerprint
from ridgeless.studies.plan import Plan
from ridgeless.studies.schema import HISTORIES
from ridgeless.systems import LinearSystem

# Name: what it is, unit.
NUMBERS = {
    "residual": ("‖Ax − b‖/‖b‖", "1"),
    "steps": ("steps", "1"),
    "feasibility": ("certificate: the worst equation, relative to its own terms |A||x| + |b|", "1"),
    "bound": ("certificate: bound on the distance to the limit, relative to ‖x‖", "1"),
    "gap": ("certificate: relative duality gap of the points that bound it", "1"),
}
SECONDS = {"run_s": ("time of the computation", "s"), "compile_s": ("time of compilation", "s")}
TEXTS = {
    "verdict": "what the certificate says",
    "message": "how the computation ended, as a sentence",
    "address": "digest of the cell's configuration and of the versions that matter",
    "company": "the cells that were computed together have one",
    "status": "how the computation ended",
}
_ARRAYS = {
    "x": "x",
    "theta": "the weights at the end of training, one after another",
    "picture": "picture",
    "loss_history": "loss ½‖Ax − b‖² along training",
    "l1_norm_history": "‖x‖₁ along training",
    "l2_norm_history": "‖x‖₂ along training",
    "sharpness_history": "sharpness, λ_max of the Hessian of ½‖Ax − b‖², along training",
    "truth": "the x that made b",
    "truth_picture": "the true picture",
}
_COORDINATES = {
    "method": "method",
    "network": "network",
    "init": "init",
    "seed": "seed",
    "scale": "initialization scale",
    "noise": "standard deviation of the noise in b",
    "coordinate": "index of the unknown",
    "unknown": "name of the unknown",
    "weight": "index of the weight",
    "at": "time of a flow, or number of steps",
    "row": "row of the picture",
    "column": "column of the picture",
}
_LANE = ("lane", "place among the cells that were computed together", "1")


@dataclass(frozen=True, eq=False)
class Layout:
    """The arrays of a plan before anything is computed.

    Attributes:
        plan: what is computed.
        recording: what is kept of each cell.
        further: the axes of the arrays that are kept: name of the axis, and its coordinate.
        systems: one system of each problem; more than one where problems differ.
    """

    plan: Plan
    recording: Recording
    further: Mapping[str, np.ndarray]
    systems: Mapping[Choice, LinearSystem]

    @cached_property
    def numbers(self) -> dict[str, tuple[str, str]]:
        """Every number of a cell: what it is, and its unit."""
        taken = {measure.name: (measure.long_name, measure.unit) for measure in self.recording.measures}
        return {**taken, **NUMBERS}

    @cached_property
    def recorded(self) -> dict[str, Any]:
        """What addresses say about the recording."""
        names = {measure.name: fingerprint(measure) for measure in self.recording.measures}
        kept = sorted(self.recording.keep)
        grid = self.recording.history.tolist() if set(HISTORIES) & set(kept) else []
        return {"measures": names, "keep": kept, "history": grid}

    def axes_of(self, name: str) -> tuple[str, ...]:
        """The axes of a kept array beyond the dimensions of the study."""
        return {
            "x": ("coordinate",),
            "theta": ("weight",),
            "picture": ("row", "column"),
            **dict.fromkeys(HISTORIES, ("at",)),
        }[name]

    def addresses(self) -> dict[tuple[int, ...], str]:
        """The address of every cell, by its position."""
        return {at: address(cell, self.recorded) for at, cell in self.plan.cells.items()}

    def empty(self) -> xr.Dataset:
        """The dataset with NaN and "" everywhere, and NOT RUN where nothing was asked for."""
        dims, shape = self.plan.names, self.plan.shape
        variables: dict[str, Any] = {name: (dims, np.full(shape, np.nan)) for name in self.numbers}
        variables["lane"] = (dims, np.full(shape, np.nan))
        for name in TEXTS:
            variables[name] = (dims, np.full(shape, "", dtype=object))
        for at in np.ndindex(shape):
            if at not in self.plan.cells:
                variables["status"][1][at] = NOT_RUN
        for name in self.recording.keep:
            axes = self.axes_of(name)
            full = (*shape, *(len(self.further[axis]) for axis in axes))
            variables[name] = ((*dims, *axes), np.full(full, np.nan))
        return self._described(xr.Dataset({**variables, **self._truth()}, self._coordinates(), self._attributes()))

    def clock(self) -> xr.Dataset:
        """The seconds of every cell, apart from what seeds decide."""
        dims, shape = self.plan.names, self.plan.shape
        return xr.Dataset({name: (dims, np.full(shape, np.nan), _named(*what)) for name, what in SECONDS.items()})

    def _coordinates(self) -> dict[str, Any]:
        coordinates: dict[str, Any] = {}
        for dimension in self.plan.dimensions:
            coordinates[dimension.name] = (dimension.name, _column(dimension.labels))
            for name, values in dimension.further:
                is_taken = name in self.plan.names or name in coordinates
                coordinates[f"{dimension.name}_{name}" if is_taken else name] = (dimension.name, _column(values))
        coordinates |= {name: (name, values) for name, values in self.further.items()}
        for name in ("network", "init"):
            choices = [getattr(cell, name) for cell in self.plan.cells.values()]
            labels = {choice.label(frozenset(choice.swept)) for choice in choices}
            if name not in self.plan.names and len(labels) == 1:
                coordinates[name] = labels.pop()
        only = self._only_system
        if only is not None and only.names is not None and "coordinate" in self.further:
            coordinates["unknown"] = ("coordinate", np.array(only.names, dtype=object))
        return coordinates

    @property
    def _only_system(self) -> LinearSystem | None:
        """The system that all cells solve, up to noise in b; None where there are several."""
        is_one = len(self.systems) == 1 and "seed" not in self.plan.names
        return next(iter(self.systems.values())) if is_one else None

    def _truth(self) -> dict[str, Any]:
        only = self._only_system
        if only is None or only.truth is None or "coordinate" not in self.further:
            return {}
        found: dict[str, Any] = {"truth": (("coordinate",), only.truth)}
        problem = problem_of(next(iter(self.systems)))
        picture = None if problem is None else problem.picture(only.truth)
        if picture is not None and "picture" in self.recording.keep:
            found["truth_picture"] = (("row", "column"), picture)
        return found

    def _attributes(self) -> dict[str, Any]:
        configuration = self.plan.configuration
        shapes = {system.shape for system in self.systems.values()}
        sizes = dict(zip(("equations", "unknowns"), shapes.pop(), strict=True)) if len(shapes) == 1 else {}
        return {
            "ridgeless": "study",
            "name": configuration.name,
            "configuration": msgspec.json.encode(as_table(configuration), enc_hook=repr).decode(),
            "system": repr(next(iter(self.systems.values()))) if len(self.systems) == 1 else "several systems",
            "versions": msgspec.json.encode(versions()).decode(),
            **sizes,
        }

    def _described(self, dataset: xr.Dataset) -> xr.Dataset:
        """The dataset with a long name and a unit on everything."""
        units = {measure.name: measure.unit for measure in self.recording.measures}
        names = {name: text for name, (text, _) in self.numbers.items()} | TEXTS | _ARRAYS | _COORDINATES
        names["lane"] = _LANE[1]
        for key, variable in dataset.variables.items():
            name = str(key)
            variable.attrs.update(_named(names.get(name, name.replace("_", " ")), units.get(name, "1")))
        return dataset


def make_layout(plan: Plan, own_measures: tuple[Measure, ...] = ()) -> Layout:
    """The arrays of a plan. One system of each problem is drawn, which tells the sizes.

    Raises:
        RidgelessError: a problem or file cannot be had, an unknown measure, or nothing that can be kept.
    """
    configuration = plan.configuration
    systems = _systems(plan)
    keep = _kept(plan, systems)
    history = axis_values(configuration.history, "history")
    if history is None or not all(map(_is_time, history)):
        raise InvalidConfigurationError(
            "configuration: history is no axis of numbers above 0; type, for one, "
            "history = {logspace = [1.0, 1e4], count = 33}."
        )
    refuse_repeats(history, "history")
    grid = np.array(sorted(history), dtype=float)
    taken = (*_measures(configuration.measures, systems, keep), *own_measures)
    if "x" not in keep and any(plan.at_limit(cell) for cell in plan.cells.values()):
        # Trainings are held against the x of limits, which another process may have computed.
        keep = (*keep, "x") if "distance" in {measure.name for measure in taken} else keep
    return Layout(plan, Recording(taken, keep, grid), _further(plan, systems, keep, grid), systems)


def refuse_taken_names(own: tuple[Measure, ...]) -> None:
    """Raise where a measure of the user's own has the name of another variable.

    Raises:
        InvalidInputError: it has.
    """
    taken = {*NUMBERS, *SECONDS, *TEXTS, *_ARRAYS, *_COORDINATES, "lane"}
    for measure in own:
        if measure.name in taken:
            raise InvalidInputError(
                f"study: a measure cannot be called {measure.name!r}, as another variable of the results is; rename "
                "the function."
            )


def _is_time(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and 0 < value < np.inf


def _systems(plan: Plan) -> dict[Choice, LinearSystem]:
    """One system of each problem. Noise changes no size and no truth."""
    found: dict[Choice, LinearSystem] = {}
    for cell in plan.cells.values():
        quiet = _without_noise(cell.problem)
        if quiet not in found:
            found[quiet] = system_of(quiet, cell.seed)
            found[quiet].refuse_inconsistent()
    return found


def _without_noise(problem: Choice) -> Choice:
    fields = tuple((name, value) for name, value in problem.fields if name != "noise")
    return replace(problem, fields=fields)


def _kept(plan: Plan, systems: Mapping[Choice, LinearSystem]) -> tuple[str, ...]:
    """What is kept, without pictures where x is none."""
    has_picture = any(_picture_of(problem, system) is not None for problem, system in systems.items())
    return tuple(name for name in plan.configuration.keep if name != "picture" or has_picture)


def _picture_of(choice: Choice, system: LinearSystem) -> np.ndarray | None:
    problem = problem_of(choice)
    return None if problem is None else problem.picture(np.zeros(system.shape[1]))


def _measures(
    names: tuple[str, ...] | None, systems: Mapping[Choice, LinearSystem], keep: tuple[str, ...]
) -> tuple[Measure, ...]:
    if names is not None:
        # Norms cost nothing, and tell tables and figures what was solved at all.
        wanted = dict.fromkeys((*names, "l1_norm", "l2_norm"))
        return tuple(looked_up(name, measures.FOUND, "measure", "measures")() for name in wanted)
    found = [kind() for kind in measures.FOUND.values() if kind.by_default]
    has_truth = any(system.truth is not None for system in systems.values())
    left_out = {"psnr"} if "picture" not in keep else set()
    left_out |= set() if has_truth else {"psnr"}
    return tuple(measure for measure in found if measure.name not in left_out)


def _further(
    plan: Plan, systems: Mapping[Choice, LinearSystem], keep: tuple[str, ...], history: Vector
) -> dict[str, np.ndarray]:
    unknowns = max(system.shape[1] for system in systems.values())
    further = {"coordinate": np.arange(unknowns)} if "x" in keep else {}
    if "theta" in keep:
        networks = {cell.network for cell in plan.cells.values()}
        further["weight"] = np.arange(max(_weights(network, unknowns) for network in networks))
    if "picture" in keep:
        shapes = [each.shape for each in map(_picture_of, systems, systems.values()) if each is not None]
        further |= {name: np.arange(max(sizes)) for name, sizes in zip(("row", "column"), zip(*shapes, strict=True))}  # noqa: B905
    if set(HISTORIES) & set(keep):
        further["at"] = history
    return further


def _weights(network: Choice, unknowns: int) -> int:
    entries = network_of(network).layout(unknowns).values()
    layers = [layer for entry in entries for layer in (entry if isinstance(entry, list) else [entry])]
    return sum(int(np.prod(layer.shape)) for layer in layers)


def fill(block: np.ndarray, rows: Mapping[tuple[int, ...], Row], name: str) -> None:
    """Put the entries of a variable for some rows into its chunk, by their position in it."""
    for at, row in rows.items():
        if name in TEXTS:
            block[at] = row.texts.get(name, "")
        elif name in SECONDS:
            block[at] = row.seconds.get(name, np.nan)
        elif name in row.arrays:
            array = row.arrays[name]
            # Of problems and networks of several sizes, the smaller ones leave the end free.
            block[(*at, *(slice(size) for size in array.shape))] = array
        else:
            block[at] = row.numbers.get(name, np.nan)


def without_padding(x: Any) -> np.ndarray:
    """x without the NaN at the end, which fills up the rows of smaller problems."""
    values = np.asarray(x)
    return values[: int(np.isfinite(values).sum())] if np.isnan(values).any() else values


def _named(text: str, unit: str) -> dict[str, str]:
    return {"long_name": text, "units": unit}


def _column(values: tuple[Any, ...]) -> np.ndarray:
    """A coordinate: numbers where all are, NaN for what is missing among them; texts otherwise."""
    known = [value for value in values if value is not None]
    if known and all(isinstance(value, (int, float)) and not isinstance(value, bool) for value in known):
        if len(known) == len(values) and all(isinstance(value, int) for value in known):
            return np.array(values, dtype=np.int64 if max(map(abs, known)) < 2**63 else float)
        return np.array([np.nan if value is None else float(value) for value in values])
    return np.array(["" if value is None else _text(value) for value in values], dtype=object)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else repr(value)
