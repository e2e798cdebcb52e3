"""`ridgeless_path`: every point of training, or of the penalty, for one scale."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import BaseEstimator

from ridgeless._core.progress import reported
from ridgeless.errors import InvalidInputError
from ridgeless.estimators._cross_validation import Family, Samples, problem_of
from ridgeless.estimators._data import positive_weights, taken, training_data
from ridgeless.estimators._parameters import (
    check_flags,
    checked_count,
    checked_decades,
    checked_mirror,
    checked_prior,
    checked_scale,
    checked_stop_classes,
)
from ridgeless.estimators._preparation import Treatment
from ridgeless.estimators._refit import refitted
from ridgeless.estimators.path import RegressionPath
from ridgeless.estimators.stops import AtTime, Stop


class _Call(BaseEstimator):
    """The call, where checks name an estimator and set the number of features."""


_Call.__name__ = _Call.__qualname__ = "ridgeless_path"


@reported("ridgeless_path")
def ridgeless_path(
    X: Any,
    y: Any,
    *,
    depth: int = 2,
    scale: float | None = None,
    stop: type[Stop] = AtTime,
    points: int = 100,
    decades: float = 6.0,
    positive: bool = False,
    fit_intercept: bool = True,
    standardize: bool = False,
    prior_scale: Any = None,
    sample_weight: Any = None,
) -> RegressionPath:
    """Every point of training along time, or of the penalised fit along λ, for one scale of the start.

    Args:
        X: samples, shape (n, p).
        y: targets, shape (n,) or (n, targets).
        depth: as in `RidgelessRegressor`, as are `scale`, `positive`, `fit_intercept`, `standardize` and `prior_scale`.
        scale: relative scale of the start; by default 0.1.
        stop: the class `AtTime` for training, or `Penalty`.
        points: how many points, in logarithmic steps from one that explains 2 % of y. Training takes as many steps
            between them as keep it within 1e-3 of gradient flow at scales of 1e-2 and above; from smaller ones it is
            Bregman iteration from point to point.
        decades: how far λ, or 1/t, falls, in powers of ten.
        positive: see there.
        fit_intercept: see there.
        standardize: see there.
        prior_scale: see there.
        sample_weight: weights of the samples, shape (n,).

    Raises:
        InvalidInputError: an argument is out of its range.
        ValueError: X or y contain what is no number, or their lengths differ.

    Example:
        >>> import numpy as np
        >>> from ridgeless.estimators import ridgeless_path
        >>> rng = np.random.default_rng(0)
        >>> X = rng.standard_normal((30, 100))
        >>> path = ridgeless_path(X, X[:, 3], points=50)
        >>> len(path), path.coefficients().shape
        (50, (50, 100))
    """
    call = _Call()
    check_flags(call, positive=positive, fit_intercept=fit_intercept, standardize=standardize)
    mirror, relative = checked_mirror(call, depth, positive), checked_scale(call, scale)
    count, span = checked_count(call, "points", points, 1), checked_decades(call, decades)
    kinds = checked_stop_classes(call, stop)
    if len(kinds) > 1:
        raise InvalidInputError("ridgeless_path(stop=…): a path goes one way; give the class AtTime or Penalty")
    X, targets, is_flat = training_data(call, X, y)
    weights, kept = positive_weights(call, X, sample_weight)
    treatment = Treatment(bool(fit_intercept), bool(standardize), checked_prior(call, prior_scale))
    samples = Samples(taken(X, kept), targets[kept], weights)
    problem = problem_of(Family(mirror, treatment, kinds[0] is AtTime), samples, np.array([relative]), count, span)
    many = targets.shape[1]
    fit = refitted(problem, (0,) * many, (count - 1,) * many)
    return RegressionPath.of_fit(fit, problem.prepared, mirror, problem.lanes.scales, is_flat=is_flat)
