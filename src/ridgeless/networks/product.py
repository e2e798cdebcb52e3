"""The diagonal network of L layers: x = w_1∘…∘w_L."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ridgeless._core.arrays import Vector
from ridgeless.networks._separable import ends as ends_of
from ridgeless.networks._separable import layers as _layers
from ridgeless.networks._separable import mirror_maps, response
from ridgeless.networks._separable.diagonal import Diagonal
from ridgeless.networks.base import Offset, Response, Theta
from ridgeless.networks.layers import Layer
from ridgeless.potentials import (
    Bias,
    DeepHypentropy,
    Hypentropy,
    Potential,
    SeparablePotential,
    TangentHypentropy,
)
from ridgeless.systems import LinearSystem

if TYPE_CHECKING:
    from ridgeless._core.balls import BallMap

_CITATION = "Yun, Krishnan and Mobahi 2021, arXiv 2010.02501; Zhao et al. 2026 for any start"


@dataclass(frozen=True)
class Product(Diagonal):
    """Diagonal network x = w_1∘…∘w_L, the entrywise product of L layers.

    Attributes:
        depth: L ≥ 1.

    Example:
        >>> import numpy as np
        >>> Product(depth=3)({"layers": np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 0.0]])})
        array([15.,  0.])
    """

    def forward(self, theta: Mapping[str, Any]) -> Any:  # noqa: D102
        return _layers.multiplied(theta["layers"])

    def layout(self, unknowns: int) -> dict[str, Layer | list[Layer]]:  # noqa: D102
        return {"layers": Layer((self.depth, unknowns), fan_in=1)}

    def mirror_theorem(self, theta0: Theta) -> Bias:
        """At depth 2 two exponentials, as w_1∘w_2 = ((w_1 + w_2)/2)² − ((w_1 − w_2)/2)²; beyond, an integral."""
        layers = theta0["layers"]
        if self.depth == 2:
            halves = (layers[0] + layers[1]) / 2, (layers[0] - layers[1]) / 2
            return mirror_maps.mirror_bias(mirror_maps.exponential(*halves, rate=2.0), _CITATION)
        return mirror_maps.mirror_bias(mirror_maps.with_frozen(_layers.moves(layers), self._part(layers)), _CITATION)

    def flow_map(self, theta: Theta, z: Vector) -> Theta:
        """w_1 + w_2 times exp(z), w_1 − w_2 times exp(−z)."""
        return {"layers": _layers.pair_flow_map(theta["layers"], z)}

    def leading_weights(self, theta0: Theta) -> np.ndarray:
        """The largest layer of each coordinate."""
        return np.max(np.abs(theta0["layers"]), axis=0)

    def blow_up_times(self, direction: Theta) -> tuple[Vector, Vector]:
        """(t⁺, t⁻), both (d,): x_i → ±∞ as z_i = (Aᵀν)_i → ±t_i^±; infinite for a sign that the direction locks out.

        As a start shrinks along the direction, L ≥ 3, training finds the solution of least Σ t_i⁺·x_i⁺ + t_i⁻·x_i⁻.
        With a the smallest layer times the sign of the product of the others, and μ_j² = w_j² − a², t⁺ is the
        integral of 1/∏_j √(x² + μ_j²) from a to ∞, and t⁻ from −∞ to a (Zhao et al. 2026).

        Raises:
            IncompatibleInitError: one or two layers: x never blows up.

        Example:
            >>> import numpy as np
            >>> upper, lower = Product(depth=3).blow_up_times({"layers": np.array([[1.0], [1.0], [0.0]])})
            >>> upper.round(9), lower.round(9)  # π/2
            (array([1.57079633]), array([1.57079633]))
        """
        _layers.refuse_shallow(self, self.depth)
        return _layers.blow_up(np.asarray(direction["layers"], dtype=float))

    def _part(self, layers: np.ndarray) -> mirror_maps.Part:
        """The potential of some coordinates: in closed form where each starts at (a, …, a, 0), L = 3 or 4."""
        sizes = np.sort(np.abs(layers), axis=0)[:, _layers.moves(layers)]
        is_simple = self.depth in (3, 4) and not sizes[0].any() and np.array_equal(sizes[1], sizes[-1])

        def make(index: np.ndarray) -> tuple[SeparablePotential, Vector]:
            if not is_simple:
                return _layers.layered(layers[:, index]), np.zeros(len(index))
            a = np.max(np.abs(layers[:, index]), axis=0)
            deepest = DeepHypentropy(a**-2.0, a**-2.0, coefficient=0.25, exponent=2.0)
            return (TangentHypentropy(a) if self.depth == 3 else deepest), np.zeros(len(index))

        return make

    def start_for(self, potential: Potential, offset: Offset = 0.0) -> Theta | None:
        """Layers (√(2k), 0) for a hypentropy of knee k at depth 2, from x₀ = 0: without offset."""
        if self.depth != 2 or not isinstance(potential, Hypentropy) or np.any(offset):
            return None
        layer = np.sqrt(2 * np.atleast_1d(potential.knee))
        return {"layers": np.stack([layer, np.zeros_like(layer)])}

    def conserved(self, theta: Theta, system: LinearSystem) -> dict[str, np.ndarray]:
        """w_j² − w_(j+1)² for neighbouring layers; P_N w for a single one."""
        if self.depth == 1:
            return {"P_N w": system.project_null(theta["layers"][0])}
        return {"w_j² − w_(j+1)²": _layers.balance(theta["layers"])}

    def tangent_metric(self, theta: Theta, z: Vector) -> Vector:
        """M = Σ_j diag(∏_(k≠j) w_k²)."""
        return _layers.squared_cofactors(theta["layers"]) * z

    def metric_floor(self, theta0: Theta, system: LinearSystem) -> float:  # noqa: ARG002
        """Min over coordinates of ∏_j (w_j² − w_min²), j over the other layers: each factor is conserved."""
        return float(np.min(_layers.conserved_floor(theta0["layers"])))

    def response(self, theta0: Theta, x: Vector) -> Response:
        """∂x/∂log|w_j| of each layer at fixed z; at depth 2 by way of the halves (w_1 ± w_2)/2, which part."""
        layers = theta0["layers"]
        if self.depth == 1:
            return response.even(len(x), self.line_rate)
        if self.depth > 2:
            return response.layers(layers, x)
        halves = np.stack([layers[0] + layers[1], layers[0] - layers[1]]) / 2
        found = response.exponential(halves[0], halves[1], 2.0, x)
        # log|w_1 ± w_2| rises with log|w_j| by ±w_j/(w_1 ± w_2)
        rise = (
            np.stack([layers, layers * np.array([[1.0], [-1.0]])]) / np.where(halves == 0, np.inf, 2 * halves)[:, None]
        )
        shifts = np.einsum("bd,bld->ld", found.shifts, rise)
        sizes = np.einsum("bd,bld->ld", np.abs(found.shifts), np.abs(rise))
        return Response(found.mobility, {"log_layers0": shifts}, {"log_layers0": sizes})

    def ball_map(self, theta0: Theta) -> list[BallMap]:
        """x = w₀ + z, two exponentials of 2z, or what the integral of dc/∏_j √(c² + μ_j²) gives."""
        from ridgeless._core.balls import ExponentialPair, Line, ball, layered

        columns = theta0["layers"].T
        if self.depth == 1:
            return [Line(ball(w[0]), 1) for w in columns]
        if self.depth == 2:
            halves = [((ball(w) + ball(v)) / 2, (ball(w) - ball(v)) / 2) for w, v in columns]
            return [ExponentialPair.of(up**2, down**2, 2) for up, down in halves]
        return [layered(w) for w in columns]

    def weights_at(self, theta0: Theta, x: Vector) -> Theta:
        """From w_j² − w_k² and x."""
        return {"layers": np.array(x)[None] if self.depth == 1 else ends_of.layers(theta0["layers"], x)}

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
