"""`RidgelessClassifierCV`: the scale of the start and the stop of a classifier, chosen by cross-validation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from joblib import Parallel, delayed
from threadpoolctl import threadpool_limits

from ridgeless._core.progress import counted, reported
from ridgeless.errors import InvalidInputError
from ridgeless.estimators._class_cross_validation import (
    ClassProblem,
    class_problem,
    fold_scores,
    likelihood_weights,
    refitted_classes,
)
from ridgeless.estimators._class_data import LabelledSamples, labelled_samples
from ridgeless.estimators._cross_validation import Choice, Scores, least_error, within_one_standard_error
from ridgeless.estimators._linear_classifier import LinearClassifier
from ridgeless.estimators._parameters import check_flags, checked_count, checked_decades, checked_jobs, checked_scales
from ridgeless.estimators._splitting import splits_of, splitter_of
from ridgeless.estimators.choosing import CrossValidated, family_of, shares, warn_of_edges, ways_of
from ridgeless.estimators.stops import AtTime


class RidgelessClassifierCV(CrossValidated, LinearClassifier):
    """`RidgelessClassifier` with the scale of the start and the stop chosen by cross-validation.

    Each stratified fold follows the path of every scale at once, from a fit that explains next to nothing to one that
    separates the classes or nearly so, and predicts the samples left out at every point. The scale and the point with
    the least mean deviance, −2·log of the probability of the class that was seen, are fitted on all samples; more than
    two classes share them. Where lists are given, depths, standardisation and ways of stopping are compared too.
    Scaling and centring are done inside the folds.

    Args:
        depth: D, or a list of depths to choose from.
        scales: relative scales to choose from; by default twelve from 30, which is ℓ2, to 1e-14, nearly ℓ1.
        stop: a class of stops, `AtTime` (training that stops early) or `Penalty`, or a list of both to choose from.
        points: points of each path.
        decades: how far λ falls along the path, in powers of ten.
        cv: folds: a number, a splitter of scikit-learn, or an iterable of (train, test). Each fold has to train on
            every class.
        scoring: what is least at the choice: "deviance", or "error", the share of wrong labels.
        positive: whether coefficients stay above 0.
        fit_intercept: whether there is an intercept.
        standardize: whether features are divided by their standard deviation, or [False, True] to choose.
        prior_scale: as in `RidgelessClassifier`.
        combine: "best", or "average" of the best of each scale with weights exp(−n·Δ/2), Δ what the scale's mean
            deviance has more than the least. Averaged are coefficients and intercepts, and so log-odds. Sample weights
            count repetitions here: n is their sum.
        one_standard_error: whether to take the earliest stop whose deviance is within one standard error of the least.
        n_jobs: processes, as joblib counts them. The result has the same bits whatever their number.

    Attributes:
        depth_: the depth chosen.
        standardize_: whether features were standardised.
        relative_scale_: the scale chosen, as in `scales`.
        cv_deviances_: mean deviances, shape (ways, scales, points); `ways_` names the first axis.
        cv_deviations_: standard errors of these means over folds, of the same shape.
        cv_errors_: shares of wrong labels, of the same shape.
        ways_: one dictionary for each way: depth, standardize and stop.
        weights_: of an average, shape (ways, scales), 0 for what misses its tolerance on all the data; that of the best
            alone is 1.
        coef_, intercept_: as in `RidgelessClassifier`; those of the average, where there is one.
        scale_, stop_, dual_, path_, point_, certificate_, message_, n_iter_, n_features_in_, feature_names_in_: as
            there, and so is `classes_`; those of the best scale in an average.

    References:
        Akaike 1978 for the weights; Hastie, Tibshirani and Friedman 2009, §7.10 for the one-standard-error rule.

    Example:
        >>> import numpy as np
        >>> from ridgeless.estimators import RidgelessClassifierCV
        >>> rng = np.random.default_rng(0)
        >>> X = rng.standard_normal((60, 100))
        >>> y = X[:, 0] - 2 * X[:, 1] + 0.5 * rng.standard_normal(60) > 0
        >>> model = RidgelessClassifierCV(points=30).fit(X, y)
        >>> int(np.argmax(np.abs(model.coef_)))
        1
    """

    def __init__(
        self,
        depth: int | Sequence[int] = 2,
        *,
        scales: Any = None,
        stop: Any = AtTime,
        points: int = 60,
        decades: float = 6.0,
        cv: Any = None,
        scoring: str = "deviance",
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
        self.scoring = scoring
        self.positive = positive
        self.fit_intercept = fit_intercept
        self.standardize = standardize
        self.prior_scale = prior_scale
        self.combine = combine
        self.one_standard_error = one_standard_error
        self.n_jobs = n_jobs

    @reported("fit")
    def fit(self, X: Any, y: Any, sample_weight: Any = None, **split_params: Any) -> RidgelessClassifierCV:
        """Choose the scale and the stop, and fit them.

        Args:
            X: samples, shape (n, p).
            y: labels of any kind, shape (n,).
            sample_weight: weights of the samples, in the fit and in the deviances, shape (n,).
            **split_params: passed to the splitter by scikit-learn's metadata routing, such as `groups`.

        Raises:
            InvalidInputError: a parameter is out of its range, y has one class only, or a fold trains without a class.
            ValueError: X or y contain what is no number, or their lengths differ.
        """
        check_flags(
            self,
            positive=self.positive,
            fit_intercept=self.fit_intercept,
            one_standard_error=self.one_standard_error,
        )
        ways = ways_of(self, combine=("best", "average"), scoring=("deviance", "error"))
        scales = checked_scales(self, self.scales)
        jobs_at_once = checked_jobs(self, self.n_jobs)
        points, decades = checked_count(self, "points", self.points, 2), checked_decades(self, self.decades)
        samples = labelled_samples(self, X, y, sample_weight)
        splits = _splits(self, samples, sample_weight, split_params)
        families = [family_of(self, way) for way in ways]
        with threadpool_limits(limits=1):
            problems = [class_problem(family, samples, scales, points, decades) for family in families]
        jobs = [delayed(fold_scores)(problem, samples, *split) for problem in problems for split in splits]
        found: list[Any] = list(Parallel(n_jobs=jobs_at_once)(counted(jobs, "fold")))
        deviances, errors = (_table([fold[kind] for fold in found], len(problems)) for kind in (0, 1))
        scores = deviances if self.scoring == "deviance" else errors
        best = least_error(scores)
        chosen = within_one_standard_error(scores, best) if self.one_standard_error else best
        warn_of_edges(self, self.scoring, best, scales, points)
        self.classes_, self.ways_ = samples.classes, ways
        with threadpool_limits(limits=1):
            _keep_choice(self, problems, deviances, chosen)
        self.depth_, self.standardize_ = ways[chosen.family]["depth"], ways[chosen.family]["standardize"]
        self.relative_scale_ = float(scales[chosen.scale[0]])
        self.cv_deviances_, self.cv_deviations_ = deviances.errors[..., 0], deviances.deviations[..., 0]
        self.cv_errors_ = errors.errors[..., 0]
        return self

    def _scores(self) -> tuple[np.ndarray, str]:
        if self.scoring == "deviance":
            return self.cv_deviances_, "deviance"
        return self.cv_errors_, "share of wrong labels"


def _table(of_folds: list[np.ndarray], ways: int) -> Scores:
    """Scores of every way, scale and point, from those of each way and fold in turn."""
    count = len(of_folds) // ways
    return Scores.of_folds([of_folds[i * count : (i + 1) * count] for i in range(ways)], 1)


def _splits(
    estimator: RidgelessClassifierCV, samples: LabelledSamples, sample_weight: Any, split_params: dict[str, Any]
) -> list[tuple[np.ndarray, np.ndarray]]:
    """The folds, each of which trains on every class."""
    codes = np.full(samples.came, 0)
    codes[samples.kept] = samples.codes
    splitter = splitter_of(estimator, samples.codes)
    splits = splits_of(estimator, splitter, codes, samples.kept, sample_weight, split_params)
    for train, _ in splits:
        missing = np.setdiff1d(np.arange(len(samples.classes)), samples.codes[train])
        if len(missing):
            label = samples.classes.tolist()[missing[0]]
            raise InvalidInputError(
                f"RidgelessClassifierCV.fit: a fold trains without the class {label!r}; give more samples of it, or "
                "other folds by cv="
            )
    return splits


def _keep_choice(estimator: Any, problems: list[ClassProblem], deviances: Scores, chosen: Choice) -> None:
    """Fit what was chosen on all samples, and set the attributes."""
    problem, scale = problems[chosen.family], chosen.scale[0]
    targets = problem.prepared.signs.shape[1]
    scales = problem.lanes.scales[scale * targets : (scale + 1) * targets]
    fit = refitted_classes(problem, scale, chosen.point[0])
    estimator._keep(fit, problem.prepared, problem.family.mirror, scales)
    weights = np.zeros(deviances.errors.shape[:2])
    weights[chosen.family, scale] = 1.0
    if estimator.combine == "average":
        found = averaged(problems, deviances, shares(likelihood_weights(deviances, problem.prepared.samples)))
        if found is not None:
            estimator.coef_, estimator.intercept_, weights = found
    estimator.weights_ = weights


def averaged(
    problems: list[ClassProblem], deviances: Scores, weights: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray] | None:
    """The weighted average of each scale at its best point: coefficients, shape (targets, p), intercepts, and weights.

    A member whose steps miss their tolerance on all the data is left out, and its weight with it: its coefficients are
    no fit, and may be of any size. None where no member is left.
    """
    points = deviances.errors[..., 0].argmin(axis=2)
    coefficients, intercepts, kept = 0.0, 0.0, np.zeros_like(weights)
    for family, scale in zip(*np.nonzero(weights), strict=True):
        prepared = problems[family].prepared
        fit = refitted_classes(problems[family], int(scale), int(points[family, scale]))
        if not np.all(fit.is_solved):
            continue
        kept[family, scale] = weights[family, scale]
        found = prepared.coefficients(fit.solved)
        coefficients = coefficients + kept[family, scale] * found
        intercepts = intercepts + kept[family, scale] * prepared.intercepts(found, fit.intercept)
    total = kept.sum()
    return (np.asarray(coefficients) / total, np.asarray(intercepts) / total, kept / total) if total else None
