"""Gradient descent of x = u^D − v^D for the loss ‖A x − b‖²/n, on many starts and right-hand sides at once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from ridgeless._core.arrays import Matrix

Columns = Float[np.ndarray, "d m"]


@dataclass(frozen=True)
class Descent:
    """Gradient descent of m networks side by side: one column for each start, right-hand side or step size.

    Attributes:
        A: (n, d), shared.
        b: (n, m).
        scales: (m,) u = v = scale.
        depth: D.
        step_sizes: η, (m,) or (d, m), for the loss ‖A x − b‖²/n.
    """

    A: Matrix
    b: Float[np.ndarray, "n m"]
    scales: Float[np.ndarray, " m"]
    depth: int
    step_sizes: Float[np.ndarray, "..."]

    def start(self) -> tuple[Columns, Columns]:
        """The first u and v."""
        u = np.tile(self.scales, (self.A.shape[1], 1))
        return u, u.copy()

    def step(self, u: Columns, v: Columns, step_sizes: Float[np.ndarray, "..."]) -> None:
        """One step, in place: u −= 2Dη/n·u^(D−1)∘Aᵀ(A x − b), and v with the other sign."""
        gradient = self.A.T @ (self.A @ (u**self.depth - v**self.depth) - self.b)
        gradient *= 2 * self.depth / len(self.A) * step_sizes
        u -= gradient * u ** (self.depth - 1)
        v += gradient * v ** (self.depth - 1)

    def at(self, marks: Int[np.ndarray, " k"]) -> Iterator[Columns]:
        """x after as many steps as each mark says, marks increasing.

        Example:
            >>> one = Descent(np.eye(1), np.ones((1, 1)), np.array([0.5]), 2, np.array([0.1]))
            >>> [float(x[0, 0].round(6)) for x in one.at(np.array([0, 1, 100]))]
            [0.0, 0.4, 1.0]
        """
        u, v = self.start()
        taken = 0
        for mark in marks.tolist():
            while taken < mark:
                self.step(u, v, self.step_sizes)
                taken += 1
            yield u**self.depth - v**self.depth
