"""What an exercise is, and how answers of any form are read."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from jaxtyping import Float

from ridgeless.errors import RidgelessError
from ridgeless.systems import LinearSystem

# An answer is given by hand or by a solver of one's own: six digits are enough.
CLOSE = 1e-6


class NotYet(RidgelessError):
    """What is off in an answer. `Exercise.check` makes a mark of it, so that none is raised to the reader."""


@dataclass(frozen=True, repr=False)
class Mark:
    """Whether an answer is right, with a sentence on why.

    Attributes:
        is_right: whether it is.
        message: what is right about it, or what is off.

    Example:
        >>> Mark(True, "both solve the equation.")
        right: both solve the equation.
    """

    is_right: bool
    message: str

    def __bool__(self) -> bool:
        return self.is_right

    def __repr__(self) -> str:
        return f"{'right' if self.is_right else 'not yet'}: {self.message}"


class Exercise(ABC):
    """A question, the data that it is about, and a judge of answers.

    A judge computes: it solves, trains or certifies with what it is given, and compares with no stored answer.
    """

    key: ClassVar[str]
    question: ClassVar[str]

    @abstractmethod
    def judge(self, answer: Any) -> str:
        """What is right about an answer, as a sentence.

        Raises:
            NotYet: it is not right; the message says what is off.
        """

    def check(self, answer: Any) -> Mark:
        """The mark of an answer.

        Example:
            >>> from ridgeless.course import exercise
            >>> bool(exercise("1.1").check([[2, 0], [0, 1]]))
            True
        """
        try:
            return Mark(True, self.judge(answer))
        except NotYet as off:
            return Mark(False, str(off))


def numbers(answer: Any, shape: tuple[int, ...], what: str) -> Float[np.ndarray, "..."]:
    """An answer as an array of finite numbers of this shape.

    Raises:
        NotYet: it is not.
    """
    try:
        found = np.asarray(answer, dtype=float)
    except (TypeError, ValueError):
        raise NotYet(f"{what} has to be made of numbers; a {type(answer).__name__} came.") from None
    if found.shape != shape:
        raise NotYet(f"{what} has the shape {shape}; an array of shape {found.shape} came.")
    if not np.isfinite(found).all():
        raise NotYet(f"{what} has entries that are no finite numbers.")
    return found


def positive(answer: Any, what: str) -> float:
    """An answer as a number above 0.

    Raises:
        NotYet: it is none.
    """
    found = float(numbers(answer, (), what))
    if found <= 0:
        raise NotYet(f"{what} is above 0; {found:g} came.")
    return found


def solving(system: LinearSystem, answer: Any) -> Float[np.ndarray, " d"]:
    """An answer as a solution of a system.

    Raises:
        NotYet: it solves it not.
    """
    x = numbers(answer, (system.shape[1],), "x")
    if system.residual(x) > CLOSE:
        worst = int(np.abs(system.matvec(x) - system.b).argmax())
        missed = float(system.matvec(x)[worst])
        raise NotYet(
            f"x does not solve equation {worst}: its left side is {missed:.4g}, and b is {system.b[worst]:.4g}."
        )
    return x


def apart(x: Float[np.ndarray, " d"], target: Float[np.ndarray, " d"]) -> float:
    """‖x − target‖ relative to ‖target‖."""
    return float(np.linalg.norm(x - target) / np.linalg.norm(target))


def one_line() -> LinearSystem:
    """x_1 + 2 x_2 = 2, the smallest system that has many solutions."""
    return LinearSystem(np.array([[1.0, 2.0]]), np.array([2.0]), name="x_1 + 2 x_2 = 2")


def small_system() -> LinearSystem:
    """Three equations for six unknowns, of whole numbers."""
    A = np.array([[2.0, 1, 0, -1, 1, 3], [1, -2, 3, 0, 2, 1], [0, 1, 1, 2, -1, 2]])
    return LinearSystem(A, np.array([4.0, 1.0, 3.0]), name="three equations")
