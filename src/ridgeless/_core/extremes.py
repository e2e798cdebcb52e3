"""Overflow and underflow: data near the limits of float64 cause no warnings, and errors that say what to do.

Squares leave the range of float64 beyond 1e±154, and products of several weights earlier. For such data NumPy's
warnings are suppressed, and results are judged as they come out: a residual that is not finite is no success. For data
of usual size nothing is suppressed.
"""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar, cast

import numpy as np
import scipy.linalg as sl
import scipy.sparse as sp

from ridgeless.errors import InvalidInputError, RidgelessError

# Products of data, and of starting weights, within these ranges stay within float64.
_USUAL_DATA = (1e-60, 1e60)
_USUAL_START = (1e-160, 1e25)

# Log of a number that float64 holds with room to spare, and of whose inverse it holds every digit.
LARGEST_LOG = float(np.log(1e300))

_PIECE = 2**15

# SciPy's types do not list it.
_place_of_largest: Any = vars(sl.blas)["idamax"]

Verb = TypeVar("Verb", bound=Callable[..., Any])


def within_float64(verb: Verb) -> Verb:
    """Decorator of a public function: arithmetic on data near the limits of float64 neither warns nor fails obscurely.

    Arithmetic that fails there (a division by a number that became 0, an infinity that LAPACK refuses) is raised as an
    `InvalidInputError` that says so. On data of usual size the function runs unchanged.

    Args:
        verb: called with a `LinearSystem` or a `Solution` first.
    """

    @functools.wraps(verb)
    def guarded(*arguments: Any, **named: Any) -> Any:
        with guard(verb.__name__, *arguments, *named.values()):
            return verb(*arguments, **named)

    return cast("Verb", guarded)


def is_extreme(*arguments: Any) -> bool:
    """Whether a system or a start among the arguments has entries whose squares or products may leave float64.

    Example:
        >>> is_extreme({"u": np.array([1e-3])}), is_extreme({"u": np.array([1e80])})
        (False, True)
    """
    return any(_is_extreme(argument) for argument in arguments)


@contextmanager
def guard(call: str, *arguments: Any) -> Iterator[None]:
    """`within_float64` as a context manager, for a part of a function; `is_extreme` is asked about the arguments."""
    if not is_extreme(*arguments):
        yield
        return
    try:
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore", sl.LinAlgWarning)
            yield
    except RidgelessError:
        raise
    except (ArithmeticError, ValueError, np.linalg.LinAlgError) as error:
        raise beyond_float64(call, f"{type(error).__name__}: {error}") from error


def beyond_float64(call: str, what: str) -> InvalidInputError:
    """The error for numbers beyond the range of float64."""
    return InvalidInputError(
        f"{call}: numbers of this size leave the range of float64 ({what}); measure A, b and the start in units that "
        "bring them near 1."
    )


def _is_extreme(argument: Any) -> bool:
    if hasattr(argument, "matvec") and hasattr(argument, "b"):
        return _is_extreme_system(argument)
    if hasattr(argument, "theta0") and hasattr(argument, "system"):
        return any(_is_extreme(part) for part in (argument.system, argument.theta0) if part is not None)
    if isinstance(argument, dict):
        return any(_is_beyond(part, _USUAL_START) for value in argument.values() for part in _parts(value))
    scale = getattr(argument, "scale", None)
    return isinstance(scale, (int, float)) and _is_beyond(np.array([float(scale)]), _USUAL_START)


def _is_extreme_system(system: Any) -> bool:
    if "_is_extreme" not in system.__dict__:
        entries = system.A.data if sp.issparse(system.A) else system.A
        is_read = isinstance(entries, np.ndarray)
        arrays = (system.b, entries) if is_read else (system.b,)
        system.__dict__["_is_extreme"] = any(_is_beyond(each, _USUAL_DATA) or _is_gradual(each) for each in arrays)
    return bool(system.__dict__["_is_extreme"])


def _is_gradual(numbers: np.ndarray) -> bool:
    """Whether some numbers are subnormal: not 0, but so small that their inverse may overflow."""
    tiny, flat = np.finfo(float).tiny, numbers.ravel(order="K")
    # Piece by piece, so that what is made of a piece stays in the processor's cache.
    pieces = (flat[first : first + _PIECE] for first in range(0, flat.size, _PIECE))
    return any(bool(((each < tiny) & (each > -tiny) & (each != 0)).any()) for each in pieces)


def _parts(value: Any) -> list[Any]:
    return list(value) if isinstance(value, (list, tuple)) else [value]


def _is_beyond(values: Any, usual: tuple[float, float]) -> bool:
    """Whether the largest of the numbers is outside the usual range, and not 0."""
    try:
        array = np.asarray(values)
        # Anything but real numbers is refused elsewhere; a longer float that overflows counts as large.
        with np.errstate(over="ignore"):
            numbers = np.ravel(array.astype(float, copy=False)) if array.dtype.kind in "fiub" else np.empty(0)
    except (TypeError, ValueError):
        return False
    # BLAS finds the largest entry in one pass and without a copy.
    largest = abs(float(numbers[_place_of_largest(numbers)])) if numbers.size else 0.0
    return largest > 0 and not usual[0] <= largest <= usual[1]
