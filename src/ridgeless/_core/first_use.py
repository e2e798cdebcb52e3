"""Names of a package that are loaded when they are first asked for."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Mapping
from typing import Any

from ridgeless.errors import MissingDependencyError


def on_first_use(
    package: str, homes: Mapping[str, str], kind: str, extra: str
) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """`__getattr__` and `__dir__` of a package whose modules need what may not be installed.

    Args:
        package: its name.
        homes: of each public name, the module that defines it.
        kind: what the names are, in the plural, as the error says it.
        extra: of ridgeless, that installs what they need.

    Example:
        >>> get, names = on_first_use("ridgeless._core", {"norm": "ridgeless._core.arrays"}, "numbers", "lab")
        >>> get("norm").__name__, "norm" in names()
        ('norm', True)
    """

    def get(name: str) -> Any:
        if name not in homes:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        try:
            member = getattr(importlib.import_module(homes[name]), name)
        except ModuleNotFoundError as error:
            raise MissingDependencyError(
                f'{kind} need {error.name}, which is not installed; type: pip install "ridgeless[{extra}]"'
            ) from error
        setattr(sys.modules[package], name, member)
        return member

    def names() -> list[str]:
        return sorted({*vars(sys.modules[package]), *homes})

    return get, names
