"""What our regressors share: predictions, and the attributes of a fit."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import MultiOutputMixin, RegressorMixin
from sklearn.utils.validation import check_is_fitted

from ridgeless.estimators._data import new_data
from ridgeless.estimators._fits import Fit
from ridgeless.estimators._model import LinearModel
from ridgeless.estimators._preparation import Prepared
from ridgeless.estimators.mirror_maps import MirrorMap
from ridgeless.estimators.path import RegressionPath


class LinearRegressor(MultiOutputMixin, RegressorMixin, LinearModel):
    """A linear regressor whose fit went along a path."""

    coef_: np.ndarray
    intercept_: Any
    path_: RegressionPath

    def predict(self, X: Any, at: int | None = None) -> np.ndarray:
        """Targets of new samples, shape (n,) or (n, targets).

        Args:
            X: samples, shape (n, p).
            at: a point of `path_`, counted from 0, in place of the fit itself. That is the point `point_`, unless it is
                an average over scales and points, and then the best is. To find the point of a time or a penalty, look
                it up in `path_.times` or `path_.strengths`.

        Raises:
            InvalidInputError: the path has no such point.
            NotFittedError: `fit` was not called.
        """
        check_is_fitted(self)
        point = None if at is None else self._point("predict", at)
        X = new_data(self, X)
        coefficients, intercept = (self.coef_, self.intercept_) if point is None else self.path_.at(point)
        return np.asarray(X @ np.transpose(coefficients)) + intercept

    def _keep(self, fit: Fit, prepared: Prepared, mirror: MirrorMap, scales: np.ndarray, *, is_flat: bool) -> None:
        """Set the attributes of a fit; those of one target come without the axis of targets."""
        coefficients = prepared.coefficients(fit.solved)
        self._keep_end(fit, coefficients, scales, is_flat=is_flat)
        intercept = prepared.intercept(coefficients)
        self.path_ = RegressionPath.of_fit(fit, prepared, mirror, scales, is_flat=is_flat)
        self.coef_, self.intercept_ = in_shape(coefficients, intercept, is_flat=is_flat)


def in_shape(coefficients: np.ndarray, intercept: np.ndarray, *, is_flat: bool) -> tuple[np.ndarray, Any]:
    """Coefficients and intercept, without the axis of targets where there is one."""
    return (coefficients[0], float(intercept[0])) if is_flat else (coefficients, intercept)
