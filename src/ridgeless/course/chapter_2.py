"""Chapter 2, the start decides: vanishing weights, a scale that is small enough, a point in between."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from jaxtyping import Float

from ridgeless.course.base import CLOSE, Exercise, NotYet, apart, numbers, one_line, positive, solving
from ridgeless.inits import Constant, Vanishing
from ridgeless.networks import Difference
from ridgeless.systems import LinearSystem
from ridgeless.verbs.limit import limit


class VanishingEnd(Exercise):
    """Where training from vanishing weights ends, found by hand."""

    key: ClassVar[str] = "2.1"
    question: ClassVar[str] = (
        "Train x = u^2 - v^2 on x_1 + 2 x_2 = 2 from equal weights that tend to 0. Give the x at which training ends."
    )

    def judge(self, answer: Any) -> str:
        """It is the limit of vanishing starts."""
        line = one_line()
        x = solving(line, answer)
        if apart(x, limit(line, Difference(2), Vanishing()).x) <= CLOSE:
            return "of all solutions this one has the least |x_1| + |x_2|."
        norm = np.abs(x).sum()
        if apart(x, line.min_norm()) <= CLOSE:
            raise NotYet("that is the shortest solution, where training from large weights ends.")
        raise NotYet(f"x solves the equation with |x_1| + |x_2| = {norm:.4g}, and another solution has less.")


class SmallEnough(Exercise):
    """A scale at which the ℓ1 norm is nearly the least one."""

    key: ClassVar[str] = "2.2"
    question: ClassVar[str] = (
        "Give a scale of the start from which the limit of Difference(depth=2) on exercise.system has an l1 norm "
        "between 0.5 % and 1 % above the least one."
    )

    @property
    def system(self) -> LinearSystem:
        """Ten equations for thirty unknowns, two of which are not 0."""
        rng = np.random.default_rng(2)
        A, truth = rng.standard_normal((10, 30)), np.zeros(30)
        truth[[4, 17]] = 1.0, -2.0
        return LinearSystem(A, A @ truth, truth=truth, name="ten equations")

    def judge(self, answer: Any) -> str:
        """The excess lies in between."""
        scale = positive(answer, "a scale")
        least = np.abs(limit(self.system, Difference(2), Vanishing()).x).sum()
        excess = float(np.abs(limit(self.system, Difference(2), Constant(scale)).x).sum() / least - 1)
        if excess > 0.01:
            raise NotYet(f"from {scale:g} the l1 norm ends {excess:.2%} above the least: take a smaller start.")
        if excess < 0.005:
            raise NotYet(f"from {scale:g} the l1 norm ends {excess:.2%} above the least: a larger start will do.")
        return f"the l1 norm ends {excess:.2%} above the least."


class InBetween(Exercise):
    """Unequal weights whose training ends at a point chosen beforehand."""

    key: ClassVar[str] = "2.3"
    question: ClassVar[str] = (
        "Train x = u^2 - v^2 on x_1 + 2 x_2 = 2. Give starting weights [[u_1, u_2], [v_1, v_2]], all above 0 and with "
        "u = v, from which training ends at exercise.target."
    )

    @property
    def system(self) -> LinearSystem:
        """x_1 + 2 x_2 = 2."""
        return one_line()

    @property
    def target(self) -> Float[np.ndarray, "2"]:
        """A solution with more of x_1 than equal weights would give it."""
        return np.array([1.0, 0.5])

    def judge(self, answer: Any) -> str:
        """The limit from these weights is the target."""
        u, v = numbers(answer, (2, 2), "a start")
        if (u <= 0).any() or (u != v).any():
            raise NotYet("the weights have to be above 0, and u equal to v.")
        x = limit(one_line(), Difference(2), {"u": u, "v": v}).x
        away = apart(x, self.target)
        if away > CLOSE:
            hint = "x_1 is too large: give it smaller weights" if x[0] > self.target[0] else "x_1 is too small"
            raise NotYet(f"training ends at ({x[0]:.6g}, {x[1]:.6g}): {hint}. The mirror map gives them exactly.")
        return "the mirror map, 4 z_i = asinh(x_i / 2u_i^2) with z_2 = 2 z_1, says which weights end there."
