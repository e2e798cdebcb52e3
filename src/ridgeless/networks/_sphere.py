"""Closed forms for the limits of orthogonal layers, on the sphere ‖x‖ = ‖w‖ or beside it.

Orthogonal layers keep ‖x‖ at ‖w‖: training the layers alone moves x on a sphere. With g = Aᵀ(A x − b), L layers turn x
by x' = −(L/2)(‖x‖²g − (gᵀx)x), and a trained w adds −g. In the null space (P_N x)' = (L/2)(gᵀx)·P_N x: the direction of
P_N x is frozen, and its size is known from that of x.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.optimize
import scipy.special
from jaxtyping import Float

from ridgeless._core.arrays import Vector, norm
from ridgeless.potentials import Bias, NoTheorem, Quadratic, Stall
from ridgeless.systems import LinearSystem

# Null parts and differences of lengths that are smaller than this part of the whole count as 0.
EXACT = 1e-12
_FINEST = 4 * np.finfo(float).eps
_CITATION = (
    "closed form for Riemannian gradient flow on orthogonal layers; its product as in Ablin 2020, arXiv 2011.13831"
)
_ADVICE = (
    "Type rl.networks.Orthogonal(train_vector=True), or give x a part in the null space of A, as "
    "rl.inits.Gaussian does, and w a norm of at least ‖A⁺b‖."
)


def trained_vector(start: Vector, depth: int, system: LinearSystem) -> Bias:
    """The theorem where w is trained with the layers, from every start.

    ‖P_N x∞‖² = (2/L)·W((L/2)‖P_N x₀‖² e^((L/2)(‖x₀‖² − ‖A⁺b‖²))), with Lambert's W: x' = −M g with M ⪰ I, so that
    training never stalls, and log‖P_N x‖² + (L/2)‖x‖² is conserved.
    """
    kept, shortest, size = system.project_null(start), norm(system.min_norm()), norm(start)
    length = norm(kept)
    # Below the rounding of x₀ a null part is what rounding makes it.
    least = np.finfo(float).eps * size
    ends_at = _null_length(max(length, least), (size - shortest) * (size + shortest), depth) if size > 0 else 0.0
    is_there = length > EXACT * size
    offset = ends_at / length * kept if is_there else np.zeros_like(kept)
    assumptions = ("Riemannian gradient flow on the layers", "Euclidean gradient flow on w")
    departure = 0.0 if is_there else ends_at
    return Bias(Quadratic(), offset, _CITATION, assumptions, is_mirror_flow=False, departure=departure)


def _null_length(length: float, excess: float, depth: int) -> float:
    """‖P_N x∞‖ from ‖P_N x₀‖ and ‖x₀‖² − ‖A⁺b‖²."""
    exponent = np.log(depth / 2) + 2 * np.log(length) + depth / 2 * excess
    # W(e^y) without e^y: the Wright omega function.
    return float(np.sqrt(2 / depth * scipy.special.wrightomega(exponent)))


def fixed_vector(start: Vector, radius: float, system: LinearSystem) -> Bias | Stall | NoTheorem:
    """The theorem where w is fixed: x∞ on the sphere ‖x‖ = radius = ‖w‖, a solution of that norm or a stall.

    From P_N x₀ ≠ 0 training ends in the one place where the loss is least: at every other stationary point
    AᵀA x + μx = Aᵀb with μ < 0, and P_N x grows. From P_N x₀ = 0 it stays in the row space, and ends there too if
    x₀ lies on the near side.
    """
    kept, shortest = system.project_null(start), norm(system.min_norm())
    length = norm(kept)
    if length <= EXACT * norm(start):
        obstacle = _obstacle_in_the_row_space(start, radius, shortest, system)
        if obstacle:
            return NoTheorem(obstacle, _ADVICE)
    if radius < (1 - EXACT) * shortest:
        x, shift = stall_point(system, radius)
        return Stall(x, stall_reason(radius, shortest, shift), _CITATION)
    height = np.sqrt(max(radius - shortest, 0.0) * (radius + shortest)) if radius > (1 + EXACT) * shortest else 0.0
    offset = height / length * kept if height > 0 else np.zeros_like(kept)
    assumptions = ("Riemannian gradient flow on the layers", "w is not trained")
    return Bias(Quadratic(), offset, _CITATION, assumptions, is_mirror_flow=False)


def stall_point(system: LinearSystem, radius: float) -> tuple[Vector, float]:
    """x = (AᵀA + μI)⁻¹Aᵀb and the μ > 0 that gives it the norm `radius`, 0 ≤ radius < ‖A⁺b‖; μ = ∞ for radius = 0."""
    if radius == 0:
        return np.zeros(system.shape[1]), np.inf
    sizes, right, axes = _decomposed(system)

    def coordinates(shift: float) -> Float[np.ndarray, " r"]:
        return sizes * right / (sizes**2 + shift)

    def excess(shift: float) -> float:
        return norm(coordinates(shift)) / radius - 1

    upper = norm(sizes * right) / radius  # ‖x(μ)‖ < ‖Aᵀb‖/μ
    root: Any = scipy.optimize.brentq(excess, 0.0, upper, xtol=np.finfo(float).tiny, rtol=_FINEST, maxiter=300)
    return axes.T @ coordinates(root), float(root)


def stall_reason(radius: float, shortest: float, shift: float) -> str:
    """Why training with a fixed w rests where AᵀA x + shift·x = Aᵀb, and what to do about it."""
    if shift > 0:
        return (
            f"orthogonal layers keep ‖x‖ = ‖w‖ = {radius:.6g}, and every solution is at least as long as ‖A⁺b‖ = "
            f"{shortest:.6g}: training stalls on the sphere, at x = (AᵀA + μI)⁻¹Aᵀb with μ = {shift:.6g}. Lengthen w, "
            "or type rl.networks.Orthogonal(train_vector=True)"
        )
    return (
        f"orthogonal layers keep ‖x‖ = ‖w‖ = {radius:.6g}, and x lies in the row space of A, where the only solution "
        f"has the norm {shortest:.6g}: training rests at a stationary point of the sphere, x = (AᵀA + μI)⁻¹Aᵀb with "
        f"μ = {shift:.6g}. {_ADVICE[:-1]}"
    )


def _obstacle_in_the_row_space(start: Vector, radius: float, shortest: float, system: LinearSystem) -> str:
    """Why an x₀ in the row space does not end where the others do; "" if it is short, and on the near side.

    On the near side no singular vector of A tells x₀ from A⁺b by the sign. Signs that agree stay so; they make every
    σ² + μ > 0, and then ‖x‖ ≤ ‖A⁺b‖ makes μ ≥ 0: one point.
    """
    kept = f"x starts in the row space of A and stays in it, at the norm of w ({radius:.6g}; ‖A⁺b‖ = {shortest:.6g}): "
    if radius > (1 + EXACT) * shortest:
        return kept + "no solution lies there, and training ends at a saddle, or short of b if A has full column rank"
    _, right, axes = _decomposed(system)
    is_near = (axes @ start) * right >= -EXACT * norm(start) * norm(right)
    return "" if is_near.all() else kept + "it starts on the far side from A⁺b, and may rest at a saddle on the way"


def _decomposed(
    system: LinearSystem,
) -> tuple[Float[np.ndarray, " r"], Float[np.ndarray, " r"], Float[np.ndarray, "r d"]]:
    """The singular values of A that count, b in the left singular vectors, and the right singular vectors."""
    left, sizes, axes = np.linalg.svd(system.rows(), full_matrices=False)
    rank = system.rank
    return sizes[:rank], left.T[:rank] @ system.b, axes[:rank]
