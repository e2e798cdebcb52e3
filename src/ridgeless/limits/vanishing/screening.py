"""A screening rule for the active-set path: finds the coordinate that enters next without a full product with A.

While x rests on a saddle, s = Aᵀν moves linearly in time; the next event is the first s_i to reach the edge of its box.
A Cauchy–Schwarz bound on s_i rules out most columns, as safe screening rules do for the Lasso, so that only a few are
multiplied at each jump of `saddle_to_saddle`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.linalg as sl
from jaxtyping import Bool, Float, Int

from ridgeless._core.arrays import Dual, Matrix, norm
from ridgeless.limits.tolerances import TOLERANCES
from ridgeless.potentials import WeightedL1

# One entry for each coordinate whose s_i is computed.
Followed = Float[np.ndarray, " m"]


@dataclass(frozen=True)
class Event:
    """The arrival of one coordinate at the edge of its box.

    Attributes:
        delay: the time until then; infinite where no coordinate ever arrives.
        index: the coordinate.
        sign: the edge, +1 or −1.
    """

    delay: float
    index: int
    sign: float


NEVER = Event(np.inf, -1, 0.0)


class Screen:
    """Finds when the first coordinate of s = Aᵀν, with dν/dt = r, meets the edge of its box −negative ≤ s ≤ positive.

    A full product with A gives s and its speed u = Aᵀr for all coordinates at a reference (ν₀, r₀). After that only
    columns that may come next are multiplied. All others are bounded by |s_i − (s₀ + τu₀)_i| ≤ ‖a_i‖·‖ν − ν₀ − τr₀‖,
    and because the bound is convex in time, a coordinate that it keeps inside its box at the next event was inside all
    along.

    Each call of `next_event` assumes that time has passed to the event before, and updates s without a product.
    """

    def __init__(self, A: Matrix, rhs: Dual, box: WeightedL1) -> None:
        self.A, self.box = A, box
        self.sizes = np.sqrt(np.einsum("ij,ij->j", A, A))
        self.speed_rounding = TOLERANCES.rounding * norm(rhs)
        self.followed: Int[np.ndarray, " m"] = np.empty(0, dtype=int)
        self.is_followed: Bool[np.ndarray, " d"] = np.zeros(A.shape[1], dtype=bool)
        self._columns = np.empty((A.shape[0], TOLERANCES.followed), order="F")
        self._s, self._u, self._delay = np.empty(0), np.empty(0), 0.0

    def next_event(self, nu: Dual, residual: Dual, is_excluded: Bool[np.ndarray, " d"]) -> Event:
        """The first arrival of a coordinate outside the mask `is_excluded`."""
        if len(self.followed) == 0:
            return self._event_by_full_product(nu, residual, is_excluded)
        self._s = self._s + self._delay * self._u
        self._u = pull_back(self._columns[:, : len(self.followed)], residual)
        event = self._earliest(self._s, self._u, self.followed, is_excluded)
        unscreened = self._unscreened(nu, residual, event.delay, is_excluded)
        if len(self.followed) + len(unscreened) > max(
            TOLERANCES.most_followed * self.A.shape[1], 2 * TOLERANCES.followed
        ):
            return self._event_by_full_product(nu, residual, is_excluded)
        if len(unscreened):
            columns = self._follow(unscreened)
            self._s = np.concatenate([self._s, pull_back(columns, nu)])
            self._u = np.concatenate([self._u, pull_back(columns, residual)])
            event = self._earliest(self._s, self._u, self.followed, is_excluded)
        self._delay = event.delay
        return event

    def arrivals(self, s: Followed, u: Followed, index: Any) -> Followed:
        """The time until each coordinate of `index` reaches the edge that it moves to; infinite where it rests."""
        least = self.speed_rounding * self.sizes[index]
        with np.errstate(divide="ignore", invalid="ignore"):
            up = np.where(u > least, (self.box.positive[index] - s) / u, np.inf)
            down = np.where(u < -least, (self.box.negative[index] + s) / -u, np.inf)
        return np.maximum(np.minimum(up, down), 0.0)

    def _earliest(self, s: Followed, u: Followed, index: np.ndarray, is_excluded: Bool[np.ndarray, " d"]) -> Event:
        """The first arrival among the coordinates of `index`, given their s and speeds u."""
        delays = np.where(is_excluded[index], np.inf, self.arrivals(s, u, index))
        first = int(np.argmin(delays))
        if not np.isfinite(delays[first]):
            return NEVER
        return Event(float(delays[first]), int(index[first]), float(np.sign(u[first])))

    def _event_by_full_product(self, nu: Dual, residual: Dual, is_excluded: Bool[np.ndarray, " d"]) -> Event:
        """The next event by a full product with A, which becomes the reference; picks the columns to multiply later."""
        s, u = pull_back(self.A, nu), pull_back(self.A, residual)
        self._reference = nu.copy(), residual.copy(), s, u
        everything = np.arange(self.A.shape[1])
        event = self._earliest(s, u, everything, is_excluded)
        delays = np.where(is_excluded, np.inf, self.arrivals(s, u, everything))
        count = min(TOLERANCES.followed, len(delays))
        nearest = np.argpartition(delays, count - 1)[:count]
        self.followed, self.is_followed[:] = np.empty(0, dtype=int), False
        self._follow(nearest)
        self._s, self._u, self._delay = s[nearest], u[nearest], event.delay
        return event

    def _unscreened(self, nu: Dual, residual: Dual, delay: float, is_excluded: Bool[np.ndarray, " d"]) -> np.ndarray:
        """Coordinates whose s_i is not computed and which the bound does not keep inside the box until the event."""
        if not np.isfinite(delay):
            return np.flatnonzero(~self.is_followed & ~is_excluded)
        start, direction, s, u = self._reference
        moved = nu + delay * residual - start
        along = float(moved @ direction) / float(direction @ direction)
        bound = self.sizes * float(np.linalg.norm(moved - along * direction))
        expected = s + along * u
        is_screened = (expected + bound < self.box.positive) & (expected - bound > -self.box.negative)
        return np.flatnonzero(~is_screened & ~self.is_followed & ~is_excluded)

    def _follow(self, index: np.ndarray) -> Float[np.ndarray, "n m"]:
        """Add columns to those that are multiplied, and return them."""
        before, after = len(self.followed), len(self.followed) + len(index)
        if after > self._columns.shape[1]:
            larger = np.empty((self.A.shape[0], 2 * after), order="F")
            larger[:, :before] = self._columns[:, :before]
            self._columns = larger
        self._columns[:, before:after] = self.A[:, index]
        self.followed = np.concatenate([self.followed, index])
        self.is_followed[index] = True
        return self._columns[:, before:after]


def pull_back(columns: Float[np.ndarray, "n m"], v: Dual) -> Followed:
    """columnsᵀ v, by SciPy's BLAS, which the factorisations use too."""
    if columns.shape[1] == 0:
        return np.empty(0)
    gemv: Any = sl.get_blas_funcs("gemv", (columns,))
    if columns.flags.f_contiguous:
        return gemv(1.0, columns, v, trans=1)
    return gemv(1.0, columns.T, v)
