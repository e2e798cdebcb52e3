"""Sparse regressions of both experiments."""

from __future__ import annotations

import numpy as np

from ridgeless.networks import Product
from ridgeless.papers.base import Budget
from ridgeless.systems import LinearSystem

_PAPER = 250412883  # arXiv number: these draws are no other file's
NETWORK = Product(2)


def sizes_for(budget: Budget) -> tuple[int, int, int]:
    """Equations, unknowns, and entries of the truth that are not 0."""
    return budget.choose(seconds=(20, 50, 3), minutes=(40, 150, 5), cluster=(100, 500, 8))


def sparse(index: int, sizes: tuple[int, int, int]) -> LinearSystem:
    """Standard Gaussian rows over √n, and entries ±1 of the truth."""
    rng = np.random.default_rng(np.random.SeedSequence([_PAPER, index]))
    equations, unknowns, nonzeros = sizes
    A, truth = rng.standard_normal((equations, unknowns)) / np.sqrt(equations), np.zeros(unknowns)
    truth[:nonzeros] = rng.choice([-1.0, 1.0], nonzeros)
    return LinearSystem(A, A @ truth, truth)


def error(system: LinearSystem, x: np.ndarray) -> float:
    """‖x − truth‖²."""
    return float(np.sum((x - np.asarray(system.truth)) ** 2))
