"""One trial: a method is trained on a split and tested on what it has not seen."""

from __future__ import annotations

import time
import warnings
from collections import Counter
from typing import Any

import numpy as np
from sklearn.model_selection import KFold, StratifiedKFold

from benchmarks.estimators import plan
from benchmarks.estimators.methods import CLASSIFIERS, REGRESSORS, Method
from benchmarks.estimators.records import Record
from benchmarks.estimators.rows import Row, Split

# Probabilities are kept this far from 0 and 1, so that one sure mistake does not make a deviance infinite.
_LEAST_PROBABILITY = 1e-12


def methods_of(row: Row) -> dict[str, Method]:
    """What a row is tried with."""
    return CLASSIFIERS if row.is_classified else REGRESSORS


def trial(row: Row, split: int, name: str) -> Record:
    """Train and test. What a method raises is its result: it fails on this split."""
    data, method = row.draw(split), methods_of(row)[name]
    folds = (StratifiedKFold if row.is_classified else KFold)(plan.FOLDS, shuffle=True, random_state=split)
    with warnings.catch_warnings(record=True) as raised:
        warnings.simplefilter("always")
        began = time.process_time()
        try:
            estimator = method(row, folds).fit(data.X, data.y)
            seconds = time.process_time() - began
            losses, error = _losses(row, estimator, data), ""
        except Exception as failure:  # noqa: BLE001 - any failure of a method is a result of the benchmark
            losses, seconds, error = {}, time.process_time() - began, f"{type(failure).__name__}: {failure}"[:300]
    told = Counter(f"{one.category.__name__}: {str(one.message).splitlines()[0][:120]}" for one in raised)
    return Record(row.name, split, name, losses, seconds, dict(told), error)


def _losses(row: Row, estimator: Any, data: Split) -> dict[str, float]:
    if not row.is_classified:
        return {"mse": float(np.mean((estimator.predict(data.X_test) - data.y_test) ** 2))}
    of_one = estimator.predict_proba(data.X_test)[:, 1]
    of_truth = np.where(data.y_test == 1, of_one, 1 - of_one)
    deviance = -2 * np.mean(np.log(np.clip(of_truth, _LEAST_PROBABILITY, 1)))
    return {"deviance": float(deviance), "error rate": float(np.mean((of_one > 0.5) != data.y_test))}
