"""What each file format holds: a path in, named arrays out."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse as sp

from ridgeless.errors import UnreadableFileError

# The name of the array in a format that gives it none.
UNNAMED = "(unnamed)"

_SPARSE_MEMBERS = {"format", "shape", "data"}


def named_arrays(path: Path) -> dict[str, Any]:
    """The arrays in a file, by name; a format that holds a single nameless array calls it `UNNAMED`.

    Args:
        path: a file whose extension is a key of `READERS`.

    Raises:
        UnreadableFileError: missing, empty, a folder, damaged, or not what its extension says.
    """
    try:
        if path.is_dir():
            raise UnreadableFileError(f"cannot read {path}: it is a folder; name a file in it.")
        if path.stat().st_size == 0:
            raise UnreadableFileError(f"cannot read {path}: the file is empty.")
        return READERS[path.suffix.lower()](path)
    except UnreadableFileError:
        raise
    except OSError as error:
        raise UnreadableFileError(f"cannot read {path}: {_one_line(error.strerror or error)}.") from error
    except Exception as error:
        # Every exception: a damaged file raises whatever its decoder stumbles over.
        reason = _one_line(error) or type(error).__name__
        raise UnreadableFileError(
            f"cannot read {path}: it is damaged, or no {path.suffix.lower()} file ({reason})."
        ) from error


def _one_line(message: object) -> str:
    return " ".join(str(message).split()).rstrip(".")


def _read_numpy(path: Path) -> dict[str, Any]:
    with path.open("rb") as file:
        if file.peek(1)[:1] == b"\x80":  # NumPy takes whatever lacks its magic string for a pickle
            raise _pickled(path)
        try:
            members = np.load(file, allow_pickle=False)
            if isinstance(members, np.ndarray):
                return {UNNAMED: members}
            if not _SPARSE_MEMBERS.issubset(members.files):
                return {name: members[name] for name in members.files}
        except ValueError as error:
            if "Object arrays" in str(error):
                raise _pickled(path) from error
            raise
        file.seek(0)
        return {UNNAMED: sp.load_npz(file)}


def _pickled(path: Path) -> UnreadableFileError:
    return UnreadableFileError(
        f"cannot read {path}: it holds pickled Python objects, which are never loaded, since that would run "
        "code; save plain arrays: numpy.savez(path, A=A, b=b)."
    )


def _read_matlab(path: Path) -> dict[str, Any]:
    from scipy.io import loadmat

    try:
        contents = loadmat(path)
    except NotImplementedError as error:
        raise UnreadableFileError(
            f"cannot read {path}: it is a MATLAB 7.3 file (HDF5); in MATLAB type "
            "save('system.mat', 'A', 'b', '-v7') and give that file."
        ) from error
    return {name: value for name, value in contents.items() if name[:2] != "__"}


def _read_matrix_market(path: Path) -> dict[str, Any]:
    from scipy.io import mmread

    return {UNNAMED: mmread(path)}


def _read_table(path: Path) -> dict[str, Any]:
    try:
        rows, delimiter = _rows(path.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError as error:
        raise UnreadableFileError(f"cannot read {path}: it is no UTF-8 text; save it as such.") from error
    header = rows.pop(0)[1] if rows and _is_header(rows[0][1]) else None
    if not rows:
        raise UnreadableFileError(f"cannot read {path}: it holds no row of numbers.")
    first, fields = rows[0]
    is_phrase = delimiter is None and len(fields) == 1  # the one name of one column, with blanks in it
    if header is not None and len(header) != len(fields) and not is_phrase:
        raise UnreadableFileError(
            f"cannot read {path}: its header names {len(header)} columns, and line {first} has {len(fields)} fields; "
            "correct the header or leave it out."
        )
    for line, row in rows:
        if len(row) != len(fields):
            raise UnreadableFileError(
                f"cannot read {path}: line {line} has {len(row)} fields and line {first} has {len(fields)}; "
                "make the rows equally long."
            )
    return {UNNAMED: np.array([_numbers(row, line, path) for line, row in rows])}


def _rows(text: str) -> tuple[list[tuple[int, list[str]]], str | None]:
    """Line number and fields of each line that is neither blank nor a comment, and what parts them (None: blanks)."""
    numbered = enumerate(text.splitlines(), 1)
    lines = [(number, line) for number, line in numbered if line.strip() and line.lstrip()[0] != "#"]
    # The last line before the others: the first may be a header, with any punctuation in its names.
    delimiters = (mark for _, line in lines[-1:] + lines for mark in "\t;," if mark in line)
    delimiter = next(delimiters, None)
    return [(number, [field.strip(' "') for field in _fields(line, delimiter)]) for number, line in lines], delimiter


def _fields(line: str, delimiter: str | None) -> list[str]:
    """The fields of a line; a delimiter within quotes belongs to a name."""
    if delimiter is None:
        return line.split()
    return next(csv.reader([line], delimiter=delimiter, skipinitialspace=True))


def _is_header(fields: list[str]) -> bool:
    """Whether a first line names columns; a row that is split by another delimiter than the rest does not."""
    pieces = re.split(r"[\s;,]+", " ".join(fields))
    return not any(map(_is_number, fields)) and not all(map(_is_number, pieces))


def _numbers(row: list[str], line: int, path: Path) -> list[float]:
    try:
        return [float(field) for field in row]
    except ValueError as error:
        wrong = next(field for field in row if not _is_number(field))
        raise UnreadableFileError(
            f"cannot read {path}: line {line} holds {wrong[:40]!r}, which is no number; correct or remove it."
        ) from error


def _is_number(field: str) -> bool:
    try:
        float(field)
    except ValueError:
        return False
    return True


READERS: dict[str, Callable[[Path], dict[str, Any]]] = {
    ".npz": _read_numpy,
    ".npy": _read_numpy,
    ".mtx": _read_matrix_market,
    ".csv": _read_table,
    ".tsv": _read_table,
    ".txt": _read_table,
    ".mat": _read_matlab,
}
