"""The diagonal network of one sign: x = u^D."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

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

_CITATION = "Gunasekar et al. 2017, arXiv 1705.09280 (commuting case); Chou, Maly and Rauhut 2021, arXiv 2112.11027"


@dataclass(frozen=True)
class Power(Diagonal):
    """Diagonal network x = u^D: training keeps the sign that each coordinate starts with.

    Attributes:
        depth: D ≥ 1.

    Example:
        >>> import numpy as np
        >>> Power(depth=2)({"u": np.array([3.0, -2.0])})
        array([9., 4.])
    """

    def forward(self, theta: Mapping[str, Any]) -> Any:  # noqa: D102
        return theta["u"] ** self.depth

    def layout(self, unknowns: int) -> dict[str, Layer | list[Layer]]:  # noqa: D102
        return {"u": Layer((unknowns,), fan_in=1)}

    def mirror_theorem(self, theta0: Theta) -> Bias:
        """One exponential at depth 2, a power of a slack beyond: `Difference` from v₀ = 0."""
        nothing = np.zeros_like(theta0["u"])
        return mirror_maps.mirror_bias(mirror_maps.powers(theta0["u"], nothing, self.depth), _CITATION)

    def flow_map(self, theta: Theta, z: Vector) -> Theta:
        """u·exp(2z)."""
        return {"u": theta["u"] * np.exp(2 * z)}

    def leading_weights(self, theta0: Theta) -> np.ndarray:
        """Every u."""
        return theta0["u"]

    def start_for(self, potential: Potential, offset: Offset = 0.0) -> Theta | None:
        """The branch x ≥ 0 of an entropy at depth 2, of prices where x < 0 has none."""
        if self.depth == 1:
            return {"u": potential.rate * offset} if isinstance(potential, Quadratic) else None
        if isinstance(potential, WeightedL1):
            is_open = not np.isinf(potential.negative).all()
            return None if is_open else starts.direction({"u": potential.positive}, self.depth)
        found = starts.exponentials(potential, offset) if self.depth == 2 else None
        return None if found is None or found[1].any() else {"u": found[0]}

    def conserved(self, theta: Theta, system: LinearSystem) -> dict[str, np.ndarray]:
        """P_N of the mirror coordinate: u at depth 1, log|u| at depth 2, u^(2−D) beyond; none where a u is 0."""
        u = theta["u"]
        if self.depth == 1:
            return {"P_N u": system.project_null(u)}
        if not u.all():
            return {}
        if self.depth == 2:
            return {"P_N log|u|": system.project_null(np.log(np.abs(u)))}
        return {"P_N u^(2−D)": system.project_null(u ** (2.0 - self.depth))}

    def tangent_metric(self, theta: Theta, z: Vector) -> Vector:
        """M = D²·diag(u^(2D−2))."""
        return self.depth**2 * theta["u"] ** (2 * self.depth - 2) * z

    def metric_floor(self, theta0: Theta, system: LinearSystem) -> float:  # noqa: ARG002
        """1 at depth 1; 0 beyond, where a coordinate may come as near to 0 as it likes."""
        return 1.0 if self.depth == 1 else 0.0

    def response(self, theta0: Theta, x: Vector) -> Response:
        """∂x/∂log|u₀| = D·u^(2D−2)·u₀^(2−D) at fixed z, with u at the end."""
        if self.depth == 1:
            return response.even(len(x), self.line_rate)
        found = response.powers(theta0["u"], np.zeros_like(x), self.depth, x)
        return Response(found.mobility, {"log_u0": found.shifts[0]})

    def ball_map(self, theta0: Theta) -> list[BallMap]:
        """x = u₀ + z, u₀²·exp(4z), or a power of the slack."""
        from ridgeless._core.balls import ExponentialPair, Line, ball, power_branches

        if self.depth == 1:
            return [Line(ball(u), 1) for u in theta0["u"]]
        if self.depth == 2:
            return [ExponentialPair.of(ball(u) * ball(u), ball(0.0), 4) for u in theta0["u"]]
        return [power_branches([(1, u)], self.depth, self.depth) for u in theta0["u"]]

    def weights_at(self, theta0: Theta, x: Vector) -> Theta:
        """The D-th root of |x|, with the sign of u₀."""
        if self.depth == 1:
            return {"u": np.array(x)}
        return {"u": ends_of.powers(theta0["u"], np.zeros_like(x), self.depth, x)[0]}

    def constant(self, scale: float, unknowns: int) -> Theta:
        """Every entry of u at `scale`: x starts positive and stays so."""
        return {"u": np.full(unknowns, scale)}
