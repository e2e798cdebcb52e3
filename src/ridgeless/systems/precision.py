"""How exactly the numbers of a system are known: by their type, or by the digits that they are written with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp

from ridgeless.systems.blocks import is_dask

# One or two digits are as often exact, as prices are, as they are rounded.
_LEAST_DIGITS = 3
_MOST_DECIMALS = 9
_MOST_SIGNIFICANT = 8
# Multiples of 1/64 are halves of halves, which arithmetic holds exactly, and no roundings to 1 … 6 decimals.
_DYADIC = 64.0
_WHOLE = 2.0**53
_FEW = 64


@dataclass(frozen=True)
class Precision:
    """|error| ≤ relative·|value| + absolute, entry by entry.

    Attributes:
        relative: without units.
        absolute: in units of the values.
        source: what has rounded them, as a message names it.
    """

    relative: float = 0.0
    absolute: float = 0.0
    source: str = ""

    @property
    def is_exact(self) -> bool:
        """Whether the stored numbers are all there is to know."""
        return self.relative == 0 and self.absolute == 0

    def errors(self, values: Any) -> Any:
        """The bound for each entry, in the form of `values`; an entry that is 0 in a matrix is 0."""
        if sp.issparse(values):
            bounds = sp.csr_array(values, copy=True)
            bounds.data = self._of(bounds.data) * (bounds.data != 0)
            return bounds
        return self._of(values) * (values != 0) if values.ndim == 2 else self._of(values)

    def _of(self, values: np.ndarray) -> np.ndarray:
        return self.relative * np.abs(values) + self.absolute


@dataclass(frozen=True)
class DataPrecision:
    """How exactly A and b are known.

    Attributes:
        matrix: of the entries of A.
        right: of those of b.
    """

    matrix: Precision = Precision()
    right: Precision = Precision()

    @property
    def is_exact(self) -> bool:
        """Whether A and b are what they are stored as."""
        return self.matrix.is_exact and self.right.is_exact

    @property
    def source(self) -> str:
        """What has rounded the data."""
        return self.matrix.source or self.right.source


def precision_of_types(A: Any, b: Any) -> DataPrecision:
    """The precision of float16 and float32; float64, integers and whole numbers in any type are exact.

    Half a unit in the last place, 2⁻¹¹ and 2⁻²⁴ of the entry.

    Example:
        >>> precision_of_types(np.float32([[0.1]]), np.float64([0.1])).matrix.relative == 2.0**-24
        True
        >>> precision_of_types(np.float32([[3.0]]), np.float16([1.0])).is_exact
        True
    """
    return DataPrecision(_of_type(A), _of_type(b))


def precision_of_decimals(A: Any, b: Any) -> DataPrecision:
    """The precision of numbers written with few digits, as their values show it.

    Half a unit of the last decimal where the entries have 3 to 9 decimals, or of the last of 3 to 8 significant digits.
    Whole numbers, multiples of 1/64 and numbers of one or two digits are exact: nothing shows that they were rounded. A
    reader of tables passes what this returns as `LinearSystem(…, rcond=…)`.

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
    entries = _entries(values)
    if entries is None or entries.dtype.kind != "f" or entries.dtype.itemsize >= 8:
        return Precision()
    half_unit = float(np.finfo(entries.dtype).eps) / 2
    # Beyond 1/half_unit every number is whole.
    if np.array_equal(entries, np.trunc(entries)) and np.max(np.abs(entries), initial=0.0) < 1 / half_unit:
        return Precision()
    return Precision(relative=half_unit, source=entries.dtype.name)


def _of_decimals(values: Any) -> Precision:
    entries = _entries(values)
    if entries is None or entries.size == 0:
        return Precision()
    # Most numbers give themselves away at once: a few are looked at before all are.
    few = _written(entries[:: max(1, entries.size // _FEW)])
    return (few and _written(entries)) or Precision()


def _written(entries: np.ndarray) -> Precision | None:
    """With how few digits these can be written; exact for multiples of 1/64, None where it takes too many."""
    # From 2⁵³ on all numbers are whole, and products below cannot overflow.
    small = entries[np.abs(entries) < _WHOLE]
    if np.array_equal(small * _DYADIC, np.trunc(small * _DYADIC)):
        return Precision()
    decimals = next((k for k in range(1, _MOST_DECIMALS + 1) if np.array_equal(np.round(small, k), small)), None)
    if decimals is not None:
        is_told = decimals >= _LEAST_DIGITS and np.max(np.abs(entries)) * 10.0**decimals >= 10.0 ** (_LEAST_DIGITS - 1)
        return (
            Precision(absolute=float(f"5e-{decimals + 1}"), source=f"{decimals} decimals") if is_told else Precision()
        )
    digits = _significant(entries)
    if digits is None:
        return None
    is_told = digits >= _LEAST_DIGITS
    return Precision(relative=float(f"5e-{digits}"), source=f"{digits} significant digits") if is_told else Precision()


def _significant(entries: np.ndarray) -> int | None:
    """The most digits that an entry takes; None where one takes more than 8."""
    most = 1
    for entry in entries[entries != 0].tolist():
        while float(f"{entry:.{most - 1}e}") != entry:
            most += 1
            if most > _MOST_SIGNIFICANT:
                return None
    return most


def _entries(values: Any) -> np.ndarray | None:
    """The numbers in a matrix or a vector; None for an operator or a dask array, which are not looked at."""
    if sp.issparse(values):
        return np.ravel(sp.coo_array(values).data)
    if hasattr(values, "matvec") or is_dask(values):
        return None
    return np.ravel(np.asarray(values))
