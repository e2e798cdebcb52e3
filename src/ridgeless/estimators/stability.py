"""Stability selection: which features are chosen again and again on halves of the samples, with error control."""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Integral
from typing import Any

import numpy as np
from joblib import Parallel, delayed
from sklearn.base import clone
from sklearn.utils import _safe_indexing, check_random_state, column_or_1d, indexable
from sklearn.utils.validation import _num_samples
from threadpoolctl import threadpool_limits

from ridgeless._core.brief import brief
from ridgeless._core.progress import counted, reported
from ridgeless.errors import InvalidInputError
from ridgeless.estimators._parameters import checked_jobs
from ridgeless.estimators._refusals import told_as
from ridgeless.estimators.stops import as_float

# Theorem 2 of Shah and Samworth (2013) asks that a feature's chance of being chosen is at most this.
_UNIMODAL_UP_TO = 1 / np.sqrt(3)


@dataclass(frozen=True, eq=False)
class StabilitySelection:
    """How often each feature is among the chosen ones on a random half of the samples.

    Attributes:
        frequencies: part of the halves on which each feature was chosen, shape (p,).
        chosen_each_time: q, how many features are chosen on a half.
        pairs: B, how many times the samples were split into two halves.
        threshold: the frequency from which on a feature is selected.
        selected: indices of these features, the most frequent first.
    """

    frequencies: np.ndarray
    chosen_each_time: int
    pairs: int
    threshold: float
    selected: np.ndarray

    __repr__ = brief

    def expected_errors(self, threshold: float | None = None) -> float:
        """Bound on the expected number of selected features whose chance of being chosen on a half is at most q/p.

        With θ = q/p and τ the threshold it is q·θ·C, where C = 1/(2τ − 1) holds for any selection (theorem 1 of Shah
        and Samworth 2013), and the smaller C of their theorem 2 where the distribution of frequencies is unimodal.
        This is the second, where θ ≤ 1/√3, and the first elsewhere.
        """
        tau = self.threshold if threshold is None else threshold
        theta = self.chosen_each_time / len(self.frequencies)
        return self.chosen_each_time * theta * error_factor(tau, theta, self.pairs)


def error_factor(threshold: float, theta: float, pairs: int) -> float:
    """C of the bound q·θ·C (Shah and Samworth 2013, theorems 1 and 2).

    Raises:
        InvalidInputError: the threshold is not above ½ and at most 1.
    """
    if not 0.5 < as_float(threshold) <= 1:
        raise InvalidInputError(f"threshold={threshold!r}: give a number above 0.5 and at most 1")
    worst = 1 / (2 * threshold - 1)
    least = min(0.5 + theta**2, 0.5 + 1 / (2 * pairs) + 0.75 * theta**2)
    room = 2 * threshold - 1 - 1 / (2 * pairs)
    if theta > _UNIMODAL_UP_TO or threshold <= least or room <= 0:
        return worst
    if threshold <= 0.75:
        return min(worst, 1 / (2 * room))
    return min(worst, 4 * (1 - threshold + 1 / (2 * pairs)) / (1 + 1 / pairs))


@reported("stability_selection")
def stability_selection(
    estimator: Any,
    X: Any,
    y: Any,
    *,
    resamples: int = 100,
    chosen: int | None = None,
    threshold: float | None = None,
    errors: float = 1.0,
    n_jobs: int | None = None,
    random_state: Any = 0,
) -> StabilitySelection:
    """Features that an estimator chooses again and again on complementary halves of the samples.

    On each half the features with the q largest |coefficient|·standard deviation above 0 are chosen. A feature is
    selected where the part of the halves on which it is chosen reaches the threshold.

    Args:
        estimator: with `coef_` after `fit`, such as `RidgelessRegressor`; it is cloned.
        X: samples, shape (n, p), an array, a data frame or a sparse matrix.
        y: targets, shape (n,).
        resamples: halves in all, 2B: the samples are split B times.
        chosen: q; by default √(0.8·p·errors), for which a threshold of 0.9 keeps the worst-case bound.
        threshold: above ½ and at most 1; by default the least at which at most `errors` wrong features are expected.
        errors: how many wrong features may be expected, where no threshold is given.
        n_jobs: processes, as joblib counts them; the result does not depend on it.
        random_state: of the splits.

    Raises:
        InvalidInputError: an argument is out of its range, or no threshold keeps so few errors.

    References:
        Meinshausen and Bühlmann 2010; Shah and Samworth 2013 (arXiv 1105.5578), complementary pairs.

    Example:
        >>> import numpy as np
        >>> from ridgeless.estimators import RidgelessRegressor, stability_selection
        >>> rng = np.random.default_rng(0)
        >>> X = rng.standard_normal((60, 100))
        >>> y = X[:, 3] - 2 * X[:, 7] + 0.1 * rng.standard_normal(60)
        >>> found = stability_selection(RidgelessRegressor(scale=1e-3), X, y, resamples=20)
        >>> sorted(found.selected.tolist())
        [3, 7]
    """
    with told_as("stability_selection"):
        X, y = indexable(X, y)
        samples, features = np.shape(X) if np.ndim(X) == 2 else (_num_samples(X), 0)
        rng = check_random_state(random_state)
        clone(estimator)
        y = column_or_1d(y)
    if not hasattr(estimator, "fit"):
        raise InvalidInputError(f"stability_selection: {type(estimator).__name__} has no fit; give an estimator")
    if not features:
        raise InvalidInputError("stability_selection: X is a table of two axes, (n samples, p features), p at least 1")
    if samples < 4:
        raise InvalidInputError("stability_selection: give at least 4 samples, two for each half")
    jobs_at_once = checked_jobs("stability_selection", n_jobs)
    pairs = _checked_pairs(resamples)
    count = _checked_chosen(chosen, features, errors)
    if threshold is not None:
        error_factor(threshold, count / features, pairs)
    halves = [half for _ in range(pairs) for half in _halves(rng.permutation(samples))]
    jobs = [delayed(_chosen_on)(estimator, X, y, half, count) for half in halves]
    found: list[Any] = list(Parallel(n_jobs=jobs_at_once)(counted(jobs, "subsample")))
    frequencies = np.bincount(np.concatenate(found), minlength=features) / len(halves)
    tau = _least_threshold(count, features, pairs, errors) if threshold is None else threshold
    order = np.argsort(-frequencies, kind="stable")
    return StabilitySelection(frequencies, count, pairs, tau, order[frequencies[order] >= tau])


def _checked_pairs(resamples: int) -> int:
    if (
        isinstance(resamples, bool)
        or not isinstance(resamples, Integral)
        or not 2 <= resamples <= 100_000
        or resamples % 2
    ):
        raise InvalidInputError(
            f"stability_selection(resamples={resamples!r}): resamples is an even number from 2 to 100000, for halves "
            "come in pairs"
        )
    return int(resamples) // 2


def _checked_chosen(chosen: int | None, features: int, errors: float) -> int:
    if not 0 < as_float(errors) < np.inf:
        raise InvalidInputError(f"stability_selection(errors={errors!r}): errors is a finite number above 0")
    if chosen is None:
        return int(np.clip(np.sqrt(0.8 * features * errors), 1, features))
    if isinstance(chosen, bool) or not isinstance(chosen, int | np.integer) or not 1 <= chosen <= features:
        raise InvalidInputError(
            f"stability_selection(chosen={chosen!r}): chosen is a whole number from 1 to {features}, the features"
        )
    return int(chosen)


def _halves(order: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Two disjoint halves of the samples; one is left out where their number is odd."""
    size = len(order) // 2
    return np.sort(order[:size]), np.sort(order[size : 2 * size])


def _chosen_on(estimator: Any, X: Any, y: Any, half: np.ndarray, count: int) -> np.ndarray:
    """The features with the largest |coefficient|·standard deviation on a half."""
    with threadpool_limits(limits=1):
        rows = _safe_indexing(X, half)
        fresh: Any = clone(estimator)
        coefficients = np.atleast_2d(fresh.fit(rows, np.asarray(y)[half]).coef_)
        size = np.linalg.norm(coefficients, axis=0) * _deviations(rows)
    order = np.argsort(-size, kind="stable")[:count]
    # A coefficient of 0 is not chosen, however few others there are.
    return order[size[order] > 0]


def _deviations(rows: Any) -> np.ndarray:
    if hasattr(rows, "multiply"):
        mean = np.asarray(rows.mean(axis=0)).ravel()
        return np.sqrt(np.maximum(np.asarray(rows.multiply(rows).mean(axis=0)).ravel() - mean**2, 0.0))
    return np.asarray(rows, dtype=float).std(axis=0)


def _least_threshold(count: int, features: int, pairs: int, errors: float) -> float:
    """The least frequency at which at most `errors` wrong features are expected."""
    theta = count / features
    for step in range(pairs + 1, 2 * pairs + 1):
        tau = step / (2 * pairs)
        if count * theta * error_factor(tau, theta, pairs) <= errors:
            return tau
    raise InvalidInputError(
        f"stability_selection: with {count} of {features} features chosen on each half no threshold keeps the expected "
        f"number of errors at {errors:g}; give a smaller chosen, or more resamples"
    )
