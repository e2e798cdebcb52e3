"""Choice of A and b among the arrays of a file, by their usual names."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np

from ridgeless.errors import UnreadableFileError
from ridgeless.systems.headers import VECTOR_NAMES

MATRIX_NAMES = ("A", "X", "matrix", "design")


def chosen(arrays: dict[str, Any], name: str | int | None, names: tuple[str, ...], file: Path) -> Any:
    """The array called `name`, or the only one that has one of the usual names and the right shape.

    Raises:
        UnreadableFileError: none or several fit.
    """
    what = names[0]
    if name is not None:
        if name not in arrays:
            raise _not_chosen(f"cannot read {file}: no array is named {name!r}.", arrays)
        return arrays[str(name)]
    fits = is_vector if names is VECTOR_NAMES else _is_matrix
    lower_case = {usual.lower() for usual in names}
    named = {key: value for key, value in arrays.items() if last(key) in lower_case and fits(value)}
    if names is MATRIX_NAMES:
        # A MATLAB vector is a matrix of one column: in a file with A, b and x, the vector x is the solution.
        named = {key: value for key, value in named.items() if not is_vector(value)} or named
    if len(named) == 1:
        return next(iter(named.values()))
    if named:
        found = " and ".join(named)
        raise _not_chosen(f"cannot read {file}: {found} may each be {what}.", arrays)
    usual = ", ".join(names[:-1]) + f" or {names[-1]}"
    kind = "vector" if what == "b" else "matrix"
    raise _not_chosen(f"cannot read {file}: {what} is missing: no {kind} is named {usual}.", arrays)


def _not_chosen(reason: str, arrays: dict[str, Any]) -> UnreadableFileError:
    listed = ", ".join(f"{name} ({'×'.join(map(str, np.shape(value)))})" for name, value in arrays.items())
    return UnreadableFileError(
        f"{reason} The file holds {listed or 'no array'}.{_looks_like(arrays)}",
        in_python="Type matrix_name=… and vector_name=….",
        at_command_line="Type --matrix NAME and --vector NAME.",
    )


def _looks_like(arrays: dict[str, Any]) -> str:
    """Advice for arrays that are parts of a sparse matrix or of structs."""
    parts = {name.rpartition("_")[2].rpartition(".")[2].lower() for name in arrays}
    if {"data", "indices", "indptr"} <= parts:
        return " They look like the parts of a sparse matrix: save it with scipy.sparse.save_npz(path, A)."
    if any(getattr(getattr(value, "dtype", None), "names", None) for value in arrays.values()):
        return " Structs of several elements are not looked into: save A and b as matrices."
    return ""


def _is_matrix(value: Any) -> bool:
    return len(np.shape(value)) == 2


def is_vector(value: Any) -> bool:
    """Whether this is a vector, a row, a column or a single number."""
    return max(np.shape(value), default=1) == math.prod(np.shape(value))


def last(name: str) -> str:
    """The name of an array in lower case, without the name of its struct."""
    return name.rpartition(".")[2].lower()


def texts(value: Any) -> list[str] | None:
    """The texts in an array, including MATLAB's cells and NumPy's bytes; None where it contains anything else.

    Example:
        >>> texts(np.array(["u ", "v"])), texts(np.array([b"u", b"v"])), texts(np.ones(2))
        (['u', 'v'], ['u', 'v'], None)
    """
    if not isinstance(value, np.ndarray):
        return None
    if value.dtype.kind == "O":  # a MATLAB cell, whose entries are arrays
        inner = [texts(np.asarray(each)) for each in value.ravel()]
        return [each[0] if each else "" for each in inner if each is not None] if None not in inner else None
    if value.dtype.kind == "S":
        value = np.char.decode(value, "utf-8")
    return [str(text).strip() for text in np.ravel(value)] if value.dtype.kind == "U" else None
