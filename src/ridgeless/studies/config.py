"""Reading a study's configuration from a TOML file, a dict or a `Configuration`, checked before any work."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from ridgeless._core.arrays import positive_number, whole_number
from ridgeless._core.discovery import look_up
from ridgeless.errors import InvalidConfigurationError, InvalidInputError, UnreadableFileError
from ridgeless.studies.axes import MOST_VALUES
from ridgeless.studies.schema import KEPT, Configuration, Runs, Seeds, refuse_unknown_keys

_NAME = re.compile(r"\w[\w .+-]{0,99}")
_MISSING = re.compile(r"^Object missing required field `(.*)`")
# What msgspec calls a type, and what a reader of TOML does.
_WORDS = {
    "object": "a table",
    "object | null": "a table",
    "array": "a list",
    "array | null": "a list",
    "str": "a text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "null": "nothing",
}
_PLACE = re.compile(r"^(?P<reason>.*?)(?: - at `\$\.?(?P<place>.*)`)?$", re.DOTALL)


def read_configuration(source: Any = None, settings: Mapping[str, Any] | None = None) -> Configuration:
    """The checked configuration that a TOML file, a dict or a `Configuration` describes.

    Args:
        source: path of a TOML file, dict in the form of one, `Configuration`, or None for the built-in study.
            What it leaves out has the built-in value; `problem` and `runs` are replaced as a whole.
        settings: values that win over the source, by dotted key: {"runs.0.init.scale": 1e-4}.

    Raises:
        InvalidConfigurationError: an unknown key, or a value that its key does not take; the message names the
            place and the nearest valid key. Names and fields of networks, inits, flows and problems are checked
            when the study is planned.
        UnreadableFileError: no such file, or no TOML.

    Example:
        >>> read_configuration({"name": "short", "seeds": {"count": 3}}).seeds.count
        3
    """
    table = _with_settings(_raw(source), settings or {})
    refuse_unknown_keys(table, Configuration.__struct_fields__, "the configuration")
    if isinstance(table.get("seeds"), Mapping):
        refuse_unknown_keys(table["seeds"], Seeds.__struct_fields__, "[seeds]")
    for index, runs in enumerate(_listed(table.get("runs"))):
        if isinstance(runs, Mapping):
            refuse_unknown_keys(runs, Runs.__struct_fields__, f"runs[{index}]")
    try:
        configuration = msgspec.convert(table, Configuration)
    except msgspec.ValidationError as error:
        raise _invalid_value(error) from error
    _refuse_values(configuration, table)
    return configuration


def as_table(configuration: Configuration) -> dict[str, Any]:
    """The configuration as a dict in the form of its TOML file, absent values left out."""
    return _without_none(msgspec.to_builtins(configuration, enc_hook=repr))


def parsed_settings(assignments: Iterable[str]) -> dict[str, Any]:
    """`key=value` texts as a dict: the value as in TOML, or else a plain word.

    Raises:
        InvalidConfigurationError: a text without key or "=".

    Example:
        >>> parsed_settings(["seeds.count=4", "name=short"])
        {'seeds.count': 4, 'name': 'short'}
    """
    found = {}
    for assignment in assignments:
        key, separator, text = assignment.partition("=")
        if not (key.strip() and separator):
            raise InvalidConfigurationError(
                f"configuration: the setting {assignment!r} is no key=value; type, for one, seeds.count=4."
            )
        try:
            found[key.strip()] = tomllib.loads(f"value = {text}")["value"]
        except (tomllib.TOMLDecodeError, RecursionError):
            found[key.strip()] = text.strip()
    return found


def _own(value: Any) -> Any:
    """A value of the caller's, its tables and lists copied, and numbers and arrays of NumPy as Python's own."""
    if isinstance(value, Mapping):
        return {key: _own(item) for key, item in value.items()}
    if isinstance(value, (np.ndarray, np.generic)):
        return value.tolist()
    if isinstance(value, (list, tuple)):
        return type(value)(map(_own, value)) if type(value) in (list, tuple) else list(map(_own, value))
    return list(value) if isinstance(value, range) else value


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, (list, tuple)) else []


def _raw(source: Any) -> dict[Any, Any]:
    if source is None:
        return {}
    if isinstance(source, Configuration):
        return {name: _own(getattr(source, name)) for name in Configuration.__struct_fields__}
    if isinstance(source, Mapping):
        return _own(source)
    try:
        path = Path(source)
    except TypeError as error:
        raise InvalidConfigurationError(
            f"configuration: got a {type(source).__name__}; pass the path of a TOML file, a dict, or a Configuration."
        ) from error
    return _from_file(path)


def _from_file(path: Path) -> dict[str, Any]:
    """The table in a file; the files of the user's own system are looked for beside it."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UnreadableFileError(f"cannot read the configuration {path}: {error.strerror or error}.") from error
    except UnicodeDecodeError as error:
        raise UnreadableFileError(f"cannot read the configuration {path}: it is no UTF-8 text.") from error
    except (ValueError, RecursionError) as error:  # among them a path with a NUL, and brackets without end
        why = " ".join(str(error).split())
        raise UnreadableFileError(f"cannot read the configuration {path}: it is no TOML: {why}.") from error
    if table and _NAME.fullmatch(path.stem):
        table.setdefault("name", path.stem)
    problem = table.get("problem")
    if isinstance(problem, dict):
        for key in ("path", "right_hand_side"):
            if isinstance(problem.get(key), str):
                problem[key] = str(path.parent / problem[key])
    return table


def _with_settings(table: dict[Any, Any], settings: Mapping[str, Any]) -> dict[Any, Any]:
    for key, value in settings.items():
        _set(table, key, value)
    return table


def _set(table: dict[Any, Any], key: str, value: Any) -> None:
    *sections, last = key.split(".")
    if sections and sections[0] in ("runs", "problem") and sections[0] not in table:
        # What is left out is the built-in study's, and a setting changes that.
        table[sections[0]] = msgspec.to_builtins(getattr(Configuration(), sections[0]))
    inner: Any = table
    for section in sections:
        inner = _inside(inner, section, key)
    if isinstance(inner, list):
        inner[_position(inner, last, key)] = _own(value)
    else:
        inner[last] = _own(value)


def _inside(inner: Any, section: str, key: str) -> Any:
    is_list = isinstance(inner, list)
    found = inner[_position(inner, section, key)] if is_list else inner.setdefault(section, {})
    if isinstance(found, tuple):
        found = list(found)
        inner[section] = found
    if not isinstance(found, (dict, list)):
        raise InvalidConfigurationError(
            f"configuration: {key} cannot be set: {section} is no table; type {section}=… with the whole value."
        )
    return found


def _position(values: list[Any], section: str, key: str) -> int:
    if not (section.isdecimal() and int(section) < len(values)):
        raise InvalidConfigurationError(
            f"configuration: {key} cannot be set: {section!r} is no place in a list of {len(values)}; type a number "
            f"from 0 to {len(values) - 1}."
        )
    return int(section)


def _without_none(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_none(item) for key, item in value.items() if item is not None}
    return [_without_none(item) for item in value] if isinstance(value, (list, tuple)) else value


def _invalid_value(error: msgspec.ValidationError) -> InvalidConfigurationError:
    found = _PLACE.match(str(error))
    reason, place = (found["reason"], found["place"]) if found else (str(error), None)
    at = f"{place}: " if place else ""
    reason = _MISSING.sub(r"it has no \1", reason)
    for term, word in _WORDS.items():
        reason = reason.replace(f"`{term}`", word)
    return InvalidConfigurationError(f"configuration: {at}{reason[:1].lower()}{reason[1:].rstrip('.')}.")


def _refuse_values(configuration: Configuration, table: Mapping[str, Any]) -> None:
    """Check the values that types alone do not.

    Raises:
        InvalidConfigurationError: a value that its key does not take.
    """
    if not _NAME.fullmatch(configuration.name):
        raise InvalidConfigurationError(
            f"configuration: name = {configuration.name!r}; it names a folder: type up to 100 letters, "
            "digits, blanks and . + - _, the first a letter, digit or _."
        )
    if configuration.seeds is not None and "seed" in table and configuration.seed != 0:
        raise InvalidConfigurationError("configuration: it has seed and [seeds]; remove one.")
    if not configuration.runs:
        raise InvalidConfigurationError("configuration: runs is empty; give at least one [[runs]] table.")
    try:
        positive_number(configuration.tol, "configuration", "tol")
        whole_number(configuration.batch, "configuration", "batch", least=1)
        if configuration.seeds is not None:
            count = whole_number(configuration.seeds.count, "configuration", "seeds.count", least=1)
            if count > MOST_VALUES:
                raise InvalidInputError(f"seeds.count = {count}; type a whole number of at most {MOST_VALUES}.")
            whole_number(configuration.seeds.first, "configuration", "seeds.first", least=0)
        for name in configuration.keep:
            look_up(name, dict.fromkeys(KEPT), "entry of keep:")
        _refuse_twice(configuration.keep, "keep")
        _refuse_twice(configuration.measures or (), "measures")
    except InvalidInputError as error:
        text = str(error)
        raise InvalidConfigurationError(
            text if text.startswith("configuration") else f"configuration: {text}"
        ) from error


def _refuse_twice(names: tuple[str, ...], key: str) -> None:
    for name in names:
        if names.count(name) > 1:
            raise InvalidConfigurationError(f"configuration: {key} has {name!r} twice; remove one.")
