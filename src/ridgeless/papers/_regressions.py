"""Sparse regressions without noise, several side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from ridgeless._core.arrays import Vector


@dataclass(frozen=True)
class Regressions:
    """A x = b with standard Gaussian rows, once for each seed, and one truth of ones on its first entries.

    Attributes:
        A: (seeds, n, d).
        b: (seeds, n).
        truth: (d,).
    """

    A: Float[np.ndarray, "seeds n d"]
    b: Float[np.ndarray, "seeds n"]
    truth: Vector


def gaussian_regressions(streams: Sequence[Sequence[int]], equations: int, unknowns: int, nonzeros: int) -> Regressions:
    """The regressions that these streams of random numbers draw, each from its own.

    Example:
        >>> found = gaussian_regressions([[7, 0], [7, 1]], equations=2, unknowns=5, nonzeros=1)
        >>> found.A.shape, bool(np.all(found.b == found.A[:, :, 0]))
        ((2, 2, 5), True)
    """
    truth = np.zeros(unknowns)
    truth[:nonzeros] = 1.0
    generators = [np.random.default_rng(np.random.SeedSequence(stream)) for stream in streams]
    A = np.array([rng.standard_normal((equations, unknowns)) for rng in generators])
    return Regressions(A, A @ truth, truth)
