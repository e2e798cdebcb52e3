"""From samples and targets to what the solver takes: weighted, centred, scaled, and no more rows than features."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse

from ridgeless.estimators._designs import BlockedDesign, DenseDesign, Design, SparseDesign
from ridgeless.estimators._proximal import Lanes
from ridgeless.estimators.mirror_maps import MirrorMap
from ridgeless.systems.blocks import is_dask

# The size of the least-norm coefficients is read where directions of less than this part of the largest are damped.
_DAMPING = 1e-3
# The most numbers of a block of rows that is made dense while a tall design is reduced.
_BLOCK_NUMBERS = 4_000_000


@dataclass(frozen=True)
class Treatment:
    """What is done to the data before the fit.

    Attributes:
        fit_intercept: whether X and y are centred.
        standardize: whether each feature is divided by its standard deviation.
        prior_scale: each feature's scale relative to the others', shape (p,); None for equal ones.
    """

    fit_intercept: bool
    standardize: bool
    prior_scale: np.ndarray | None


@dataclass(frozen=True, eq=False)
class Prepared:
    """Data as the solver takes them, and the way back.

    Attributes:
        design: X′, weighted, centred and scaled; (min(n, p), p) numbers where n > p was reduced.
        targets: y′ of each target, shape (rows of the design, targets).
        lost: ‖y‖² that no w reaches, because it lies outside what a tall design spans, shape (targets,).
        samples: the sum of the sample weights.
        column_scale: X′ = X·column_scale, without centring, shape (p,); 0 for a constant feature.
        prior: amplitude of each feature relative to the others', shape (p,).
        feature_means: shape (p,).
        target_means: shape (targets,).
        relative: the prior scale of each feature, shape (p,).
    """

    design: Design
    targets: np.ndarray
    lost: np.ndarray
    samples: float
    column_scale: np.ndarray
    prior: np.ndarray
    feature_means: np.ndarray
    target_means: np.ndarray
    relative: np.ndarray

    def coefficients(self, solved: np.ndarray) -> np.ndarray:
        """Coefficients of X as it came, shape (targets, p), from those of the design, shape (p, targets)."""
        return (self.column_scale[:, None] * solved).T

    def intercept(self, coefficients: np.ndarray) -> np.ndarray:
        """The intercept of each target, shape (targets,)."""
        return self.target_means - coefficients @ self.feature_means


def prepare(X: Any, y: np.ndarray, weights: np.ndarray, treatment: Treatment, mirror: MirrorMap) -> Prepared:
    """The data of a squared loss, Σ_i s_i(y_i − x_iᵀw − intercept)², as a problem without weights or intercept.

    Args:
        X: (n, p), dense, sparse, or a dask array in blocks of columns.
        y: (n, targets).
        weights: s > 0, shape (n,).
        treatment: what is done to the data.
        mirror: the mirror map, which says how a feature's own scale enters.
    """
    roots = np.sqrt(weights)
    total = float(weights.sum())
    target_means = weights @ y / total if treatment.fit_intercept else np.zeros(y.shape[1])
    targets = roots[:, None] * (y - target_means)
    feature_means, column_scale, relative = column_treatment(X, weights, treatment, mirror)
    prior = relative ** (1 - mirror.rate_exponent)
    design, targets, lost = _short(design_of(X, roots, feature_means, column_scale), targets)
    return Prepared(design, targets, lost, total, column_scale, prior, feature_means, target_means, relative)


def column_treatment(
    X: Any, weights: np.ndarray, treatment: Treatment, mirror: MirrorMap
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """What is taken from each feature, what it is multiplied by, and its relative scale; each of shape (p,)."""
    moments = _moments(X, weights)
    means = moments.mean if treatment.fit_intercept else np.zeros_like(moments.mean)
    scale = np.ones_like(means)
    if treatment.fit_intercept:
        scale = np.where(moments.is_constant(), 0.0, scale)
    if treatment.standardize:
        variance = moments.variance + (moments.mean - means) ** 2
        scale = np.divide(scale, np.sqrt(variance), out=np.zeros_like(scale), where=variance > 0)
    relative = np.ones_like(means) if treatment.prior_scale is None else treatment.prior_scale
    return means, scale * relative**mirror.rate_exponent, relative


def design_of(X: Any, roots: np.ndarray, means: np.ndarray, column_scale: np.ndarray) -> Design:
    """diag(roots)·(X − 1 meansᵀ)·diag(column_scale), dense where X is."""
    if sparse.issparse(X):
        return SparseDesign(*_without_offsets(sparse.csc_array(X), means), roots, column_scale)
    if is_dask(X):
        return BlockedDesign(X.rechunk({0: -1}), means, roots, column_scale)
    return DenseDesign(np.ascontiguousarray(((X - means) * column_scale).T * roots))


def lanes_of(prepared: Prepared, mirror: MirrorMap, relative_scales: np.ndarray) -> Lanes:
    """A lane for each scale and target, scales first: lane = scale·targets + target.

    Args:
        prepared: the data.
        mirror: the mirror map.
        relative_scales: κ in units of `coefficient_size` of each target, shape (scales,).
    """
    gram = prepared.design.gram(prepared.prior) * mirror.slope_at_zero
    top = float(np.linalg.eigvalsh(gram)[-1]) if gram.size else 0.0
    sizes = coefficient_sizes(prepared, gram, top)
    scales = (relative_scales[:, None] * sizes[None, :]).ravel()
    targets = np.tile(prepared.targets, (1, len(relative_scales)))
    return Lanes(prepared.design, mirror, prepared.prior, gram, top, targets, scales)


def coefficient_sizes(prepared: Prepared, gram: np.ndarray, top: float) -> np.ndarray:
    """The largest coefficient of a mildly damped ridge regression of each target, over its prior: the unit of scales.

    With K = X diag(prior) Xᵀ and s its largest eigenvalue it is max_j |x_jᵀ(K + 10⁻³sI)⁻¹y|, the same for data that are
    repeated or weighted. It is 1 where y or X is constant, and every scale gives the same fit.
    """
    if top <= 0:
        return np.ones(prepared.targets.shape[1])
    damped = gram + _DAMPING * top * np.eye(len(gram))
    largest = np.max(np.abs(prepared.design.correlations(np.linalg.solve(damped, prepared.targets))), axis=0)
    return np.where(largest > 0, largest, 1.0)


@dataclass(frozen=True, eq=False)
class _Moments:
    """Weighted mean and variance of each feature, and what its rounding may be."""

    mean: np.ndarray
    variance: np.ndarray
    samples: int

    def is_constant(self) -> np.ndarray:
        """Whether what varies is rounding alone: the bound of scikit-learn's scalers."""
        rounding = self.samples * np.finfo(float).eps
        return self.variance <= rounding * self.variance + (rounding * self.mean) ** 2


def _moments(X: Any, weights: np.ndarray) -> _Moments:
    total = weights.sum()
    if is_dask(X):
        mean = np.asarray((X.T @ weights).compute()) / total
        variance = np.asarray((((X - mean) ** 2).T @ weights).compute()) / total
        return _Moments(mean, variance, len(weights))
    mean = np.asarray(X.T @ weights) / total
    if sparse.issparse(X):
        return _Moments(mean, _sparse_variance(sparse.csc_array(X), mean, weights), len(weights))
    return _Moments(mean, weights @ (X - mean) ** 2 / total, len(weights))


def _without_offsets(X: Any, means: np.ndarray) -> tuple[Any, np.ndarray]:
    """A sparse X with the mean taken from each column that has no zeros, and what is still to be taken.

    A mean that is large beside what varies, as of a date, would cancel in every product with the column.
    """
    is_full = np.diff(X.indptr) == X.shape[0]
    if not is_full.any() or not X.has_canonical_format:
        return X, means
    entries = np.repeat(is_full, np.diff(X.indptr))
    data = X.data.copy()
    data[entries] -= np.repeat(means, np.diff(X.indptr))[entries]
    return sparse.csc_array((data, X.indices, X.indptr), shape=X.shape), np.where(is_full, 0.0, means)


def _sparse_variance(X: Any, mean: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Weighted variance, the zeros counted and not stored."""
    if not X.has_canonical_format:
        X = X.copy()
        X.sum_duplicates()
    columns = np.repeat(np.arange(X.shape[1]), np.diff(X.indptr))
    entry_weights = weights[X.indices]
    size = X.shape[1]
    of_entries = np.bincount(columns, entry_weights * (X.data - mean[columns]) ** 2, minlength=size)
    of_zeros = (weights.sum() - np.bincount(columns, entry_weights, minlength=size)) * mean**2
    return (of_entries + np.maximum(of_zeros, 0.0)) / weights.sum()


def _short(design: Design, targets: np.ndarray) -> tuple[Design, np.ndarray, np.ndarray]:
    """The same least-squares problem with no more rows than features: X = QR becomes R, and y becomes Qᵀy."""
    samples, features = design.shape
    if samples <= features:
        return design, targets, np.zeros(targets.shape[1])
    triangle: Any = np.zeros((0, features + targets.shape[1]))
    for rows in _row_blocks(design, targets):
        triangle = np.linalg.qr(np.vstack([triangle, rows]), mode="r")
    lost = np.sum(triangle[features:, features:] ** 2, axis=0)
    return DenseDesign(np.ascontiguousarray(triangle[:features, :features].T)), triangle[:features, features:], lost


def _row_blocks(design: Design, targets: np.ndarray) -> Iterator[np.ndarray]:
    """[X | y], some rows at a time."""
    samples, features = design.shape
    step = max(features, _BLOCK_NUMBERS // (features + 1))
    for first in range(0, samples, step):
        chosen = np.arange(first, min(first + step, samples))
        yield np.hstack([design.rows_of(chosen), targets[chosen]])
