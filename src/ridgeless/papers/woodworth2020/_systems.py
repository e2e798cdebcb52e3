"""Sparse regression with noisy labels, as in the paper's figures."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from ridgeless._core.arrays import Vector
from ridgeless.papers.base import Budget
from ridgeless.systems import LinearSystem

NOISE = 0.1


@dataclass(frozen=True)
class Shape:
    """Numbers of equations, of unknowns and of entries of the truth that are not zero."""

    equations: int
    unknowns: int
    nonzeros: int


SMALL, FULL = Shape(40, 200, 3), Shape(100, 1000, 5)


def shape_for(budget: Budget) -> Shape:
    """The paper's own sizes, but for the tier of seconds."""
    return budget.choose(seconds=SMALL, minutes=FULL, cluster=FULL)


def noisy_sparse(index: int, shape: Shape, equations: int | None = None) -> LinearSystem:
    """Standard Gaussian rows, entries 1/√k of the truth in k random places, labels with noise of variance 0.01."""
    rng = np.random.default_rng(index)
    count = equations or shape.equations
    A: Float[np.ndarray, "n d"] = rng.standard_normal((count, shape.unknowns))
    truth = np.zeros(shape.unknowns)
    truth[rng.choice(shape.unknowns, shape.nonzeros, replace=False)] = 1 / np.sqrt(shape.nonzeros)
    return LinearSystem(A, A @ truth + NOISE * rng.standard_normal(count), truth)


def population_error(system: LinearSystem, x: Vector) -> float:
    """‖x − truth‖²: the squared error on fresh standard Gaussian rows, less that of the noise."""
    return float(np.sum((x - np.asarray(system.truth)) ** 2))
