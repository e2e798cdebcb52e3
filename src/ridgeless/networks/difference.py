"""The diagonal network that sparse recovery is made of: x = u^D − v^D."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from ridgeless._core.arrays import Vector
from ridgeless.networks._separable import ends as ends_of
from ridgeless.networks._separable import mirror_maps, response, starts
from ridgeless.networks._separable.diagonal import Diagonal
from ridgeless.networks.base import Offset, Response, Theta
from ridgeless.networks.layers import Layer
from ridgeless.potentials import Bias, Potential, Quadratic, WeightedL1
from ridgeless.systems import LinearSystem

if TYPE_CHECKING:
    from ridgeless._core.balls import BallMap

_CITATION = "Woodworth et al. 2020, arXiv 2002.09277, Theorems 1 and 4"


@dataclass(frozen=True)
class Difference(Diagonal):
    """Diagonal network x = u^D − v^D: a small start finds sparse solutions, a large one the ℓ2 solution.

    Attributes:
        depth: D ≥ 1.

    Example:
        >>> import numpy as np
        >>> Difference(depth=2)({"u": np.array([3.0, 0.0]), "v": np.array([1.0, 2.0])})
        array([ 8., -4.])
    """

    line_rate: ClassVar[float] = 2.0

    def forward(self, theta: Mapping[str, Any]) -> Any:  # noqa: D102
        return theta["u"] ** self.depth - theta["v"] ** self.depth

    def layout(self, unknowns: int) -> dict[str, Layer | list[Layer]]:  # noqa: D102
        return {"u": Layer((unknowns,), fan_in=1), "v": Layer((unknowns,), fan_in=1)}

    def mirror_theorem(self, theta0: Theta) -> Bias:
        """Two exponentials at depth 2, two powers of slacks beyond."""
        return mirror_maps.mirror_bias(mirror_maps.powers(theta0["u"], theta0["v"], self.depth), _CITATION)

    def flow_map(self, theta: Theta, z: Vector) -> Theta:
        """u·exp(2z) and v·exp(−2z)."""
        return {"u": theta["u"] * np.exp(2 * z), "v": theta["v"] * np.exp(-2 * z)}

    def leading_weights(self, theta0: Theta) -> np.ndarray:
        """Every u and v."""
        return np.concatenate([theta0["u"], theta0["v"]])

    def start_for(self, potential: Potential, offset: Offset = 0.0) -> Theta | None:
        """The two branches from a hypentropy or an entropy at depth 2, from the deep hypentropy beyond."""
        if self.depth == 1:
            start = potential.rate * offset if isinstance(potential, Quadratic) else None
            return None if start is None else {"u": start, "v": np.zeros_like(start)}
        if isinstance(potential, WeightedL1):
            return starts.direction({"u": potential.positive, "v": potential.negative}, self.depth)
        if self.depth == 2:
            found = starts.exponentials(potential, offset)
        else:
            found = None if np.any(offset) else starts.powers(potential, self.depth)
        return None if found is None else {"u": found[0], "v": found[1]}

    def conserved(self, theta: Theta, system: LinearSystem) -> dict[str, np.ndarray]:  # noqa: ARG002
        """u + v at depth 1, u·v at depth 2, u^(2−D) + v^(2−D) beyond (infinite where a weight is 0)."""
        u, v = theta["u"], theta["v"]
        if self.depth == 1:
            return {"u + v": u + v}
        if self.depth == 2:
            return {"u·v": u * v}
        with np.errstate(divide="ignore", invalid="ignore"):
            return {"u^(2−D) + v^(2−D)": u ** (2.0 - self.depth) + v ** (2.0 - self.depth)}

    def tangent_metric(self, theta: Theta, z: Vector) -> Vector:
        """M = D²·diag(u^(2D−2) + v^(2D−2))."""
        power = 2 * self.depth - 2
        return self.depth**2 * (theta["u"] ** power + theta["v"] ** power) * z

    def metric_floor(self, theta0: Theta, system: LinearSystem) -> float:  # noqa: ARG002
        """The least u^(2D−2) + v^(2D−2) that the conserved u·v, or u^(2−D) + v^(2−D), leaves possible, times D²."""
        u, v = (np.abs(theta0[name]) if self.depth % 2 == 0 else theta0[name] for name in ("u", "v"))
        if self.depth == 1:
            return 2.0
        if float(min(u.min(), v.min())) <= 0:
            return 0.0
        if self.depth == 2:
            return float(8 * np.min(u * v))
        middle = (u ** (2.0 - self.depth) + v ** (2.0 - self.depth)) / 2
        return float(2 * self.depth**2 * np.min(middle ** (-(2 * self.depth - 2) / (self.depth - 2))))

    def response(self, theta0: Theta, x: Vector) -> Response:
        """∂x/∂log|u₀| = D·u^(2D−2)·u₀^(2−D) at fixed z, with u at the end; ∂x/∂log|v₀| likewise, subtracted."""
        if self.depth == 1:
            return response.even(len(x), self.line_rate)
        found = response.powers(theta0["u"], theta0["v"], self.depth, x)
        return Response(found.mobility, {"log_u0": found.shifts[0], "log_v0": found.shifts[1]})

    def ball_map(self, theta0: Theta) -> list[BallMap]:
        """x = u₀ − v₀ + 2z, u₀²·exp(4z) − v₀²·exp(−4z), or two powers of slacks."""
        from ridgeless._core.balls import ExponentialPair, Line, ball, power_branches

        pairs = list(zip(theta0["u"], theta0["v"], strict=True))
        if self.depth == 1:
            return [Line(ball(u) - ball(v), 2) for u, v in pairs]
        if self.depth == 2:
            return [ExponentialPair.of(ball(u) * ball(u), ball(v) * ball(v), 4) for u, v in pairs]
        return [power_branches([(1, u), (-1, v)], self.depth, self.depth) for u, v in pairs]

    def weights_at(self, theta0: Theta, x: Vector) -> Theta:
        """From u + v, u·v or u^(2−D) + v^(2−D), and x."""
        u, v = theta0["u"], theta0["v"]
        if self.depth == 1:
            return {"u": (u + v + x) / 2, "v": (u + v - x) / 2}
        ends = ends_of.powers(u, v, self.depth, x)
        return {"u": ends[0], "v": ends[1]}

    def constant(self, scale: float, unknowns: int) -> Theta:
        """u = v = scale: x starts at 0 and no sign is locked."""
        return {"u": np.full(unknowns, scale), "v": np.full(unknowns, scale)}
