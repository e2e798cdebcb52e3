"""`RidgelessClassifier`: logistic regression whose regularizer is the start, and where training stops."""

from __future__ import annotations

from typing import Any

from ridgeless._core.progress import reported
from ridgeless.estimators._class_data import labelled_samples
from ridgeless.estimators._class_preparation import class_signs, lanes_at, log_odds_sizes, prepare_classes
from ridgeless.estimators._linear_classifier import LinearClassifier
from ridgeless.estimators._logistic_fits import checked_class_stop, fit_classes
from ridgeless.estimators._model import GivenStartAndStop
from ridgeless.estimators._parameters import check_flags, checked_mirror, checked_prior, checked_scale
from ridgeless.estimators._preparation import Treatment


class RidgelessClassifier(GivenStartAndStop, LinearClassifier):
    """Logistic regression by a diagonal network: the scale of its start and where training stops are the regularizer.

    Log-odds are η = Xw + β with w = u^D − v^D (`ridgeless.networks.Difference`), trained from u = v on the logistic
    loss L = Σ_i c_i·log(1 + exp(−s_i·η_i)), labels s_i = ±1 and weights c_i; the intercept β is at every moment the
    best for w. Large starts fit as logistic regression with an ℓ2 penalty does, small ones as with ℓ1. Nothing is
    trained: w = κ·g(Xᵀν) with ν′ = −∇L, 1ᵀν = 0, which a few Newton steps follow, each with a matrix of min(n, p) rows.
    A step takes n·p·min(n, p) operations: 0.02 s on one core for 20 000 × 100, for 1000 × 1000 and for 300 × 20 000.

    More than two classes are fitted one against the others, and their probabilities divided by their sum.

    Args:
        depth: D: 1 for weights that are the coefficients (ridge), 2 and above for selection that grows with depth.
        scale: κ, the size at which a coefficient passes from growing in proportion to growing exponentially, in units
            of the largest coefficient after one mildly damped Newton step (`scale_` has it in units of w).
        stop: where the fit stops: `Explained(share)`, as soon as training explains this share of the deviance of the
            best constant; `AtTime(t)`, at the time t of gradient flow on L; or `Penalty(lam)`, at the minimum of
            L + λΦ(w): as scikit-learn's C = κ/λ for large scales, and C = 1/λ of ℓ1 for small ones at depth ≥ 3. By
            default `Explained(0.5)`. See `RidgelessClassifierCV` for a choice by cross-validation.
        positive: whether coefficients stay above 0 (`ridgeless.networks.Power`; depth 2 and above).
        fit_intercept: whether there is an intercept; it is never penalised.
        standardize: whether features are divided by their standard deviations first.
        prior_scale: each feature's scale relative to the others', shape (p,): larger ones are fitted first.

    Attributes:
        classes_: the labels, sorted.
        coef_: coefficients of the log-odds, shape (1, p) for two classes, the second against the first, and
            (classes, p) for more.
        intercept_: shape (1,) or (classes,).
        scale_: κ in units of w; an array for more than two classes, as are the following.
        stop_: the stop with the number that it came to: of training that is at its limit before `AtTime`, or has given
            every sample its class with a probability of 1 up to 1e-8, an earlier one.
        dual_: ν, shape (n,) or (n, classes): n numbers hold the model.
        path_: every point that the fit went through; see `ClassificationPath`.
        point_: which point of `path_` the fit is, counted from 0; one for each class where there are several.
        certificate_: a `DevianceCertificate` for a penalty, and None for training that stops early.
        message_: how the fit ended, a sentence; one for each class where there are several. `fit` warns by a
            ConvergenceWarning where that is not what was asked for.
        n_iter_: Newton steps.
        n_features_in_: p.
        feature_names_in_: names of the features, where X has them.

    References:
        Woodworth et al. 2020 (arXiv 2002.09277) for the start; Gunasekar et al. 2018 (arXiv 1802.08246) for where
        training goes in the end where classes can be separated: to the largest margin, without a limit.

    Example:
        >>> import numpy as np
        >>> from ridgeless.estimators import RidgelessClassifier
        >>> rng = np.random.default_rng(0)
        >>> X = rng.standard_normal((40, 200))
        >>> y = np.where(X[:, 0] - 2 * X[:, 1] > 0, "yes", "no")
        >>> model = RidgelessClassifier(scale=1e-3).fit(X, y)
        >>> model.predict(X[:3]).tolist() == y[:3].tolist()
        True
        >>> int(np.argmax(np.abs(model.coef_)))
        1
    """

    @reported("fit")
    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> RidgelessClassifier:
        """Fit the model.

        Args:
            X: samples, shape (n, p): an array, a data frame, a sparse matrix, which stays sparse, or a dask array in
                blocks of columns.
            y: labels of any kind, shape (n,).
            sample_weight: weights of the samples, shape (n,).

        Raises:
            InvalidInputError: a parameter is out of its range, or y has one class only.
            ValueError: X or y contain what is no number, or their lengths differ.
        """
        check_flags(self, positive=self.positive, fit_intercept=self.fit_intercept, standardize=self.standardize)
        mirror = checked_mirror(self, self.depth, self.positive)
        scale = checked_scale(self, self.scale)
        stop = checked_class_stop(self, self.stop)
        samples = labelled_samples(self, X, y, sample_weight)
        treatment = Treatment(bool(self.fit_intercept), bool(self.standardize), checked_prior(self, self.prior_scale))
        signs = class_signs(samples.codes, len(samples.classes))
        scales = scale * log_odds_sizes(samples.X, signs, samples.weights, treatment, mirror)
        prepared = prepare_classes(samples.X, signs, samples.weights, treatment, mirror)
        self.classes_ = samples.classes
        self._keep(fit_classes(stop, lanes_at(prepared, mirror, scales)), prepared, mirror, scales)
        return self
