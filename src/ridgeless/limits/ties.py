"""Where more branches than equations meet at their edges: which point of that face training ends in.

Near its edge a branch X = exp(T)·F(s) has a slack s far below 1, and Bᵀν tells it no better than to the rounding of 1.
Where the columns of these branches are independent, B x = c fixes every X, and nothing is lost. Where they are not, the
slacks decide: C N = 0 for the columns C of the falls implies Nᵀs = Nᵀ start, a difference of numbers near 1 that is
as small as s itself. On tied data it is 0, and no rounding is left: along X + W N t, on which B x stays, Nᵀs(t) = 0 is
the minimum of a convex function.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.linalg as sl
from jaxtyping import Float

from ridgeless.potentials.branches import Branches

Branch = Float[np.ndarray, " k"]

# Columns closer than this to the span of the others are in it; ties below this part of the starts are rounding.
_DEPENDENT = 1e-11
_ROUNDING = 1e-14
_TOLERANCE = 1e-12
_MOST_STEPS = 60
_TO_THE_EDGE = 0.9
_MOST_HALVINGS = 40


@dataclass(frozen=True)
class Edge:
    """Branches at their edges.

    Attributes:
        columns: (r, k) sign·b_j, so that B x gains columns·X.
        branches: the k branches; ν lowers their slacks by slope·columnsᵀν.
    """

    columns: Float[np.ndarray, "r k"]
    branches: Branches

    def slack(self, values: Branch) -> Branch:
        """X ↦ s."""
        return self.branches.profile.slack(np.log(values) - self.branches.log_amplitude)

    def elasticity(self, values: Branch) -> Branch:
        """X ↦ −s·F'(s)/F(s)."""
        return self.branches.profile.elasticity(self.slack(values))


def settled(edge: Edge, values: Branch) -> Branch | None:
    """The X with the same columns·X whose slacks some ν implies; None where X has no freedom, or none was found."""
    slope = edge.branches.slope
    sizes = np.linalg.norm(edge.columns, axis=0) * slope
    if len(values) < 2 or not (sizes > 0).all():
        return None
    ties = _null_space(edge.columns * (slope / sizes))
    if ties.shape[1] == 0:
        return None
    starts = edge.branches.start / sizes
    wanted = ties.T @ starts
    wanted[np.abs(wanted) <= _ROUNDING * np.linalg.norm(starts)] = 0.0
    return _newton(edge, values, sizes, ties, wanted)


def _newton(edge: Edge, values: Branch, sizes: Branch, ties: np.ndarray, wanted: np.ndarray) -> Branch | None:
    """Damped Newton for Nᵀs = wanted along X + W N t."""
    lever = edge.branches.slope / sizes
    moves = lever[:, None] * ties
    unit = float(np.median(edge.slack(values) / sizes))

    def missed(there: Branch) -> np.ndarray:
        return (ties.T @ (edge.slack(there) / sizes) - wanted) / unit

    left = missed(values)
    for _ in range(_MOST_STEPS):
        if np.linalg.norm(left) <= _TOLERANCE:
            return values
        rates = edge.slack(values) / (sizes * unit * edge.elasticity(values) * values)
        root = np.sqrt(rates * lever)[:, None] * ties
        solution: Any = np.linalg.lstsq(root.T @ root, left, rcond=None)[0]
        change = moves @ solution
        length = min(1.0, _TO_THE_EDGE / float(np.max(-change / values, initial=1e-300)))
        found = _shortened(values, change, length, solution, missed)
        if found is None:
            return values if np.linalg.norm(left) <= 1e3 * _TOLERANCE else None
        values, left = found
    return None


def _shortened(
    values: Branch,
    change: Branch,
    length: float,
    solution: np.ndarray,
    missed: Callable[[Branch], np.ndarray],
) -> tuple[Branch, np.ndarray] | None:
    """The step, halved until it stays on the near side of the minimum along it, or close by."""
    begin = float(missed(values) @ solution)
    for _ in range(_MOST_HALVINGS):
        there = values + length * change
        left = missed(there)
        if np.isfinite(left).all() and float(left @ solution) >= -0.9 * abs(begin):
            return (there, left) if np.any(there != values) else None
        length /= 2
    return None


def _null_space(columns: np.ndarray) -> np.ndarray:
    """Orthonormal N with columns·N = 0."""
    decomposition: Any = sl.svd(columns, full_matrices=True)
    _, sizes, right = decomposition
    rank = int(np.sum(sizes > _DEPENDENT * sizes[0]))
    return right[rank:].T
