"""What a module shows: `dir` lists its public names and nothing else, and a misspelt one is told the nearest."""

from __future__ import annotations

import importlib
import pkgutil
import sys
from collections.abc import Callable, Iterable
from typing import Any, NoReturn

from ridgeless._core.discovery import closest

Get = Callable[[str], Any]
Names = Callable[[], list[str]]


def shown(module: str, names: Iterable[str]) -> tuple[Get, Names]:
    """`__getattr__` and `__dir__` of a module with these public names.

    Example:
        >>> get, names = shown("ridgeless.networks", ["Difference", "Dense"])
        >>> names()
        ['Dense', 'Difference']
        >>> get("Diference")
        Traceback (most recent call last):
        AttributeError: module 'ridgeless.networks' has no attribute 'Diference'; did you mean 'Difference'?
    """
    known = sorted(set(names))

    def get(name: str) -> NoReturn:
        raise unknown(module, name, known)

    return get, lambda: known.copy()


def shown_modules(package: str) -> tuple[Get, Names]:
    """`__getattr__` and `__dir__` of a package that shows its modules, each loaded when it is first asked for."""
    path = sys.modules[package].__path__
    known = sorted(info.name for info in pkgutil.iter_modules(path) if not info.name.startswith("_"))

    def get(name: str) -> Any:
        if name not in known:
            raise unknown(package, name, known)
        return importlib.import_module(f"{package}.{name}")

    return get, lambda: known.copy()


def unknown(module: str, name: str, known: Iterable[str]) -> AttributeError:
    """The error of a name that a module does not have, with the nearest one that it has."""
    nearest = None if name.startswith("_") else closest(name, known)
    hint = f"; did you mean {nearest!r}?" if nearest else ""
    # With its name, and without its object, for which the interpreter would look for the nearest name a second time.
    return AttributeError(f"module {module!r} has no attribute {name!r}{hint}", name=name)
