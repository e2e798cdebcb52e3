"""Gradient descent and SGD of x = u∘v in the coordinates p = u + v and m = u − v, many at once, with their gains.

A step of size η along g = ∂L/∂x takes p to (1 − ηg)p and m to (1 + ηg)m. So |p m| is multiplied by |1 − η²g²|, and
log|p/m| moves by log|1 − ηg| − log|1 + ηg|, of which −2ηg is in the span of the rows of A.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from ridgeless._core.arrays import Vector
from ridgeless.networks import Product
from ridgeless.papers._experiments import Scores, arrived
from ridgeless.papers._regressions import Regressions, gaussian_regressions
from ridgeless.systems import LinearSystem
from ridgeless.verbs.limit import limit

_PAPER = 230208982  # arXiv number: these draws are no other file's
NETWORK = Product(2)
Lanes = Float[np.ndarray, "seeds d k"]


@dataclass(frozen=True)
class Averaged(Regressions):
    """Regressions whose loss is averaged over equations."""

    def system(self, index: int) -> LinearSystem:
        """Rows over √n, so that ½‖A x − b‖² of the package is ‖A x − b‖²/(2n) of the paper."""
        root = np.sqrt(self.b.shape[1])
        return LinearSystem(self.A[index] / root, self.b[index] / root, self.truth)

    def stability_bounds(self) -> tuple[Vector, Vector]:
        """2/λ_max of the Hessian at the truth in the weights, as α → 0: of the loss, and of the sharpest equation.

        There u² + v² = 2|x|, and the Hessian on (p, m) is that of A·diag(2|x|)·Aᵀ/n.
        """
        weighted = self.A * np.sqrt(2 * np.abs(self.truth))
        whole = np.linalg.norm(weighted, ord=2, axis=(1, 2)) ** 2 / self.b.shape[1]
        single = np.max(np.sum(weighted**2, axis=2), axis=1)
        return 2 / whole, 2 / single


@dataclass(frozen=True)
class Ends:
    """Where descents from p = m = √2·α have come to, for each regression and step size.

    Attributes:
        p: u + v.
        m: u − v.
        gain: Σ −log|1 − η²g²|.
        tilt: Σ [log|1 − ηg| − log|1 + ηg| + 2ηg].
        area: (seeds, k) Σ η·L with L = ‖A x − b‖²/(2n).
    """

    p: Lanes
    m: Lanes
    gain: Lanes
    tilt: Lanes
    area: Scores

    @property
    def x(self) -> Lanes:
        """u∘v = (p² − m²)/4."""
        return (self.p**2 - self.m**2) / 4

    def effective_start(self, scale: float, index: int, lane: int) -> dict[str, np.ndarray]:
        """The weights with the |p m| and the tilt that the sums give: not those that were trained."""
        size = np.sqrt(2) * scale * np.exp(-self.gain[index, :, lane] / 2)
        half = self.tilt[index, :, lane] / 2
        p, m = size * np.exp(half), size * np.exp(-half)
        return {"layers": np.stack([(p + m) / 2, (p - m) / 2])}

    def limit_from_gains(self, system: LinearSystem, scale: float, index: int, lane: int) -> Vector:
        """The limit of gradient flow from the effective start; NaN where a descent diverged or the limit failed."""
        if not np.isfinite(self.gain[index, :, lane]).all():
            return np.full(system.shape[1], np.nan)
        found = limit(system, NETWORK, self.effective_start(scale, index, lane))
        return arrived(found) * found.x


def regressions(experiment: int, seeds: int, equations: int, unknowns: int, nonzeros: int) -> Averaged:
    """The regressions of an experiment, each from a stream of its own."""
    drawn = gaussian_regressions([(_PAPER, experiment, index) for index in range(seeds)], equations, unknowns, nonzeros)
    return Averaged(drawn.A, drawn.b, drawn.truth)


def start_at(scale: float, unknowns: int) -> dict[str, np.ndarray]:
    """u = √2·α, v = 0."""
    return {"layers": np.stack([np.full(unknowns, np.sqrt(2) * scale), np.zeros(unknowns)])}


def descend(
    given: Averaged, scale: float, step_sizes: Scores, steps: int, rng: np.random.Generator | None = None
) -> Ends:
    """So many steps for the loss ‖A x − b‖²/(2n); with a generator, on one equation drawn at each step, for each seed.

    Args:
        given: the regressions.
        scale: α.
        step_sizes: (seeds, k).
        steps: how many.
        rng: of the draws; None for gradient descent on all equations.
    """
    seeds, count, unknowns = given.A.shape
    sizes = step_sizes[:, None, :]
    p = np.full((seeds, unknowns, step_sizes.shape[1]), np.sqrt(2) * scale)
    m, gain, tilt, area = p.copy(), np.zeros_like(p), np.zeros_like(p), np.zeros_like(step_sizes)
    transposed, b = np.ascontiguousarray(given.A.transpose(0, 2, 1)), given.b[:, :, None]
    every = np.arange(seeds)
    with np.errstate(all="ignore"):
        for _ in range(steps):
            misfit = given.A @ ((p * p - m * m) / 4) - b
            area += step_sizes * np.sum(misfit * misfit, axis=1) / (2 * count)
            if rng is None:
                move = sizes * (transposed @ misfit) / count
            else:
                drawn = rng.integers(count, size=seeds)
                move = sizes * given.A[every, drawn, :, None] * misfit[every, drawn, None, :]
            shrink, grow = 1 - move, 1 + move
            p *= shrink
            m *= grow
            of_p, of_m = np.log(np.abs(shrink)), np.log(np.abs(grow))
            gain -= of_p + of_m
            tilt += of_p - of_m + 2 * move
    return Ends(p, m, gain, tilt, area)
