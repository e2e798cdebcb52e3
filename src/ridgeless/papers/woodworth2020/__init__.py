"""Woodworth et al. 2020: the scale of the start leads from the kernel regime to the rich one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar

from ridgeless.papers.base import Budget, Paper, PaperProgress, Section, Tier, sections_of


class Woodworth2020(Paper):
    """x = u^D − v^D from u = v = α: large α ends at the ℓ2 solution, small α at the ℓ1 one, and depth sharpens this."""

    key = "woodworth2020"
    title = "Kernel and Rich Regimes in Overparametrized Models"
    citation = "Woodworth, Gunasekar, Lee, Moroshko, Savarese, Golan, Soudry and Srebro 2020, COLT, arXiv 2002.09277"
    standing = (
        "The potentials of Theorems 1 and 4 are the paper's, and are held against gradient flow in the weights, on "
        "systems drawn anew. The bounds of Theorems 2 and 3 are evaluated with constants that were not compared with "
        "the printed ones, and the figures of the population error and of the number of samples are a reconstruction: "
        "1000 unknowns, 100 noisy equations, five entries 1/√5 (in the tier of seconds 200, 40 and three), at scales "
        "chosen here. All points of those two figures are exact limits in place of trained networks. The paper's "
        "experiments on matrix factorization and on deep nonlinear networks are not part of this."
    )
    seeds: ClassVar[Mapping[Tier, int]] = {Tier.SECONDS: 3, Tier.MINUTES: 10, Tier.CLUSTER: 50}

    def sections(self, budget: Budget, progress: PaperProgress = lambda _: None) -> Iterator[Section]:
        """E1: potentials; E2: how small and how large is enough; E3: population error; E4: number of samples."""
        return sections_of(__name__, budget, progress)
