"""Which columns of a matrix are independent, to the rounding of float64."""

from __future__ import annotations

import numpy as np
from jaxtyping import Int

from ridgeless.arrays import Matrix

# Below this part of its length, what is left of a column outside the span of others is rounding.
_DEPENDENT = 1e-13


def independent_columns(columns: Matrix, order: Int[np.ndarray, " k"]) -> Int[np.ndarray, " r"]:
    """Positions, ascending, of columns that are independent and span all: each that the ones before it do not span.

    Gram and Schmidt, with every direction taken off twice, which is enough (Giraud, Langou and Rozložník 2005).

    Args:
        columns: (n, k).
        order: (k,) in which they are taken.
    """
    lengths = np.linalg.norm(columns, axis=0)
    left = columns / np.where(lengths > 0, lengths, 1.0)
    chosen: list[int] = []
    for j in order:
        size = float(np.linalg.norm(left[:, j]))
        if size > _DEPENDENT and len(chosen) < len(columns):
            chosen.append(int(j))
            direction = left[:, j] / size
            for _ in range(2):
                left -= np.outer(direction, direction @ left)
    return np.sort(np.array(chosen, dtype=np.int64))
