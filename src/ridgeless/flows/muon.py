"""Muon: momentum, orthogonalised layer by layer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import optax
import optax.contrib

from ridgeless.flows._stepping_flow import OptaxFlow
from ridgeless.flows.base import layers_of
from ridgeless.networks import Network


@dataclass(frozen=True)
class Muon(OptaxFlow):
    """Muon (Jordan 2024) on matrices, Adam on vectors, by optax.

    The step of W_1 is Aᵀ(·) orthogonalised, which is again Aᵀ(·): P_N W_1 stays what it was. Its steps keep their
    length however small the gradient: the residual ends near η unless η is small.

    Attributes:
        step_size: η.
        max_steps: the budget.

    Example:
        >>> Muon(step_size=1e-3).max_steps
        100000
    """

    citation: ClassVar[str] = "Jordan et al. 2024"

    @classmethod
    def examples(cls) -> tuple[Muon, ...]:  # noqa: D102
        return (cls(max_steps=20_000),)

    def settles_on(self, network: Network) -> bool:
        """Vectors only: on matrices every step is as long as the step size, and hovers where others settle."""
        return super().settles_on(network) and all(len(layer.shape) == 1 for layer in layers_of(network))

    def transformation(self, step_size: Any) -> optax.GradientTransformation:  # noqa: D102
        return optax.contrib.muon(step_size)
