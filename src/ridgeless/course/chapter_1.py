"""Chapter 1, many solutions: the line of solutions, its shortest point, and where least squares ends."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from jaxtyping import Float

from ridgeless.course.base import CLOSE, Exercise, NotYet, apart, numbers, one_line, small_system, solving
from ridgeless.networks import Direct
from ridgeless.systems import LinearSystem
from ridgeless.verbs.limit import limit


class TwoSolutions(Exercise):
    """Two points of the line of solutions."""

    key: ClassVar[str] = "1.1"
    question: ClassVar[str] = "Give two different solutions of x_1 + 2 x_2 = 2."

    def judge(self, answer: Any) -> str:
        """Both solve it, and they differ."""
        points, line = numbers(answer, (2, 2), "a pair of solutions"), one_line()
        for index, point in enumerate(points, start=1):
            if line.residual(point) > CLOSE:
                value = float(line.matvec(point)[0])
                raise NotYet(f"solution {index} gives x_1 + 2 x_2 = {value:.4g}, and not 2.")
        if apart(points[0], points[1]) <= CLOSE:
            raise NotYet("the two are the same; move along the line, by a multiple of (2, -1).")
        return "both solve the equation, and so does every point of the line through them."


class Shortest(Exercise):
    """The solution of least ℓ2 norm."""

    key: ClassVar[str] = "1.2"
    question: ClassVar[str] = "Give the solution of exercise.system of least Euclidean norm."

    @property
    def system(self) -> LinearSystem:
        """Three equations for six unknowns."""
        return small_system()

    def judge(self, answer: Any) -> str:
        """It solves the system, and lies in the row space."""
        x = solving(self.system, answer)
        hidden = float(np.linalg.norm(self.system.project_null(x)))
        if hidden > CLOSE * np.linalg.norm(x):
            raise NotYet(
                f"x solves the system, but a part of it of length {hidden:.4g} lies in the null space of A. "
                "The equations do not see that part: without it x is shorter."
            )
        return "x solves the system and lies in the row space of A, so that no solution is shorter."


class ChosenEnd(Exercise):
    """A start of least squares that ends at a solution chosen beforehand."""

    key: ClassVar[str] = "1.3"
    question: ClassVar[str] = (
        "Give a start x_0, other than the target itself, from which gradient descent on x ends at exercise.target."
    )

    @property
    def system(self) -> LinearSystem:
        """Three equations for six unknowns."""
        return small_system()

    @property
    def target(self) -> Float[np.ndarray, " d"]:
        """A solution that is not the shortest one."""
        return self.system.min_norm() + self.system.project_null(np.array([1.0, 0, 0, 0, 0, -1.0]))

    def judge(self, answer: Any) -> str:
        """Least squares from the start ends at the target."""
        start = numbers(answer, (6,), "a start")
        if apart(start, self.target) <= CLOSE:
            raise NotYet("that is the target itself; there are other starts, and one of them is shorter.")
        away = apart(limit(self.system, Direct(), {"x": start}).x, self.target)
        if away > CLOSE:
            raise NotYet(
                f"from this start training ends {away:.2g} of its length away from the target. Training keeps the part "
                "of the start in the null space of A: which part does the target have there?"
            )
        return "training keeps the part of the start in the null space, and finds the rest by itself."
