"""`read_system`: a linear system from files of common matrix and table formats."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse as sp

from ridgeless.errors import InvalidInputError, UnreadableFileError
from ridgeless.systems.chosen_arrays import MATRIX_NAMES, chosen, is_vector, last, texts
from ridgeless.systems.file_formats import (
    TABLES,
    UNNAMED,
    extension_of,
    named_arrays,
    refuse_other_format,
    stem_of,
)
from ridgeless.systems.headers import VECTOR_NAMES
from ridgeless.systems.linear import LinearSystem
from ridgeless.systems.precision import DataPrecision, Precision, precision_of_decimals
from ridgeless.systems.right_hand_columns import position, right_hand_column
from ridgeless.systems.tables import NumberTable

_TRUTH_NAME = "truth"
_WRITTEN = (*TABLES, ".mtx")
_NAMES_NAMES = ("names", "columns", "feature_names")
# The names that numpy.savez gives to arrays without names.
_POSITIONAL = ("arr_0", "arr_1")

_B = ", ".join(VECTOR_NAMES[:-1]) + f" or {VECTOR_NAMES[-1]}"
CONVENTIONS: dict[str, str] = {
    ".npz": f"NumPy archive: A is the array named A, X, matrix or design, b the one named {_B} "
    "(upper or lower case); an array named truth is the known solution, texts called names are those of the "
    "unknowns. A sparse matrix from scipy.sparse.save_npz is A, and b comes in a second file.",
    ".npy": "NumPy array: A; b comes in a second file.",
    ".mtx": "Matrix Market, sparse or dense: A; b comes in a second file.",
    ".csv": f"table of numbers, after an optional header: b is the column named {_B}, or else the last one, "
    "and the others are A; with b in a second file, all columns are A. A first column that is unnamed, quoted or "
    "all text names the rows.",
    ".tsv": "as .csv, with tabs.",
    ".txt": "as .csv, with blanks, tabs, semicolons or commas.",
    ".mat": "MATLAB up to version 7 (save with -v7): named arrays as in .npz, also within structs, b a column or a "
    "row.",
}


def read_system(
    path: Any,
    right_hand_side: Any = None,
    *,
    matrix_name: str | None = None,
    vector_name: str | int | None = None,
    index: str | int | None = None,
) -> LinearSystem:
    r"""The linear system A x = b that a file holds, or A in one file and b in another.

    - `.npz`: A is the array named `A`, `X`, `matrix` or `design`, b the one named `b`, `y`, `rhs`,
      `right_hand_side`, `target`, `response` or `outcome`, in upper or lower case; an array named `truth` is the
      known solution, and texts called `names`, `columns` or `feature_names` are those of the unknowns. A file of
      `scipy.sparse.save_npz` holds A, and b comes in a second file.
    - `.npy`: A; b comes in a second file.
    - `.mtx` (Matrix Market, sparse or dense): A; b comes in a second file.
    - `.csv`, `.tsv`, `.txt`: a table of numbers, after an optional header; its names become those of the unknowns.
      b is the column with one of the names above, wherever it stands, and else the last one; the others are A.
      With b in a second file, all columns are A. A first column that has no name in the header, or is quoted, or
      holds text alone, names the rows. Lines that begin with # or % are skipped; decimal commas, marks between
      thousands, and commas behind the last column are read.
    - `.mat` (MATLAB up to version 7): named arrays as in `.npz`, also as the fields of a struct; b may be a column or
      a row.

    Any of them may be compressed: `.csv.gz`. What can be read in two ways is refused: a first column that counts the
    rows, for one, may name them or be an unknown, and `index` tells.

    Numbers written as text are known to the digits that they are written with, and these decide how many equations are
    independent, as `precision_of_decimals` tells; `system.precision_note` says what was decided.

    A second file may have any of the formats. The only array in it is b, whatever its name; so is the only
    array in the first file A, then. Where both are tables whose rows have names, b follows the names. Where the first
    file holds a b of its own, a second file is refused. The system is named after the first file.

    Args:
        path: (str or path) the file that holds A, and b where there is no second file.
        right_hand_side: (str or path) the file that holds b.
        matrix_name: the name of A in its file, where it is none of the above or several fit.
        vector_name: the name of b in its file, likewise; of a table, the name of its column, or its number, counted
            from 0, and below 0 from the end.
        index: of a table: the column that names its rows, by name or number; "none" where every column holds numbers
            of the system.

    Raises:
        UnreadableFileError: a file is missing, empty, a folder, damaged, of an unknown format, pickled, or
            holds no array that fits, several, or no finite real system; both files hold a b; the rows of both have
            names, and not the same.
        InvalidInputError: a path is no path.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     file = Path(folder) / "prices.csv"
        ...     _ = file.write_text("flour,eggs,total\n2,6,9\n")
        ...     system = read_system(file)
        >>> system, system.A, system.b, system.names
        (<LinearSystem 'prices': 1 equation, 2 unknowns, dense>, array([[2., 6.]]), array([9.]), ('flour', 'eggs'))
    """
    return read_and_tell(path, right_hand_side, matrix_name, vector_name, index)[0]


def read_and_tell(
    path: Any,
    right_hand_side: Any,
    matrix_name: str | None,
    vector_name: str | int | None,
    index: str | int | None,
) -> tuple[LinearSystem, str]:
    """`read_system`, and a sentence that says how the columns of a table were read; "" where there is no table."""
    file = _known_file(path, "path")
    other = file
    if right_hand_side is None:
        found = _one_file(file, matrix_name, vector_name, index)
        both = str(file)
    else:
        other = _known_file(right_hand_side, "right_hand_side")
        found = _two_files(file, other, matrix_name, vector_name, index)
        both = f"{file} with {other}"
    try:
        truth = None if found.truth is None else _flat(found.truth)
        system = LinearSystem(found.matrix, _flat(found.vector), truth, name=stem_of(file), names=found.names)
    except InvalidInputError as error:
        raise UnreadableFileError(f"cannot use {both}: {error.told_at_command_line()}") from error
    if system.representation is not None:
        raise UnreadableFileError(
            f"cannot use {both}: A or b is complex, and files are read as real systems only.",
            in_python="Load the arrays and type rl.LinearSystem(A, b).",
            at_command_line="Write real and imaginary parts into equations and unknowns of their own.",
        )
    return _at_its_precision(system, file, other), _told(found)


def _at_its_precision(system: LinearSystem, of_matrix: Path, of_vector: Path) -> LinearSystem:
    """The system with its rank decided by the digits of A and b, where these were written as text."""
    digits = precision_of_decimals(system.A, system.b)
    known = DataPrecision(
        digits.matrix if extension_of(of_matrix) in _WRITTEN else Precision(),
        digits.right if extension_of(of_vector) in _WRITTEN else Precision(),
    )
    if known.is_exact or system.rank_decision is not None:
        return system
    decided = replace(system, rcond=known)
    object.__setattr__(decided, "labels", system.labels)
    return decided


@dataclass(frozen=True, eq=False)
class _Found:
    """The content of the files.

    Attributes:
        matrix: A.
        vector: b.
        truth: the known solution, or None.
        names: of the unknowns, or None.
    """

    matrix: Any
    vector: Any
    truth: Any = None
    names: Any = None


def _told(found: _Found) -> str:
    tables = [
        (name, part) for name, part in (("A", found.matrix), ("b", found.vector)) if isinstance(part, NumberTable)
    ]
    said = [f"{name}: {part.description()}" for name, part in tables]
    labels = [part.index for _, part in tables if part.index is not None]
    if labels:
        said.append(f"rows: {labels[0][0]!r} … {labels[0][-1]!r}")
    return "; ".join(said)


def _one_file(file: Path, matrix: str | None, vector: str | int | None, index: str | int | None) -> _Found:
    arrays = named_arrays(file, index, vector)
    if isinstance(arrays.get(UNNAMED), NumberTable):
        if matrix is not None:
            raise UnreadableFileError(
                f"cannot read {file}: it is a table, whose columns but one are A: no array is named {matrix!r}.",
                in_python="Leave matrix_name out.",
                at_command_line="Leave --matrix out.",
            )
        return _parted(arrays[UNNAMED], vector, file)
    _refuse_table_words(file, index)
    if len(arrays) == 1:
        raise UnreadableFileError(
            f"cannot read {file}: it holds one array only, A or b; give b in a second file.",
            in_python=f'Type, for one, read_system("{file.name}", "b.npy").',
            at_command_line=f"Type, for one, ridgeless solve {file.name} b.npy.",
        )
    if set(arrays) == set(_POSITIONAL) and matrix is None and vector is None:
        pair = sorted(arrays.values(), key=lambda value: np.ndim(value), reverse=True)
        if [np.ndim(value) for value in pair] == [2, 1]:
            return _Found(*pair)
    found = chosen(arrays, matrix, MATRIX_NAMES, file)
    return _Found(found, chosen(arrays, vector, VECTOR_NAMES, file), _truth(arrays), _names(arrays, found, file))


def _two_files(
    file: Path, other: Path, matrix: str | None, vector: str | int | None, index: str | int | None
) -> _Found:
    is_table = extension_of(file) in TABLES
    arrays = named_arrays(file, index if is_table else None)
    table = arrays.get(UNNAMED)
    if isinstance(table, NumberTable):
        _refuse_own_column(table, file, other)
    _refuse_two_right_hand_sides(arrays, file, other)
    # `index` applies to b's table only where A's file is no table; "none" applies to both.
    index_of_b = index if not is_table or index == "none" else None
    beside = named_arrays(other, index_of_b, vector)
    if not is_table and extension_of(other) not in TABLES:
        _refuse_table_words(file, index)
    if matrix is None and len(arrays) == 1:
        matrix = next(iter(arrays))
    found = chosen(arrays, matrix, MATRIX_NAMES, file)
    rhs = beside.get(UNNAMED)
    if isinstance(rhs, NumberTable):
        rhs = _column(rhs, vector, other)
        if rhs.may_have_header and len(rhs.values) == np.shape(found)[0] + 1:
            rhs = rhs.below_header()
    else:
        only = next(iter(beside)) if vector is None and len(beside) == 1 else vector
        rhs = chosen(beside, only, VECTOR_NAMES, other)
    return _Found(found, rhs, _truth(arrays), _names(arrays, found, file))


def _parted(table: NumberTable, vector: str | int | None, file: Path) -> _Found:
    """A table split at the column that is b."""
    if table.shape[1] < 2:
        raise UnreadableFileError(
            f"cannot read {file}: a table with one column holds no system; put b in its last column and A in "
            "the others, or give b in a second file."
        )
    place = _place_of_b(table, vector, file)
    others = [i for i in range(table.shape[1]) if i != place]
    return _Found(table.picked(others), table.picked([place]))


def _place_of_b(table: NumberTable, vector: str | int | None, file: Path) -> int:
    place = right_hand_column(table) if vector is None else position(vector, table)
    if place is not None:
        return place
    last = table.shape[1] - 1
    named = [i for i in range(last + 1) if table.columns and table.columns[i].lower() in VECTOR_NAMES]
    if vector is None:
        may_be = " and ".join(table.called(i) for i in (named if len(named) > 1 else [*named, last]))
        reason = f"{may_be} may each be b."
    else:
        reason = f"no column is called {vector!r}, or several are. It has {_listed(table)}."
    example = (named or [last])[0]
    return _refuse_choice(reason, table, example, file)


def _refuse_choice(reason: str, table: NumberTable, example: int, file: Path) -> int:
    name = str(table.numbers[example]) if table.columns is None else table.columns[example]
    raise UnreadableFileError(
        f"cannot read {file}: {reason}",
        in_python=f"Type vector_name={name!r}, or the number of the column, counted from 0.",
        at_command_line=f"Type --vector {name!r}, or the number of the column, counted from 0.",
    )


def _listed(table: NumberTable) -> str:
    called = [table.called(i) for i in range(table.shape[1])]
    return "; ".join(called[:12]) + ("; …" if len(called) > 12 else "")


def _column(table: NumberTable, vector: str | int | None, file: Path) -> NumberTable:
    """b from a table of its own: the only column or row, or the column with a name of a right-hand side."""
    if vector is None and 1 in table.shape:
        return table
    if vector is None and not any(name.lower() in VECTOR_NAMES for name in table.columns or ()):
        reason = f"it has {table.shape[1]} columns, and b is one: {_listed(table)}."
        return table.picked([_refuse_choice(reason, table, table.shape[1] - 1, file)])
    return table.picked([_place_of_b(table, vector, file)])


def _refuse_own_column(table: NumberTable, file: Path, other: Path) -> None:
    """Raise where a table has a column named like a right-hand side although b is given in another file."""
    place = right_hand_column(table)
    if table.columns is None or place is None or table.columns[place].lower() not in VECTOR_NAMES:
        return
    raise UnreadableFileError(
        f"cannot tell which b is meant: {file} holds one, {table.called(place)}, beside A, and {other} is given too; "
        "leave the second file out, or take the column out of the first, or call it otherwise."
    )


def _refuse_table_words(file: Path, index: str | int | None) -> None:
    if index is not None:
        raise UnreadableFileError(
            f"cannot read {file}: it is no table, and has no column that names its rows.",
            in_python="Leave index out.",
            at_command_line="Leave --index out.",
        )


def _truth(arrays: dict[str, Any]) -> Any:
    return next((value for name, value in arrays.items() if last(name) == _TRUTH_NAME), None)


def _names(arrays: dict[str, Any], matrix: Any, file: Path) -> list[str] | None:
    """The names of the unknowns: an array of texts in the same file, one for each column of A; None without one.

    Raises:
        UnreadableFileError: there are texts of such a name, and none are as many as the columns.
    """
    if isinstance(matrix, NumberTable):
        return None
    named = {name: texts(value) for name, value in arrays.items() if last(name) in _NAMES_NAMES}
    told = {name: found for name, found in named.items() if found is not None}
    columns = np.shape(matrix)[-1] if np.ndim(matrix) or sp.issparse(matrix) else 1
    fitting = [found for found in told.values() if len(found) == columns]
    if told and not fitting:
        name, found = next(iter(told.items()))
        raise UnreadableFileError(
            f"cannot read {file}: {name} holds {len(found)} texts, and A has {columns} columns; save one name for "
            f"each column, or leave {name} out."
        )
    return fitting[0] if fitting else None


def _known_file(path: Any, what: str) -> Path:
    try:
        file = Path(path)
    except TypeError as error:
        raise InvalidInputError(
            f"read_system: {what} is a {type(path).__name__}; type the name of a file. Arrays in memory need "
            "no reading: LinearSystem(A, b)."
        ) from error
    if not file.is_dir():
        refuse_other_format(file)
    return file


def _refuse_two_right_hand_sides(arrays: dict[str, Any], file: Path, other: Path) -> None:
    own = [name for name, value in arrays.items() if last(name) in VECTOR_NAMES and is_vector(value)]
    if own and len(arrays) > 1:
        raise UnreadableFileError(
            f"cannot tell which b is meant: {file} holds one, named {own[0]}, beside A, and {other} is given too; "
            "leave the second file out, or save A in a file of its own."
        )


def _flat(values: Any) -> Any:
    """A row, a column or a number as a vector; anything else is left for `LinearSystem` to refuse."""
    if isinstance(values, NumberTable):
        return values if values.shape[1] == 1 else values.values.ravel()
    dense = values.toarray() if sp.issparse(values) else np.asarray(values)
    return dense.ravel() if is_vector(dense) else dense
