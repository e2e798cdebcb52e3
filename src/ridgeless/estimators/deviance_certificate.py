"""What is proved of a penalised classifier."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class DevianceCertificate:
    """How far the penalised log-likelihood of a fit can be from the best one.

    The primal is P(w, β) = Σ_i c_i·log(1 + exp(−s_i·η_i)) + λΦ(w) with η = Xw + β, labels s_i = ±1 and weights c_i.
    Its dual is D(a) = −Σ_i c_i·[b_i·log b_i + (1 − b_i)·log(1 − b_i)] − λΨ(Xᵀa/λ) over 0 ≤ b_i ≤ 1 and, where there is
    an intercept, 1ᵀa = 0; b_i = s_i·a_i/c_i, and Ψ is the conjugate of Φ. At w = ∇Ψ(Xᵀν) and a = λν the terms of Φ and
    Ψ meet Fenchel's equality and cancel, and with q_i = 1/(1 + exp(s_i·η_i)) there remains
    P − D = Σ_i c_i·KL(b_i ‖ q_i) − β·1ᵀa, which bounds P(w, β) less its minimum.

    Attributes:
        gap: upper bound on P(w, β) − min P, as a part of the loss without features; infinite where λν is not feasible.
        is_certified: whether the gap is at most `within`.
        within: what a certified fit keeps.

    Example:
        >>> DevianceCertificate.of_gap(gap=1e-20, null_loss=2.0)
        DevianceCertificate(gap=5e-21, is_certified=True, within=1e-12)
    """

    gap: float
    is_certified: bool
    within: float = 1e-12

    @classmethod
    def of_gap(cls, gap: float, null_loss: float) -> DevianceCertificate:
        """From a duality gap and the loss of the best constant, both sums over samples."""
        relative = gap / null_loss
        return cls(relative, relative <= 1e-12)
