"""Strands: each network of a configuration with each init and method, and the axes that they are swept along."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, replace
from typing import Any

from ridgeless import inits, networks, potentials
from ridgeless._core.discovery import closest
from ridgeless.errors import InvalidConfigurationError
from ridgeless.studies.axes import FORMS, axis_values, refuse_repeats
from ridgeless.studies.choices import Choice, chosen
from ridgeless.studies.schema import Configuration, Runs


@dataclass(frozen=True)
class Axis:
    """The values of one field, or of several that go together.

    Attributes:
        places: the fields, such as "network.depth".
        values: one tuple for each position, with a value for each field.
    """

    places: tuple[str, ...]
    values: tuple[tuple[Any, ...], ...]

    @property
    def section(self) -> str:
        """The section of the first field: "problem", "network", "init", or "" for the seed."""
        section, dot, _ = self.places[0].partition(".")
        return section if dot else ""

    @property
    def columns(self) -> tuple[tuple[Any, ...], ...]:
        """The values of each field."""
        return tuple(zip(*self.values, strict=True))


@dataclass(frozen=True)
class Strand:
    """One network, one init, one method, and the axes along which the first two are swept.

    Attributes:
        network: with the fields that are fixed.
        init: likewise.
        method: likewise.
        method_label: how the method is called in the results.
        axes: of network and init.
    """

    network: Choice
    init: Choice
    method: Choice
    method_label: str
    axes: tuple[Axis, ...]

    def axis(self, places: tuple[str, ...]) -> Axis | None:
        """The axis along these fields, if there is one."""
        return next((axis for axis in self.axes if axis.places == places), None)

    def at(self, positions: Iterable[tuple[Axis, tuple[Any, ...]]]) -> Strand:
        """The strand with these axes at one value each."""
        given: dict[str, dict[str, Any]] = {"network": {}, "init": {}}
        for axis, values in positions:
            for place, value in zip(axis.places, values, strict=True):
                section, _, name = place.partition(".")
                given[section][name] = value
        return replace(self, network=self.network.given(**given["network"]), init=self.init.given(**given["init"]))

    def network_label(self, spread: set[tuple[str, ...]]) -> str:
        """The name of the network, with the fields that no dimension shows."""
        return self.network.label(_shown("network", spread))

    def init_label(self, spread: set[tuple[str, ...]]) -> str:
        """The name of the init, with the fields that no dimension shows."""
        return self.init.label(_shown("init", spread))


def strands(configuration: Configuration) -> list[Strand]:
    """Every network of every `runs` with each of its inits and methods."""
    found = []
    for number, runs in enumerate(configuration.runs):
        place = f"runs[{number}]"
        several = itertools.product(
            _entries(runs.network, f"{place}.network", networks.Network),
            _entries(runs.init, f"{place}.init", inits.Init),
            _methods(runs, place),
        )
        found += [_strand(network, init, method, runs, place) for network, init, method in several]
    return found


def field_axes(choice: Choice, section: str) -> tuple[Choice, list[Axis]]:
    """The choice with the fields that are fixed, and an axis for each of the others, inside of inner tables too."""
    fixed, axes = [], list[Axis]()
    for name, entry in choice.fields:
        place = f"{section}.{name}".lstrip(".")
        values = axis_values(entry, place)
        if values is not None:
            axes.append(Axis((place,), tuple((_value(value, place),) for value in values)))
        elif (key := _key_of(entry)) is not None and entry[key] not in potentials.FOUND:
            inner, further = field_axes(chosen(entry, place, type(None), key), place)
            fixed.append((name, inner))
            axes += further
        elif isinstance(entry, Mapping) and choice.takes_a_table(name):
            fixed.append((name, Choice.of_table(entry, place)))
        else:  # a list of a potential's is a vector
            fixed.append((name, _value(entry, place)))
    return replace(choice, fields=tuple(fixed)), axes


def zipped(axes: list[Axis], groups: Iterable[tuple[str, ...]], place: str) -> list[Axis]:
    """The axes, with those of each group made one.

    Raises:
        InvalidConfigurationError: a name that is no axis, or axes of different lengths.
    """
    axes = list(axes)
    for group in groups:
        members = [_named(axes, name, place) for name in group]
        if len(set(members)) < 2:
            raise InvalidConfigurationError(
                f"configuration: {place} has the group {list(group)}; name two axes or more that go together."
            )
        lengths = [len(axis.values) for axis in members]
        if len(set(lengths)) > 1:
            told = ", ".join(f"{name} has {length}" for name, length in zip(group, lengths, strict=True))
            raise InvalidConfigurationError(
                f"configuration: {place}: axes that go together have the same number of values; {told}."
            )
        places = tuple(name for axis in members for name in axis.places)
        rows = zip(*(axis.values for axis in members), strict=True)
        joined = Axis(places, tuple(tuple(value for part in row for value in part) for row in rows))
        axes[axes.index(members[0])] = joined
        axes = [axis for axis in axes if axis not in members[1:]]
    for axis in axes:
        rows = axis.values if len(axis.places) > 1 else axis.columns[0]
        refuse_repeats(rows, " with ".join(axis.places))
    return axes


def _strand(network: Choice, init: Choice, method: tuple[Choice, str], runs: Runs, place: str) -> Strand:
    network, of_network = field_axes(network, "network")
    init, of_init = field_axes(init, "init")
    axes = zipped([*of_network, *of_init], runs.zip, f"{place}.zip")
    return Strand(network, init, *method, tuple(axes))


def _entries(raw: Any, place: str, base: type) -> list[Choice]:
    """The networks or inits that a configuration lists; a single one is a list of one."""
    values = axis_values(raw, place)
    several = (raw,) if values is None else values
    refuse_repeats(several, place)
    return [
        chosen(entry, place if values is None else f"{place}[{number}]", base) for number, entry in enumerate(several)
    ]


def _methods(runs: Runs, place: str) -> list[tuple[Choice, str]]:
    """Each method with its label: its name and the fields that are swept, or all where that is not enough."""
    listed = runs.methods if isinstance(runs.methods, (list, tuple)) else (runs.methods,)
    if not listed:
        raise InvalidConfigurationError(f'configuration: {place}.methods is empty; type, for one, methods = ["limit"].')
    made: list[tuple[Choice, str]] = []
    for number, entry in enumerate(listed):
        choice = _method(entry, f"{place}.methods[{number}]")
        fixed, axes = field_axes(choice, "method")
        axes = zipped(axes, (), place)
        for values in itertools.product(*(axis.values for axis in axes)):
            swept = {axis.places[0].partition(".")[2]: value[0] for axis, value in zip(axes, values, strict=True)}
            complete = replace(fixed.given(**swept), swept=tuple(swept))
            made.append((complete, complete.label(frozenset(dict(fixed.fields)))))
    labels = [label for _, label in made]
    return [(choice, choice.label() if labels.count(label) > 1 else label) for choice, label in made]


def _method(entry: Any, place: str) -> Choice:
    if isinstance(entry, Mapping):
        return chosen(entry, place, type(None), key="flow")
    if isinstance(entry, str):
        return Choice(entry)
    # A flow, told without loading JAX.
    if hasattr(entry, "run_together") and not isinstance(entry, type):
        return Choice.of_object(entry)
    raise InvalidConfigurationError(
        f'configuration: {place} is {entry!r}; type "limit", "lazy_limit", the name of a flow, a table with flow, '
        "or pass a flow such as rl.flows.GradientDescent()."
    )


def _named(axes: list[Axis], name: str, place: str) -> Axis:
    """The axis that a name stands for: a field, with its section or without."""
    found = [axis for axis in axes if any(name in (where, where.rpartition(".")[2]) for where in axis.places)]
    if len(found) != 1:
        known = ", ".join(where for axis in axes for where in axis.places) or "none"
        what = "is no axis" if not found else "is the name of two axes"
        raise InvalidConfigurationError(f"configuration: {place}: {name!r} {what}; axes here are {known}.")
    return found[0]


def _shown(section: str, spread: set[tuple[str, ...]]) -> frozenset[str]:
    return frozenset(place.partition(".")[2] for places in spread for place in places if place.startswith(section))


def _value(entry: Any, place: str) -> Any:
    """The value of a field: lists as tuples, and a table with a name as what it stands for, such as a flow in a flow.

    Raises:
        InvalidConfigurationError: a table that is no axis, or another thing that no field takes.
    """
    if isinstance(entry, (list, tuple)):
        return tuple(_value(each, place) for each in entry)
    key = _key_of(entry)
    if key is not None:
        inner = chosen(entry, place, type(None), key)
        return replace(inner, fields=tuple((name, _value(each, f"{place}.{name}")) for name, each in inner.fields))
    if isinstance(entry, (Mapping, Set)):
        nearest = next(filter(None, (closest(str(key), FORMS) for key in entry)), None)
        hint = f"did you mean {nearest!r}? " if nearest and nearest not in entry else ""
        raise InvalidConfigurationError(
            f"configuration: {place} is {entry!r}: {hint}type a value, a list, or a table with one of "
            f"{', '.join(FORMS)}."
        )
    return entry


def _key_of(entry: Any) -> str | None:
    """The key under which a table names what it stands for; None for what is no such table."""
    keys = [key for key in ("name", "flow") if isinstance(entry, Mapping) and isinstance(entry.get(key), str)]
    return keys[0] if keys else None
