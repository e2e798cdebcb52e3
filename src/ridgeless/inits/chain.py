"""Rank-one chains: every layer of rank one and aligned with its neighbours, as in a network of width one."""

from __future__ import annotations

from dataclasses import dataclass

from ridgeless._core.arrays import positive_number
from ridgeless.inits._dense import dense_network, random_unit
from ridgeless.inits.base import Init, generator
from ridgeless.networks import Network, Theta
from ridgeless.systems import LinearSystem


@dataclass(frozen=True)
class Chain(Init):
    """A rank-one chain: W_1 = scale·u v_1ᵀ, W_j = ratio·scale·v_(j−1) v_jᵀ, w = ratio·scale·v_h, directions random.

    Training keeps every layer of rank one, with δ_j = a_j² − ‖W_1‖² conserved, here scale²(ratio² − 1) for every j.
    Where ratio ≥ 1 the limit is known at every depth: x∞ = A⁺b + a^h·P_N(scale·u), with a² = s + δ and
    (s − ‖P_N(scale·u)‖²)(s + δ)^h = ‖A⁺b‖². For ratio < 1 layers may pass through 0 and change sign on the way, and
    no theorem applies. For `Dense`; with hidden = 0 it is w = scale·u, plain regression.

    Attributes:
        scale: ‖W_1‖, above 0, in units of x^(1/D).
        ratio: norm of every later layer over that of W_1, above 0.

    Example:
        >>> import numpy as np, ridgeless as rl
        >>> system = rl.LinearSystem(np.array([[1.0, 2.0]]), np.array([1.0]))
        >>> theta0 = rl.inits.Chain(0.5)(rl.networks.Dense(hidden=2, width=3), system)
        >>> [float(np.linalg.norm(layer).round(12)) for layer in [*theta0["W"], theta0["w"]]]
        [0.5, 1.0, 1.0]
    """

    scale: float
    ratio: float = 2.0

    @classmethod
    def examples(cls) -> tuple[Chain, ...]:
        """One whose limit is known, and one whose layers may pass through 0."""
        return cls(scale=0.3), cls(scale=0.3, ratio=0.8)

    def __post_init__(self) -> None:
        object.__setattr__(self, "scale", positive_number(self.scale, "inits.Chain", "scale"))
        object.__setattr__(self, "ratio", positive_number(self.ratio, "inits.Chain", "ratio"))

    def __call__(self, network: Network, system: LinearSystem, seed: int = 0) -> Theta:
        """theta0; the seed draws the directions."""
        return aligned_chain(network, system, (self.scale, self.ratio * self.scale), seed, "inits.Chain")


def aligned_chain(network: Network, system: LinearSystem, sizes: tuple[float, float], seed: int, call: str) -> Theta:
    """A rank-one chain in random directions.

    Args:
        network: a `Dense` one.
        system: gives the number of unknowns.
        sizes: ‖W_1‖, and the norm of every later layer.
        seed: of the directions.
        call: who asks, for error messages.

    Raises:
        IncompatibleInitError: another network.
    """
    chained, unknowns = dense_network(network, call), system.shape[1]
    if chained.hidden == 0:
        return {"W": [], "w": sizes[0] * random_unit(generator(seed), unknowns)}
    return chained.imbalanced(*sizes, unknowns, generator(seed))
