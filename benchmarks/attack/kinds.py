"""Eighteen kinds of matrices on which solvers of A x = b go wrong."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

Matrix = np.ndarray
Make = Callable[[np.random.Generator, int, int], Matrix]

# Kinds on which float64 may leave an answer undecided more often: their singular values fall off exponentially.
ILL_POSED = frozenset({"vandermonde", "hilbert", "exponential kernel"})
# Kinds whose rows may depend on each other exactly: b is made of few digits, so that it stays consistent.
WHOLE = frozenset({"zeros and ones", "integers", "incidence", "forced zeros", "duplicate columns"})


def gaussian(rng: np.random.Generator, n: int, d: int) -> Matrix:
    """Independent normal entries."""
    return rng.standard_normal((n, d))


def zeros_and_ones(rng: np.random.Generator, n: int, d: int) -> Matrix:
    """A coin for each entry."""
    return rng.integers(0, 2, (n, d)).astype(float)


def integers(rng: np.random.Generator, n: int, d: int) -> Matrix:
    """Small integers of both signs."""
    return rng.integers(-3, 4, (n, d)).astype(float)


def incidence(rng: np.random.Generator, n: int, d: int) -> Matrix:
    """Edges between the nodes of a random graph: each column has one 1 and one −1, and the rows add up to 0."""
    A = np.zeros((max(n, 2), d))
    for column in range(d):
        ends = rng.choice(len(A), 2, replace=False)
        A[ends, column] = 1.0, -1.0
    return A


def vandermonde(rng: np.random.Generator, n: int, d: int) -> Matrix:
    """Powers 0 … n−1 of d points between −1 and 1."""
    return np.vander(np.sort(rng.uniform(-1, 1, d)), n, increasing=True).T


def hilbert(rng: np.random.Generator, n: int, d: int) -> Matrix:
    """1/(i + j + 1), from a random corner on."""
    i, j = np.arange(n)[:, None], np.arange(d)
    return 1.0 / (i + j + 1 + rng.integers(0, 4))


def toeplitz(rng: np.random.Generator, n: int, d: int) -> Matrix:
    """A convolution with a random kernel."""
    kernel = rng.standard_normal(n + d - 1)
    return kernel[np.arange(n)[:, None] - np.arange(d) + d - 1]


def near_duplicate_columns(rng: np.random.Generator, n: int, d: int) -> Matrix:
    """Half of the columns repeat another one up to 1e-4 … 1e-13."""
    A = rng.standard_normal((n, d))
    half = d // 2
    gap = 10.0 ** rng.uniform(-13, -4, half)
    A[:, half : 2 * half] = A[:, :half] + gap * rng.standard_normal((n, half))
    return A


def duplicate_columns(rng: np.random.Generator, n: int, d: int) -> Matrix:
    """Half of the columns repeat another one exactly."""
    A = rng.integers(-8, 9, (n, d)) / 4
    A[:, d // 2 : 2 * (d // 2)] = A[:, : d // 2]
    return A


def graded_columns(rng: np.random.Generator, n: int, d: int) -> Matrix:
    """Columns of sizes 1e-3 to 1e3."""
    return rng.standard_normal((n, d)) * 10.0 ** rng.uniform(-3, 3, d)


def graded_rows(rng: np.random.Generator, n: int, d: int) -> Matrix:
    """Equations of sizes 1e-6 to 1e6."""
    return rng.standard_normal((n, d)) * 10.0 ** rng.uniform(-6, 6, (n, 1))


def zero_columns(rng: np.random.Generator, n: int, d: int) -> Matrix:
    """A third of the unknowns stands in no equation."""
    A = rng.standard_normal((n, d))
    A[:, rng.choice(d, d // 3, replace=False)] = 0.0
    return A


def forced_zeros(rng: np.random.Generator, n: int, d: int) -> Matrix:
    """Sums over random sets of unknowns; the instance gives some of them the value 0."""
    A = (rng.random((n, d)) < 0.4).astype(float)
    A[:, A.sum(axis=0) == 0] = 1.0
    return A


def tomography(rng: np.random.Generator, n: int, d: int) -> Matrix:
    """Rays through a square picture in a few directions, weighted by how near a pixel lies."""
    side = max(3, int(np.sqrt(d)))
    y, x = np.mgrid[:side, :side]
    rows = []
    angle = rng.uniform(0, np.pi)
    while len(rows) < n:
        along = x * np.cos(angle) + y * np.sin(angle)
        rays = np.arange(np.floor(along.min()), np.ceil(along.max()) + 1)
        rows += [np.maximum(0.0, 1 - np.abs(along - ray)).ravel() for ray in rays]
        angle += np.pi / 4
    return np.array(rows[:n])


def tomography_3_digits(rng: np.random.Generator, n: int, d: int) -> Matrix:
    """The same, stored with three digits."""
    return tomography(rng, n, d).round(3)


def tomography_6_digits(rng: np.random.Generator, n: int, d: int) -> Matrix:
    """The same, stored with six digits."""
    return tomography(rng, n, d).round(6)


def exponential_kernel(rng: np.random.Generator, n: int, d: int) -> Matrix:
    """Decays of d rates, seen at n times: the Laplace transform."""
    return np.exp(-np.outer(np.linspace(0, 1, n), np.linspace(0.5, rng.uniform(4, 20), d)))


def one_equation(rng: np.random.Generator, n: int, d: int) -> Matrix:  # noqa: ARG001 - n is 1
    """A single row."""
    return rng.standard_normal((1, d)) if rng.random() < 0.5 else rng.integers(1, 4, (1, d)).astype(float)


def nearly_square(rng: np.random.Generator, n: int, d: int) -> Matrix:  # noqa: ARG001 - d follows n
    """One unknown more than equations."""
    return rng.standard_normal((n, n + 1))


KINDS: dict[str, Make] = {
    "gaussian": gaussian,
    "zeros and ones": zeros_and_ones,
    "integers": integers,
    "incidence": incidence,
    "vandermonde": vandermonde,
    "hilbert": hilbert,
    "toeplitz": toeplitz,
    "near-duplicate columns": near_duplicate_columns,
    "duplicate columns": duplicate_columns,
    "graded columns": graded_columns,
    "graded rows": graded_rows,
    "zero columns": zero_columns,
    "forced zeros": forced_zeros,
    "tomography, 3 digits": tomography_3_digits,
    "tomography, 6 digits": tomography_6_digits,
    "exponential kernel": exponential_kernel,
    "one equation": one_equation,
    "nearly square": nearly_square,
}
