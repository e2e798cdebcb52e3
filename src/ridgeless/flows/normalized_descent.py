"""Normalised gradient descent: every step is as long as the step size."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from ridgeless.flows import _jax, _steps
from ridgeless.flows._shrinking import ShrinkingFlow


@dataclass(frozen=True)
class NormalizedDescent(ShrinkingFlow):
    """θ ← θ − η·γ^k·∇L(θ)/‖∇L(θ)‖, with the norm over all weights (Hazan et al. 2015, arXiv 1507.02030).

    One number scales all entries of the gradient, so that the directions are those of gradient descent: P_N W_1 stays
    what it was, and on `Direct` the end is A⁺b + P_N x₀, whatever the schedule (isotropic preconditioning: Ghane,
    Akhtiamov and Hassibi 2026, arXiv 2603.10485). On deeper networks it is gradient flow in another time, up to the
    length of the steps: the end tends to that of gradient flow as η → 0.

    Steps of one length (γ = 1) hover around the solution at a distance of about η. While it hovers rounding grows, so
    that training on the row space alone, to rounding the same for gradient descent, is not the same here.

    Attributes:
        step_size: η, in units of θ.
        step_decay: γ, above 0 and at most 1; with γ < 1 the weights can move by η/(1 − γ) in all.
        max_steps: the budget.

    Raises:
        InvalidInputError: a field out of its range.

    Example:
        >>> NormalizedDescent(step_size=0.01, step_decay=0.999).step_decay
        0.999
    """

    citation: ClassVar[str] = "Hazan et al. 2015, arXiv 1507.02030"

    @classmethod
    def examples(cls) -> tuple[NormalizedDescent, ...]:  # noqa: D102
        return (cls(step_size=0.1, step_decay=0.998, max_steps=30_000),)

    def rule(self) -> _steps.Rule:
        """One step along the gradient over its norm."""
        return _steps.Rule("normalized", "NormalizedDescent", "normalised gradient descent", lambda _: (), _move)


def _move(gradient: Any, memory: Any, _: Any, step_size: Any) -> tuple[Any, Any]:
    size = norm_of(gradient)
    factor = step_size / _jax.jnp.where(size > 0, size, 1.0)
    return _jax.jax.tree.map(lambda leaf: -factor * leaf, gradient), memory


def norm_of(gradient: Any) -> Any:
    """The Euclidean norm over all leaves of a tree of JAX arrays."""
    return _jax.jnp.sqrt(sum(_jax.jnp.vdot(leaf, leaf) for leaf in _jax.jax.tree.leaves(gradient)))
