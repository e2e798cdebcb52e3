"""Validation of what a system is given beside A: b, the truth, and the readout matrix of `predict`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import scipy.sparse as sp

from ridgeless._core.arrays import Dual, Vector
from ridgeless.errors import InvalidInputError
from ridgeless.systems.names import Labels, aligned, in_columns, vector
from ridgeless.systems.normalize import as_matrix


def with_rows_checked(values: Any, rhs: Dual) -> Any:
    """A unchanged, after the length of b is checked if A is sparse: before any work that grows with its rows.

    Raises:
        InvalidInputError: b has another length than a sparse A has rows.
    """
    if sp.issparse(values):
        refuse_other_length(values.shape, rhs)
    return values


def refuse_other_length(shape: tuple[int, ...], rhs: Dual) -> None:
    """Raise where b has another length than A has rows.

    Raises:
        InvalidInputError: it has.
    """
    if len(shape) == 2 and rhs.shape != shape[:1]:
        turned = " The transpose of A would fit." if rhs.shape == shape[1:] else ""
        raise InvalidInputError(
            f"LinearSystem: A is {shape[0]}×{shape[1]}, so b needs shape ({shape[0]},); it has {rhs.shape}.{turned}"
        )


def checked_truth(truth: Any, shape: tuple[int, int], names: Labels | None) -> Vector | None:
    """The true x as (d,) numbers in the order of the unknowns; None where it is not known.

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
    """The readout matrix of `predict` in one of the forms of A, with d columns; None where there is none.

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
