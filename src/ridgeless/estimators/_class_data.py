"""Labelled samples as users bring them, checked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.utils import column_or_1d
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import validate_data

from ridgeless.errors import InvalidInputError
from ridgeless.estimators._data import SPARSE, check_dask, positive_weights, refuse_equal_names, refuse_units, taken
from ridgeless.estimators._refusals import told_as
from ridgeless.systems.blocks import is_dask


@dataclass(frozen=True, eq=False)
class LabelledSamples:
    """Checked samples of a weight above 0.

    Attributes:
        X: shape (n, p).
        codes: the index of each sample's class, shape (n,).
        weights: shape (n,).
        classes: the labels, sorted.
        kept: the indices of the samples among those that came.
        came: how many came.
    """

    X: Any
    codes: np.ndarray
    weights: np.ndarray
    classes: np.ndarray
    kept: np.ndarray
    came: int

    def part(self, chosen: np.ndarray) -> LabelledSamples:
        """Some of the samples."""
        return LabelledSamples(
            self.X[chosen], self.codes[chosen], self.weights[chosen], self.classes, self.kept[chosen], self.came
        )


def labelled_samples(estimator: Any, X: Any, y: Any, sample_weight: Any) -> LabelledSamples:
    """X and y of a call of `fit`, checked.

    Raises:
        InvalidInputError: there is one class only.
        ValueError: what scikit-learn's checks refuse: numbers that are missing or infinite, lengths that differ,
            labels that are no classes.
    """
    call = f"{type(estimator).__name__}.fit"
    refuse_equal_names(call, X)
    # Labels are looked at as whole numbers, and floats beyond them are none.
    with told_as(call), np.errstate(invalid="ignore"):
        if is_dask(X):
            y = column_or_1d(y, warn=True)
            check_dask(estimator, X, len(y))
        else:
            X, y = validate_data(estimator, X, y, accept_sparse=SPARSE, dtype=np.float64)
            y = column_or_1d(y, warn=True)
        check_classification_targets(y)
    refuse_units(call, "X", X)
    weights, kept = positive_weights(estimator, X, sample_weight)
    with told_as(f"{call}: y has labels of several kinds"):
        classes, codes = np.unique(y[kept], return_inverse=True)
    if len(classes) < 2:
        raise InvalidInputError(
            f"{call}: y has one class only, {classes.tolist()[0]!r}, among the samples of a "
            "weight above 0; give samples of two classes or more"
        )
    return LabelledSamples(taken(X, kept), codes, weights, classes, kept, len(y))
