"""`RidgelessRegressor`: linear regression whose regularizer is the start, and where training stops."""

from __future__ import annotations

from numbers import Integral, Real
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, MultiOutputMixin, RegressorMixin
from sklearn.utils.validation import check_is_fitted

from ridgeless.errors import InvalidInputError
from ridgeless.estimators._data import new_data, positive_weights, training_data
from ridgeless.estimators._fits import Fit, fit_to
from ridgeless.estimators._linear_model import LinearModel
from ridgeless.estimators._preparation import Prepared, Treatment, lanes_of, prepare
from ridgeless.estimators.mirror_maps import MirrorMap, mirror_map
from ridgeless.estimators.path import RegressionPath
from ridgeless.estimators.stops import Explained, Stop

DEFAULT_SCALE = 0.1


class RidgelessRegressor(LinearModel, MultiOutputMixin, RegressorMixin, BaseEstimator):
    """Linear regression by a diagonal network: the scale of its start and where training stops are the regularizer.

    Coefficients are w = u^D − v^D (`ridgeless.networks.Difference`), trained on ½‖Xw − y‖² from u = v. Large starts
    fit as ridge regression does, small ones as the Lasso, those between as no other estimator; what training has not
    come to by the time it stops is left out. Nothing is trained: each fit is a few Newton steps in n unknowns.

    Args:
        depth: D: 1 for weights that are the coefficients (ridge), 2 and above for selection that grows with depth.
        scale: κ, the size at which a coefficient passes from growing in proportion to growing exponentially, in units
            of the largest coefficient of a mildly damped ridge regression (`scale_` has it in units of w).
        stop: where the fit stops: `AtTime`, `Penalty`, `Discrepancy`, `Explained` or `Interpolate`; by default
            `Explained(0.9)`. See `RidgelessRegressorCV` for a choice by cross-validation.
        positive: whether coefficients stay above 0 (`ridgeless.networks.Power`; depth 2 and above).
        fit_intercept: whether X and y are centred.
        standardize: whether features are divided by their standard deviations first, as suits genes, and not spectra.
        prior_scale: each feature's scale relative to the others', shape (p,): larger ones are fitted first.

    Attributes:
        coef_: coefficients, shape (p,), or (targets, p) for several targets.
        intercept_: a number, or one for each target.
        scale_: κ in units of w, one for each target.
        stop_: the stop with the number that it came to.
        dual_: ν, shape (n,) or (n, targets): w = κ·g(Xᵀν), so n numbers hold the model; min(n, p) of them, in the
            coordinates of a triangular factor, where there are more samples than features.
        path_: every point that the fit went through; see `RegressionPath`.
        certificate_: what is proved of the fit: a `FitCertificate` for a penalty, a `ridgeless.Certificate` for
            interpolation, and None for training that stops early.
        n_iter_: Newton steps.
        n_features_in_: p.
        feature_names_in_: names of the features, where X has them.

    References:
        Woodworth et al. 2020 (arXiv 2002.09277) for the start; Vaškevičius, Kanade and Rebeschini 2019
        (arXiv 1909.05122) for stopping early.

    Example:
        >>> import numpy as np
        >>> from ridgeless.estimators import RidgelessRegressor
        >>> rng = np.random.default_rng(0)
        >>> X = rng.standard_normal((40, 200))
        >>> y = X[:, 0] - 2 * X[:, 1] + 0.1 * rng.standard_normal(40)
        >>> model = RidgelessRegressor(scale=1e-3).fit(X, y)
        >>> np.flatnonzero(np.abs(model.coef_) > 0.1).tolist()
        [0, 1]
    """

    def __init__(
        self,
        depth: int = 2,
        *,
        scale: float | None = None,
        stop: Stop | None = None,
        positive: bool = False,
        fit_intercept: bool = True,
        standardize: bool = False,
        prior_scale: Any = None,
    ) -> None:
        self.depth = depth
        self.scale = scale
        self.stop = stop
        self.positive = positive
        self.fit_intercept = fit_intercept
        self.standardize = standardize
        self.prior_scale = prior_scale

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> RidgelessRegressor:
        """Fit the model.

        Args:
            X: samples, shape (n, p): an array, a data frame, a sparse matrix, or a dask array in blocks of columns.
            y: targets, shape (n,) or (n, targets).
            sample_weight: weights of the samples, shape (n,).

        Raises:
            InvalidInputError: a parameter is out of its range, or the stop cannot be reached.
            ValueError: X or y contain what is no number, or their lengths differ.
        """
        mirror = checked_mirror(self, self.depth, self.positive)
        scale = checked_scale(self, self.scale)
        stop = checked_stop(self, self.stop)
        X, targets, is_flat = training_data(self, X, y)
        weights, kept = positive_weights(sample_weight, X)
        treatment = Treatment(self.fit_intercept, self.standardize, checked_prior(self, self.prior_scale))
        prepared = prepare(taken(X, kept), targets[kept], weights, treatment, mirror)
        lanes = lanes_of(prepared, mirror, np.array([scale]))
        self._keep(fit_to(stop, lanes, prepared), prepared, mirror, lanes.scales, is_flat=is_flat)
        return self

    def predict(self, X: Any, at: int | None = None) -> np.ndarray:
        """Targets of new samples, shape (n,) or (n, targets).

        Args:
            X: samples, shape (n, p).
            at: a point of `path_`, counted from 0, in place of the end of the fit; −1 is the last.
        """
        check_is_fitted(self)
        X = new_data(self, X)
        coefficients, intercept = (self.coef_, self.intercept_) if at is None else self.path_.at(at)
        return np.asarray(X @ np.transpose(coefficients)) + intercept

    def _keep(
        self, fit: Fit, prepared: Prepared, mirror: MirrorMap, scales: np.ndarray, *, is_flat: bool
    ) -> None:
        coefficients = prepared.coefficients(fit.solved)
        self.path_ = RegressionPath.of_fit(fit, prepared, mirror, scales, is_flat=is_flat)
        self.coef_, self.intercept_ = in_shape(coefficients, prepared.intercept(coefficients), is_flat=is_flat)
        self.dual_ = fit.dual[:, 0] if is_flat else fit.dual
        self.scale_ = float(scales[0]) if is_flat else scales
        self.stop_ = fit.stop[0] if is_flat else list(fit.stop)
        self.certificate_ = fit.certificates[0] if is_flat else list(fit.certificates)
        self.n_iter_ = int(fit.steps.max())


def in_shape(coefficients: np.ndarray, intercept: np.ndarray, *, is_flat: bool) -> tuple[np.ndarray, Any]:
    """Coefficients and intercept of one target without the axis of targets."""
    return (coefficients[0], float(intercept[0])) if is_flat else (coefficients, intercept)


def taken(X: Any, kept: np.ndarray) -> Any:
    """Some rows of X; X itself where they are all."""
    return X if len(kept) == X.shape[0] else X[kept]


def checked_mirror(estimator: Any, depth: Any, positive: bool) -> MirrorMap:
    """The mirror map of a depth.

    Raises:
        InvalidInputError: the depth is no whole number of at least 1, or of 2 where coefficients stay positive.
    """
    least = 2 if positive else 1
    if isinstance(depth, bool) or not isinstance(depth, Integral) or depth < least:
        why = " where positive=True" if positive else ""
        raise InvalidInputError(
            f"{type(estimator).__name__}(depth={depth!r}): depth is a whole number of at least {least}{why}"
        )
    return mirror_map(int(depth), bool(positive))


def checked_scale(estimator: Any, scale: Any) -> float:
    """A relative scale.

    Raises:
        InvalidInputError: it is not a number above 0.
    """
    if scale is None:
        return DEFAULT_SCALE
    if isinstance(scale, bool) or not isinstance(scale, Real) or not 0 < float(scale) < np.inf:
        raise InvalidInputError(f"{type(estimator).__name__}(scale={scale!r}): scale is a number above 0")
    return float(scale)


def checked_stop(estimator: Any, stop: Any) -> Stop:
    """A stop.

    Raises:
        InvalidInputError: it is something else.
    """
    if stop is None:
        return Explained()
    if not isinstance(stop, Stop):
        raise InvalidInputError(
            f"{type(estimator).__name__}(stop={stop!r}): give AtTime(t), Penalty(lam), Interpolate(), "
            "Discrepancy(sigma) or Explained(share) of ridgeless.estimators"
        )
    return stop


def checked_prior(estimator: Any, prior_scale: Any) -> np.ndarray | None:
    """Each feature's relative scale, with a geometric mean of 1.

    Raises:
        InvalidInputError: not one number above 0 for each feature.
    """
    if prior_scale is None:
        return None
    prior = np.asarray(prior_scale, dtype=float)
    if prior.shape != (estimator.n_features_in_,) or not np.all((prior > 0) & np.isfinite(prior)):
        raise InvalidInputError(
            f"{type(estimator).__name__}(prior_scale=…): one finite number above 0 for each of the "
            f"{estimator.n_features_in_} features, not an array of shape {prior.shape}"
        )
    return prior / np.exp(np.mean(np.log(prior)))
