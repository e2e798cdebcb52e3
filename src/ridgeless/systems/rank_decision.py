"""The numerical rank of a system whose data are less accurate than float64, and the system with that rank.

There are two methods. `truncated` is for a given ratio of singular values: as in NumPy's least squares, all equations
are projected onto the singular vectors that are kept. `decided` is for data of a known precision (their type, or the
digits in a file): an equation that the others imply up to that precision is replaced by exactly what they imply, and
the others stay as stored, zeros and ties included.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
import scipy.linalg as sl
import scipy.sparse as sp
from scipy.sparse.linalg import LinearOperator

from ridgeless._core.arrays import Dual, Matrix, norm
from ridgeless._core.brief import brief
from ridgeless.errors import InvalidInputError
from ridgeless.systems.block_row_space import without_small_values
from ridgeless.systems.blocks import ColumnBlocks
from ridgeless.systems.left_spectrum import LeftSpectrum, in_units_of_errors, left_spectrum
from ridgeless.systems.normalize import dense_rows
from ridgeless.systems.precision import DataPrecision, precision_of_decimals
from ridgeless.systems.row_space import (
    MOST_EXPANDED_BYTES,
    CholeskyRowSpace,
    GradedRowSpace,
    MatrixRowSpace,
    divided,
    quotient,
    row_space,
    uneven_sizes,
)

# LAPACK's estimate of ‖(AAᵀ)⁻¹‖₁ is rarely below a third of it, and below a tenth in constructed examples (Higham
# 1987).
_ESTIMATE = 10.0
_MOST_BYTES = 2**31
_MOST_LISTED = 6


@dataclass(frozen=True)
class RankDecision:
    """The decision about equations that depend on others up to the precision of the data.

    Attributes:
        rank: number of independent equations, as decided.
        source: basis of the decision: "rcond = 1e-06", "float32", "6 decimals".
        grey: number of singular values that are nonzero in float64 and 0 up to the precision of the data.
        replaced: the equations, counted from 0, that were replaced by what the others imply; empty after a projection.
        changed: ‖change of A‖_F/‖A‖_F.
        moved: ‖change of b‖/‖b‖.
    """

    rank: int
    source: str
    grey: int = 0
    replaced: tuple[int, ...] = ()
    changed: float = 0.0
    moved: float = 0.0

    __repr__ = brief

    @property
    def note(self) -> str:
        """The decision in words; "" where it is the same as for exact data."""
        if self.grey and not self.changed:
            return (
                f"{_counted(self.grey)} of A cannot be told from 0 by {self.source}, and b cannot be reached without: "
                "the stored numbers are taken as exact, and x is as uncertain as they are."
            )
        changes = (("A", self.changed), ("b", self.moved))
        parts = [f"{name} was changed by {change:.0e} of its size" for name, change in changes if change]
        if not parts:
            return ""
        rows = f" (equations {_listed(self.replaced)}, counted from 0, follow from the others)" if self.replaced else ""
        return (
            f"By {self.source} the equations have rank {self.rank}{rows}: {', '.join(parts)}, and x solves the system "
            "so changed."
        )


def of_matrix_alone(decision: RankDecision | None) -> RankDecision | None:
    """The decision for a system with the same A and another b."""
    return None if decision is None else replace(decision, moved=0.0)


class Decided(NamedTuple):
    """A system of decided rank.

    Attributes:
        A: the matrix to be solved with.
        b: the right-hand side to be solved for.
        decision: the decision; None where there was nothing to decide.
        space: the factorisation of A, if it was computed.
    """

    A: Any
    b: Dual
    decision: RankDecision | None = None
    space: MatrixRowSpace | None = None


def checked_rcond(rcond: Any) -> Any:
    """None, a `DataPrecision`, or a float from 0 to below 1.

    Raises:
        InvalidInputError: anything else.
    """
    if rcond is None or isinstance(rcond, DataPrecision):
        return rcond
    is_number = isinstance(rcond, (int, float, np.number)) and not isinstance(rcond, bool)
    if not is_number or not 0 <= rcond < 1:
        raise InvalidInputError(
            f"LinearSystem: rcond = {rcond!r}; type a number from 0 to below 1, for one rcond=1e-6: singular values up "
            "to rcond times the largest count as 0."
        )
    return float(rcond)


def decide_rank(A: Any, b: Dual, rcond: float | DataPrecision) -> Decided:
    """A and b with the rank that `rcond` determines; unchanged where it determines nothing.

    Args:
        A: (n, d), in one of the forms of `as_system_matrix`.
        b: (n,).
        rcond: a ratio of singular values or a precision; 0 or an exact precision takes the stored numbers as they are.

    Raises:
        InvalidInputError: a number, for an operator or a sparse matrix that is too large to expand.
    """
    if isinstance(rcond, DataPrecision):
        is_read = not (rcond.is_exact or isinstance(A, LinearOperator))
        return decided(A, b, rcond) if is_read else Decided(A, b)
    if rcond == 0:
        return Decided(A, b)
    if isinstance(A, ColumnBlocks):
        found = without_small_values(A, b, rcond)
        decision = RankDecision(
            rank=found.space.rank,
            source=f"rcond = {rcond:.0e}",
            grey=found.grey,
            changed=found.changed if found.grey else 0.0,
            moved=_share(found.b - b, b),
        )
        return Decided(found.A, found.b, decision, found.space)
    needed = 8 * A.shape[0] * A.shape[1]
    if needed > (MOST_EXPANDED_BYTES if isinstance(A, LinearOperator) else _MOST_BYTES):
        raise InvalidInputError(
            f"LinearSystem: rcond = {rcond:.0e} needs the singular values of A, and this one would take "
            f"{needed / 2**30:.1f} GiB as dense rows; leave rcond out, or drop equations that depend on others."
        )
    return truncated(A, b, rcond)


def truncated(A: Any, b: Dual, rcond: float) -> Decided:
    """The system without singular values up to rcond·σ_max, as `np.linalg.lstsq(A, b, rcond)` solves it.

    With N the left singular vectors of the dropped values, A becomes (I − N Nᵀ)A. So does b where it is consistent up
    to the same precision, ‖Nᵀb‖ ≤ rcond·(2σ_max·‖A⁺b‖ + ‖b‖). Equations of very different sizes are first scaled to one
    size, as for the factorisation of A.

    Args:
        A: (n, d) array, sparse matrix, or operator; returned dense where its rank is lowered or it is an operator.
        b: (n,).
        rcond: at least 0 and below 1.
    """
    rows = dense_rows(A)
    spectrum = left_spectrum(rows, np.ones(rows.shape[1]), uneven_sizes(rows))
    noise = rcond * spectrum.largest
    rank = spectrum.rank(noise)
    rhs = quotient(b, spectrum.sizes)
    if not np.isfinite(rhs).all():
        return Decided(A, b)
    null, allowed = spectrum.left[:, rank:], spectrum.allowed(rhs, rank, noise, rcond * norm(rhs))
    missed = norm(null.T @ rhs)
    moved = spectrum.sizes * (null @ (null.T @ rhs)) if spectrum.missing(rhs) < missed <= allowed else 0.0 * b
    grey = max(spectrum.rank(spectrum.rounding) - rank, 0)
    if not grey:
        whole = rows if isinstance(A, LinearOperator) else A
        return Decided(whole, b - moved, RankDecision(rank, f"rcond = {rcond:.0e}", moved=_share(moved, b)))
    change = spectrum.sizes[:, None] * _column_by_column(null @ null.T, rows / spectrum.sizes[:, None])
    decision = RankDecision(
        rank=rank,
        source=f"rcond = {rcond:.0e}",
        grey=grey,
        changed=_share(change, rows),
        moved=_share(moved, b),
    )
    return Decided(rows - change, b - moved, decision)


def decided(A: Any, b: Dual, precision: DataPrecision) -> Decided:
    """The system with each equation that the others imply, up to the data's precision, replaced by what they imply.

    Rows and columns are scaled by their error bounds. With U the scaled bounds, independent errors within U have a
    spectral norm of about (max row norm + max column norm of U)/√3, where 1/√3 is the standard deviation of a uniform
    error; singular values below it may be due to errors. The r equations kept are those that a pivoted QR of the kept
    left singular vectors selects.

    Args:
        A: (n, d) array or sparse matrix.
        b: (n,).
        precision: of the entries.

    Returns:
        The system with its decision. A and b are unchanged where all equations are independent up to the errors, where
        b is not consistent with the lower rank (the decision then says that the stored numbers count as exact), and
        where b contradicts the equations by more than its own errors (which is refused when the system is solved).

    Source: Golub, Klema and Stewart 1976, "Rank degeneracy and least squares problems", for the choice of equations;
    Bandeira and van Handel 2016, "Sharp nonasymptotic bounds on the norm of random matrices", for the norm of errors.
    """
    space, bounds = row_space(A), precision.matrix.errors(A)
    if _surely_independent(space, bounds) or 8 * A.shape[0] * A.shape[1] > _MOST_BYTES:
        return Decided(A, b, space=space)
    spectrum, noise = in_units_of_errors(dense_rows(A), dense_rows(bounds))
    exact, rank = spectrum.rank(spectrum.rounding), spectrum.rank(max(noise, spectrum.rounding))
    if rank == A.shape[0]:
        return Decided(A, b, space=space)
    rhs, error = quotient(b, spectrum.sizes), norm(quotient(precision.right.errors(b), spectrum.sizes))
    if not np.isfinite(rhs).all():
        return Decided(A, b, space=space)
    missed = norm(spectrum.left[:, rank:].T @ rhs)
    if missed > spectrum.allowed(rhs, rank, noise, error):
        grey = RankDecision(exact, precision.source, grey=exact - rank) if exact > rank else None
        return Decided(A, b, grey, space)
    if exact == rank and missed <= spectrum.missing(rhs):
        return Decided(A, b, space=space)
    return _implied(A, b, spectrum, rank, exact - rank, precision.source)


def note_on_digits(space: MatrixRowSpace, b: Dual, precision: DataPrecision) -> str:
    """A note where singular values of A are as small as the apparent rounding of its entries; "" elsewhere."""
    A = space.A
    if _surely_independent(space, precision.matrix.errors(A)) or 8 * A.shape[0] * A.shape[1] > _MOST_BYTES:
        return ""
    grey = _grey_values(A, precision)
    if grey == 0:
        return ""
    rcond = workable_rcond(A, b)
    advice = "" if rcond is None else f" If they were rounded, type LinearSystem(A, b, rcond={rcond:.0e})."
    return (
        f"{_counted(grey)} of A cannot be told from 0 if its entries were rounded to {precision.matrix.source}: the "
        f"stored numbers are taken as exact.{advice}"
    )


def workable_rcond(A: Any, b: Dual) -> float | None:
    """The least power of ten up to 1e-3 with which `truncated` gives a consistent system; None where there is none.

    It drops at least the singular values that are as small as the rounding to the digits of A, if these are few. Powers
    without a singular value within a factor √10 are preferred to those that cut through a cluster.
    """
    rows = dense_rows(A)
    spectrum = left_spectrum(rows, np.ones(rows.shape[1]), uneven_sizes(rows))
    rhs = quotient(b, spectrum.sizes)
    workable = []
    precision = precision_of_decimals(A, b)
    grey = 0 if precision.matrix.is_exact else _grey_values(A, precision)
    most = spectrum.rank(spectrum.rounding) - grey
    for power in range(-14, -2):
        rcond = float(f"1e{power}")
        rank = spectrum.rank(rcond * spectrum.largest)
        allowed = spectrum.allowed(rhs, rank, rcond * spectrum.largest, rcond * norm(rhs))
        if 0 < rank <= most and norm(spectrum.left[:, rank:].T @ rhs) <= allowed:
            workable.append(rcond)
    clear = [rcond for rcond in workable if not spectrum.has_value_near(rcond)]
    return next(iter(clear + workable), None)


def _grey_values(A: Any, precision: DataPrecision) -> int:
    """The number of singular values that are nonzero in float64 and 0 up to the precision of the entries."""
    spectrum, noise = in_units_of_errors(dense_rows(A), dense_rows(precision.matrix.errors(A)))
    return spectrum.rank(spectrum.rounding) - spectrum.rank(max(noise, spectrum.rounding))


def _surely_independent(space: MatrixRowSpace, bounds: Any) -> bool:
    """Whether the Cholesky factor proves that the equations stay independent under all errors within the bounds."""
    inner, sizes = (space.scaled, space.sizes) if isinstance(space, GradedRowSpace) else (space, None)
    if not isinstance(inner, CholeskyRowSpace):
        return False
    squares = (bounds if sizes is None else divided(bounds, sizes)) ** 2
    noise = sum(math.sqrt(float(squares.sum(axis=axis).max())) for axis in (0, 1))
    return inner.least_eigenvalue > _ESTIMATE * noise**2


def _implied(A: Any, b: Dual, spectrum: LeftSpectrum, rank: int, grey: int, source: str) -> Decided:
    """The system with each equation that the others imply up to its errors replaced by exactly what they imply."""
    left, sizes = spectrum.left[:, :rank], spectrum.sizes
    decomposition: Any = sl.qr(left.T, mode="r", pivoting=True)
    order = decomposition[1]
    kept, others = np.sort(order[:rank]), np.sort(order[rank:])
    weights = np.linalg.solve(left[kept].T, left[others].T).T if rank else np.zeros((len(others), 0))
    weights = weights * sizes[others, None] / sizes[kept]
    rhs = b.copy()
    rhs[others] = weights @ b[kept]
    matrix = _replaced(A, others, _column_by_column(weights, dense_rows(A)[kept])) if grey else A
    decision = RankDecision(
        rank=rank,
        source=source,
        grey=grey,
        replaced=tuple(int(row) for row in others),
        changed=_share((matrix - A)[others], A) if grey else 0.0,
        moved=_share(rhs - b, b),
    )
    return Decided(matrix, rhs, decision)


def _column_by_column(mixing: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """The product mixing·rows, with bitwise equal results for equal columns, so that ties in the data remain ties."""
    columns, places = np.unique(rows, axis=1, return_inverse=True)
    return (mixing @ columns)[:, places.ravel()]


def _replaced(A: Any, places: np.ndarray, rows: Matrix) -> Any:
    """A with the rows at these positions replaced, in A's own form."""
    if not sp.issparse(A):
        changed = A.copy()
        changed[places] = rows
        return changed
    others = np.setdiff1d(np.arange(A.shape[0]), places)
    back = np.argsort(np.concatenate([others, places]))
    return sp.csr_array(sp.vstack([A[others], sp.csr_array(rows)]))[back]


def _counted(grey: int) -> str:
    return f"{grey} singular value{'s' if grey > 1 else ''}"


def _listed(rows: tuple[int, ...]) -> str:
    shown = ", ".join(map(str, rows[:_MOST_LISTED]))
    return shown if len(rows) <= _MOST_LISTED else f"{shown} and {len(rows) - _MOST_LISTED} more"


def _share(change: Any, whole: Any) -> float:
    """‖change‖/‖whole‖, over all entries."""
    parts = [norm(np.ravel(each.data) if sp.issparse(each) else np.ravel(each)) for each in (change, whole)]
    return parts[0] / parts[1] if parts[1] > 0 else 0.0
