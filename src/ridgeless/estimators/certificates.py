"""What is proved of a fit."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class FitCertificate:
    """How far the fitted values of a penalised fit can be from those of the exact minimiser.

    With w = ∇Ψ(Xᵀν), Ψ the conjugate of Φ, the duality gap of min ½‖Xw − y‖² + λΦ(w) at (w, λν) is ½‖r‖² with
    r = λν + Xw − y: the terms of Φ and Ψ meet Fenchel's equality and cancel. The objective is strongly convex in Xw,
    so ‖X(w − w*)‖² ≤ 2·gap = ‖r‖². X and y are those of the solver, weighted and centred, n values in all.

    Attributes:
        distance: upper bound on ‖X(w − w*)‖/‖y‖, but for the rounding of r itself.
        is_certified: whether the distance is at most `within`.
        within: what a certified fit keeps.

    Example:
        >>> FitCertificate.of_penalty(remainder=1e-14, size=2.0)
        FitCertificate(distance=5e-15, is_certified=True, within=1e-10)
    """

    distance: float
    is_certified: bool
    within: float = 1e-10

    @classmethod
    def of_penalty(cls, remainder: float, size: float) -> FitCertificate:
        """From ‖r‖ and ‖y‖; a target of zeros is fitted exactly."""
        distance = remainder / size if size else remainder
        return cls(distance, distance <= 1e-10)
