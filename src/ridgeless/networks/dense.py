"""The fully connected linear network: x = W_1 … W_h w."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from ridgeless._core.arrays import Vector, whole_number
from ridgeless.errors import InvalidInputError, NoEnclosureError
from ridgeless.networks._dense import reduction, theorem
from ridgeless.networks.base import Network, Theta, TrainingProblem, keep_whole
from ridgeless.networks.layers import Layer, checked_array
from ridgeless.potentials import Bias, NoTheorem
from ridgeless.systems import LinearSystem

if TYPE_CHECKING:
    from ridgeless._core.balls import BallMap


@dataclass(frozen=True)
class Dense(Network):
    """Fully connected linear network x = W_1 … W_h w, the model of Gruber and Avron 2024.

    The limit is known for h = 0; where P_N W_1 = 0, or no gradient meets it (it is A⁺b); for rank-one chains with
    δ_j ≥ 0, at any h; and for h = 1 with P_A W_1 = 0.

    Attributes:
        hidden: h ≥ 0, the number of matrices.
        width: columns of the matrices: one number, a tuple of h numbers, or None: min(d, 64) for an init, and
            whatever an explicit theta has.

    Example:
        >>> import numpy as np
        >>> network = Dense(hidden=1, width=2)
        >>> network({"W": [np.array([[1.0, 0.0], [0.0, 2.0], [1.0, 1.0]])], "w": np.array([1.0, 3.0])})
        array([1., 6., 4.])
    """

    hidden: int = 1
    width: int | tuple[int, ...] | None = None

    @classmethod
    def examples(cls) -> tuple[Dense, ...]:  # noqa: D102
        return tuple(cls(hidden) for hidden in (0, 1, 2, 3))

    def __post_init__(self) -> None:
        keep_whole(self, "hidden", least=0)
        if self.width is None:
            return
        if isinstance(self.width, (tuple, list)):
            widths = tuple(whole_number(m, "networks.Dense", "width", least=1) for m in self.width)
            if len(widths) != self.hidden:
                raise InvalidInputError(
                    f"networks.Dense: width = {self.width!r} names {len(widths)} layers and hidden = {self.hidden}; "
                    "type as many widths as hidden layers."
                )
            object.__setattr__(self, "width", widths)
        else:
            keep_whole(self, "width", least=1)

    @property
    def homogeneity(self) -> int:  # noqa: D102
        return self.hidden + 1

    def forward(self, theta: Mapping[str, Any]) -> Any:  # noqa: D102
        vector = theta["w"]
        for matrix in reversed(theta["W"]):
            vector = matrix @ vector
        return vector

    def layout(self, unknowns: int) -> dict[str, Layer | list[Layer]]:  # noqa: D102
        width = min(unknowns, 64) if self.width is None else self.width
        widths = width if isinstance(width, tuple) else (width,) * self.hidden
        sizes = (unknowns, *widths)
        matrices = [Layer((rows, columns), fan_in=columns) for rows, columns in pairwise(sizes)]
        return {"W": matrices, "w": Layer((sizes[-1],), fan_in=sizes[-1])}

    def checked(self, theta: Mapping[str, Any], unknowns: int) -> Theta:  # noqa: D102
        if self.width is not None or not isinstance(theta, Mapping) or set(theta) != {"W", "w"}:
            return super().checked(theta, unknowns)
        if not isinstance(theta["W"], (list, tuple)):
            raise InvalidInputError(f"{self}: theta['W'] is a {type(theta['W']).__name__}; pass a list of matrices.")
        if len(theta["W"]) != self.hidden:
            raise InvalidInputError(f"{self}: theta['W'] needs {self.hidden} matrices; it has {len(theta['W'])}.")
        matrices = [checked_array(self, "W", matrix) for matrix in theta["W"]]
        vector = checked_array(self, "w", theta["w"])
        shapes = [matrix.shape for matrix in matrices]
        if any(0 in shape for shape in shapes):
            raise InvalidInputError(f"{self}: theta['W'] holds layers of shapes {shapes}; type widths of at least 1.")
        rows = [shape[:1] for shape in shapes] + [vector.shape[:1]]
        columns = [(unknowns,)] + [shape[-1:] for shape in shapes]
        if any(len(shape) != 2 for shape in shapes) or vector.ndim != 1 or rows != columns:
            raise InvalidInputError(
                f"{self}: theta holds W of shapes {shapes} and w of shape {vector.shape}; W_1 … W_h w must be "
                f"defined and have shape ({unknowns},)."
            )
        return {"W": matrices, "w": vector}

    def theorem(self, theta0: Theta, system: LinearSystem) -> Bias | NoTheorem:  # noqa: D102
        return theorem.theorem(theta0, system)

    def conserved(self, theta: Theta, system: LinearSystem) -> dict[str, np.ndarray]:
        """P_N W_1, and W_iᵀW_i − W_(i+1)W_(i+1)ᵀ for neighbouring layers, with W_(h+1) = w."""
        factors = [*theta["W"], theta["w"][:, None]]
        null = system.project_null(factors[0])
        conserved = {"P_N W_1": null}
        for index, (left, right) in enumerate(pairwise(factors), start=1):
            conserved[f"W_{index}ᵀW_{index} − W_{index + 1}W_{index + 1}ᵀ"] = left.T @ left - right @ right.T
        return conserved

    def tangent_metric(self, theta: Theta, z: Vector) -> Vector:
        """M = Σ_i L_i L_iᵀ·‖R_i‖² with L_i = W_1 … W_(i−1) and R_i = W_(i+1) … w; for w itself L = W_1 … W_h."""
        vector, lefts, sizes = theta["w"], [z], []
        for matrix in theta["W"]:
            lefts.append(matrix.T @ lefts[-1])
        for matrix in reversed(theta["W"]):
            sizes.append(float(vector @ vector))
            vector = matrix @ vector
        moved = lefts.pop()
        for matrix, left, size in zip(reversed(theta["W"]), reversed(lefts), sizes, strict=True):
            moved = size * left + matrix @ moved
        return moved

    def metric_floor(self, theta0: Theta, system: LinearSystem) -> float:
        """1 for h = 0; for h = 1 λ_max(w wᵀ − W_1ᵀW_1), which bounds ‖w‖² for ever; at any h what a chain keeps."""
        if self.hidden == 0:
            return 1.0
        from_chain = theorem.metric_floor(theta0, system)
        return from_chain if self.hidden > 1 else max(from_chain, _imbalance(theta0["W"][0], theta0["w"]))

    def effective_start(self, theta0: Theta, theta: Theta, system: LinearSystem) -> Theta | None:  # noqa: ARG002
        """Theta0 itself without hidden layers, where every step lies in the row space of A; none known beyond."""
        return None if self.hidden else theta0

    def reduction(self, problem: TrainingProblem) -> TrainingProblem:
        """W_1 in the row space of A, and the hidden layer in the span that it can reach: exact, and free of d."""
        return reduction.reduced(problem, Dense(self.hidden)) if self.hidden else problem

    def most_growth(self, system: LinearSystem) -> float:  # noqa: ARG002
        """1: a small start ends at A⁺b itself."""
        return 1.0

    def ball_map(self, theta0: Theta) -> list[BallMap]:
        """x = w₀ + z without hidden layers; beyond, a refusal."""
        if self.hidden == 0:
            from ridgeless._core.balls import Line, ball

            return [Line(ball(weight), 1) for weight in theta0["w"]]
        raise NoEnclosureError(
            f"certificates.enclose: {self} mixes the entries of x, and its closed forms ask for layers of rank one, or "
            "inside the row space, exactly: matrices of float64 are so only to rounding. Direct, Difference, Power, "
            "Product and TwoBranch can be enclosed."
        )

    def weights_at(self, theta0: Theta, x: Vector) -> Theta:
        """W = x without hidden layers; beyond, a refusal."""
        return super().weights_at(theta0, x) if self.hidden else {"W": [], "w": np.array(x)}

    def imbalanced(self, first: float, second: float, unknowns: int, rng: np.random.Generator) -> Theta:
        """A rank-one chain in random directions: ‖W_1‖ = |u₀|, every later norm |v₀|."""
        if self.hidden == 0:
            return super().imbalanced(first, second, unknowns, rng)
        layout = self.layout(unknowns)
        matrices = layout["W"] if isinstance(layout["W"], list) else []
        directions = [_unit(rng.standard_normal(layer.shape[1])) for layer in matrices]
        lefts = [_unit(rng.standard_normal(unknowns)), *directions[:-1]]
        sizes = [first] + [second] * (self.hidden - 1)
        chain = [size * np.outer(left, right) for size, left, right in zip(sizes, lefts, directions, strict=True)]
        return {"W": chain, "w": second * directions[-1]}


def _imbalance(matrix: np.ndarray, vector: Vector) -> float:
    """λ_max(w wᵀ − W_1ᵀW_1), and 0 where it is negative."""
    # Of rank-one-minus-PSD only one eigenvalue can be positive; one that is 0 comes out as rounding.
    largest = float(np.linalg.eigvalsh(np.outer(vector, vector) - matrix.T @ matrix)[-1])
    rounding = len(vector) * np.finfo(float).eps * float(vector @ vector + np.sum(matrix**2))
    return largest if largest > rounding else 0.0


def _unit(vector: np.ndarray) -> np.ndarray:
    return vector / np.linalg.norm(vector)
