"""`Problem`: base class of generators of linear systems with known truth."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from numbers import Real
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike

from ridgeless._core.arrays import Vector, real_array, whole_number
from ridgeless._core.discovery import Exemplified
from ridgeless.errors import InvalidInputError
from ridgeless.systems.linear import LinearSystem

# Inits draw from SeedSequence(seed). With the same stream, a Gaussian A would contain the numbers of a Gaussian start
# of the same seed, which would then lie in its row space.
_STREAM = (int.from_bytes(b"sys"),)


class Problem(Exemplified, ABC):
    """A generator of systems (`LinearSystem`) with known truth: the parameters are fields, the seed is an argument.

    A new one is a frozen dataclass in a module of `ridgeless.systems`, which is found by scanning the package.

    Attributes:
        citation: source of the problem, author and year; empty where it is folklore.
        stream: the spawn key of the problem's random numbers.
        is_random: whether another seed draws another A and b.
    """

    citation: ClassVar[str] = ""
    stream: ClassVar[tuple[int, ...]] = _STREAM
    is_random: ClassVar[bool] = True

    @abstractmethod
    def system(self, seed: int = 0) -> LinearSystem:
        """The system that `seed` draws: the same bits for the same seed, on every machine of one NumPy.

        Args:
            seed: a whole number ≥ 0, handed to `numpy.random.SeedSequence` with the spawn key `stream`: an init of
                the same seed draws other numbers.

        Raises:
            InvalidInputError: the seed is no whole number, or negative.
        """

    def picture(self, x: ArrayLike) -> np.ndarray | None:  # noqa: ARG002 - only problems with pictures read it
        """The 2-D picture that a solution x of shape (d,) represents; None where x is no picture."""
        return None

    def _generator(self, seed: Any) -> np.random.Generator:
        checked = whole_number(seed, f"{type(self).__name__}.system", "seed", least=0)
        return np.random.default_rng(np.random.SeedSequence(checked, spawn_key=self.stream))

    def _check_counts(self, **least: int) -> None:
        """Check that each named field is a whole number of at least the given value, and store it as a Python int."""
        for field, bound in least.items():
            count = whole_number(getattr(self, field), type(self).__name__, field, least=bound)
            object.__setattr__(self, field, count)

    def _check_at_most(self, field: str, other: str) -> None:
        if getattr(self, field) > getattr(self, other):
            raise InvalidInputError(
                f"{type(self).__name__}: {field} = {getattr(self, field)} exceeds {other} = "
                f"{getattr(self, other)}; type at most as many."
            )

    def _check_number(self, field: str, below: float = math.inf) -> None:
        """Check that the named field is a number in [0, below), and store it as a Python float."""
        value = getattr(self, field)
        is_number = isinstance(value, Real) and not isinstance(value, bool)
        if not (is_number and 0 <= float(value) < below):
            limit = "" if below == math.inf else f" and below {below:g}"
            raise InvalidInputError(
                f"{type(self).__name__}: {field} = {value!r}; type a finite number of at least 0{limit}."
            )
        object.__setattr__(self, field, float(value))


def sparse_vector(support: np.ndarray, entries: Any, length: int) -> Vector:
    """The vector of this length with `entries` on `support` and zeros elsewhere."""
    vector = np.zeros(length)
    vector[support] = entries
    return vector


def as_square(x: ArrayLike, side: int, call: str) -> np.ndarray:
    """A float64 copy of x, of shape (side²,), as (side, side), row by row.

    Raises:
        InvalidInputError: x has another shape, or holds no real numbers.
    """
    values = real_array(x, call, "x")
    if values.shape != (side * side,):
        raise InvalidInputError(f"{call}: x needs shape ({side * side},); it has {values.shape}.")
    return values.reshape(side, side)
