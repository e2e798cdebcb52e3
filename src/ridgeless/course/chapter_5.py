"""Chapter 5, deep layers: what does not train, and a start that lands on a target."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from jaxtyping import Float

from ridgeless.course.base import CLOSE, Exercise, NotYet, apart, numbers, small_system
from ridgeless.errors import NoExactLimit
from ridgeless.flows import GradientFlow
from ridgeless.inits import Gaussian
from ridgeless.networks import Dense, Theta
from ridgeless.solution import Solution
from ridgeless.systems import LinearSystem
from ridgeless.verbs.limit import limit
from ridgeless.verbs.train import train


class WhatStays(Exercise):
    """The gap to the shortest solution, from the first weights and the last."""

    key: ClassVar[str] = "5.1"
    question: ClassVar[str] = (
        "exercise.trained() trains x = W_1 w on exercise.system. Give x - A^+ b at the end, from the W_1 of the start, "
        "exercise.theta0['W'][0], and the w of the end, exercise.trained().theta['w']."
    )

    @property
    def system(self) -> LinearSystem:
        """Three equations for six unknowns."""
        return small_system()

    @property
    def theta0(self) -> Theta:
        """Gaussian weights of width 4."""
        return Gaussian(0.8)(Dense(hidden=1, width=4), self.system, seed=5)

    def trained(self) -> Solution:
        """Gradient flow from theta0."""
        return train(self.system, Dense(hidden=1, width=4), self.theta0, GradientFlow(), tol=1e-10)

    def judge(self, answer: Any) -> str:
        """It is the gap of the training."""
        gap = numbers(answer, (6,), "the gap")
        measured = self.trained().x - self.system.min_norm()
        if np.linalg.norm(self.system.matvec(gap)) > CLOSE * np.linalg.norm(measured):
            raise NotYet(
                "x and A^+ b both solve the system, so that A times their difference is 0; A times yours is not."
            )
        if apart(gap, measured) > CLOSE:
            raise NotYet(
                f"the gap that training leaves is {apart(gap, measured):.2g} of its length away from yours. The part "
                "of W_1 in the null space of A stays, and is read out by the w of the end, not of the start."
            )
        return "x ends at A^+ b + P_N W_1(0) w: the equations decide the first term, and the start the second."


class Landing(Exercise):
    """Two layers whose training ends at a solution chosen beforehand."""

    key: ClassVar[str] = "5.2"
    question: ClassVar[str] = (
        "Give a start {'W': [W_1], 'w': w} of x = W_1 w, with W_1 of shape (6, 1) and w of shape (1,), from which "
        "training on exercise.system ends at exercise.target."
    )

    @property
    def system(self) -> LinearSystem:
        """Three equations for six unknowns."""
        return small_system()

    @property
    def target(self) -> Float[np.ndarray, " d"]:
        """A solution that is not the shortest one."""
        return self.system.min_norm() + self.system.project_null(np.array([0.0, 2.0, 0, 0, 1.0, 0]))

    def judge(self, answer: Any) -> str:
        """Training from these weights ends at the target."""
        if not isinstance(answer, dict) or set(answer) != {"W", "w"} or len(answer["W"]) != 1:
            raise NotYet("a start is a dict {'W': [W_1], 'w': w}.")
        theta0 = {"W": [numbers(answer["W"][0], (6, 1), "W_1")], "w": numbers(answer["w"], (1,), "w")}
        network = Dense(hidden=1, width=1)
        try:
            found = limit(self.system, network, theta0)
        except NoExactLimit:
            found = train(self.system, network, theta0, GradientFlow(), tol=1e-10)
        if not found.success:
            raise NotYet(f"from this start nothing is reached: {found.message}")
        if apart(found.x, self.target) > CLOSE:
            raise NotYet(
                f"training ends {apart(found.x, self.target):.2g} of its length away from the target. Begin with W_1 "
                "in the null space of A, along target - A^+ b; its length relative to w is one equation."
            )
        return "the start programs the answer: any solution at all can be the end of training."
