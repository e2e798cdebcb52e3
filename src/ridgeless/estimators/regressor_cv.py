"""`RidgelessRegressorCV`: the scale of the start and the stop, chosen by cross-validation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from joblib import Parallel, delayed
from threadpoolctl import threadpool_limits

from ridgeless._core.progress import counted, reported
from ridgeless.errors import InvalidInputError
from ridgeless.estimators._averages import average_weights, averaged, members_of
from ridgeless.estimators._cross_validation import (
    Choice,
    Problem,
    Samples,
    Scores,
    by_scale,
    fold_scores,
    least_error,
    problem_of,
    within_one_standard_error,
)
from ridgeless.estimators._data import positive_weights, taken, training_data
from ridgeless.estimators._linear_regressor import LinearRegressor, in_shape
from ridgeless.estimators._parameters import (
    check_flags,
    checked_count,
    checked_decades,
    checked_jobs,
    checked_scales,
)
from ridgeless.estimators._refit import refitted
from ridgeless.estimators._splitting import splits_of, splitter_of
from ridgeless.estimators.choosing import CrossValidated, family_of, warn_of_edges, ways_of
from ridgeless.estimators.stops import AtTime


class RidgelessRegressorCV(CrossValidated, LinearRegressor):
    """`RidgelessRegressor` with the scale of the start and the stop chosen by cross-validation.

    Each fold follows the path of every scale at once, from a fit that explains next to nothing to one that explains y
    or nearly so, and predicts the samples left out at every point. The scale and the point with the least mean squared
    error are fitted on all samples. Where lists are given, depths, standardisation and ways of stopping are compared
    too. Scaling and centring are done inside the folds.

    Args:
        depth: D, or a list of depths to choose from.
        scales: relative scales to choose from; by default twelve from 30, nearly ridge, to 1e-14, nearly the Lasso.
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
        combine: "best", or "average" of every point of every path with weights π·exp(−n·Δ/(4E)): E the least error, Δ
            what a point's error has more, n the samples left out. π is the same for all paths, and along a path it is
            the way that predictions of samples left out go around the point. Where errors differ by less than they
            are known, the average mostly predicts better than the best. Sample weights count repetitions here: n is
            their sum.
        one_standard_error: whether to take the earliest stop whose error is within one standard error of the least.
        n_jobs: processes, as joblib counts them. The result has the same bits whatever their number.

    Attributes:
        depth_: the depth chosen.
        standardize_: whether features were standardised.
        relative_scale_: the scale chosen, as in `scales`, one for each target.
        cv_errors_: mean squared errors, shape (ways, scales, points), and (…, targets) for several targets; `ways_`
            names the first axis. They are infinite where Newton's method missed its tolerance in a fold, as it may at
            depth 3 on spectra: nothing is chosen there.
        cv_deviations_: standard errors of these means over folds, of the same shape.
        ways_: one dictionary for each way: depth, standardize and stop.
        weights_: of an average, of the shape of `cv_errors_`; of the best alone, 1 there and 0 elsewhere.
        coef_, intercept_: as in `RidgelessRegressor`; those of the average, where there is one.
        scale_, stop_, dual_, path_, point_, certificate_, message_, n_iter_, n_features_in_, feature_names_in_: as
            there; those of the best in an average, which is no point of `path_`.

    References:
        Leung and Barron 2006 for the weights; Hastie, Tibshirani and Friedman 2009, §7.10 for the one-standard-error
        rule.

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
            InvalidInputError: a parameter is out of its range, or no path is solved in every fold.
            ValueError: X or y contain what is no number, or their lengths differ.
        """
        check_flags(
            self,
            positive=self.positive,
            fit_intercept=self.fit_intercept,
            one_standard_error=self.one_standard_error,
        )
        ways, scales = ways_of(self, combine=("best", "average")), checked_scales(self, self.scales)
        jobs_at_once = checked_jobs(self, self.n_jobs)
        points, decades = checked_count(self, "points", self.points, 2), checked_decades(self, self.decades)
        X, targets, is_flat = training_data(self, X, y)
        weights, kept = positive_weights(self, X, sample_weight)
        samples = Samples(taken(X, kept), targets[kept], weights)
        splits = splits_of(self, splitter_of(self), targets[:, 0], kept, sample_weight, split_params)
        families = [family_of(self, way) for way in ways]
        with threadpool_limits(limits=1):
            problems = [problem_of(family, samples, scales, points, decades) for family in families]
        jobs = [delayed(fold_scores)(problem, samples, *split) for problem in problems for split in splits]
        found: Any = np.array(list(Parallel(n_jobs=jobs_at_once)(counted(jobs, "fold"))))
        errors, moves = np.moveaxis(found.reshape(len(problems), len(splits), 2, points, -1), 2, 0)
        scores = Scores.of_folds(errors, targets.shape[1])
        _require_solved(self, scores)
        best = least_error(scores)
        chosen = within_one_standard_error(scores, best) if self.one_standard_error else best
        warn_of_edges(self, "error", best, scales, points)
        with threadpool_limits(limits=1):
            _keep_choice(self, problems, chosen, is_flat=is_flat)
        weights = np.zeros_like(scores.errors)
        weights[chosen.family, list(chosen.scale), list(chosen.point), np.arange(targets.shape[1])] = 1.0
        if self.combine == "average":
            distances = np.sqrt(by_scale(moves, targets.shape[1]).mean(axis=1))
            left_out = float(samples.weights[np.unique(np.concatenate([test for _, test in splits]))].sum())
            weights = _keep_average(self, problems, average_weights(scores, distances, left_out), weights)
        self.ways_, self.depth_, self.standardize_ = (
            ways,
            ways[chosen.family]["depth"],
            ways[chosen.family]["standardize"],
        )
        self.relative_scale_ = scales[chosen.scale[0]] if is_flat else scales[list(chosen.scale)]
        self.cv_errors_, self.cv_deviations_ = (
            array[..., 0] if is_flat else array for array in (scores.errors, scores.deviations)
        )
        self.weights_ = weights[..., 0] if is_flat else weights
        return self


def _require_solved(estimator: Any, scores: Scores) -> None:
    """That some family has an error for every target."""
    if not np.isfinite(scores.errors.min(axis=(1, 2))).all(axis=1).any():
        raise InvalidInputError(
            f"{type(estimator).__name__}.fit: Newton's method reaches its tolerance at no scale and stop in every "
            "fold; give larger scales, or features in comparable units (standardize=True)"
        )


def _keep_choice(estimator: Any, problems: list[Problem], chosen: Choice, *, is_flat: bool) -> None:
    """Fit what was chosen on all samples, and set the attributes."""
    problem, targets = problems[chosen.family], len(chosen.scale)
    fit = refitted(problem, chosen.scale, chosen.point)
    scales = problem.lanes.scales[[scale * targets + target for target, scale in enumerate(chosen.scale)]]
    estimator._keep(fit, problem.prepared, problem.family.mirror, scales, is_flat=is_flat)


def _keep_average(estimator: Any, problems: list[Problem], asked: np.ndarray, best: np.ndarray) -> np.ndarray:
    """Set the coefficients and the intercept to those of an average, and return the weights of its members.

    A target none of whose members is solved on all the samples keeps the best, which was fitted by finer steps.

    Args:
        estimator: fitted to the best.
        problems: the families.
        asked: weights of members, shape (families, scales, points, targets).
        best: 1 where the best is, of the same shape.
    """
    jobs = [delayed(members_of)(problem, own) for problem, own in zip(problems, asked, strict=True)]
    members: list[Any] = list(Parallel(n_jobs=estimator.n_jobs)(jobs))
    average = averaged(problems, members)
    has = np.any(average.weights, axis=(0, 1, 2))
    coefficients = np.where(np.expand_dims(has, 1), average.coefficients, estimator.coef_)
    intercepts = np.where(has, average.intercepts, estimator.intercept_)
    estimator.coef_, estimator.intercept_ = in_shape(coefficients, intercepts, is_flat=estimator.coef_.ndim == 1)
    return np.where(has, average.weights, best)
