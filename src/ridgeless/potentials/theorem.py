"""The statement of a theorem on implicit bias, or the reason why there is none."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ridgeless._core.arrays import Vector
from ridgeless.potentials.base import Potential, SeparablePotential
from ridgeless.potentials.branches import Branches


@dataclass(frozen=True)
class Bias:
    """The theorem x∞ = argmin Φ(x) − ⟨offset, x⟩ over A x = b, that is ∇Φ(x∞) − offset ∈ row(A).

    Attributes:
        potential: Φ.
        offset: (d,) what the start leaves in the answer (`Direct`: x₀ itself).
        citation: author, year, where.
        assumptions: what the theorem asks for, beyond gradient flow reaching zero loss.
        is_mirror_flow: whether ∇Φ(x(t)) = offset + Aᵀν(t), ν' = b − Ax, holds at every time of training, not
            only at its end. Then training has dual coordinates.
        ties: where Φ has many minimisers, the branches whose entropies tell which one is meant.
        departure: by how much the limit may differ from the minimiser, where a start has only to rounding what the
            theorem asks for; 0 where it asks for nothing that rounding can take away.
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

    def vanishing(self, degree: int) -> Bias | NoTheorem:
        """Where training ends as the start shrinks to 0 along its direction, this being the theorem at scale 1.

        Args:
            degree: D with x(t·theta) = t^D·x(theta).
        """
        potential = self.potential
        smaller = potential.vanishing(self.offset, degree)
        if smaller is None:
            return NoTheorem(f"no theorem tells where {type(potential).__name__} starts go as their scale vanishes")
        # An edge that many coordinates share leaves a choice, which the branches themselves make.
        ties = potential.branches(self.offset) if isinstance(potential, SeparablePotential) else None
        citation = potential.vanishing_citation or self.citation
        nothing = np.zeros_like(self.offset)
        return replace(self, potential=smaller, offset=nothing, citation=citation, ties=ties, vanishing_degree=degree)


@dataclass(frozen=True, eq=False)
class Stall:
    """The theorem that training ends at x, where no weight moves any more though A x ≠ b.

    Attributes:
        x: (d,) where training rests.
        reason: why it cannot go on, and what to do about it.
        citation: author, year, where.
    """

    x: Vector
    reason: str
    citation: str


@dataclass(frozen=True)
class NoTheorem:
    """Why no theorem gives the limit from this start.

    Attributes:
        reason: the test that failed, and by how much.
        advice: what to do instead.
    """

    reason: str
    advice: str = "Train it: rl.train(system, network, init, rl.flows.GradientFlow())."
