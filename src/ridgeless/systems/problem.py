"""`Problem`: base class of generators of linear systems with known truth."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import KW_ONLY, dataclass
from numbers import Real
from typing import Any, ClassVar, final

import numpy as np
from numpy.typing import ArrayLike

from ridgeless._core.arrays import Vector, real_array, whole_number
from ridgeless._core.discovery import Exemplified
from ridgeless.errors import InvalidInputError
from ridgeless.systems.linear import LinearSystem

# Inits draw from SeedSequence(seed). With the same stream, a Gaussian A would contain the numbers of a Gaussian start
# of the same seed, which would then lie in its row space.
_STREAM = (int.from_bytes(b"sys"),)
# What noise adds to the spawn key of a problem, so that its level changes neither A nor the truth.
_NOISE_STREAM = int.from_bytes(b"noise")


class _NoiseLevel:
    """The field `noise`: checked when it is set, since the classes of problems need not call their base's checks."""

    def __get__(self, problem: Problem | None, owner: type | None = None) -> float:
        return 0.0 if problem is None else vars(problem)["noise"]  # dataclasses read the default from the class

    def __set__(self, problem: Problem, value: Any) -> None:
        vars(problem)["noise"] = _checked_number(value, type(problem).__name__, "noise", math.inf)


@dataclass(frozen=True)
class Problem(Exemplified, ABC):
    """A generator of systems (`LinearSystem`) with known truth: the parameters are fields, the seed is an argument.

    A new one is a frozen dataclass in a module of `ridgeless.systems`, which is found by scanning the package. It says
    what `noiseless` is, and has the field `noise` by inheritance.

    Attributes:
        noise: standard deviation of the Gaussian noise that is added to each entry of b, ≥ 0; given by keyword. The
            truth does not solve a system with noise: every exact solution interpolates the noise.
        citation: source of the problem, author and year; empty where it is folklore.
        stream: the spawn key of the problem's random numbers.
        is_random: whether another seed draws another A and b, apart from noise.

    Raises:
        InvalidInputError: the noise is no finite number, or negative.

    Example:
        >>> import ridgeless as rl
        >>> exact, noisy = (rl.systems.GaussianSparse(noise=noise).system(seed=1) for noise in (0.0, 0.1))
        >>> bool((noisy.A == exact.A).all()), bool((noisy.truth == exact.truth).all())
        (True, True)
        >>> round(float((noisy.b - exact.b).std()), 1)
        0.1
    """

    citation: ClassVar[str] = ""
    stream: ClassVar[tuple[int, ...]] = _STREAM
    is_random: ClassVar[bool] = True

    _: KW_ONLY
    noise: float = _NoiseLevel()  # pyright: ignore[reportAssignmentType]

    @final
    def system(self, seed: int = 0) -> LinearSystem:
        """The system that `seed` draws: the same bits for the same seed, on every machine of one NumPy.

        With noise, A and the truth are those of the same problem without it, and b is b + noise·g, where g ~ N(0, I)
        depends on the seed alone: the same direction at every level of noise.

        Args:
            seed: a whole number ≥ 0, handed to `numpy.random.SeedSequence` with the spawn key `stream`: an init of
                the same seed draws other numbers, and so does the noise.

        Raises:
            InvalidInputError: the seed is no whole number, or negative.
        """
        checked = whole_number(seed, f"{type(self).__name__}.system", "seed", least=0)
        exact = self.noiseless(checked)
        if self.noise == 0:
            return exact
        stream = np.random.SeedSequence(checked, spawn_key=(*self.stream, _NOISE_STREAM))
        direction = np.random.default_rng(stream).standard_normal(exact.shape[0])
        noisy = exact.with_right(exact.b + self.noise * direction)
        # `with_right` cannot know it: b is another, and the truth is not.
        object.__setattr__(noisy, "truth", exact.truth)
        return noisy

    @abstractmethod
    def noiseless(self, seed: int) -> LinearSystem:
        """The system that `seed` draws, with b = A·truth. Draw from `self._generator(seed)`.

        Args:
            seed: a whole number ≥ 0, already checked.
        """

    def picture(self, x: ArrayLike) -> np.ndarray | None:  # noqa: ARG002 - only problems with pictures read it
        """The 2-D picture that a solution x of shape (d,) represents; None where x is no picture."""
        return None

    def _generator(self, seed: int) -> np.random.Generator:
        return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=self.stream))

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
        value = _checked_number(getattr(self, field), type(self).__name__, field, below)
        object.__setattr__(self, field, value)


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


def _checked_number(value: Any, call: str, field: str, below: float) -> float:
    """`value` as a float, if it is a number in [0, below)."""
    is_number = isinstance(value, Real) and not isinstance(value, bool)
    if not (is_number and 0 <= float(value) < below):
        limit = "" if below == math.inf else f" and below {below:g}"
        raise InvalidInputError(f"{call}: {field} = {value!r}; type a finite number of at least 0{limit}.")
    return float(value)
