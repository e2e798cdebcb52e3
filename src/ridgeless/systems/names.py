"""Names of unknowns and labels of equations, and vectors that are aligned by label.

A DataFrame of any library is recognised by `columns` and `to_numpy`, a Series by `to_numpy` and `index`; no such
library is imported.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp
from jaxtyping import Float

from ridgeless._core.arrays import finite_array, real_array
from ridgeless.errors import InvalidInputError

Labels = tuple[Hashable, ...]
_MOST_LISTED = 5


@dataclass(frozen=True, eq=False)
class Named:
    """A matrix with the names of its columns and the labels of its rows.

    Attributes:
        values: an array, or the object that was given if it is no DataFrame.
        columns: names of the columns; None where there are none.
        rows: labels of the rows; None where there are none.
    """

    values: Any
    columns: tuple[str, ...] | None = None
    rows: Labels | None = None


def is_frame(values: Any) -> bool:
    """Whether this is a DataFrame (pandas, polars, …), recognised by its methods."""
    return hasattr(values, "columns") and callable(getattr(values, "to_numpy", None))


def named(values: Any, call: str, what: str) -> Named:
    """A DataFrame as an array with its names; anything else unchanged and without names.

    Raises:
        InvalidInputError: a column is not numeric or has missing values, or the frame is lazy.

    Example:
        >>> named([[1.0, 2.0]], "LinearSystem", "A")
        Named(values=[[1.0, 2.0]], columns=None, rows=None)
    """
    if hasattr(values, "collect_schema") and callable(getattr(values, "collect", None)):
        raise InvalidInputError(
            f"{call}: {what} is a {type(values).__name__}, which is not computed yet.",
            in_python=f"Type {what}.collect().",
        )
    if not is_frame(values):
        return Named(values)
    rows = _labels(values)
    columns = None if values.columns is None else tuple(_text(name) for name in values.columns)
    return Named(_numbers(values, columns, rows, call, what), columns, rows)


def vector(values: Any, call: str, what: str) -> tuple[Float[np.ndarray, " n"], Labels | None]:
    """A vector with its labels, from an array, a column, a Series, a DataFrame of one column or a sparse column.

    Args:
        values: (n,) or (n, 1).
        call: what was called.
        what: its name in messages.

    Raises:
        InvalidInputError: several columns, a row, or entries that are not finite real numbers.

    Example:
        >>> vector([[1.0], [2.0]], "LinearSystem", "b")
        (array([1., 2.]), None)
    """
    if sp.issparse(values):
        values = values.toarray()
    rows = None
    if is_frame(values):
        found = named(values, call, what)
        values, rows = found.values, found.rows
        _refuse_several(values, found.columns, call, what)
    elif callable(getattr(values, "to_numpy", None)):
        rows = _labels(values)
        values = _series_numbers(values, f"{call}: {what}", rows)
    array = real_array(values, call, what)
    if array.ndim == 2:
        _refuse_several(array, None, call, what)
        array = array[:, 0]
    return finite_array(array, call, what, ndim=1), rows


def aligned(
    values: np.ndarray, rows: Labels | None, to: Labels | None, call: str, what: str, beside: str
) -> np.ndarray:
    """The values in the order of the labels `to`; unchanged where one side has no labels.

    Args:
        values: (n,).
        rows: (n,) their labels, or None.
        to: the labels in the order wanted, or None.
        call: what was called.
        what: the name of the values in messages.
        beside: whose labels are wanted, in messages.

    Raises:
        InvalidInputError: the labels differ, or one occurs twice and the order differs.

    Example:
        >>> aligned(np.array([1.0, 2.0]), ("v", "u"), ("u", "v"), "LinearSystem", "b", "A")
        array([2., 1.])
    """
    if rows is None or to is None or rows == to:
        return values
    if len(rows) != len(to):  # the shapes differ too, which is refused later with a better message
        return values
    advice = f"Where row by row is meant, type {what}.to_numpy()."
    places = {label: place for place, label in enumerate(rows)}
    if len(places) < len(rows) or len(set(to)) < len(to):
        raise InvalidInputError(
            f"{call}: the labels of {what} stand in another order than those of {beside}, and some occur twice: "
            "nobody can tell which value belongs where; make them unique.",
            in_python=advice,
        )
    absent = [label for label in to if label not in places]
    if absent:
        foreign = [label for label in rows if label not in set(to)]
        raise InvalidInputError(
            f"{call}: {what} is labelled otherwise than {beside}: {listed(foreign)} in {what} and not in {beside}, "
            f"{listed(absent)} in {beside} and not in {what}; give both the same labels.",
            in_python=advice,
        )
    return values[[places[label] for label in to]]


def labels_of(values: Any) -> Labels | None:
    """The labels of the rows of a DataFrame or Series; None for anything else.

    Example:
        >>> labels_of([1.0, 2.0]) is None
        True
    """
    return _labels(values) if callable(getattr(values, "to_numpy", None)) else None


def labelled(matrix: Any, values: Any, call: str, what: str) -> tuple[Named, Any]:
    """A matrix with its names, and values in the order of its rows.

    Raises:
        InvalidInputError: as `named`, `vector` and `aligned`.
    """
    found = named(matrix, call, what)
    rhs, rows = vector(values, call, "values")
    return found, aligned(rhs, rows, found.rows, call, "values", what)


def in_columns(matrix: Any, what: str, names: Sequence[str] | None) -> Any:
    """A DataFrame as an array with its columns in the order of the names; anything else unchanged.

    Raises:
        InvalidInputError: its columns are others.
    """
    found = named(matrix, "LinearSystem", what)
    if found.columns is None or names is None:
        return found.values
    return aligned(found.values.T, found.columns, tuple(names), "LinearSystem", what, "A").T


def checked_names(names: Any, unknowns: int) -> tuple[str, ...] | None:
    """One name for each unknown, as text; None where there are none.

    Raises:
        InvalidInputError: a text instead of a list, or another number of names.

    Example:
        >>> checked_names(["u", 2], 2)
        ('u', '2')
    """
    if names is None:
        return None
    if isinstance(names, (str, bytes)) or not isinstance(names, Iterable):
        raise InvalidInputError(
            f"LinearSystem: names is {names!r}; type a list with one name for each unknown, such as list(A.columns)."
        )
    found = tuple(_text(name) for name in names)
    if len(found) != unknowns:
        raise InvalidInputError(
            f"LinearSystem: A has {unknowns} columns, and names has {len(found)} entries; give one for each column."
        )
    return found


def entry(names: Sequence[str] | None, place: int) -> str:
    """An entry of x as messages write it.

    Example:
        >>> entry(("flour", "eggs"), 1), entry(None, 1)
        ("x['eggs']", 'x[1]')
    """
    return f"x[{place if names is None else repr(names[place])}]"


def called(row: int, labels: Sequence[Hashable] | None) -> str:
    """An equation as messages write it: its number, and its label where that is another.

    Example:
        >>> called(1, ("mill", "shop")), called(1, None)
        ("1 ('shop')", '1')
    """
    return str(row) if labels is None or labels[row] == row else f"{row} ({labels[row]!r})"


def listed(labels: Sequence[Any], most: int = _MOST_LISTED) -> str:
    """The first of some labels as messages write them.

    Example:
        >>> listed(("u", "v", "w"), most=2)
        "'u', 'v', …"
    """
    shown = ", ".join(repr(label) for label in labels[:most])
    return f"{shown}, …" if len(labels) > most else shown


def _text(name: Any) -> str:
    """A name as one line of text; the levels of a multi-level name are joined by slashes."""
    return " ".join(("/".join(map(str, name)) if isinstance(name, tuple) else str(name)).split())


def _labels(values: Any) -> Labels | None:
    """The labels of the rows; None for libraries without row labels, where `index` is a method or missing."""
    index = getattr(values, "index", None)
    return None if index is None or callable(index) else tuple(index)


def _numbers(values: Any, columns: tuple[str, ...] | None, rows: Labels | None, call: str, what: str) -> np.ndarray:
    whole = values.to_numpy()
    if whole.dtype.kind not in "fiubc":
        names = list(values.columns)
        parts = [
            _series_numbers(_column(values, place), f"{call}: {what} has a column {_text(name)!r} that", rows)
            for place, name in enumerate(names)
        ]
        whole = np.column_stack(parts) if parts else np.empty(values.shape)
    if whole.dtype.kind == "f" and not np.isfinite(whole).all():
        row, column = (int(i) for i in np.argwhere(~np.isfinite(whole))[0])
        name = column if columns is None else repr(columns[column])
        raise InvalidInputError(
            f"{call}: {what} has {int(np.sum(~np.isfinite(whole)))} entries that are missing, NaN or infinite, the "
            f"first in column {name}, row {called(row, rows)}; remove or impute them first."
        )
    return whole


def _column(values: Any, place: int) -> Any:
    """One column by position, since names may occur twice."""
    by_place = getattr(values, "iloc", None)
    return values.to_series(place) if by_place is None else by_place[:, place]


def _series_numbers(values: Any, whose: str, rows: Labels | None) -> np.ndarray:
    """A Series as an array of numbers, with NaN for missing values; refused where it is not numeric or not finite."""
    kind = getattr(getattr(values, "dtype", None), "kind", None)
    array = values.to_numpy()
    if array.dtype.kind == "O" and kind in ("f", "i", "u", "b"):  # pandas: numbers with pandas.NA among them
        array = values.to_numpy(dtype=np.float64, na_value=np.nan)
    if array.dtype.kind not in "fiubc":
        raise InvalidInputError(
            f"{whose} holds {getattr(values, 'dtype', array.dtype)} values, numbers are expected; drop it, or turn it "
            "into numbers."
        )
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        first = int(np.flatnonzero(~np.isfinite(array))[0])
        raise InvalidInputError(
            f"{whose} has {int(np.sum(~np.isfinite(array)))} entries that are missing, NaN or infinite, the first in "
            f"row {called(first, rows)}; remove or impute them first."
        )
    return array


def _refuse_several(array: np.ndarray, columns: tuple[str, ...] | None, call: str, what: str) -> None:
    if array.shape[1] == 1:
        return
    if array.shape[0] == 1:
        raise InvalidInputError(f"{call}: {what} is a row, of shape {array.shape}; type {what}.ravel().")
    names = "" if columns is None else f", {listed(columns)}"
    example = f"{what}[:, 0]" if columns is None else f"{what}[{columns[0]!r}]"
    raise InvalidInputError(
        f"{call}: {what} has {array.shape[1]} columns{names} (shape {array.shape}); one column at a time: type "
        f"{example} for the first."
    )
