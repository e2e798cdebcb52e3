"""Selection of numerically independent columns of a matrix, by Gram–Schmidt with or without pivoting."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Int

from ridgeless._core.arrays import Matrix

# Distance from the span of others, relative to its length, below which a column counts as dependent.
_DEPENDENT = 1e-13


def independent_columns(
    columns: Matrix, order: Int[np.ndarray, " k"], least: float = _DEPENDENT
) -> Int[np.ndarray, " r"]:
    """Ascending positions of independent columns that span all: in the given order, those not spanned by earlier ones.

    Gram–Schmidt with reorthogonalisation: projecting twice is enough (Giraud, Langou and Rozložník 2005).

    Args:
        columns: (n, k).
        order: (k,) in which they are considered.
        least: the least distance from the span of earlier ones, relative to the length of a column.
    """
    lengths = np.linalg.norm(columns, axis=0)
    left = columns / np.where(lengths > 0, lengths, 1.0)
    chosen: list[int] = []
    for j in order:
        if np.linalg.norm(left[:, j]) > least and len(chosen) < len(columns):
            chosen.append(int(j))
            _take_off(left, int(j))
    return np.sort(np.array(chosen, dtype=np.int64))


def nearest_columns(columns: Matrix, log_distance: Float[np.ndarray, " k"]) -> Int[np.ndarray, " r"]:
    """Ascending positions of independent columns of small distance that span all, by pivoted QR of C W⁻¹.

    W holds the distances, and the pivoting is that of Businger and Golub 1965. With the other columns being C_B K, no
    entry of W_B·K·W⁻¹ is then much above 1.

    Args:
        columns: (n, k) C.
        log_distance: (k,) logarithms of W.
    """
    lengths = np.linalg.norm(columns, axis=0)
    left = columns / np.where(lengths > 0, lengths, 1.0)
    log_size = np.log(np.where(lengths > 0, lengths, 1.0)) - log_distance
    chosen: list[int] = []
    while len(chosen) < len(columns):
        sizes = np.linalg.norm(left, axis=0)
        sizes[chosen] = 0.0
        if not np.any(sizes > _DEPENDENT):
            break
        merit = np.where(sizes > _DEPENDENT, np.log(np.maximum(sizes, _DEPENDENT)) + log_size, -np.inf)
        chosen.append(int(np.argmax(merit)))
        _take_off(left, chosen[-1])
    return np.sort(np.array(chosen, dtype=np.int64))


def _take_off(left: Matrix, j: int) -> None:
    """Project all columns off the one at j, in place."""
    direction = left[:, j] / np.linalg.norm(left[:, j])
    for _ in range(2):
        left -= np.outer(direction, direction @ left)
