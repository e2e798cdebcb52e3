"""The configuration of a study, from a TOML file, a dict or these structures, checked before any work."""

from __future__ import annotations

import copy
import re
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from ridgeless._core.arrays import positive_number, whole_number
from ridgeless.errors import InvalidConfigurationError, InvalidInputError, UnreadableFileError
from ridgeless.studies.schema import (
    ConfigurationTable,
    NetworkChoice,
    Start,
    SystemChoice,
    network_label,
    refuse_unknown_keys,
    refuse_unusable_network,
    refuse_unusable_system,
)

_NAME = re.compile(r"\w[\w .+-]{0,99}")
_PLACE = re.compile(r"^(?P<reason>.*?)(?: - at `\$\.?(?P<place>.*)`)?$", re.DOTALL)


class Scales(ConfigurationTable, frozen=True):
    """The initialization scales, from lazy to rich.

    Attributes:
        largest: first of the grid.
        smallest: last of the grid.
        count: how many, log-spaced.
        values: the scales one by one, in any order; where given, the grid above is not used.
    """

    largest: float = 10.0
    smallest: float = 1e-8
    count: int = 10
    values: tuple[float, ...] | None = None

    def grid(self) -> tuple[float, ...]:
        """The scales, descending.

        Example:
            >>> Scales(largest=1.0, smallest=0.01, count=3).grid()
            (1.0, 0.1, 0.01)
        """
        if self.values is not None:
            return tuple(sorted(self.values, reverse=True))
        if self.count == 1:
            return (self.largest,)
        # 15 digits: 0.1 is to be 0.1, in labels and where it is compared.
        return tuple(float(f"{value:.15g}") for value in np.geomspace(self.largest, self.smallest, self.count))


class FlowChoice(ConfigurationTable, frozen=True):
    """Gradient flow, in dual coordinates where they exist.

    Attributes:
        run: whether to train by it, at every scale.
        max_steps: the budget of one training.
    """

    run: bool = True
    max_steps: int = 1_300


class DescentChoice(ConfigurationTable, frozen=True):
    """Gradient descent.

    Attributes:
        run: whether to train by it.
        smallest_scale: below it, gradient descent is left out.
        max_steps: the budget of one training.
        step_size: the step; half the stability bound where it is missing.
        momentum: heavy-ball, in [0, 1).
    """

    run: bool = True
    smallest_scale: float = 0.1
    max_steps: int = 4_000
    step_size: float | None = None
    momentum: float = 0.0


class Configuration(ConfigurationTable, frozen=True):
    """A whole study; whatever is left out is the single-pixel camera's.

    Attributes:
        name: of the study and of the folder it is written to.
        seed: of everything that is drawn.
        tol: the residual at which training stops.
        system: what is solved.
        scales: where training starts.
        networks: what is trained.
        flow: gradient flow.
        descent: gradient descent.
    """

    name: str = "single-pixel-camera"
    seed: int = 0
    tol: float = 1e-8
    system: SystemChoice = SystemChoice()
    scales: Scales = Scales()
    networks: tuple[NetworkChoice, ...] = (
        NetworkChoice("Direct"),
        NetworkChoice("Difference", parameters={"depth": 2}),
        NetworkChoice("Difference", parameters={"depth": 3}),
        NetworkChoice("Dense", start=Start("chain"), parameters={"hidden": 1}),
    )
    flow: FlowChoice = FlowChoice()
    descent: DescentChoice = DescentChoice()


_SECTIONS: dict[str, type[ConfigurationTable]] = {
    "system": SystemChoice,
    "scales": Scales,
    "flow": FlowChoice,
    "descent": DescentChoice,
}


def read_configuration(source: Any = None, settings: Mapping[str, Any] | None = None) -> Configuration:
    """The checked configuration that a TOML file, a dict or a `Configuration` describes.

    Args:
        source: path of a TOML file, dict in the form of one, `Configuration`, or None for the built-in study.
            What it leaves out has the built-in value; `networks` is replaced as a whole.
        settings: values that win over the source, by dotted key: {"scales.count": 4}.

    Raises:
        InvalidConfigurationError: an unknown key, problem, network or start, or a value that its key does not
            take; the message names the place and the nearest valid key.
        UnreadableFileError: no such file, or no TOML.

    Example:
        >>> read_configuration({"scales": {"count": 3}}).scales.grid()
        (10.0, 0.000316227766016838, 1e-08)
    """
    table = _with_settings(_raw(source), settings or {})
    refuse_unknown_keys(table, Configuration.__struct_fields__, "the configuration")
    for name, kind in _SECTIONS.items():
        if isinstance(table.get(name), dict):
            refuse_unknown_keys(table[name], kind.__struct_fields__, f"[{name}]")
    try:
        configuration = msgspec.convert(_nested(table), Configuration)
    except msgspec.ValidationError as error:
        raise _invalid_value(error) from error
    _refuse_values(configuration)
    return configuration


def as_table(configuration: Configuration) -> dict[str, Any]:
    """The configuration as a dict in the form of its TOML file, absent values left out."""
    table = _without_none(msgspec.to_builtins(configuration))
    table["networks"] = [_flat_network(network) for network in table["networks"]]
    return table


def parsed_settings(assignments: Iterable[str]) -> dict[str, Any]:
    """`key=value` texts as a dict: the value as in TOML, or else a plain word.

    Raises:
        InvalidConfigurationError: a text without key or "=".

    Example:
        >>> parsed_settings(["scales.count=4", "name=short"])
        {'scales.count': 4, 'name': 'short'}
    """
    found = {}
    for assignment in assignments:
        key, separator, text = assignment.partition("=")
        if not (key.strip() and separator):
            raise InvalidConfigurationError(
                f"configuration: the setting {assignment!r} is no key=value; type, for one, scales.count=4."
            )
        try:
            found[key.strip()] = tomllib.loads(f"value = {text}")["value"]
        except (tomllib.TOMLDecodeError, RecursionError):
            found[key.strip()] = text.strip()
    return found


def _raw(source: Any) -> dict[Any, Any]:
    if source is None:
        return {}
    if isinstance(source, Configuration):
        return as_table(source)
    if isinstance(source, Mapping):
        return copy.deepcopy(dict(source))
    try:
        path = Path(source)
    except TypeError as error:
        raise InvalidConfigurationError(
            f"configuration: got a {type(source).__name__}; pass the path of a TOML file, a dict, or a Configuration."
        ) from error
    return _from_file(path)


def _from_file(path: Path) -> dict[str, Any]:
    """The table in a file; the system's own files are looked for beside it."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UnreadableFileError(f"cannot read the configuration {path}: {error.strerror or error}.") from error
    except UnicodeDecodeError as error:
        raise UnreadableFileError(f"cannot read the configuration {path}: it is no UTF-8 text.") from error
    except (ValueError, RecursionError) as error:  # among them a path with a NUL, and brackets without end
        why = " ".join(str(error).split())
        raise UnreadableFileError(f"cannot read the configuration {path}: it is no TOML: {why}.") from error
    system = table.get("system")
    if isinstance(system, dict):
        for key in ("path", "right_hand_side"):
            if isinstance(system.get(key), str):
                system[key] = str(path.parent / system[key])
    return table


def _with_settings(table: dict[Any, Any], settings: Mapping[str, Any]) -> dict[Any, Any]:
    for key, value in settings.items():
        *sections, last = key.split(".")
        inner = table
        for section in sections:
            inner = inner.setdefault(section, {})
            if not isinstance(inner, dict):
                raise InvalidConfigurationError(
                    f"configuration: {key} cannot be set: {section} is no table; type {section}=… with the whole value."
                )
        inner[last] = value
    return table


def _nested(table: dict[str, Any]) -> dict[str, Any]:
    """The table with the parameters of each network, and of each start, in a table of their own."""
    networks = table.get("networks")
    if not isinstance(networks, (list, tuple)):
        return table
    return {**table, "networks": [_nested_network(network) for network in networks]}


def _nested_network(network: Any) -> Any:
    if not isinstance(network, Mapping):
        return network
    nested = _parameters_apart(network, ("name", "start"))
    if isinstance(nested.get("start"), str):
        nested["start"] = {"name": nested["start"]}
    elif isinstance(nested.get("start"), Mapping):
        nested["start"] = _parameters_apart(nested["start"], ("name",))
    return nested


def _parameters_apart(table: Mapping[str, Any], own: tuple[str, ...]) -> dict[str, Any]:
    apart = {key: value for key, value in table.items() if key not in own}
    return {**{key: table[key] for key in own if key in table}, "parameters": apart}


def _flat_network(network: dict[str, Any]) -> dict[str, Any]:
    start = network["start"]
    flat_start = {"name": start["name"], **start["parameters"]} if start["parameters"] else start["name"]
    return {"name": network["name"], "start": flat_start, **network["parameters"]}


def _without_none(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_none(item) for key, item in value.items() if item is not None}
    return [_without_none(item) for item in value] if isinstance(value, (list, tuple)) else value


def _invalid_value(error: msgspec.ValidationError) -> InvalidConfigurationError:
    found = _PLACE.match(str(error))
    reason, place = (found["reason"], found["place"]) if found else (str(error), None)
    at = f"{place}: " if place else ""
    return InvalidConfigurationError(f"configuration: {at}{reason[:1].lower()}{reason[1:].rstrip('.')}.")


def _refuse_values(configuration: Configuration) -> None:
    """Check the values that types alone do not.

    Raises:
        InvalidConfigurationError: a value that its key does not take.
    """
    if not _NAME.fullmatch(configuration.name):
        raise InvalidConfigurationError(
            f"configuration: name = {configuration.name!r}; it names a folder: type up to 100 letters, "
            "digits, blanks and . + - _, the first a letter, digit or _."
        )
    try:
        whole_number(configuration.seed, "configuration", "seed", least=0)
        positive_number(configuration.tol, "configuration", "tol")
        _refuse_scales(configuration.scales)
        whole_number(configuration.flow.max_steps, "configuration", "flow.max_steps", least=1)
        _refuse_descent(configuration.descent)
    except InvalidInputError as error:
        raise InvalidConfigurationError(str(error)) from error
    refuse_unusable_system(configuration.system)
    if not configuration.networks:
        raise InvalidConfigurationError("configuration: networks is empty; give at least one [[networks]] table.")
    seen: set[str] = set()
    for index, choice in enumerate(configuration.networks):
        refuse_unusable_network(choice, f"networks[{index}]")
        label = network_label(choice)
        if label in seen:
            raise InvalidConfigurationError(f"configuration: networks[{index}] is {label} once more; remove one.")
        seen.add(label)


def _refuse_scales(scales: Scales) -> None:
    if scales.values is not None:
        if not scales.values or len(set(scales.values)) < len(scales.values):
            raise InvalidConfigurationError(
                f"configuration: scales.values = {list(scales.values)}; give at least one, and none twice."
            )
        for index, value in enumerate(scales.values):
            positive_number(value, "configuration", f"scales.values[{index}]")
        return
    positive_number(scales.largest, "configuration", "scales.largest")
    positive_number(scales.smallest, "configuration", "scales.smallest")
    whole_number(scales.count, "configuration", "scales.count", least=1)
    if scales.count > 1 and scales.smallest >= scales.largest:
        raise InvalidConfigurationError(
            f"configuration: scales.smallest = {scales.smallest:g} is not below scales.largest = "
            f"{scales.largest:g}; exchange them."
        )


def _refuse_descent(descent: DescentChoice) -> None:
    positive_number(descent.smallest_scale, "configuration", "descent.smallest_scale")
    whole_number(descent.max_steps, "configuration", "descent.max_steps", least=1)
    if descent.step_size is not None:
        positive_number(descent.step_size, "configuration", "descent.step_size")
    if not 0 <= descent.momentum < 1:
        raise InvalidConfigurationError(
            f"configuration: descent.momentum = {descent.momentum}; type a number from 0 to below 1."
        )
