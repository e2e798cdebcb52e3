"""Sign descent: every weight moves by the same amount."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from ridgeless.flows import _jax, _steps
from ridgeless.flows._shrinking import ShrinkingFlow


@dataclass(frozen=True)
class SignDescent(ShrinkingFlow):
    """θ ← θ − η·γ^k·sign(∇L(θ)), steepest descent in the ℓ∞ norm (signSGD, Bernstein et al. 2018, arXiv 1802.04434).

    The limit of `Adam` and `RMSprop` without memory. It has conservation laws of its own, coordinate by coordinate:

    - On x = u∘v (`Product(2)`) both weights shrink or grow by one step together: |u| − |v| is conserved exactly, at
      every step size, until a weight crosses 0; each crossing changes it by at most 2η. Gradient flow conserves
      u² − v² instead.
    - On x = u² − v² (`Difference(2)`) one weight shrinks as the other grows: |u| + |v| is conserved while both are
      away from 0, and u·v is not. So x = (|u₀| + |v₀|)·(|u| − |v|).
    - On `Direct` from 0, if A·sign(Aᵀb) = c·b: the end is sign(Aᵀb)/c (Wilson et al. 2017, Lemma 3.1). In general it
      is not A⁺b, and it depends on the step size.

    Steps of one length (γ = 1) hover around the solution at a distance of about η.

    Attributes:
        step_size: η.
        step_decay: γ, above 0 and at most 1; with γ < 1 a weight can move by η/(1 − γ) in all.
        max_steps: the budget.

    Raises:
        InvalidInputError: a field out of its range.

    Example:
        >>> SignDescent(step_size=0.01, step_decay=0.999).step_decay
        0.999
    """

    citation: ClassVar[str] = "Bernstein et al. 2018, arXiv 1802.04434"

    @classmethod
    def examples(cls) -> tuple[SignDescent, ...]:  # noqa: D102
        return (cls(step_size=0.02, step_decay=0.998, max_steps=20_000),)

    def rule(self) -> _steps.Rule:
        """One step for the sign of each entry."""
        return _steps.Rule("sign", "SignDescent", "sign descent", lambda _: (), _move)


def _move(gradient: Any, memory: Any, _: Any, step_size: Any) -> tuple[Any, Any]:
    return _jax.jax.tree.map(lambda leaf: -step_size * _jax.jnp.sign(leaf), gradient), memory
