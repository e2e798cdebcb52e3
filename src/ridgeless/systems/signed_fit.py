"""Sign-constrained least squares by the active-set method of Lawson and Hanson, with a Farkas certificate."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ridgeless._core import doubled
from ridgeless._core.arrays import Dual, Matrix, Vector, norm
from ridgeless.systems.active import ActiveColumns

# A misfit below this part of ‖b‖ is rounding error, and so is its product with a column of length 1 below that part.
_SOLVED = 1e-16
_NO_PUSH = 1e-15
# Misfit relative to ‖b‖ at which the search in float64 stops without continuing in doubled precision.
_ROUNDED = 1e-14
_REFINEMENTS = 3
_STEPS_PER_COLUMN = 3


@dataclass(frozen=True, eq=False)
class SignedFit:
    """The x of least ‖A x − b‖ with the given signs, on independent columns.

    Where ‖A x − b‖ is not 0, r = b − A x is a Farkas certificate that no solution has these signs: sign_i·(Aᵀr)_i ≤ 0
    where x_i is locked and (Aᵀr)_i = 0 where it is free, but ⟨b, r⟩ = ‖r‖² > 0.

    Attributes:
        x: (d,) the fit, nonzero on independent columns only.
        misfit: (n,) b − A x, in doubled precision.
        normal: (n,) the misfit projected off the columns in use, accurate enough for a proof where it is small beside
            b.
    """

    x: Vector
    misfit: Dual
    normal: Dual


def signed_fit(A: Matrix, b: Dual, signs: Vector) -> SignedFit:
    """The least-squares solution of A x = b with sign_i·x_i ≥ 0 wherever sign_i ≠ 0.

    The active-set method of Lawson and Hanson 1974, "Solving least squares problems", chapter 23: the column that
    reduces the misfit fastest enters, and columns whose coefficient would change sign leave. Columns are compared at
    length 1.

    Args:
        A: (n, d) dense, its rows of comparable size.
        b: (n,).
        signs: (d,) +1 or −1 where the sign of x_i is locked, 0 where it is free.

    Example:
        >>> fit = signed_fit(np.array([[1.0, -1.0]]), np.array([-2.0]), np.ones(2))
        >>> fit.x, fit.misfit
        (array([0., 2.]), array([0.]))
    """
    lengths = np.sqrt(np.einsum("ij,ij->j", A, A))
    turned = np.where(signs < 0, -1.0, 1.0) / np.where(lengths > 0, lengths, 1.0)
    search = _ActiveSet(np.asfortranarray(A * turned), b, signs == 0)
    search.run()
    index = np.array(search.active.index, dtype=int)
    return _refined(A, b, signs, search.active, _spread(search.values * turned[index], index, turned), turned)


def fit_on(A: Matrix, b: Dual, signs: Vector, index: np.ndarray) -> SignedFit | None:
    """The least-squares fit on some columns; None where it violates the signs."""
    lengths = np.sqrt(np.einsum("ij,ij->j", A, A))
    scale = 1 / np.where(lengths > 0, lengths, 1.0)
    active = ActiveColumns(b)
    for each in index.tolist():
        active.append(each, A[:, each] * scale[each])
    kept = np.array(active.index, dtype=int)
    x = _spread(active.coefficients() * scale[kept], kept, scale)
    return None if np.any(signs * x < 0) else _refined(A, b, signs, active, x, scale)


def _spread(values: np.ndarray, index: np.ndarray, like: Vector) -> Vector:
    x = np.zeros_like(like)
    x[index] = values
    return x


def _refined(A: Matrix, b: Dual, signs: Vector, active: ActiveColumns, x: Vector, scale: Vector) -> SignedFit:
    """A fit after iterative refinement in doubled precision, which stops before a sign is violated."""
    index = np.array(active.index, dtype=int)
    columns = A[:, index]
    left = 0.0 - doubled.misfit(columns, x[index], b)
    for _ in range(_REFINEMENTS if len(index) else 0):
        moved = x.copy()
        moved[index] += active.fitted(left) * scale[index]
        if np.any(signs * moved < 0):
            break
        rest = 0.0 - doubled.misfit(columns, moved[index], b)
        if not norm(rest) < norm(left):
            break
        x, left = moved, rest
    return SignedFit(x, left, active.outside(left[:, None])[:, 0])


class _ActiveSet:
    """The state of the active-set method, with locked coordinates multiplied by their signs so that all are ≥ 0."""

    def __init__(self, columns: Matrix, b: Dual, is_free: np.ndarray) -> None:
        self.columns, self.b, self.is_free, self.size = columns, b, is_free, norm(b)
        self.active = ActiveColumns(b)
        for index in np.flatnonzero(is_free):
            self.active.append(int(index), columns[:, index])
        self.values = self.active.coefficients()
        self.is_out = is_free.copy()
        self.blocked: list[int] = []

    def run(self) -> None:
        """Add columns until none reduces the misfit, first in float64 and then with the misfit in doubled precision."""
        is_sharp = False
        for _ in range(_STEPS_PER_COLUMN * self.columns.shape[1] + 10):
            left = self._sharp() if is_sharp else self.active.misfit
            if norm(left) <= _SOLVED * self.size:
                return
            pushes = np.where(self.is_out, -np.inf, left @ self.columns)
            entering = int(np.argmax(pushes))
            if pushes[entering] > (_NO_PUSH * norm(left) if is_sharp else _NO_PUSH * self.size):
                self._add(entering)
            elif is_sharp or norm(left) <= _ROUNDED * self.size:
                return
            else:
                is_sharp = True

    def _sharp(self) -> Dual:
        """The misfit in doubled precision, projected off the active columns."""
        if len(self.active) == 0:
            return self.b
        rest = 0.0 - doubled.misfit(self.columns[:, self.active.index], self.values, self.b)
        return self.active.outside(rest[:, None])[:, 0]

    def _add(self, entering: int) -> None:
        self.is_out[entering] = True
        if not self.active.append(entering, self.columns[:, entering]):
            self.blocked.append(entering)
            return
        self.values = np.append(self.values, 0.0)
        self._fit()
        if entering not in self.active.index:
            self.is_out[entering] = True
            self.blocked.append(entering)
        else:
            # The misfit has decreased, so that columns kept out by rounding are tried again.
            self.is_out[self.blocked] = False
            self.blocked.clear()

    def _fit(self) -> None:
        """Fit the active columns, after removing those whose coefficients would be negative."""
        while True:
            fit = self.active.coefficients()
            is_wrong = (fit < 0) & ~self.is_free[self.active.index]
            if not is_wrong.any():
                self.values = fit
                return
            with np.errstate(divide="ignore", invalid="ignore"):
                shares = np.where(is_wrong, self.values / (self.values - fit), np.inf)
            share = float(np.min(shares))
            self.values = self.values + share * (fit - self.values)
            positions = [int(position) for position in np.flatnonzero(is_wrong & (shares <= share))]
            self.is_out[[self.active.index[position] for position in positions]] = False
            self.active.remove(positions)
            self.values = np.delete(self.values, positions)
