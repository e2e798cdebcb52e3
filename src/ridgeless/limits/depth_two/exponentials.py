"""The mirror maps of depth-2 networks, and the homotopy in the scale of the start that leads to them.

x_i = exp(growing_i + c z_i) − exp(shrinking_i − c z_i), one exponential for each of the two branches of a coordinate.
The formulas are written once, over any array namespace: `limits` calls them with NumPy, `accelerated` with JAX.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from ridgeless._core.arrays import Vector
from ridgeless.potentials.branches import Branches


@dataclass(frozen=True)
class Exponentials:
    """x_i = exp(growing_i + c z_i) − exp(shrinking_i − c z_i); −inf stands for a branch that is absent.

    Attributes:
        growing: (d,) log of the amplitude of the branch that grows with z, or one entry that stands for all.
        shrinking: (d,) the same of the branch that shrinks.
        rate: c.
        xp: the array namespace of both.
    """

    growing: Any
    shrinking: Any
    rate: float
    xp: Any = np

    def primal(self, z: Any) -> Any:
        """x(z), without cancellation where both branches are large and x is small."""
        xp = self.xp
        with np.errstate(over="ignore", invalid="ignore"):
            centre = (self.growing + self.shrinking) / 2
            angle = self.rate * z + (self.growing - self.shrinking) / 2
            size = xp.abs(angle)
            both = -xp.sign(angle) * xp.exp(centre + size) * xp.expm1(-2 * size)
            one = xp.exp(self.growing + self.rate * z) - xp.exp(self.shrinking - self.rate * z)
        return xp.where(xp.isfinite(centre), both, one)

    def branches(self, z: Any) -> tuple[Any, Any]:
        """Both exponentials, each ≥ 0."""
        with np.errstate(over="ignore"):
            return self.xp.exp(self.growing + self.rate * z), self.xp.exp(self.shrinking - self.rate * z)

    def curvature(self, z: Any) -> Any:
        """dx/dz."""
        grown, shrunk = self.branches(z)
        return self.rate * (grown + shrunk)


@dataclass(frozen=True)
class ScaleHomotopy:
    """The mirror map for 0 ≤ t ≤ 1, its logarithms moving on a straight line from those of `begin` to `target`'s.

    Attributes:
        begin: the map at t = 0.
        target: the map at t = 1, that of the network's own start.
    """

    begin: Exponentials
    target: Exponentials

    @cached_property
    def dlog_dt(self) -> tuple[Any, Any]:
        """What the logarithms gain along the whole way; 0 where a branch is absent, −inf at both ends."""
        xp = self.target.xp

        def gained(here: Any, there: Any) -> Any:
            is_there = xp.isfinite(there)
            return xp.where(is_there, there, 0.0) - xp.where(is_there, here, 0.0)

        return gained(self.begin.growing, self.target.growing), gained(self.begin.shrinking, self.target.shrinking)

    @property
    def is_constant(self) -> bool:
        """Whether both ends are one."""
        ends = ((self.begin.growing, self.target.growing), (self.begin.shrinking, self.target.shrinking))
        return all(bool(np.array_equal(here, there)) for here, there in ends)

    def at(self, t: float) -> Exponentials:
        """The map at t ≤ 1."""
        return self.target if t >= 1 else self.before_the_end(t)

    def before_the_end(self, t: Any) -> Exponentials:
        """The map at a t that may be traced; at t = 1 its logarithms are those of `target` to rounding."""
        grown, shrunk = self.dlog_dt
        begin = self.begin
        return Exponentials(begin.growing + t * grown, begin.shrinking + t * shrunk, begin.rate, begin.xp)

    def drift(self, here: Exponentials, z: Any) -> Any:
        """dx/dt at fixed z, on the map `here` of some t."""
        grown, shrunk = here.branches(z)
        return grown * self.dlog_dt[0] - shrunk * self.dlog_dt[1]


def exponentials(branches: Branches, size: int) -> Exponentials:
    """The branches of `size` coordinates in this form."""
    logs = branches.log_amplitude - branches.start
    both = np.full((2, size), -np.inf)
    both[(branches.sign < 0).astype(int), branches.coordinate] = logs
    return Exponentials(both[0], both[1], float(branches.slope[0]))


def raised(target: Exponentials, log_size: Any) -> Exponentials:
    """The map with every branch raised to the size of the solution: the nearly linear end of the homotopy."""
    xp = target.xp

    def up(logs: Any) -> Any:
        return xp.where(xp.isfinite(logs), xp.maximum(logs, log_size), -xp.inf)

    return Exponentials(up(target.growing), up(target.shrinking), target.rate, xp)


def from_nearly_linear(target: Exponentials, reference: float) -> ScaleHomotopy:
    """The homotopy from branches of the size `reference`, the largest entry that x is expected to have."""
    return ScaleHomotopy(raised(target, np.log(reference)), target)


def uniform(target: Exponentials) -> Exponentials:
    """The map with one logarithm in the place of many that are the same: what does not vary need not travel."""

    def one(values: Vector) -> Vector:
        return values[:1] if len(values) and bool(np.all(values == values[0])) else values

    return Exponentials(one(target.growing), one(target.shrinking), target.rate)
