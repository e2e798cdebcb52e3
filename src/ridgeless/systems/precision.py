"""The precision of the data of a system, inferred from their number type or from their decimal digits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp

from ridgeless.systems.blocks import is_dask

# Numbers of one or two digits are taken as exact, as prices are.
_LEAST_DIGITS = 3
_MOST_DECIMALS = 9
_MOST_SIGNIFICANT = 8
# Multiples of 1/64 are exact binary fractions, and not the result of rounding to 1 … 6 decimals.
_DYADIC = 64.0
_WHOLE = 2.0**53
_FEW = 64


@dataclass(frozen=True)
class Precision:
    """|error| ≤ relative·|value| + absolute, entry by entry.

    Attributes:
        relative: without units.
        absolute: in units of the values.
        source: the cause of the rounding, for messages.
    """

    relative: float = 0.0
    absolute: float = 0.0
    source: str = ""

    @property
    def is_exact(self) -> bool:
        """Whether the stored numbers have no error."""
        return self.relative == 0 and self.absolute == 0

    def errors(self, values: Any) -> Any:
        """The error bound for each entry, in the form of `values`; entries of a matrix that are 0 are exact."""
        if sp.issparse(values):
            bounds = sp.csr_array(values, copy=True)
            bounds.data = self._of(bounds.data) * (bounds.data != 0)
            return bounds
        return self._of(values) * (values != 0) if values.ndim == 2 else self._of(values)

    def _of(self, values: np.ndarray) -> np.ndarray:
        return self.relative * np.abs(values) + self.absolute


_EXACT = Precision()


@dataclass(frozen=True)
class DataPrecision:
    """The precision of A and of b.

    Attributes:
        matrix: of the entries of A.
        right: of the entries of b.
    """

    matrix: Precision = _EXACT
    right: Precision = _EXACT

    @property
    def is_exact(self) -> bool:
        """Whether A and b have no error."""
        return self.matrix.is_exact and self.right.is_exact

    @property
    def source(self) -> str:
        """The cause of the rounding, for messages."""
        return self.matrix.source or self.right.source


def precision_of_types(A: Any, b: Any) -> DataPrecision:
    """The precision of float16, float32 and complex64; float64, integers and whole numbers in any type are exact.

    Half a unit in the last place, 2⁻¹¹ and 2⁻²⁴ of the entry.

    Example:
        >>> precision_of_types(np.float32([[0.1]]), np.float64([0.1])).matrix.relative == 2.0**-24
        True
        >>> precision_of_types(np.float32([[3.0]]), np.float16([1.0])).is_exact
        True
    """
    return DataPrecision(_of_type(A), _of_type(b))


def precision_of_decimals(A: Any, b: Any) -> DataPrecision:
    """The precision of numbers that were written with few digits, inferred from their values.

    Half a unit of the last decimal where the entries have 3 to 9 decimals, or of the last of 3 to 8 significant digits.
    Whole numbers, multiples of 1/64 and numbers of one or two digits count as exact, since nothing indicates rounding.
    `read_system` passes the result as `LinearSystem(…, rcond=…)` for tables.

    Args:
        A: (n, d) array or sparse matrix, of numbers as they were read.
        b: (n,) array.

    Example:
        >>> precision_of_decimals(np.array([[0.577, 1.0]]), np.array([1.41421]))
        DataPrecision(matrix=Precision(relative=0.0, absolute=0.0005, source='3 decimals'), \
right=Precision(relative=0.0, absolute=5e-06, source='5 decimals'))
        >>> precision_of_decimals(np.array([[0.5, 1.0]]), np.array([1 / 3])).is_exact
        True
    """
    return DataPrecision(_of_decimals(A), _of_decimals(b))


def _of_type(values: Any) -> Precision:
    entries: Any = _entries(values)
    if entries is not None and entries.dtype.kind == "c":
        entries = np.concatenate([entries.real, entries.imag])
    if entries is None or entries.dtype.kind != "f" or entries.dtype.itemsize >= 8:
        return _EXACT
    half_unit = float(np.finfo(entries.dtype).eps) / 2
    # Above 1/half_unit every number of the type is whole, which then indicates nothing.
    if np.array_equal(entries, np.trunc(entries)) and np.max(np.abs(entries), initial=0.0) < 1 / half_unit:
        return _EXACT
    return Precision(relative=half_unit, source=entries.dtype.name)


def _of_decimals(values: Any) -> Precision:
    entries = _entries(values)
    if entries is None or entries.size == 0:
        return _EXACT
    # A few entries are checked first, which suffices for most data.
    few = _decimal_precision(entries[:: max(1, entries.size // _FEW)])
    return (few and _decimal_precision(entries)) or _EXACT


def _decimal_precision(entries: np.ndarray) -> Precision | None:
    """The precision by the fewest digits that represent all entries; exact for multiples of 1/64, None for too many."""
    # From 2⁵³ on all numbers are whole; smaller ones cannot overflow in the products below.
    small = entries[np.abs(entries) < _WHOLE]
    if np.array_equal(small * _DYADIC, np.trunc(small * _DYADIC)):
        return _EXACT
    decimals = next((k for k in range(1, _MOST_DECIMALS + 1) if np.array_equal(np.round(small, k), small)), None)
    if decimals is not None:
        # The number of significant digits of the largest entry is that of its multiple of the last decimal.
        is_told = decimals >= _LEAST_DIGITS <= len(f"{np.abs(entries).max() * 10.0**decimals:.0f}")
        return Precision(absolute=float(f"5e-{decimals + 1}"), source=f"{decimals} decimals") if is_told else _EXACT
    digits = _significant(entries)
    if digits is None:
        return None
    is_told = digits >= _LEAST_DIGITS
    return Precision(relative=float(f"5e-{digits}"), source=f"{digits} significant digits") if is_told else _EXACT


def _significant(entries: np.ndarray) -> int | None:
    """The number of significant digits that represents all entries; None where one needs more than 8."""
    most = 1
    for entry in entries[entries != 0].tolist():
        while float(f"{entry:.{most - 1}e}") != entry:
            most += 1
            if most > _MOST_SIGNIFICANT:
                return None
    return most


def _entries(values: Any) -> np.ndarray | None:
    """The entries of a matrix or a vector; None for an operator or a dask array, which are not inspected."""
    if sp.issparse(values):
        return np.ravel(sp.coo_array(values).data)
    if hasattr(values, "matvec") or is_dask(values):
        return None
    return np.ravel(np.asarray(values))
