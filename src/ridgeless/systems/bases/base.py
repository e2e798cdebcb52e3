"""The base class of bases: a signal from its coefficients, and back."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

import numpy as np
from jaxtyping import Float

from ridgeless._core.arrays import real_array, whole_number
from ridgeless._core.discovery import Exemplified
from ridgeless.errors import InvalidInputError

Coefficients = Float[np.ndarray, " k"]
Signal = Float[np.ndarray, "..."]


class Basis(Exemplified, ABC):
    """A basis of the signals of one shape: s = B c, with B Bᵀ = I.

    B is orthonormal, or a tight frame where there are more coefficients than entries of the signal. Then Bᵀ s are the
    coefficients of least Euclidean norm of a signal s, and a sparse c among the others may stand for s as well.

    A basis is a frozen dataclass in a module of its own in `ridgeless.systems.bases`, which is found by being there. It
    says what `size`, `synthesis` and `analysis` are. `tests/laws/test_basis_laws.py` runs every law on its `examples`.

    Attributes:
        shape: the shape of the signal.
    """

    shape: Any

    @property
    @abstractmethod
    def size(self) -> int:
        """k, the number of coefficients."""

    @abstractmethod
    def synthesis(self, coefficients: Coefficients) -> Signal:
        """B c, the signal of these k coefficients, in its shape."""

    @abstractmethod
    def analysis(self, signal: Signal) -> Coefficients:
        """Bᵀ s, shape (k,): the transpose of `synthesis`, and its inverse where B is orthonormal."""


def checked_shape(shape: Any, call: str) -> tuple[int, ...]:
    """The shape as a tuple of whole numbers; a number stands for a signal with one axis.

    Raises:
        InvalidInputError: no axis, or one that is no whole number of at least 1.

    Example:
        >>> checked_shape(8, "DCT"), checked_shape([4, 6], "DCT")
        ((8,), (4, 6))
    """
    sides = tuple(shape) if isinstance(shape, (tuple, list)) else (shape,)
    if not sides:
        raise InvalidInputError(f"{call}: shape = () has no axis; type the shape of the picture, as in (64, 64).")
    return tuple(whole_number(side, call, "shape", least=1) for side in sides)


def in_shape(signal: Any, basis: Basis, call: str) -> np.ndarray:
    """A real signal in the shape of the basis; a flat one of as many entries is taken row by row.

    Raises:
        InvalidInputError: another number of entries, or no real numbers.
    """
    values = real_array(signal, call, "the signal")
    flat = (int(np.prod(basis.shape)),)
    if values.shape not in (basis.shape, flat):
        raise InvalidInputError(
            f"{call}: the signal needs shape {basis.shape}, or {flat} row by row; it has {values.shape}."
        )
    return values.reshape(basis.shape)
