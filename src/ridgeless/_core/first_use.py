"""Names of a package that are loaded when they are first asked for."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterable, Mapping
from typing import Any

from ridgeless._core.extras import needed_by
from ridgeless._core.shown import Get, Names, unknown


def on_first_use(package: str, homes: Mapping[str, str], kind: str, others: Iterable[str] = ()) -> tuple[Get, Names]:
    """`__getattr__` and `__dir__` of a package whose modules need what may not be installed.

    Args:
        package: its name.
        homes: of each public name, the module that defines it.
        kind: what the names are, as the error calls it where an extra is missing.
        others: public names that the package has from the beginning.

    Example:
        >>> get, names = on_first_use("ridgeless._core", {"norm": "ridgeless._core.arrays"}, "numbers")
        >>> get("norm").__name__, names()
        ('norm', ['norm'])
    """
    known = sorted({*homes, *others})

    def get(name: str) -> Any:
        if name not in homes:
            raise unknown(package, name, known)
        with needed_by(kind):
            member = getattr(importlib.import_module(homes[name]), name)
        setattr(sys.modules[package], name, member)
        return member

    return get, lambda: known.copy()
