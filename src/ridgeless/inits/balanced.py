"""Balanced layers: W_iᵀW_i = W_(i+1)W_(i+1)ᵀ."""

from __future__ import annotations

from dataclasses import dataclass

from ridgeless._core.arrays import positive_number
from ridgeless.inits.base import Init
from ridgeless.inits.chain import aligned_chain
from ridgeless.networks import Network, Theta
from ridgeless.systems import LinearSystem


@dataclass(frozen=True)
class Balanced(Init):
    """The balanced start: W_iᵀW_i = W_(i+1)W_(i+1)ᵀ for every i, with W_(h+1) = w, and every norm at `scale`.

    It is a rank-one chain, and no other start is balanced: with a vector at the end, W_hᵀW_h = wwᵀ makes W_h, and then
    every layer, one of rank one. Gradient flow keeps the balance, and x∞ = A⁺b + s^(h/2)·P_N W_1 v_1 where
    (s − ‖P_N W_1‖²)s^h = ‖A⁺b‖² and v_1 is the direction of the rows of W_1. For `Dense`.

    Attributes:
        scale: norm of every layer, above 0, in units of x^(1/D): ‖x₀‖ = scale^(h+1).

    Example:
        >>> import numpy as np, ridgeless as rl
        >>> system = rl.LinearSystem(np.array([[1.0, 2.0]]), np.array([1.0]))
        >>> network = rl.networks.Dense(hidden=1, width=3)
        >>> theta0 = rl.inits.Balanced(0.5)(network, system)
        >>> bool(np.allclose(theta0["W"][0].T @ theta0["W"][0], np.outer(theta0["w"], theta0["w"])))
        True
    """

    scale: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "scale", positive_number(self.scale, "inits.Balanced", "scale"))

    def __call__(self, network: Network, system: LinearSystem, seed: int = 0) -> Theta:
        """theta0; the seed draws the directions."""
        return aligned_chain(network, system, (self.scale, self.scale), seed, "inits.Balanced")
