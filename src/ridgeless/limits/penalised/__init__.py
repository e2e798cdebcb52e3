"""Penalised least squares with the potential of a network: between the start of training and its limit.

x(λ) = argmin ½‖b − A x‖² + λ·(Φ(x) − ⟨offset, x⟩) leads from the start (λ → ∞) to the limit of training (λ → 0). `dual`
states the problem, `discrepancy` finds the λ at which ‖A x − b‖ is the size of the noise, `bounds` tells how far x may
be from the minimiser.
"""

from ridgeless.limits.penalised.bounds import distance_bound
from ridgeless.limits.penalised.discrepancy import End, Penalised, at_discrepancy
from ridgeless.limits.penalised.dual import at_penalty, has_dual

__all__ = ["End", "Penalised", "at_discrepancy", "at_penalty", "distance_bound", "has_dual"]
