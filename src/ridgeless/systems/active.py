"""The columns of A that are in use, factorised as Q R, and least squares on them under constraints of sign."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.linalg as sl
from jaxtyping import Float

from ridgeless._core.arrays import Dual

# A column closer than this to the span of the others counts as one of it: its coefficient would be noise.
_DEPENDENT = 1e-11
_MOSTLY_LOST = 0.5
_FIRST_CAPACITY = 32

# SciPy's types do not list it.
_delete: Any = vars(sl)["qr_delete"]

Column = Float[np.ndarray, " n"]


class ActiveColumns:
    """A growing and shrinking set of columns with their Q R factorisation, and the least-squares fit to b on them.

    Attributes:
        index: which columns, in the order of the factorisation.
        residual: b less its projection on them, shape (n,).
    """

    def __init__(self, right: Dual) -> None:
        self.index: list[int] = []
        self.right = right
        self.residual = right.copy()
        self._Q = np.empty((len(right), _FIRST_CAPACITY), order="F")
        # The triangle in use is followed by ones on the diagonal: BLAS solves with the whole without copying a part.
        self._R = np.eye(_FIRST_CAPACITY, order="F")
        self._projected = np.empty(_FIRST_CAPACITY)

    def __len__(self) -> int:
        return len(self.index)

    def append(self, index: int, column: Column) -> bool:
        """Take a column in; False, and nothing done, where it is a combination of the others to rounding."""
        count = len(self)
        if count == len(self.right):
            return False
        if count == self._Q.shape[1]:
            self._grow()
        Q = self._Q[:, :count]
        shares = Q.T @ column
        rest = column - Q @ shares
        length, size = float(np.sqrt(column @ column)), float(np.sqrt(rest @ rest))
        if size < _MOSTLY_LOST * length:
            # What a projection leaves of a column is wrong by its rounding: where that is much, project again.
            again = Q.T @ rest
            rest, shares = rest - Q @ again, shares + again
            size = float(np.sqrt(rest @ rest))
        if size <= _DEPENDENT * length:
            return False
        rest /= size
        self._Q[:, count] = rest
        self._R[:count, count] = shares
        self._R[count, count] = size
        self._projected[count] = rest @ self.residual
        self.residual = self.residual - self._projected[count] * rest
        self.index.append(index)
        return True

    def remove(self, positions: list[int]) -> None:
        """Let columns go."""
        for position in sorted(positions, reverse=True):
            last = len(self) - 1
            Q, R = self._Q[:, : last + 1], self._R[: last + 1, : last + 1]
            _delete(Q, R, position, 1, "col", overwrite_qr=True, check_finite=False)
            self._R[:, last], self._R[last, last] = 0.0, 1.0
            del self.index[position]
        Q = self._Q[:, : len(self)]
        self._projected[: len(self)] = Q.T @ self.right
        self.residual = self.right - Q @ self._projected[: len(self)]

    def coefficients(self) -> Float[np.ndarray, " k"]:
        """The k with ‖A_S k − b‖ least."""
        return self._solve(self._projected[: len(self)])

    def refined(self, columns: Float[np.ndarray, "n k"], coefficients: Float[np.ndarray, " k"]) -> np.ndarray:
        """The coefficients with what rounding left of the residual solved for once more."""
        return coefficients + self.fitted(self.right - columns @ coefficients)

    def fitted(self, right: Dual) -> Float[np.ndarray, " k"]:
        """The k with ‖A_S k − right‖ least, for another right-hand side."""
        return self._solve(self._Q[:, : len(self)].T @ right)

    def outside(self, columns: Float[np.ndarray, "n m"]) -> Float[np.ndarray, "n m"]:
        """What the span of the active columns leaves of others."""
        Q = self._Q[:, : len(self)]
        for _ in range(2):  # twice is enough (Parlett 1980)
            columns = columns - Q @ (Q.T @ columns)
        return columns

    def dual_step(self, missing: Float[np.ndarray, " k"]) -> Dual:
        """The least change of ν that changes A_Sᵀν by `missing`: Q R⁻ᵀ missing."""
        return self._Q[:, : len(self)] @ self._solve(missing, trans=1)

    def _solve(self, right: np.ndarray, trans: int = 0) -> np.ndarray:
        """R⁻¹ right, or R⁻ᵀ right."""
        count = len(self)
        padded = np.zeros(len(self._R))
        padded[:count] = right
        solve: Any = sl.get_lapack_funcs("trtrs", (self._R,))
        solution, failed = solve(self._R, padded, trans=trans, overwrite_b=True)
        return solution[:count] if failed == 0 else np.full(count, np.nan)

    def _grow(self) -> None:
        rows, capacity = self._Q.shape
        larger = min(2 * capacity, rows)
        Q, R = np.empty((rows, larger), order="F"), np.eye(larger, order="F")
        projected = np.empty(larger)
        Q[:, :capacity], R[:capacity, :capacity], projected[:capacity] = self._Q, self._R, self._projected
        self._Q, self._R, self._projected = Q, R, projected
