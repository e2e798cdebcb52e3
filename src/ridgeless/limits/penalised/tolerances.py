"""The numbers of the penalised solver, each with its reason."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class PenaltyTolerances:
    """What the search for λ, and Newton's method at each λ, go by.

    Attributes:
        largest_step: the most that 1/λ grows from one λ to the next while the discrepancy is searched for.
        most_penalties: λ that are tried; `least_penalty` is reached in 22 of them.
        least_penalty: λ over the first one, below which the discrepancy is given up: rounding leaves no more to see.
        share: what Newton's method may leave of the equations at one λ, of the gap at the last one, or of the noise.
        most_factorised: an n × n Hessian of an array or a sparse matrix up to this size is factorised; above, products
            are cheaper.
        of_tangents: what conjugate gradients leave of a tangent: more costs more products, less costs another λ.
        smaller: from one λ to the next on the way from the start: x then changes by a factor that Newton's method
            takes in few steps.
        most_bent: the mirror map counts as nearly linear where its slope changes by no more than this factor.
        of_lanczos: factor by which a norm told by Lanczos iteration, to 1e-6 and from below, becomes an upper bound.
    """

    largest_step: float = 4.0
    most_penalties: int = 100
    least_penalty: float = 1e-13
    share: float = 0.02
    most_factorised: int = 2000
    of_tangents: float = 1e-2
    smaller: float = 4.0
    most_bent: float = 4.0
    of_lanczos: float = 1 + 1e-5


PENALTY_TOLERANCES = PenaltyTolerances()
