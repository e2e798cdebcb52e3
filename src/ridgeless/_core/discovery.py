"""Discovery of public classes by scanning a package's modules, and name look-up with suggestions for misspellings."""

from __future__ import annotations

import difflib
import importlib
import inspect
import pkgutil
from collections.abc import Iterable
from typing import Any

from ridgeless.errors import InvalidInputError

# Names less similar than this are different words: "deep" and "dense" have 0.67, "Lasso" and "Gaussian" 0.46.
_SIMILAR = 0.7
_SHORTEST_PART = 3


class Exemplified:
    """Base of the classes that `discover` finds; each provides example instances for the law tests.

    A dataclass among them that has no `__repr__` of its own is printed on one line, whatever its arrays hold.
    """

    def __init_subclass__(cls, **further: Any) -> None:
        from ridgeless._core.brief import brief  # with NumPy, which the help of the command line does without

        super().__init_subclass__(**further)
        if "__repr__" not in vars(cls):
            cls.__repr__ = brief  # pyright: ignore[reportAttributeAccessIssue]

    @classmethod
    def examples(cls) -> tuple[Any, ...]:
        """Small instances on which `tests/laws` runs every law.

        A class overrides this where its fields have no defaults, or where they change which laws apply.

        Example:
            >>> from ridgeless.networks import Dense
            >>> [each.hidden for each in Dense.examples()]
            [0, 1, 2, 3]
        """
        return (cls(),)


def discover(package: str, base: type) -> dict[str, type[Any]]:
    """Public concrete subclasses of `base` that the modules of `package` define, by name.

    Modules and classes whose names begin with an underscore are private. The order is alphabetical.

    Example:
        >>> from ridgeless.networks import Network
        >>> sorted(discover("ridgeless.networks", Network))[:2]
        ['Dense', 'Difference']
    """
    found: dict[str, type[Any]] = {}
    path = importlib.import_module(package).__path__
    for info in sorted(pkgutil.iter_modules(path), key=lambda info: info.name):
        if info.name.startswith("_"):
            continue
        module = importlib.import_module(f"{package}.{info.name}")
        for name, member in vars(module).items():
            is_ours = inspect.isclass(member) and member.__module__ == module.__name__
            if is_ours and issubclass(member, base) and not inspect.isabstract(member) and name[0] != "_":
                found[name] = member
    return dict(sorted(found.items()))


def import_modules(package: str) -> None:
    """Import every module below a package, so that what registers itself on import is registered."""
    for info in pkgutil.walk_packages(importlib.import_module(package).__path__, f"{package}."):
        importlib.import_module(info.name)


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
    nearest = closest(name, found)
    hint = f"did you mean {nearest!r}? " if nearest else ""
    raise InvalidInputError(f"unknown {what} {name!r}: {hint}known are {', '.join(found)}.")


def closest(name: str, known: Iterable[str]) -> str | None:
    """The known name that `name` most likely means, because it is misspelt or abbreviated; None where there is none.

    Example:
        >>> closest("camera", ["GaussianSparse", "SinglePixelCamera"])
        'SinglePixelCamera'
        >>> closest("Adam", ["Constant", "Gaussian"]) is None
        True
    """
    by_lower_case = {each.lower(): each for each in known}
    wanted = name.lower()
    nearest = difflib.get_close_matches(wanted, by_lower_case, n=1, cutoff=_SIMILAR)
    if not nearest and len(wanted) >= _SHORTEST_PART:
        nearest = [each for each in by_lower_case if wanted in each]
    return by_lower_case[nearest[0]] if nearest else None
