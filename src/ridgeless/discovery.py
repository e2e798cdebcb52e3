"""How a new network, potential, init, flow or problem is found: by being there."""

from __future__ import annotations

import difflib
import importlib
import inspect
import pkgutil
from typing import Any

from ridgeless.errors import InvalidInputError


def discover(package: str, base: type) -> dict[str, type[Any]]:
    """Public concrete subclasses of `base` that the modules of `package` define, by name.

    A module that opens with an underscore, and a class that does, are private. The order is the alphabet's.

    Example:
        >>> from ridgeless.networks import Network
        >>> sorted(discover("ridgeless.networks", Network))[:2]
        ['Dense', 'Difference']
    """
    found: dict[str, type[Any]] = {}
    for module in _public_modules(package):
        for name, member in vars(module).items():
            is_ours = inspect.isclass(member) and member.__module__ == module.__name__
            if is_ours and issubclass(member, base) and not inspect.isabstract(member) and name[0] != "_":
                found[name] = member
    return dict(sorted(found.items()))


def summary(member: Any) -> str:
    """The first line of a docstring: what `ridgeless list` prints."""
    return (inspect.getdoc(member) or "").split("\n", maxsplit=1)[0]


def look_up(name: str, found: dict[str, Any], what: str) -> Any:
    """The member of `found` called `name`; an unknown name is refused with the nearest known one.

    Raises:
        InvalidInputError: no member has this name.
    """
    if name in found:
        return found[name]
    by_lower_case = {known.lower(): known for known in found}
    nearest = difflib.get_close_matches(name.lower(), by_lower_case, n=1, cutoff=0.4)
    hint = f"did you mean {by_lower_case[nearest[0]]!r}? " if nearest else ""
    raise InvalidInputError(f"unknown {what} {name!r}: {hint}known are {', '.join(found)}.")


def _public_modules(package: str) -> list[Any]:
    path = importlib.import_module(package).__path__
    names = sorted(info.name for info in pkgutil.iter_modules(path) if not info.name.startswith("_"))
    return [importlib.import_module(f"{package}.{name}") for name in names]
