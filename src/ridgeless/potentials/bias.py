"""The statement of a theorem on implicit bias, or the reason why there is none."""

from __future__ import annotations

from dataclasses import dataclass

from ridgeless.arrays import Vector
from ridgeless.potentials.base import Potential
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
    """

    potential: Potential
    offset: Vector
    citation: str
    assumptions: tuple[str, ...] = ()
    is_mirror_flow: bool = True
    ties: Branches | None = None


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
