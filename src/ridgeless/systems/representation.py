"""The unknowns of a system whose signal is complex, or is given by its coefficients in a basis."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float
from scipy.sparse.linalg import LinearOperator

from ridgeless._core.arrays import Vector
from ridgeless.errors import InvalidInputError
from ridgeless.systems.bases import Basis
from ridgeless.systems.bases.base import in_shape
from ridgeless.systems.blocks import ColumnBlocks
from ridgeless.systems.complex_parts import parts_of

Parts = Float[np.ndarray, " parts"]


@dataclass(frozen=True)
class Representation:
    """How the unknowns x stand for the signal s that the equations are about.

    s = B c with the coefficients c in a basis, or s = c without one. For a complex signal, x holds Re c and then Im c.

    Attributes:
        basis: B; None where the unknowns are the entries of the signal.
        is_complex: whether the signal is complex.
    """

    basis: Basis | None = None
    is_complex: bool = False

    @property
    def note(self) -> str:
        """What `repr` of a system says of it."""
        return (", complex" if self.is_complex else "") + ("" if self.basis is None else f" in {self.basis}")

    def signal(self, x: Vector) -> np.ndarray:
        """s, in the shape of the basis, and complex where it is."""
        halves = [part if self.basis is None else self.basis.synthesis(part) for part in self._split(x)]
        return halves[0] + 1j * halves[1] if self.is_complex else halves[0]

    def unknowns(self, signal: Any) -> Vector:
        """The x of a signal: of least Euclidean norm, where several stand for it."""
        parts = parts_of(signal) if self.is_complex else (signal,)
        basis = self.basis
        if basis is None:
            return np.concatenate([np.ravel(part) for part in parts])
        return np.concatenate([basis.analysis(in_shape(part, basis, "LinearSystem: truth")) for part in parts])

    def of_matrix(self, A: Any, what: str) -> Any:
        """A B, for a real A on the entries of the signal (its real and then its imaginary parts): dense for a dense A.

        Raises:
            InvalidInputError: A has another number of columns, or is a dask array.
        """
        if self.basis is None:
            return A
        entries = int(np.prod(self.basis.shape))
        if isinstance(A, ColumnBlocks):
            raise InvalidInputError(
                f"LinearSystem: {what} is a dask array, whose columns are read in blocks, and a basis needs them "
                "together; leave the basis out, or pass an operator."
            )
        if A.shape[1] != self._count * entries:
            raise InvalidInputError(
                f"LinearSystem: {what} has {A.shape[1] // self._count} columns, and the signals of {self.basis} have "
                f"{entries} entries; give the basis the shape of the signal."
            )
        if isinstance(A, np.ndarray):
            return np.stack([self._back(row) for row in A]) if len(A) else np.empty((0, self._count * self.basis.size))
        return _OnCoefficients(A, self)

    def _forth(self, coefficients: Vector) -> Parts:
        return self._each(self._basis.synthesis, self._split(coefficients))

    def _back(self, entries: Parts) -> Vector:
        return self._each(lambda part: self._basis.analysis(part.reshape(self._basis.shape)), self._split(entries))

    @staticmethod
    def _each(function: Callable[[np.ndarray], np.ndarray], parts: list[np.ndarray]) -> np.ndarray:
        return np.concatenate([np.ravel(function(part)) for part in parts])

    def _split(self, values: np.ndarray) -> list[np.ndarray]:
        return np.split(values, self._count)

    @property
    def _count(self) -> int:
        return 2 if self.is_complex else 1

    @property
    def _basis(self) -> Basis:
        if self.basis is None:
            raise TypeError("a representation without a basis has no synthesis")
        return self.basis


class _OnCoefficients(LinearOperator):
    """A B by products: A is a sparse matrix or an operator."""

    def __init__(self, matrix: Any, representation: Representation) -> None:
        self.matrix, self.representation = matrix, representation
        width = representation._count * representation._basis.size
        super().__init__(np.float64, (matrix.shape[0], width))

    def _matvec(self, x: np.ndarray) -> np.ndarray:
        return np.ravel(self.matrix @ self.representation._forth(np.ravel(x)))

    def _rmatvec(self, x: np.ndarray) -> np.ndarray:
        is_code = isinstance(self.matrix, LinearOperator)
        entries = self.matrix.rmatvec(np.ravel(x)) if is_code else self.matrix.T @ np.ravel(x)
        return self.representation._back(np.ravel(entries))


def checked_basis(basis: Any) -> Basis | None:
    """A basis, or None.

    Raises:
        InvalidInputError: anything else, such as the class of a basis without its shape.
    """
    if basis is None or isinstance(basis, Basis):
        return basis
    raise InvalidInputError(
        f"LinearSystem: basis is {basis!r}; pass one with the shape of the signal, such as "
        "rl.systems.bases.DCT((64, 64))."
    )
