"""The plan of a study: its dimensions, and the cells that its configuration asks for."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from ridgeless._core.arrays import whole_number
from ridgeless.errors import InvalidConfigurationError, InvalidInputError
from ridgeless.networks import Function
from ridgeless.studies.cells import Cell
from ridgeless.studies.choices import Choice, chosen, problem_of, with_content
from ridgeless.studies.schema import Configuration
from ridgeless.studies.strands import Axis, Strand, field_axes, strands, zipped

_RESERVED = frozenset({"network", "init", "method", "coordinate", "unknown", "at", "weight", "row", "column", "truth"})
# Cells that differ in nothing but these have arrays of the same shapes, and are computed side by side.
_BATCHED = ("seed", "problem.noise")
_MOST_CELLS = 10_000_000


@dataclass(frozen=True)
class Dimension:
    """One dimension of the results.

    Attributes:
        name: of the dimension, and of its first coordinate.
        labels: the first coordinate.
        further: other coordinates along it, by name: of fields that go together with the first, or that labels hold.
        places: the fields of the configuration that it stands for; none for "network", "init" and "method".
    """

    name: str
    labels: tuple[Any, ...]
    further: tuple[tuple[str, tuple[Any, ...]], ...] = ()
    places: tuple[str, ...] = ()

    @property
    def is_batched(self) -> bool:
        """Whether cells along it can be computed side by side."""
        is_label = self.name in ("network", "method", "init") and not self.places
        return not is_label and all(place in _BATCHED or place.startswith("init.") for place in self.places)


@dataclass(frozen=True, eq=False)
class Plan:
    """What a study computes.

    Attributes:
        configuration: what was asked for.
        dimensions: of the results; "method" is the last.
        cells: by position along the dimensions: those that were asked for.
    """

    configuration: Configuration
    dimensions: tuple[Dimension, ...]
    cells: dict[tuple[int, ...], Cell]

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the dimensions."""
        return tuple(dimension.name for dimension in self.dimensions)

    @property
    def shape(self) -> tuple[int, ...]:
        """The lengths of the dimensions."""
        return tuple(len(dimension.labels) for dimension in self.dimensions)

    @cached_property
    def chunks(self) -> tuple[int, ...]:
        """How many positions of each dimension are computed, and stored, together: at most `batch` in all."""
        left, sizes = self.configuration.batch, []
        for dimension in reversed(self.dimensions):
            size = min(len(dimension.labels), left) if dimension.is_batched else 1
            left = max(left // size, 1)
            sizes.append(size)
        return tuple(reversed(sizes))

    def tasks(self) -> Iterator[tuple[Cell, ...]]:
        """The cells of one chunk after another: limits before the trainings that are measured against them."""
        counts = [-(-size // chunk) for size, chunk in zip(self.shape, self.chunks, strict=True)]
        last_varies_slowest = ((*rest, method) for method in range(counts[-1]) for rest in _grid(counts[:-1]))
        for corner in last_varies_slowest:
            ranges = [
                range(number * chunk, min((number + 1) * chunk, size))
                for number, chunk, size in zip(corner, self.chunks, self.shape, strict=True)
            ]
            cells = tuple(self.cells[at] for at in itertools.product(*ranges) if at in self.cells)
            if cells:
                yield cells

    def at_limit(self, cell: Cell) -> tuple[int, ...] | None:
        """The position of the exact limit from the start of this cell; None where none was asked for."""
        if self._limit_label is None or cell.at[-1] == self._limit_label:
            return None
        at = (*cell.at[:-1], self._limit_label)
        return at if at in self.cells else None

    @cached_property
    def _limit_label(self) -> int | None:
        labels = self.dimensions[-1].labels
        return labels.index("limit") if "limit" in labels else None


def make_plan(configuration: Configuration) -> Plan:
    """The plan of a configuration, each network, init, flow and problem of which has been made once.

    Raises:
        InvalidConfigurationError: an unknown name or field, a value that it does not take, or axes that do not fit.

    Example:
        >>> from ridgeless.studies import read_configuration
        >>> init = {"name": "Constant", "scale": [1.0, 1e-4]}
        >>> plan = make_plan(read_configuration({"runs": [{"network": "Direct", "init": init}], "seed": [0, 1]}))
        >>> plan.names, plan.shape, len(plan.cells)
        (('seed', 'scale', 'method'), (2, 2, 1), 4)
    """
    problem, common = _common_axes(configuration)
    found = strands(configuration)
    shared = _shared(found)
    dimensions = _dimensions(common, shared, found)
    _refuse_too_many(dimensions)
    cells: dict[tuple[int, ...], Cell] = {}
    for strand in found:
        for cell in _cells(configuration, problem, common, shared, strand, dimensions):
            _put(cells, cell)
    plan = Plan(configuration, tuple(dimensions), cells)
    _refuse_unusable(plan)
    return plan


def _common_axes(configuration: Configuration) -> tuple[Choice, list[Axis]]:
    """The problem without its axes, and the axes that all runs share: the problem's and the seed's."""
    entry = dict(configuration.problem)
    if "path" in entry and "name" in entry:
        raise InvalidConfigurationError("configuration: [problem] has a name and a path; remove one.")
    if "path" in entry:
        entry["name"] = "file"
    if "name" not in entry:
        raise InvalidConfigurationError(
            'configuration: [problem] has neither name nor path; type name = "GaussianSparse", or path = "my.npz".'
        )
    problem = chosen(entry, "[problem]", type(None))
    fixed, axes = field_axes(problem, "problem")
    if "path" in dict(fixed.fields):
        problem_of(fixed)
        fixed = with_content(fixed)
    seeds = configuration.seeds
    if seeds is not None:
        axes.append(Axis(("seed",), tuple((seeds.first + k,) for k in range(seeds.count))))
    else:
        axes += field_axes(Choice("", (("seed", configuration.seed),)), "")[1]
    for axis in axes:
        if axis.places == ("seed",):
            _refuse_other_than_seeds(seed for (seed,) in axis.values)
    if all(axis.places != ("seed",) for axis in axes):
        _refuse_other_than_seeds([configuration.seed])
    return fixed, zipped(axes, configuration.zip, "zip")


def _refuse_other_than_seeds(seeds: Iterable[Any]) -> None:
    for seed in seeds:
        try:
            whole_number(seed, "configuration", "seed", least=0)
        except InvalidInputError as error:
            raise InvalidConfigurationError(str(error)) from error


def _shared(found: list[Strand]) -> list[Axis]:
    """The axes that every strand has, with the values of all of them in the order of their first appearance."""
    first, *others = found
    shared = []
    for axis in first.axes:
        same = [other.axis(axis.places) for other in others]
        if all(same):
            values = dict.fromkeys(value for each in (axis, *same) if each for value in each.values)
            shared.append(Axis(axis.places, tuple(values)))
    return shared


def _dimensions(common: list[Axis], shared: list[Axis], found: list[Strand]) -> list[Dimension]:
    spread = {axis.places for axis in shared}
    parts = [_parts(strand, spread) for strand in found]
    flat = [part for several in parts for part in several]
    networks = list(dict.fromkeys(part.network_label(spread) for part in flat))
    pairs = dict.fromkeys((part.network_label(spread), part.init_label(spread)) for part in flat)
    inits = list(dict.fromkeys(init for _, init in pairs))
    names = _names([*common, *shared])
    axes = {axis.places: _of_axis(axis, names) for axis in (*common, *shared)}
    dimensions = [axes[axis.places] for axis in common]
    is_init_axis = len(inits) > 1 and len(pairs) > len(networks)
    if len(networks) > 1:
        own = {part.network_label(spread): part for part in reversed(flat)}
        further = _fields_of([own[name].network for name in networks])
        if len(inits) > 1 and not is_init_axis:
            init_of = dict(pairs.keys())
            further = (*further, ("init", tuple(init_of[name] for name in networks)))
        dimensions.append(Dimension("network", tuple(networks), further))
    dimensions += [axes[axis.places] for axis in shared if axis.section == "network"]
    if is_init_axis:
        dimensions.append(Dimension("init", tuple(inits)))
    dimensions += [axes[axis.places] for axis in shared if axis.section != "network"]
    methods = {part.method_label: part.method for part in reversed(flat)}
    labels = list(dict.fromkeys(part.method_label for part in flat))
    return [*dimensions, Dimension("method", tuple(labels), _fields_of([methods[label] for label in labels]))]


def _parts(strand: Strand, spread: set[tuple[str, ...]]) -> list[Strand]:
    """The strand with every axis that is no dimension of its own put into the fields of its choices."""
    folded = [axis for axis in strand.axes if axis.places not in spread]
    kept = tuple(axis for axis in strand.axes if axis.places in spread)
    return [
        replace(strand.at(zip(folded, values, strict=True)), axes=kept)
        for values in itertools.product(*(axis.values for axis in folded))
    ]


def _names(axes: Iterable[Axis]) -> dict[str, str]:
    """The name of every swept field: its own, or with its section where that is taken."""
    places = [place for axis in axes for place in axis.places]
    bare = [place.rpartition(".")[2] for place in places]
    return {
        place: place.replace(".", "_") if bare.count(name) > 1 or name in _RESERVED else name
        for place, name in zip(places, bare, strict=True)
    }


def _of_axis(axis: Axis, names: dict[str, str]) -> Dimension:
    first, *others = [(names[place], column) for place, column in zip(axis.places, axis.columns, strict=True)]
    return Dimension(first[0], first[1], tuple(others), axis.places)


def _fields_of(choices: list[Choice]) -> tuple[tuple[str, tuple[Any, ...]], ...]:
    """The fields that labels hold, as coordinates: None where a choice has no such field."""
    places = list(dict.fromkeys(place for choice in choices for place in choice.swept))
    bare = [place.rpartition(".")[2] for place in places]
    names = [
        name if bare.count(name) == 1 else place.replace(".", "_") for place, name in zip(places, bare, strict=True)
    ]
    return tuple(
        (name, tuple(each.field(place) for each in choices)) for place, name in zip(places, names, strict=True)
    )


def _cells(
    configuration: Configuration,
    problem: Choice,
    common: list[Axis],
    shared: list[Axis],
    strand: Strand,
    dimensions: list[Dimension],
) -> Iterator[Cell]:
    spread = {axis.places for axis in shared}
    for part in _parts(strand, spread):
        labels = {
            "network": part.network_label(spread),
            "init": part.init_label(spread),
            "method": part.method_label,
        }
        own = [part.axis(axis.places) or axis for axis in shared]
        for values in itertools.product(*(axis.values for axis in (*common, *own))):
            where = dict(zip((axis.places for axis in (*common, *own)), values, strict=True))
            at = tuple(_position(dimension, where, labels) for dimension in dimensions)
            fields = {
                place: value for places, several in where.items() for place, value in zip(places, several, strict=True)
            }
            made = part.at((axis, where[axis.places]) for axis in own)
            given = {place.partition(".")[2]: value for place, value in fields.items() if place.startswith("problem.")}
            seed = fields.get("seed", configuration.seed)
            yield Cell(at, problem.given(**given), seed, made.network, made.init, made.method, configuration.tol)


def _position(dimension: Dimension, where: dict[tuple[str, ...], tuple[Any, ...]], labels: dict[str, str]) -> int:
    if not dimension.places:
        return dimension.labels.index(labels[dimension.name])
    rows = list(zip(dimension.labels, *(values for _, values in dimension.further), strict=True))
    return rows.index(where[dimension.places])


def _put(cells: dict[tuple[int, ...], Cell], cell: Cell) -> None:
    before = cells.setdefault(cell.at, cell)
    if before == cell:
        return
    if isinstance(cell.network.made, Function) and before.network != cell.network:
        raise InvalidConfigurationError(
            f"configuration: two functions are called {cell.network.made.name!r}; give each a name of its own: "
            'rl.networks.Function(apply, layout, name="decoder").'
        )
    raise InvalidConfigurationError(
        f"configuration: two runs ask for {cell.label}, and differ in what the label does not show "
        f"({before.init.label()} and {cell.init.label()}); give the field that differs to both, as a list."
    )


def _refuse_too_many(dimensions: list[Dimension]) -> None:
    count = math.prod(len(dimension.labels) for dimension in dimensions)
    if count > _MOST_CELLS:
        told = " × ".join(f"{len(dimension.labels)} {dimension.name}" for dimension in dimensions)
        raise InvalidConfigurationError(
            f"configuration: the grid has {count} cells ({told}); ask for at most {_MOST_CELLS} in one study."
        )


def _refuse_unusable(plan: Plan) -> None:
    """Make every network, init, flow and problem once, so that what cannot be made is refused before any work."""
    for cell in {each.kind: each for each in plan.cells.values()}.values():
        cell.refuse_unusable()


def _grid(counts: list[int]) -> Iterator[tuple[int, ...]]:
    return itertools.product(*(range(count) for count in counts))
