"""Theorems on implicit bias as data: `Bias`, `Stall` for training that stops short, `NoTheorem` where none is known."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Bool

from ridgeless._core.arrays import Vector
from ridgeless._core.brief import brief
from ridgeless.potentials.base import Potential, SeparablePotential
from ridgeless.potentials.branches import Branches


@dataclass(frozen=True)
class Bias:
    """The theorem x∞ = argmin Φ(x) − ⟨offset, x⟩ over A x = b, that is ∇Φ(x∞) − offset ∈ row(A).

    Attributes:
        potential: Φ.
        offset: (d,) the contribution of the start (`Direct`: x₀ itself).
        citation: author, year, where.
        assumptions: what the theorem assumes, beyond gradient flow reaching zero loss.
        is_mirror_flow: whether ∇Φ(x(t)) = offset + Aᵀν(t), ν' = b − Ax, holds at every time of training, not
            only at its end. Then training has dual coordinates.
        ties: where Φ has many minimisers, the branches whose entropies select the limit among them.
        departure: bound on the distance between the limit and the minimiser, where the start meets an assumption of
            the theorem only up to rounding; 0 elsewhere.
        vanishing_degree: the D of starts whose scale vanishes, x(t·theta) = t^D·x(theta); None where the start is what
            it is.
    """

    potential: Potential
    offset: Vector
    citation: str
    assumptions: tuple[str, ...] = ()
    is_mirror_flow: bool = True
    ties: Branches | None = None
    departure: float = 0.0
    vanishing_degree: int | None = None

    __repr__ = brief

    def restricted(self, keep: Bool[np.ndarray, " d"]) -> Bias:
        """The theorem on the coordinates that the mask keeps."""
        ties = None if self.ties is None else self.ties.on(keep)
        return replace(self, potential=self.potential.restricted(keep), offset=self.offset[keep], ties=ties)

    def vanishing(self, degree: int) -> Bias | NoTheorem:
        """The theorem for the limit of vanishing starts along a direction; this one is the theorem at scale 1.

        Args:
            degree: D with x(t·theta) = t^D·x(theta).
        """
        potential = self.potential
        smaller = potential.vanishing(self.offset, degree)
        if smaller is None:
            return NoTheorem(f"no theorem tells where {type(potential).__name__} starts go as their scale vanishes")
        # The weighted ℓ1 norm may have several minimisers; the branches then select one of them.
        ties = potential.branches(self.offset) if isinstance(potential, SeparablePotential) else None
        citation = potential.vanishing_citation or self.citation
        nothing = np.zeros_like(self.offset)
        return replace(self, potential=smaller, offset=nothing, citation=citation, ties=ties, vanishing_degree=degree)


@dataclass(frozen=True, eq=False)
class Stall:
    """The theorem that training converges to x although A x ≠ b, because every gradient vanishes there.

    Attributes:
        x: (d,) where training stops.
        reason: why it stops there, and what to do about it.
        citation: author, year, where.
    """

    x: Vector
    reason: str
    citation: str

    __repr__ = brief


@dataclass(frozen=True)
class NoTheorem:
    """Why no theorem gives the limit from this start.

    Attributes:
        reason: the test that failed, and by how much.
        advice: what to do instead.
    """

    reason: str
    advice: str = "Train it: rl.train(system, network, init, rl.flows.GradientFlow())."
