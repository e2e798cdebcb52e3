"""Products of diagonal layers: their value, what is conserved, their potential, and the z where they blow up."""

from __future__ import annotations

from functools import reduce
from operator import mul
from typing import Any

import numpy as np
from jaxtyping import Float

from ridgeless._core.arrays import Vector
from ridgeless.errors import IncompatibleInitError
from ridgeless.networks._separable import mirror_maps
from ridgeless.potentials import Layered, LayeredSum, SeparablePotential

Layers = Float[np.ndarray, "L d"]


def multiplied(layers: Any) -> Any:
    """w_1∘…∘w_L, in the layers' own array namespace."""
    is_array = hasattr(layers, "shape")
    return reduce(mul, [layers[index, ...] for index in range(layers.shape[0])] if is_array else layers)


def squared_cofactors(layers: Layers) -> Vector:
    """Σ_j ∏_(k≠j) w_k², shape (d,)."""
    others = [np.prod(np.delete(layers, index, axis=0) ** 2, axis=0) for index in range(len(layers))]
    return np.sum(others, axis=0)


def conserved_floor(layers: Layers) -> Vector:
    """∏_j (w_j² − w_min²) over all layers but the smallest, shape (d,): a bound below on `squared_cofactors`."""
    squares = np.sort(layers**2, axis=0)
    return np.prod(squares[1:] - squares[0], axis=0)


def balance(layers: Layers) -> Float[np.ndarray, "M d"]:
    """w_j² − w_(j+1)², shape (L−1, d)."""
    return -np.diff(layers**2, axis=0)


def pair_flow_map(layers: Layers, z: Vector) -> Layers:
    """Two layers after gradient flow has moved z on: their sum times exp(z), their difference times exp(−z)."""
    total, difference = (layers[0] + layers[1]) * np.exp(z), (layers[0] - layers[1]) * np.exp(-z)
    return np.stack([total + difference, total - difference]) / 2


def moves(layers: Layers) -> np.ndarray:
    """(d,) whether a coordinate ever moves: two layers at 0 leave no gradient."""
    return np.sum(layers == 0, axis=0) < 2


def layered(layers: Layers, sign: float = 1.0) -> Layered:
    """The potential of `sign` times the product of L ≥ 3 layers, of which no two are 0."""
    sizes = np.sort(np.abs(layers), axis=0)
    unit = sizes[-1]
    others = np.where(layers == 0, 1.0, np.sign(layers)).prod(axis=0)
    # (w_j − c)(w_j + c), so that layers of nearly one size keep the digits of their difference
    squares = (sizes[1:] - sizes[0]) / unit * ((sizes[1:] + sizes[0]) / unit)
    return Layered(unit, sign * others * sizes[0] / unit, np.sqrt(squares))


def blow_up(layers: Layers) -> tuple[Vector, Vector]:
    """(t⁺, t⁻) of the product: x_i → ±∞ as z_i → ±t_i^±, infinite where a locked sign rules that out.

    t⁺ = ∫ dx / ∏_(j<L) √(x² + μ_j²) from a to ∞ and t⁻ the same from −∞ to a, where a is the smallest layer times the
    sign of the product of the others and μ_j² = a_j² − a² (Zhao et al. 2026).
    """
    upper, lower = np.full((2, layers.shape[1]), np.inf)
    index = np.flatnonzero(moves(layers))
    if len(index):
        found = layered(layers[:, index])
        upper[index], lower[index] = found.upper, found.lower
    return upper, lower


def two_branches(plus: Layers, minus: Layers) -> tuple[SeparablePotential, Vector]:
    """Potential and offset of plus_1∘…∘plus_L − minus_1∘…∘minus_L, L ≥ 3."""
    depth, offset = len(plus), np.zeros(plus.shape[1])
    if _is_balanced(plus) and _is_balanced(minus):
        # x = p^L − m^L; a negative product of an odd number of layers is a negative weight
        first, second = (np.prod(np.sign(layers), axis=0) * np.abs(layers[0]) for layers in (plus, minus))
        if depth % 2 == 1 or (np.all(first >= 0) and np.all(second >= 0)):
            return mirror_maps.power(first, second, depth, 1)
    does_plus, does_minus = moves(plus), moves(minus)

    def both(index: np.ndarray) -> tuple[SeparablePotential, Vector]:
        return LayeredSum(layered(plus[:, index]), layered(minus[:, index], -1.0)), offset[index]

    def one(index: np.ndarray) -> tuple[SeparablePotential, Vector]:
        layers = np.where(does_plus[index], plus[:, index], minus[:, index])
        found = layered(layers)
        turn = np.where(does_plus[index], 1.0, -1.0)
        return Layered(found.unit, turn * found.start, found.imbalances), offset[index]

    return mirror_maps.assembled(does_plus & does_minus, does_plus | does_minus, both, one)


def refuse_shallow(network: object, depth: int) -> None:
    """Raise for one or two layers, which blow up nowhere."""
    if depth < 3:
        raise IncompatibleInitError(
            f"blow_up_times: x of {network} is finite at every z; its weights as the start shrinks are those of plain "
            "ℓ1 (two layers) or ℓ2 (one).",
            in_python="Type a depth of 3 or more.",
        )


def _is_balanced(layers: Layers) -> bool:
    sizes = np.abs(layers)
    return bool(np.array_equal(sizes.min(axis=0), sizes.max(axis=0)))
