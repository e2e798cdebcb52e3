"""Whether each layer of a network with one hidden layer is optimal given the other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ridgeless._core.arrays import norm
from ridgeless._core.extremes import within_float64
from ridgeless.errors import InvalidInputError
from ridgeless.networks import Dense
from ridgeless.systems import LinearSystem

_OPTIMAL = 1e-8
# At a bi-optimal point AW has rank one: its other singular values come from rounding or from training stopped early,
# and must not be inverted.
_NEGLIGIBLE = 1e-8


@dataclass(frozen=True)
class BiOptimality:
    """How far x = W w is from a bi-optimal solution of A x = b, where each layer is the shortest given the other.

    Attributes:
        matrix_misfit: ‖W − argmin{‖W‖_F : A W w = b}‖/‖W‖, with the argmin A⁺b·wᵀ/‖w‖²; infinite where w = 0 and
            b ≠ 0, since no W solves then.
        vector_misfit: ‖w − argmin{‖w‖ : A W w = b}‖/‖w‖, with the argmin (AW)⁺b.
        residual: ‖A W w − b‖/‖b‖.
    """

    matrix_misfit: float
    vector_misfit: float
    residual: float

    @property
    def is_bi_optimal(self) -> bool:
        """Whether all three are at most 1e-8, the bound of a certificate."""
        return max(self.matrix_misfit, self.vector_misfit, self.residual) <= _OPTIMAL


@within_float64
def bi_optimality(system: Any, theta: Any) -> BiOptimality:
    """Measure both conditions of bi-optimality (Gruber and Avron 2024, arXiv 2402.02454) at theta.

    The bi-optimal set is {(A⁺b·wᵀ/‖w‖², w) : w ≠ 0}: the first condition makes W of rank one and implies the second.
    Gradient flow ends there exactly where P_N W = 0 and the stack (W; wᵀ) has rank one at the start.

    Args:
        system: A x = b.
        theta: {"W": [W], "w": w} of a `Dense(hidden=1)`, such as `solution.theta`.

    Raises:
        InvalidInputError: another number of hidden layers, arrays that do not fit, no `LinearSystem`.
        InconsistentSystemError: no x solves the system.

    Example:
        >>> import numpy as np, ridgeless as rl
        >>> system = rl.LinearSystem(np.array([[1.0, 0.0]]), np.array([2.0]))
        >>> bi_optimality(system, {"W": [np.array([[2.0], [0.0]])], "w": np.array([1.0])})
        BiOptimality(matrix_misfit=0.0, vector_misfit=0.0, residual=0.0)
        >>> bi_optimality(system, {"W": [np.array([[2.0], [2.0]])], "w": np.array([1.0])}).is_bi_optimal
        False
    """
    if not isinstance(system, LinearSystem):
        raise InvalidInputError(f"bi_optimality: system is a {type(system).__name__}; pass rl.LinearSystem(A, b).")
    matrix, vector = _layers(theta, system.shape[1])
    size = norm(vector)
    shortest = system.min_norm()
    if size > 0:
        best_matrix = np.outer(shortest / size, vector / size)
        matrix_misfit = _relative(matrix, best_matrix)
    else:
        matrix_misfit = np.inf if shortest.any() else _relative(matrix, np.zeros_like(matrix))
    images = np.column_stack([system.matvec(column) for column in matrix.T])
    best_vector = np.linalg.lstsq(images, system.b, rcond=_NEGLIGIBLE)[0]
    return BiOptimality(matrix_misfit, _relative(vector, best_vector), system.residual(matrix @ vector))


def _layers(theta: Any, unknowns: int) -> tuple[np.ndarray, np.ndarray]:
    if isinstance(theta, Mapping) and isinstance(theta.get("W"), (list, tuple)) and len(theta["W"]) != 1:
        raise InvalidInputError(
            f"bi_optimality: theta has {len(theta['W'])} hidden layers, and bi-optimality is defined for one; "
            "pass theta of rl.networks.Dense(hidden=1)."
        )
    checked = Dense(hidden=1).checked(theta, unknowns)
    return checked["W"][0], checked["w"]


def _relative(found: np.ndarray, best: np.ndarray) -> float:
    """‖found − best‖/‖found‖, and 0 where both vanish."""
    distance, size = norm(np.ravel(found - best)), norm(np.ravel(found))
    if size > 0:
        return distance / size
    return 0.0 if distance == 0 else float("inf")
