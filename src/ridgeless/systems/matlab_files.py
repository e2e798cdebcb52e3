"""Validation of MATLAB 5 files before SciPy decodes them, since its reader trusts their headers and may crash.

Source: "MAT-File Format", The MathWorks, chapter "Level 5 MAT-File Format".
"""

from __future__ import annotations

import math
import struct
import zlib
from dataclasses import dataclass

import numpy as np

_HEADER, _WORDS = 128, 116
_HDF5 = b"\x89HDF\r\n\x1a\n"
_TAG = 8
# Bytes of one number of each data type; a matrix and a compressed element have none.
_SIZES = {1: 1, 2: 1, 3: 2, 4: 2, 5: 4, 6: 4, 7: 4, 9: 8, 12: 8, 13: 8, 16: 1, 17: 2, 18: 4}
_MATRIX, _COMPRESSED = 14, 15
_CELL, _STRUCT, _OBJECT, _CHARACTERS, _SPARSE = 1, 2, 3, 4, 5
_NUMBERS = range(6, 16)
_DEEPEST = 64
# Data types of dimensions and indices, and of names.
_WHOLE, _TEXTS = (5, 6), (1, 2, 16)


@dataclass(frozen=True)
class _Element:
    kind: int
    content: memoryview

    @property
    def count(self) -> int:
        return len(self.content) // _SIZES[self.kind] if self.kind in _SIZES else 0


def is_hierarchical(content: bytes) -> bool:
    """Whether this is a file of MATLAB 7.3 or another HDF5 file, by MATLAB's header or the HDF5 signature.

    The HDF5 signature is at byte 0, 512, 1024, 2048 and so on; MATLAB's is at 512.

    Example:
        >>> is_hierarchical(b"MATLAB 7.3 MAT-file, Platform: GLNXA64"), is_hierarchical(b"MATLAB 5.0 MAT-file")
        (True, False)
    """
    is_told = b"MATLAB 7.3 MAT-file" in content[:_WORDS]
    return is_told or any(content.startswith(_HDF5, start) for start in (0, 512, 1024, 2048))


def refuse_damaged(content: bytes) -> None:
    """Raise unless every element of a MATLAB 5 file has a known type and the length that its header states.

    Files of other versions are left to SciPy.

    Args:
        content: the whole file.

    Raises:
        ValueError: an element is invalid.
    """
    if len(content) < _HEADER or content[:4].count(0) or content[126:128] not in (b"IM", b"MI"):
        return
    order = "<" if content[126:128] == b"IM" else ">"
    if struct.unpack(f"{order}H", content[124:126])[0] != 0x0100:
        return
    for element in _elements(memoryview(content)[_HEADER:], order):
        if element.kind == _COMPRESSED:
            for inner in _elements(memoryview(zlib.decompress(element.content)), order):
                _check_matrix(inner, order, 0)
        else:
            _check_matrix(element, order, 0)


def _elements(content: memoryview, order: str) -> list[_Element]:
    """The consecutive elements in `content`."""
    found, at = [], 0
    while at < len(content):
        if len(content) - at < _TAG:
            raise ValueError("an element ends within its header")
        kind, size = struct.unpack(f"{order}II", content[at : at + _TAG])
        start, step = at + _TAG, size
        if kind >> 16:  # a small element: its size, its type and its content in eight bytes
            kind, size = kind & 0xFFFF, kind >> 16
            start, step = at + 4, 4
            if size > 4:
                raise ValueError("a small element is larger than four bytes")
        elif kind != _COMPRESSED:
            step = -(-size // _TAG) * _TAG
        if kind not in _SIZES and kind not in (_MATRIX, _COMPRESSED):
            raise ValueError(f"an element has the unknown type {kind}")
        if start + size > len(content):
            raise ValueError(f"an element of {size} bytes has {len(content) - start}")
        found.append(_Element(kind, content[start : start + size]))
        at = start + step
    return found


def _check_matrix(matrix: _Element, order: str, depth: int) -> None:
    """Check a matrix element: its flags, dimensions, name, and the data of its class."""
    if matrix.kind != _MATRIX:
        raise ValueError(f"an element of type {matrix.kind} stands where an array should")
    if depth > _DEEPEST:
        raise ValueError("arrays lie too deep in one another")
    parts = _elements(matrix.content, order)
    if not parts:
        return  # an empty array within a struct
    if len(parts) < 3 or parts[0].kind != 6 or len(parts[0].content) != 8 or parts[1].kind not in _WHOLE:
        raise ValueError("an array lacks its flags, its dimensions or its name")
    if parts[2].kind not in _TEXTS:
        raise ValueError("an array lacks its flags, its dimensions or its name")
    flags, most = struct.unpack(f"{order}II", parts[0].content)
    shape = struct.unpack(f"{order}{parts[1].count}i", parts[1].content)
    kind, is_complex, is_logical = flags & 0xFF, flags >> 11 & 1, flags >> 9 & 1
    if min(shape, default=-1) < 0 or len(shape) < 2 or (kind not in _NUMBERS and is_logical and kind != _SPARSE):
        raise ValueError(f"an array has the shape {shape}")
    _check_data(kind, shape, parts[3:], 1 + is_complex, most, order, depth)


def _check_data(
    kind: int, shape: tuple[int, ...], parts: list[_Element], copies: int, most: int, order: str, depth: int
) -> None:
    entries = math.prod(shape)
    if kind in _NUMBERS:
        if len(parts) != copies or any(part.count != entries for part in parts):
            raise ValueError(f"an array of shape {shape} has another number of entries")
    elif kind == _SPARSE:
        _check_sparse(shape, parts, copies, most, order)
    elif kind in (_CELL, _STRUCT, _OBJECT):
        inner = parts if kind == _CELL else parts[(2 if kind == _STRUCT else 3) :]
        if kind == _CELL and len(inner) != entries:
            raise ValueError(f"a cell of shape {shape} has {len(inner)} entries")
        if kind != _CELL:
            _check_fields(parts[(0 if kind == _STRUCT else 1) :], entries, order)
        for part in inner:
            _check_matrix(part, order, depth + 1)
    elif kind == _CHARACTERS and (
        len(parts) > 1 or (entries and not parts) or any(p.kind not in _SIZES for p in parts)
    ):
        raise ValueError("a text is none")


def _check_fields(parts: list[_Element], entries: int, order: str) -> None:
    """Check the fields of a struct: the length of their names, the names, and the number of arrays."""
    if len(parts) < 2 or parts[0].kind != 5 or parts[0].count != 1:
        raise ValueError("a struct lacks the names of its fields")
    (length,) = struct.unpack(f"{order}i", parts[0].content)
    names = parts[1].count
    if (length < 1 and names) or (names and names % length) or len(parts) - 2 != entries * (names // max(length, 1)):
        raise ValueError("a struct has another number of fields")


def _check_sparse(shape: tuple[int, ...], parts: list[_Element], copies: int, most: int, order: str) -> None:
    if len(shape) != 2 or len(parts) != 2 + copies or parts[0].kind != 5 or parts[1].kind != 5:
        raise ValueError("a sparse matrix lacks its indices")
    rows, starts = (np.frombuffer(part.content, f"{order}i4", part.count) for part in parts[:2])
    stored = int(starts[-1]) if len(starts) else -1
    if len(starts) != shape[1] + 1 or starts[0] != 0 or np.any(np.diff(starts) < 0):
        raise ValueError("a sparse matrix has wrong columns")
    # A logical matrix is stored in bytes, which MATLAB labels as doubles.
    is_short = any(max(part.count, len(part.content)) < stored for part in parts[2:])
    used = rows[:stored]
    if is_short or not stored <= len(rows) <= max(most, 1) or np.any(used < 0) or np.any(used >= shape[0]):
        raise ValueError("a sparse matrix has wrong rows")
