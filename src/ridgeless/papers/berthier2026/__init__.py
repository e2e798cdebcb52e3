"""Berthier 2026: the time average of training from a small start is the Lasso path."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar

from ridgeless.papers.base import Budget, Paper, PaperProgress, Section, Tier, sections_of


class Berthier2026(Paper):
    """The average of x over time, from a vanishing start, is the Lasso solution whose penalty is one over the time."""

    key = "berthier2026"
    title = "Diagonal Linear Networks and the Lasso Regularization Path"
    citation = "Berthier 2026, arXiv 2509.18766"
    standing = (
        "The statements are the paper's, on systems drawn anew with the sizes of its simulation: 3 equations in 4 "
        "unknowns, all Gaussian, u = √ε, v = 0. The Lasso path is computed exactly by a homotopy written here. What "
        "is rebuilt: the smallest start is ε = 1e-80 in place of 1e-5, and the average over the saddles of a "
        "vanishing start is computed without any ε. The paper's bound for paths that are not monotone is not tested, "
        "since its constant is not known here; how far they are from optimal is told in a table and is no claim. One "
        "number does not come out where draws are many: the paper estimates that a path is monotone with probability "
        "0.76, and here it is 0.74. How many draws the paper took, and how far down it followed a path, is not known "
        "here; a table of E1 shows what the latter does."
    )
    misses: ClassVar[tuple[str, ...]] = ("part of systems with a monotone Lasso path",)
    seeds: ClassVar[Mapping[Tier, int]] = {Tier.SECONDS: 2, Tier.MINUTES: 20, Tier.CLUSTER: 100}

    def sections(self, budget: Budget, progress: PaperProgress = lambda _: None) -> Iterator[Section]:
        """E1: monotone paths and averages of saddles; E2: averages of gradient flow, for three networks."""
        return sections_of(__name__, budget, progress)
