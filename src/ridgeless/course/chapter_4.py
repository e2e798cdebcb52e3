"""Chapter 4, signs and prices: locked signs, the prices that a start sets, and who comes first."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from jaxtyping import Float

from ridgeless.course.base import CLOSE, Exercise, NotYet, numbers, small_system
from ridgeless.errors import InfeasibleSignsError
from ridgeless.inits import Constant, Vanishing
from ridgeless.networks import Difference, Power
from ridgeless.solution import Saddles, Status
from ridgeless.systems import LinearSystem
from ridgeless.verbs.limit import limit


class LockedSigns(Exercise):
    """A right-hand side that locked signs cannot reach."""

    key: ClassVar[str] = "4.1"
    question: ClassVar[str] = (
        "x = u^2 is never below 0. Give a b of two numbers for which exercise.A x = b has solutions, but none with "
        "x >= 0."
    )

    @property
    def A(self) -> Float[np.ndarray, "2 3"]:  # noqa: N802 - A as on paper
        """Two equations for three unknowns."""
        return np.array([[1.0, 2.0, 0.0], [0.0, 1.0, 1.0]])

    def judge(self, answer: Any) -> str:
        """`limit` refuses the system with a proof."""
        b = numbers(answer, (2,), "b")
        try:
            found = limit(LinearSystem(self.A, b), Power(2), Constant(0.1))
        except InfeasibleSignsError:
            return "rl.limit raises InfeasibleSignsError: training x = u^2 can never reach zero loss here."
        shown = ", ".join(f"{value:.3g}" for value in found.x)
        raise NotYet(f"x = ({shown}) solves A x = b and has no negative entry.")


class Prices(Exercise):
    """Starting weights that make one coordinate the cheapest."""

    key: ClassVar[str] = "4.2"
    question: ClassVar[str] = (
        "Train x = u^3 - v^3 on x_1 + x_2 + x_3 = 1 from vanishing weights in the proportions u = (u_1, u_2, u_3) and "
        "v = (1, 1, 1). Give a u from which training ends at (0, 1, 0)."
    )

    def judge(self, answer: Any) -> str:
        """The vanishing limit is the second unit vector."""
        u = numbers(answer, (3,), "u")
        if (u <= 0).any():
            raise NotYet("all three weights have to be above 0.")
        system = LinearSystem(np.ones((1, 3)), np.ones(1))
        found = limit(system, Difference(3), Vanishing({"u": u, "v": np.ones(3)}))
        shown = ", ".join(f"{value:.3g}" for value in found.x)
        if found.status is Status.NOT_UNIQUE:
            raise NotYet(f"several coordinates are equally cheap, and training ends at ({shown}): break the tie.")
        if np.abs(found.x - np.array([0.0, 1.0, 0.0])).max() > CLOSE:
            raise NotYet(f"training ends at ({shown}). At depth 3 the price of x_i is 1/u_i.")
        return "at depth 3 the price of x_i is 1/u_i, and x_2 is the cheapest."


class FirstOne(Exercise):
    """The coordinate that leaves 0 first."""

    key: ClassVar[str] = "4.3"
    question: ClassVar[str] = (
        "Train x = u^2 - v^2 on exercise.system from equal weights that tend to 0. Give the index, counted from 0, of "
        "the coordinate that leaves 0 first."
    )

    @property
    def system(self) -> LinearSystem:
        """Three equations for six unknowns."""
        return small_system()

    def judge(self, answer: Any) -> str:
        """It is the first jump of the vanishing limit."""
        index = float(numbers(answer, (), "an index"))
        if index not in range(6):
            raise NotYet(f"there are coordinates 0 to 5, and no {index:g}.")
        saddles = limit(self.system, Difference(2), Vanishing()).history
        if not isinstance(saddles, Saddles):
            raise TypeError("a vanishing limit has saddles for its history")
        first = int(saddles.coordinate[1])
        if index != first:
            pull = float(self.system.rmatvec(self.system.b)[int(index)])
            raise NotYet(f"A^T b pulls coordinate {index:.0f} with {pull:.4g}, and another one with more.")
        return "near 0 every coordinate grows at the rate |A^T b|, so that the one with the strongest pull is first."
