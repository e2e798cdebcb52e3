"""Systems of the paper's simulation, and how far an average is from optimal."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ridgeless._core.arrays import Dual, Matrix, Vector
from ridgeless.papers._lasso import LassoPath, lasso_path, objective
from ridgeless.systems import LinearSystem

EQUATIONS, UNKNOWNS = 3, 4
_PAPER = 250918766  # arXiv number: this file's draws are no other file's


def gaussian(index: int) -> LinearSystem:
    """A and b with standard Gaussian entries."""
    rng = np.random.default_rng(np.random.SeedSequence([_PAPER, index]))
    return LinearSystem(rng.standard_normal((EQUATIONS, UNKNOWNS)), rng.standard_normal(EQUATIONS))


def positive(index: int) -> LinearSystem:
    """The same, but b = A|g| with a Gaussian g, so that an x ≥ 0 solves the system."""
    rng = np.random.default_rng(np.random.SeedSequence([_PAPER, index, 1]))
    A = rng.standard_normal((EQUATIONS, UNKNOWNS))
    return LinearSystem(A, A @ np.abs(rng.standard_normal(UNKNOWNS)))


def path_of(system: LinearSystem, least: float, is_signed: bool = True) -> LassoPath:
    """The Lasso path down to a part `least` of its largest λ."""
    A, b = np.asarray(system.A), system.b
    pull = A.T @ b
    return lasso_path(A, b, least * float(np.max(np.abs(pull) if is_signed else pull)), is_signed)


def monotone(is_signed: bool = True, least: float = 1e-6) -> Iterator[tuple[LinearSystem, LassoPath]]:
    """Systems with a monotone Lasso path, one after another without end."""
    index = 0
    while True:
        system = gaussian(index) if is_signed else positive(index)
        path = path_of(system, least, is_signed)
        if path.is_monotone:
            yield system, path
        index += 1


def suboptimality(A: Matrix, b: Dual, x: Vector, best: Vector, penalty: float) -> float:
    """How much more ½‖A x − b‖² + λ‖x‖₁ is at x than at the minimiser, as a part of the least value."""
    least = objective(A, b, best, penalty)
    return max(objective(A, b, x, penalty) / least - 1, 0.0)
