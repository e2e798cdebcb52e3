"""Starts of a dense network that gradient flow carries into a saddle, where the loss never reaches zero."""

from __future__ import annotations

import numpy as np

from ridgeless._core.arrays import norm
from ridgeless.networks.base import Theta
from ridgeless.systems import LinearSystem

_EXACT = 1e-12
# Nearer than this to the saddle's stable set, rounding decides where training goes.
_NEAR = 1e-8


def is_saddle(theta0: Theta, system: LinearSystem, tolerance: float = _EXACT) -> bool:
    """Whether every layer's gradient vanishes at theta0 though the loss does not."""
    factors = [*theta0["W"], theta0["w"][:, None]]
    with np.errstate(over="ignore", invalid="ignore"):
        point = np.linalg.multi_dot(factors)[:, 0]
    if np.isfinite(point).all() and system.residual(point, start=point) <= _EXACT:
        return False
    # Layers of size 1 from here on: products of the others may leave float64, and their directions do not.
    factors, log_size = _of_size_one(factors)
    direction = np.linalg.multi_dot(factors)[:, 0]
    misfit = np.exp(min(-log_size, 0.0)) * system.b - np.exp(min(log_size, 0.0)) * system.matvec(direction)
    pull = system.rmatvec(misfit)
    sizes = [float(np.linalg.norm(factor)) for factor in factors]
    reference = float(np.linalg.norm(pull))
    for index in range(len(factors)):
        left = pull
        for factor in factors[:index]:
            left = factor.T @ left
        right = np.ones(1)
        for factor in reversed(factors[index + 1 :]):
            right = factor @ right
        bound = reference * float(np.prod(sizes[:index] + sizes[index + 1 :]))
        if np.linalg.norm(left) * np.linalg.norm(right) > tolerance * bound:
            return False
    return True


def _of_size_one(factors: list[np.ndarray]) -> tuple[list[np.ndarray], float]:
    """Each factor over its norm, and the logarithm of the product of the norms; a factor of zeros stays."""
    sizes = [norm(factor.ravel()) for factor in factors]
    scaled = [factor / (size or 1.0) for factor, size in zip(factors, sizes, strict=True)]
    return scaled, float(sum(np.log(size or 1.0) for size in sizes))


def heads_for_saddle(theta0: Theta, system: LinearSystem) -> bool:
    """Whether x₀ points straight away from Aᵀb and two layers are equal, so that all of them shrink to 0 together.

    With u = Aᵀb/‖Aᵀb‖, layers that act on one line, W_1ᵀu = a_1 l_1, W_2ᵀl_1 = a_2 l_2 … and w = a l_h, W_i l_i back
    on l_(i−1), are numbers: each has the product of the others as its velocity, and a_i² − a_j² is kept. From the
    other side of 0 the least one changes its sign on the way, unless another is as small: then both end at 0. It is so
    where Aᵀb is an eigenvector of AᵀA, as for one equation; elsewhere the start may still escape, and is refused too.
    """
    pull = system.rmatvec(system.b)
    factors = [*theta0["W"], theta0["w"][:, None]]
    direction = np.linalg.multi_dot(_of_size_one(factors)[0])[:, 0]
    if not pull.any() or float(pull @ direction) >= 0:
        return False
    largest = max(norm(factor.ravel()) for factor in factors)
    amounts = _on_one_line([factor / largest for factor in factors], pull / norm(pull))
    if amounts is None:
        return False
    least, second = np.sort(np.abs(amounts))[:2]
    return bool(second - least <= _NEAR * second)


def _on_one_line(factors: list[np.ndarray], line: np.ndarray) -> np.ndarray | None:
    """The numbers a_1 … a_h, a; None where a layer leads away from the line."""
    *matrices, column = factors
    amounts, vector = [], column[:, 0]
    for matrix in matrices:
        moved = matrix.T @ line
        amount = float(np.linalg.norm(moved))
        if amount == 0 or np.linalg.norm(matrix @ moved - amount**2 * line) > _NEAR * amount**2:
            return None
        amounts.append(amount)
        line = moved / amount
    amount = float(vector @ line)
    if np.linalg.norm(vector - amount * line) > _NEAR * abs(amount):
        return None
    return np.array([*amounts, amount])
