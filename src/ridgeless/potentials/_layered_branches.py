"""The mirror map of a product of layers as a difference of two monotone branches, X^± = (√(x² + k²) ± x)/2."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from ridgeless._core.arrays import Vector
from ridgeless.potentials._quadrature import Quadrature
from ridgeless.potentials.branches import Branches

# Beyond this log(x/k), asinh(x/k) = log(2x/k) to the last bit.
_FAR = 20.0
# A slack that rounding has moved past the other end of the interval is replaced by one this close to that end.
_SHORT = 1e-12

BranchVector = Float[np.ndarray, " m"]


@dataclass(frozen=True, eq=False)
class LayeredProfile:
    """F(s) ∝ X⁺ where the integral from c to ∞ is s·width; F(s) ≈ s^(−L/(L−2)) near s = 0.

    Every branch has a shape of its own.

    Attributes:
        quadrature: the integrals, one column for each branch.
        width: (m,) the integral from the start to ∞, so that slacks begin at 1.
    """

    quadrature: Quadrature
    width: BranchVector

    def log_value(self, slack: np.ndarray) -> np.ndarray:
        """log F(s)."""
        sign, log_c = self._position(slack)
        return self._log_branch(sign, log_c + self.quadrature.log_product(log_c)) - self.log_unit

    def slack(self, log_value: np.ndarray) -> np.ndarray:
        """The s with log F(s) = log_value."""
        sign, log_c = self._point(log_value)
        total = self.quadrature.total
        above = np.exp(self.quadrature.log_above(log_c))
        with np.errstate(invalid="ignore"):  # ∞ − a where only one sign is there
            return np.where(sign > 0, above, 2 * total - above) / self.width

    def elasticity(self, slack: np.ndarray) -> np.ndarray:
        """−s·F'(s)/F(s), positive."""
        return self._elasticity(slack, *self._position(slack))

    def elasticity_at(self, slack: np.ndarray, log_value: np.ndarray) -> np.ndarray:
        """The elasticity where log F(s) is known."""
        return self._elasticity(slack, *self._point(log_value))

    def leaves_zero(self, start: np.ndarray, slope: np.ndarray, degree: int) -> np.ndarray:  # noqa: ARG002
        """The z at which the slack is 0 and the product blows up: α^(2−L)·start/slope at scale α."""
        return start / slope

    def select(self, keep: np.ndarray) -> LayeredProfile:
        """On the branches of a mask."""
        return LayeredProfile(self.quadrature.restricted(keep), self.width[keep])

    def joined(self, others: list[LayeredProfile]) -> LayeredProfile:
        """The profile of these branches followed by those of the others."""
        every = [self, *others]
        imbalances = np.concatenate([each.quadrature.imbalances for each in every], axis=1)
        return LayeredProfile(Quadrature(imbalances), np.concatenate([each.width for each in every]))

    @property
    def log_unit(self) -> BranchVector:
        """log X⁺ where F = 1: the value at s = 1 of the power that F approaches."""
        power = len(self.quadrature.imbalances) - 1
        return -(power + 2) / power * np.log(self.width * power)

    @property
    def _log_knee(self) -> BranchVector:
        """log k, the size of x where the smallest layer is as large as its imbalance; −inf where the sign is locked."""
        logs = self.quadrature.log_imbalances
        return logs.sum(axis=0) + logs[0]

    def _position(self, slack: np.ndarray) -> tuple[BranchVector, BranchVector]:
        """The sign of c and log|c|, from the slack."""
        quadrature, total = self.quadrature, self.quadrature.total
        above = slack * self.width
        with np.errstate(invalid="ignore"):
            below = np.where(quadrature.is_open, total - above, np.inf)
            short = np.where(quadrature.is_open, np.maximum(2 * total - above, _SHORT * total), 0.0)
        to_end = np.where(below >= 0, above, short)
        return np.where(below >= 0, 1.0, -1.0), quadrature.solve(np.abs(below), to_end)

    def _point(self, log_value: np.ndarray) -> tuple[BranchVector, BranchVector]:
        """The sign of c and log|c|, from log F."""
        log_branch, log_knee = log_value + self.log_unit, self._log_knee
        with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
            angle = np.where(log_knee > -np.inf, log_branch - log_knee + np.log(2), np.inf)
            size = np.abs(angle)
            log_sinh = np.where(size > _FAR, size - np.log(2), np.log(np.sinh(np.minimum(size, _FAR))))
            log_x = np.where(np.isinf(angle), log_branch, log_knee + log_sinh)
        return np.where(angle >= 0, 1.0, -1.0), self.quadrature.solve_product(log_x)

    def _log_branch(self, sign: BranchVector, log_x: BranchVector) -> BranchVector:
        """log X⁺ = log(k/2) + asinh(x/k)."""
        log_knee = self._log_knee
        with np.errstate(invalid="ignore"):
            log_ratio = np.where(log_knee > -np.inf, log_x - log_knee, 0.0)
        near = np.arcsinh(np.exp(np.minimum(log_ratio, _FAR)))
        angle = np.where(log_ratio > _FAR, log_ratio + np.log(2), near)
        with np.errstate(invalid="ignore"):
            return np.where(log_knee > -np.inf, log_knee - np.log(2) + sign * angle, log_x)

    def _elasticity(self, slack: np.ndarray, sign: BranchVector, log_c: BranchVector) -> BranchVector:  # noqa: ARG002
        """s·f'/√(f² + k²)."""
        quadrature = self.quadrature
        log_x = log_c + quadrature.log_product(log_c)
        log_root = np.logaddexp(2 * log_x, 2 * self._log_knee) / 2
        return slack * self.width * np.exp(quadrature.log_slope(log_c) - log_root)


def layered_branches(quadrature: Quadrature, unit: Vector, widths: tuple[Vector, Vector], rate: Vector) -> Branches:
    """The branches of d products of layers.

    Args:
        quadrature: their integrals.
        unit: (d,) the unit of the layers.
        widths: the distances of z from the upper and the lower end of its interval; infinite where it is unbounded.
        rate: (d,) the unit of z.
    """
    layers = len(quadrature.imbalances) + 1
    width = np.concatenate(widths)
    is_there = np.isfinite(width)
    coordinate = np.tile(np.arange(len(unit)), 2)[is_there]
    width = width[is_there]
    profile = LayeredProfile(quadrature.restricted(coordinate), width / rate[coordinate])
    return Branches(
        coordinate=coordinate,
        sign=np.repeat([1.0, -1.0], len(unit))[is_there],
        log_amplitude=layers * np.log(unit[coordinate]) + profile.log_unit,
        start=np.ones(len(width)),
        slope=1 / width,
        profile=profile,
    )
