"""Gradient descent of x = v² with noise on a label or on the weights, on several regressions at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from ridgeless.papers._experiments import Scores
from ridgeless.papers._regressions import Regressions, gaussian_regressions
from ridgeless.papers.base import Budget, Points
from ridgeless.systems import LinearSystem

_PAPER = 200608680  # arXiv number: these draws are no other file's
START, NOISE = 1.0, 1.0


@dataclass(frozen=True)
class Setup:
    """Sizes and steps.

    Attributes:
        equations: n.
        unknowns: d.
        nonzeros: entries of the truth that are 1; the others are 0.
        steps: of each stage.
        step_sizes: η of each stage.
    """

    equations: int
    unknowns: int
    nonzeros: int
    steps: tuple[int, ...]
    step_sizes: tuple[float, ...]

    def clock(self, step: int) -> float:
        """Σ η² over the first so many steps.

        Example:
            >>> Setup(1, 1, 1, (10, 10), (1.0, 2.0)).clock(15)
            30.0
        """
        return float(np.sum(self.sizes[:step] ** 2))

    @property
    def sizes(self) -> Points:
        """η at each step."""
        return np.repeat(np.array(self.step_sizes), self.steps)


SMALL = Setup(16, 48, 2, (25_000, 5_000, 5_000), (0.02, 0.002, 0.0002))
FULL = Setup(40, 100, 5, (100_000, 100_000, 100_000), (0.01, 0.001, 0.0001))


def setup_for(budget: Budget) -> Setup:
    """The paper's own settings, but for the tier of seconds."""
    return budget.choose(seconds=SMALL, minutes=FULL, cluster=FULL)


@dataclass(frozen=True)
class Designs(Regressions):
    """The regressions that networks x = v² are trained on."""

    def errors(self, v: Scores) -> Points:
        """‖v² − truth‖² of each."""
        return np.sum((v * v - self.truth) ** 2, axis=-1)

    def system(self, index: int) -> LinearSystem:
        """A x = b of one seed."""
        return LinearSystem(self.A[index], self.b[index], self.truth)


def designs(seeds: int, setup: Setup) -> Designs:
    """The designs of all sections, each from a stream of its own."""
    streams = [(_PAPER, index) for index in range(seeds)]
    drawn = gaussian_regressions(streams, setup.equations, setup.unknowns, setup.nonzeros)
    return Designs(drawn.A, drawn.b, drawn.truth)


@dataclass(frozen=True)
class Path:
    """Descents at some steps.

    Attributes:
        marks: (k,) steps.
        v: (k, seeds, d) the weights then.
        tilt: (k, seeds, d) Σ [log|1 − ηg| + ηg], g the gradient in x that the step took.
    """

    marks: list[int]
    v: Float[np.ndarray, "k seeds d"]
    tilt: Float[np.ndarray, "k seeds d"]


def descend(
    given: Designs, sizes: Points, marks: list[int], seed: int, on_label: float = 0.0, on_weights: float = 0.0
) -> Path:
    """Steps v ← v·(1 − ηg) with g = Aᵀ(A v² − b)/n, the gradient of ‖A v² − b‖²/(4n) being v·g.

    Args:
        given: the regressions.
        sizes: η of each step.
        marks: steps at which to look, increasing, the last one at most `len(sizes)`.
        seed: of all noise.
        on_label: δ: g also has −δ·ξ·a_k, ξ a standard Gaussian and a_k a row drawn anew, as if b_k were b_k + δξ.
        on_weights: δ of a standard Gaussian that is added to the gradient in v.
    """
    rng, (seeds, count, _) = np.random.default_rng([_PAPER, seed]), given.A.shape
    v, every = np.full((seeds, given.A.shape[2]), START), np.arange(seeds)
    tilt, transposed = np.zeros_like(v), np.ascontiguousarray(given.A.transpose(0, 2, 1))
    looked: list[tuple[Scores, Scores]] = []
    for step, size in enumerate(sizes[: marks[-1]].tolist(), start=1):
        misfit = (given.A @ (v * v)[:, :, None])[:, :, 0] - given.b
        gradient = (transposed @ misfit[:, :, None])[:, :, 0] / count
        if on_label:
            drawn = given.A[every, rng.integers(count, size=seeds)]
            gradient -= on_label * rng.standard_normal(seeds)[:, None] * drawn
        move = size * gradient
        v = v * (1 - move)
        tilt += np.log(np.abs(1 - move)) + move
        if on_weights:
            v -= size * on_weights * rng.standard_normal(v.shape)
        if step == marks[len(looked)]:
            looked.append((v.copy(), tilt.copy()))
    return Path(marks, *(np.array(column) for column in zip(*looked, strict=True)))


def law(given: Designs, clock: float) -> Scores:
    """−½δ²·diag(AᵀA/n)·Ση²: the mean of the tilt, to second order in η, once the labels are fitted.

    A step adds log|1 − ηg| + ηg ≈ −½η²g² to it, and g is then the noise alone, of variance δ²·diag(AᵀA/n).
    """
    return -0.5 * NOISE**2 * clock * np.mean(given.A**2, axis=1)
