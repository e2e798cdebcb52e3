"""Tables of the configuration that name a system, a network or a start, and the objects they name."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
import numpy as np

from ridgeless import inits, networks, systems
from ridgeless._core.discovery import closest, look_up
from ridgeless.errors import InvalidConfigurationError, InvalidInputError
from ridgeless.inits import Init
from ridgeless.networks import Network, Theta
from ridgeless.systems import LinearSystem, Problem

_BUILT_IN = "SinglePixelCamera"
_SYMBOLS = {"depth": "D", "hidden": "h"}


class ConfigurationTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A table of the configuration: no key but its own."""


class SystemChoice(ConfigurationTable, frozen=True):
    """The system to solve: a problem with known truth, or the user's own files.

    Attributes:
        problem: class in `ridgeless.systems`; the single-pixel camera where no path is given either.
        parameters: fields of the problem.
        path: file with A, as `ridgeless.systems.read_system` reads it.
        right_hand_side: file with b, where it is another.
        matrix: name of A in its file.
        vector: name of b in its file, or the number of its column.
        index: name or number of the column of a table that names its rows; "none" where no column does.
    """

    problem: str | None = None
    parameters: dict[str, Any] = {}
    path: str | None = None
    right_hand_side: str | None = None
    matrix: str | None = None
    vector: str | int | None = None
    index: str | int | None = None


class Start(ConfigurationTable, frozen=True):
    """The init that training starts from.

    Attributes:
        name: an init in lower case.
        parameters: fields of the init beyond its scale.
    """

    name: str = "constant"
    parameters: dict[str, Any] = {}


class NetworkChoice(ConfigurationTable, frozen=True):
    """The network to train, and its start.

    Attributes:
        name: class in `ridgeless.networks`.
        start: where its training starts.
        parameters: fields of the network.
    """

    name: str
    start: Start = Start()
    parameters: dict[str, Any] = {}


def chosen_problem(choice: SystemChoice) -> Problem | None:
    """The problem, or None where the system comes from files.

    Raises:
        InvalidConfigurationError: an unknown problem, or parameters it does not take.
    """
    if choice.path is not None:
        return None
    kind = _looked_up(choice.problem or _BUILT_IN, systems.FOUND, "problem", "system.problem")
    return _constructed(kind, choice.parameters, "[system.parameters]")


def chosen_network(choice: NetworkChoice, place: str = "networks") -> Network:
    """The network.

    Raises:
        InvalidConfigurationError: an unknown network, or parameters it does not take.
    """
    kind = _looked_up(choice.name, networks.FOUND, "network", f"{place}.name")
    return _constructed(kind, choice.parameters, place, besides=("name", "start"))


def chosen_init(start: Start, scale: float, place: str = "networks.start") -> Init:
    """The init of this name at this scale.

    Raises:
        InvalidConfigurationError: an unknown start, or parameters it does not take.
    """
    known = {name.lower(): kind for name, kind in inits.FOUND.items()}
    kind = _looked_up(start.name.lower(), known, "start", place)
    if "scale" not in {field.name for field in dataclasses.fields(kind)}:
        raise InvalidConfigurationError(
            f'configuration: {place}: {kind.__name__} has no scale, and a study goes through scales; type "gaussian".'
        )
    return _constructed(kind, start.parameters, place, besides=("name",), scale=scale)


def start_seed(seed: int) -> int:
    """The seed of the starts of a study, independent of what the system draws from `seed`."""
    return int(np.random.SeedSequence((seed, 1)).generate_state(1)[0])


def start_weights(choice: NetworkChoice, network: Network, system: LinearSystem, scale: float, seed: int) -> Theta:
    """theta0 of the chosen network at this scale, the same directions at every scale.

    Raises:
        IncompatibleInitError: the init makes no sense for the network.
    """
    return inits.start(chosen_init(choice.start, scale), network, system, seed, "study")


def network_label(choice: NetworkChoice) -> str:
    """The label of a network in tables and figures.

    Example:
        >>> network_label(NetworkChoice("Dense", start=Start("chain")))
        'Dense chain h=1'
    """
    network: Any = chosen_network(choice)
    known = {field.name: getattr(network, field.name) for field in dataclasses.fields(network)}
    parameters = {**known, **choice.start.parameters}
    start = choice.start.name.lower()
    words = [choice.name, *([start] if start != Start().name else [])]
    words += [f"{_SYMBOLS.get(key, key)}={value}" for key, value in parameters.items() if value is not None]
    return " ".join(words)


def refuse_unusable_system(choice: SystemChoice) -> None:
    """Check that problem and files are not mixed, and that the problem takes its parameters.

    Raises:
        InvalidConfigurationError: they are, or it does not.
    """
    if choice.path is None:
        stray = [key for key in ("right_hand_side", "matrix", "vector", "index") if getattr(choice, key) is not None]
        if stray:
            raise InvalidConfigurationError(f"configuration: system.{stray[0]} needs system.path, the file with A.")
    elif choice.problem is not None or choice.parameters:
        raise InvalidConfigurationError(
            "configuration: [system] has a path and a problem; remove one: a file is the user's own system, "
            "a problem one of ours."
        )
    chosen_problem(choice)


def refuse_unusable_network(choice: NetworkChoice, place: str) -> None:
    """Check that the network and its start take their parameters.

    Raises:
        InvalidConfigurationError: one does not.
    """
    chosen_network(choice, place)
    chosen_init(choice.start, 1.0, f"{place}.start")


def refuse_unknown_keys(table: Mapping[Any, Any], known: Iterable[str], place: str) -> None:
    """Raise for the first key that is not known, naming the nearest one that is."""
    keys = list(known)
    for key in table:
        if key in keys:
            continue
        nearest = closest(str(key), keys)
        hint = f"did you mean {nearest!r}? " if nearest else ""
        raise InvalidConfigurationError(
            f"configuration: {place} has the unknown key {str(key)!r}: {hint}known are {', '.join(keys) or 'none'}."
        )


def _looked_up(name: str, found: dict[str, Any], what: str, place: str) -> Any:
    try:
        return look_up(name, found, what)
    except InvalidInputError as error:
        raise InvalidConfigurationError(f"configuration: {place}: {error}") from error


def _constructed(
    kind: type[Any], parameters: Mapping[str, Any], place: str, besides: tuple[str, ...] = (), **given: Any
) -> Any:
    """An instance of a dataclass, from `given` fields and the parameters found at this place."""
    fields = {field.name: field for field in dataclasses.fields(kind) if field.init and field.name not in given}
    refuse_unknown_keys(parameters, (*besides, *fields), place)
    required = [name for name, field in fields.items() if field.default is dataclasses.MISSING]
    absent = [name for name in required if name not in parameters]
    if absent:
        raise InvalidConfigurationError(f"configuration: {place}: {kind.__name__} needs {', '.join(absent)}.")
    values = {key: tuple(value) if isinstance(value, list) else value for key, value in parameters.items()}
    try:
        return kind(**given, **values)
    except InvalidInputError as error:
        raise InvalidConfigurationError(f"configuration: {place}: {error}") from error
