"""Incumbents that scikit-learn has no cross-validated class for: paths of models, and the choice of a point on them."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.cross_decomposition import PLSRegression
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.linear_model import lars_path
from sklearn.preprocessing import StandardScaler

from benchmarks.estimators import plan

# Predictions of every model of a path at some X: shape (samples, models).
Predictor = Callable[[np.ndarray], np.ndarray]
# Fits the same number of models, in the same order, to any (X, y).
Path = Callable[[np.ndarray, np.ndarray], Predictor]


@dataclass
class PathCV(BaseEstimator):
    """The model of a path whose cross-validated squared error is the least, fitted again to all samples.

    Attributes:
        path: fits the models.
        cv: splits a training set into folds.
        standardize: whether features are brought to unit variance, in each fold by its own training samples.
    """

    path: Path
    cv: Any
    standardize: bool

    def fit(self, X: np.ndarray, y: np.ndarray) -> PathCV:
        """Choose, and fit again."""
        errors = sum(
            np.sum((self._predictor(X[some], y[some])(X[others]) - y[others, None]) ** 2, axis=0)
            for some, others in self.cv.split(X)
        )
        self.best_ = int(np.nanargmin(errors))
        self.predictor_ = self._predictor(X, y)
        return self

    def predict(self, X: np.ndarray) -> np.ndarray:
        """Predictions of the model that was chosen."""
        return self.predictor_(X)[:, self.best_]

    def _predictor(self, X: np.ndarray, y: np.ndarray) -> Predictor:
        scaler: Any = StandardScaler(with_std=self.standardize).fit(X)
        middle = y.mean()
        models = self.path(scaler.transform(X), y - middle)
        return lambda new: middle + models(scaler.transform(new))


def _linear(coefficients: np.ndarray) -> Predictor:
    return lambda X: X @ coefficients


def partial_least_squares(X: np.ndarray, y: np.ndarray) -> Predictor:
    """1, 2, … components: the first k of a fit of many are the fit of k. What has no k-th component keeps the last."""
    most = min(plan.PLS_COMPONENTS, len(y) - 1, X.shape[1])
    with warnings.catch_warnings():
        # y is fitted to rounding before the last component: what follows is zero.
        warnings.filterwarnings("ignore", message="y residual is constant")
        fit = PLSRegression(most, scale=False).fit(X, y)
    coefficients = np.cumsum(fit.x_rotations_ * fit.y_loadings_[0], axis=1)
    return _linear(np.pad(coefficients, ((0, 0), (0, plan.PLS_COMPONENTS - most)), mode="edge"))


def relaxed_lasso(X: np.ndarray, y: np.ndarray, floor: float) -> Predictor:
    """φ·lasso + (1 − φ)·least squares on the lasso's support, over penalties and φ.

    The lasso's path is exact: it is linear in the penalty between the knots that LARS finds.
    """
    knots, _, at_knots = lars_path(X, y, method="lasso", max_iter=plan.LARS_STEPS)
    asked = knots[0] * np.geomspace(1, floor, plan.RELAXED_POINTS)
    lasso = np.array([np.interp(asked, knots[::-1], path[::-1]) for path in at_knots])
    free = np.zeros_like(lasso)
    for k, coefficients in enumerate(lasso.T):
        support = np.flatnonzero(coefficients)
        free[support, k] = np.linalg.lstsq(X[:, support], y)[0] if len(support) else 0.0
    return _linear(np.hstack([share * lasso + (1 - share) * free for share in plan.RELAXATIONS]))


def minimax_concave(X: np.ndarray, y: np.ndarray) -> Predictor:
    """The MCP of Zhang (2010) by skglm, along penalties, for each γ."""
    from skglm import MCPRegression

    # Its tolerance stands beside targets of unit variance.
    size = y.std()
    X, y = np.asfortranarray(X), y / size
    penalties = np.max(np.abs(X.T @ y)) / len(y) * np.geomspace(1, plan.MCP_FLOOR, plan.MCP_POINTS)
    options: list[Any] = [{"gamma": gamma, **plan.MCP_OPTIONS} for gamma in plan.MCP_GAMMAS]
    models = [MCPRegression(fit_intercept=False, **one) for one in options]
    return _linear(size * np.hstack([model.path(X, y, penalties)[1] for model in models]))


def boosted_trees(X: np.ndarray, y: np.ndarray) -> Predictor:
    """Gradient boosting after every few trees."""
    fit = HistGradientBoostingRegressor(random_state=0, **plan.BOOSTING).fit(X, y)
    return lambda new: np.column_stack(list(fit.staged_predict(new))[plan.BOOSTING_EVERY - 1 :: plan.BOOSTING_EVERY])


def relaxed_to(floor: float) -> Path:
    """The relaxed lasso down to a penalty."""
    return partial(relaxed_lasso, floor=floor)
