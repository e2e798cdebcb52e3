"""`RidgelessRegressorCV`: the scale of the start and the stop, chosen by cross-validation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from joblib import Parallel, delayed
from sklearn.model_selection import check_cv
from threadpoolctl import threadpool_limits

from ridgeless._core.progress import counted, reported
from ridgeless.estimators._cross_validation import (
    Choice,
    Problem,
    Samples,
    Scores,
    fold_errors,
    least_error,
    problem_of,
    scale_weights,
    within_one_standard_error,
)
from ridgeless.estimators._data import positive_weights, taken, training_data
from ridgeless.estimators._linear_regressor import LinearRegressor, in_shape
from ridgeless.estimators._parameters import checked_count, checked_positive, checked_scales
from ridgeless.estimators._paths import Grid
from ridgeless.estimators._refit import refitted
from ridgeless.estimators._splitting import splits_of
from ridgeless.estimators.choosing import CrossValidated, family_of, shares, warn_of_edges, ways_of
from ridgeless.estimators.stops import AtTime


class RidgelessRegressorCV(CrossValidated, LinearRegressor):
    """`RidgelessRegressor` with the scale of the start and the stop chosen by cross-validation.

    Each fold follows the path of every scale at once, from a fit that explains next to nothing to one that explains y
    or nearly so, and predicts the samples left out at every point. The scale and the point with the least mean squared
    error are fitted on all samples. Where lists are given, depths, standardisation and ways of stopping are compared
    too. Scaling and centring are done inside the folds.

    Args:
        depth: D, or a list of depths to choose from.
        scales: relative scales to choose from; by default twelve from 30, which is ridge, to 1e-14, nearly the Lasso.
        stop: a class of stops, `AtTime` (training that stops early) or `Penalty`, or a list of both to choose from.
            Stopping early leaves what it has found unshrunk, and does better where few features matter much; the
            penalty where many matter a little. Each is about the same work.
        points: points of each path.
        decades: how far λ falls along the path, in powers of ten.
        cv: folds: a number, a splitter of scikit-learn, or an iterable of (train, test).
        positive: whether coefficients stay above 0.
        fit_intercept: whether X and y are centred.
        standardize: whether features are divided by their standard deviation, or [False, True] to choose.
        prior_scale: as in `RidgelessRegressor`.
        combine: "best", or "average" of the best of each scale with weights exp(−n·Δ/(2E)): E the least error, Δ what
            a scale's error has more.
        one_standard_error: whether to take the earliest stop whose error is within one standard error of the least.
        n_jobs: processes, as joblib counts them. The result has the same bits whatever their number.

    Attributes:
        depth_: the depth chosen.
        standardize_: whether features were standardised.
        relative_scale_: the scale chosen, as in `scales`, one for each target.
        cv_errors_: mean squared errors, shape (ways, scales, points), and (…, targets) for several targets; `ways_`
            names the first axis.
        cv_deviations_: standard errors of these means over folds, of the same shape.
        ways_: one dictionary for each way: depth, standardize and stop.
        weights_: of an average, shape (ways, scales) or (…, targets); those of the best alone are 1.
        coef_, intercept_, scale_, stop_, dual_, path_, certificate_, n_iter_, n_features_in_, feature_names_in_: as in
            `RidgelessRegressor`. In an average, `coef_` and `intercept_` are the average's; the others the best's.

    References:
        Akaike 1978 for the weights; Hastie, Tibshirani and Friedman 2009, §7.10 for the one-standard-error rule.

    Example:
        >>> import numpy as np
        >>> from ridgeless.estimators import RidgelessRegressorCV
        >>> rng = np.random.default_rng(0)
        >>> X = rng.standard_normal((60, 200))
        >>> y = X[:, 0] - 2 * X[:, 1] + 0.1 * rng.standard_normal(60)
        >>> model = RidgelessRegressorCV().fit(X, y)
        >>> np.flatnonzero(np.abs(model.coef_) > 0.1).tolist()
        [0, 1]
    """

    def __init__(
        self,
        depth: int | Sequence[int] = 2,
        *,
        scales: Any = None,
        stop: Any = AtTime,
        points: int = 80,
        decades: float = 8.0,
        cv: Any = None,
        positive: bool = False,
        fit_intercept: bool = True,
        standardize: bool | Sequence[bool] = False,
        prior_scale: Any = None,
        combine: str = "best",
        one_standard_error: bool = False,
        n_jobs: int | None = None,
    ) -> None:
        self.depth = depth
        self.scales = scales
        self.stop = stop
        self.points = points
        self.decades = decades
        self.cv = cv
        self.positive = positive
        self.fit_intercept = fit_intercept
        self.standardize = standardize
        self.prior_scale = prior_scale
        self.combine = combine
        self.one_standard_error = one_standard_error
        self.n_jobs = n_jobs

    @reported("fit")
    def fit(self, X: Any, y: Any, sample_weight: Any = None, **split_params: Any) -> RidgelessRegressorCV:
        """Choose the scale and the stop, and fit them.

        Args:
            X: samples, shape (n, p).
            y: targets, shape (n,) or (n, targets).
            sample_weight: weights of the samples, in the fit and in the errors, shape (n,).
            **split_params: passed to the splitter by scikit-learn's metadata routing, such as `groups`.

        Raises:
            InvalidInputError: a parameter is out of its range.
            ValueError: X or y contain what is no number, or their lengths differ.
        """
        ways, scales = ways_of(self, combine=("best", "average")), checked_scales(self, self.scales)
        points, decades = checked_count(self, "points", self.points, 2), checked_positive(self, "decades", self.decades)
        X, targets, is_flat = training_data(self, X, y)
        weights, kept = positive_weights(sample_weight, X)
        samples = Samples(taken(X, kept), targets[kept], weights)
        splits = splits_of(self, check_cv(self.cv), targets[:, 0], kept, sample_weight, split_params)
        families = [family_of(self, way) for way in ways]
        with threadpool_limits(limits=1):
            problems = [problem_of(family, samples, scales, points, decades) for family in families]
        jobs = [delayed(fold_errors)(problem, samples, *split) for problem in problems for split in splits]
        errors: list[Any] = list(Parallel(n_jobs=self.n_jobs)(counted(jobs, "fold")))
        by_fold = [errors[i * len(splits) : (i + 1) * len(splits)] for i in range(len(problems))]
        scores = Scores.of_folds(by_fold, targets.shape[1])
        best = least_error(scores)
        chosen = within_one_standard_error(scores, best) if self.one_standard_error else best
        warn_of_edges(self, "error", best, scales, points)
        with threadpool_limits(limits=1):
            _keep_choice(self, problems, scores, chosen, is_flat=is_flat)
        self.ways_, self.depth_, self.standardize_ = (
            ways,
            ways[chosen.family]["depth"],
            ways[chosen.family]["standardize"],
        )
        self.relative_scale_ = scales[chosen.scale[0]] if is_flat else scales[list(chosen.scale)]
        self.cv_errors_, self.cv_deviations_ = (
            array[..., 0] if is_flat else array for array in (scores.errors, scores.deviations)
        )
        return self


def _keep_choice(estimator: Any, problems: list[Problem], scores: Scores, chosen: Choice, *, is_flat: bool) -> None:
    """Fit what was chosen on all samples, and set the attributes."""
    problem = problems[chosen.family]
    fit = refitted(problem, chosen.scale, chosen.point)
    targets = scores.errors.shape[-1]
    scales = problem.lanes.scales[[scale * targets + target for target, scale in enumerate(chosen.scale)]]
    estimator._keep(fit, problem.prepared, problem.family.mirror, scales, is_flat=is_flat)
    weights = np.zeros((len(problems), scores.errors.shape[1], targets))
    weights[chosen.family, list(chosen.scale), np.arange(targets)] = 1.0
    if estimator.combine == "average":
        weights = shares(scale_weights(scores, problem.prepared.samples))
        estimator.coef_, estimator.intercept_ = in_shape(*averaged(problems, scores, weights), is_flat=is_flat)
    estimator.weights_ = weights[..., 0] if is_flat else weights


def averaged(problems: list[Problem], scores: Scores, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Coefficients, shape (targets, p), and intercepts of the weighted average of each scale at its best point."""
    points = scores.errors.argmin(axis=2)
    targets = weights.shape[-1]
    coefficients = np.zeros((targets, problems[0].prepared.design.shape[1]))
    intercepts = np.zeros(targets)
    for family, scale in zip(*np.nonzero(weights.any(axis=-1)), strict=True):
        # What comes after the points that are averaged is not computed.
        last = int(points[family, scale].max()) + 1
        problem = replace(problems[family], grid=Grid(problems[family].grid.strengths[:last]))
        fit = refitted(problem, (int(scale),) * targets, tuple(map(int, points[family, scale])))
        found = problem.prepared.coefficients(fit.solved)
        share = weights[family, scale]
        coefficients += share[:, None] * found
        intercepts += share * problem.prepared.intercept(found)
    return coefficients, intercepts
