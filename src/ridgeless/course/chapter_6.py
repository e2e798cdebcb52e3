"""Chapter 6, steps and noise: the longest step, and a fit that is no closer than the noise."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from ridgeless.course.base import Exercise, NotYet, apart, numbers, positive, small_system
from ridgeless.inits import Constant
from ridgeless.networks import Difference
from ridgeless.systems import LinearSystem
from ridgeless.verbs.limit import limit

_STEPS = 4000


class LongestStep(Exercise):
    """The step size up to which gradient descent on x converges."""

    key: ClassVar[str] = "6.1"
    question: ClassVar[str] = (
        "Give the largest step size with which gradient descent on x, x <- x - step A^T (A x - b), converges on "
        "exercise.system, to one percent."
    )

    @property
    def system(self) -> LinearSystem:
        """Three equations for six unknowns."""
        return small_system()

    def judge(self, answer: Any) -> str:
        """One percent less converges, one percent more does not."""
        step = positive(answer, "a step size")
        if self._residual(0.99 * step) > 1:
            raise NotYet("one percent less than this still diverges: take shorter steps.")
        if self._residual(1.01 * step) <= 1:
            raise NotYet("one percent more than this still converges: longer steps will do.")
        return "one percent less converges, one percent more does not: it is 2 over the largest squared singular value."

    def _residual(self, step: float) -> float:
        """‖Ax − b‖/‖b‖ after many steps from 0."""
        A, b = self.system.A, self.system.b
        x = np.zeros(A.shape[1])
        for _ in range(_STEPS):
            x = x - step * (A.T @ (A @ x - b))
            if not np.linalg.norm(x) < 1e6:
                return np.inf
        return self.system.residual(x)


class NoisyData(Exercise):
    """A fit of noisy equations that is better than their solution."""

    key: ClassVar[str] = "6.2"
    question: ClassVar[str] = (
        "The b of exercise.system carries noise of standard deviation exercise.noise in each entry. Give an x whose "
        "error against the truth is at most 70 % of that of the limit from weights of 1e-3."
    )
    noise: ClassVar[float] = 0.3

    @property
    def system(self) -> LinearSystem:
        """Thirty equations for sixty unknowns, three of which are not 0; its truth is not told."""
        A, truth, rng = self._drawn()
        return LinearSystem(A, A @ truth + self.noise * rng.standard_normal(30), name="thirty noisy equations")

    def _drawn(self) -> tuple[np.ndarray, np.ndarray, np.random.Generator]:
        """A, the truth, and the generator that goes on to draw the noise."""
        rng = np.random.default_rng(6)
        A, truth = rng.standard_normal((30, 60)), np.zeros(60)
        truth[rng.choice(60, 3, replace=False)] = 1.0, -1.5, 2.0
        return A, truth, rng

    def judge(self, answer: Any) -> str:
        """Its error is well below that of the limit."""
        x, truth = numbers(answer, (60,), "x"), self._drawn()[1]
        exact = apart(limit(self.system, Difference(2), Constant(1e-3)).x, truth)
        error = apart(x, truth)
        if error > 0.7 * exact:
            fit = np.linalg.norm(self.system.matvec(x) - self.system.b)
            raise NotYet(
                f"the error is {error:.2g}, and that of the limit {exact:.2g}. Your ||A x - b|| is {fit:.2g}; the "
                f"noise alone has a size of about {self.noise * np.sqrt(30):.2g}."
            )
        return f"the error is {error:.2g}, and that of the limit, which fits the noise, {exact:.2g}."
