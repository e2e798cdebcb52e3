"""Representations that fit on a screen, whatever the arrays of an object hold."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np

from ridgeless._core.on_demand import Pending

# Entries of a small vector that are written out, and letters of a value and of a text.
_FEW, _LONGEST, _LONGEST_TEXT = 6, 160, 240


def brief(self: Any) -> str:
    """What dataclasses print, on one line: an array by its shape and range, a long collection by its size.

    It is the `__repr__` of dataclasses and named tuples whose arrays would fill a screen. Fields that are computed when
    they are read stay as they are.

    Example:
        >>> from dataclasses import dataclass
        >>> import numpy as np
        >>> @dataclass(frozen=True, eq=False)
        ... class Answer:
        ...     x: np.ndarray
        ...     steps: int
        ...     __repr__ = brief
        >>> Answer(np.linspace(-1.0, 2.0, 200), 3), Answer(np.array([1.0, 2.5]), 3)
        (Answer(x=<200 numbers from -1 to 2>, steps=3), Answer(x=[1, 2.5], steps=3))
    """
    if hasattr(self, "_asdict"):
        given = self._asdict()
    elif dataclasses.is_dataclass(self):
        # As they are stored: reading a field may compute it.
        given = {each.name: vars(self).get(each.name) for each in dataclasses.fields(self) if each.repr}
    else:
        return object.__repr__(self)
    parts = [f"{name}={told(value)}" for name, value in given.items()]
    return f"{type(self).__qualname__}({', '.join(parts)})"


def told(value: Any) -> str:
    """One value on at most one line."""
    if isinstance(value, Pending):
        return "<computed when it is read>"
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, str):
        return repr(value) if len(value) <= _LONGEST_TEXT else repr(value[: _LONGEST_TEXT - 1] + "…")
    if isinstance(value, np.ndarray):
        return _array(value)
    if isinstance(value, (list, tuple, Mapping)):
        return _collection(value)
    text = repr(value)
    is_short = len(text) <= _LONGEST and "\n" not in text
    return text if is_short else _named(value)


def _named(value: Any) -> str:
    shape = getattr(value, "shape", None)
    size = "" if not isinstance(shape, tuple) else " " + "×".join(map(str, shape))
    return f"<{type(value).__name__}{size}>"


def _array(value: np.ndarray) -> str:
    if value.ndim == 0 or not value.size or value.dtype.kind not in "biufc":
        return _named(value) if value.ndim or value.dtype.kind not in "biufc" else told(value.item())
    if value.ndim == 1 and len(value) <= _FEW:
        return f"[{', '.join(f'{each:g}' if value.dtype.kind in 'iuf' else str(each) for each in value)}]"
    size = "×".join(map(str, value.shape))
    if value.dtype.kind == "b":
        return f"<{size} booleans, {int(value.sum())} of them true>"
    if value.dtype.kind == "c":
        return f"<{size} complex numbers>"
    known = value[np.isfinite(value)]
    unknown = "" if known.size == value.size else f", {value.size - known.size} not finite"
    low, high = (f"{known.min():g}", f"{known.max():g}") if known.size else ("", "")
    span = "" if not known.size else f", all {low}" if low == high else f" from {low} to {high}"
    return f"<{size} numbers{span}{unknown}>"


def _collection(value: Any) -> str:
    if isinstance(value, Mapping):
        text = "{" + ", ".join(f"{told(key)}: {told(each)}" for key, each in value.items()) + "}"
    else:
        text = ", ".join(map(told, value))
        comma = "," if isinstance(value, tuple) and len(value) == 1 else ""
        text = f"[{text}]" if isinstance(value, list) else f"({text}{comma})"
    if len(text) <= _LONGEST:
        return text
    kinds = {type(each).__name__ for each in (value.values() if isinstance(value, Mapping) else value)}
    return f"<{len(value)} of {kinds.pop() if len(kinds) == 1 else 'several kinds'}>"
