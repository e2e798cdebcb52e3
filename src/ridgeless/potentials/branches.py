"""The mirror map of a separable network as a signed sum of positive, monotone branches.

x_i = Σ_j sign_j · exp(log_amplitude_j + log F(s_j)) over the branches j of coordinate i: for u^D − v^D the two
branches are u^D and v^D. A branch depends on z through its slack, s_j = start_j − sign_j · slope_j · z_i.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, fields, replace
from typing import Any, Protocol, runtime_checkable

import numpy as np
import scipy.special
from jaxtyping import Bool, Float, Int

from ridgeless._core.arrays import Vector


@runtime_checkable
class Profile(Protocol):
    """The shape F of a branch as a function of its slack: positive and decreasing."""

    def log_value(self, slack: np.ndarray) -> np.ndarray:
        """log F(s)."""
        ...

    def slack(self, log_value: np.ndarray) -> np.ndarray:
        """The s with log F(s) = log_value."""
        ...

    def elasticity(self, slack: np.ndarray) -> np.ndarray:
        """−s·F'(s)/F(s), positive."""
        ...

    def elasticity_at(self, slack: np.ndarray, log_value: np.ndarray) -> np.ndarray:
        """The elasticity where log F(s) is known already."""
        ...

    def leaves_zero(self, start: np.ndarray, slope: np.ndarray, degree: int) -> np.ndarray:
        """The |z| at which a branch of degree D from a vanishing start reaches order one, in the unit of z then."""
        ...

    def select(self, keep: np.ndarray) -> Profile:
        """The profile of the branches that a mask keeps."""
        ...

    def joined(self, others: list[Any]) -> Profile:
        """The profile of these branches followed by those of the others."""
        ...


class SharedProfile(ABC):
    """Base of the profiles that have one shape F for all branches."""

    @abstractmethod
    def elasticity(self, slack: np.ndarray) -> np.ndarray:
        """−s·F'(s)/F(s), positive."""

    def elasticity_at(self, slack: np.ndarray, log_value: np.ndarray) -> np.ndarray:  # noqa: ARG002
        """The elasticity at the slack."""
        return self.elasticity(slack)

    def leaves_zero(self, start: np.ndarray, slope: np.ndarray, degree: int) -> np.ndarray:  # noqa: ARG002
        """The z at which the slack is 0 and the branch blows up: α^(2−D)·start/slope at scale α."""
        return start / slope

    def select(self, keep: np.ndarray) -> Any:  # noqa: ARG002
        """The profile itself."""
        return self

    def joined(self, others: list[Any]) -> Any:
        """The profile itself, if the others equal it."""
        if any(other != self for other in others):
            raise TypeError(f"branches of different shapes do not join: {self} and {others}")
        return self


@dataclass(frozen=True)
class PowerProfile(SharedProfile):
    """F(s) = s^−q for s > 0, with q = D/(D−2): the branches of depth D ≥ 3, which blow up at s = 0."""

    exponent: float

    def log_value(self, slack: np.ndarray) -> np.ndarray:  # noqa: D102
        return -self.exponent * np.log(slack)

    def slack(self, log_value: np.ndarray) -> np.ndarray:  # noqa: D102
        return np.exp(-log_value / self.exponent)

    def elasticity(self, slack: np.ndarray) -> np.ndarray:  # noqa: D102
        return np.full_like(slack, self.exponent)


@dataclass(frozen=True)
class TrigammaProfile(SharedProfile):
    """F(s) = −ψ''(s/2)/16 ≈ s^−3, for 0 < s < 2: half of cos t / sin³ t, t = πs/2, up to the factor π³/8.

    The reflection formula ψ'(t) + ψ'(1−t) = π²/sin²(πt), differentiated, splits the product of three layers
    into two branches that are each positive and decreasing.
    """

    def log_value(self, slack: np.ndarray) -> np.ndarray:  # noqa: D102
        # Below 1e-6, −ψ''(s/2)/16 = s^−3 to the last bit, and ψ'' itself overflows.
        is_near = slack < 1e-6
        away = np.where(is_near, 1.0, slack)
        return np.where(is_near, -3 * np.log(slack), np.log(-scipy.special.polygamma(2, away / 2) / 16))

    def slack(self, log_value: np.ndarray) -> np.ndarray:  # noqa: D102
        # Newton in log s from the asymptote F ≈ s^-3, exact to second order for small s.
        log_slack = -np.asarray(log_value) / 3
        for _ in range(40):
            slack = np.exp(log_slack)
            step = (self.log_value(slack) - log_value) / self.elasticity(slack)
            log_slack = log_slack + np.clip(step, -0.5, 0.5)
            if np.all(np.abs(step) < 1e-15):
                break
        return np.exp(log_slack)

    def elasticity(self, slack: np.ndarray) -> np.ndarray:  # noqa: D102
        t = np.maximum(slack, 1e-6) / 2
        return -t * scipy.special.polygamma(3, t) / scipy.special.polygamma(2, t)


@dataclass(frozen=True)
class ExponentialProfile(SharedProfile):
    """F(s) = exp(−s) for every real s: the branches of depth 2."""

    def log_value(self, slack: np.ndarray) -> np.ndarray:  # noqa: D102
        return -slack

    def slack(self, log_value: np.ndarray) -> np.ndarray:  # noqa: D102
        return -log_value

    def elasticity(self, slack: np.ndarray) -> np.ndarray:  # noqa: D102
        return slack

    def leaves_zero(self, start: np.ndarray, slope: np.ndarray, degree: int) -> np.ndarray:  # noqa: ARG002
        """α^D·P·exp(c z) is of order one at z = (D/c)·log(1/α), whatever P."""
        return degree / slope


# Rounds of moving widths by one unit in the last place: different weights whose widths coincide are few ulps apart.
_MOST_NUDGES = 100


@dataclass(frozen=True)
class Branches:
    """All m branches of a separable mirror map over d coordinates.

    Attributes:
        coordinate: (m,) which coordinate a branch belongs to.
        sign: (m,) +1 where the branch adds to x, −1 where it subtracts.
        log_amplitude: (m,) log of the branch where log F(s) = 0.
        start: (m,) slack at ν = 0.
        slope: (m,) how fast the slack falls with sign·z.
        profile: the shapes F.
    """

    coordinate: Int[np.ndarray, " m"]
    sign: Float[np.ndarray, " m"]
    log_amplitude: Float[np.ndarray, " m"]
    start: Float[np.ndarray, " m"]
    slope: Float[np.ndarray, " m"]
    profile: Profile

    def select(self, keep: np.ndarray) -> Branches:
        """The branches that `keep` names, a mask or an array of positions."""
        arrays = {field.name: getattr(self, field.name) for field in fields(self) if field.name != "profile"}
        kept = {name: array[keep] for name, array in arrays.items()}
        return replace(self, profile=self.profile.select(keep), **kept)

    def on(self, keep: Bool[np.ndarray, " d"]) -> Branches:
        """The branches of the coordinates that the mask keeps, renumbered."""
        kept = self.select(keep[self.coordinate])
        return replace(kept, coordinate=(np.cumsum(keep) - 1)[kept.coordinate])

    def gather(self, values: Float[np.ndarray, " m"], size: int) -> Vector:
        """Σ_j over the branches of each of `size` coordinates."""
        # Without any branch, np.bincount returns integers.
        return np.bincount(self.coordinate, weights=values, minlength=size).astype(float)

    def locked_signs(self, size: int) -> Vector:
        """(size,) +1 or −1 where every branch of a coordinate has that sign, 0 where both occur or none."""
        positive = self.gather((self.sign > 0).astype(float), size) > 0
        negative = self.gather((self.sign < 0).astype(float), size) > 0
        return positive.astype(float) - negative.astype(float)

    def edges(self, degree: int, size: int) -> tuple[Vector, Vector]:
        """How far z must rise, and fall, for each of `size` coordinates to leave 0 from a vanishing start.

        The distance is ∞ where no branch has that sign.
        """
        both = np.full((2, size), np.inf)
        distance = self.profile.leaves_zero(self.start, self.slope, degree)
        np.minimum.at(both, ((self.sign < 0).astype(int), self.coordinate), distance)
        return both[0], both[1]

    def present(self, size: int) -> Bool[np.ndarray, " d"]:
        """(size,) whether a coordinate has a branch at all; without one it stays 0."""
        return np.bincount(self.coordinate, minlength=size) > 0


def distinct_widths(widths: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Widths made distinct by a few ulps where rounding has made them equal although the weights differ.

    Equal widths tie their coordinates, which is meant where the weights are equal and is an artefact of rounding where
    they are not. Larger weights get smaller widths; each is moved by an ulp or two, within its own rounding.

    Args:
        widths: any shape, decreasing in the weights.
        weights: of that shape.

    Example:
        >>> weights = np.array([1.9, np.nextafter(1.9, 2.0)])
        >>> len(set(1 / weights)), len(set(distinct_widths(1 / weights, weights)))
        (1, 2)
    """
    flat, keys = widths.ravel().copy(), weights.ravel()
    for _ in range(_MOST_NUDGES):
        # Branches store 1/width, so that widths must differ after two reciprocals.
        with np.errstate(divide="ignore"):
            shown = 1 / (1 / flat)
        order = np.lexsort((keys, shown))
        sorted_keys, sorted_widths = keys[order], shown[order]
        is_one = (sorted_widths[1:] == sorted_widths[:-1]) & np.isfinite(sorted_widths[1:])
        if not np.any(is_one & (sorted_keys[1:] != sorted_keys[:-1])):
            break
        # In each run of equal widths, all but those of the first weight move down together; later rounds separate them.
        is_run = np.concatenate([[False], is_one])
        firsts = np.maximum.accumulate(np.where(is_run, 0, np.arange(len(order))))
        moved = (sorted_keys != sorted_keys[firsts]) & np.isfinite(sorted_widths)
        flat[order[moved]] = np.nextafter(flat[order[moved]], 0.0)
    return flat.reshape(widths.shape)


def power_branches(
    coordinate: np.ndarray, sign: np.ndarray, width: np.ndarray, coefficient: float, exponent: float
) -> Branches:
    """The branches coefficient·(width − sign·z)^(−exponent), with slacks in units of their start."""
    return Branches(
        coordinate=coordinate,
        sign=sign,
        log_amplitude=np.log(coefficient) - exponent * np.log(width),
        start=np.ones(len(width)),
        slope=1 / width,
        profile=PowerProfile(exponent),
    )


def join(parts: list[tuple[np.ndarray, Branches]]) -> Branches:
    """The branches of several potentials, each on the coordinates listed with it, as one object."""
    with_any = [(index, branches) for index, branches in parts if len(branches.sign)]
    if not with_any:
        return parts[0][1]
    first, *others = (branches.profile for _, branches in with_any)
    columns = {
        name: np.concatenate([getattr(branches, name) for _, branches in with_any])
        for name in ("sign", "log_amplitude", "start", "slope")
    }
    coordinate = np.concatenate([index[branches.coordinate] for index, branches in with_any])
    return Branches(coordinate=coordinate, profile=first.joined(others), **columns)
