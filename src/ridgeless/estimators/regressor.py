"""`RidgelessRegressor`: linear regression whose regularizer is the start, and where training stops."""

from __future__ import annotations

from typing import Any

import numpy as np

from ridgeless._core.progress import reported
from ridgeless.estimators._data import positive_weights, taken, training_data
from ridgeless.estimators._fits import fit_to
from ridgeless.estimators._linear_regressor import LinearRegressor
from ridgeless.estimators._model import GivenStartAndStop
from ridgeless.estimators._parameters import check_flags, checked_mirror, checked_prior, checked_scale, checked_stop
from ridgeless.estimators._preparation import Treatment, lanes_of, prepare


class RidgelessRegressor(GivenStartAndStop, LinearRegressor):
    """Linear regression by a diagonal network: the scale of its start and where training stops are the regularizer.

    Coefficients are w = u^D − v^D (`ridgeless.networks.Difference`), trained on ½‖Xw − y‖² from u = v. Large starts
    fit as ridge regression does, small ones as the Lasso, those between as no other estimator; what training has not
    come to by the time it stops is left out. Nothing is trained: each fit is a few Newton steps in n unknowns.

    Args:
        depth: D: 1 for weights that are the coefficients (ridge), 2 and above for selection that grows with depth.
        scale: κ, the size at which a coefficient passes from growing in proportion to growing exponentially, in units
            of the largest coefficient of a mildly damped ridge regression (`scale_` has it in units of w).
        stop: where the fit stops: `AtTime`, `Penalty`, `Discrepancy`, `Explained` or `Interpolate`; by default
            `Explained(0.9)`, or where training explains all that it can. See `RidgelessRegressorCV` for a choice by
            cross-validation.
        positive: whether coefficients stay above 0 (`ridgeless.networks.Power`; depth 2 and above).
        fit_intercept: whether X and y are centred.
        standardize: whether features are divided by their standard deviations first, as suits genes, and not spectra.
        prior_scale: each feature's scale relative to the others', shape (p,): larger ones are fitted first. In the
            order of the columns, or by name: a dictionary, or a pandas Series whose index has the names, such as a
            column of a table with a row for each feature.

    Attributes:
        coef_: coefficients, shape (p,), or (targets, p) for several targets.
        intercept_: a number, or one for each target.
        scale_: κ in units of w, one for each target.
        stop_: the stop with the number that it came to; an earlier one than `AtTime` where training is at its limit.
        dual_: ν, shape (n,) or (n, targets): w = κ·g(Xᵀν), so n numbers hold the model; min(n, p) of them, in the
            coordinates of a triangular factor, where there are more samples than features.
        path_: every point that the fit went through; see `RegressionPath`.
        point_: which point of `path_` the fit is, counted from 0; one for each target where there are several.
        certificate_: what is proved of the fit: a `FitCertificate` for a penalty, a `ridgeless.Certificate` for
            interpolation, and None for training that stops early.
        message_: how the fit ended, a sentence; one for each target where there are several. `fit` warns by a
            ConvergenceWarning where that is not what was asked for.
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

    @reported("fit")
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
        check_flags(self, positive=self.positive, fit_intercept=self.fit_intercept, standardize=self.standardize)
        mirror = checked_mirror(self, self.depth, self.positive)
        scale = checked_scale(self, self.scale)
        stop = checked_stop(self, self.stop)
        X, targets, is_flat = training_data(self, X, y)
        weights, kept = positive_weights(self, X, sample_weight)
        treatment = Treatment(bool(self.fit_intercept), bool(self.standardize), checked_prior(self, self.prior_scale))
        prepared = prepare(taken(X, kept), targets[kept], weights, treatment, mirror)
        lanes = lanes_of(prepared, mirror, np.array([scale]))
        self._keep(fit_to(stop, lanes, prepared), prepared, mirror, lanes.scales, is_flat=is_flat)
        return self
