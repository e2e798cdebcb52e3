"""Axes: the values that a field of a configuration takes, one by one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from ridgeless._core.arrays import whole_number
from ridgeless._core.discovery import closest
from ridgeless.errors import InvalidConfigurationError, InvalidInputError

_FORMS = ("values", "linspace", "logspace", "draw")


def axis_values(entry: Any, place: str, seed: int = 0) -> tuple[Any, ...] | None:
    """The values that an entry of a configuration stands for; None where it is a value itself.

    An axis is a list, or a table of one of four forms: `{values = [1, 2]}`, `{linspace = [0, 1], count = 5}`,
    `{logspace = [10.0, 1e-6], count = 7}` (from one number to another, evenly by their logarithms) and
    `{draw = "uniform", between = [0, 1], count = 9}` ("loguniform" and "integers" too).

    Args:
        entry: of a configuration.
        place: where it stands, for error messages.
        seed: of what is drawn; each place draws numbers of its own.

    Raises:
        InvalidConfigurationError: a form is incomplete, an axis is empty, or has a value twice.

    Example:
        >>> axis_values({"logspace": [1.0, 0.01], "count": 3}, "scale")
        (1.0, 0.1, 0.01)
        >>> axis_values([2, 3], "depth"), axis_values(2, "depth")
        ((2, 3), None)
    """
    if isinstance(entry, (list, tuple)):
        return _checked(tuple(entry), place)
    if not isinstance(entry, Mapping):
        return None
    form = next((name for name in _FORMS if name in entry), None)
    if form is None:
        return None
    allowed = {"values": (), "draw": ("between", "count")}.get(form, ("count",))
    _refuse_other_keys(entry, (form, *allowed), place)
    return _checked(_MAKERS[form](entry, place, seed), place)


def _listed(entry: Mapping[str, Any], place: str, _: int) -> tuple[Any, ...]:
    values = entry["values"]
    if not isinstance(values, (list, tuple)):
        raise InvalidConfigurationError(f"configuration: {place}.values is {values!r}; type a list, such as [1, 2].")
    return tuple(values)


def _linear(entry: Mapping[str, Any], place: str, _: int) -> tuple[Any, ...]:
    first, last, count = _ends(entry, "linspace", place)
    return _in_kind(np.linspace(first, last, count), first, last)


def _logarithmic(entry: Mapping[str, Any], place: str, _: int) -> tuple[Any, ...]:
    first, last, count = _ends(entry, "logspace", place)
    _refuse_not_positive(first, last, f"{place}.logspace")
    return _in_kind(np.geomspace(first, last, count), first, last)


def _drawn(entry: Mapping[str, Any], place: str, seed: int) -> tuple[Any, ...]:
    kinds: dict[str, Callable[[np.random.Generator, float, float, int], np.ndarray]] = {
        "uniform": lambda rng, low, high, count: rng.uniform(low, high, count),
        "loguniform": lambda rng, low, high, count: np.exp(rng.uniform(np.log(low), np.log(high), count)),
        "integers": lambda rng, low, high, count: rng.integers(int(low), int(high), count, endpoint=True),
    }
    kind = entry["draw"]
    if kind not in kinds:
        raise InvalidConfigurationError(
            f"configuration: {place}.draw is {kind!r}; type one of {', '.join(map(repr, kinds))}."
        )
    low, high, count = _ends(entry, "between", place)
    if kind == "loguniform":
        _refuse_not_positive(low, high, f"{place}.between")
    words = [int.from_bytes(place.encode()), int(seed)]
    drawn = kinds[kind](np.random.default_rng(np.random.SeedSequence(words)), low, high, count)
    return tuple(drawn.tolist())


_MAKERS: dict[str, Callable[[Mapping[str, Any], str, int], tuple[Any, ...]]] = {
    "values": _listed,
    "linspace": _linear,
    "logspace": _logarithmic,
    "draw": _drawn,
}


def _ends(entry: Mapping[str, Any], form: str, place: str) -> tuple[float, float, int]:
    ends: Any = entry.get(form)
    is_pair = isinstance(ends, (list, tuple)) and len(ends) == 2
    is_number = is_pair and all(isinstance(end, (int, float)) and not isinstance(end, bool) for end in ends)
    if not is_number or not np.isfinite(np.array(ends, dtype=float)).all():
        raise InvalidConfigurationError(
            f"configuration: {place}.{form} is {ends!r}; type two numbers, such as {form} = [0.1, 1.0]."
        )
    if "count" not in entry:
        raise InvalidConfigurationError(f"configuration: {place} has no count; type, for one, count = 5.")
    try:
        count = whole_number(entry["count"], "configuration", f"{place}.count", least=1)
    except InvalidInputError as error:
        raise InvalidConfigurationError(str(error)) from error
    return ends[0], ends[1], count


def _refuse_not_positive(first: float, last: float, place: str) -> None:
    if first <= 0 or last <= 0:
        raise InvalidConfigurationError(
            f"configuration: {place} = [{first:g}, {last:g}]; a logarithm asks for two numbers above 0."
        )


def _in_kind(values: np.ndarray, first: float, last: float) -> tuple[Any, ...]:
    """Plain numbers: whole ones between whole ends; 15 digits otherwise, so that 0.1 is 0.1 where it is compared."""
    are_whole = isinstance(first, int) and isinstance(last, int) and bool(np.all(values == np.round(values)))
    return tuple(int(value) if are_whole else float(f"{value:.15g}") for value in values)


def _checked(values: tuple[Any, ...], place: str) -> tuple[Any, ...]:
    if not values:
        raise InvalidConfigurationError(f"configuration: {place} is an empty list; give it at least one value.")
    for index, value in enumerate(values):
        if value in values[:index]:
            raise InvalidConfigurationError(f"configuration: {place} has {value!r} twice; remove one.")
    return values


def _refuse_other_keys(entry: Mapping[str, Any], known: tuple[str, ...], place: str) -> None:
    for key in entry:
        if key not in known:
            nearest = closest(str(key), known)
            hint = f"did you mean {nearest!r}? " if nearest else ""
            raise InvalidConfigurationError(
                f"configuration: {place} has the unknown key {str(key)!r}: {hint}known are {', '.join(known)}."
            )
