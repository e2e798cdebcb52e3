"""The diagonal network of L layers: x = w_1∘…∘w_L."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce
from operator import mul
from typing import Any

import numpy as np

from ridgeless.arrays import Vector
from ridgeless.networks import _mirror, _response
from ridgeless.networks.base import Layer, Network, Response, Theta, keep_whole
from ridgeless.potentials import (
    Bias,
    DeepHypentropy,
    NoTheorem,
    Quadratic,
    SeparablePotential,
    TangentHypentropy,
)
from ridgeless.systems import LinearSystem

_CITATION = "Yun, Krishnan and Mobahi 2021, arXiv 2010.02501"
_EQUAL = 1e-12


@dataclass(frozen=True)
class Product(Network):
    """Diagonal network x = w_1∘…∘w_L, the entrywise product of L layers.

    Attributes:
        depth: L ≥ 1. The limit is known for L ≤ 2 from any start, and for L = 3, 4 where each coordinate starts
            with one layer at 0 and the others at one size.

    Example:
        >>> import numpy as np
        >>> Product(depth=3)({"layers": np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 0.0]])})
        array([15.,  0.])
    """

    depth: int = 2

    def __post_init__(self) -> None:
        keep_whole(self, "depth", least=1)

    @property
    def homogeneity(self) -> int:  # noqa: D102
        return self.depth

    def __call__(self, theta: Mapping[str, Any]) -> Any:  # noqa: D102
        return multiplied(theta["layers"])

    def layout(self, unknowns: int) -> dict[str, Layer | list[Layer]]:  # noqa: D102
        return {"layers": Layer((self.depth, unknowns), fan_in=1)}

    def theorem(self, theta0: Theta, system: LinearSystem) -> Bias | NoTheorem:  # noqa: D102
        layers = theta0["layers"]
        if self.depth == 1:
            return Bias(Quadratic(), layers[0], "Gruber and Avron 2024, arXiv 2402.02454")
        if self.depth > 4:
            return NoTheorem("limits of depth 5 and more have no solver here")
        smallest = _mirror.SMALLEST_SHALLOW_SCALE if self.depth == 2 else _mirror.SMALLEST_DEEP_SCALE
        refusal = _mirror.refuse_tiny(layers, system, self.depth, smallest)
        if refusal:
            return refusal
        if self.depth == 2:
            halves = (layers[0] + layers[1]) / 2, (layers[0] - layers[1]) / 2
            return _mirror.mirror_bias(_mirror.exponential(*halves, rate=2.0), _CITATION)
        return self._deep(np.sort(np.abs(layers), axis=0))

    def _deep(self, sizes: np.ndarray) -> Bias | NoTheorem:
        # Two layers at 0 leave no gradient: that coordinate never moves.
        moves = sizes[1] > 0
        spread = np.where(moves, sizes[-1] - sizes[1], 0.0)
        if sizes[0][moves].any() or np.any(spread > _EQUAL * sizes[-1]):
            worst = max(float(np.max(sizes[0] / np.where(moves, sizes[-1], 1.0))), float(np.max(spread)))
            return NoTheorem(
                "limits of three and four layers are solved only where each coordinate starts with one layer at 0 and "
                f"the others at one size (a, …, a, 0); this start is {worst:.1e} away"
            )

        def make(index: np.ndarray) -> tuple[SeparablePotential, Vector]:
            a = sizes[-1, index]
            deepest = DeepHypentropy(a**-2.0, a**-2.0, coefficient=0.25, exponent=2.0)
            return (TangentHypentropy(a) if self.depth == 3 else deepest), np.zeros(len(index))

        return _mirror.mirror_bias(_mirror.with_frozen(moves, make), _CITATION)

    def invariants(self, theta: Theta, system: LinearSystem) -> dict[str, np.ndarray]:
        """w_j² − w_(j+1)² for neighbouring layers; P_N w for a single one."""
        if self.depth == 1:
            return {"P_N w": system.project_null(theta["layers"][0])}
        return {"w_j² − w_(j+1)²": balance(theta["layers"])}

    def tangent_metric(self, theta: Theta, z: Vector) -> Vector:
        """M = Σ_j diag(∏_(k≠j) w_k²)."""
        return squared_cofactors(theta["layers"]) * z

    def metric_floor(self, theta0: Theta, system: LinearSystem) -> float:  # noqa: ARG002
        """Min over coordinates of ∏_j (w_j² − w_min²), j over the other layers: each factor is conserved."""
        return float(np.min(conserved_floor(theta0["layers"])))

    def response(self, theta0: Theta, x: Vector) -> Response:
        """∂x/∂log|w_j| of each layer at fixed z; at depth 2 by way of the halves (w_1 ± w_2)/2, which part."""
        layers = theta0["layers"]
        if self.depth == 1:
            return _response.even(len(x), 1.0)
        if self.depth > 2:
            return _response.layers(layers, x)
        halves = np.stack([layers[0] + layers[1], layers[0] - layers[1]]) / 2
        found = _response.exponential(halves[0], halves[1], 2.0, x)
        # log|w_1 ± w_2| rises with log|w_j| by ±w_j/(w_1 ± w_2)
        rise = (
            np.stack([layers, layers * np.array([[1.0], [-1.0]])]) / np.where(halves == 0, np.inf, 2 * halves)[:, None]
        )
        return Response(found.mobility, {"log_layers0": np.einsum("bd,bld->ld", found.shifts, rise)})

    def constant(self, scale: float, unknowns: int) -> Theta:
        """Every layer at `scale` but the last, which is 0: x starts at 0 and no sign is locked."""
        layers = np.full((self.depth, unknowns), scale)
        if self.depth > 1:
            layers[-1] = 0.0
        return {"layers": layers}

    def imbalanced(self, first: float, second: float, unknowns: int, rng: np.random.Generator) -> Theta:
        """Layers |u₀| and |v₀|, for two layers."""
        if self.depth != 2:
            return super().imbalanced(first, second, unknowns, rng)
        return {"layers": np.stack([np.full(unknowns, first), np.full(unknowns, second)])}


def multiplied(layers: Any) -> Any:
    """w_1∘…∘w_L, in the layers' own array namespace."""
    is_array = hasattr(layers, "shape")
    return reduce(mul, [layers[index, ...] for index in range(layers.shape[0])] if is_array else layers)


def squared_cofactors(layers: np.ndarray) -> Vector:
    """Σ_j ∏_(k≠j) w_k², shape (d,)."""
    others = [np.prod(np.delete(layers, index, axis=0) ** 2, axis=0) for index in range(len(layers))]
    return np.sum(others, axis=0)


def conserved_floor(layers: np.ndarray) -> Vector:
    """∏_j (w_j² − w_min²) over all layers but the smallest, shape (d,): a bound below on `squared_cofactors`."""
    squares = np.sort(layers**2, axis=0)
    return np.prod(squares[1:] - squares[0], axis=0)


def balance(layers: np.ndarray) -> np.ndarray:
    """w_j² − w_(j+1)², shape (L−1, d)."""
    return -np.diff(layers**2, axis=0)
