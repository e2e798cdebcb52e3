"""`rl.explore`: a page in the browser in which the start of training is moved, and the answer moves with it."""

from __future__ import annotations

import html as markup
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import numpy as np

from ridgeless._core.numbers import counted
from ridgeless.errors import InvalidInputError, UnwritableFolderError
from ridgeless.explorer._page import page
from ridgeless.explorer._reference import stored_reference
from ridgeless.explorer._start import knobs_of
from ridgeless.explorer._systems import built_in_systems, of_problem, packed
from ridgeless.solution import Solution
from ridgeless.systems import LinearSystem, Problem

_HEIGHT = 860
_OWN = "own"
_SUFFIXES = (".html", ".htm")


@dataclass(frozen=True)
class Explorer:
    """The page of `rl.explore`: one HTML document that needs no server, no network and no other file.

    In a notebook it shows itself. `save` writes it to a file that opens by a double click, and `widget` makes an
    element of a notebook whose `address` follows what is on the screen.

    Attributes:
        html: the whole document.
        address: what it shows when it is opened: the part of a link behind "#".

    Example:
        >>> import ridgeless as rl
        >>> explorer = rl.explore()
        >>> explorer
        <Explorer: a page of ... kB; .save("explorer.html") writes it>
        >>> explorer.html[:15]
        '<!doctype html>'
    """

    html: str = field(repr=False)
    address: str = ""

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the page to a file.

        Args:
            path: of the file, in a folder that exists; ".html" is added where there is no suffix.

        Returns:
            The path of the file.

        Raises:
            InvalidInputError: path is no path of a file.
            UnwritableFolderError: the folder does not exist or cannot be written.
        """
        target = _target(path)
        try:
            target.write_text(self.html, encoding="utf-8")
        except (OSError, ValueError) as error:  # ValueError: a NUL in the name
            why = getattr(error, "strerror", None) or error
            raise UnwritableFolderError(
                f"Explorer.save: {str(target)!r} cannot be written ({why}); pass a path in a folder that exists."
            ) from error
        return target

    def widget(self) -> Any:
        """An element of a notebook (anywidget) whose `address` follows what is on the screen.

        Raises:
            MissingDependencyError: anywidget is not installed.
        """
        from ridgeless.explorer._widget import make_widget

        return make_widget(self.html, self.address, _HEIGHT)

    def _repr_html_(self) -> str:
        return (
            f'<iframe srcdoc="{markup.escape(self.html)}" title="ridgeless explorer" '
            f'style="width:100%;height:{_HEIGHT}px;border:0"></iframe>'
        )

    def __repr__(self) -> str:
        return f'<Explorer: a page of {len(self.html.encode()) / 1000:.0f} kB; .save("explorer.html") writes it>'


def explore(what: LinearSystem | Problem | Solution | None = None, seed: int = 0) -> Explorer:
    """A page in the browser in which the start of training is moved, and the answer moves with it.

    Five pictures of one thing: which solution of A x = b training picks, and how the starting weights decide it. Limits
    are computed in the page, exactly and without training; training runs beside them.

    Args:
        what: the system to begin with: one of your own, a problem, or a solution, whose network and start the page
            takes over. Without it the page begins with one equation for two unknowns. The built-in systems are in every
            page.
        seed: what a problem draws from.

    Returns:
        The page: show it, save it, or make it a widget.

    Raises:
        InvalidInputError: it is none of these, has no system, or a page cannot show its system, network or start.

    Example:
        >>> import numpy as np, ridgeless as rl
        >>> explorer = rl.explore(rl.LinearSystem(np.array([[2.0, 3.0]]), np.array([3.0])))
        >>> explorer.address
        'view=line&a1=2.0&a2=3.0&b=3.0'
    """
    if what is None:
        return _explorer([], "")
    if isinstance(what, Problem):
        own = of_problem(what, seed, _OWN, type(what).__name__)
        return _explorer([own], _address(what.system(seed), {}))
    if isinstance(what, LinearSystem):
        return _explorer([packed(what, _OWN, _title(what))], _address(what, {}))
    if not isinstance(what, Solution):
        raise InvalidInputError(
            f"explore: {type(what).__name__} is nothing to explore; pass an rl.LinearSystem, a problem of rl.systems, "
            "a solution, or nothing."
        )
    if what.system is None:
        raise InvalidInputError(
            "explore: the solution was saved without its system, an operator; type rl.explore(system)."
        )
    return _explorer([packed(what.system, _OWN, _title(what.system))], _address(what.system, knobs_of(what)))


def _explorer(own: list[dict[str, Any]], address: str) -> Explorer:
    return Explorer(page([*own, *built_in_systems()], address, stored_reference()), address)


def _address(system: LinearSystem, knobs: dict[str, Any]) -> str:
    """The view that suits a system, with what is known of its start."""
    if system.shape == (1, 2):
        (a1, a2), (b,) = np.asarray(system.rows(), dtype=np.float64)[0], np.asarray(system.b, dtype=np.float64)
        return urlencode({"view": "line", "a1": float(a1), "a2": float(a2), "b": float(b)} | knobs)
    return urlencode({"view": "unknowns", "system": _OWN} | knobs)


def _title(system: LinearSystem) -> str:
    equations, unknowns = system.shape
    return f"{system.name or 'your system'}: {counted(equations, 'equation')}, {unknowns} unknowns"


def _target(path: Any) -> Path:
    try:
        target = Path(path)
        named = target if target.suffix else target.with_name(target.name + ".html")
    except (TypeError, ValueError) as error:
        raise InvalidInputError(
            f"Explorer.save: path is {path!r}; type the name of a file, such as 'explorer.html'."
        ) from error
    if os.path.isdir(target):  # noqa: PTH112 - Path.is_dir raises where a name is too long
        raise InvalidInputError(
            f"Explorer.save: {target} is a folder; type the name of a file in it: {target / 'explorer.html'}"
        )
    if named.suffix.lower() not in _SUFFIXES:
        raise InvalidInputError(
            f"Explorer.save: {target} is not called as a page is, and may hold something else; type "
            f"{target.with_suffix('.html')}."
        )
    return named
