"""Plain linear regression: x itself is trained."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ridgeless._core.arrays import Vector
from ridgeless.networks._separable import response
from ridgeless.networks.base import Network, Offset, Response, Theta
from ridgeless.networks.layers import Layer
from ridgeless.potentials import Bias, NoTheorem, Potential, Quadratic
from ridgeless.systems import LinearSystem

if TYPE_CHECKING:
    from ridgeless._core.balls import BallMap


@dataclass(frozen=True)
class Direct(Network):
    """Plain linear regression, x = θ: training ends at the solution nearest to its start.

    x∞ = A⁺b + P_N x₀, for gradient flow and for gradient descent with any convergent step.

    Example:
        >>> import numpy as np
        >>> Direct()({"x": np.array([1.0, 2.0])})
        array([1., 2.])
    """

    @property
    def homogeneity(self) -> int:  # noqa: D102 - the base class tells
        return 1

    def forward(self, theta: Mapping[str, Any]) -> Any:  # noqa: D102
        return theta["x"]

    def layout(self, unknowns: int) -> dict[str, Layer | list[Layer]]:  # noqa: D102
        return {"x": Layer((unknowns,), fan_in=1)}

    def theorem(self, theta0: Theta, system: LinearSystem) -> Bias | NoTheorem:  # noqa: ARG002, D102
        return Bias(Quadratic(), theta0["x"], "Gruber and Avron 2024, arXiv 2402.02454, first context")

    def start_for(self, potential: Potential, offset: Offset = 0.0) -> Theta | None:
        """x₀ = c·offset for Φ = ‖x‖²/(2c)."""
        return {"x": potential.rate * offset} if isinstance(potential, Quadratic) else None

    def conserved(self, theta: Theta, system: LinearSystem) -> dict[str, np.ndarray]:
        """P_N x."""
        return {"P_N x": system.project_null(theta["x"])}

    def tangent_metric(self, theta: Theta, z: Vector) -> Vector:  # noqa: ARG002, D102 - M = I
        return z

    def metric_floor(self, theta0: Theta, system: LinearSystem) -> float:  # noqa: ARG002, D102
        return 1.0

    def effective_start(self, theta0: Theta, theta: Theta, system: LinearSystem) -> Theta:  # noqa: ARG002
        """Theta0 itself: every step lies in the row space of A, however long it is."""
        return theta0

    def response(self, theta0: Theta, x: Vector) -> Response:  # noqa: ARG002
        """x = x₀ + z."""
        return response.even(len(x), 1.0)

    def ball_map(self, theta0: Theta) -> list[BallMap]:
        """x = x₀ + z."""
        from ridgeless._core.balls import Line, ball

        return [Line(ball(start), 1) for start in theta0["x"]]

    def weights_at(self, theta0: Theta, x: Vector) -> Theta:  # noqa: ARG002, D102
        return {"x": np.array(x)}

    def constant(self, scale: float, unknowns: int) -> Theta:
        """Every entry of x at `scale`."""
        return {"x": np.full(unknowns, scale)}
