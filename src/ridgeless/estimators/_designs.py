"""Design matrices as the solver sees them: centred and scaled, dense or without ever being made dense."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from scipy import sparse


class Design(ABC):
    """X with rows as samples: the few products that a fit needs."""

    @property
    @abstractmethod
    def shape(self) -> tuple[int, int]:
        """(n samples, p features)."""

    @property
    def numbers(self) -> int:
        """How many numbers hold it."""
        samples, features = self.shape
        return samples * features

    @abstractmethod
    def fitted(self, coefficients: np.ndarray) -> np.ndarray:
        """X W for the columns of W, shape (p, lanes): (n, lanes)."""

    @abstractmethod
    def correlations(self, dual: np.ndarray) -> np.ndarray:
        """Xᵀ N for the columns of N, shape (n, lanes): (p, lanes)."""

    @abstractmethod
    def gram(self, weights: np.ndarray) -> np.ndarray:
        """X diag(weights) Xᵀ, shape (n, n)."""

    @abstractmethod
    def gram_of(self, features: np.ndarray, weights: np.ndarray) -> np.ndarray:
        """X_S diag(weights) X_Sᵀ for the indices S of some features, shape (n, n)."""

    @abstractmethod
    def rows_of(self, samples: np.ndarray) -> np.ndarray:
        """Some rows, dense, shape (chosen, p)."""

    @abstractmethod
    def gram_of_features(self, weights: np.ndarray) -> np.ndarray:
        """Xᵀ diag(weights) X, shape (p, p), for a weight of each sample."""

    @abstractmethod
    def column_norms(self) -> np.ndarray:
        """‖x_j‖ of every feature, shape (p,)."""


@dataclass(frozen=True, eq=False)
class DenseDesign(Design):
    """A dense design, kept by feature.

    Attributes:
        rows: Xᵀ, shape (p, n), one row a feature, so that a few features are read without the others.
    """

    rows: np.ndarray

    @property
    def shape(self) -> tuple[int, int]:
        features, samples = self.rows.shape
        return samples, features

    def fitted(self, coefficients: np.ndarray) -> np.ndarray:
        return self.rows.T @ coefficients

    def correlations(self, dual: np.ndarray) -> np.ndarray:
        return self.rows @ dual

    def gram(self, weights: np.ndarray) -> np.ndarray:
        return self.rows.T @ (weights[:, None] * self.rows)

    def gram_of(self, features: np.ndarray, weights: np.ndarray) -> np.ndarray:
        some = self.rows[features]
        return some.T @ (weights[:, None] * some)

    def rows_of(self, samples: np.ndarray) -> np.ndarray:
        return self.rows[:, samples].T

    def gram_of_features(self, weights: np.ndarray) -> np.ndarray:
        return (self.rows * weights) @ self.rows.T

    def column_norms(self) -> np.ndarray:
        return np.linalg.norm(self.rows, axis=1)


@dataclass(frozen=True, eq=False)
class CentredDesign(Design):
    """diag(row_scale)·(M − 1 mᵀ)·diag(column_scale) of a matrix M that is kept as it came.

    Attributes:
        matrix: M, shape (n, p).
        means: m, what is taken from each column, shape (p,).
        row_scale: shape (n,).
        column_scale: shape (p,).
    """

    matrix: Any
    means: np.ndarray
    row_scale: np.ndarray
    column_scale: np.ndarray

    @property
    def shape(self) -> tuple[int, int]:
        return self.matrix.shape


@dataclass(frozen=True, eq=False)
class SparseDesign(CentredDesign):
    """A centred design of a sparse matrix, which stays sparse."""

    @property
    def numbers(self) -> int:
        # Each entry comes with the index of its row.
        return 2 * self.matrix.nnz

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in self.__dict__.items() if name != "by_feature"}

    @cached_property
    def by_feature(self) -> Any:
        """Mᵀ, compressed by feature."""
        return sparse.csr_array(self.matrix.T)

    def fitted(self, coefficients: np.ndarray) -> np.ndarray:
        scaled = self.column_scale[:, None] * coefficients
        return self.row_scale[:, None] * (self.matrix @ scaled - self.means @ scaled)

    def correlations(self, dual: np.ndarray) -> np.ndarray:
        scaled = self.row_scale[:, None] * dual
        return self.column_scale[:, None] * (self.by_feature @ scaled - np.outer(self.means, scaled.sum(axis=0)))

    def gram(self, weights: np.ndarray) -> np.ndarray:
        return self.gram_of(np.arange(self.shape[1]), weights)

    def gram_of(self, features: np.ndarray, weights: np.ndarray) -> np.ndarray:
        # (M − 1mᵀ) W (M − 1mᵀ)ᵀ = M W Mᵀ − (M W m)1ᵀ − 1(M W m)ᵀ + (mᵀ W m)11ᵀ: a correction of rank two.
        some, means = self.by_feature[features], self.means[features]
        weights = weights * self.column_scale[features] ** 2
        product = (some.T @ (some * weights[:, None])).toarray()
        crossed = some.T @ (weights * means)
        centred = product - crossed[:, None] - crossed[None, :] + (weights * means) @ means
        return self.row_scale[:, None] * centred * self.row_scale[None, :]

    def rows_of(self, samples: np.ndarray) -> np.ndarray:
        some = self.by_feature[:, samples].T.toarray() - self.means
        return self.row_scale[samples, None] * some * self.column_scale

    def gram_of_features(self, weights: np.ndarray) -> np.ndarray:
        # (M − 1mᵀ)ᵀ W (M − 1mᵀ) = Mᵀ W M − (Mᵀ W 1)mᵀ − m(Mᵀ W 1)ᵀ + (1ᵀ W 1)mmᵀ: a correction of rank two.
        weights = weights * self.row_scale**2
        product = (self.by_feature @ (self.matrix * weights[:, None])).toarray()
        crossed = np.outer(self.by_feature @ weights, self.means)
        centred = product - crossed - crossed.T + weights.sum() * np.outer(self.means, self.means)
        return self.column_scale[:, None] * centred * self.column_scale

    def column_norms(self) -> np.ndarray:
        weights, entries = self.row_scale**2, self.by_feature
        squares = entries.power(2) @ weights - 2 * self.means * (entries @ weights) + weights.sum() * self.means**2
        return np.abs(self.column_scale) * np.sqrt(np.maximum(squares, 0.0))


@dataclass(frozen=True, eq=False)
class BlockedDesign(CentredDesign):
    """A centred design of a dask array whose blocks hold whole columns, on any scheduler."""

    def fitted(self, coefficients: np.ndarray) -> np.ndarray:
        scaled = self.column_scale[:, None] * coefficients
        return self.row_scale[:, None] * (self._computed(self.matrix @ scaled) - self.means @ scaled)

    def correlations(self, dual: np.ndarray) -> np.ndarray:
        scaled = self.row_scale[:, None] * dual
        product = self._computed(self.matrix.T @ scaled)
        return self.column_scale[:, None] * (product - np.outer(self.means, scaled.sum(axis=0)))

    def gram(self, weights: np.ndarray) -> np.ndarray:
        centred = (self.matrix - self.means) * self.row_scale[:, None]
        return self._computed((centred * (weights * self.column_scale**2)) @ centred.T)

    def gram_of(self, features: np.ndarray, weights: np.ndarray) -> np.ndarray:
        some = (self._computed(self.matrix[:, features]) - self.means[features]) * self.row_scale[:, None]
        return (some * (weights * self.column_scale[features] ** 2)) @ some.T

    def rows_of(self, samples: np.ndarray) -> np.ndarray:
        some = self._computed(self.matrix[samples]) - self.means
        return self.row_scale[samples, None] * some * self.column_scale

    def gram_of_features(self, weights: np.ndarray) -> np.ndarray:
        centred = (self.matrix - self.means) * self.column_scale
        return self._computed(centred.T @ (centred * (weights * self.row_scale**2)[:, None]))

    def column_norms(self) -> np.ndarray:
        squares = self._computed(((self.matrix - self.means) ** 2).T @ self.row_scale**2)
        return np.abs(self.column_scale) * np.sqrt(squares)

    @staticmethod
    def _computed(lazy: Any) -> np.ndarray:
        return np.asarray(lazy.compute())
