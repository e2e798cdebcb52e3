"""What a system is given beside A: b, the x that made b, and the matrix of `predict`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ridgeless.arrays import Dual, Vector
from ridgeless.errors import InvalidInputError
from ridgeless.systems.names import Labels, aligned, in_columns, vector
from ridgeless.systems.normalize import as_matrix


def checked_right(b: Any, shape: tuple[int, int], rows: Labels | None) -> tuple[Dual, Labels | None]:
    """The right-hand side as (n,) numbers in the order of the rows, and what the equations are called.

    Raises:
        InvalidInputError: another shape, or labels that differ from those of the rows.
    """
    values, labels = vector(b, "LinearSystem", "b")
    if values.shape != (shape[0],):
        turned = " The transpose of A would fit." if values.shape == (shape[1],) else ""
        raise InvalidInputError(
            f"LinearSystem: A is {shape[0]}×{shape[1]}, so b needs shape ({shape[0]},); it has {values.shape}.{turned}"
        )
    return aligned(values, labels, rows, "LinearSystem", "b", "A"), rows or labels


def checked_truth(truth: Any, shape: tuple[int, int], names: Labels | None) -> Vector | None:
    """The x that made b, as (d,) numbers in the order of the unknowns; None where it is not known.

    Raises:
        InvalidInputError: another shape, or labels that differ from the names.
    """
    if truth is None:
        return None
    values, labels = vector(truth, "LinearSystem", "truth")
    if values.shape != (shape[1],):
        raise InvalidInputError(
            f"LinearSystem: A is {shape[0]}×{shape[1]}, so truth needs shape ({shape[1]},); it has {values.shape}."
        )
    return aligned(values, labels, names, "LinearSystem", "truth", "the unknowns")


def checked_readout(readout: Any, shape: tuple[int, int], names: Sequence[str] | None) -> Any:
    """The matrix of `predict` in one of the forms of A, with d columns; None where there is none.

    Raises:
        InvalidInputError: another number of columns, or labels that differ from the names.
    """
    if readout is None:
        return None
    matrix = as_matrix(in_columns(readout, "readout", names), "readout")
    if matrix.shape[1] != shape[1]:
        raise InvalidInputError(
            f"LinearSystem: A is {shape[0]}×{shape[1]}, so readout needs {shape[1]} columns; it has shape "
            f"{tuple(matrix.shape)}."
        )
    return matrix
