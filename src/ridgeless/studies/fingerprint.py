"""Fingerprints: texts that tell one object of the user's own from another, the same in every process."""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import inspect
import types
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

_PLAIN = (bool, int, float, complex, str, bytes, type(None))


def fingerprint(thing: Any, inside: tuple[int, ...] = ()) -> str:
    """A text for an object: its class and what it holds; of arrays every bit, of functions their source and values.

    Args:
        thing: the object.
        inside: the identities of the objects that it is found in: one that holds itself is told once.

    Example:
        >>> from ridgeless.networks import Difference
        >>> fingerprint(Difference(3))
        'Difference(depth=3)'
    """
    if isinstance(thing, _PLAIN):
        return repr(thing)
    if id(thing) in inside:
        return "itself"

    def told(part: Any) -> str:
        return fingerprint(part, (*inside, id(thing)))

    if isinstance(thing, (np.ndarray, np.generic)) or hasattr(thing, "__array__"):
        array = np.ascontiguousarray(thing)
        content = told(array.tolist()) if array.dtype.hasobject else _digest(array.tobytes())
        return f"array({array.dtype}, {np.shape(thing)}, {content})"
    if isinstance(thing, (list, tuple)):
        return f"[{', '.join(map(told, thing))}]"
    if isinstance(thing, (set, frozenset)):
        return f"{{{', '.join(sorted(map(told, thing)))}}}"
    if isinstance(thing, Mapping):
        return f"{{{', '.join(f'{told(key)}: {told(value)}' for key, value in thing.items())}}}"
    if isinstance(thing, functools.partial):
        return f"partial({told(thing.func)}, {told(thing.args)}, {told(thing.keywords)})"
    if isinstance(thing, (type, types.ModuleType, types.BuiltinFunctionType, np.ufunc)):
        return getattr(thing, "__qualname__", None) or thing.__name__
    if isinstance(thing, types.MethodType):
        return f"{told(thing.__func__)} of {told(thing.__self__)}"
    if isinstance(thing, types.FunctionType):
        return _of_function(thing, told)
    return _of_fields(thing, told)


def _of_function(function: types.FunctionType, told: Callable[[Any], str]) -> str:
    """Its name, what it does, and the values that it was made with."""
    held = [cell.cell_contents for cell in function.__closure__ or () if _is_filled(cell)]
    values = told([held, function.__defaults__, function.__kwdefaults__])
    try:
        source = inspect.getsource(function)
    except (OSError, TypeError):  # typed at a prompt
        source = _of_code(function.__code__)
    return f"{function.__qualname__}:{_digest(source.encode())} with {values}"


def _of_code(code: types.CodeType) -> str:
    constants = [_of_code(each) if isinstance(each, types.CodeType) else fingerprint(each) for each in code.co_consts]
    return repr((code.co_code, code.co_names, code.co_varnames, constants))


def _of_fields(thing: Any, told: Callable[[Any], str]) -> str:
    if dataclasses.is_dataclass(thing):
        fields = {field.name: getattr(thing, field.name) for field in dataclasses.fields(thing)}
    else:
        fields = getattr(thing, "__dict__", None)
    if fields is None:
        return repr(thing)
    return f"{type(thing).__qualname__}({', '.join(f'{name}={told(value)}' for name, value in fields.items())})"


def _is_filled(cell: Any) -> bool:
    try:
        cell.cell_contents  # noqa: B018 - an empty cell raises
    except ValueError:
        return False
    return True


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]
