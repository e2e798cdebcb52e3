"""The user's own system, read from the file formats in which matrices travel."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse as sp

from ridgeless.errors import InvalidInputError, UnreadableFileError
from ridgeless.systems.file_formats import UNNAMED, named_arrays
from ridgeless.systems.linear import LinearSystem

_MATRIX_NAMES = ("A", "X", "matrix", "design")
_VECTOR_NAMES = ("b", "y", "rhs", "target")
_TRUTH_NAME = "truth"
_TABLES = (".csv", ".tsv", ".txt")

CONVENTIONS: dict[str, str] = {
    ".npz": "NumPy archive: A is the array named A, X, matrix or design, b the one named b, y, rhs or target "
    "(upper or lower case); an array named truth is the known solution. A sparse matrix from "
    "scipy.sparse.save_npz is A, and b comes in a second file.",
    ".npy": "NumPy array: A; b comes in a second file.",
    ".mtx": "Matrix Market, sparse or dense: A; b comes in a second file.",
    ".csv": "table of numbers, after an optional header line: the last column is b, the others are A; with b "
    "in a second file, all columns are A.",
    ".tsv": "as .csv, with tabs.",
    ".txt": "as .csv, with blanks, tabs, semicolons or commas.",
    ".mat": "MATLAB up to version 7 (save with -v7): named arrays as in .npz, b a column or a row.",
}


def read_system(
    path: Any,
    right_hand_side: Any = None,
    *,
    matrix_name: str | None = None,
    vector_name: str | None = None,
) -> LinearSystem:
    r"""The linear system A x = b that a file holds, or A in one file and b in another.

    - `.npz`: A is the array named `A`, `X`, `matrix` or `design`, b the one named `b`, `y`, `rhs` or
      `target`, in upper or lower case; an array named `truth` is the known solution. A file of
      `scipy.sparse.save_npz` holds A, and b comes in a second file.
    - `.npy`: A; b comes in a second file.
    - `.mtx` (Matrix Market, sparse or dense): A; b comes in a second file.
    - `.csv`, `.tsv`, `.txt`: a table of numbers, after an optional header line. The last column is b and the
      others are A; with b in a second file, all columns are A. Lines that begin with # are skipped.
    - `.mat` (MATLAB up to version 7): named arrays as in `.npz`; b may be a column or a row.

    A second file may have any of the formats. The only array in it is b, whatever its name; so is the only
    array in the first file A, then. Where the first file holds a b of its own, a second file is refused. The
    system is named after the first file.

    Args:
        path: (str or path) the file that holds A, and b where there is no second file.
        right_hand_side: (str or path) the file that holds b.
        matrix_name: the name of A in its file, where it is none of the above or several fit.
        vector_name: the name of b in its file, likewise.

    Raises:
        UnreadableFileError: a file is missing, empty, a folder, damaged, of an unknown format, pickled, or
            holds no array that fits, several, or no finite real system; both files hold a b.
        InvalidInputError: a path is no path.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     file = Path(folder) / "prices.csv"
        ...     _ = file.write_text("flour,eggs,total\n2,6,9\n")
        ...     system = read_system(file)
        >>> system, system.A, system.b
        (<LinearSystem 'prices': 1 equations, 2 unknowns, dense>, array([[2., 6.]]), array([9.]))
    """
    file = _known_file(path, "path")
    arrays = named_arrays(file)
    if right_hand_side is None and file.suffix.lower() in _TABLES:
        arrays = _last_column_apart(arrays[UNNAMED], file)
    if right_hand_side is None:
        if len(arrays) == 1:
            raise UnreadableFileError(
                f"cannot read {file}: it holds one array only, A or b; give b in a second file.",
                in_python=f'Type, for one, read_system("{file.name}", "b.npy").',
                at_command_line=f"Type, for one, ridgeless solve {file.name} b.npy.",
            )
        other, beside = file, arrays
    else:
        other = _known_file(right_hand_side, "right_hand_side")
        _refuse_two_right_hand_sides(arrays, file, other)
        beside = named_arrays(other)
        if matrix_name is None and len(arrays) == 1:
            matrix_name = next(iter(arrays))
        if vector_name is None and len(beside) == 1:
            vector_name = next(iter(beside))

    matrix = _chosen(arrays, matrix_name, _MATRIX_NAMES, file)
    vector = _chosen(beside, vector_name, _VECTOR_NAMES, other)
    truth = next((value for name, value in arrays.items() if name.lower() == _TRUTH_NAME), None)
    try:
        return LinearSystem(matrix, _flat(vector), None if truth is None else _flat(truth), name=file.stem)
    except InvalidInputError as error:
        both = file if other is file else f"{file} with {other}"
        raise UnreadableFileError(f"cannot use {both}: {error.told_at_command_line()}") from error


def _known_file(path: Any, what: str) -> Path:
    try:
        file = Path(path)
    except TypeError as error:
        raise InvalidInputError(
            f"read_system: {what} is a {type(path).__name__}; type the name of a file. Arrays in memory need "
            "no reading: LinearSystem(A, b)."
        ) from error
    if file.suffix.lower() not in CONVENTIONS and not file.is_dir():
        known = ", ".join(CONVENTIONS)
        raise UnreadableFileError(
            f"cannot read {file}: the extension {file.suffix!r} is unknown; save as one of {known}."
        )
    return file


def _last_column_apart(table: np.ndarray, file: Path) -> dict[str, Any]:
    if table.shape[1] < 2:
        raise UnreadableFileError(
            f"cannot read {file}: a table with one column holds no system; put b in its last column and A in "
            "the others, or give b in a second file."
        )
    return {"A": table[:, :-1], "b": table[:, -1]}


def _refuse_two_right_hand_sides(arrays: dict[str, Any], file: Path, other: Path) -> None:
    usual = {name.lower() for name in _VECTOR_NAMES}
    own = [name for name, value in arrays.items() if name.lower() in usual and _is_vector(value)]
    if own and len(arrays) > 1:
        raise UnreadableFileError(
            f"cannot tell which b is meant: {file} holds one, named {own[0]}, beside A, and {other} is given too; "
            "leave the second file out, or save A in a file of its own."
        )


def _chosen(arrays: dict[str, Any], name: str | None, names: tuple[str, ...], file: Path) -> Any:
    """The array called `name`, or the only one that has one of the usual names and the right shape.

    Raises:
        UnreadableFileError: none or several fit.
    """
    what = names[0]
    if name is not None:
        if name not in arrays:
            raise _not_chosen(f"cannot read {file}: no array is named {name!r}.", arrays)
        return arrays[name]
    fits = _is_vector if names is _VECTOR_NAMES else _is_matrix
    lower_case = {usual.lower() for usual in names}
    named = {key: value for key, value in arrays.items() if key.lower() in lower_case and fits(value)}
    if names is _MATRIX_NAMES:
        # A MATLAB vector is a matrix of one column: `x`, where a file holds A, b and x, is the solution.
        named = {key: value for key, value in named.items() if not _is_vector(value)} or named
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
        f"{reason} The file holds {listed or 'no array'}.",
        in_python="Type matrix_name=… and vector_name=….",
        at_command_line="Type --matrix NAME and --vector NAME.",
    )


def _is_matrix(value: Any) -> bool:
    return len(np.shape(value)) == 2


def _is_vector(value: Any) -> bool:
    return max(np.shape(value), default=1) == math.prod(np.shape(value))


def _flat(values: Any) -> Any:
    """A row, a column or a number as a vector; what is none of these is left for `LinearSystem` to refuse."""
    dense = values.toarray() if sp.issparse(values) else np.asarray(values)
    return dense.ravel() if _is_vector(dense) else dense
