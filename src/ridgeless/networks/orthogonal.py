"""Orthogonal layers: x = Q_1 … Q_L w."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ridgeless._core.arrays import Vector, norm
from ridgeless.errors import IncompatibleInitError, InvalidInputError
from ridgeless.networks import _sphere
from ridgeless.networks.base import Network, Theta, keep_whole
from ridgeless.networks.layers import Layer
from ridgeless.potentials import Bias, NoTheorem, Stall
from ridgeless.systems import LinearSystem

_ORTHOGONAL = 1e-8
# P_N x is x minus a projection: below this part of x it is rounding, and has no direction.
_ROUNDING = 1e-14


@dataclass(frozen=True)
class Orthogonal(Network):
    """Orthogonal layers x = Q_1 … Q_L w, Q_iᵀQ_i = I (Ablin 2020), trained by `RiemannianFlow` or `RiemannianDescent`.

    The limit is known from nearly every start. With ‖x₀‖ = ‖w‖ and A⁺b the solution of least norm:

    - w fixed: x∞ = A⁺b + √(‖w‖² − ‖A⁺b‖²)·P_N x₀/‖P_N x₀‖, whatever the depth. If ‖w‖ < ‖A⁺b‖ no solution is that
      short, and training stalls at (AᵀA + μI)⁻¹Aᵀb with μ > 0 from ‖x‖ = ‖w‖: `rl.limit` returns it as STALLED.
    - w trained: ‖P_N x∞‖² = (2/L)·W((L/2)‖P_N x₀‖² e^((L/2)(‖x₀‖² − ‖A⁺b‖²))) in the direction of P_N x₀, W being
      Lambert's. From ‖x₀‖ < ‖A⁺b‖ depth suppresses the null part by e^(−L(…)/4).

    From P_N x₀ = 0 (to 1e-12) a fixed w of another length leads to a saddle or a stall that is not computed here;
    starts at such a point are stationary, and rounding is what moves a training away from one.

    Attributes:
        depth: L ≥ 1.
        train_vector: whether w is trained, by plain gradients, along with the layers.

    Example:
        >>> import numpy as np
        >>> quarter_turn = np.array([[0.0, -1.0], [1.0, 0.0]])
        >>> Orthogonal(depth=2)({"Q": [quarter_turn, quarter_turn], "w": np.array([1.0, 2.0])})
        array([-1., -2.])
    """

    depth: int = 1
    train_vector: bool = True

    @classmethod
    def examples(cls) -> tuple[Orthogonal, ...]:  # noqa: D102
        return (*(cls(depth) for depth in (1, 2, 3, 4)), cls(train_vector=False))

    def __post_init__(self) -> None:
        keep_whole(self, "depth", least=1)
        if not isinstance(self.train_vector, (bool, np.bool_)):
            raise InvalidInputError(
                f"networks.Orthogonal: train_vector = {self.train_vector!r}; type True to train w with the layers, "
                "False to keep it."
            )

    @property
    def homogeneity(self) -> int:
        """1: layers that stay orthogonal have no size, and x scales as w does."""
        return 1

    def forward(self, theta: Mapping[str, Any]) -> Any:  # noqa: D102
        vector = theta["w"]
        for matrix in reversed(theta["Q"]):
            vector = matrix @ vector
        return vector

    def layout(self, unknowns: int) -> dict[str, Layer | list[Layer]]:  # noqa: D102
        square = Layer((unknowns, unknowns), fan_in=unknowns, is_orthogonal=True)
        return {"Q": [square] * self.depth, "w": Layer((unknowns,), fan_in=unknowns, is_trained=self.train_vector)}

    def checked(self, theta: Mapping[str, Any], unknowns: int) -> Theta:
        """Theta as fresh float64 arrays of the right shapes, the layers orthogonal to 1e-8.

        Raises:
            InvalidInputError: as for other networks, or ‖QᵀQ − I‖_F > 1e-8 for one of the layers.
        """
        found = super().checked(theta, unknowns)
        for index, matrix in enumerate(found["Q"]):
            distance = float(np.linalg.norm(matrix.T @ matrix - np.eye(unknowns)))
            if distance > _ORTHOGONAL:
                raise InvalidInputError(
                    f"{self}: theta['Q'][{index}] is not orthogonal: ‖QᵀQ − I‖ = {distance:.1e}. Pass "
                    "scipy.linalg.polar(Q)[0], the nearest matrix that is, or type rl.networks.Dense(...)."
                )
        return found

    def fitted(self, theta: Mapping[str, Any], unknowns: int) -> Theta:
        """Theta as fresh float64 arrays of the right shapes, whether orthogonal or not."""
        return super().checked(theta, unknowns)

    def theorem(self, theta0: Theta, system: LinearSystem) -> Bias | Stall | NoTheorem:  # noqa: D102
        start = np.asarray(self(theta0))
        if self.train_vector:
            found = _sphere.trained_vector(start, self.depth, system)
        else:
            found = _sphere.fixed_vector(start, norm(theta0["w"]), system)
        if not isinstance(found, Bias):
            return found
        apart = sum(float(np.linalg.norm(matrix.T @ matrix - np.eye(len(matrix)))) for matrix in theta0["Q"])
        longest = norm(start) + norm(system.min_norm()) + norm(found.offset)
        return replace(found, departure=found.departure + apart * longest)

    def vanishing_theorem(self, direction: Theta, system: LinearSystem) -> Bias | Stall | NoTheorem:
        """A⁺b as w vanishes, if w is trained; a short w that is not never reaches the solutions."""
        if self.train_vector:
            return super().vanishing_theorem(direction, system)
        return NoTheorem("orthogonal layers keep the length of w, and a short one never reaches the solutions")

    def conserved(self, theta: Theta, system: LinearSystem) -> dict[str, np.ndarray]:
        """The direction of P_N x; log‖P_N x‖² + (L/2)‖x‖², or ‖w‖ where w is fixed. NaN where P_N x is rounding."""
        x = np.asarray(self(theta))
        kept = system.project_null(x)
        length, size = norm(kept), norm(x)
        has_direction = length > _ROUNDING * size
        conserved = {"direction of P_N x": kept / length if has_direction else np.full_like(kept, np.nan)}
        if not self.train_vector:
            return {**conserved, "‖w‖": np.array(norm(theta["w"]))}
        potential = 2 * np.log(length) + self.depth / 2 * size**2 if has_direction else np.nan
        return {**conserved, "log‖P_N x‖² + (L/2)‖x‖²": np.array(potential)}

    def tangent_metric(self, theta: Theta, z: Vector) -> Vector:
        """M = (L/2)(‖x‖²I − x xᵀ) + I, without the last I where w is fixed; J being that along orthogonal matrices."""
        x = np.asarray(self(theta))
        turned = self.depth / 2 * (float(x @ x) * z - float(x @ z) * x)
        return turned + z if self.train_vector else turned

    def metric_floor(self, theta0: Theta, system: LinearSystem) -> float:  # noqa: ARG002
        """1 where w is trained; 0 where it is not: x never moves along itself."""
        return 1.0 if self.train_vector else 0.0

    def constant(self, scale: float, unknowns: int) -> Theta:  # noqa: ARG002, D102
        raise IncompatibleInitError(
            f"inits.Constant makes no start for {self}: a matrix of equal entries is not orthogonal. "
            "Type rl.inits.Gaussian(scale), or pass theta as a dict."
        )

    def imbalanced(self, first: float, second: float, unknowns: int, rng: np.random.Generator) -> Theta:  # noqa: ARG002, D102
        raise IncompatibleInitError(
            f"inits.Imbalanced makes no start for {self}: orthogonal layers all have the same size. "
            "Type rl.inits.Gaussian(scale), or rl.networks.Dense(hidden=1)."
        )
