"""The folds of a cross-validation, as scikit-learn's splitters and metadata routing give them."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.model_selection import check_cv
from sklearn.utils.metadata_routing import _raise_for_params, _routing_enabled, process_routing

from ridgeless.errors import InvalidInputError
from ridgeless.estimators._refusals import told_as


def splitter_of(estimator: Any, labels: np.ndarray | None = None) -> Any:
    """scikit-learn's splitter for what an estimator has in `cv`, stratified where there are labels.

    Raises:
        InvalidInputError: there is none.
    """
    with told_as(f"{type(estimator).__name__}(cv={_shown(estimator.cv)})"):
        return check_cv(estimator.cv, labels, classifier=labels is not None)


def _shown(cv: Any) -> str:
    return repr(cv) if isinstance(cv, int | float | str) and len(repr(cv)) < 60 else "…"


def _indices(part: Any) -> np.ndarray:
    found = np.asarray(part)
    if found.ndim != 1 or found.dtype.kind not in "iub":
        raise ValueError("a fold is no list of indices; give (train, test) pairs of them")
    return found


def splits_of(
    estimator: Any, splitter: Any, y: np.ndarray, kept: np.ndarray, sample_weight: Any, split_params: dict[str, Any]
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Indices of the samples of each fold, among those of a weight above 0.

    Args:
        estimator: the estimator whose `fit` was called.
        splitter: of scikit-learn.
        y: what the splitter may balance, one number for every sample that came, shape (n,).
        kept: the indices of the samples of a weight above 0.
        sample_weight: as it came.
        split_params: for the splitter, by metadata routing.

    Raises:
        InvalidInputError: there is no fold, or one is left without a sample.
    """
    if _routing_enabled():
        params = process_routing(estimator, "fit", sample_weight=sample_weight, **split_params).splitter.split
    else:
        _raise_for_params(split_params, estimator, "fit")
        params = {}
    position = np.full(len(y), -1)
    position[kept] = np.arange(len(kept))
    splits = []
    with told_as(f"{type(estimator).__name__}(cv={_shown(estimator.cv)})"):
        split = splitter.split(np.zeros((len(y), 1)), y, **params)
        folds = [(position[_indices(train)], position[_indices(test)]) for train, test in split]
    for inside, outside in folds:
        inside, outside = inside[inside >= 0], outside[outside >= 0]
        if not len(inside) or not len(outside):
            raise InvalidInputError(
                f"{type(estimator).__name__}.fit: a fold has no sample of a weight above 0; give fewer folds by cv="
            )
        splits.append((inside, outside))
    if not splits:
        raise InvalidInputError(f"{type(estimator).__name__}.fit: cv= gives no fold; give 2 or more")
    return splits
