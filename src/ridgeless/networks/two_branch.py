"""The difference of two diagonal products: x = w⁺_1∘…∘w⁺_L − w⁻_1∘…∘w⁻_L."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from ridgeless._core.arrays import Vector
from ridgeless.errors import InvalidInputError
from ridgeless.networks._separable import ends as ends_of
from ridgeless.networks._separable import layers as _layers
from ridgeless.networks._separable import mirror_maps, response
from ridgeless.networks._separable.diagonal import Diagonal
from ridgeless.networks.base import Offset, Response, Theta
from ridgeless.networks.layers import Layer
from ridgeless.potentials import Bias, Hypentropy, Potential
from ridgeless.systems import LinearSystem

if TYPE_CHECKING:
    from ridgeless._core.balls import BallMap

_CITATION = "Azulay et al. 2021, arXiv 2102.09769, Theorem 1"


@dataclass(frozen=True)
class TwoBranch(Diagonal):
    """Diagonal network x = w⁺_1∘…∘w⁺_L − w⁻_1∘…∘w⁻_L: unbiased starts at every scale and shape.

    Attributes:
        depth: L ≥ 1.

    Example:
        >>> import numpy as np
        >>> theta = {"plus": np.array([[1.0], [2.0]]), "minus": np.array([[3.0], [0.5]])}
        >>> TwoBranch(depth=2)(theta)
        array([0.5])
    """

    line_rate: ClassVar[float] = 2.0

    def forward(self, theta: Mapping[str, Any]) -> Any:  # noqa: D102
        return _layers.multiplied(theta["plus"]) - _layers.multiplied(theta["minus"])

    def layout(self, unknowns: int) -> dict[str, Layer | list[Layer]]:  # noqa: D102
        shape = (self.depth, unknowns)
        return {"plus": Layer(shape, fan_in=1), "minus": Layer(shape, fan_in=1)}

    def mirror_theorem(self, theta0: Theta) -> Bias:
        """At depth 2 the exponentials that grow in both branches add up, and so do those that shrink."""
        plus, minus = theta0["plus"], theta0["minus"]
        if self.depth == 2:
            return mirror_maps.mirror_bias(mirror_maps.exponential(*_amplitudes(plus, minus), rate=2.0), _CITATION)
        return mirror_maps.mirror_bias(_layers.two_branches(plus, minus), f"{_CITATION}, for two layers")

    def flow_map(self, theta: Theta, z: Vector) -> Theta:
        """What `Product` does with z in the added branch, and with −z in the subtracted one."""
        return {"plus": _layers.pair_flow_map(theta["plus"], z), "minus": _layers.pair_flow_map(theta["minus"], -z)}

    def leading_weights(self, theta0: Theta) -> np.ndarray:
        """The largest layer of each coordinate in each branch."""
        return np.max(np.abs([theta0["plus"], theta0["minus"]]), axis=1)

    def blow_up_times(self, direction: Theta) -> tuple[Vector, Vector]:
        """(t⁺, t⁻), both (d,): x_i → ±∞ as z_i = (Aᵀν)_i → ±t_i^±; infinite for a sign that the direction locks out.

        The earlier of the two branches: what the added one does at z, the subtracted one does at −z.

        Raises:
            IncompatibleInitError: one or two layers: x never blows up.

        Example:
            >>> import numpy as np
            >>> direction = {"plus": np.ones((3, 1)), "minus": np.array([[1.0], [1.0], [0.0]])}
            >>> upper, lower = TwoBranch(depth=3).blow_up_times(direction)
            >>> upper.round(9), lower.round(9)  # 1 and π/2
            (array([1.]), array([1.57079633]))
        """
        _layers.refuse_shallow(self, self.depth)
        plus = _layers.blow_up(np.asarray(direction["plus"], dtype=float))
        minus = _layers.blow_up(np.asarray(direction["minus"], dtype=float))
        return np.minimum(plus[0], minus[1]), np.minimum(plus[1], minus[0])

    def start_for(self, potential: Potential, offset: Offset = 0.0) -> Theta | None:
        """All weights at √(k/2) for a hypentropy of knee k at depth 2, from x₀ = 0: without offset."""
        if self.depth != 2 or not isinstance(potential, Hypentropy) or np.any(offset):
            return None
        layers = np.stack([np.sqrt(np.atleast_1d(potential.knee) / 2)] * 2)
        return {"plus": layers, "minus": layers.copy()}

    def conserved(self, theta: Theta, system: LinearSystem) -> dict[str, np.ndarray]:  # noqa: ARG002
        """w_j² − w_(j+1)² for neighbouring layers of each branch; at depth 1, the sum of the branches."""
        if self.depth == 1:
            return {"w⁺ + w⁻": theta["plus"] + theta["minus"]}
        return {
            "(w⁺_j)² − (w⁺_(j+1))²": _layers.balance(theta["plus"]),
            "(w⁻_j)² − (w⁻_(j+1))²": _layers.balance(theta["minus"]),
        }

    def tangent_metric(self, theta: Theta, z: Vector) -> Vector:
        """M = Σ_j diag(∏_(k≠j) w_k²) over the layers of both branches."""
        return (_layers.squared_cofactors(theta["plus"]) + _layers.squared_cofactors(theta["minus"])) * z

    def metric_floor(self, theta0: Theta, system: LinearSystem) -> float:  # noqa: ARG002
        """The least that the conserved differences of squares leave possible."""
        return float(np.min(_layers.conserved_floor(theta0["plus"]) + _layers.conserved_floor(theta0["minus"])))

    def response(self, theta0: Theta, x: Vector) -> Response:
        """∂x/∂log|w_j| of each layer at fixed z, by way of the two exponentials that the branches add up to."""
        plus, minus = theta0["plus"], theta0["minus"]
        if self.depth == 1:
            return response.even(len(x), self.line_rate)
        if self.depth > 2:
            raise InvalidInputError(
                f"{self} has no derivative of its limit beyond two layers; type rl.networks.TwoBranch(depth=2), or "
                f"rl.networks.Difference(depth={self.depth})."
            )
        sides = np.array([[1.0], [-1.0]])
        found = response.exponential(*_amplitudes(plus, minus), 2.0, x)
        rises = {"log_plus0": np.zeros_like(plus), "log_minus0": np.zeros_like(minus)}
        terms = {name: np.zeros_like(rise) for name, rise in rises.items()}
        # 4·amplitude² = (w⁺_1 ± w⁺_2)² + (w⁻_1 ∓ w⁻_2)²
        for shift, amplitude, side in zip(found.shifts, _amplitudes(plus, minus), (1.0, -1.0), strict=True):
            size = np.where(amplitude > 0, 2 * amplitude, np.inf)
            for name, layers, sign in (("log_plus0", plus, side), ("log_minus0", minus, -side)):
                total = (layers[0] + sign * layers[1]) / size
                rise = shift * total * (layers / size) * np.where(sides < 0, sign, 1.0)
                rises[name] += rise
                terms[name] += np.abs(rise)
        return Response(found.mobility, rises, terms)

    def ball_map(self, theta0: Theta) -> list[BallMap]:
        """x = w⁺ − w⁻ + 2z, two exponentials of 2z, or the sum of both branches' maps."""
        from ridgeless._core.balls import ExponentialPair, Line, ball, two_branches

        pairs = list(zip(theta0["plus"].T, theta0["minus"].T, strict=True))
        if self.depth == 1:
            return [Line(ball(plus[0]) - ball(minus[0]), 2) for plus, minus in pairs]
        if self.depth > 2:
            return [two_branches(plus, minus) for plus, minus in pairs]
        balls = [([ball(w) for w in plus], [ball(w) for w in minus]) for plus, minus in pairs]
        return [
            ExponentialPair.of(
                ((p[0] + p[1]) ** 2 + (m[0] - m[1]) ** 2) / 4, ((p[0] - p[1]) ** 2 + (m[0] + m[1]) ** 2) / 4, 2
            )
            for p, m in balls
        ]

    def weights_at(self, theta0: Theta, x: Vector) -> Theta:
        """From w⁺ + w⁻ and x at depth 1, from how far the exponentials have come at depth 2."""
        plus, minus = theta0["plus"], theta0["minus"]
        if self.depth > 2:
            return super().weights_at(theta0, x)
        if self.depth == 1:
            return {"plus": (plus + minus + x) / 2, "minus": (plus + minus - x) / 2}
        ends = ends_of.two_branches(plus, minus, x)
        return {"plus": ends[0], "minus": ends[1]}

    def constant(self, scale: float, unknowns: int) -> Theta:
        """All weights at `scale`: x starts at 0 and no sign is locked."""
        shape = (self.depth, unknowns)
        return {"plus": np.full(shape, scale), "minus": np.full(shape, scale)}

    def imbalanced(self, first: float, second: float, unknowns: int, rng: np.random.Generator) -> Theta:
        """Layers |u₀| and |v₀| in both branches, for two layers."""
        if self.depth != 2:
            return super().imbalanced(first, second, unknowns, rng)
        branch = np.stack([np.full(unknowns, first), np.full(unknowns, second)])
        return {"plus": branch, "minus": branch.copy()}


def _amplitudes(plus: np.ndarray, minus: np.ndarray) -> tuple[Vector, Vector]:
    """Square roots of the growing and of the shrinking exponential at z = 0."""
    growing = np.hypot(plus[0] + plus[1], minus[0] - minus[1]) / 2
    return growing, np.hypot(plus[0] - plus[1], minus[0] + minus[1]) / 2
