"""Even et al. 2023, with Pesme et al. 2021: long steps and drawn equations change the effective start, exactly."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar

from ridgeless.papers.base import Budget, Paper, PaperProgress, Section, Tier, sections_of


class Even2023(Paper):
    """x = u∘v: the steps of GD and SGD shrink |u² − v²| by a gain, on the support for GD and evenly for SGD."""

    key = "even2023"
    title = "(S)GD over Diagonal Linear Networks: Implicit Regularisation, Large Stepsizes and Edge of Stability"
    citation = (
        "Even, Pesme, Gunasekar and Flammarion 2023, NeurIPS, arXiv 2302.08982; Pesme, Pillaud-Vivien and Flammarion "
        "2021, NeurIPS, arXiv 2106.09524"
    )
    standing = (
        "The effective scale and tilt are exact, and are held against trained weights on systems drawn anew. The step "
        "sizes of E2 are a reconstruction with the sizes that a public rerun of the paper's first figure has: 20 "
        "equations, 30 unknowns, three ones, α = 0.1; they are given here as parts of a stability bound, so that "
        "systems can be compared. E3 tests the law of Pesme et al. 2021, whose constant depends on how the loss is "
        "normalised: it is derived here anew for ‖A x − b‖²/(2n). What the papers prove of convergence and of its "
        "speed is no part of this."
    )
    seeds: ClassVar[Mapping[Tier, int]] = {Tier.SECONDS: 4, Tier.MINUTES: 20, Tier.CLUSTER: 100}

    def sections(self, budget: Budget, progress: PaperProgress = lambda _: None) -> Iterator[Section]:
        """E1: the exact identity; E2: long steps and sparsity; E3: the law of stochastic gradient flow."""
        return sections_of(__name__, budget, progress)
