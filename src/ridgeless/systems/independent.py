"""Which columns of a matrix are independent, to the rounding of float64."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Int

from ridgeless._core.arrays import Matrix

# Below this part of its length, what is left of a column outside the span of others is rounding.
_DEPENDENT = 1e-13


def independent_columns(
    columns: Matrix, order: Int[np.ndarray, " k"], least: float = _DEPENDENT
) -> Int[np.ndarray, " r"]:
    """Positions, ascending, of columns that are independent and span all: each that the ones before it do not span.

    Gram and Schmidt, with every direction taken off twice, which is enough (Giraud, Langou and Rozložník 2005).

    Args:
        columns: (n, k).
        order: (k,) in which they are taken.
        least: what must be left of a column, as a part of its length.
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
    """The same, each the one with the largest part outside the span of those before, over its distance.

    With W the distances, no entry of W_B·K·W⁻¹, the others being C_B K, is then much above 1: QR with column pivoting
    of C W⁻¹ (Businger and Golub 1965).

    Args:
        columns: (n, k).
        log_distance: (k,) logarithms of what each costs in the basis.
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
    """What all columns have along the one at j."""
    direction = left[:, j] / np.linalg.norm(left[:, j])
    for _ in range(2):
        left -= np.outer(direction, direction @ left)
