"""Dense networks on the row space of A: training at a cost that does not depend on d.

W_1 moves along Aᵀ alone, whatever the step: W_1(t) = W_1(0) + Bᵀ(V(t) − V(0)) with B orthonormal rows that span the
row space of A, and V = B W_1. Then A x = (A Bᵀ)·V W_2 … w: the same network on r = rank(A) unknowns, trained by
the same steps. For one hidden layer wider than r + 1, (V; wᵀ) keeps its row space, and the width shrinks as well.
Nothing is projected: what W_1(0) has in the null space of A stays where it is.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from ridgeless._core.arrays import Vector
from ridgeless.networks._dense import theorem
from ridgeless.networks._dense.later_layers import later_layers
from ridgeless.networks.base import Answers, Network, Points, Theta, TrainingProblem
from ridgeless.systems.row_coordinates import RowCoordinates


@dataclass(frozen=True, eq=False, kw_only=True)
class ReducedDense(TrainingProblem):
    """A dense problem on the row space of A.

    Attributes:
        coordinates: B, by which W_1 is seen and moved.
        first: W_1(0) (d, m), whole.
        inside: V(0) = B W_1(0) (r, k), in the columns that are kept.
        span: (m, k) orthonormal columns that hold the rows of V and w; None where all m are kept.
    """

    coordinates: RowCoordinates
    first: Float[np.ndarray, "d m"]
    inside: Float[np.ndarray, "r k"]
    span: Float[np.ndarray, "m k"] | None = None

    def rules_out_theorem(self) -> bool:
        """By inner products of the columns of W_1, which reduction leaves as they are."""
        seen, vector = self.inside, self.theta0["w"]
        if self.span is not None:
            seen, vector = seen @ self.span.T, self.span @ vector
        inner = self.theta0["W"][1:]
        return theorem.is_ruled_out({"W": [self.first, *inner], "w": vector}, seen)

    def point(self, theta: Theta) -> np.ndarray:
        """(V q, q) with q = W_2 … w: x = W_1(0) q + Bᵀ(V q − V(0) q)."""
        q = later_layers(theta)
        return np.concatenate([np.asarray(theta["W"][0] @ q), np.asarray(q)])

    def seen(self, point: np.ndarray) -> Vector:
        """B x = V q."""
        return point[: len(self.inside)]

    def answers(self, points: Points) -> Answers:
        """x = W_1(0) q + Bᵀ(V q − V(0) q), a row for each point."""
        rank = len(self.inside)
        seen, q = points[:, :rank], points[:, rank:]
        answers = self.coordinates.lift_rows(seen - q @ self.inside.T)
        answers += (q if self.span is None else q @ self.span.T) @ self.first.T
        return answers

    def weights(self, theta: Theta) -> Theta:
        """W_1 = W_1(0) + Bᵀ(V − V(0)), back in all its columns."""
        first, *others = theta["W"]
        change, vector = first - self.inside, theta["w"]
        if self.span is not None:
            change, vector = change @ self.span.T, self.span @ vector
        whole = self.coordinates.lift(change)
        whole += self.first
        return {"W": [whole, *others], "w": vector}


def reduced(problem: TrainingProblem, network: Network) -> TrainingProblem:
    """The reduced problem, or the problem itself where the rows of A span everything, nothing, or cannot be had.

    Args:
        problem: of a dense network.
        network: of as many layers, and of any widths.
    """
    system = problem.system
    if not system.row_space.reveals_rank or system.rank in (0, system.shape[1]):
        return problem
    coordinates = system.row_coordinates
    whole, *others = problem.theta0["W"]
    inside, vector, span = coordinates.of(whole), problem.theta0["w"], None
    if not others and whole.shape[1] > len(inside) + 1:
        span = np.linalg.qr(np.column_stack([inside.T, vector]))[0]
        inside, vector = inside @ span, span.T @ vector
    return ReducedDense(
        network,
        system.on_row_space,
        {"W": [inside, *others], "w": vector},
        problem.reference,
        problem.unit,
        coordinates=coordinates,
        first=whole,
        inside=inside,
        span=span,
    )
