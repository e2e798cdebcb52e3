"""Choice of the column of a table that is the right-hand side b."""

from __future__ import annotations

from ridgeless.systems.headers import VECTOR_NAMES, place_of
from ridgeless.systems.tables import NumberTable


def position(asked: str | int, table: NumberTable) -> int | None:
    """The position in the table of the column of this name, or else of this number in the file; None without one.

    Example:
        >>> import numpy as np
        >>> table = NumberTable(np.ones((1, 2)), ("u", "1"), None, (1, 2))
        >>> position("1", table), position(1, table), position("2", table), position(-1, table), position("-1", table)
        (1, 0, 1, 1, None)
    """
    return place_of(asked, None if table.columns is None else list(table.columns), table.numbers)


def right_hand_column(table: NumberTable) -> int | None:
    """The column that is b: the only one named like a right-hand side, or the last one; None where it is unclear.

    A `y` next to an `x` or a `z`, or a `b` next to an `a` or a `c`, may be one letter of a sequence, and is b only as
    the last column.

    Example:
        >>> import numpy as np
        >>> def column(*names): return right_hand_column(NumberTable(np.ones((1, len(names))), names, None, (0,)))
        >>> column("y", "u", "v"), column("u", "v", "total"), column("x", "y", "z"), column("x", "y")
        (0, 2, None, 1)
    """
    last = table.shape[1] - 1
    names = [name.lower() for name in table.columns or ()]
    named = [place for place, name in enumerate(names) if name in VECTOR_NAMES]
    if not named:
        return last
    if len(named) > 1:
        return None
    place = named[0]
    if place == last:
        return last
    return place if table.is_told and not _is_among_letters(names, place) else None


def _is_among_letters(names: list[str], place: int) -> bool:
    name = names[place]
    if len(name) > 1:
        return False
    beside = names[max(place - 1, 0) : place + 2]
    return chr(ord(name) - 1) in beside or chr(ord(name) + 1) in beside
