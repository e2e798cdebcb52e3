"""The potential of depth-D diagonal networks, D ≥ 3, on coordinates whose sign is locked."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.special

from ridgeless._core.arrays import Vector
from ridgeless.potentials.base import SeparablePotential
from ridgeless.potentials.branches import Branches, power_branches


@dataclass(frozen=True)
class DeepEntropy(SeparablePotential):
    """Φ with mirror map f(z) = sign·C·[(N − sign·z)^−q + (F − sign·z)^−q] on sign·z < N.

    `Power(depth=D)`, x = u^D, has one branch (F = ∞); u^D − v^D with D odd and u₀, v₀ of opposite signs has two
    that push the same way. q = D/(D−2), C = (D(D−2))^−q, and N ≤ F are the |u₀|^(2−D)/(D(D−2)).

    Attributes:
        sign: (d,) +1 or −1, the sign that training cannot leave.
        near: (d,) N_i > 0, where |x_i| → ∞.
        far: (d,) F_i ≥ N_i of the second branch, or ∞ without one.
        coefficient: C > 0.
        exponent: q > 1.

    Example:
        >>> import numpy as np
        >>> one = np.ones(1)
        >>> DeepEntropy(one, near=one, far=np.array([np.inf]), coefficient=1.0, exponent=3.0).gradient(8 * one)
        array([0.5])
    """

    sign: Vector
    near: Vector
    far: Vector
    coefficient: float
    exponent: float

    @classmethod
    def examples(cls) -> tuple[DeepEntropy, ...]:  # noqa: D102
        signs, starts = np.array([1.0, -1.0, 1.0, -1.0, 1.0, 1.0]), np.array([1e-8, 1e-3, 0.2, 1.0, 30.0, 1e5])
        endless = np.full(6, np.inf)
        return (
            cls(signs, starts, endless, coefficient=1 / 27, exponent=3.0),
            cls(-signs, starts, 3 * starts, coefficient=1 / 27, exponent=3.0),
            cls(signs, starts, endless, coefficient=1 / 64, exponent=2.0),
            cls(signs, starts, starts, coefficient=1.0, exponent=2.0),
        )

    def values(self, x: Vector) -> Vector:
        """x·z − Φ*(z) at z = ∇Φ(x); +inf on the wrong side of 0."""
        slack = self._slack(x)
        with np.errstate(invalid="ignore"):  # 0·∞ at x = 0, which is replaced below
            at_optimum = x * (self.sign * (self.near - slack)) - self._conjugates(slack)
        size = self.sign * x
        return np.where(size > 0, at_optimum, np.where(size == 0, 0.0, np.inf))

    def gradient(self, x: Vector) -> Vector:
        """f⁻¹(x); NaN for the locked-out sign, infinite at 0."""
        return self.sign * (self.near - self._slack(x))

    def conjugates(self, z: Vector) -> Vector:
        """C/(q−1)·[(N − sign·z)^(1−q) + (F − sign·z)^(1−q)]; +inf outside."""
        return self._conjugates(np.maximum(self.near - self.sign * z, 0.0))

    def conjugate_gradient(self, z: Vector) -> Vector:
        """f(z); sign·inf outside."""
        return self.sign * self.coefficient * self._sum(np.maximum(self.near - self.sign * z, 0.0), -self.exponent)

    def conjugate_curvature(self, z: Vector) -> Vector:
        """C·q·[(N − sign·z)^(−q−1) + (F − sign·z)^(−q−1)]."""
        slack = np.maximum(self.near - self.sign * z, 0.0)
        return self.coefficient * self.exponent * self._sum(slack, -self.exponent - 1)

    def gradient_rounding(self, x: Vector) -> Vector:
        """eps·|x|/f', with f' from the slack that x itself gives."""
        slope = self.coefficient * self.exponent * self._sum(self._slack(x), -self.exponent - 1)
        with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
            return np.where(x == 0, 0.0, np.finfo(float).eps * np.abs(x) / slope)

    def branches(self, offset: Vector) -> Branches:  # noqa: D102
        index = np.arange(len(self.sign))
        width = np.concatenate([self.near, self.far]) - np.tile(self.sign * offset, 2)
        sign = np.tile(self.sign, 2)
        finite = np.isfinite(width)
        width = np.where(finite, width, 1.0)
        both = power_branches(np.tile(index, 2), sign, width, self.coefficient, self.exponent)
        return both.select(finite)

    def restricted(self, keep: np.ndarray) -> DeepEntropy:  # noqa: D102
        return DeepEntropy(self.sign[keep], self.near[keep], self.far[keep], self.coefficient, self.exponent)

    def _sum(self, slack: Vector, power: float) -> Vector:
        with np.errstate(divide="ignore", over="ignore"):
            return slack**power + (slack + (self.far - self.near)) ** power

    def _conjugates(self, slack: Vector) -> Vector:
        return self.coefficient / (self.exponent - 1) * self._sum(slack, 1 - self.exponent)

    def _slack(self, x: Vector) -> Vector:
        """The slack p > 0 with C·[p^−q + (p + F − N)^−q] = |x|, by Newton in log p; NaN for the locked-out sign."""
        q, spread = self.exponent, self.far - self.near
        size = np.where(self.sign * x > 0, np.abs(x), np.nan)
        log_y = np.log(size / self.coefficient)
        log_p = -log_y / q
        for _ in range(60):
            p = np.exp(log_p)
            # The share of the far branch in the sum; 0 where there is none.
            share = scipy.special.expit(-q * np.log1p(spread / p))
            log_sum = -q * log_p - np.log1p(-share)
            slope = q * (1 - share + share / (1 + spread / p))
            step = (log_sum - log_y) / slope
            log_p = log_p + step
            if not np.any(np.abs(step) > 4e-16 * np.maximum(1.0, np.abs(log_p))):
                break
        return np.where(x == 0, np.inf, np.exp(log_p))
