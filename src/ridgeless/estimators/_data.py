"""Samples as users bring them, checked: arrays, data frames, sparse matrices and dask arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import sparse
from sklearn.utils.validation import _check_sample_weight, check_array, validate_data

from ridgeless.errors import InvalidInputError
from ridgeless.estimators._refusals import told_as
from ridgeless.estimators.stops import LARGEST_UNIT, LEAST_UNIT
from ridgeless.systems.blocks import is_dask

SPARSE = ("csc", "csr")


def training_data(estimator: Any, X: Any, y: Any) -> tuple[Any, np.ndarray, bool]:
    """X and y of a call of `fit`, checked; y is a column for each target, and the last is whether it came flat.

    Raises:
        ValueError: what scikit-learn's checks refuse: numbers that are missing or infinite, lengths that differ.
    """
    call = f"{type(estimator).__name__}.fit"
    refuse_equal_names(call, X)
    with told_as(call):
        if is_dask(X):
            y = check_array(y, ensure_2d=False, dtype="numeric", input_name="y")
            check_dask(estimator, X, len(y))
        else:
            X, y = validate_data(
                estimator, X, y, accept_sparse=SPARSE, dtype=np.float64, multi_output=True, y_numeric=True
            )
        targets = np.asarray(y, dtype=float).reshape(len(y), -1)
    if not targets.size or not np.isfinite(targets).all():
        raise InvalidInputError(
            f"{call}: y has shape {np.shape(y)}; give finite numbers, of shape (n,) or (n, targets), at least one"
        )
    refuse_units(call, "X", X)
    refuse_units(call, "y", targets)
    return X, targets, np.ndim(y) == 1


def new_data(estimator: Any, X: Any) -> Any:
    """X of a call of `predict`, checked against what the estimator was fitted on."""
    call = f"{type(estimator).__name__}.predict"
    if is_dask(X):
        _refuse_dask(call, X)
        if X.shape[1] != estimator.n_features_in_:
            raise InvalidInputError(
                f"{call}: X has {X.shape[1]} features, but the model was fitted with {estimator.n_features_in_}"
            )
        return X
    refuse_equal_names(call, X)
    with told_as(call):
        return validate_data(estimator, X, accept_sparse=SPARSE, dtype=np.float64, reset=False)


def refuse_equal_names(call: str, X: Any) -> None:
    """Refuse a data frame of which two columns have the same name.

    Raises:
        InvalidInputError: X is one.
    """
    names = [str(name) for name in getattr(X, "columns", ())]
    equal = sorted({name for name in names if names.count(name) > 1}) if len(set(names)) < len(names) else []
    if equal:
        raise InvalidInputError(f"{call}: X has several columns named {equal[0]!r}; give each a name of its own")


def refuse_units(call: str, name: str, values: Any) -> None:
    """Refuse numbers whose squares and products float64 does not hold.

    Args:
        call: what was called.
        name: what the numbers are.
        values: shape (n, p), dense, sparse or a dask array; a column of zeros has no unit.

    Raises:
        InvalidInputError: the largest number of a column is too large or too small.
    """
    if is_dask(values):
        largest = np.asarray(abs(values).max(axis=0).compute(), dtype=float)
    elif sparse.issparse(values):
        largest = np.asarray(abs(values).max(axis=0).todense(), dtype=float).ravel()
    else:
        largest = np.maximum(values.max(axis=0), -values.min(axis=0))
    is_out = (largest > LARGEST_UNIT) | ((largest < LEAST_UNIT) & (largest > 0))
    if is_out.any():
        column = int(np.argmax(is_out))
        raise InvalidInputError(
            f"{call}: the largest number in column {column} of {name} is {largest[column]:.3g}, with no room in "
            f"float64 for the products of a fit; give {name} in units that bring it between {LEAST_UNIT:g} "
            f"and {LARGEST_UNIT:g}"
        )


def positive_weights(estimator: Any, X: Any, sample_weight: Any) -> tuple[np.ndarray, np.ndarray]:
    """Sample weights, and the indices of those above 0: a sample of weight 0 is as if it were not there.

    Raises:
        ValueError: a weight is below 0, none is above, or their number differs from that of the samples.
    """
    call = f"{type(estimator).__name__}.fit"
    with told_as(f"{call}: sample_weight"):
        is_complex = np.asarray(sample_weight).dtype.kind == "c"
    if is_complex:
        raise InvalidInputError(f"{call}: sample_weight is complex; give real numbers of at least 0")
    if is_dask(X):
        with told_as(f"{call}: sample_weight"):
            weights = np.ones(X.shape[0]) if sample_weight is None else np.asarray(sample_weight, dtype=float)
        if weights.shape != (X.shape[0],) or not np.all(np.isfinite(weights) & (weights >= 0)):
            raise InvalidInputError(
                f"{call}: sample_weight is one finite number of at least 0 for each of the {X.shape[0]} samples"
            )
    else:
        with told_as(call):
            weights = _check_sample_weight(sample_weight, X, dtype=np.float64, ensure_non_negative=True)
    kept = np.flatnonzero(weights > 0)
    if not len(kept):
        raise InvalidInputError(f"{call}: no sample has a weight above 0; give at least one")
    least, largest = weights[kept].min(), weights.max()
    if least < LEAST_UNIT or largest > LARGEST_UNIT:
        raise InvalidInputError(
            f"{call}: sample_weight is from {least:.3g} to {largest:.3g}; give numbers from {LEAST_UNIT:g} to "
            f"{LARGEST_UNIT:g}, or 0 for samples to be left out"
        )
    return weights[kept], kept


def taken(X: Any, kept: np.ndarray) -> Any:
    """Some rows of X; X itself where they are all."""
    return X if len(kept) == X.shape[0] else X[kept]


def check_dask(estimator: Any, X: Any, samples: int) -> None:
    """Check a dask array of training samples block by block, and set the number of features.

    Raises:
        InvalidInputError: its shape does not fit, or it contains what is no finite number.
    """
    call = f"{type(estimator).__name__}.fit"
    if np.isnan(X.shape).any():
        raise InvalidInputError(f"{call}: the chunks of X have unknown sizes; call X.compute_chunk_sizes() first")
    if X.ndim == 2 and (X.shape[0] != samples or X.shape[1] == 0):
        raise InvalidInputError(
            f"{call}: X is a dask array of shape {X.shape}, and y has {samples} samples; give as many rows of X"
        )
    _refuse_dask(call, X)
    estimator.n_features_in_ = X.shape[1]


def _refuse_dask(call: str, X: Any) -> None:
    """Refuse a dask array that is no table of finite numbers, block by block.

    Raises:
        InvalidInputError: X is none.
    """
    if X.ndim != 2:
        raise InvalidInputError(f"{call}: X is a dask array of shape {X.shape}; give one of two axes, (n, p)")
    if X.dtype.kind not in "fiub":
        raise InvalidInputError(f"{call}: X is a dask array of {X.dtype}; give real numbers, as by X.astype(float)")
    if not bool(np.isfinite(X).all().compute()):
        raise InvalidInputError(f"{call}: X contains NaN or infinity; impute or drop them first")
