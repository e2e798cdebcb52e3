"""Names and fields in a configuration, and the problem, network, init or flow that each stands for."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, get_origin, get_type_hints

import numpy as np

from ridgeless import inits, networks, potentials, systems
from ridgeless._core.discovery import look_up
from ridgeless.errors import InvalidConfigurationError, InvalidInputError, UnreadableFileError
from ridgeless.studies.fingerprint import fingerprint
from ridgeless.studies.schema import refuse_unknown_keys
from ridgeless.systems import LinearSystem, Problem, read_system

LIMIT, LAZY_LIMIT = "limit", "lazy_limit"
_FILE_KEYS = ("path", "right_hand_side", "matrix", "vector", "index")
_PLACES = ("path", "right_hand_side")


@dataclass(frozen=True)
class Choice:
    """One thing of a configuration: the name of its class with some fields, or an object of the user's own.

    Attributes:
        name: of the class.
        fields: those that are given, by name, in the order given.
        made: the object, where the configuration holds it.
        mark: the fingerprint of the object, or of the content of files, which tells it from others.
        swept: the names of the fields that come from an axis, such as "scale", or "by.step_size" of a flow in a flow.
    """

    name: str
    fields: tuple[tuple[str, Any], ...] = ()
    made: Any = dataclasses.field(default=None, compare=False)
    mark: str = ""
    swept: tuple[str, ...] = dataclasses.field(default=(), compare=False)

    @classmethod
    def of_object(cls, made: Any) -> Choice:
        """The choice of an object that the configuration holds."""
        return cls(type(made).__name__, made=made, mark=fingerprint(made))

    @classmethod
    def of_table(cls, table: Mapping[str, Any], place: str) -> Choice:
        """The choice of a table of numbers and nested lists of numbers, such as the weights of a start.

        Its label names the entries alone: a network has too many weights to be read in one.

        Raises:
            InvalidConfigurationError: an entry holds something else.
        """
        made = {key: _numbers(value, f"{place}.{key}") for key, value in table.items()}
        return cls(f"{{{','.join(made)}}}", made=made, mark=fingerprint(made))

    def takes_a_table(self, name: str) -> bool:
        """Whether a field of this network or init is a table of its own, as its annotation says, and no axis."""
        kind = {**networks.FOUND, **inits.FOUND}.get(self.name)
        return kind is not None and get_origin(get_type_hints(kind).get(name)) is Mapping

    def given(self, **swept: Any) -> Choice:
        """The same choice at one value of each of its axes."""
        fields = dict(self.fields)
        for place, value in swept.items():
            name, _, inner = place.partition(".")
            fields[name] = fields[name].given(**{inner: value}) if inner else value
        return dataclasses.replace(self, fields=tuple(fields.items()), swept=(*self.swept, *swept))

    def field(self, place: str) -> Any:
        """The value of a field, or of one inside of it; None where it is not given."""
        name, _, inner = place.partition(".")
        value = dict(self.fields).get(name)
        return value.field(inner) if inner and isinstance(value, Choice) else value

    def label(self, without: frozenset[str] = frozenset()) -> str:
        """The name, and the given fields that are not left out; of an object, those that are not the default.

        Example:
            >>> Choice("Difference", (("depth", 2),)).label()
            'Difference depth=2'
        """
        given = self.fields if self.made is None else _changed_fields(self.made)
        words = [f"{key}={_told(value, _inside(key, without))}" for key, value in given if key not in without]
        hidden = [place for place in self.swept if "." in place and place.partition(".")[0] in without]
        words += [f"{place}={shortest(self.field(place))}" for place in hidden if place not in without]
        return " ".join([self.name, *words])

    def token(self, found: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """What an address is made of: the same for the same thing in every process.

        Args:
            found: classes by name, whose defaults count as if they had been typed.
        """
        own = {"object": self.mark} if self.mark else {}
        # Of the user's own files the content counts, and not where they lie.
        typed = {key: value for key, value in self.fields if not (self.mark and key in _PLACES)}
        fields = {key: _plain(value) for key, value in {**_defaults((found or {}).get(self.name)), **typed}.items()}
        return {"name": self.name, "fields": fields, **own}


def _defaults(kind: Any) -> dict[str, Any]:
    """The fields of a class that have a default; not a seed, whose default is that of the cell."""
    if kind is None:
        return {}
    known = [field for field in dataclasses.fields(kind) if field.init and field.name != "seed"]
    return {field.name: field.default for field in known if field.default is not dataclasses.MISSING}


def with_content(problem: Choice) -> Choice:
    """The user's own system, marked by what its files hold: changed files are another problem.

    Raises:
        UnreadableFileError: a file cannot be read.
    """
    content = hashlib.sha256()
    for place in (value for key, value in problem.fields if key in _PLACES):
        try:
            content.update(Path(place).read_bytes())
        except (OSError, TypeError, ValueError) as error:
            why = getattr(error, "strerror", None) or error
            raise UnreadableFileError(f"cannot read {place}: {why}.") from error
    return dataclasses.replace(problem, mark=content.hexdigest())


@cache
def problem_of(choice: Choice) -> Problem | None:
    """The problem; None where the system comes from the user's own files.

    Raises:
        InvalidConfigurationError: an unknown problem, or fields that it does not take.
    """
    fields = dict(choice.fields)
    if "path" in fields:
        refuse_unknown_keys(fields, _FILE_KEYS, "[problem] with a path")
        return None
    kind = looked_up(choice.name, systems.FOUND, "problem", "problem.name")
    return constructed(kind, fields, "[problem]")


def system_of(choice: Choice, seed: int) -> LinearSystem:
    """The system that the problem draws from this seed, or the one in the user's files.

    Raises:
        RidgelessError: the problem cannot be drawn, or a file cannot be read.
    """
    problem = problem_of(choice)
    if problem is not None:
        return problem.system(seed)
    fields = dict(choice.fields)
    return read_system(
        fields["path"],
        fields.get("right_hand_side"),
        matrix_name=fields.get("matrix"),
        vector_name=fields.get("vector"),
        index=fields.get("index"),
    )


@cache
def network_of(choice: Choice) -> networks.Network:
    """The network.

    Raises:
        InvalidConfigurationError: an unknown network, or fields that it does not take.
    """
    if choice.made is not None:
        return choice.made
    kind = looked_up(choice.name, networks.FOUND, "network", "network.name")
    return constructed(kind, dict(choice.fields), f"network {choice.name}")


@cache
def init_of(choice: Choice) -> inits.Init:
    """The init.

    Raises:
        InvalidConfigurationError: an unknown init, or fields that it does not take.
    """
    if choice.made is not None:
        return choice.made
    kind = looked_up(choice.name, inits.FOUND, "init", "init.name")
    return constructed(kind, dict(choice.fields), f"init {choice.name}")


def flow_of(choice: Choice, seed: int) -> Any:
    """The flow, which draws from the seed of its cell unless it has a seed of its own.

    Raises:
        InvalidConfigurationError: an unknown flow, or fields that it does not take.
    """
    if choice.made is not None:
        return choice.made
    from ridgeless import flows  # loads JAX

    kind = looked_up(choice.name, {LIMIT: None, LAZY_LIMIT: None, **flows.FOUND}, "method", "methods")
    fields = dict(choice.fields)
    if "seed" in {field.name for field in dataclasses.fields(kind)}:
        fields.setdefault("seed", seed)
    return constructed(kind, fields, f"flow {choice.name}")


def is_training(method: Choice) -> bool:
    """Whether a method trains, and is no formula."""
    return method.name not in (LIMIT, LAZY_LIMIT)


def chosen(entry: Any, place: str, base: type, key: str = "name") -> Choice:
    """The choice that a name, a table or an object stands for; its fields are as they were given, axes included.

    Raises:
        InvalidConfigurationError: none of the three.
    """
    if isinstance(entry, str):
        return Choice(entry)
    if isinstance(entry, base):
        return Choice.of_object(entry)
    if isinstance(entry, Mapping):
        if not isinstance(entry.get(key), str):
            raise InvalidConfigurationError(f'configuration: {place} has no {key}; type {key} = "…" in its table.')
        return Choice(entry[key], tuple((name, value) for name, value in entry.items() if name != key))
    raise InvalidConfigurationError(
        f"configuration: {place} is {entry!r}; type a name, a table with {key} and fields, or a list of such."
    )


def looked_up(name: str, found: dict[str, Any], what: str, place: str) -> Any:
    """The class of this name; where there is none, the place in the configuration is told with the nearest name."""
    try:
        return look_up(name, found, what)
    except InvalidInputError as error:
        raise InvalidConfigurationError(f"configuration: {place}: {error}") from error


def constructed(kind: Callable[..., Any], parameters: Mapping[str, Any], place: str) -> Any:
    """An instance of a dataclass from the fields found at this place."""
    fields = {field.name: field for field in dataclasses.fields(kind) if field.init}  # pyright: ignore[reportArgumentType]
    refuse_unknown_keys(parameters, fields, place)
    missing = dataclasses.MISSING
    required = [name for name, field in fields.items() if field.default is missing and field.default_factory is missing]
    absent = [name for name in required if name not in parameters]
    if absent:
        raise InvalidConfigurationError(f"configuration: {place}: {kind.__name__} needs {', '.join(absent)}.")
    values = {key: _made(value, f"{place}.{key}") for key, value in parameters.items()}
    try:
        return kind(**values)
    except InvalidInputError as error:
        raise InvalidConfigurationError(f"configuration: {place}: {error}") from error


def _made(value: Any, place: str) -> Any:
    """The value of a field: lists as tuples (vectors, of a potential), and a choice as the thing of its name."""
    if isinstance(value, list):
        return tuple(_made(entry, place) for entry in value)
    if not isinstance(value, Choice):
        return value
    if value.made is not None:
        return value.made
    found = {**potentials.FOUND, **inits.FOUND, **networks.FOUND}
    if value.name not in found:
        from ridgeless import flows  # loads JAX

        found |= flows.FOUND
    fields = dict(value.fields)
    if value.name in potentials.FOUND:
        fields |= {name: np.array(each, dtype=float) for name, each in fields.items() if isinstance(each, tuple)}
    return constructed(looked_up(value.name, found, "object", place), fields, place)


def _numbers(value: Any, place: str) -> Any:
    """A number as a float, and a list with each of its entries so."""
    if isinstance(value, (list, tuple)):
        return [_numbers(entry, place) for entry in value]
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise InvalidConfigurationError(f"configuration: {place} holds {value!r}; type numbers, or lists of numbers.")
    return float(value)


def _plain(value: Any) -> Any:
    if isinstance(value, (bool, int, str)) or value is None:
        return value
    if isinstance(value, float):
        # 1 and 1.0 are the same number, and have the same result.
        return int(value) if value.is_integer() else value.hex()
    if isinstance(value, Choice):
        return value.token()
    if isinstance(value, (list, tuple)):
        return [_plain(entry) for entry in value]
    return fingerprint(value)


def _changed_fields(made: Any) -> tuple[tuple[str, Any], ...]:
    """The fields of an object that are no default, and that a few letters tell."""
    if not dataclasses.is_dataclass(made):
        return ()
    values = [(field.name, getattr(made, field.name), field.default) for field in dataclasses.fields(made)]
    return tuple((name, value) for name, value, default in values if _is_short(value) and value != default)


def _is_short(value: Any) -> bool:
    if isinstance(value, tuple):
        return all(map(_is_short, value))
    return value is None or isinstance(value, (bool, int, float, str))


def shortest(value: Any) -> str:
    """A value in as few letters as tell it from every other.

    Example:
        >>> shortest(1e-4), shortest(0.12345678), shortest(3)
        ('0.0001', '0.12345678', '3')
    """
    if isinstance(value, Choice):
        return _told(value, frozenset())
    if not isinstance(value, float):
        return str(value)
    return f"{value:g}" if float(f"{value:g}") == value else repr(float(value))


def _told(value: Any, without: frozenset[str]) -> str:
    """A value in a few letters; of a choice the fields that are not left out."""
    if not isinstance(value, Choice):
        return shortest(value)
    label = value.label(without)
    return f"({label})" if " " in label else label


def _inside(name: str, places: frozenset[str]) -> frozenset[str]:
    """The places inside of a field, as they are called there."""
    return frozenset(inner for place in places for first, _, inner in [place.partition(".")] if first == name and inner)
