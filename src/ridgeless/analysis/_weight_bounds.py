"""Bounds on weighted projections that hold for all diagonal weights between two given ones.

Let P = N(Nᵀ W⁻¹ N)⁻¹Nᵀ and L = W Aᵀ(A W Aᵀ)⁻¹ for any W between two diagonal matrices. In the columns S and R of
`analysis/_weighted_qr.py`, with M = W_S^(−1/2) T W_R^(1/2) and G = I + M Mᵀ,

    P [0; φ] = [−T; I] (W_R − W_R Tᵀ W_S^(−1/2) G⁻¹ W_S^(−1/2) T W_R) φ,
    L right = [W_S; W_R Tᵀ] W_S^(−1/2) G⁻¹ W_S^(−1/2) A_S⁻¹ right.

Two facts bound these for every such W. G⁻¹ = I − Q with 0 ≤ Q ≤ min(I, M Mᵀ), so that |G⁻¹| ≤ I + μ μᵀ for
μ_k = min(1, ‖row k of M‖). And P grows with W, with 0 ≤ P ≤ W and P_SS ≤ T W_R Tᵀ, so that by Cauchy and Schwarz
|P_ij| ≤ c_i c_j with c² those diagonals at the upper weights. The first follows the grading, the second has no factor
of T: the smaller of the two counts, entry by entry.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ridgeless._core.arrays import Vector
from ridgeless.analysis._weighted_qr import Basic, Basis, Rest


@dataclass(frozen=True, eq=False)
class WeightBounds:
    """All diagonal W between two bounds, and how large P and L can be for any of them.

    Attributes:
        basis: S and R.
        lower: (d,) at least 0.
        upper: (d,).
    """

    basis: Basis
    lower: Vector
    upper: Vector

    def free(self, free: Rest) -> Vector:
        """Bound on |P [0; φ]| for every |φ| ≤ free."""
        outer, sizes = self.upper[self.basis.rest], self.basis.sizes
        moved = outer * free
        seen = sizes @ moved
        spread = self._spread(seen)
        others = moved + outer * (sizes.T @ (seen / self._low + spread / self._bottom))
        graded = self.basis.joined(seen + self._top * spread, others)
        return _least(graded, self._caps * float(self._caps[self.basis.rest] @ free))

    def lift(self, seen: Basic) -> Vector:
        """Bound on |L right| for every |A_S⁻¹ right| ≤ seen."""
        spread, outer = self._spread(seen), self.upper[self.basis.rest]
        others = outer * (self.basis.sizes.T @ (seen / self._low + spread / self._bottom))
        graded = self.basis.joined(seen + self._top * spread, others)
        return _least(graded, np.sqrt(self.upper) * float(np.linalg.norm(seen / self._bottom)))

    def stretch(self, weights: Vector) -> Vector:
        """|f'/W − 1| at most, (d,)."""
        ends = np.maximum(weights / self.lower - 1, 1 - weights / self.upper)
        return np.where(weights > 0, ends, 1.0)

    def _spread(self, seen: Basic) -> Basic:
        """The vector μ μᵀ W_S^(−1/2)·seen."""
        return self._mu * float(self._mu @ (seen / self._bottom))

    @property
    def _low(self) -> Basic:
        return self.lower[self.basis.basic]

    @property
    def _bottom(self) -> Basic:
        return np.sqrt(self._low)

    @property
    def _top(self) -> Basic:
        return np.sqrt(self.upper[self.basis.basic])

    @cached_property
    def _mu(self) -> Basic:
        return np.minimum(1.0, np.sqrt(self._reached) / self._bottom)

    @cached_property
    def _reached(self) -> Basic:
        """The diagonal of T W_R Tᵀ at most."""
        return self.basis.sizes**2 @ self.upper[self.basis.rest]

    @cached_property
    def _caps(self) -> Vector:
        inner = np.minimum(self.upper[self.basis.basic], self._reached)
        return np.sqrt(self.basis.joined(inner, self.upper[self.basis.rest]))


def _least(first: Vector, second: Vector) -> Vector:
    """The smaller of two bounds; what is not a number bounds nothing."""
    return np.minimum(np.where(np.isnan(first), np.inf, first), np.where(np.isnan(second), np.inf, second))
