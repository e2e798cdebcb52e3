"""The entropy by which vanishing starts select one of several minimisers of their weighted ℓ1 norm."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Int

from ridgeless.potentials.branches import Branches, ExponentialProfile
from ridgeless.potentials.deep_entropy import DeepEntropy
from ridgeless.potentials.entropy import Entropy
from ridgeless.potentials.theorem import Bias

_CITATION = "next order of the theorem"
# Branches of one sign whose edges agree to this part, which is rounding, leave 0 together.
_TOGETHER = 1e-12
# A slack at which the elasticity of a profile equals its limit at the edge.
_AT_THE_EDGE = 1e-8


def next_order(ties: Branches, index: Int[np.ndarray, " m"], signs: Float[np.ndarray, " m"]) -> Bias:
    """The next term, as the scale vanishes, of the potential on coordinates that all leave 0 with known signs.

    At depth 2 it is Σ|x|·(log(|x|/P) − 1), with P·scale² the branch that grows; at depth D ≥ 3 it is −Σ|x|^(2/D).

    Args:
        ties: the mirror map's branches at scale 1, such as `bias.ties`.
        index: (m,) the coordinates.
        signs: (m,) their signs.

    Example:
        >>> one = Entropy(np.ones(2), rate=4.0).branches(np.zeros(2))
        >>> next_order(one, np.array([1]), np.ones(1)).potential
        Entropy(sign=[1], rate=4.0)
    """
    chosen = [_in_order(ties, which, sign) for which, sign in zip(index.tolist(), signs.tolist(), strict=True)]
    first = ties.select(np.array([order[0] for order in chosen]))
    if isinstance(ties.profile, ExponentialProfile):
        rate = float(first.slope[0])
        return Bias(Entropy(signs, rate), signs * (first.log_amplitude - first.start) / rate, _CITATION)
    # Near its edge a branch is coefficient·(edge − z)^(−q). On the face the edges lie in the row space, so that z may
    # be shifted by any multiple of them. A branch of the same sign with a later edge contributes nothing.
    near = first.start / first.slope
    second = [_distance(ties, order[1]) if len(order) > 1 else np.inf for order in chosen]
    far = np.where(np.array(second) <= near * (1 + _TOGETHER), near, np.inf)
    exponent = float(ties.profile.elasticity(np.array([_AT_THE_EDGE]))[0])
    coefficient = float(np.exp(first.log_amplitude[0]) * first.slope[0] ** -exponent)
    return Bias(DeepEntropy(signs, near, far, coefficient, exponent), np.zeros_like(near), _CITATION)


def _in_order(ties: Branches, coordinate: int, sign: float) -> np.ndarray:
    """The branches of one coordinate and sign, in the order in which they leave 0."""
    own = np.flatnonzero((ties.coordinate == coordinate) & (ties.sign == sign))
    return own[np.argsort([_distance(ties, branch) for branch in own])]


def _distance(ties: Branches, branch: np.integer) -> float:
    return float(ties.start[branch] / ties.slope[branch])
