"""How much a reproduction may cost: its tier, and the number of random instances."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TypeVar

Size = TypeVar("Size")


class Tier(Enum):
    """How long a reproduction may take."""

    SECONDS = "seconds"
    MINUTES = "minutes"
    CLUSTER = "cluster"


@dataclass(frozen=True)
class Budget:
    """What the sections of a paper may cost; they choose their sizes by the tier.

    Attributes:
        tier: SECONDS is at most ten seconds on one core, MINUTES at most ten minutes on two, CLUSTER without a bound:
            the paper's own sizes.
        seeds: how many random instances each statistic is taken over, unless a section says otherwise.

    Example:
        >>> Budget(Tier.SECONDS, seeds=3).choose(seconds=200, minutes=1000, cluster=10_000)
        200
    """

    tier: Tier
    seeds: int

    def choose(self, *, seconds: Size, minutes: Size, cluster: Size) -> Size:
        """The size that belongs to the tier."""
        return {Tier.SECONDS: seconds, Tier.MINUTES: minutes, Tier.CLUSTER: cluster}[self.tier]
