"""Axes: the values that a field of a configuration takes, one by one."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from ridgeless._core.arrays import whole_number
from ridgeless._core.discovery import closest
from ridgeless.errors import InvalidConfigurationError, InvalidInputError

FORMS = ("values", "linspace", "logspace", "draw")
MOST_VALUES = 1_000_000

Number = int | float


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
        InvalidConfigurationError: a form is incomplete, an axis is empty, or what is computed comes twice. Of listed
            values `refuse_repeats` is the judge, once it is known which axes go together.

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
    forms = [name for name in FORMS if name in entry]
    if not forms:
        return None
    if len(forms) > 1:
        raise InvalidConfigurationError(f"configuration: {place} has {' and '.join(forms)}; keep one of them.")
    form = forms[0]
    allowed = {"values": (), "draw": ("between", "count")}.get(form, ("count",))
    _refuse_other_keys(entry, (form, *allowed), place)
    values = _checked(_MAKERS[form](entry, place, seed), place)
    if form != "values":
        refuse_repeats(values, place)
    return values


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
    kinds: dict[str, Callable[[np.random.Generator, Number, Number, int], np.ndarray]] = {
        "uniform": lambda rng, low, high, count: rng.uniform(low, high, count),
        "loguniform": lambda rng, low, high, count: np.exp(rng.uniform(np.log(low), np.log(high), count)),
        "integers": lambda rng, low, high, count: low + rng.choice(high - low + 1, count, replace=False),
    }
    kind = entry["draw"]
    if not isinstance(kind, str) or kind not in kinds:
        raise InvalidConfigurationError(
            f"configuration: {place}.draw is {kind!r}; type one of {', '.join(map(repr, kinds))}."
        )
    low, high, count = _ends(entry, "between", place)
    if kind == "loguniform":
        _refuse_not_positive(low, high, f"{place}.between")
    if kind == "integers":
        _refuse_too_few(low, high, count, place)
    if low > high:
        raise InvalidConfigurationError(
            f"configuration: {place}.between = [{low:g}, {high:g}]; the smaller number comes first: exchange them."
        )
    words = [int.from_bytes(place.encode()), int(seed)]
    drawn = kinds[kind](np.random.default_rng(np.random.SeedSequence(words)), low, high, count)
    return tuple(drawn.tolist())


_MAKERS: dict[str, Callable[[Mapping[str, Any], str, int], tuple[Any, ...]]] = {
    "values": _listed,
    "linspace": _linear,
    "logspace": _logarithmic,
    "draw": _drawn,
}


def _ends(entry: Mapping[str, Any], form: str, place: str) -> tuple[Number, Number, int]:
    ends: Any = entry.get(form)
    is_pair = isinstance(ends, (list, tuple)) and len(ends) == 2
    if not is_pair or not all(_is_number(end) for end in ends):
        raise InvalidConfigurationError(
            f"configuration: {place}.{form} is {ends!r}; type two numbers, such as {form} = [0.1, 1.0]."
        )
    if "count" not in entry:
        raise InvalidConfigurationError(f"configuration: {place} has no count; type, for one, count = 5.")
    try:
        count = whole_number(entry["count"], "configuration", f"{place}.count", least=1)
    except InvalidInputError as error:
        raise InvalidConfigurationError(str(error)) from error
    if count > MOST_VALUES:
        raise InvalidConfigurationError(
            f"configuration: {place}.count = {count}; type a whole number of at most {MOST_VALUES}."
        )
    return ends[0], ends[1], count


def _is_number(value: Any) -> bool:
    """Whether it is a finite number that float64 holds."""
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) <= sys.float_info.max


def _refuse_too_few(low: Number, high: Number, count: int, place: str) -> None:
    """Raise where there are not so many whole numbers to draw: each is drawn once at most."""
    if not (isinstance(low, int) and isinstance(high, int)) or max(abs(low), abs(high)) >= 2**62:
        raise InvalidConfigurationError(
            f"configuration: {place}.between = [{low}, {high}]; type two whole numbers, such as between = [2, 8]."
        )
    if low <= high < low + count - 1:
        raise InvalidConfigurationError(
            f"configuration: {place}: between {low} and {high} there are {high - low + 1} whole numbers, and count = "
            f"{count}; type at most as many."
        )


def _refuse_not_positive(first: Number, last: Number, place: str) -> None:
    if first <= 0 or last <= 0:
        raise InvalidConfigurationError(
            f"configuration: {place} = [{first:g}, {last:g}]; a logarithm asks for two numbers above 0."
        )


def _in_kind(values: np.ndarray, first: Number, last: Number) -> tuple[Any, ...]:
    """Plain numbers: whole ones between whole ends; 15 digits otherwise, so that 0.1 is 0.1 where it is compared."""
    are_whole = isinstance(first, int) and isinstance(last, int) and bool(np.all(values == np.round(values)))
    return tuple(int(value) if are_whole else float(f"{value:.15g}") for value in values)


def _checked(values: tuple[Any, ...], place: str) -> tuple[Any, ...]:
    if not values:
        raise InvalidConfigurationError(f"configuration: {place} is an empty list; give it at least one value.")
    return values


def refuse_repeats(values: tuple[Any, ...], place: str) -> None:
    """Raise where an axis has a value twice.

    Raises:
        InvalidConfigurationError: it has.
    """
    seen: set[Any] = set()
    for index, value in enumerate(values):
        try:
            is_known = value in seen
            seen.add(value)
        except TypeError:  # no hash
            is_known = any(value is other or value == other for other in values[:index])
        if is_known:
            raise InvalidConfigurationError(f"configuration: {place} has {value!r} twice; remove one.")


def _refuse_other_keys(entry: Mapping[str, Any], known: tuple[str, ...], place: str) -> None:
    for key in entry:
        if key not in known:
            nearest = closest(str(key), known)
            hint = f"did you mean {nearest!r}? " if nearest else ""
            raise InvalidConfigurationError(
                f"configuration: {place} has the unknown key {str(key)!r}: {hint}known are {', '.join(known)}."
            )
