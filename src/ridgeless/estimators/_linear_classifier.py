"""What our classifiers share: probabilities, and the attributes of a fit."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.special import log_expit, logsumexp
from sklearn.base import ClassifierMixin
from sklearn.utils.validation import check_is_fitted

from ridgeless.estimators._class_preparation import PreparedClasses
from ridgeless.estimators._data import new_data
from ridgeless.estimators._logistic_fits import LogisticFit
from ridgeless.estimators._model import LinearModel
from ridgeless.estimators.classification_path import ClassificationPath
from ridgeless.estimators.mirror_maps import MirrorMap


class LinearClassifier(ClassifierMixin, LinearModel):
    """A linear classifier by the logistic loss, whose fit went along a path."""

    classes_: np.ndarray
    coef_: np.ndarray
    intercept_: np.ndarray
    path_: ClassificationPath

    def decision_function(self, X: Any, at: int | None = None) -> np.ndarray:
        """Log-odds: of the second class, shape (n,), or of each class against the others, shape (n, classes).

        Args:
            X: samples, shape (n, p).
            at: a point of `path_`, counted from 0, in place of the fit itself. That is the point `point_`, unless it is
                an average over scales and points, and then the best is. To find the point of a time or a penalty, look
                it up in `path_.times` or `path_.strengths`.

        Raises:
            InvalidInputError: the path has no such point.
            NotFittedError: `fit` was not called.
        """
        log_odds = self._log_odds(X, at, "decision_function")
        return log_odds[:, 0] if len(self.classes_) == 2 else log_odds

    def predict_log_proba(self, X: Any, at: int | None = None) -> np.ndarray:
        """Logarithms of `predict_proba`, shape (n, classes); arguments and errors as of `decision_function`."""
        return log_probabilities(self._log_odds(X, at, "predict_log_proba"))

    def predict_proba(self, X: Any, at: int | None = None) -> np.ndarray:
        """Probabilities of the classes, in the order of `classes_`, shape (n, classes).

        Of more than two classes they are each one's against the others, divided by their sum. Arguments and errors as
        of `decision_function`.
        """
        return np.exp(log_probabilities(self._log_odds(X, at, "predict_proba")))

    def predict(self, X: Any, at: int | None = None) -> np.ndarray:
        """The most probable class of each sample, shape (n,); arguments and errors as of `decision_function`."""
        log_odds = self._log_odds(X, at, "predict")
        if len(self.classes_) == 2:
            return self.classes_[(log_odds[:, 0] > 0).astype(int)]
        return self.classes_[np.argmax(log_odds, axis=1)]

    def _log_odds(self, X: Any, at: int | None, call: str) -> np.ndarray:
        check_is_fitted(self)
        point = None if at is None else self._point(call, at)
        X = new_data(self, X)
        coefficients, intercepts = (self.coef_, self.intercept_) if point is None else self.path_.at(point)
        return np.asarray(X @ coefficients.T) + intercepts

    def _keep(self, fit: LogisticFit, prepared: PreparedClasses, mirror: MirrorMap, scales: np.ndarray) -> None:
        """Set the attributes of a fit; those of two classes come without the axis of classes, but for coefficients."""
        self._keep_end(fit, prepared.coefficients(fit.solved), scales, is_flat=len(scales) == 1)
        self.path_ = ClassificationPath.of_fit(fit, prepared, mirror, scales)
        self.coef_ = prepared.coefficients(fit.solved)
        self.intercept_ = prepared.intercepts(self.coef_, fit.intercept)


def log_probabilities(log_odds: np.ndarray) -> np.ndarray:
    """Of the classes, shape (…, classes), from log-odds of shape (…, 1) for two classes and (…, classes) for more."""
    if log_odds.shape[-1] == 1:
        return np.concatenate([log_expit(-log_odds), log_expit(log_odds)], axis=-1)
    of_each = log_expit(log_odds)
    return of_each - logsumexp(of_each, axis=-1, keepdims=True)
