"""Exercises of the course in the manual, which judge an answer and say what is off. A chapter is one file here."""

from __future__ import annotations

from typing import Any

from ridgeless._core.discovery import discover, look_up
from ridgeless._core.shown import shown
from ridgeless.course.base import Exercise, Mark, NotYet

FOUND = dict(sorted((kind.key, kind) for kind in discover(__name__, Exercise).values()))


def exercise(key: str) -> Exercise:
    """An exercise by its number, with the data that its question is about.

    Raises:
        InvalidInputError: no exercise has this number.

    Example:
        >>> print(exercise("1.1").question)
        Give two different solutions of x_1 + 2 x_2 = 2.
    """
    return look_up(key, FOUND, "exercise")()


def check(key: str, answer: Any) -> Mark:
    """Whether an answer to an exercise is right, and if not, what is off.

    Args:
        key: of the exercise, such as "1.1".
        answer: in the form that its question asks for.

    Raises:
        InvalidInputError: no exercise has this number.

    Example:
        >>> check("1.1", [[2, 0], [0, 1]])
        right: both solve the equation, and so does every point of the line through them.
        >>> check("1.1", [[2, 0], [1, 1]])
        not yet: solution 2 gives x_1 + 2 x_2 = 3, and not 2.
    """
    return exercise(key).check(answer)


__all__ = ["FOUND", "Exercise", "Mark", "NotYet", "check", "exercise"]
__getattr__, __dir__ = shown(__name__, __all__)
