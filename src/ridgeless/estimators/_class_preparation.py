"""From samples and labels to what the solver of the logistic loss takes: scaled features, and a lane for each class."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ridgeless.estimators._designs import Design
from ridgeless.estimators._logistic import LogisticLanes
from ridgeless.estimators._preparation import Treatment, coefficient_sizes, column_treatment, design_of, prepare
from ridgeless.estimators.mirror_maps import MirrorMap


@dataclass(frozen=True, eq=False)
class PreparedClasses:
    """Samples as the solver takes them, and the way back.

    Attributes:
        design: X′, centred where there is an intercept, and scaled.
        signs: 1 for samples of the class and −1 for others, shape (n, targets): one column for two classes, the second
            against the first, and one for each class where there are more.
        weights: shape (n,).
        column_scale: X′ = X·column_scale, without centring, shape (p,); 0 for a constant feature.
        prior: amplitude of each feature relative to the others', shape (p,).
        feature_means: shape (p,).
        has_intercept: whether there is an intercept.
    """

    design: Design
    signs: np.ndarray
    weights: np.ndarray
    column_scale: np.ndarray
    prior: np.ndarray
    feature_means: np.ndarray
    has_intercept: bool

    @property
    def samples(self) -> float:
        """The sum of the sample weights."""
        return float(self.weights.sum())

    def coefficients(self, solved: np.ndarray) -> np.ndarray:
        """Coefficients of X as it came, shape (lanes, p), from those of the design, shape (p, lanes)."""
        return (self.column_scale[:, None] * solved).T

    def intercepts(self, coefficients: np.ndarray, solved: np.ndarray) -> np.ndarray:
        """Intercepts for X as it came, shape (lanes,), from those for the design."""
        return solved - coefficients @ self.feature_means


def class_signs(codes: np.ndarray, classes: int) -> np.ndarray:
    """1 and −1, shape (n, targets), of the indices of each sample's class."""
    tried = np.arange(1, 2) if classes == 2 else np.arange(classes)
    return np.where(codes[:, None] == tried, 1.0, -1.0)


def prepare_classes(
    X: Any, signs: np.ndarray, weights: np.ndarray, treatment: Treatment, mirror: MirrorMap
) -> PreparedClasses:
    """The data of the logistic loss Σ_i c_i·log(1 + exp(−s_i(x_iᵀw + intercept))).

    Args:
        X: (n, p), dense, sparse, or a dask array in blocks of columns.
        signs: (n, targets).
        weights: c > 0, shape (n,).
        treatment: what is done to the features.
        mirror: the mirror map, which says how a feature's own scale enters.
    """
    means, column_scale, relative = column_treatment(X, weights, treatment, mirror)
    design = design_of(X, np.ones(len(weights)), means, column_scale)
    prior = relative ** (1 - mirror.rate_exponent)
    return PreparedClasses(design, signs, weights, column_scale, prior, means, treatment.fit_intercept)


def lanes_at(prepared: PreparedClasses, mirror: MirrorMap, scales: np.ndarray) -> LogisticLanes:
    """A lane for each scale and target, scales first: lane = scale·targets + target.

    Args:
        prepared: the samples.
        mirror: the mirror map.
        scales: κ of each lane, in units of w.
    """
    samples, features = prepared.design.shape
    gram = prepared.design.gram(prepared.prior) * mirror.slope_at_zero if samples <= features else None
    top = float(np.linalg.eigvalsh(gram)[-1]) if gram is not None else 0.0
    signs = np.tile(prepared.signs, (1, len(scales) // prepared.signs.shape[1]))
    inverse = None
    if gram is None:
        inverse = np.linalg.pinv(prepared.design.gram_of_features(np.ones(samples)), rcond=1e-12, hermitian=True)
    return LogisticLanes(
        prepared.design, mirror, prepared.prior, gram, top, inverse, signs, prepared.weights, scales,
        prepared.has_intercept,
    )  # fmt: skip


def log_odds_sizes(
    X: Any, signs: np.ndarray, weights: np.ndarray, treatment: Treatment, mirror: MirrorMap
) -> np.ndarray:
    """The unit of scales, shape (targets,): the largest coefficient after one damped Newton step from w = 0.

    At w = 0 the logistic loss is, to second order, the squared loss of the targets (y − ȳ)/(ȳ(1 − ȳ)), y = 0 and 1;
    this is `coefficient_sizes` of these. Without an intercept ȳ is ½.
    """
    share = weights @ (signs > 0) / weights.sum() if treatment.fit_intercept else np.full(signs.shape[1], 0.5)
    working = ((signs > 0) - share) / (share * (1 - share))
    prepared = prepare(X, working, weights, treatment, mirror)
    gram = prepared.design.gram(prepared.prior) * mirror.slope_at_zero
    top = float(np.linalg.eigvalsh(gram)[-1]) if gram.size else 0.0
    return coefficient_sizes(prepared, gram, top)
