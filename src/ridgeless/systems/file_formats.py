"""Readers of file formats: from a path to the arrays in the file, by name."""

from __future__ import annotations

import gzip
import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse as sp

from ridgeless.errors import UnreadableFileError
from ridgeless.systems.matlab_files import is_hierarchical, refuse_damaged
from ridgeless.systems.matrix_market import matrix_market
from ridgeless.systems.tables import read_table

# The name given to the array of a format that has no names.
UNNAMED = "(unnamed)"

_SPARSE_MEMBERS = ("format", "shape", "data", "row", "col", "indices", "indptr", "offsets", "_is_array")
_COMPRESSED = ".gz"
_DEEPEST_STRUCT = 4

# Formats that are not read, by extension or first bytes: what they are, and how to save them in a readable form.
_CSV_ADVICE = "save it as CSV"
_OTHERS = {
    ".xlsx": ("an Excel workbook", "in Excel choose Save As, CSV UTF-8"),
    ".xls": ("an Excel workbook", "in Excel choose Save As, CSV UTF-8"),
    ".ods": ("a LibreOffice sheet", "in LibreOffice choose Save As, Text CSV"),
    ".parquet": ("a Parquet table", "in pandas type pandas.read_parquet(path).to_csv(path_of_csv)"),
    ".feather": ("an Arrow table", "in pandas type pandas.read_feather(path).to_csv(path_of_csv)"),
    ".arrow": ("an Arrow table", "in pandas type pandas.read_feather(path).to_csv(path_of_csv)"),
    ".rds": ("an R object", "in R type write.csv(readRDS(path), path_of_csv)"),
    ".rdata": ("an R workspace", "in R load it and type write.csv(table, path_of_csv)"),
    ".pkl": ("pickled Python objects, which are never loaded", "in pandas type pandas.read_pickle(path).to_csv(…)"),
    ".pickle": ("pickled Python objects, which are never loaded", "save plain arrays: numpy.savez(path, A=A, b=b)"),
    ".h5": ("an HDF5 file", "read its arrays with h5py and type numpy.savez(path, A=A, b=b)"),
    ".hdf5": ("an HDF5 file", "read its arrays with h5py and type numpy.savez(path, A=A, b=b)"),
    ".json": ("a JSON text", _CSV_ADVICE),
    ".zip": ("a zip archive", "unpack it, and give a file in it"),
    ".bz2": ("compressed", "unpack it, or compress with gzip: .csv.gz"),
    ".xz": ("compressed", "unpack it, or compress with gzip: .csv.gz"),
    ".zst": ("compressed", "unpack it, or compress with gzip: .csv.gz"),
}
_FIRST_BYTES = {
    b"PK\x03\x04": ("an Excel workbook or another zip archive", "in Excel choose Save As, CSV UTF-8"),
    b"\xd0\xcf\x11\xe0": ("an Excel workbook", "in Excel choose Save As, CSV UTF-8"),
    b"PAR1": _OTHERS[".parquet"],
    b"ARROW1": _OTHERS[".arrow"],
    b"\x89HDF": _OTHERS[".h5"],
    b"\x1f\x8b": ("compressed with gzip", "call it .gz at the end, as in .csv.gz"),
    b"\x93NUMPY": ("a NumPy array", "call it .npy"),
    b"MATLAB 5.0": ("a MATLAB file", "call it .mat"),
    b"%%MatrixMarket": ("a Matrix Market file", "call it .mtx"),
    b"<!DOCTYPE": ("a web page", _CSV_ADVICE),
    b"<html": ("a web page", _CSV_ADVICE),
    b"<?xml": ("an XML text", _CSV_ADVICE),
    b"{": ("a JSON text", _CSV_ADVICE),
}


@dataclass(frozen=True)
class Source:
    """A file that is being read.

    Attributes:
        path: its name, for messages.
        extension: of its content: .csv for table.csv.gz.
        index: the column of a table that names its rows, as the caller gave it.
        vector: the column of a table that is b, as the caller gave it.
    """

    path: Path
    extension: str
    index: str | int | None = None
    vector: str | int | None = None

    def refusal(self, reason: str, **advice: str) -> UnreadableFileError:
        """The error that says why this file cannot be read."""
        return UnreadableFileError(f"cannot read {self.path}: {reason}", **advice)


def extension_of(path: Path) -> str:
    """The extension that determines the format; of a compressed file, the one before .gz.

    Example:
        >>> extension_of(Path("A.CSV.gz")), extension_of(Path("b.npy")), extension_of(Path("c.gz"))
        ('.csv', '.npy', '')
    """
    suffix = path.suffix.lower()
    return Path(path.stem).suffix.lower() if suffix == _COMPRESSED else suffix


def stem_of(path: Path) -> str:
    """The file name without the extensions that determine the format.

    Example:
        >>> stem_of(Path("runs/genes.csv.gz")), stem_of(Path("genes.v2.csv"))
        ('genes', 'genes.v2')
    """
    return Path(path.stem).stem if path.suffix.lower() == _COMPRESSED else path.stem


def refuse_other_format(path: Path) -> None:
    """Raise for an extension that is not in `READERS`, with advice for known formats."""
    extension = extension_of(path)
    if extension in READERS:
        return
    known = ", ".join(READERS)
    outer = path.suffix.lower()
    if outer in _OTHERS:
        what, advice = _OTHERS[outer]
        raise UnreadableFileError(f"cannot read {path}: the extension {path.suffix!r} is {what}; {advice}.")
    raise UnreadableFileError(
        f"cannot read {path}: the extension {(extension or path.suffix)!r} is unknown; save as one of {known}, or as "
        "one of them with .gz."
    )


def named_arrays(path: Path, index: str | int | None = None, vector: str | int | None = None) -> dict[str, Any]:
    """The arrays in a file, by name; a format that holds a single nameless array calls it `UNNAMED`.

    A table of text is a `NumberTable`.

    Args:
        path: a file whose extension is a key of `READERS`, or one of them with .gz.
        index: of a table: name or number of the column that names its rows, or "none".
        vector: of a table: name or number of the column that is b, which is no index.

    Raises:
        UnreadableFileError: missing, empty, a folder, damaged, or not what its extension says.
    """
    source = Source(path, extension_of(path), index, vector)
    try:
        if path.is_dir():
            raise source.refusal("it is a folder; name a file in it.")
        if path.stat().st_size == 0:
            raise source.refusal("the file is empty.")
        with _opened(path) as stream:
            return READERS[source.extension](stream, source)
    except UnreadableFileError:
        raise
    except MemoryError as error:
        raise source.refusal("it does not fit into memory, or is damaged.") from error
    except OSError as error:
        if error.errno is None:  # a decoder's, not the system's
            raise _damaged(source, error) from error
        raise source.refusal(f"{_one_line(error.strerror or error)}.") from error
    except Exception as error:
        # Decoders raise all kinds of exceptions on damaged files.
        raise _damaged(source, error) from error


def _opened(path: Path) -> io.BufferedIOBase:
    if path.suffix.lower() != _COMPRESSED:
        return path.open("rb")
    return io.BytesIO(gzip.decompress(path.read_bytes()))


def _damaged(source: Source, error: Exception) -> UnreadableFileError:
    reason = _one_line(error) or type(error).__name__
    return source.refusal(f"it is damaged, or no {source.extension} file ({reason}).")


def _one_line(message: object) -> str:
    return " ".join(str(message).split()).rstrip(".")


def _read_numpy(stream: io.BufferedIOBase, source: Source) -> dict[str, Any]:
    first = stream.read(1)
    stream.seek(0)
    if first == b"\x80":  # the first byte of a pickle, which NumPy would try to load
        raise _pickled(source)
    try:
        members = np.load(stream, allow_pickle=False)
        if isinstance(members, np.ndarray):
            return {UNNAMED: members}
        names = members.files
        if not {"format", "shape", "data"}.issubset(names):
            return {name: members[name] for name in names}
        others = {name: members[name] for name in names if name not in _SPARSE_MEMBERS}
    except ValueError as error:
        if "Object arrays" in str(error):
            raise _pickled(source) from error
        raise
    stream.seek(0)
    return {("A" if others else UNNAMED): sp.load_npz(stream), **others}


def _pickled(source: Source) -> UnreadableFileError:
    return source.refusal(
        "it holds pickled Python objects, which are never loaded, since that would run code; save plain arrays: "
        "numpy.savez(path, A=A, b=b)."
    )


def _read_matlab(stream: io.BufferedIOBase, source: Source) -> dict[str, Any]:
    from scipy.io import loadmat

    content = stream.read()
    if is_hierarchical(content):
        raise source.refusal(
            "it is a MATLAB 7.3 file (HDF5); in MATLAB type save('system.mat', 'A', 'b', '-v7') and give that file."
        )
    refuse_damaged(content)
    contents = loadmat(io.BytesIO(content))
    return _members({name: value for name, value in contents.items() if name[:2] != "__"})


def _members(contents: dict[str, Any], depth: int = 0) -> dict[str, Any]:
    """The arrays, with the fields of each struct as separate arrays: problem.A and problem.b."""
    found: dict[str, Any] = {}
    for name, value in contents.items():
        fields = getattr(getattr(value, "dtype", None), "names", None)
        if fields and np.size(value) == 1 and depth < _DEEPEST_STRUCT:
            single = np.ravel(value)[0]
            found |= _members({f"{name}.{field}": single[field] for field in fields}, depth + 1)
        else:
            found[name] = value
    return found


def _read_matrix_market(stream: io.BufferedIOBase, source: Source) -> dict[str, Any]:  # noqa: ARG001 - as the others
    return {UNNAMED: matrix_market(stream.read().decode("latin-1"))}


def _read_text(stream: io.BufferedIOBase, source: Source) -> dict[str, Any]:
    return {UNNAMED: read_table(_text(stream.read(), source), source.refusal, source.index, source.vector)}


def _text(content: bytes, source: Source) -> str:
    """The text of a table: UTF-8, or UTF-16 where a byte order mark says so, as Excel writes Unicode text.

    Raises:
        UnreadableFileError: no text, or in another encoding.
    """
    for start, (what, advice) in _FIRST_BYTES.items():
        if content.startswith(start):
            raise source.refusal(f"it is no table but {what}; {advice}.")
    encoding = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        raise source.refusal("it is no UTF-8 text; save it as such, in Excel as CSV UTF-8.") from error
    if "\0" in text:
        raise source.refusal("it is no text, or in an encoding without a mark; save it as UTF-8.")
    return text


Reader = Callable[[io.BufferedIOBase, Source], dict[str, Any]]
READERS: dict[str, Reader] = {
    ".npz": _read_numpy,
    ".npy": _read_numpy,
    ".mtx": _read_matrix_market,
    ".csv": _read_text,
    ".tsv": _read_text,
    ".txt": _read_text,
    ".mat": _read_matlab,
}
TABLES = tuple(extension for extension, reader in READERS.items() if reader is _read_text)
