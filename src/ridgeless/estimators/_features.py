"""One number for each feature, brought into the order of the columns of X."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import narwhals.stable.v1 as nw
import numpy as np
import sklearn

from ridgeless._core.numbers import listed
from ridgeless.errors import InvalidInputError


def in_column_order(estimator: Any, parameter: str, numbers: Any) -> np.ndarray:
    """The numbers as an array in the order of the columns, by name where they have names.

    Args:
        estimator: fitted so far that it knows its features.
        parameter: the name of the parameter, for messages.
        numbers: an array, a list or a polars Series in the order of the columns; a dictionary from names to numbers; or
            a pandas Series whose index has the names, or counts the columns from 0.

    Raises:
        InvalidInputError: a feature has no number, or names that X does not have cannot be brought into its order.
    """
    call = f"{type(estimator).__name__}({parameter}=…)"
    if isinstance(numbers, Mapping):
        return _by_name(estimator, parameter, list(numbers), _floats(call, list(numbers.values())))
    series = nw.from_native(numbers, series_only=True, pass_through=True)
    index = nw.maybe_get_index(series) if isinstance(series, nw.Series) else None
    values = _floats(call, numbers)
    if index is None or list(index) == list(range(len(values))):
        return values
    return _by_name(estimator, parameter, list(index), values)


def _floats(call: str, numbers: Any) -> np.ndarray:
    try:
        values = np.asarray(numbers, dtype=float)
    except (TypeError, ValueError, OverflowError) as error:
        raise InvalidInputError(f"{call}: give numbers, one for each feature, not {type(numbers).__name__}") from error
    if np.asarray(numbers).dtype.kind == "c":
        raise InvalidInputError(f"{call}: give real numbers, one for each feature")
    return values


def _by_name(estimator: Any, parameter: str, labels: list[Any], values: np.ndarray) -> np.ndarray:
    call = f"{type(estimator).__name__}({parameter}=…)"
    names = getattr(estimator, "feature_names_in_", None)
    if names is None:
        raise InvalidInputError(
            f"{call}: its numbers have names, and scikit-learn {sklearn.__version__} finds none that are strings in X; "
            "give an array in the order of the columns"
        )
    if len(set(labels)) != len(labels):
        raise InvalidInputError(f"{call}: several numbers have the same name; give one for each feature")
    place = {label: index for index, label in enumerate(labels)}
    lacking = [str(name) for name in names if name not in place]
    if lacking:
        more = f", and {len(lacking) - 3} more" if len(lacking) > 3 else ""
        raise InvalidInputError(f"{call}: no number for {listed(lacking[:3])}{more}; give one for each feature of X")
    return values[[place[name] for name in names]]
