"""Random problems with known truth: Gaussian measurements, partial cosine transforms, correlated designs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from scipy.sparse.linalg import LinearOperator

from ridgeless._core.arrays import Matrix, Vector
from ridgeless.systems.linear import LinearSystem
from ridgeless.systems.problem import Problem, sparse_vector


@dataclass(frozen=True)
class GaussianSparse(Problem):
    """Sparse recovery from Gaussian measurements: X_ij ~ N(0, 1), x has few equal entries, b = X x + noise.

    Drawn in the order X, support.

    Attributes:
        equations: n ≥ 1.
        unknowns: d ≥ 1.
        nonzeros: how many entries of x are 1/√nonzeros, so that ‖x‖₂ = 1; at most `unknowns`.
        noise: as in every problem; Woodworth et al. have 0.1.

    Raises:
        InvalidInputError: a parameter out of its range.

    Source: Woodworth et al. 2020, "Kernel and rich regimes in overparametrized models", COLT.

    Example:
        >>> GaussianSparse(equations=3, unknowns=8, nonzeros=2).system(seed=1)
        <LinearSystem 'GaussianSparse': 3 equations, 8 unknowns, dense, truth known>
    """

    equations: int = 100
    unknowns: int = 1000
    nonzeros: int = 5
    citation: ClassVar[str] = "Woodworth et al. 2020"

    def __post_init__(self) -> None:
        self._check_counts(equations=1, unknowns=1, nonzeros=1)
        self._check_at_most("nonzeros", "unknowns")

    def noiseless(self, seed: int) -> LinearSystem:  # noqa: D102 - the base class tells
        rng = self._generator(seed)
        design = rng.standard_normal((self.equations, self.unknowns))
        support = rng.choice(self.unknowns, self.nonzeros, replace=False)
        truth = sparse_vector(support, 1 / np.sqrt(self.nonzeros), self.unknowns)
        return LinearSystem(design, design @ truth, truth, name=type(self).__name__)


@dataclass(frozen=True)
class PartialDCT(Problem):
    """Sparse recovery from random rows of the orthonormal discrete cosine transform, by products only.

    A is a `LinearOperator` with A Aᵀ = I: a product costs O(d log d) and A is never stored.
    Drawn in the order rows, support, entries.

    Attributes:
        equations: n ≥ 1, how many rows of the transform are kept; at most `unknowns`.
        unknowns: d ≥ 1.
        nonzeros: how many entries of x are drawn from N(0, 1); at most `unknowns`.

    Raises:
        InvalidInputError: a parameter out of its range.

    Source: Candès, Romberg and Tao 2006, "Robust uncertainty principles", with cosines for exponentials.

    Example:
        >>> PartialDCT(equations=3, unknowns=8, nonzeros=2).system()
        <LinearSystem 'PartialDCT': 3 equations, 8 unknowns, operator, truth known>
    """

    equations: int = 100
    unknowns: int = 400
    nonzeros: int = 10
    citation: ClassVar[str] = "Candès, Romberg and Tao 2006"

    def __post_init__(self) -> None:
        self._check_counts(equations=1, unknowns=1, nonzeros=1)
        self._check_at_most("equations", "unknowns")
        self._check_at_most("nonzeros", "unknowns")

    def noiseless(self, seed: int) -> LinearSystem:  # noqa: D102
        rng = self._generator(seed)
        rows = np.sort(rng.choice(self.unknowns, self.equations, replace=False))
        support = rng.choice(self.unknowns, self.nonzeros, replace=False)
        truth = sparse_vector(support, rng.standard_normal(self.nonzeros), self.unknowns)
        operator = _CosineRows(rows, self.unknowns)
        return LinearSystem(operator, operator @ truth, truth, name=type(self).__name__)


@dataclass(frozen=True)
class CorrelatedDesign(Problem):
    """Sparse recovery where neighbouring columns look alike: rows of A ~ N(0, Σ), Σ_ij = ρ^|i−j|.

    The hard case for ℓ1: a true column and its neighbour are nearly interchangeable. Drawn in the order
    A, support, signs.

    Attributes:
        equations: n ≥ 1.
        unknowns: d ≥ 1.
        nonzeros: how many entries of x are ±1, at random; at most `unknowns`.
        correlation: 0 ≤ ρ < 1, between neighbours.

    Raises:
        InvalidInputError: a parameter out of its range.

    Source: Tibshirani 1996, "Regression shrinkage and selection via the lasso", who has ρ = 0.5.

    Example:
        >>> CorrelatedDesign(equations=3, unknowns=8, nonzeros=2).system()
        <LinearSystem 'CorrelatedDesign': 3 equations, 8 unknowns, dense, truth known>
    """

    equations: int = 60
    unknowns: int = 400
    nonzeros: int = 6
    correlation: float = 0.9
    citation: ClassVar[str] = "Tibshirani 1996"

    def __post_init__(self) -> None:
        self._check_counts(equations=1, unknowns=1, nonzeros=1)
        self._check_at_most("nonzeros", "unknowns")
        self._check_number("correlation", below=1.0)

    def noiseless(self, seed: int) -> LinearSystem:  # noqa: D102
        rng = self._generator(seed)
        design = _autoregressive(rng.standard_normal((self.equations, self.unknowns)), self.correlation)
        support = rng.choice(self.unknowns, self.nonzeros, replace=False)
        truth = sparse_vector(support, rng.choice([-1.0, 1.0], self.nonzeros), self.unknowns)
        return LinearSystem(design, design @ truth, truth, name=type(self).__name__)


class _CosineRows(LinearOperator):
    """Some rows of the orthonormal DCT of type II, as an operator."""

    def __init__(self, rows: np.ndarray, unknowns: int) -> None:
        super().__init__(np.dtype(np.float64), (len(rows), unknowns))
        self.rows = rows

    def _matvec(self, x: np.ndarray) -> Vector:
        from scipy.fft import dct  # the import alone costs 100 ms

        return np.asarray(dct(np.ravel(x), norm="ortho"))[self.rows]

    def _rmatvec(self, x: np.ndarray) -> Vector:
        from scipy.fft import idct

        return np.asarray(idct(sparse_vector(self.rows, np.ravel(x), self.shape[1]), norm="ortho"))


def _autoregressive(innovations: Matrix, correlation: float) -> Matrix:
    """Rows of N(0, Σ) from rows of N(0, I), by the AR(1) recursion: no d×d matrix, no factorisation."""
    design = innovations.copy()
    fresh = np.sqrt(1 - correlation**2)
    for j in range(1, design.shape[1]):
        design[:, j] = correlation * design[:, j - 1] + fresh * design[:, j]
    return design
