"""The mirror maps of depth-2 networks, and the straight path between two of them in their logarithms."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ridgeless._core.arrays import Vector
from ridgeless.potentials.branches import Branches


@dataclass(frozen=True)
class Exponentials:
    """x_i = exp(growing_i + c z_i) − exp(shrinking_i − c z_i); −inf stands for a branch that is absent."""

    growing: Vector
    shrinking: Vector
    rate: float

    def primal(self, z: Vector) -> Vector:
        """x(z), without cancellation where both branches are large and x is small."""
        with np.errstate(over="ignore", invalid="ignore"):
            centre = (self.growing + self.shrinking) / 2
            angle = self.rate * z + (self.growing - self.shrinking) / 2
            size = np.abs(angle)
            both = -np.sign(angle) * np.exp(centre + size) * np.expm1(-2 * size)
            one = np.exp(self.growing + self.rate * z) - np.exp(self.shrinking - self.rate * z)
        return np.where(np.isfinite(centre), both, one)

    def curvature(self, z: Vector) -> Vector:
        """dx/dz."""
        with np.errstate(over="ignore"):
            return self.rate * (np.exp(self.growing + self.rate * z) + np.exp(self.shrinking - self.rate * z))

    def drift(self, z: Vector, target: Exponentials) -> Vector:
        """dx/dτ at fixed z, where τ moves the logarithms linearly to those of `target`."""
        up = difference(self.growing, target.growing)
        down = difference(self.shrinking, target.shrinking)
        return np.exp(self.growing + self.rate * z) * up - np.exp(self.shrinking - self.rate * z) * down

    def towards(self, target: Exponentials, share: float) -> Exponentials:
        """The map a `share` of the way to `target`."""
        if share >= 1:
            return target

        def between(here: Vector, there: Vector) -> Vector:
            return here + share * difference(here, there)

        growing = between(self.growing, target.growing)
        return Exponentials(growing, between(self.shrinking, target.shrinking), self.rate)


def exponentials(branches: Branches, size: int) -> Exponentials:
    """The branches of `size` coordinates in the form that this solver works on."""
    logs = branches.log_amplitude - branches.start
    both = np.full((2, size), -np.inf)
    both[(branches.sign < 0).astype(int), branches.coordinate] = logs
    return Exponentials(both[0], both[1], float(branches.slope[0]))


def difference(here: Vector, there: Vector) -> Vector:
    """There − here, and 0 for a branch that is absent (−inf in both)."""
    is_there = np.isfinite(there)
    return np.subtract(there, here, where=is_there, out=np.zeros_like(there))


def matched(target: Exponentials, log_reference: float) -> Exponentials:
    """The target with every branch raised to the size of the solution: the nearly linear end of the homotopy."""

    def raised(logs: Vector) -> Vector:
        return np.where(np.isfinite(logs), np.maximum(logs, log_reference), -np.inf)

    return Exponentials(raised(target.growing), raised(target.shrinking), target.rate)


@dataclass(frozen=True)
class Path:
    """The mirror map along the homotopy: shares of the way from `begin` to `target`, linear in the logarithms.

    The arrays of all three have d entries, or one that stands for all.

    Attributes:
        begin: the nearly linear end, every branch of the size of the solution.
        target: the map of the network's own start.
        climb: d(p, m)/dshare, 0 for absent branches.
    """

    begin: Exponentials
    target: Exponentials
    climb: tuple[Vector, Vector]

    def at(self, share: float) -> Exponentials:
        """The map a `share` of the way."""
        return self.begin.towards(self.target, share)

    def drift(self, share: float, z: Vector) -> Vector:
        """dx/dshare at fixed z."""
        here = self.at(share)
        grown, shrunk = np.exp(here.growing + here.rate * z), np.exp(here.shrinking - here.rate * z)
        return grown * self.climb[0] - shrunk * self.climb[1]


def path(target: Exponentials, reference: float) -> Path:
    """The path to `target` from branches raised to `reference`, the largest entry that x is expected to have."""

    def raised(logs: Vector) -> Vector:
        return np.where(np.isfinite(logs), np.maximum(logs, np.log(reference)), -np.inf)

    growing, shrinking = _uniform(target.growing), _uniform(target.shrinking)
    begin = Exponentials(raised(growing), raised(shrinking), target.rate)
    end = Exponentials(growing, shrinking, target.rate)
    return Path(begin, end, climb(begin, end))


def climb(begin: Exponentials, target: Exponentials) -> tuple[Vector, Vector]:
    """What the logarithms gain from one end of a path to the other; 0 where a branch is absent from both."""

    def gain(low: Vector, high: Vector) -> Vector:
        return np.subtract(high, low, where=np.isfinite(high), out=np.zeros_like(high))

    return gain(begin.growing, target.growing), gain(begin.shrinking, target.shrinking)


def _uniform(values: Vector) -> Vector:
    """One entry where all are the same: what does not vary need not travel."""
    return values[:1] if len(values) and bool(np.all(values == values[0])) else values
