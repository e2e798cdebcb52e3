"""An active set of columns with an updated QR factorisation, and the least-squares fit on them."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.linalg as sl
from jaxtyping import Float

from ridgeless._core.arrays import Dual

# A column closer than this to the span of the others counts as dependent, since its coefficient would be rounding
# error.
_DEPENDENT = 1e-11
_MOSTLY_LOST = 0.5
_FIRST_CAPACITY = 32

# SciPy's types do not list it.
_delete: Any = vars(sl)["qr_delete"]

Column = Float[np.ndarray, " n"]


class ActiveColumns:
    """A set of columns with a QR factorisation that is updated as columns enter and leave, and the fit to b on them.

    Attributes:
        index: the columns, in the order of the factorisation.
        misfit: b minus its projection onto their span, shape (n,).
    """

    def __init__(self, rhs: Dual) -> None:
        self.index: list[int] = []
        self.rhs = rhs
        self.misfit = rhs.copy()
        self._Q = np.empty((len(rhs), _FIRST_CAPACITY), order="F")
        # Unused diagonal entries of R are 1, so that LAPACK can solve with the whole array without copying a part.
        self._R = np.eye(_FIRST_CAPACITY, order="F")
        self._projected = np.empty(_FIRST_CAPACITY)

    def __len__(self) -> int:
        return len(self.index)

    def append(self, index: int, column: Column) -> bool:
        """Add a column; returns False without adding it where it depends on the others up to rounding."""
        count = len(self)
        if count == len(self.rhs):
            return False
        if count == self._Q.shape[1]:
            self._grow()
        Q = self._Q[:, :count]
        shares = Q.T @ column
        rest = column - Q @ shares
        length, size = float(np.sqrt(column @ column)), float(np.sqrt(rest @ rest))
        if size < _MOSTLY_LOST * length:
            # Cancellation leaves rounding errors in the remainder: a second projection removes them.
            again = Q.T @ rest
            rest, shares = rest - Q @ again, shares + again
            size = float(np.sqrt(rest @ rest))
        if size <= _DEPENDENT * length:
            return False
        rest /= size
        self._Q[:, count] = rest
        self._R[:count, count] = shares
        self._R[count, count] = size
        self._projected[count] = rest @ self.misfit
        self.misfit = self.misfit - self._projected[count] * rest
        self.index.append(index)
        return True

    def remove(self, positions: list[int]) -> None:
        """Remove the columns at these positions."""
        for position in sorted(positions, reverse=True):
            last = len(self) - 1
            Q, R = self._Q[:, : last + 1], self._R[: last + 1, : last + 1]
            _delete(Q, R, position, 1, "col", overwrite_qr=True, check_finite=False)
            self._R[:, last], self._R[last, last] = 0.0, 1.0
            del self.index[position]
        Q = self._Q[:, : len(self)]
        self._projected[: len(self)] = Q.T @ self.rhs
        self.misfit = self.rhs - Q @ self._projected[: len(self)]

    def coefficients(self) -> Float[np.ndarray, " k"]:
        """The k with ‖A_S k − b‖ least."""
        return self._solve(self._projected[: len(self)])

    def refined(self, columns: Float[np.ndarray, "n k"], coefficients: Float[np.ndarray, " k"]) -> np.ndarray:
        """The coefficients after one step of iterative refinement."""
        return coefficients + self.fitted(self.rhs - columns @ coefficients)

    def fitted(self, rhs: Dual) -> Float[np.ndarray, " k"]:
        """The k with ‖A_S k − rhs‖ least, for another right-hand side."""
        return self._solve(self._Q[:, : len(self)].T @ rhs)

    def outside(self, columns: Float[np.ndarray, "n m"]) -> Float[np.ndarray, "n m"]:
        """Other columns projected off the span of the active ones."""
        Q = self._Q[:, : len(self)]
        for _ in range(2):  # twice is enough (Parlett 1980)
            columns = columns - Q @ (Q.T @ columns)
        return columns

    def dual_step(self, missing: Float[np.ndarray, " k"]) -> Dual:
        """The least change of ν that changes A_Sᵀν by `missing`: Q R⁻ᵀ missing."""
        return self._Q[:, : len(self)] @ self._solve(missing, trans=1)

    def _solve(self, rhs: np.ndarray, trans: int = 0) -> np.ndarray:
        """R⁻¹ rhs, or R⁻ᵀ rhs."""
        count = len(self)
        padded = np.zeros(len(self._R))
        padded[:count] = rhs
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
