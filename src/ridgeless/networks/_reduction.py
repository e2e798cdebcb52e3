"""Training a dense network without paying for d.

W_1 moves along Aᵀ alone, whatever the step: W_1(t) = N + BᵀV(t) with N = P_N W_1(0), B orthonormal rows that span
the row space of A, and V = B W_1. Then A x = (A Bᵀ)·V W_2 … w: the same network on r = rank(A) unknowns, trained by
the same steps. For one hidden layer wider than r + 1, (V; wᵀ) keeps its row space, and the width shrinks as well.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from ridgeless.arrays import Vector
from ridgeless.networks.base import Answers, Network, Points, Problem, Theta


@dataclass(frozen=True, eq=False, kw_only=True)
class ReducedDense(Problem):
    """A dense problem on the row space of A.

    Attributes:
        rows: B (r, d), orthonormal.
        null: N (d, k), the part of W_1 that never moves, in the columns that are kept.
        span: (m, k) orthonormal columns that hold the rows of W_1 and w; None where all m are kept.
        rest: (d, m) the part of N outside the span; None where all m are kept.
    """

    rows: Float[np.ndarray, "r d"]
    null: Float[np.ndarray, "d k"]
    span: Float[np.ndarray, "m k"] | None = None
    rest: Float[np.ndarray, "d m"] | None = None

    def point(self, theta: Theta) -> np.ndarray:
        """(B x, q) with q = W_2 … w: x = Bᵀ(Bx) + N q."""
        q = theta["w"]
        for matrix in reversed(theta["W"][1:]):
            q = matrix @ q
        return np.concatenate([np.asarray(theta["W"][0] @ q), np.asarray(q)])

    def seen(self, point: np.ndarray) -> Vector:
        """B x."""
        return point[: len(self.rows)]

    def answers(self, points: Points) -> Answers:
        """X = Bᵀ(Bx) + N q."""
        rank = len(self.rows)
        return points[:, :rank] @ self.rows + points[:, rank:] @ self.null.T

    def weights(self, theta: Theta) -> Theta:
        """W_1 = N + BᵀV, back in all its columns."""
        first, *others = theta["W"]
        whole, vector = self.null + self.rows.T @ first, theta["w"]
        if self.span is not None and self.rest is not None:
            return {"W": [whole @ self.span.T + self.rest], "w": self.span @ vector}
        return {"W": [whole, *others], "w": vector}


def reduced(problem: Problem, network: Network) -> Problem:
    """The reduced problem, or the problem itself where the rows of A span everything, nothing, or cannot be had.

    Args:
        problem: of a dense network.
        network: of as many layers, and of any widths.
    """
    system = problem.system
    if not system.row_space.reveals_rank or system.rank in (0, system.shape[1]):
        return problem
    rows = system.orthonormal_rows
    first, *others = problem.theta0["W"]
    inside = rows @ first
    null = first - rows.T @ inside
    null = null - rows.T @ (rows @ null)
    vector, span, rest = problem.theta0["w"], None, None
    if not others and first.shape[1] > len(rows) + 1:
        span = np.linalg.qr(np.column_stack([inside.T, vector]))[0]
        rest = null - (null @ span) @ span.T
        inside, null, vector = inside @ span, null @ span, span.T @ vector
    small = system.on_row_space
    theta0 = {"W": [inside, *others], "w": vector}
    return ReducedDense(
        network, small, theta0, problem.reference, problem.unit, rows=rows, null=null, span=span, rest=rest
    )
