"""What is compared: each a function of a row and of the folds inside its training set that makes an estimator."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sklearn.linear_model import (
    ElasticNetCV,
    LassoCV,
    LassoLarsCV,
    LogisticRegressionCV,
    OrthogonalMatchingPursuitCV,
    RidgeCV,
)
from sklearn.model_selection import KFold, StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from benchmarks.estimators import paths, plan
from benchmarks.estimators.ours import SharedCV
from benchmarks.estimators.rows import Row

Folds = KFold | StratifiedKFold
Method = Callable[[Row, Folds], Any]

# The cross-validation that variants of ours share, of the last data.
_SHARED: dict[Any, Any] = {}


def _scaled(estimator: Any, row: Row) -> Any:
    """Where a row is standardised, by the samples of the whole training set: scikit-learn's path classes take no other.

    Their folds share these means and deviations, which contain no target.
    """
    return make_pipeline(StandardScaler(), estimator) if row.standardize else estimator


def _lasso(row: Row, folds: Folds) -> Any:
    points, iterations = plan.LASSO if row.standardize else plan.LASSO_OF_SPECTRA
    return _scaled(LassoCV(alphas=points, eps=row.floor, max_iter=iterations, cv=folds), row)


def _elastic_net(row: Row, folds: Folds) -> Any:
    points, iterations = plan.NET if row.standardize else plan.NET_OF_SPECTRA
    ratios: Any = list(plan.NET_RATIOS)
    return _scaled(ElasticNetCV(l1_ratio=ratios, alphas=points, eps=row.floor, max_iter=iterations, cv=folds), row)


def _ridge(row: Row, folds: Folds) -> Any:  # noqa: ARG001 - it leaves one out
    return _scaled(RidgeCV(plan.RIDGE_PENALTIES), row)


def _lars(row: Row, folds: Folds) -> Any:
    return _scaled(LassoLarsCV(cv=folds, max_iter=plan.LARS_STEPS), row)


def _pursuit(row: Row, folds: Folds) -> Any:
    return _scaled(OrthogonalMatchingPursuitCV(cv=folds, max_iter=plan.PURSUIT_ATOMS), row)


def _pls(row: Row, folds: Folds) -> Any:
    return paths.PathCV(paths.partial_least_squares, folds, row.standardize)


def _relaxed(row: Row, folds: Folds) -> Any:
    return paths.PathCV(paths.relaxed_to(row.floor), folds, row.standardize)


def _concave(row: Row, folds: Folds) -> Any:  # noqa: ARG001 - it is standardised on every row
    return paths.PathCV(paths.minimax_concave, folds, standardize=True)


def _boosting(row: Row, folds: Folds) -> Any:  # noqa: ARG001 - trees know no scale
    return paths.PathCV(paths.boosted_trees, folds, standardize=False)


def _ours(kind: str, options: dict[str, Any]) -> Method:
    def make(row: Row, folds: Folds) -> Any:
        import ridgeless.estimators

        common = {"cv": folds, "standardize": row.standardize}
        data = (row.name, folds.random_state)
        widest = plan.OURS[plan.PRIMARY]
        return SharedCV(getattr(ridgeless.estimators, kind), options, common, widest, _SHARED, data)

    return make


def _logistic(ratios: tuple[float, ...], solver: str, strengths: Any, iterations: int) -> Method:
    def make(row: Row, folds: Folds) -> Any:  # noqa: ARG001 - it is standardised on every row
        options: Any = {"l1_ratios": ratios, "scoring": "neg_log_loss", "use_legacy_attributes": False}
        model = LogisticRegressionCV(
            Cs=strengths, solver=solver, max_iter=iterations, cv=folds, random_state=0, **options
        )
        return make_pipeline(StandardScaler(), model)

    return make


INCUMBENTS: dict[str, Method] = {
    "LassoCV": _lasso,
    "LassoLarsCV": _lars,
    "ElasticNetCV": _elastic_net,
    "RidgeCV": _ridge,
    "PLS": _pls,
    "OMPCV": _pursuit,
    "relaxed lasso": _relaxed,
    "MCP": _concave,
    "gradient boosting": _boosting,
}
REGRESSORS = INCUMBENTS | {name: _ours("RidgelessRegressorCV", options) for name, options in plan.OURS.items()}
CLASSIFIERS: dict[str, Method] = {
    "LogisticRegressionCV ℓ1": _logistic((1.0,), "liblinear", plan.LOGISTIC_STRENGTHS, plan.LOGISTIC_ITERATIONS),
    "LogisticRegressionCV ℓ2": _logistic((0.0,), "lbfgs", plan.LOGISTIC_STRENGTHS, plan.LOGISTIC_ITERATIONS),
    "LogisticRegressionCV elastic net": _logistic(
        plan.LOGISTIC_RATIOS, "saga", plan.LOGISTIC_NET_STRENGTHS, plan.LOGISTIC_NET_ITERATIONS
    ),
    **{name: _ours("RidgelessClassifierCV", options) for name, options in plan.OURS_CLASSIFIED.items()},
}
