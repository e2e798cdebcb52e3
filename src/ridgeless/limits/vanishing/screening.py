"""Which coordinate leaves 0 next, without multiplying the columns that cannot."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.linalg as sl
from jaxtyping import Bool, Float, Int

from ridgeless._core.arrays import Dual, Matrix, norm
from ridgeless.limits.tolerances import TOLERANCES
from ridgeless.potentials import WeightedL1

# One entry per coordinate that is followed.
Followed = Float[np.ndarray, " m"]


@dataclass(frozen=True)
class Event:
    """A coordinate arrives at the edge of its box.

    Attributes:
        delay: after how much time from now; infinite where none ever does.
        index: which coordinate.
        sign: at which edge.
    """

    delay: float
    index: int
    sign: float


NEVER = Event(np.inf, -1, 0.0)


class Screen:
    """Follows s = Aᵀν, ν' = r, until a coordinate meets the edge of its box −negative ≤ s ≤ positive.

    A full product with A gives s and its speed u = Aᵀr for all coordinates, at a reference (ν₀, r₀). From there on only
    the columns that may be next are multiplied: |s_i − (s₀ + τu₀)_i| ≤ ‖a_i‖·‖ν − ν₀ − τr₀‖ bounds all others, and
    because the bound is convex in time, a coordinate that it holds back at the next event was held back before.

    Whoever asks for the next event is taken to have gone on to the one before: s follows without a product of its own.
    """

    def __init__(self, A: Matrix, rhs: Dual, box: WeightedL1) -> None:
        self.A, self.box = A, box
        self.sizes = np.sqrt(np.einsum("ij,ij->j", A, A))
        self.least_push = TOLERANCES.rounding * norm(rhs)
        self.followed: Int[np.ndarray, " m"] = np.empty(0, dtype=int)
        self.is_followed: Bool[np.ndarray, " d"] = np.zeros(A.shape[1], dtype=bool)
        self._columns = np.empty((A.shape[0], TOLERANCES.followed), order="F")
        self._s, self._u, self._delay = np.empty(0), np.empty(0), 0.0

    def next_event(self, nu: Dual, residual: Dual, is_out: Bool[np.ndarray, " d"]) -> Event:
        """The first coordinate to arrive, those of the mask `is_out` left aside."""
        if len(self.followed) == 0:
            return self._from_all(nu, residual, is_out)
        self._s = self._s + self._delay * self._u
        self._u = pull_back(self._columns[:, : len(self.followed)], residual)
        event = self._earliest(self._s, self._u, self.followed, is_out)
        unsure = self._unsure(nu, residual, event.delay, is_out)
        if len(self.followed) + len(unsure) > max(TOLERANCES.most_followed * self.A.shape[1], 2 * TOLERANCES.followed):
            return self._from_all(nu, residual, is_out)
        if len(unsure):
            columns = self._follow(unsure)
            self._s = np.concatenate([self._s, pull_back(columns, nu)])
            self._u = np.concatenate([self._u, pull_back(columns, residual)])
            event = self._earliest(self._s, self._u, self.followed, is_out)
        self._delay = event.delay
        return event

    def arrivals(self, s: Followed, u: Followed, index: Any) -> Followed:
        """When each of the coordinates `index` arrives at the edge that it moves to; infinite where it rests."""
        least = self.least_push * self.sizes[index]
        with np.errstate(divide="ignore", invalid="ignore"):
            up = np.where(u > least, (self.box.positive[index] - s) / u, np.inf)
            down = np.where(u < -least, (self.box.negative[index] + s) / -u, np.inf)
        return np.maximum(np.minimum(up, down), 0.0)

    def _earliest(self, s: Followed, u: Followed, index: np.ndarray, is_out: Bool[np.ndarray, " d"]) -> Event:
        delays = np.where(is_out[index], np.inf, self.arrivals(s, u, index))
        first = int(np.argmin(delays))
        if not np.isfinite(delays[first]):
            return NEVER
        return Event(float(delays[first]), int(index[first]), float(np.sign(u[first])))

    def _from_all(self, nu: Dual, residual: Dual, is_out: Bool[np.ndarray, " d"]) -> Event:
        """The event from a full product, which becomes the reference; the nearest columns are followed from here."""
        s, u = pull_back(self.A, nu), pull_back(self.A, residual)
        self._reference = nu.copy(), residual.copy(), s, u
        everything = np.arange(self.A.shape[1])
        event = self._earliest(s, u, everything, is_out)
        delays = np.where(is_out, np.inf, self.arrivals(s, u, everything))
        count = min(TOLERANCES.followed, len(delays))
        nearest = np.argpartition(delays, count - 1)[:count]
        self.followed, self.is_followed[:] = np.empty(0, dtype=int), False
        self._follow(nearest)
        self._s, self._u, self._delay = s[nearest], u[nearest], event.delay
        return event

    def _unsure(self, nu: Dual, residual: Dual, delay: float, is_out: Bool[np.ndarray, " d"]) -> np.ndarray:
        """Coordinates that are not followed and that the bound does not hold back until the event."""
        if not np.isfinite(delay):
            return np.flatnonzero(~self.is_followed & ~is_out)
        start, direction, s, u = self._reference
        moved = nu + delay * residual - start
        along = float(moved @ direction) / float(direction @ direction)
        spread = self.sizes * float(np.linalg.norm(moved - along * direction))
        expected = s + along * u
        held = (expected + spread < self.box.positive) & (expected - spread > -self.box.negative)
        return np.flatnonzero(~held & ~self.is_followed & ~is_out)

    def _follow(self, index: np.ndarray) -> Float[np.ndarray, "n m"]:
        """Follow more columns, which are returned."""
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
    """ColumnsᵀV, by the BLAS that the factorisations use."""
    if columns.shape[1] == 0:
        return np.empty(0)
    gemv: Any = sl.get_blas_funcs("gemv", (columns,))
    if columns.flags.f_contiguous:
        return gemv(1.0, columns, v, trans=1)
    return gemv(1.0, columns.T, v)
