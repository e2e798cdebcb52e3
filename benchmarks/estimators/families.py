"""Synthetic data: seven kinds of truth, each with 1000 features."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Truth:
    """A linear model whose features are Gaussian.

    Attributes:
        features: draws this many samples, shape (samples, p).
        coefficients: shape (p,).
        variance: of features @ coefficients, over the population.
    """

    features: Callable[[int], np.ndarray]
    coefficients: np.ndarray
    variance: float


# Draws a truth of this many features.
Family = Callable[[np.random.Generator, int], Truth]


def _independent(rng: np.random.Generator, coefficients: np.ndarray) -> Truth:
    """Features that are independent and of unit variance."""
    p = len(coefficients)
    return Truth(lambda n: rng.standard_normal((n, p)), coefficients, float(coefficients @ coefficients))


def _signs(rng: np.random.Generator, p: int, nonzeros: int) -> np.ndarray:
    """±1 at random places, and 0 elsewhere."""
    coefficients = np.zeros(p)
    coefficients[rng.choice(p, nonzeros, replace=False)] = rng.choice([-1.0, 1.0], nonzeros)
    return coefficients


def sparse_strong(rng: np.random.Generator, p: int) -> Truth:
    """Five coefficients of ±1."""
    return _independent(rng, _signs(rng, p, 5))


def weak(rng: np.random.Generator, p: int) -> Truth:
    """Thirty coefficients of ±1: more than a hundred samples can tell apart."""
    return _independent(rng, _signs(rng, p, 30))


def power_law(rng: np.random.Generator, p: int) -> Truth:
    """Coefficients ±1/k in random order."""
    return _independent(rng, rng.permutation(rng.choice([-1.0, 1.0], p) / np.arange(1, p + 1)))


def dense(rng: np.random.Generator, p: int) -> Truth:
    """Every feature has a small effect."""
    return _independent(rng, rng.standard_normal(p))


def correlated(rng: np.random.Generator, p: int) -> Truth:
    """Five coefficients of ±1 on neighbours that correlate at 0.9: corr(x_i, x_j) = 0.9^|i − j|."""
    decay, coefficients = 0.9, _signs(rng, p, 5)

    def features(n: int) -> np.ndarray:
        steps = rng.standard_normal((n, p))
        for j in range(1, p):
            steps[:, j] = decay * steps[:, j - 1] + np.sqrt(1 - decay**2) * steps[:, j]
        return steps

    distance = np.abs(np.subtract.outer(np.arange(p), np.arange(p)))
    return Truth(features, coefficients, float(coefficients @ decay**distance @ coefficients))


def latent_factors(rng: np.random.Generator, p: int) -> Truth:
    """Five hidden factors make the features, half of whose variance is their own, and the target.

    With x = Lz + e and y = γᵀz, the population's regression of y on x is b = (LLᵀ + I·5)⁻¹Lγ; y = xᵀb keeps the model
    linear in x, and b is spread over all features.
    """
    factors = 5
    loadings, effects = rng.standard_normal((p, factors)), rng.standard_normal(factors)
    own = float(factors)
    inner = np.eye(factors) + loadings.T @ loadings / own
    coefficients = loadings @ np.linalg.solve(inner, effects) / own

    def features(n: int) -> np.ndarray:
        return rng.standard_normal((n, factors)) @ loadings.T + np.sqrt(own) * rng.standard_normal((n, p))

    along = loadings.T @ coefficients
    return Truth(features, coefficients, float(along @ along + own * coefficients @ coefficients))


def blocks(rng: np.random.Generator, p: int) -> Truth:
    """Groups of ten features that correlate at 0.8 among themselves; three groups act, all members alike."""
    size, common = 10, 0.8
    count = p // size
    active, coefficients = rng.choice(count, 3, replace=False), np.zeros((count, size))
    coefficients[active] = rng.choice([-1.0, 1.0], 3)[:, None]

    def features(n: int) -> np.ndarray:
        shared = rng.standard_normal((n, count, 1))
        return (np.sqrt(common) * shared + np.sqrt(1 - common) * rng.standard_normal((n, count, size))).reshape(n, -1)

    variance = common * np.sum(coefficients.sum(axis=1) ** 2) + (1 - common) * np.sum(coefficients**2)
    return Truth(features, coefficients.ravel(), float(variance))


FAMILIES: dict[str, Family] = {
    "sparse strong": sparse_strong,
    "correlated": correlated,
    "power law": power_law,
    "weak": weak,
    "dense": dense,
    "latent factors": latent_factors,
    "blocks": blocks,
}
