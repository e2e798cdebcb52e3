"""What our regressors share: predictions, attributes of a fit, and what they tell scikit-learn of themselves."""

from __future__ import annotations

import warnings
from typing import Any, NoReturn

import numpy as np
from sklearn.base import BaseEstimator, MultiOutputMixin, RegressorMixin
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import Tags
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted

from ridgeless.errors import InvalidInputError
from ridgeless.estimators._data import new_data
from ridgeless.estimators._fits import Fit
from ridgeless.estimators._pictures import Pictures
from ridgeless.estimators._preparation import Prepared
from ridgeless.estimators.mirror_maps import MirrorMap
from ridgeless.estimators.path import RegressionPath


def _no_partial_fit(estimator: object) -> NoReturn:
    raise AttributeError(
        f"{type(estimator).__name__} has no partial_fit: where training ends depends on all samples at once, and "
        "not on batches in turn; call fit with all of them (X may be sparse, or a dask array)"
    )


class LinearRegressor(Pictures, MultiOutputMixin, RegressorMixin, BaseEstimator):
    """A linear regressor whose fit went along a path."""

    coef_: np.ndarray
    intercept_: Any
    path_: RegressionPath

    def predict(self, X: Any, at: int | None = None) -> np.ndarray:
        """Targets of new samples, shape (n,) or (n, targets).

        Args:
            X: samples, shape (n, p).
            at: a point of `path_`, counted from 0, in place of the end of the fit; −1 is the last.

        Raises:
            InvalidInputError: the path has no such point.
            NotFittedError: `fit` was not called.
        """
        check_is_fitted(self)
        X = new_data(self, X)
        coefficients, intercept = (self.coef_, self.intercept_) if at is None else self.path_.at(at)
        return np.asarray(X @ np.transpose(coefficients)) + intercept

    @available_if(_no_partial_fit)
    def partial_fit(self, X: Any, y: Any) -> NoReturn:
        """Not available: the message says why."""
        raise NotImplementedError

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags

    def _keep(self, fit: Fit, prepared: Prepared, mirror: MirrorMap, scales: np.ndarray, *, is_flat: bool) -> None:
        """Set the attributes of a fit; those of one target come without the axis of targets."""
        coefficients = prepared.coefficients(fit.solved)
        if not np.isfinite(coefficients).all():
            raise InvalidInputError(
                f"{type(self).__name__}.fit: float64 holds no coefficients at this scale and in these units; give a "
                "scale nearer to 1, or X, y and weights in units nearer to 1"
            )
        if not all(fit.is_solved):
            warnings.warn(
                f"{type(self).__name__}: Newton's method did not reach its tolerance on the way to the fit; give a "
                "larger scale, an earlier stop, or features in comparable units (standardize=True)",
                ConvergenceWarning,
                stacklevel=4,
            )
        intercept = prepared.intercept(coefficients)
        self.path_ = RegressionPath.of_fit(fit, prepared, mirror, scales, is_flat=is_flat)
        self.coef_, self.intercept_ = in_shape(coefficients, intercept, is_flat=is_flat)
        self.dual_ = fit.dual[:, 0] if is_flat else fit.dual
        self.scale_ = float(scales[0]) if is_flat else scales
        self.stop_ = fit.stop[0] if is_flat else list(fit.stop)
        self.certificate_ = fit.certificates[0] if is_flat else list(fit.certificates)
        self.n_iter_ = max(1, int(fit.steps.max()))


def in_shape(coefficients: np.ndarray, intercept: np.ndarray, *, is_flat: bool) -> tuple[np.ndarray, Any]:
    """Coefficients and intercept, without the axis of targets where there is one."""
    return (coefficients[0], float(intercept[0])) if is_flat else (coefficients, intercept)
