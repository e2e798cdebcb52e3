"""Rademacher designs with a sparse truth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from ridgeless._core.arrays import Matrix, Vector

_PAPER = 190905122  # arXiv number: this file's draws are no other file's


@dataclass(frozen=True)
class Regression:
    """y = X w + σξ with the truth w on the first entries.

    Attributes:
        design: X (n, d), entries ±1.
        truth: w (d,).
        noise: ξ (n,), standard Gaussian; σ is chosen later.
    """

    design: Matrix
    truth: Vector
    noise: Float[np.ndarray, " n"]

    @property
    def support(self) -> np.ndarray:
        """Where the truth is not 0."""
        return np.flatnonzero(self.truth)

    def labels(self, noise: float) -> Float[np.ndarray, " n"]:
        """X w + σξ."""
        return self.design @ self.truth + noise * self.noise

    def least_squares_error(self, noise: float) -> float:
        """‖ŵ − w‖² of least squares on the support: an oracle tells where it is."""
        columns = self.design[:, self.support]
        found = np.linalg.lstsq(columns, self.labels(noise), rcond=None)[0]
        return float(np.sum((found - self.truth[self.support]) ** 2))


def rademacher(experiment: int, index: int, equations: int, unknowns: int, entries: Vector) -> Regression:
    """A design drawn anew, with these entries of the truth at its beginning."""
    rng = np.random.default_rng(np.random.SeedSequence([_PAPER, experiment, index]))
    design = 2.0 * rng.integers(0, 2, (equations, unknowns)) - 1.0
    truth = np.zeros(unknowns)
    truth[: len(entries)] = entries
    return Regression(design, truth, rng.standard_normal(equations))
