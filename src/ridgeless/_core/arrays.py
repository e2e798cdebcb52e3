"""Array types, the validation of arrays and numbers that users pass, and a norm that cannot overflow."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

import array_api_compat
import numpy as np
from jaxtyping import Float
from numpy.typing import ArrayLike

from ridgeless.errors import InvalidInputError

# What a caller may give for an array of numbers. At run time NumPy's ArrayLike leaves tuples out.
Numbers = ArrayLike | Sequence[float | int]
# One entry per unknown, one per equation, and the matrix between them.
Vector = Float[np.ndarray, " d"]
Dual = Float[np.ndarray, " n"]
Matrix = Float[np.ndarray, "n d"]


def finite_array(values: Any, call: str, what: str, ndim: int) -> np.ndarray:
    """A float64 copy of `values` with `ndim` axes and finite entries.

    Raises:
        InvalidInputError: ragged, complex, not numbers, not finite, or with another number of axes.
    """
    array = real_array(values, call, what)
    if array.ndim != ndim:
        raise InvalidInputError(
            f"{call}: {what} has {array.ndim} axes (shape {array.shape}), {ndim} expected; reshape it first."
        )
    refuse_non_finite(array, call, what)
    return array


def real_array(values: Any, call: str, what: str) -> np.ndarray:
    """A float64 copy of `values`, whatever its axes; complex numbers, text and ragged lists are refused."""
    if np.ma.is_masked(values):
        raise InvalidInputError(f"{call}: {what} has masked entries; remove or impute them first.")
    try:
        array = np.asarray(values)
    except (TypeError, ValueError) as error:
        raise InvalidInputError(
            f"{call}: {what} is no rectangular array of numbers ({error}).", in_python="Pass a NumPy array."
        ) from error
    if np.iscomplexobj(array):
        raise InvalidInputError(
            f"{call}: {what} is complex, and real numbers are expected; LinearSystem takes complex A and b as arrays, "
            "sparse matrices or operators, and makes real equations of them."
        )
    if array.dtype.kind not in "fiub":
        raise InvalidInputError(
            f"{call}: {what} holds {array.dtype} values, numbers are expected.",
            in_python="Convert it with .astype(float).",
        )
    refuse_beyond_float64(array, call, what)
    return np.array(array, dtype=np.float64)


def refuse_beyond_float64(array: np.ndarray, call: str, what: str) -> None:
    """Raise if an entry of a longer float type is finite, but overflows in float64."""
    if array.dtype.kind != "f" or array.dtype.itemsize <= np.dtype(np.float64).itemsize:
        return
    lost = np.isfinite(array) & (np.abs(array) > np.finfo(np.float64).max)
    if lost.any():
        raise InvalidInputError(
            f"{call}: {what} has {int(lost.sum())} entries of type {array.dtype} beyond 1.8e308, the largest number of "
            "float64; measure it in larger units."
        )


def refuse_non_finite(array: np.ndarray, call: str, what: str) -> None:
    """Raise if an entry is NaN or infinite, saying how many and where the first one is."""
    # A finite sum has finite terms, and takes a third of the time of a mask.
    with np.errstate(over="ignore", invalid="ignore"):
        if np.isfinite(np.sum(array)):
            return
    bad = ~np.isfinite(array)
    if not bad.any():
        return
    where = tuple(int(i) for i in np.argwhere(bad)[0])
    shown = where[0] if len(where) == 1 else where
    raise InvalidInputError(
        f"{call}: {what} has {int(bad.sum())} entries that are NaN or infinite, the first at {shown}; "
        "remove or impute them first."
    )


def positive_number(value: Any, call: str, what: str) -> float:
    """`value` as a float, if it is a finite number above zero.

    Raises:
        InvalidInputError: anything else.
    """
    number = _as_float(value)
    if not (math.isfinite(number) and number > 0):
        raise InvalidInputError(f"{call}: {what} = {value!r}; type a finite number above 0.")
    return number


def whole_number(value: Any, call: str, what: str, least: int) -> int:
    """`value` as an int, if it is a whole number of at least `least`.

    Raises:
        InvalidInputError: anything else, 2.0 and True included: a count is an int.
    """
    is_whole = isinstance(value, (int, np.integer)) and not isinstance(value, bool)
    if not is_whole or value < least:
        raise InvalidInputError(f"{call}: {what} = {value!r}; type a whole number of at least {least}.")
    return int(value)


def norm(vector: np.ndarray) -> float:
    """The Euclidean norm, computed so that no square underflows or overflows."""
    largest = float(np.max(np.abs(vector), initial=0.0))
    if largest == 0 or not math.isfinite(largest):
        return largest
    return largest * float(np.linalg.norm(vector / largest))


def namespace(arrays: Iterable[Any]) -> Any:
    """The array API namespace that all `arrays` share (NumPy, JAX, …)."""
    return array_api_compat.array_namespace(*arrays)


def _as_float(value: Any) -> float:
    if isinstance(value, (str, bytes, bool)) or np.iscomplexobj(value):
        return math.nan
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        return math.nan
