"""Lazy fields of dataclasses: computed at first access, then kept."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import fields, replace
from typing import Any, Generic, TypeVar, overload

Result = TypeVar("Result")
Value = TypeVar("Value")

_NOTHING = object()


class Pending(ABC):
    """A deferred computation of a field. It is data and no closure, so that results can be copied and pickled."""

    @abstractmethod
    def value(self) -> Any:
        """Compute it."""


class OnDemand(Generic[Value]):
    """Descriptor of a dataclass field that may be given as a `Pending`, and is read as its value.

    The annotation `OnDemand[Value]` is what type checkers read: a field read as a `Value`. At run time it stands for
    what the constructor may be given, `Value | Pending`.

    Reading, `dataclasses.replace` and saving compute the value; `is_pending`, `as_given` and `revised` do not.

    Example:
        >>> from dataclasses import dataclass
        >>> @dataclass(frozen=True)
        ... class Sum(Pending):
        ...     terms: tuple[int, ...]
        ...     def value(self):
        ...         return sum(self.terms)
        >>> @dataclass(frozen=True)
        ... class Result:
        ...     total: OnDemand[int] = OnDemand()
        >>> result = Result(Sum((1, 2, 3)))
        >>> is_pending(result, "total"), result.total, is_pending(result, "total")
        (True, 6, False)
    """

    def __init__(self, default: Any = _NOTHING) -> None:
        self.default = default

    def __class_getitem__(cls, value: Any) -> Any:
        return value | Pending

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    @overload
    def __get__(self, result: None, owner: type) -> OnDemand[Value]: ...

    @overload
    def __get__(self, result: object, owner: type | None = None) -> Value: ...

    def __get__(self, result: Any, owner: type | None = None) -> Any:
        if result is None:
            # Dataclasses read the default of a field from the class.
            if self.default is _NOTHING:
                raise AttributeError(self.name)
            return self.default
        found = vars(result)[self.name]
        if isinstance(found, Pending):
            found = vars(result)[self.name] = found.value()
        return found

    def __set__(self, result: object, value: Value | Pending) -> None:
        vars(result)[self.name] = value


def is_pending(result: Any, name: str) -> bool:
    """Whether the field has not been computed yet."""
    return isinstance(vars(result)[name], Pending)


def as_given(result: Any, name: str) -> Any:
    """The field as it is stored: its value, or the `Pending` that will compute it."""
    return vars(result)[name]


def revised(result: Result, **changes: Any) -> Result:
    """`dataclasses.replace` that does not compute pending fields."""
    pending = {each.name: as_given(result, each.name) for each in fields(result) if is_pending(result, each.name)}  # pyright: ignore[reportArgumentType]
    return replace(result, **{**pending, **changes})  # pyright: ignore[reportArgumentType]
