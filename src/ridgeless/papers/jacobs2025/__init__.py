"""Jacobs, Zhou and Burkholz 2025: weight decay, switched off again, leaves a smaller start behind."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar

from ridgeless.papers.base import Budget, Paper, PaperProgress, Section, Tier, sections_of


class Jacobs2025(Paper):
    """x = u∘v with weight decay λ(t): |u² − v²| falls by exp(−2∫λ), and what is left is the limit from there."""

    key = "jacobs2025"
    title = "Mirror, Mirror of the Flow: How Does Regularization Shape Implicit Bias?"
    citation = "Jacobs, Zhou and Burkholz 2025, ICML, arXiv 2504.12883"
    standing = (
        "The paper's Legendre function that changes with ∫λ is tested for x = u∘v alone, where it says that scale and "
        "centre of the start shrink by exp(−2∫λ); this is derived here anew and held against integration of the "
        "weights. All experiments are a reconstruction: sparse regressions drawn anew, with schedules and sizes chosen "
        "here, for what the paper shows on images, attention and low-rank adaptation. Its shrinking of the range, of "
        "other parametrisations, is not part of this."
    )
    seeds: ClassVar[Mapping[Tier, int]] = {Tier.SECONDS: 3, Tier.MINUTES: 10, Tier.CLUSTER: 30}

    def sections(self, budget: Budget, progress: PaperProgress = lambda _: None) -> Iterator[Section]:
        """E1: the shrunk start under any schedule; E2: decay, then off, against decay for good."""
        return sections_of(__name__, budget, progress)
