"""A Matrix Market reader that checks all counts and indices.

SciPy's reader trusts the header, and may crash the process on a damaged file.

Source: Boisvert, Pozo and Remington 1996, "The Matrix Market exchange formats: initial design", NISTIR 5935.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import scipy.sparse as sp

_NUMBERS_PER_ENTRY = {"real": 1, "integer": 1, "double": 1, "complex": 2, "pattern": 0}
_SYMMETRIES = ("general", "symmetric", "skew-symmetric", "hermitian")


def matrix_market(text: str) -> Any:
    r"""The matrix in a text of the format: an array where it is dense, a COO array where it gives coordinates.

    Raises:
        ValueError: the text is no Matrix Market file, has fewer or more numbers than its header states, or an index
            outside the matrix.

    Example:
        >>> matrix_market("%%MatrixMarket matrix coordinate real symmetric\n2 2 2\n1 1 5\n2 1 7\n").toarray()
        array([[5., 7.],
               [7., 0.]])
    """
    header, _, body = text.partition("\n")
    words = header.lower().split()
    if len(words) != 5 or words[:2] != ["%%matrixmarket", "matrix"] or words[2] not in ("coordinate", "array"):
        raise ValueError("its first line is not that of a matrix")
    layout, kind, symmetry = words[2:]
    if kind not in _NUMBERS_PER_ENTRY or symmetry not in _SYMMETRIES or (layout, kind) == ("array", "pattern"):
        raise ValueError(f"{kind} {symmetry} {layout} is no kind of matrix")
    size, numbers = _parts(body, 3 if layout == "coordinate" else 2)
    if symmetry != "general" and size[0] != size[1]:
        raise ValueError(f"a {symmetry} matrix has the shape {size[0]}×{size[1]}")
    if layout == "coordinate":
        return _sparse(numbers, size, kind, symmetry)
    return _dense(numbers, size, kind, symmetry)


def _parts(body: str, sizes: int) -> tuple[list[int], np.ndarray]:
    """The sizes, and all numbers after them."""
    lines = body.lstrip()
    while lines.startswith("%"):
        lines = lines.partition("\n")[2].lstrip()
    first, _, rest = lines.partition("\n")
    size = [int(word) for word in first.split()]
    if len(size) != sizes or min(size) < 0:
        raise ValueError(f"its sizes are {first[:40]!r}")
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # NumPy 2.3 and older only warn about text that is no number
        try:
            return size, np.fromstring(rest, sep=" ") if rest.strip() else np.empty(0)
        except (DeprecationWarning, ValueError) as error:
            raise ValueError("it holds what is no number") from error


def _sparse(numbers: np.ndarray, size: list[int], kind: str, symmetry: str) -> Any:
    rows, columns, stored = size
    width = 2 + _NUMBERS_PER_ENTRY[kind]
    if len(numbers) != width * stored:
        raise ValueError(f"{stored} entries have {len(numbers)} numbers, and {width} each")
    table = numbers.reshape(stored, width)
    places = table[:, :2]
    if np.any(places != np.floor(places)) or np.any(places < 1) or np.any(places > [rows, columns]):
        raise ValueError(f"an index lies outside the {rows}×{columns} matrix")
    values = np.ones(stored) if kind == "pattern" else _values(table[:, 2:])
    row, column = places.astype(np.int64).T - 1
    mirrored = (row != column) & (symmetry != "general")
    both = np.concatenate([row, column[mirrored]]), np.concatenate([column, row[mirrored]])
    return sp.coo_array((np.concatenate([values, _mirror(values[mirrored], symmetry)]), both), shape=(rows, columns))


def _dense(numbers: np.ndarray, size: list[int], kind: str, symmetry: str) -> np.ndarray:
    rows, columns = size
    width = _NUMBERS_PER_ENTRY[kind]
    shift = {"general": None, "skew-symmetric": 1}.get(symmetry, 0)
    stored = rows * columns if shift is None else rows * (rows + 1) // 2 - shift * rows
    if len(numbers) != width * stored:
        raise ValueError(f"{stored} entries have {len(numbers)} numbers, and {width} each")
    values = _values(numbers.reshape(stored, width))
    if shift is None:
        return values.reshape(columns, rows).T.copy()
    matrix = np.zeros((rows, rows), values.dtype)
    # The lower triangle in column order is the upper triangle in row order.
    first, second = np.triu_indices(rows, shift)
    matrix[second, first] = values
    off = first != second
    matrix[first[off], second[off]] = _mirror(values[off], symmetry)
    return matrix


def _values(table: np.ndarray) -> np.ndarray:
    return table[:, 0] if table.shape[1] == 1 else table[:, 0] + 1j * table[:, 1]


def _mirror(values: np.ndarray, symmetry: str) -> np.ndarray:
    return {"skew-symmetric": -values, "hermitian": np.conj(values)}.get(symmetry, values)
