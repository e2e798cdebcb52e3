"""The potential of products of three or more diagonal layers, from any start."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Float

from ridgeless._core.arrays import Vector
from ridgeless.potentials._layered_branches import layered_branches
from ridgeless.potentials._quadrature import Quadrature
from ridgeless.potentials.base import SeparablePotential
from ridgeless.potentials.branches import Branches


@dataclass(frozen=True)
class Layered(SeparablePotential):
    """Φ with mirror map x = c·∏_j √(c² + μ_j²), dc/dz = ∏_j √(c² + μ_j²), c(0) = c₀, and Φ* = c²/2.

    The product of L ≥ 3 layers: c is its smallest layer, with the sign of x, and the μ_j² = w_j² − c² are conserved.
    Both ends of the interval of z are finite, unless some μ_j = 0: then x keeps the sign it starts with. As the start
    shrinks, training finds the solution of least Σ t_i⁺·x_i⁺ + t_i⁻·x_i⁻, a weighted ℓ1 norm, with (−t_i⁻, t_i⁺) that
    interval (Zhao et al. 2026).

    Attributes:
        unit: (d,) λ_i > 0, the size of the largest layer, which is the unit of the others.
        start: (d,) c₀/λ between −1 and 1.
        imbalances: (L − 1, d) μ_j/λ ≥ 0, ascending in each column; a column with a 0 needs a start other than 0.

    Example:
        >>> import numpy as np
        >>> potential = Layered(unit=np.array([2.0]), start=np.zeros(1), imbalances=np.ones((2, 1)))
        >>> round(float(potential.conjugate_gradient(np.array([0.25]))[0]), 12)  # 8·tan(z)/cos²(z) at z = 1/2
        5.674756055484
    """

    unit: Vector
    start: Vector
    imbalances: Float[np.ndarray, "m d"]

    @classmethod
    def examples(cls) -> tuple[Layered, ...]:
        """Free coordinates, locked ones, equal layers, and products of five layers."""
        units, starts = np.array([0.3, 1.0, 2.0, 0.1, 0.7, 5.0]), np.array([0.0, 0.2, -0.5, 0.9, -1e-4, 0.01])
        gaps = np.array([[0.3, 1e-3, 0.2, 0.1, 0.5, 1e-7], [1.0, 0.98, 0.87, 0.4, 1.0, 1.0]])
        ties = np.array([[0, 0, 0, 1e-9, 0, 0], [0, 0, 0.4, 0, 0, 0.0], [0, 0.5, 0.8, 0.3, 0, 0.8]])
        return (
            cls(units, starts, gaps),
            cls(units, np.array([0.5, -0.5, 0.5, -0.5, 0.5, 0.5]), ties),
            cls(np.full(6, 1e-2), np.zeros(6), np.linspace(0.1, 1, 24).reshape(4, 6)),
        )

    def values(self, x: Vector) -> Vector:
        """x·z − c²/2 at z = ∇Φ(x); +inf for a sign that the start locks out."""
        log_c = self._log_size(x)
        with np.errstate(invalid="ignore"):  # 0·∞ at a locked x = 0, which is replaced below
            value = x * self._dual(np.sign(x), log_c) - self.energies(log_c)
        return np.where(self.is_outside(x), np.inf, np.where(x == 0, 0.0, value))

    def gradient(self, x: Vector) -> Vector:
        """∫ dc / ∏_j √(c² + μ_j²) from c₀ to the c of x; NaN for a sign that the start locks out."""
        return np.where(self.is_outside(x), np.nan, self._dual(np.sign(x), self._log_size(x)))

    def conjugates(self, z: Vector) -> Vector:
        """c²/2; +inf outside the interval."""
        return self.energies(self.position(z)[1])

    def conjugate_gradient(self, z: Vector) -> Vector:
        """x at z; ±inf outside the interval."""
        return self.entries(*self.position(z))

    def conjugate_curvature(self, z: Vector) -> Vector:
        """∏_j (c² + μ_j²)·(1 + Σ_j c²/(c² + μ_j²))."""
        with np.errstate(over="ignore"):
            return np.exp(self.log_slopes(self.position(z)[1]))

    def gradient_rounding(self, x: Vector) -> Vector:
        """eps·|x|/f', with the c that x itself gives."""
        with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
            rounding = np.exp(np.log(np.abs(x)) - self._log_slope(self._log_size(x)))
        return np.where((x == 0) | self.is_outside(x), 0.0, np.finfo(float).eps * rounding)

    def branches(self, offset: Vector) -> Branches:  # noqa: D102
        return layered_branches(self._quadrature, self.unit, (self.upper - offset, self.lower + offset), self._rate)

    def restricted(self, keep: np.ndarray) -> Layered:  # noqa: D102
        # The same object where possible, since it caches its integrals.
        return self if keep.all() else Layered(self.unit[keep], self.start[keep], self.imbalances[:, keep])

    @cached_property
    def upper(self) -> Vector:
        """t⁺ (d,), the z at which x_i → +∞; infinite where x_i stays negative."""
        return self._rate * self._unitless_ends[0]

    @cached_property
    def lower(self) -> Vector:
        """t⁻ (d,), with x_i → −∞ at z = −t_i⁻; infinite where x_i stays positive."""
        return self._rate * self._unitless_ends[1]

    def is_outside(self, x: Vector) -> np.ndarray:
        """Mask (d,) of the x_i whose sign the start locks out."""
        return ~self._quadrature.is_open & (x * self.start < 0)

    def position(
        self, z: Vector, ends: tuple[Vector, Vector] | None = None, guess: Vector | None = None
    ) -> tuple[Vector, Vector]:
        """The sign of c and log(|c|/λ) at z; ±∞ outside the interval.

        Args:
            z: (d,).
            ends: the distances of z from the upper and the lower end, where they are known better than from z.
            guess: approximate log(|c|/λ), where that is known.
        """
        quadrature, (upper, lower) = self._quadrature, self._unitless_ends
        scaled = z / self._rate
        middle = self._offset_of_start + scaled
        with np.errstate(invalid="ignore"):  # ∞ − ∞ where a locked x has come to 0
            known = (self._rate * upper - z, self._rate * lower + z) if ends is None else ends
            to_upper, to_lower = known[0] / self._rate, known[1] / self._rate
        is_up = np.where(quadrature.is_open, middle > 0, self.start > 0)
        sign = np.where(quadrature.is_open, np.sign(middle), np.sign(self.start))
        return sign, quadrature.solve(np.abs(middle), np.where(is_up, to_upper, to_lower), guess)

    def entries(self, sign: Vector, log_c: Vector) -> Vector:
        """x as a function of c."""
        with np.errstate(over="ignore"):
            return sign * np.exp(self._log_x(log_c))

    def log_slopes(self, log_c: Vector) -> Vector:
        """log f' as a function of c."""
        with np.errstate(invalid="ignore"):
            return np.where(log_c == np.inf, np.inf, self._log_slope(log_c))

    def energies(self, log_c: Vector) -> Vector:
        """c²/2, the conjugate as a function of c."""
        with np.errstate(over="ignore"):
            return (self.unit * np.exp(log_c)) ** 2 / 2

    @cached_property
    def _quadrature(self) -> Quadrature:
        return Quadrature(self.imbalances)

    @property
    def _rate(self) -> Vector:
        """λ^(2−L), the unit of z."""
        return self.unit ** (1.0 - len(self.imbalances))

    @cached_property
    def _unitless_ends(self) -> tuple[Vector, Vector]:
        near, total = np.exp(self._quadrature.log_above(self._log_start)), self._quadrature.total
        far = total + np.exp(self._quadrature.log_below(self._log_start))
        is_up = self.start >= 0
        return np.where(is_up, near, far), np.where(is_up, far, near)

    @property
    def _log_start(self) -> Vector:
        with np.errstate(divide="ignore"):
            return np.log(np.abs(self.start))

    def _log_x(self, log_c: Vector) -> Vector:
        return (len(self.imbalances) + 1) * np.log(self.unit) + log_c + self._quadrature.log_product(log_c)

    def _log_slope(self, log_c: Vector) -> Vector:
        return 2 * len(self.imbalances) * np.log(self.unit) + self._quadrature.log_slope(log_c)

    def _log_size(self, x: Vector) -> Vector:
        """log(|c|/λ) as a function of x."""
        with np.errstate(divide="ignore"):
            log_x = np.log(np.abs(x)) - (len(self.imbalances) + 1) * np.log(self.unit)
        return self._quadrature.solve_product(log_x)

    def _dual(self, sign: Vector, log_c: Vector) -> Vector:
        """z as a function of c, measured from the middle of the interval or from the nearer of its ends."""
        quadrature, (upper, lower) = self._quadrature, self._unitless_ends
        above, below = np.exp(quadrature.log_above(log_c)), np.exp(quadrature.log_below(log_c))
        with np.errstate(invalid="ignore"):  # ∞ − ∞ on the side that a locked coordinate does not have
            from_end = np.where(np.where(sign == 0, self.start, sign) > 0, upper - above, above - lower)
            from_middle = sign * below - self._offset_of_start
        return self._rate * np.where(below < above, from_middle, from_end)

    @cached_property
    def _offset_of_start(self) -> Vector:
        """The integral from 0 to c₀; 0 where that diverges."""
        below = np.exp(self._quadrature.log_below(self._log_start))
        return np.where(self._quadrature.is_open, np.sign(self.start) * below, 0.0)
