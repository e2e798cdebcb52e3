"""Judgements counted, kind by kind."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from benchmarks.attack.judge import Judgement
from benchmarks.attack.kinds import ILL_POSED, KINDS

# What may be left open: of all instances, and of each kind that float64 can hold.
MOST_OPEN, MOST_OPEN_OF_A_KIND = 0.02, 0.10


@dataclass
class Count:
    """One kind, or all of them.

    Attributes:
        asked: instances with an answer.
        certified: answers certified.
        refuted: answers refuted.
        inconclusive: answers that no verdict was reached on.
        stalled: answers that say themselves that they are none.
        open_ends: answers that are inconclusive or stalled.
        refusals: instances refused by name.
        enclosed: answers held against an enclosure.
        ratios: bound over distance, where both are known.
    """

    asked: int = 0
    certified: int = 0
    refuted: int = 0
    inconclusive: int = 0
    stalled: int = 0
    open_ends: int = 0
    refusals: int = 0
    enclosed: int = 0
    ratios: list[float] = field(default_factory=list)

    def add(self, one: Judgement) -> None:
        """Count one more."""
        if not one.verdict:
            self.refusals += one.status != "CRASH"
            return
        self.asked += 1
        self.certified += one.verdict == "certified"
        self.refuted += one.verdict == "refuted"
        self.inconclusive += one.verdict == "inconclusive"
        self.stalled += one.status == "STALLED"
        self.open_ends += one.verdict == "inconclusive" or one.status == "STALLED"
        self.enclosed += one.most == one.most
        if one.least > 0 and np.isfinite(one.bound):
            self.ratios.append(one.bound / one.least)

    @property
    def share(self) -> float:
        """Open ends among the answers."""
        return self.open_ends / max(self.asked, 1)

    def row(self, name: str) -> str:
        """One line of the table."""
        shares = [self.certified, self.refuted, self.inconclusive, self.stalled]
        percent = " ".join(f"{100 * part / max(self.asked, 1):9.2f}" for part in shares)
        ratio = f"{np.median(self.ratios):9.1f}" if self.ratios else "        -"
        return f"{name:26s} {self.asked:6d} {percent} {self.enclosed:9d} {self.refusals:8d} {ratio}"


HEAD = (
    f"{'kind':26s} {'asked':>6s} "
    + " ".join(f"{name:>9s}" for name in ("certif. %", "refuted %", "inconc. %", "STALLED %", "enclosed"))
    + f" {'refused':>8s} {'bound/true':>9s}"
)


def tallied(judgements: Iterable[Judgement]) -> tuple[dict[str, Count], Count]:
    """Counts by kind, and of all."""
    kinds, every = {name: Count() for name in KINDS}, Count()
    for one in judgements:
        kinds[one.kind].add(one)
        every.add(one)
    return kinds, every


def shortfalls(kinds: dict[str, Count], every: Count, faults: Sequence[Judgement]) -> list[str]:
    """What the attack was not to find, in words."""
    found = [f"{one.name}: {fault}" for one in faults for fault in one.faults]
    if every.share > MOST_OPEN:
        found.append(f"{every.share:.1%} of all answers are inconclusive or STALLED; {MOST_OPEN:.0%} may be")
    for name, count in kinds.items():
        if name not in ILL_POSED and count.share > MOST_OPEN_OF_A_KIND:
            found.append(f"{name}: {count.share:.1%} inconclusive or STALLED; {MOST_OPEN_OF_A_KIND:.0%} may be")
    return found
