"""Pesme and Flammarion 2023: from a vanishing start, training jumps from saddle to saddle."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar

from ridgeless.papers.base import Budget, Paper, PaperProgress, Section, Tier, sections_of


class Pesme2023(Paper):
    """x = u∘v from u = √2·α, v = 0 with α → 0: training rests on saddles and jumps at times that a recursion gives."""

    key = "pesme2023"
    title = "Saddle-to-Saddle Dynamics in Diagonal Linear Networks"
    citation = "Pesme and Flammarion 2023, NeurIPS, arXiv 2304.00488"
    standing = (
        "Algorithm 1 of the paper is written here from its statement, with constrained least squares by SciPy, and is "
        "held against the package's own limit of vanishing starts, against linear programming, and against gradient "
        "flow from starts down to 1e-160. Systems are drawn anew: the paper's own experiments are not known here in "
        "their sizes, and none of its figures is redrawn. The rate 1/log(1/α) of E2 is not a claim of the paper, "
        "which proves convergence; it follows from transitions that last a time of order 1."
    )
    seeds: ClassVar[Mapping[Tier, int]] = {Tier.SECONDS: 2, Tier.MINUTES: 20, Tier.CLUSTER: 100}

    def sections(self, budget: Budget, progress: PaperProgress = lambda _: None) -> Iterator[Section]:
        """E1: the recursion; E2: gradient flow between saddles; E3: orthonormal columns."""
        return sections_of(__name__, budget, progress)
